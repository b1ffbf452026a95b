#include "smtp/mx.h"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace mc;
using namespace mc::smtp;
using center::SendOutcome;
using net::DnsStatus;

namespace {

std::minstd_rand dice(1);

Exchanges choose(DnsStatus status, std::vector<net::MxRecord> records = {}) {
  net::DnsAnswer<net::MxRecord> answer{status, std::move(records), "DNS: timeout"};
  return choose_exchanges(answer, "ext.test", "mc.example.test", dice);
}
Exchanges choose(std::vector<net::MxRecord> records) { return choose(DnsStatus::found, std::move(records)); }

std::string joined(Exchanges const& e) {
  std::string out;
  for (std::string const& host : e.hosts) out += host + ' ';
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mx_test)

BOOST_AUTO_TEST_CASE(by_preference) {
  BOOST_TEST(joined(choose({{30, "c"}, {10, "a"}, {20, "b"}})) == "a b c ");
}

BOOST_AUTO_TEST_CASE(equal_ones_in_any_order_but_never_before_better_ones) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    auto const hosts = joined(choose({{10, "a"}, {10, "b"}, {10, "c"}, {20, "z"}}));
    BOOST_TEST(hosts.ends_with("z "));
    seen.insert(hosts);
  }
  BOOST_TEST(seen.size() == 6u);
}

BOOST_AUTO_TEST_CASE(without_mx_the_domain_itself) {
  BOOST_TEST(joined(choose(DnsStatus::nothing)) == "ext.test ");
}

BOOST_AUTO_TEST_CASE(what_cannot_be) {
  struct Row {
    Exchanges got;
    SendOutcome outcome;
    std::string status;
  };
  Row const rows[] = {
      {choose(DnsStatus::temporary), SendOutcome::temporary, "4.4.3"},
      {choose(DnsStatus::no_name), SendOutcome::permanent, "5.1.2"},
      {choose({{0, ""}}), SendOutcome::permanent, "5.1.10"},
      {choose({{10, "MC.example.test"}, {10, "b"}}), SendOutcome::permanent, "5.4.6"},
      {choose({{0, ""}, {10, ""}}), SendOutcome::permanent, "5.4.4"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.status) {
      BOOST_TEST(row.got.hosts.empty());
      BOOST_TEST((row.got.outcome == row.outcome));
      BOOST_TEST(row.got.reply.find(row.status) != std::string::npos, row.got.reply);
    }
}

BOOST_AUTO_TEST_CASE(behind_ourselves_nobody_is_tried) {
  BOOST_TEST(joined(choose({{5, "a"}, {10, "mc.example.test"}, {10, "b"}, {20, "c"}})) == "a ");
}

BOOST_AUTO_TEST_CASE(a_null_mx_beside_others_is_passed_over) {
  BOOST_TEST(joined(choose({{0, ""}, {10, "a"}})) == "a ");
}

BOOST_AUTO_TEST_CASE(each_once_and_not_too_many) {
  std::vector<net::MxRecord> records;
  for (std::uint16_t i = 0; i < 50; ++i) records.push_back({i, "mx" + std::to_string(i / 2)});
  auto const got = choose(records);
  BOOST_TEST(got.hosts.size() == max_exchanges);
  BOOST_TEST(got.hosts[0] == "mx0");
  BOOST_TEST(got.hosts[9] == "mx9");
}

BOOST_AUTO_TEST_CASE(our_own_domain_and_what_is_no_domain_are_refused) {
  BOOST_TEST(!refuse_domain("ext.test", "example.test"));
  BOOST_TEST(refuse_domain("Example.Test", "example.test")->reply.find("5.4.6") != std::string::npos);
  for (std::string const bad : {"", "[127.0.0.1]", "a b.test", "b\xc3\xbc.test", "a..test", ".test"})
    BOOST_TEST(refuse_domain(bad, "example.test")->reply.find("5.1.2") != std::string::npos, bad);
}

BOOST_AUTO_TEST_SUITE_END()
