// tests/center/corpus_table.h - a folder of messages and the table of what is expected of each (expected.tsv).
#pragma once
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace mc::center {

inline std::string read_octets(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

inline std::string with_crlf(std::string const& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

// f(octets, row) for each row of at least `columns` fields, with CRLF and with LF; every message must have a row, and every
// row its message.
template <class F>
void for_each_in_corpus(std::string const& folder, std::size_t columns, F&& f) {
  std::set<std::string> left;
  for (auto const& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".eml") left.insert(entry.path().stem());
  std::istringstream table(read_octets(folder + "expected.tsv"));
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string_view> row = split(line, '\t');
    row.resize(columns);
    std::string const name(row[0]);
    left.erase(name);
    std::string const octets = read_octets(folder + name + ".eml");
    BOOST_TEST_REQUIRE(!octets.empty());
    for (std::string const& sent : {with_crlf(octets), octets}) BOOST_TEST_CONTEXT(name) f(sent, row);
  }
  for (std::string const& name : left) BOOST_ERROR(name + " is not in expected.tsv");
}

}  // namespace mc::center
