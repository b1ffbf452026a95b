#include "gateway/postfix_checks.h"

#include <boost/test/unit_test.hpp>

namespace mc::gateway {

std::ostream& operator<<(std::ostream& out, CheckState state) { return out << to_string(state); }

namespace {

constexpr char ours[] = R"([server]
hostname = "mc.example.test"
domain = "example.test"
data = "d"
policy = "p"
[smtp]
lmtp = ["127.0.0.1:1024", "unix:/q/message-center/lmtp"]
trusted = ["unix", "127.0.0.1/32"]
authserv_id = "mx.example.test"
max_message_size = "50MiB"
[auth]
listen = ["unix:/q/message-center/auth"]
[external]
smarthost = "127.0.0.1:2525"
)";

// A Postfix as docs/postfix.md wants it, in postconf's words.
struct World {
  std::map<std::string, std::string> values{
      {"queue_directory", "/q"},
      {"compatibility_level", "3.6"},
      {"relay_domains", "other.test, example.test"},
      {"relay_transport", "lmtp:unix:message-center/lmtp"},
      {"mydestination", "mx.example.test, localhost"},
      {"lmtp_send_xforward_command", "yes"},
      {"smtpd_recipient_restrictions", "permit_mynetworks, check_recipient_access inline:{a=b, example.test=reject_unverified_recipient}"},
      {"unverified_recipient_reject_code", "550"},
      {"address_verify_sender", "double-bounce"},
      {"message_size_limit", "52428800"},
      {"smtputf8_enable", "yes"},
      {"smtpd_milters", "inet:127.0.0.1:8893"},
      {"header_checks", "regexp:{{/x/ IGNORE}}"},
      {"smtpd_sasl_type", "dovecot"},
      {"smtpd_sasl_path", "message-center/auth"},
      {"smtpd_tls_auth_only", "yes"},
  };
  std::string services =
      "smtp       inet  n       -       n       -       -       smtpd\n"
      "submission inet  n       -       n       -       -       smtpd -o smtpd_sasl_auth_enable=yes\n"
      "127.0.0.1:2525 inet n    -       n       -       -       smtpd\n"
      "lmtp       unix  -       -       n       -       -       lmtp\n"
      "local      unix  -       n       n       -       -       local\n";
  std::map<std::string, std::string> overrides{{"submission/inet/smtpd_sasl_auth_enable", "yes"}};
  std::map<std::string, std::string> tables{
      {"inline:{a=b, example.test=reject_unverified_recipient} example.test", "reject_unverified_recipient"},
      {"regexp:{{/x/ IGNORE}} Authentication-Results: mx.example.test; dmarc=pass header.from=bank.test", "IGNORE"},
  };
  std::string config = ours;
  std::string bad_smarthost = "127.0.0.1:2525";
  std::optional<std::string> smarthost, socket;  // what is wrong with them

  void set(std::string const& name, std::string const& value) { values[name] = value; }

