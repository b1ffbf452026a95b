#include "center/metadata.h"

#include <boost/test/unit_test.hpp>

#include "fixture.h"

namespace mc::center {

namespace {

constexpr std::string_view prefix = "/private/vendor/message-center/";

struct Fixture : CenterFixture {
  Annotated const server{jane, MailboxId(), store::MailboxKind::user};

  Annotated folder(store::MailboxKind kind) {
    auto id = store->read([&](store::Snapshot const& s) { return store::find_mailbox_of_kind(s, jane, kind); });
    return {jane, *id, kind};
  }

  // The value of an entry below our prefix, or of a whole name.
  std::string get(std::string_view name, Annotated const& what) {
    std::string whole = name.starts_with('/') ? std::string(name) : std::string(prefix) + std::string(name);
    auto all = store->read([&](store::Snapshot const& s) { return list_served(s, context, policy.get(), what); });
    for (auto const& entry : all)
      if (entry.name == whole) return entry.value;
    return "(none)";
  }
  std::string get(std::string_view name) { return get(name, server); }

  Result<void> set(std::string_view name, std::optional<std::string_view> value, Annotated const& what) {
    std::string whole = name.starts_with('/') ? std::string(name) : std::string(prefix) + std::string(name);
    return store->write_and_wait([&](store::Transaction& tx) {
      return set_served(tx, context, policy.get(), what, whole, value, clock.now());
    });
  }
  Result<void> set(std::string_view name, std::optional<std::string_view> value) { return set(name, value, server); }

  std::vector<store::StoredChoice> choices() {
    return store->read([&](store::Snapshot const& s) { return store::list_choices(s, jane); });
  }

