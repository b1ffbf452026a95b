#include "smtp/penalties.h"

#include <boost/test/unit_test.hpp>

namespace mc::smtp {

BOOST_AUTO_TEST_SUITE(penalties)

net::SteadyTime const start = net::SteadyTime() + std::chrono::hours(1);

BOOST_AUTO_TEST_CASE(each_failure_counts_and_time_takes_them_back_one_by_one) {
  Penalties penalties({100, std::chrono::seconds(30)});
  for (unsigned i = 0; i < 5; ++i) BOOST_TEST(penalties.add("a", start) == i);
  BOOST_TEST(penalties.count("a", start) == 5u);
  BOOST_TEST(penalties.count("b", start) == 0u);
  BOOST_TEST(penalties.count("a", start + std::chrono::seconds(65)) == 3u);
  BOOST_TEST(penalties.add("a", start + std::chrono::seconds(65)) == 3u);
  BOOST_TEST(penalties.count("a", start + std::chrono::hours(2)) == 0u);
}

BOOST_AUTO_TEST_CASE(who_failed_longest_ago_is_forgotten_when_there_are_too_many) {
  Penalties penalties({3, std::chrono::seconds(30)});
  for (std::string const name : {"a", "b", "c"}) penalties.add(name, start);
  penalties.add("a", start);
  penalties.add("d", start);
  BOOST_TEST(penalties.size() == 3u);
  BOOST_TEST(penalties.count("a", start) == 2u);
  BOOST_TEST(penalties.count("b", start) == 0u);
  BOOST_TEST(penalties.count("d", start) == 1u);
}

BOOST_AUTO_TEST_CASE(a_network_of_ipv6_is_one_and_a_login_stands_in_where_there_is_no_address) {
  auto key = [](char const* ip) { return Penalties::key(boost::asio::ip::make_address(ip), "jane"); };
  BOOST_TEST(key("192.0.2.1") != key("192.0.2.2"));
  BOOST_TEST(key("2001:db8::1") == key("2001:db8::ffff:1:2:3"));
  BOOST_TEST(key("2001:db8::1") != key("2001:db8:0:1::1"));
  BOOST_TEST(Penalties::key(std::nullopt, "Jane") == Penalties::key(std::nullopt, "jane"));
  BOOST_TEST(Penalties::key(std::nullopt, "jane") != Penalties::key(std::nullopt, "bob"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::smtp
