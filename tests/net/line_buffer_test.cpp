#include "net/line_buffer.h"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

using mc::net::InputBuffer;

namespace {

void feed(InputBuffer& buffer, std::string_view octets) {
  while (!octets.empty()) {
    auto const room = buffer.prepare(octets.size());
    BOOST_REQUIRE(!room.empty());
    std::size_t const n = std::min(room.size(), octets.size());
    std::memcpy(room.data(), octets.data(), n);
    buffer.commit(n);
    octets.remove_prefix(n);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(line_buffer)

BOOST_AUTO_TEST_CASE(lines_come_out_without_their_ends_and_say_which_end_it_was) {
  InputBuffer buffer(100);
  feed(buffer, "one\r\ntwo\n\r\n\nha\rlf\r\r\nrest");
  struct Row {
    std::string_view text;
    bool crlf;
  };
  for (Row const row : {Row{"one", true}, {"two", false}, {"", true}, {"", false}, {"ha\rlf\r", true}}) {
    auto const line = buffer.take_line();
    BOOST_REQUIRE(line);
    BOOST_TEST(line->text == row.text);
    BOOST_TEST(line->crlf == row.crlf);
  }
  BOOST_TEST(!buffer.take_line());
  BOOST_TEST(buffer.data() == "rest");
}

BOOST_AUTO_TEST_CASE(the_same_lines_come_out_wherever_the_input_is_split) {
  std::string const input = "a1 LOGIN {4}\r\njane {2}\r\nxy\r\nb\n\r\n";
  for (std::size_t cut = 0; cut <= input.size(); ++cut) {
    InputBuffer buffer(1000);
    std::string got;
    auto drain = [&] {
      while (auto const line = buffer.take_line()) got += std::string(line->text) + (line->crlf ? "|" : "/");
    };
    feed(buffer, std::string_view(input).substr(0, cut));
    drain();
    feed(buffer, std::string_view(input).substr(cut));
    drain();
    BOOST_TEST(got == "a1 LOGIN {4}|jane {2}|xy|b/|");
    BOOST_TEST(buffer.empty());
  }
}

BOOST_AUTO_TEST_CASE(one_octet_at_a_time_is_scanned_once) {
  InputBuffer buffer(4'000'000);
  // Scanned from the start each time this would be 8 * 10^12 octets: hours.
  for (int i = 0; i < 4'000'000 - 1; ++i) {
    feed(buffer, "x");
    if (buffer.take_line()) BOOST_FAIL("a line without LF");
  }
  feed(buffer, "\n");
  BOOST_TEST(buffer.take_line()->text.size() == 3'999'999u);
}

BOOST_AUTO_TEST_CASE(literals_and_lines_alternate) {
  InputBuffer buffer(100);
  feed(buffer, "a {3}\r\nx\ny b\r\n");
  BOOST_TEST(buffer.take_line()->text == "a {3}");
  BOOST_TEST(buffer.take(3) == "x\ny");
  BOOST_TEST(buffer.take_line()->text == " b");
  BOOST_TEST(buffer.take(10) == "");
}

BOOST_AUTO_TEST_CASE(a_partial_line_searched_before_a_take_is_still_found) {
  InputBuffer buffer(100);
  feed(buffer, "abcdef");
  BOOST_TEST(!buffer.take_line());
  BOOST_TEST(buffer.take(3) == "abc");
  feed(buffer, "\n");
  BOOST_TEST(buffer.take_line()->text == "def");
}

BOOST_AUTO_TEST_CASE(it_never_holds_more_than_the_limit) {
  InputBuffer buffer(10);
  std::size_t total = 0;
  for (auto room = buffer.prepare(); !room.empty(); room = buffer.prepare()) {
    std::memset(room.data(), 'x', room.size());
    buffer.commit(room.size());
    total += room.size();
  }
  BOOST_TEST(total == 10u);
  BOOST_TEST(buffer.full());
  BOOST_TEST(buffer.prepare().empty());
  buffer.take(4);
  BOOST_TEST(!buffer.full());
  BOOST_TEST(buffer.prepare().size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_can_be_skipped_and_the_next_is_whole) {
  InputBuffer buffer(8);
  feed(buffer, "xxxxxxxx");
  BOOST_TEST(buffer.full());
  BOOST_TEST(!buffer.skip_line());
  feed(buffer, "xxxx");
  BOOST_TEST(!buffer.skip_line());
  feed(buffer, "x\r\nok\r\n");
  BOOST_TEST(buffer.skip_line());
  BOOST_TEST(buffer.take_line()->text == "ok");
}

BOOST_AUTO_TEST_CASE(released_and_cleared_buffers_are_as_new) {
  InputBuffer buffer(100);
  buffer.release();
  buffer.clear();
  feed(buffer, "secret");
  buffer.release();  // not empty: kept
  BOOST_TEST(buffer.data() == "secret");
  buffer.clear();
  BOOST_TEST(buffer.empty());
  BOOST_TEST(!buffer.take_line());
  feed(buffer, "x\n");
  BOOST_TEST(buffer.take_line()->text == "x");
  buffer.release();
  feed(buffer, "y\n");
  BOOST_TEST(buffer.take_line()->text == "y");
}

BOOST_AUTO_TEST_SUITE_END()
