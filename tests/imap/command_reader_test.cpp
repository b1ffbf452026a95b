#include "imap/command_reader.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using namespace mc;
using namespace mc::imap;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(command_reader)

namespace {

FrameLimits small_limits() {
  FrameLimits limits;
  limits.line = 40;
  limits.literal = 20;
  limits.total = 60;
  limits.message_literal = 200;
  limits.message_total = 300;
  limits.skip = 500;
  return limits;
}

// A client that sends `octets` in pieces of `piece`, never waiting; what came of it, one entry
// an event. Buffers are kept as the header tells a reader to.
class Session {
 public:
  explicit Session(FrameLimits limits) : framer_(limits) {}

  void feed(std::string_view octets) {
    if (fatal_) return;
    buffer_ += octets;
    most_held_ = std::max(most_held_, buffer_.size());
    while (!fatal_ && step(framer_.next(buffer_))) {
    }
  }
  std::vector<std::string> const& events() const { return events_; }
  std::size_t most_held() const { return most_held_; }
  CommandFramer& framer() { return framer_; }

 private:
  bool step(FrameStep step) {
    using Kind = FrameStep::Kind;
    auto front = buffer_.substr(0, step.size);
    switch (step.kind) {
      case Kind::more:
        return false;
      case Kind::continuation:
        events_.push_back("+ " + std::to_string(step.size));
        return true;
      case Kind::complete:
        events_.push_back(front);
        break;
      case Kind::discard:
        break;
      case Kind::refused:
        events_.push_back(std::string(framer_.tag()) + " refused: " + step.error.text);
        break;
      case Kind::fatal:
        events_.push_back("fatal: " + step.error.text);
        fatal_ = true;
        return false;
    }
    BOOST_REQUIRE(step.size > 0);
    BOOST_REQUIRE(step.size <= buffer_.size());
    buffer_.erase(0, step.size);
    return true;
  }

  CommandFramer framer_;
  std::string buffer_;
  std::vector<std::string> events_;
  std::size_t most_held_ = 0;
  bool fatal_ = false;
};

using Events = std::vector<std::string>;

Events run(std::string_view octets, std::size_t piece, FrameLimits limits = small_limits()) {
  Session session(limits);
  for (std::size_t i = 0; i < octets.size(); i += piece) session.feed(octets.substr(i, piece));
  return session.events();
}

// The same events however the octets are cut: whole, octet by octet, and split once at every octet.
Events run_every_way(std::string_view octets, FrameLimits limits = small_limits()) {
  auto expected = run(octets, octets.size(), limits);
  for (std::size_t piece = 1; piece < octets.size(); ++piece) {
    BOOST_TEST_CONTEXT("pieces of " << piece) {
      BOOST_TEST(run(octets, piece, limits) == expected, boost::test_tools::per_element());
    }
  }
  for (std::size_t cut = 1; cut < octets.size(); ++cut) {
    Session session(limits);
    session.feed(octets.substr(0, cut));
    session.feed(octets.substr(cut));
    BOOST_TEST_CONTEXT("cut at " << cut) {
      BOOST_TEST(session.events() == expected, boost::test_tools::per_element());
    }
  }
  return expected;
}

void expect(Events const& events, Events const& expected) {
  BOOST_TEST(events == expected, boost::test_tools::per_element());
}

constexpr auto too_long = "refused: The command line is too long";
constexpr auto too_big = "refused: The literal is too big, at most 20 octets are taken";

}  // namespace

BOOST_AUTO_TEST_CASE(lines_are_commands) {
  expect(run_every_way("a1 NOOP\r\na2 LOGOUT\r\n"), {"a1 NOOP\r\n", "a2 LOGOUT\r\n"});
}

