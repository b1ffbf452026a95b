#include "net/address.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace mc::net;

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(endpoints_are_read_and_written_back) {
  struct Row {
    char const* input;
    char const* expected;  // nullptr: refused
  };
  std::string const long_path = "unix:/" + std::string(107, 'x');
  for (Row const row : {Row{"127.0.0.1:1143", "127.0.0.1:1143"},
                        {"[::1]:0", "[::1]:0"},
                        {"localhost:25", "127.0.0.1:25"},
                        {"*:993", "0.0.0.0:993"},
                        {"unix:/run/mc/lmtp.sock", "unix:/run/mc/lmtp.sock"},
                        {"127.0.0.1", nullptr},
                        {"127.0.0.1:", nullptr},
                        {"127.0.0.1:65536", nullptr},
                        {"127.0.0.1:+1", nullptr},
                        {"::1:25", nullptr},
                        {"[127.0.0.1]:25", nullptr},
                        {"[::1]", nullptr},
                        {"[fe80::1%eth0]:1", nullptr},
                        {"mail.example.test:25", nullptr},
                        {"unix:relative", nullptr},
                        {"unix:", nullptr},
                        {long_path.c_str(), nullptr},
                        {"", nullptr}}) {
    BOOST_TEST_CONTEXT(row.input) {
      auto const endpoint = parse_endpoint(row.input);
      BOOST_REQUIRE_EQUAL(endpoint.has_value(), row.expected != nullptr);
      if (endpoint) BOOST_TEST(write_endpoint(*endpoint) == row.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(blocks_contain_what_they_say) {
  struct Row {
    char const* block;
    char const* ip;
    bool inside;
  };
  for (Row const row : {Row{"127.0.0.1/32", "127.0.0.1", true},
                        {"127.0.0.1/32", "127.0.0.2", false},
                        {"127.0.0.1/32", "::ffff:127.0.0.1", true},
                        {"127.0.0.1", "127.0.0.1", true},
                        {"10.0.0.0/8", "10.255.1.2", true},
                        {"10.0.0.0/8", "11.0.0.0", false},
                        {"10.0.0.128/25", "10.0.0.127", false},
                        {"0.0.0.0/0", "1.2.3.4", true},
                        {"0.0.0.0/0", "::1", false},
                        {"::/0", "1.2.3.4", false},
                        {"::1/128", "::1", true},
                        {"2001:db8::/33", "2001:db8:7fff::1", true},
                        {"2001:db8::/33", "2001:db8:8000::1", false},
                        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
                        {"::ffff:10.0.0.0/104", "11.1.2.3", false}}) {
    BOOST_TEST_CONTEXT(row.block << " " << row.ip) {
      auto const block = Cidr::parse(row.block);
      BOOST_REQUIRE(block);
      BOOST_TEST(block->contains(asio::ip::make_address(row.ip)) == row.inside);
      BOOST_TEST(matches_any({*block}, asio::ip::make_address(row.ip)) == row.inside);
    }
  }
}

BOOST_AUTO_TEST_CASE(malformed_blocks_are_refused) {
  for (char const* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "::1/129", "10.0.0.0/-1", "x/8",
                           "10.0.0.0/8/8", "10.0.0/8"})
    BOOST_TEST(!Cidr::parse(text), text);
}

BOOST_AUTO_TEST_CASE(loopback_is_known_in_all_its_forms) {
  for (char const* ip : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
    BOOST_TEST(is_loopback(asio::ip::make_address(ip)), ip);
  for (char const* ip : {"128.0.0.1", "::2", "::ffff:10.0.0.1"})
    BOOST_TEST(!is_loopback(asio::ip::make_address(ip)), ip);
}

BOOST_AUTO_TEST_SUITE_END()
