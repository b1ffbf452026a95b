#include "net/resolver.h"

#include <boost/asio/ip/udp.hpp>
#include <functional>

#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;

namespace {

std::string u16(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 255)}; }

std::string wire_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    auto const label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size()) + std::string(label);
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + '\0';
}

std::string record(std::string_view name, unsigned type, std::string const& data) {
  return wire_name(name) + u16(type) + u16(1) + std::string(4, '\0') + u16(static_cast<unsigned>(data.size())) + data;
}
std::string mx(std::string_view name, unsigned preference, std::string_view host) {
  return record(name, 15, u16(preference) + wire_name(host));
}
std::string alias(std::string_view name, std::string_view to) { return record(name, 5, wire_name(to)); }
std::string a(std::string_view name, char last) { return record(name, 1, std::string("\x7f\0\0", 3) + last); }
std::string aaaa(std::string_view name, char last) { return record(name, 28, std::string(15, '\0') + last); }

// A server on the same thread that answers as the test says: flags (QR and code) and answers by question type.
struct Fake {
  struct Answer {
    unsigned code = 0;
    std::vector<std::string> records;
    std::string raw;  // instead of the records, with the count of `counted`
    unsigned counted = 0;
  };
  explicit Fake(asio::io_context& context) : socket(context, {asio::ip::address_v4::loopback(), 0}) {}

  asio::awaitable<void> serve() {
    std::array<char, 512> buffer{};
    for (;;) {
      asio::ip::udp::endpoint peer;
      std::size_t const size = co_await socket.async_receive_from(asio::buffer(buffer), peer, asio::use_awaitable);
      std::string const query(buffer.data(), size);
      std::size_t const end = query.find('\0', 12) + 5;
      unsigned const type = static_cast<unsigned char>(query[end - 3]);
      ++asked;
      auto const got = answer(type);
      if (!got) continue;
      std::string records = got->raw;
      for (std::string const& one : got->records) records += one;
      unsigned const count = got->raw.empty() ? static_cast<unsigned>(got->records.size()) : got->counted;
      std::string const reply = query.substr(0, 2) + u16(0x8180 | got->code) + u16(1) + u16(count) + u16(0) + u16(0) +
                                query.substr(12, end - 12) + records;
      co_await socket.async_send_to(asio::buffer(reply), peer, asio::use_awaitable);
    }
  }

  asio::ip::udp::socket socket;
  std::function<std::optional<Answer>(unsigned type)> answer;
  int asked = 0;
};

struct ResolverFixture {
  asio::io_context io;
  Fake fake{io};
  std::unique_ptr<Resolver> resolver = make();

