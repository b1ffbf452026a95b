#include "mail/headers.h"

#include <algorithm>

#include "core/text.h"

namespace mc::mail {
namespace {

std::size_t line_end(std::string_view s, std::size_t from) {
  auto at = s.find('\n', from);
  return at == std::string_view::npos ? s.size() : at + 1;
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The length of an empty line at `from`; 0 when another line stands there.
std::size_t empty_line(std::string_view s, std::size_t from) {
  if (s.substr(from, 1) == "\n") return 1;
  return s.substr(from, 2) == "\r\n" ? 2 : 0;
}

bool is_folded(std::string_view s, std::size_t from) {
  return from < s.size() && (s[from] == ' ' || s[from] == '\t');
}

bool is_one_of(std::string_view name, std::span<std::string const> names) {
  return std::any_of(names.begin(), names.end(), [&](auto const& n) { return iequals(n, name); });
}

}  // namespace

std::string_view slice(std::string_view octets, Range range) {
  auto end = std::min<std::uint64_t>(range.end, octets.size());
  auto begin = std::min(range.begin, end);
  return octets.substr(begin, end - begin);
}

std::optional<HeaderField> HeaderReader::next() {
  if (done_ || at_ >= octets_.size()) return std::nullopt;
  if (auto empty = empty_line(octets_, at_)) {
    at_ += empty;
    done_ = true;
    return std::nullopt;
  }
  auto begin = at_;
  do {
    at_ = line_end(octets_, at_);
  } while (is_folded(octets_, at_));
  HeaderField field;
  field.whole = {begin, at_};
  auto text = without_line_end(octets_.substr(begin, at_ - begin));
  auto colon = text.substr(0, text.find('\n')).find(':');
  if (colon == std::string_view::npos) {
    field.value = text;
  } else {
    field.name = trim(text.substr(0, colon));
    field.value = text.substr(colon + 1);
  }
  return field;
}

std::uint64_t header_end(std::string_view octets) {
  std::size_t at = 0;
  while (at < octets.size()) {
    if (auto empty = empty_line(octets, at)) return at + empty;
    at = line_end(octets, at);
  }
  return at;
}

std::optional<std::string_view> find_header(std::string_view octets, std::string_view name) {
  HeaderReader in(octets);
  while (auto field = in.next())
    if (iequals(field->name, name)) return field->value;
  return std::nullopt;
}

std::vector<std::string_view> find_headers(std::string_view octets, std::string_view name) {
  std::vector<std::string_view> values;
  HeaderReader in(octets);
  while (auto field = in.next())
    if (iequals(field->name, name)) values.push_back(field->value);
  return values;
}

std::string unfold(std::string_view value) {
  value = trim(value);
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    auto lf = value.find('\n');
    out += without_line_end(value.substr(0, lf == std::string_view::npos ? lf : lf + 1));
    value.remove_prefix(lf == std::string_view::npos ? value.size() : lf + 1);
  }
  return out;
}

std::string header_fields(std::string_view block, std::span<std::string const> names, FieldChoice choice) {
  std::string out;
  HeaderReader in(block);
  while (auto field = in.next()) {
    if (is_one_of(field->name, names) != (choice == FieldChoice::pick)) continue;
    out += slice(block, field->whole);
    if (!out.ends_with('\n')) out += "\r\n";
  }
  out += "\r\n";
  return out;
}

std::vector<Range> find_cuts(std::string_view octets, FieldPredicate const& cut) {
  std::vector<Range> cuts;
  HeaderReader in(octets);
  while (auto field = in.next()) {
    if (!cut(field->name, field->value)) continue;
    if (!cuts.empty() && cuts.back().end == field->whole.begin)
      cuts.back().end = field->whole.end;
    else
      cuts.push_back(field->whole);
  }
  return cuts;
}

}  // namespace mc::mail