BOOST_AUTO_TEST_CASE(blank_lines_between_commands_are_nothing) {
  expect(run_every_way("\r\na1 NOOP\r\n\r\n\r\na2 NOOP\r\n\n"), {"a1 NOOP\r\n", "a2 NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(literals_belong_to_their_command) {
  expect(run_every_way("a LOGIN {3}\r\nbob {5}\r\na\r\nb\0 x\r\nb NOOP\r\n"s.replace(26, 1, "?")),
         {"+ 3", "+ 5", "a LOGIN {3}\r\nbob {5}\r\na\r\nb? x\r\n", "b NOOP\r\n"});
  expect(run_every_way("a LOGIN {3+}\r\nbob {0+}\r\n\r\nb NOOP\r\n"),
         {"a LOGIN {3+}\r\nbob {0+}\r\n\r\n", "b NOOP\r\n"});
  expect(run_every_way("a APPEND x ~{4+}\r\n\0\r\n{\r\n"s), {"a APPEND x ~{4+}\r\n\0\r\n{\r\n"s});
  expect(run_every_way("a X {3+}\r\n{2}\r\nb NOOP\r\n"), {"a X {3+}\r\n{2}\r\n", "b NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_literal_is_part_of_the_line) {
  for (std::string line : {"a X {3} y\r\n", "a X {}\r\n", "a X {x}\r\n", "a X 3}\r\n", "a X {3\r\n",
                           "a X {3-}\r\n", "a X {+}\r\n", "a X {3++}\r\n", "a X }\r\n"})
    BOOST_TEST_CONTEXT(line) {
      expect(run_every_way(line + "b NOOP\r\n"), {line, "b NOOP\r\n"});
    }
}

BOOST_AUTO_TEST_CASE(a_synchronising_literal_over_the_limit_ends_its_command) {
  expect(run_every_way("a1 LOGIN {21}\r\nb NOOP\r\n"), {"a1 "s + too_big, "b NOOP\r\n"});
  expect(run("a1 LOGIN {20}\r\n", 99), {"+ 20"});
}

BOOST_AUTO_TEST_CASE(a_non_synchronising_literal_over_the_limit_is_skipped) {
  auto octets = "a1 LOGIN {30+}\r\n" + std::string(30, '\n') + " {3+}\r\nx\r\n y\r\nb NOOP\r\n";
  expect(run_every_way(octets), {"a1 "s + too_big, "b NOOP\r\n"});
  // After it a waiting literal ends the command, for its client has stopped.
  octets = "a1 LOGIN {30+}\r\n" + std::string(30, 'x') + " {3}\r\nb NOOP\r\n";
  expect(run_every_way(octets), {"a1 "s + too_big, "b NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(messages_of_append_may_be_larger_than_other_literals) {
  auto message = std::string(200, 'm');
  expect(run_every_way("a append x {200+}\r\n" + message + "\r\n"),
         {"a append x {200+}\r\n" + message + "\r\n"});
  expect(run("a APPEND x {201}\r\n", 99),
         {"a refused: The literal is too big, at most 200 octets are taken"});
  // Together they are limited, too (MULTIAPPEND).
  expect(run("a APPEND x {200+}\r\n" + message + " {100}\r\n", 999),
         {"a refused: The literal is too big, at most 200 octets are taken"});
  expect(run("a APPENDX x {200}\r\n", 99), {"a "s + too_big});
}

BOOST_AUTO_TEST_CASE(literal_minus_limits_only_literals_nobody_asked_for) {
  auto limits = small_limits();
  limits.nonsync_literal = 5;
  expect(run("a X {6+}\r\nxxxxxx\r\nb X {6}\r\n", 99, limits),
         {"a refused: The non-synchronising literal is too big", "+ 6"});
}

BOOST_AUTO_TEST_CASE(absurd_literals_end_the_connection) {
  expect(run_every_way("a1 X {501+}\r\nzzz"), {"fatal: The literal is too big, at most 20 octets are taken"});
  expect(run_every_way("a1 X {99999999999999999999+}\r\nzzz"),
         {"fatal: The size of the literal is not a number of at most 63 bits"});
  FrameLimits generous;
  auto zeros = std::string(100, '0');
  expect(run("a1 X {" + zeros + "3+}\r\nzzz", 7, generous),
         {"fatal: The size of the literal is not a number of at most 63 bits"});
}

BOOST_AUTO_TEST_CASE(absurd_sizes_that_wait_end_only_the_command) {
  expect(run_every_way("a1 X {99999999999999999999}\r\nb NOOP\r\n"),
         {"a1 refused: The size of the literal is not a number of at most 63 bits", "b NOOP\r\n"});
  expect(run_every_way("a1 X {18446744073709551615}\r\nb NOOP\r\n"),
         {"a1 refused: The size of the literal is not a number of at most 63 bits", "b NOOP\r\n"});
  expect(run_every_way("a1 X {9223372036854775807}\r\nb NOOP\r\n"), {"a1 "s + too_big, "b NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(long_lines_are_skipped_and_answered) {
  expect(run_every_way("a1 " + std::string(100, 'x') + "\r\nb NOOP\r\n"), {"a1 "s + too_long, "b NOOP\r\n"});
  expect(run_every_way(std::string(36, 'x') + " y\r\n"), {std::string(36, 'x') + " y\r\n"});  // 40 octets
  expect(run_every_way("a " + std::string(35, 'x') + " y\r\n"), {"a "s + too_long});          // 41
  // A literal at the end of a long line is not taken for a command.
  expect(run_every_way("a1 " + std::string(100, 'x') + " {9+}\r\nz NOOP\r\nq\r\nb NOOP\r\n"),
         {"a1 "s + too_long, "b NOOP\r\n"});
  // All lines of one command count together.
  expect(run_every_way("a X {1+}\r\nx {1+}\r\nx {1+}\r\nx {1+}\r\nx {1+}\r\nx {1+}\r\nx\r\nb NOOP\r\n"),
         {"a "s + too_long, "b NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(a_line_without_end_ends_the_connection_in_bounded_memory) {
  Session session(small_limits());
  for (int i = 0; i < 10000; ++i) session.feed("xxxxxxxx");
  expect(session.events(), {"fatal: The command line is too long"});
  Session skipping(small_limits());
  skipping.feed("a1 LOGIN {400+}\r\n");
  for (int i = 0; i < 50; ++i) skipping.feed("xxxxxxxx");
  BOOST_TEST(skipping.most_held() <= 25u);
}

BOOST_AUTO_TEST_CASE(nul_bare_cr_and_bare_lf_are_refused) {
  expect(run_every_way("a1 NO\0OP\r\nb NOOP\r\n"s),
         {"a1 refused: A command line holds a NUL octet", "b NOOP\r\n"});
  expect(run_every_way("a1 NO\rOP\r\nb NOOP\r\n"),
         {"a1 refused: A command line holds a bare CR", "b NOOP\r\n"});
  expect(run_every_way("a1 NOOP\r\r\nb NOOP\r\n"),
         {"a1 refused: A command line holds a bare CR", "b NOOP\r\n"});
  expect(run_every_way("a1 NOOP\nb NOOP\r\n"),
         {"a1 refused: Lines end with CRLF, not with a bare LF", "b NOOP\r\n"});
  expect(run_every_way("\0\r\nb NOOP\r\n"s), {"* refused: A command line holds a NUL octet", "b NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(without_a_tag_the_answer_is_untagged) {
  expect(run_every_way("+a " + std::string(60, 'x') + "\r\n"), {"* "s + too_long});
  expect(run_every_way(std::string(300, 'x') + "\r\n"), {"* "s + too_long});
}

BOOST_AUTO_TEST_CASE(a_bare_line_has_no_literals_and_may_be_empty) {
  Session session(small_limits());
  session.framer().expect_line();
  session.feed("DO");
  session.feed("NE\r\na1 NOOP\r\n");
  session.framer().expect_line();
  session.feed("\r\n");
  session.framer().expect_line();
  session.feed("x {3}\r\n");
  session.framer().expect_line();
  session.feed(std::string(50, 'x') + "\r\nb NOOP\r\n");
  expect(session.events(), {"DONE\r\n", "a1 NOOP\r\n", "\r\n", "x {3}\r\n", "* "s + too_long, "b NOOP\r\n"});
}

BOOST_AUTO_TEST_CASE(a_reader_may_refuse_a_literal_itself) {
  CommandFramer framer(small_limits());
  auto step = framer.next("a APPEND nowhere {100}\r\n");
  BOOST_TEST((step.kind == FrameStep::Kind::continuation));
  BOOST_TEST(step.size == 100u);
  BOOST_TEST(!framer.idle());
  framer.abandon();
  BOOST_TEST(framer.idle());
  BOOST_TEST((framer.next("b NOOP\r\n").kind == FrameStep::Kind::complete));
}

BOOST_AUTO_TEST_CASE(the_reader_learns_how_much_is_missing) {
  CommandFramer framer(small_limits());
  auto step = framer.next("a APPEND x {100+}\r\n");
  BOOST_TEST((step.kind == FrameStep::Kind::more));
  BOOST_TEST(step.size == 102u);
  step = framer.next("a APPEND x {100+}\r\n0123456789");
  BOOST_TEST(step.size == 92u);
}

BOOST_AUTO_TEST_CASE(new_limits_hold_from_the_next_command_on) {
  Session session(FrameLimits::before_login());
  session.feed("a1 LOGIN {9000}\r\n");
  session.feed("a2 LOGIN ");
  session.framer().set_limits(FrameLimits{});
  session.feed("{9000}\r\n");
  session.feed("a3 X {9000}\r\n");
  expect(session.events(), {"a1 refused: The literal is too big, at most 8192 octets are taken",
                            "a2 refused: The literal is too big, at most 8192 octets are taken", "+ 9000"});
}

BOOST_AUTO_TEST_CASE(before_login_little_is_kept_or_skipped) {
  Session session(FrameLimits::before_login());
  for (int i = 0; i < 100; ++i) session.feed(std::string(1000, 'x'));
  expect(session.events(), {"fatal: The command line is too long"});
  BOOST_TEST(session.most_held() <= 8192u + 1000u);
  expect(run("a APPEND x {100000+}\r\n", 99, FrameLimits::before_login()),
         {"fatal: The literal is too big, at most 8192 octets are taken"});
}

BOOST_AUTO_TEST_CASE(random_octets_give_the_same_however_they_are_cut) {
  std::mt19937 random(11);
  constexpr std::string_view alphabet[] = {"a1 NOOP",    "\r\n",   "\r\n",      "{3+}\r\n", "{2}\r\n",
                                           " ",          "xx",     "\r",        "\n",       "{30+}\r\n",
                                           "{400+}\r\n", "APPEND", "~{5+}\r\n", "\"",       "{"};
  for (int round = 0; round < 1500; ++round) {
    std::string octets;
    for (auto n = random() % 25; n > 0; --n) octets += alphabet[random() % std::size(alphabet)];
    if (octets.empty()) continue;
    auto expected = run(octets, octets.size());
    auto piece = 1 + random() % 6;
    BOOST_REQUIRE_MESSAGE(run(octets, piece) == expected, octets);
  }
}

BOOST_AUTO_TEST_SUITE_END()
