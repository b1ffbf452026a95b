// [auth], and whose Authentication-Results count
#include <boost/test/unit_test.hpp>

#include "gateway/config.h"

namespace mc::gateway {

namespace {

ConfigLoad parse(std::string const& more) {
  return parse_config("[server]\nhostname = \"mc.example.test\"\ndomain = \"example.test\"\ndata = \"d\"\npolicy = \"p\"\n" + more, "/etc/x.toml");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_auth)

BOOST_AUTO_TEST_CASE(sockets_for_other_mail_servers_have_a_mode_and_a_group) {
  auto load = parse("[auth]\nlisten = [\"unix:/run/a\", \"unix:/run/b\"]\nmode = \"0600\"\ngroup = \"root\"\n");
  BOOST_REQUIRE(static_cast<bool>(load));
  BOOST_TEST(load.config.auth.listen.size() == 2u);
  BOOST_TEST(load.config.auth.mode == 0600u);
  BOOST_TEST(load.config.auth.group == "root");
  BOOST_TEST(parse("").config.auth.mode == 0660u);
}

BOOST_AUTO_TEST_CASE(what_would_let_strangers_ask_or_means_nothing_is_an_error) {
  for (std::string const more :
       {"[auth]\nlisten = [\"127.0.0.1:12345\"]", "[auth]\nlisten = [\"unix:relative\"]", "[auth]\nmode = \"0999\"", "[auth]\nmode = \"660 \"",
        "[auth]\nmode = \"1777\"", "[auth]\nmode = \"\"", "[auth]\nmode = 660", "[auth]\ngroup = \"no such group\"", "[auth]\nuser = \"x\"",
        "[smtp]\nauthserv_id = \"mx example\"", "[smtp]\nauthserv_id = \"mx;\"", "[smtp]\nauthserv_id = \"(mx)\"",
        "[smtp]\nauthserv_id = \"\\\"mx\\\"\""})
    BOOST_TEST(!static_cast<bool>(parse(more)), more);
  BOOST_TEST(parse("[smtp]\nauthserv_id = \"mx.example.test\"").config.smtp.authserv_id == "mx.example.test");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
