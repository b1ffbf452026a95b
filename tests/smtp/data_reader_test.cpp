#include "smtp/data_reader.h"

#include <boost/test/unit_test.hpp>
#include <optional>

using namespace mc::smtp;

namespace {

struct Outcome {
  std::string content;
  std::string rest;  // after the end
  bool ended = false;
  ContentFault fault = ContentFault::none;
};

Outcome read(std::string_view octets, std::size_t piece, std::uint64_t max = 1000,
             Framing framing = Framing::dots) {
  DataReader reader(framing, max);
  Outcome out;
  std::string_view left = octets;
  while (!left.empty() && !reader.ended()) {
    std::string_view const part = left.substr(0, piece);
    std::size_t const taken = reader.feed(part);
    BOOST_TEST((taken == part.size() || reader.ended()));
    left.remove_prefix(taken);
  }
  out.ended = reader.ended();
  if (framing == Framing::counted) reader.finish();
  out.rest = left;
  out.fault = reader.fault();
  out.content = reader.take();
  return out;
}

struct Row {
  std::string sent;
  std::string content;
  std::optional<std::string> rest;  // absent: no end yet
  ContentFault fault = ContentFault::none;
};

void check(Row const& row, Framing framing = Framing::dots) {
  for (std::size_t piece = 1; piece <= row.sent.size(); ++piece)
    BOOST_TEST_CONTEXT("sent " << row.sent << " in pieces of " << piece) {
      Outcome const got = read(row.sent, piece, 60, framing);
      BOOST_TEST(got.ended == row.rest.has_value());
      if (row.rest) BOOST_TEST(got.rest == *row.rest);
      BOOST_TEST((got.fault == row.fault));
      if (row.fault == ContentFault::none) BOOST_TEST(got.content == row.content);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(content_ends_at_a_line_with_one_dot_and_leading_dots_lose_one) {
  using namespace std::string_literals;
  Row const rows[] = {
      {".\r\n", "", ""},
      {".\r\nQUIT\r\n", "", "QUIT\r\n"},
      {"a\r\n.\r\n", "a\r\n", ""},
      {"a\r\n.\r\n.\r\n", "a\r\n", ".\r\n"},
      {"..\r\n.\r\n", ".\r\n", ""},
      {"...\r\n.\r\n", "..\r\n", ""},
      {".a\r\n.\r\n", "a\r\n", ""},
      {"a.\r\n.\r\n", "a.\r\n", ""},
      {"\r\n\r\n.\r\n", "\r\n\r\n", ""},
      {"\r\n..\r\n..b\r\n.\r\n", "\r\n.\r\n.b\r\n", ""},
      {"a\0b\xff\r\n.\r\n"s, "a\0b\xff\r\n"s, ""},
      {"a\r\n.", "a\r\n", {}},
      {"a\r\n.\r", "a\r\n", {}},
      {"a", "a", {}},
  };
  for (Row const& row : rows) check(row);
}

// The sequences other servers take for an end of data: none of them is one, and all are refused.
BOOST_AUTO_TEST_CASE(nothing_else_ends_the_content_and_bare_line_ends_are_faults) {
  auto const bare = ContentFault::bare_line_end;
  std::string const ends[] = {"\n.\n",     "\n.\r\n",     "\r.\r",       "\r.\r\n",
                              "\r\n.\n",   "\r\n.\r",     "\r\n.\r\r\n", "\n\r\n.\n",
                              "\r\r\n.\n", "\r\n\r.\r\n", "\r\n.\r.\r\n"};
  for (std::string const& end : ends) {
    check({"a" + end + "MAIL\r\n.\r\nQUIT", "", "QUIT", bare});
  }
  check({"\n.\r\n.\r\n", "", "", bare});
  check({".\n.\r\n\r\n.\r\n", "", "", bare});
  check({"a\r\r\n.\r\n", "", "", bare});
  check({"a\nb\r\n.\r\n", "", "", bare});
  check({"\ra\r\n.\r\n", "", "", bare});
}

BOOST_AUTO_TEST_CASE(a_message_over_the_limit_is_read_to_its_end_and_not_kept) {
  std::string const sixty(58, 'x');
  check({sixty + "\r\n.\r\n", sixty + "\r\n", ""});
  check({sixty + "x\r\n.\r\nrest", "", "rest", ContentFault::too_big});
  // The dot that is taken away does not count.
  check({"." + sixty + "\r\n.\r\n", sixty + "\r\n", ""});
}

BOOST_AUTO_TEST_CASE(counted_content_keeps_its_dots_and_has_no_end_of_its_own) {
  check({"a\r\n.\r\n..b", "a\r\n.\r\n..b", {}}, Framing::counted);
  check({"a\nb", "", {}, ContentFault::bare_line_end}, Framing::counted);
  check({"a\rb", "", {}, ContentFault::bare_line_end}, Framing::counted);
  check({"a\r\n\r", "", {}, ContentFault::bare_line_end}, Framing::counted);
}

BOOST_AUTO_TEST_CASE(the_first_fault_stands_and_nothing_is_kept_after_it) {
  DataReader reader(Framing::dots, 1000);
  reader.feed("abc");
  reader.discard(ContentFault::no_memory);
  reader.feed("a\nb\r\n.\r\n");
  BOOST_TEST(reader.ended());
  BOOST_TEST((reader.fault() == ContentFault::no_memory));
  BOOST_TEST(reader.kept() == 0u);
}

BOOST_AUTO_TEST_CASE(a_flood_of_line_feeds_costs_no_more_than_other_octets) {
  DataReader reader(Framing::dots, 1 << 20);
  std::string const flood(1 << 20, '\n');
  for (int i = 0; i < 20; ++i) reader.feed(flood);
  BOOST_TEST((reader.fault() == ContentFault::bare_line_end));
  BOOST_TEST(reader.seen() == std::uint64_t{20} << 20);
}
