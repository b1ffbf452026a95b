#include "gateway/output.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace mc::gateway {

namespace {

namespace json = boost::json;

json::object make_object(Listing const& listing, std::vector<std::string> const& row) {
  json::object object;
  for (std::size_t i = 0; i < listing.columns.size(); ++i) object[listing.columns[i]] = row[i];
  return object;
}

// Characters, not octets, so that names with accents line up.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void append_padded(std::string& line, std::string_view text, std::size_t columns) {
  line += text;
  for (std::size_t w = width(text); w < columns; ++w) line += ' ';
}

}  // namespace

void Output::say(std::string_view line) {
  if (json_) return;
  out_ += line;
  out_ += '\n';
}

void Output::list(Listing const& listing) {
  if (json_) {
    json::array array;
    for (auto const& row : listing.rows) array.push_back(make_object(listing, row));
    out_ += json::serialize(array) + '\n';
    return;
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < listing.columns.size(); ++i) {
    std::size_t w = width(listing.columns[i]);
    for (auto const& row : listing.rows) w = std::max(w, width(row[i]));
    widths.push_back(w);
  }
  auto write_row = [&](std::vector<std::string> const& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) append_padded(line, row[i], widths[i] + 2);
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += line + '\n';
  };
  write_row(listing.columns);
  for (auto const& row : listing.rows) write_row(row);
}

void Output::show(Listing const& one) {
  if (one.rows.empty()) return;
  if (json_) {
    out_ += json::serialize(make_object(one, one.rows[0])) + '\n';
    return;
  }
  std::size_t widest = 0;
  for (std::string const& column : one.columns) widest = std::max(widest, width(column));
  for (std::size_t i = 0; i < one.columns.size(); ++i) {
    append_padded(out_, one.columns[i] + ':', widest + 2);
    out_ += one.rows[0][i] + '\n';
  }
}

int Output::refuse(std::string_view why) {
  err_ += "message-center: ";
  err_ += why;
  err_ += '\n';
  return exit_refused;
}

}  // namespace mc::gateway
