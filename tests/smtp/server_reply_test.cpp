#include "smtp/server_reply.h"

#include <boost/test/unit_test.hpp>

using namespace mc::smtp;
using Progress = ReplyReader::Progress;

BOOST_AUTO_TEST_CASE(replies_of_one_and_many_lines) {
  ReplyReader reader;
  BOOST_TEST((reader.take_line("250-first") == Progress::more));
  BOOST_TEST((reader.take_line("250-") == Progress::more));
  BOOST_TEST((reader.take_line("250 last") == Progress::complete));
  auto const reply = reader.take();
  BOOST_TEST(reply.code == 250);
  BOOST_TEST(reply.lines.size() == 3u);
  BOOST_TEST(reply.text() == "250 first last");
  BOOST_TEST((reader.take_line("354") == Progress::complete));
  BOOST_TEST(reader.take().text() == "354");
}

BOOST_AUTO_TEST_CASE(what_is_no_reply) {
  for (std::string const line : {"", "2", "25", "25x ok", "150 ok", "650 ok", "250_ok", "2500 ok", "hello"}) {
    ReplyReader reader;
    BOOST_TEST((reader.take_line(line) == Progress::malformed), line);
  }
  ReplyReader reader;
  BOOST_TEST((reader.take_line("250-a") == Progress::more));
  BOOST_TEST((reader.take_line("251 b") == Progress::malformed));
  ReplyReader endless;
  for (int i = 0; i < 100; ++i) BOOST_TEST((endless.take_line("250-x") == Progress::more));
  BOOST_TEST((endless.take_line("250-x") == Progress::malformed));
}

BOOST_AUTO_TEST_CASE(extensions_are_read_in_any_case) {
  ServerReply ehlo{
      250, {"host PIPELINING", "pipelining", "SIZE 1000", "8BitMIME", "AUTH PLAIN  LOGIN", "DSN", "X-FOO"}};
  auto const extensions = read_extensions(ehlo);
  BOOST_TEST(extensions.pipelining);
  BOOST_TEST(extensions.max_size == 1000u);
  BOOST_TEST(extensions.eight_bit);
  BOOST_TEST(extensions.dsn);
  BOOST_TEST(!extensions.starttls);
  BOOST_TEST(!extensions.smtputf8);
  BOOST_TEST(extensions.mechanisms.size() == 2u);
  BOOST_TEST(!read_extensions({250, {"PIPELINING"}}).pipelining);  // the first line is the host's name
}
