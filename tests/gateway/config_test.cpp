#include "gateway/config.h"

#include <boost/test/unit_test.hpp>

namespace mc::gateway {

namespace {

ConfigLoad parse(std::string const& web, bool tls = true) {
  std::string text = "[server]\nhostname = \"mc.example.test\"\ndomain = \"example.test\"\ndata = \"d\"\npolicy = \"p\"\n";
  if (tls) text += "[tls]\ncertificate = \"c\"\nkey = \"k\"\n";
  return parse_config(text + "[web]\n" + web, "/etc/x.toml");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(links_begin_with_the_address_given_else_with_the_hostname_and_the_port_that_listens) {
  struct Row {
    std::string web;
    std::uint16_t port;
    std::string url;
  };
  Row const rows[] = {
      {"", 0, ""},
      {"url = \"https://a.test\"", 0, ""},
      {"listen_tls = [\"127.0.0.1:443\"]", 0, "https://mc.example.test"},
      {"listen_tls = [\"127.0.0.1:1443\"]", 0, "https://mc.example.test:1443"},
      {"listen_tls = [\"127.0.0.1:0\"]", 0, "https://mc.example.test"},
      {"listen_tls = [\"127.0.0.1:0\"]", 4711, "https://mc.example.test:4711"},
      {"listen_tls = [\"127.0.0.1:0\"]\nurl = \"HTTPS://a.test:8443/\"", 4711, "https://a.test:8443"},
      {"listen_tls = [\"127.0.0.1:0\"]\nurl = \"https://[::1]:8443\"", 4711, "https://[::1]:8443"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.web) {
    ConfigLoad const load = parse(row.web);
    BOOST_TEST(static_cast<bool>(load));
    BOOST_TEST(web_url(load.config, row.port) == row.url);
  }
}

BOOST_AUTO_TEST_CASE(an_address_that_is_none_is_an_error) {
  for (std::string const url : {"http://a.test", "a.test", "https://", "https://a.test/x", "https://a b", "https://a@b", "https://a\\\"b",
                                "https://a.test>", "https://a.test\\r\\nX: y"})
    BOOST_TEST(!static_cast<bool>(parse("listen_tls = [\"127.0.0.1:0\"]\nurl = \"" + url + "\"")), url);
}

BOOST_AUTO_TEST_CASE(https_needs_a_certificate_and_an_address_without_a_listener_is_warned_of) {
  BOOST_TEST(!static_cast<bool>(parse("listen_tls = [\"127.0.0.1:0\"]", false)));
  ConfigLoad const load = parse("url = \"https://a.test\"", false);
  BOOST_TEST(static_cast<bool>(load));
  BOOST_TEST(load.problems.size() == 1u);
}

BOOST_AUTO_TEST_CASE(tickets_have_their_settings) {
  ConfigLoad const none = parse("");
  BOOST_TEST((!none.config.tickets.strangers && !none.config.tickets.agents_at_a2));
  BOOST_TEST((none.config.tickets.first_answer == std::chrono::hours(8)));
  ConfigLoad const all = parse("[tickets]\nstrangers = true\nagents_at = \"A2\"\nfirst_answer = \"0s\"");
  BOOST_TEST(static_cast<bool>(all));
  BOOST_TEST((all.config.tickets.strangers && all.config.tickets.agents_at_a2 && all.config.tickets.first_answer == Millis(0)));
  for (std::string const line : {"strangers = \"yes\"", "agents_at = \"A1\"", "first_answer = \"soon\"", "first_answer = \"-1h\"", "stranger = true"})
    BOOST_TEST(!static_cast<bool>(parse("[tickets]\n" + line)), line);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
