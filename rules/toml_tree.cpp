#include "rules/toml_tree.h"

#include <algorithm>

// The library asserts, and in release builds assumes, what hostile text makes untrue ("[;" is enough in 3.3).
// Here its assertions always stand and throw, and parse_toml() catches what it throws.
#undef NDEBUG
namespace mc::rules {
struct TomlLibraryFault {};
[[noreturn]] static void throw_library_fault() { throw TomlLibraryFault(); }
}  // namespace mc::rules
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : mc::rules::throw_library_fault())
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "core/text.h"
#include "rules/toml_bounds.h"

namespace mc::rules {

namespace {

Place place_of(toml::source_region const& region) { return {region.begin.line, region.begin.column}; }

Time to_time(toml::date_time const& at) {
  namespace c = std::chrono;
  c::sys_days day = c::year(at.date.year) / c::month(at.date.month) / c::day(at.date.day);
  Time time = day + c::hours(at.time.hour) + c::minutes(at.time.minute) + c::seconds(at.time.second);
  return at.offset ? time - c::minutes(at.offset->minutes) : time;
}

Millis to_time_of_day(toml::time const& at) {
  return std::chrono::hours(at.hour) + std::chrono::minutes(at.minute) + std::chrono::seconds(at.second);
}

TomlValue to_value(toml::node const& node);

TomlValue to_table(toml::table const& table) {
  TomlValue out;
  out.entries.reserve(table.size());
  for (auto const& [key, value] : table)
    out.entries.push_back({std::string(key.str()), place_of(key.source()), to_value(value)});
  std::stable_sort(out.entries.begin(), out.entries.end(),
                   [](TomlEntry const& a, TomlEntry const& b) { return a.place < b.place; });
  return out;
}

TomlValue to_array(toml::array const& array) {
  TomlValue out;
  out.kind = TomlValue::Kind::array;
  out.items.reserve(array.size());
  for (toml::node const& item : array) out.items.push_back(to_value(item));
  return out;
}

// One overload a kind of node; toml::node::visit chooses.
struct Scalar {
  TomlValue out;
  void operator()(toml::table const& t) { out = to_table(t); }
  void operator()(toml::array const& a) { out = to_array(a); }
  void operator()(toml::value<std::string> const& v) { set(TomlValue::Kind::string).text = v.get(); }
  void operator()(toml::value<std::int64_t> const& v) { set(TomlValue::Kind::integer).number = v.get(); }
  void operator()(toml::value<double> const& v) { set(TomlValue::Kind::real).real = v.get(); }
  void operator()(toml::value<bool> const& v) { set(TomlValue::Kind::boolean).boolean = v.get(); }
  void operator()(toml::value<toml::date> const& v) {
    set(TomlValue::Kind::date_time).date_time = to_time(toml::date_time(v.get(), toml::time{}));
  }
  void operator()(toml::value<toml::time> const& v) {
    set(TomlValue::Kind::time_of_day).time_of_day = to_time_of_day(v.get());
  }
  void operator()(toml::value<toml::date_time> const& v) {
    set(TomlValue::Kind::date_time).date_time = to_time(v.get());
  }
  TomlValue& set(TomlValue::Kind kind) {
    out.kind = kind;
    return out;
  }
};

TomlValue to_value(toml::node const& node) {
  Scalar scalar;
  node.visit(scalar);
  scalar.out.place = place_of(node.source());
  return std::move(scalar.out);
}

// The library begins with "Error while parsing key-value pair: "; the place is said by ours.
std::string reword(std::string_view description) {
  constexpr std::string_view noise = "Error while parsing ";
  if (description.starts_with(noise)) description.remove_prefix(noise.size());
  return "not TOML: " + printable(description, 300);
}

Problem whole_file(std::string message) { return {Severity::error, 0, 0, std::move(message), {}}; }

}  // namespace

TomlEntry const* TomlValue::find(std::string_view key) const {
  auto found = std::find_if(entries.begin(), entries.end(), [&](TomlEntry const& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

std::string_view to_string(TomlValue::Kind kind) {
  constexpr std::array<std::string_view, 8> names{"a string",  "a whole number",    "a fraction", "true or false",
                                                  "a time of day", "a date", "a list",     "a table"};
  return names[static_cast<std::size_t>(kind)];
}

TomlLoad parse_toml(std::string_view text, std::size_t max_octets) {
  TomlLoad load;
  if (text.size() > max_octets)
    load.problems.push_back(whole_file("the file is larger than " + std::to_string(max_octets >> 10) + " KiB"));
  else if (auto problem = check_toml_bounds(text))
    load.problems.push_back(std::move(*problem));
  if (!load.problems.empty()) return load;
  try {
    load.root = to_table(toml::parse(text));
  } catch (toml::parse_error const& error) {
    Place place = place_of(error.source());
    load.problems.push_back({Severity::error, place.line, place.column, reword(error.description()), {}});
  } catch (TomlLibraryFault const&) {
    load.problems.push_back(whole_file("not TOML: the parser cannot make sense of it"));
  }
  return load;
}

}  // namespace mc::rules
