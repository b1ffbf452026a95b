#include "rules/reader.h"

namespace mc::rules {

std::string quoted(std::string_view text) {
  return '"' + printable(text, 80) + '"';
}

std::string guess(std::string_view word, std::vector<std::string_view> const& candidates) {
  auto near = closest(word, candidates);
  return near ? "did you mean " + quoted(*near) + "?" : std::string();
}

void Reader::add(Severity severity, Place place, std::string message, std::string hint) {
  std::size_t& count = severity == Severity::error ? errors_ : warnings_;
  if (++count > max_problems) return;
  problems_.push_back({severity, place.line, place.column, std::move(message), std::move(hint)});
}

void Reader::error(Place place, std::string message, std::string hint) {
  add(Severity::error, place, std::move(message), std::move(hint));
}

void Reader::warn(Place place, std::string message, std::string hint) {
  add(Severity::warning, place, std::move(message), std::move(hint));
}

std::vector<Problem> Reader::take() {
  bool cut = errors_ + warnings_ > max_problems;
  if (cut) {
    auto is_error = [](Problem const& p) { return p.severity == Severity::error; };
    std::stable_partition(problems_.begin(), problems_.end(), is_error);
    problems_.resize(max_problems - 1);
  }
  std::stable_sort(problems_.begin(), problems_.end(), [](Problem const& a, Problem const& b) {
    return Place{a.line, a.column} < Place{b.line, b.column};
  });
  if (cut)
    problems_.push_back(
        {errors_ > 0 ? Severity::error : Severity::warning, 0, 0, "there are more problems than these", {}});
  return std::move(problems_);
}

bool Reader::kind(TomlEntry const& entry, TomlValue::Kind wanted) {
  if (entry.value.kind == wanted) return true;
  error(entry.value.place, quoted(entry.key) + " must be " + std::string(to_string(wanted)) + ", not " +
                               std::string(to_string(entry.value.kind)));
  return false;
}

bool Reader::is_table(TomlEntry const& entry) {
  return kind(entry, TomlValue::Kind::table);
}

std::optional<bool> Reader::boolean(TomlEntry const& entry) {
  if (!kind(entry, TomlValue::Kind::boolean)) return std::nullopt;
  return entry.value.boolean;
}

std::optional<std::string> Reader::text(TomlEntry const& entry, std::size_t max_octets) {
  if (!kind(entry, TomlValue::Kind::string)) return std::nullopt;
  if (entry.value.text.size() <= max_octets) return entry.value.text;
  error(entry.value.place, quoted(entry.key) + " is longer than " + std::to_string(max_octets) + " octets");
  return std::nullopt;
}

std::optional<std::string> Reader::string(TomlEntry const& entry, std::size_t max_octets) {
  if (!kind(entry, TomlValue::Kind::string)) return std::nullopt;
  std::string const& text = entry.value.text;
  bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (text.empty())
    error(entry.value.place, quoted(entry.key) + " is empty");
  else if (text.size() > max_octets)
    error(entry.value.place, quoted(entry.key) + " is longer than " + std::to_string(max_octets) + " octets");
  else if (control)
    error(entry.value.place, quoted(entry.key) + " contains a control character or a line break");
  else
    return text;
  return std::nullopt;
}

std::optional<Millis> Reader::duration(TomlEntry const& entry) {
  auto text = string(entry, 64);
  if (!text) return std::nullopt;
  auto duration = parse_duration(*text);
  if (!duration)
    error(entry.value.place, quoted(*text) + " is not a duration",
          "a number and s, m, h, d, w or y, at most 100y, as in \"48h\"");
  return duration;
}

std::optional<std::uint64_t> Reader::size(TomlEntry const& entry) {
  if (entry.value.kind == TomlValue::Kind::integer && entry.value.number >= 0)
    return static_cast<std::uint64_t>(entry.value.number);
  std::optional<std::uint64_t> size;
  if (entry.value.kind == TomlValue::Kind::string) size = parse_size(entry.value.text);
  if (!size)
    error(entry.value.place, quoted(entry.key) + " is not a size",
          "octets, or as in \"512KiB\" or \"10MiB\"");
  return size;
}

std::optional<std::int64_t> Reader::integer(TomlEntry const& entry, std::int64_t least, std::int64_t most) {
  if (!kind(entry, TomlValue::Kind::integer)) return std::nullopt;
  if (entry.value.number >= least && entry.value.number <= most) return entry.value.number;
  error(entry.value.place,
        quoted(entry.key) + " must be from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<Time> Reader::date_time(TomlEntry const& entry) {
  if (entry.value.kind == TomlValue::Kind::date_time) return entry.value.date_time;
  error(entry.value.place, quoted(entry.key) + " must be a date",
        "as in 2027-01-31 or 2027-01-31T12:00:00Z, without quotes");
  return std::nullopt;
}

std::optional<std::string> Reader::name(TomlEntry const& entry, std::string_view what) {
  auto name = string(entry, 64);
  auto allowed = [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_' ||
           c == '.';
  };
  if (!name || std::all_of(name->begin(), name->end(), allowed)) return name;
  error(entry.value.place, quoted(*name) + " is not " + std::string(what), "letters, digits, - _ and .");
  return std::nullopt;
}

std::vector<TomlEntry> Reader::strings(TomlEntry const& entry, std::size_t max_octets) {
  std::vector<TomlEntry> all;
  auto take_one = [&](TomlValue const& value) {
    TomlEntry item{entry.key, value.place, value};
    if (string(item, max_octets)) all.push_back(std::move(item));
  };
  if (entry.value.kind != TomlValue::Kind::array) {
    take_one(entry.value);
    return all;
  }
  if (entry.value.items.empty() || entry.value.items.size() > 64) {
    error(entry.value.place, quoted(entry.key) + " must list 1 to 64 values");
    return all;
  }
  for (TomlValue const& value : entry.value.items) take_one(value);
  return all;
}

Place DraftRule::place(std::string_view key) const {
  TomlEntry const* entry = source->find(key);
  return entry ? entry->place : source->place;
}

Place DraftClassifier::place(std::string_view key) const {
  TomlEntry const* entry = source->find(key);
  return entry ? entry->place : source->place;
}

TypeIndex Draft::find_type(std::string_view name) const {
  for (std::size_t i = 1; i < types.size(); ++i)
    if (types[i].type.name == name) return TypeIndex(static_cast<std::uint16_t>(i));
  return {};
}

DraftAlias const* Draft::find_alias(std::string_view name) const {
  auto found =
      std::find_if(aliases.begin(), aliases.end(), [&](auto const& a) { return a.alias.name == name; });
  return found == aliases.end() ? nullptr : &*found;
}

std::vector<std::string_view> Draft::type_names() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 1; i < types.size(); ++i) names.push_back(types[i].type.name);
  return names;
}

void report_unknown_type(Reader& reader, Draft const& draft, Place place, std::string_view name) {
  DraftAlias const* old = draft.find_alias(name);
  std::string hint = old && old->alias.type
                         ? "it is an old name of " + quoted(draft.types[old->alias.type.value].type.name)
                         : guess(name, draft.type_names());
  reader.error(place, "there is no type " + quoted(name), std::move(hint));
}

}  // namespace mc::rules
