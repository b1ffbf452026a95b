#include "smtp/dot_stuffer.h"

#include <boost/test/unit_test.hpp>

#include "smtp/data_reader.h"

using namespace mc::smtp;

namespace {
std::string stuff(std::string_view octets, std::size_t piece) {
  DotStuffer stuffer;
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += piece) stuffer.write(octets.substr(at, piece), out);
  stuffer.finish(out);
  return out;
}
}  // namespace

BOOST_AUTO_TEST_CASE(content_is_stuffed_ended_and_its_line_ends_made_whole) {
  struct Row {
    std::string content, wire;
  };
  Row const rows[] = {
      {"", ".\r\n"},
      {"a", "a\r\n.\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {".", "..\r\n.\r\n"},
      {".\r\n..\r\na.b\r\n", "..\r\n...\r\na.b\r\n.\r\n"},
      {"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
      {"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
      {"a\r\r\n.", "a\r\n\r\n..\r\n.\r\n"},
      {"a\r", "a\r\n.\r\n"},
      {"\r\n\r\n", "\r\n\r\n.\r\n"},
  };
  for (Row const& row : rows)
    for (std::size_t piece = 1; piece <= row.content.size() + 1; ++piece)
      BOOST_TEST_CONTEXT(row.content << " in pieces of " << piece)
  BOOST_TEST(stuff(row.content, piece) == row.wire);
}

BOOST_AUTO_TEST_CASE(what_is_stuffed_is_read_back) {
  std::string const content = ".a\r\n\r\n..\r\n.\r\nb.\r\n";
  DataReader reader(Framing::dots, 1000);
  std::string const wire = stuff(content, 3);
  BOOST_TEST(reader.feed(wire) == wire.size());
  BOOST_TEST(reader.ended());
  BOOST_TEST(reader.take() == content);
}