  std::map<std::string, Finding> check() const {
    auto lines = [](std::map<std::string, std::string> const& pairs) {
      std::string out;
      for (auto const& [name, value] : pairs) out += name + " = " + value + "\n";
      return out;
    };
    PostfixView const view({lines(values), lines(values), services, lines(overrides)});
    ConfigLoad const load = parse_config(config, "/etc/x.toml");
    BOOST_REQUIRE(static_cast<bool>(load));
    auto lookup = [&](std::string const& table, std::string const& key) -> std::optional<std::string> {
      auto const found = tables.find(table + ' ' + key);
      return found == tables.end() ? std::nullopt : std::optional(found->second);
    };
    PostfixSituation const situation{view, load.config, load.config.smtp.lmtp, lookup, 
                                     [&](std::string const& name) { return name == bad_smarthost ? smarthost : std::nullopt; },
                                     [&](std::string const&) { return socket; }};
    std::map<std::string, Finding> out;
    for (Finding& finding : check_postfix(situation)) out[finding.check] = std::move(finding);
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(postfix_checks)

BOOST_AUTO_TEST_CASE(a_postfix_as_the_page_wants_it_has_nothing_to_mend) {
  auto const found = World().check();
  BOOST_TEST(found.size() == 17u);
  for (auto const& [name, finding] : found) BOOST_TEST(finding.state == CheckState::ok, name << ": " << finding.says);
}

BOOST_AUTO_TEST_CASE(each_thing_that_is_wrong_is_found_by_its_check) {
  struct Row {
    std::string check;
    std::function<void(World&)> change;
    CheckState state;
    std::string add;
  };
  using enum CheckState;
  Row const rows[] = {
      {"domain", [](World& w) { w.set("relay_domains", "other.test"); }, wrong, "relay_domains = example.test"},
      {"domain", [](World& w) { w.values.erase("relay_domains"); }, missing, "relay_domains = example.test"},
      {"domain", [](World& w) { w.set("relay_domains", "!example.test, example.test"); }, wrong, "relay_domains = example.test"},
      {"local delivery", [](World& w) { w.set("mydestination", "localhost example.test"); }, wrong, "mydestination = localhost"},
      {"local delivery", [](World& w) { w.set("virtual_alias_domains", "EXAMPLE.test"); }, wrong, "virtual_alias_domains = "},
      {"transport", [](World& w) { w.set("relay_transport", "lmtp:inet:127.0.0.1:25"); }, wrong, "relay_transport = lmtp:unix:message-center/lmtp"},
      {"transport", [](World& w) { w.set("relay_transport", "lmtp:inet:127.0.0.1:1024"); }, ok, ""},
      {"transport", [](World& w) { w.set("relay_transport", "lmtp:[localhost]:1024"); }, ok, ""},
      {"transport", [](World& w) { w.set("relay_transport", "lmtp:inet:192.0.2.1:1024"); }, wrong, "relay_transport = lmtp:unix:message-center/lmtp"},
      {"transport", [](World& w) { w.set("relay_transport", "lmtp:unix:/q/message-center/lmtp"); }, ok, ""},
      {"transport", [](World& w) { w.set("relay_transport", "local:unix:message-center/lmtp"); }, wrong, "relay_transport = lmtp:unix:message-center/lmtp"},
      {"transport", [](World& w) { w.set("relay_transport", "nothing:x"); }, wrong, "relay_transport = lmtp:unix:message-center/lmtp"},
      {"transport",
       [](World& w) {
         w.set("transport_maps", "hash:/t");
         w.tables["hash:/t example.test"] = "smtp:[192.0.2.1]";
       },
       wrong, "example.test  lmtp:unix:message-center/lmtp"},
      {"trusted", [](World& w) { w.config.replace(w.config.find("\"unix\", \"127"), 8, ""); }, wrong, "[smtp] trusted = [\"unix\"]"},
      {"trusted", [](World& w) { w.set("relay_transport", "lmtp:inet:mc.example.test:1024"); }, note, ""},
      {"trusted",
       [](World& w) {
         w.set("relay_transport", "lmtp:inet:127.0.0.1:1024");
         w.config.replace(w.config.find(", \"127.0.0.1/32\""), 16, "");
       },
       wrong, "[smtp] trusted = [\"127.0.0.1\"]"},
      {"xforward", [](World& w) { w.set("lmtp_send_xforward_command", "no"); }, wrong, "lmtp_send_xforward_command = yes"},
      {"xforward", [](World& w) { w.overrides["lmtp/unix/lmtp_send_xforward_command"] = "no"; }, wrong, "-o lmtp_send_xforward_command=yes"},
      {"recipients", [](World& w) { w.set("smtpd_recipient_restrictions", "permit_mynetworks"); }, wrong,
       "smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access inline:{example.test=reject_unverified_recipient}"},
      {"recipients", [](World& w) { w.overrides["smtp/inet/smtpd_recipient_restrictions"] = "permit"; }, wrong,
       "smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access inline:{example.test=reject_unverified_recipient}"},
      {"recipients", [](World& w) { w.set("smtpd_recipient_restrictions", "reject_unverified_recipient"); }, ok, ""},
      {"recipients",
       [](World& w) {
         w.set("smtpd_recipient_restrictions", "");
         w.set("relay_recipient_maps", "hash:/r");
       },
       note, ""},
      {"recipient code", [](World& w) { w.set("unverified_recipient_reject_code", "450"); }, wrong, "unverified_recipient_reject_code = 550"},
      {"recipient probes", [](World& w) { w.set("address_verify_sender", "<>"); }, wrong, "address_verify_sender = double-bounce"},
      {"message size", [](World& w) { w.set("message_size_limit", "60000000"); }, wrong, "message_size_limit = 52428800"},
      {"message size", [](World& w) { w.set("message_size_limit", "0"); }, wrong, "message_size_limit = 52428800"},
      {"message size", [](World& w) { w.set("message_size_limit", "10240000"); }, note, "message_size_limit = 52428800"},
      {"smtputf8", [](World& w) { w.set("smtputf8_enable", "no"); }, wrong, "smtputf8_enable = yes"},
      {"authentication results", [](World& w) { w.set("smtpd_milters", ""); }, note, "smtpd_milters = inet:127.0.0.1:8893"},
      {"authentication results", [](World& w) { w.tables.clear(); }, wrong,
       "header_checks = regexp:{{/^Authentication-Results:.*mx.example.test/ IGNORE}}"},
      {"smarthost", [](World& w) { w.smarthost = "refuses to relay: 554"; }, wrong,
       "-o mynetworks=127.0.0.0/8 -o smtpd_relay_restrictions=permit_mynetworks,reject"},
      {"smarthost", [](World& w) { w.config.replace(w.config.find("smarthost = \"127.0.0.1:2525\""), 28, ""); }, missing,
       "[external] smarthost = \"127.0.0.1:2525\""},
      {"smarthost filters", [](World& w) { w.set("content_filter", "amavis:x"); }, wrong, "-o content_filter="},
      {"smarthost filters", [](World& w) { w.overrides["127.0.0.1:2525/inet/smtpd_proxy_filter"] = "x"; }, wrong, "-o smtpd_proxy_filter="},
      {"logins", [](World& w) { w.overrides.clear(); }, missing, "-o smtpd_sasl_auth_enable=yes"},
      {"logins", [](World& w) { w.set("smtpd_sasl_type", "cyrus"); }, wrong, "smtpd_sasl_type = dovecot"},
      {"logins", [](World& w) { w.set("smtpd_sasl_path", "private/auth"); }, wrong, "smtpd_sasl_path = message-center/auth"},
      {"logins", [](World& w) { w.set("smtpd_sasl_path", "/q/message-center/auth"); }, ok, ""},
      {"logins and tls", [](World& w) { w.set("smtpd_tls_auth_only", "no"); }, note, "smtpd_tls_auth_only = yes"},
      {"logins and tls",
       [](World& w) {
         w.set("smtpd_tls_auth_only", "no");
         w.overrides["submission/inet/smtpd_tls_security_level"] = "encrypt";
       },
       ok, ""},
      {"lmtp socket", [](World& w) { w.socket = "no way"; }, wrong, "install -d -o message-center -g postfix -m 2750 /q/message-center"},
      {"auth socket", [](World& w) { w.socket = "no way"; }, wrong, "[auth] group = \"postfix\""},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.check << " " << row.add) {
    World world;
    row.change(world);
    auto const found = world.check();
    BOOST_REQUIRE(found.count(row.check) == 1u);
    BOOST_TEST(found.at(row.check).state == row.state, found.at(row.check).says);
    BOOST_TEST(found.at(row.check).add == row.add);
  }
}

BOOST_AUTO_TEST_CASE(each_of_several_smarthosts_is_asked_and_named_without_its_password) {
  World world;
  std::string const one = "smarthost = \"127.0.0.1:2525\"";
  world.bad_smarthost = "smtp://u:secret@[2001:db8::1]:587";
  world.config.replace(world.config.find(one), one.size(), "smarthost = [\"127.0.0.1:2525\", \"" + world.bad_smarthost + "\"]");
  BOOST_TEST(world.check().at("smarthost").says == "all smarthosts take mail for elsewhere from us");
  world.smarthost = "cannot be reached: no route";
  auto const found = world.check().at("smarthost");
  BOOST_TEST(found.state == CheckState::wrong);
  BOOST_TEST(found.says == "the smarthost [2001:db8::1]:587 cannot be reached: no route");
  world.overrides["127.0.0.1:2525/inet/content_filter"] = "x";
  BOOST_TEST(world.check().at("smarthost filters").state == CheckState::wrong);
}

BOOST_AUTO_TEST_CASE(mail_sent_straight_to_its_servers_does_not_concern_postfix) {
  World world;
  std::string const one = "smarthost = \"127.0.0.1:2525\"";
  world.config.replace(world.config.find(one), one.size(), "route = \"mx\"");
  world.smarthost = "refuses";
  auto const found = world.check();
  BOOST_TEST(found.at("smarthost").state == CheckState::ok, found.at("smarthost").says);
  BOOST_TEST(found.count("smarthost filters") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_used_is_not_checked) {
  World world;
  world.config.replace(world.config.find("listen ="), 41, "");
  auto found = world.check();
  for (char const* name : {"logins", "logins and tls", "auth socket"}) BOOST_TEST(found.count(name) == 0u);
  world.set("relay_transport", "lmtp:inet:127.0.0.1:1024");
  world.services.replace(world.services.find("127.0.0.1:2525"), 14, "127.0.0.1:2526");
  found = world.check();
  for (char const* name : {"lmtp socket", "smarthost filters"}) BOOST_TEST(found.count(name) == 0u);
}

BOOST_AUTO_TEST_CASE(an_absolute_path_starts_at_the_queue_directory_in_a_chroot) {
  World world;
  world.set("relay_transport", "lmtp:unix:/message-center/lmtp");
  BOOST_TEST(world.check().at("transport").state == CheckState::wrong);
  auto const line = world.services.find("lmtp       unix  -       -       n");
  world.services[line + 33] = 'y';
  BOOST_TEST(world.check().at("transport").state == CheckState::ok);
}

BOOST_AUTO_TEST_CASE(lists_are_split_outside_braces) {
  BOOST_TEST(split_postfix_list("a, b\tc,  inline:{x=y, z = {1, 2}} d") ==
                 (std::vector<std::string>{"a", "b", "c", "inline:{x=y, z = {1, 2}}", "d"}),
             boost::test_tools::per_element());
  BOOST_TEST(split_postfix_list(" , ").empty());
  BOOST_TEST(split_postfix_list("}{ a }").size() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