  std::unique_ptr<Resolver> make() {
    Resolver::Options options;
    options.servers = {{asio::ip::address_v4::loopback(), fake.socket.local_endpoint().port(), {}}};
    options.timeout = Millis(50);
    options.tries = 1;
    return std::move(*Resolver::make(io, options));
  }
  template <class Record>
  DnsAnswer<Record> run(asio::awaitable<DnsAnswer<Record>> (Resolver::*what)(std::string), std::string name) {
    asio::co_spawn(io, fake.serve(), asio::detached);
    DnsAnswer<Record> out;
    test::run(io, [&]() -> asio::awaitable<void> { out = co_await (*resolver.*what)(name); });
    return out;
  }
  DnsAnswer<MxRecord> find_mx(std::string name = "ext.test") { return run(&Resolver::mx, std::move(name)); }
  DnsAnswer<asio::ip::address> find_addresses(std::string name = "mx.ext.test") {
    return run(&Resolver::addresses, std::move(name));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(resolver_test, ResolverFixture)

BOOST_AUTO_TEST_CASE(mx_records_are_read) {
  fake.answer = [](unsigned type) {
    BOOST_TEST(type == 15u);
    return Fake::Answer{0, {mx("Ext.test", 10, "MX1.ext.test"), mx("ext.test", 0, "")}, {}, 0};
  };
  auto const got = find_mx("EXT.test.");
  BOOST_TEST((got.status == DnsStatus::found));
  BOOST_REQUIRE(got.records.size() == 2u);
  BOOST_TEST(got.records[0].exchange == "mx1.ext.test");
  BOOST_TEST(got.records[0].preference == 10);
  BOOST_TEST(got.records[1].exchange == "");
}

BOOST_AUTO_TEST_CASE(addresses_of_both_kinds_in_turn) {
  fake.answer = [](unsigned type) {
    if (type == 28) return Fake::Answer{0, {aaaa("mx.ext.test", 1), aaaa("mx.ext.test", 2)}, {}, 0};
    return Fake::Answer{0, {a("mx.ext.test", 1)}, {}, 0};
  };
  auto const got = find_addresses();
  BOOST_REQUIRE(got.records.size() == 3u);
  BOOST_TEST(got.records[0].to_string() == "::1");
  BOOST_TEST(got.records[1].to_string() == "127.0.0.1");
  BOOST_TEST(got.records[2].to_string() == "::2");
}

BOOST_AUTO_TEST_CASE(one_kind_unanswered_is_no_trouble_where_the_other_is_there) {
  fake.answer = [](unsigned type) -> std::optional<Fake::Answer> {
    if (type == 28) return Fake::Answer{2, {}, {}, 0};
    return Fake::Answer{0, {a("mx.ext.test", 1)}, {}, 0};
  };
  BOOST_TEST((find_addresses().status == DnsStatus::found));
}

BOOST_AUTO_TEST_CASE(one_kind_unanswered_and_the_other_not_there_is_temporary) {
  fake.answer = [](unsigned type) { return Fake::Answer{type == 28 ? 2u : 0u, {}, {}, 0}; };
  BOOST_TEST((find_addresses().status == DnsStatus::temporary));
}

BOOST_AUTO_TEST_CASE(codes_of_the_server) {
  std::pair<unsigned, DnsStatus> const rows[] = {{0, DnsStatus::nothing},   {3, DnsStatus::no_name}, {2, DnsStatus::temporary},
                                                 {5, DnsStatus::temporary}, {1, DnsStatus::temporary}};
  for (auto const& [code, status] : rows) BOOST_TEST_CONTEXT(code) {
      ResolverFixture one;
      one.fake.answer = [code = code](unsigned) { return Fake::Answer{code, {}, {}, 0}; };
      auto const got = one.find_mx();
      BOOST_TEST((got.status == status));
      BOOST_TEST(got.trouble.empty() == (status != DnsStatus::temporary));
    }
}

BOOST_AUTO_TEST_CASE(silence_is_bounded) {
  fake.answer = [](unsigned) { return std::nullopt; };
  auto const got = find_mx();
  BOOST_TEST((got.status == DnsStatus::temporary));
  BOOST_TEST(got.trouble.find("ext.test") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(aliases_are_followed_within_an_answer_and_by_asking_again) {
  fake.answer = [this](unsigned) {
    if (fake.asked == 1) return Fake::Answer{0, {alias("ext.test", "b.test"), alias("b.test", "c.test")}, {}, 0};
    return Fake::Answer{0, {mx("c.test", 10, "mx.c.test"), mx("stranger.test", 1, "bad.test")}, {}, 0};
  };
  auto const got = find_mx();
  BOOST_REQUIRE(got.records.size() == 1u);
  BOOST_TEST(got.records[0].exchange == "mx.c.test");
  BOOST_TEST(fake.asked == 2);
}

BOOST_AUTO_TEST_CASE(aliases_in_a_circle_end) {
  fake.answer = [](unsigned) { return Fake::Answer{0, {alias("ext.test", "b.test"), alias("b.test", "ext.test")}, {}, 0}; };
  BOOST_TEST((find_mx().status != DnsStatus::found));
  BOOST_TEST(fake.asked <= 4);
}

BOOST_AUTO_TEST_CASE(hostile_answers_yield_nothing_and_hurt_nobody) {
  std::string const good = mx("ext.test", 10, "mx.ext.test");
  std::string long_answer;
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {
    ResolverFixture one;
    one.fake.answer = [&, i](unsigned) { return Fake::Answer{0, {}, good.substr(0, i + 1), 1}; };
    BOOST_TEST((one.find_mx().status != DnsStatus::found), "cut after " << i + 1);
  }
  std::string const bad[] = {
      std::string("\xc0\x0c\xc0\x0c", 4), wire_name("ext.test") + u16(15) + u16(1) + std::string(4, 'x') + u16(65535) + "ab",
      record("ext.test", 15, "x"), record("ext.test", 15, u16(1) + "\xff"), mx("ext.test", 1, "bad host.test"),
      std::string("\xc0\xff", 2)};
  for (std::string const& raw : bad) {
    ResolverFixture one;
    one.fake.answer = [&](unsigned) { return Fake::Answer{0, {}, raw, 1}; };
    BOOST_TEST((one.find_mx().status != DnsStatus::found));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_host_name_is_not_asked_for) {
  fake.answer = [](unsigned) { return std::nullopt; };
  for (std::string const name : {"", ".", "a b", "x..y", "b\xc3\xbc.test"})
    BOOST_TEST((find_mx(name).status == DnsStatus::no_name), name);
  BOOST_TEST(fake.asked == 0);
}

BOOST_AUTO_TEST_CASE(going_away_with_a_question_open_is_harmless) {
  fake.answer = [](unsigned) { return std::nullopt; };
  asio::co_spawn(io, [this]() -> asio::awaitable<void> { (void)co_await resolver->mx("ext.test"); }, asio::detached);
  io.run_for(Millis(5));
}

BOOST_AUTO_TEST_SUITE_END()