  void use_policy(std::string const& types) {
    policy.swap(install("format = 1\n[type]\n" + types + "[unclassified]\ntab = \"updates\"\n"));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(metadata)

BOOST_FIXTURE_TEST_CASE(ours_are_told_by_their_beginning, Fixture) {
  Annotated const work{jane, MailboxId(99), store::MailboxKind::user};
  for (char const* name : {"/private/vendor/message-center", "/private/vendor/message-center/x",
                           "/shared/vendor/message-center/x"}) {
    BOOST_TEST(is_served(server, name), name);
    BOOST_TEST(is_served(work, name), name);
  }
  for (char const* name : {"/private/vendor/message-centers", "/private/vendor", "/private/comment", "/private"}) {
    BOOST_TEST(!is_served(server, name), name);
    BOOST_TEST(!is_served(work, name), name);
  }
  for (char const* name : {"/shared", "/shared/comment", "/shared/x/y"}) {
    BOOST_TEST(is_served(server, name), name);
    BOOST_TEST(!is_served(work, name), name);
  }
}

BOOST_FIXTURE_TEST_CASE(the_site_says_who_it_is_and_lets_nobody_else_say_it, Fixture) {
  BOOST_TEST(get("/shared/admin") == "mailto:postmaster@example.test");
  BOOST_TEST(get("/shared/comment").find("example.test") != std::string::npos);
  for (auto value : {std::optional<std::string_view>("x"), std::optional<std::string_view>()})
    BOOST_TEST((set("/shared/comment", value).error().code == Errc::forbidden));
}

BOOST_FIXTURE_TEST_CASE(a_choice_made_by_a_client_says_so, Fixture) {
  BOOST_REQUIRE(set("type/payment.sent", "center"));
  auto made = choices();
  BOOST_REQUIRE(made.size() == 1u);
  BOOST_TEST(made[0].scope == "type:payment.sent");
  BOOST_TEST((made[0].at == clock.now()));
  auto lines = store->read(
      [&](store::Snapshot const& s) { return list_preferences(s, context, *policy.get().policy, jane); });
  for (PreferenceLine const& line : lines)
    if (line.scope == "type:payment.sent") BOOST_TEST(line.source == "client");
  BOOST_REQUIRE(set("type/payment.sent", std::nullopt));
  BOOST_TEST(choices().empty());
}

BOOST_FIXTURE_TEST_CASE(a_type_without_a_choice_says_what_holds, Fixture) {
  use_policy(R"("on.on" = { tab = "alerts", label = "a" }
"off.on" = { tab = "alerts", label = "b", email = "off" }
"off.off" = { tab = "alerts", label = "c", email = "off", folder = "off" }
"locked" = { tab = "alerts", label = "d", email = "always" }
"kept" = { tab = "alerts", label = "e", drop = false }
)");
  struct {
    char const* tab;
    char const *on_on, *off_on, *off_off, *locked, *kept;
  } const rows[] = {
      {"default", "both", "center", "center", "both", "both"},
      {"center", "center", "center", "center", "both", "center"},
      {"email", "email", "email", "email", "email", "email"},
      {"none", "none", "none", "none", "email", "center"},
      {"both", "both", "both", "both", "both", "both"},
  };
  for (auto const& row : rows) BOOST_TEST_CONTEXT(row.tab) {
      BOOST_REQUIRE(set("tab/alerts", row.tab));
      BOOST_TEST(get("tab/alerts") == row.tab);
      BOOST_TEST(get("type/on.on") == row.on_on);
      BOOST_TEST(get("type/off.on") == row.off_on);
      BOOST_TEST(get("type/off.off") == row.off_off);
      BOOST_TEST(get("type/locked") == row.locked);
      BOOST_TEST(get("type/kept") == row.kept);
    }
  BOOST_REQUIRE(set("type/on.on", "email"));
  BOOST_TEST(get("type/on.on") == "email");
}

BOOST_FIXTURE_TEST_CASE(half_a_choice_is_completed_by_the_rest, Fixture) {
  auto done = store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    store::put_choice(tx, jane, {"type:payment.sent", false, std::nullopt, clock.now(), 1});
    return {};
  });
  BOOST_REQUIRE(done);
  BOOST_TEST(get("type/payment.sent") == "center");
  BOOST_REQUIRE(set("tab/alerts", "email"));
  BOOST_TEST(get("type/payment.sent") == "none");  // one word from each choice, and both are his
}

BOOST_FIXTURE_TEST_CASE(the_choice_of_a_folder_is_that_of_its_tab, Fixture) {
  using Kind = store::MailboxKind;
  for (auto [kind, tab] : {std::pair(Kind::alerts, "tab/alerts"), std::pair(Kind::updates, "tab/updates"),
                           std::pair(Kind::tickets, "tab/tickets"), std::pair(Kind::inbox, "tab/inbox")}) {
    BOOST_TEST(get("choice", folder(kind)) == "default");
    BOOST_REQUIRE(set("choice", "both", folder(kind)));
    BOOST_TEST(get("choice", folder(kind)) == "both");
    BOOST_TEST(get(tab) == "both");
    BOOST_REQUIRE(set("choice", std::nullopt, folder(kind)));
    BOOST_TEST(get(tab) == "default");
  }
  Annotated const work{jane, MailboxId(99), Kind::user};
  BOOST_TEST(get("choice", work) == "(none)");
  auto refused = set("choice", "both", work);
  BOOST_TEST((refused.error().code == Errc::unsupported));
  BOOST_TEST(refused.error().text == "Only INBOX, Account Alerts, Updates and Tickets have a choice");
}

BOOST_FIXTURE_TEST_CASE(what_is_refused_is_refused_in_words, Fixture) {
  struct {
    char const *name, *value;
    Errc code;
    char const* words;
  } const rows[] = {
      {"type/payment_method.changed", "none", Errc::forbidden, "cannot be changed"},
      {"type/ticket.reply", "none", Errc::forbidden, "cannot be switched off altogether"},
      {"type/payment.snt", "both", Errc::unsupported, "did you mean payment.sent?"},
      {"tab/alert", "both", Errc::unsupported, "did you mean alerts?"},
      {"tab/alerts", "perhaps", Errc::unsupported, "both, email, center, none"},
      {"zoned", "UTC", Errc::unsupported, "did you mean zone?"},
      {"type", "both", Errc::unsupported, "no entry"},
      {"type/", "both", Errc::unsupported, ""},
      {"", "both", Errc::unsupported, "no entry"},
      {"/private/vendor/message-center", "both", Errc::unsupported, "no entry"},
      {"/shared/vendor/message-center/type/payment.sent", "both", Errc::forbidden, "can only be read"},
  };
  for (auto const& row : rows) BOOST_TEST_CONTEXT(row.name) {
      auto refused = set(row.name, row.value);
      BOOST_REQUIRE(!refused);
      BOOST_TEST((refused.error().code == row.code));
      BOOST_TEST(refused.error().text.find(row.words) != std::string::npos, refused.error().text);
    }
  BOOST_TEST((set("tab/alerts", std::string(5000, 'x')).error().code == Errc::unsupported));
  BOOST_TEST((set("address", std::nullopt).error().code == Errc::unsupported));
  BOOST_TEST((set("code", std::nullopt).error().code == Errc::unsupported));
  BOOST_TEST(choices().empty());
}

BOOST_FIXTURE_TEST_CASE(a_choice_for_a_type_that_is_gone_can_be_seen_and_removed, Fixture) {
  BOOST_REQUIRE(set("type/payment.sent", "center"));
  use_policy("\"other\" = { tab = \"alerts\", label = \"Other\" }\n");
  BOOST_TEST(get("type/payment.sent") == "center");
  BOOST_TEST((set("type/payment.sent", "both").error().code == Errc::unsupported));
  BOOST_REQUIRE(set("type/payment.sent", std::nullopt));
  BOOST_TEST(get("type/payment.sent") == "(none)");
  BOOST_TEST((set("type/payment.sent", std::nullopt).error().code == Errc::unsupported));
}

BOOST_FIXTURE_TEST_CASE(settings_go_back_to_what_they_were_without, Fixture) {
  struct {
    char const *name, *before, *set;
  } const rows[] = {{"zone", "UTC", "Europe/Paris"}, {"quiet", "off", "22:00-07:00"}, {"digest", "off", "hourly"}};
  for (auto const& row : rows) BOOST_TEST_CONTEXT(row.name) {
      for (auto none : {std::optional<std::string_view>(), std::optional<std::string_view>("Default")}) {
        BOOST_TEST(get(row.name) == row.before);
        BOOST_REQUIRE(set(row.name, row.set));
        BOOST_TEST(get(row.name) == row.set);
        BOOST_REQUIRE(set(row.name, none));
      }
      BOOST_TEST(get(row.name) == row.before);
    }
  BOOST_REQUIRE(set("pause", "3d"));
  BOOST_TEST(get("pause") != "off");
  BOOST_REQUIRE(set("pause", std::nullopt));
  BOOST_TEST(get("pause") == "off");
  BOOST_TEST(get("address") == "jane@ext.test");
}

BOOST_FIXTURE_TEST_CASE(a_code_is_never_told_and_stands_alone, Fixture) {
  BOOST_TEST(get("code") == "(none)");
  BOOST_TEST(stands_alone(server, std::string(prefix) + "code"));
  BOOST_TEST(!stands_alone(server, std::string(prefix) + "quiet"));
  BOOST_TEST(!stands_alone(folder(store::MailboxKind::inbox), std::string(prefix) + "code"));
}

// What is to come is told as if the address were good: else a client that saves what it read would switch email off.
BOOST_FIXTURE_TEST_CASE(a_failing_address_changes_no_word, Fixture) {
  std::string const before = get("type/payment.sent");
  auto done = store->write_and_wait([&](store::Transaction& tx) {
    store::User user = store::find_user(tx, jane).value();
    user.email_state = store::AddressState::suppressed;
    return store::update_user(tx, user);
  });
  BOOST_REQUIRE(done);
  BOOST_TEST(get("type/payment.sent") == before);
  BOOST_TEST(before == "both");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::center
