// rules/reader.h - how a table of a policy file becomes a value: one row a key, every problem noted.
//
// Only the loader (policy_*.cpp) goes through here. A reader never gives up: a value that is wrong is
// reported at its place and left as it was, so that one run names everything.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "rules/policy.h"
#include "rules/toml_tree.h"

namespace mc::rules {

class Reader {
 public:
  explicit Reader(LoadOptions const& options) : options_(options) {}

  void error(Place place, std::string message, std::string hint = {});
  void warn(Place place, std::string message, std::string hint = {});
  std::size_t errors() const { return errors_; }
  bool full() const { return errors_ >= max_problems; }  // reading on would add nothing
  LoadOptions const& options() const { return options_; }
  std::vector<Problem> take();  // by place; at most 100, the last then says so

  // The value of an entry; absent, and reported, when it has another kind or is out of range.
  std::optional<bool> boolean(TomlEntry const& entry);
  std::optional<std::string> string(TomlEntry const& entry, std::size_t max_octets);
  std::optional<std::string> text(TomlEntry const& entry, std::size_t max_octets);  // any, also empty
  std::optional<Millis> duration(TomlEntry const& entry);
  std::optional<std::uint64_t> size(TomlEntry const& entry);
  std::optional<std::int64_t> integer(TomlEntry const& entry, std::int64_t least, std::int64_t most);
  std::optional<Time> date_time(TomlEntry const& entry);
  // name = 1*64( ALPHA / DIGIT / "-" / "_" / "." )      `what`: "a rule's name"
  std::optional<std::string> name(TomlEntry const& entry, std::string_view what);
  // A string or a list of 1 to 64 of them.
  std::vector<TomlEntry> strings(TomlEntry const& entry, std::size_t max_octets);
  bool is_table(TomlEntry const& entry);

  template <class T>
  std::optional<T> word(TomlEntry const& entry);

 private:
  static constexpr std::size_t max_problems = 100;
  void add(Severity severity, Place place, std::string message, std::string hint);
  bool kind(TomlEntry const& entry, TomlValue::Kind kind);

  LoadOptions const& options_;
  std::vector<Problem> problems_;
  std::size_t errors_ = 0, warnings_ = 0;
};

// `"x"` with control characters made harmless and long text cut.
std::string quoted(std::string_view text);
// `did you mean "email"?`, or empty.
std::string guess(std::string_view word, std::vector<std::string_view> const& candidates);

template <class T>
struct Key {
  std::string_view name;
  void (*read)(Reader& reader, TomlEntry const& entry, T& out);
};

template <class T, std::size_t N>
void read_keys(Reader& reader, TomlValue const& table, std::string_view what,
               std::array<Key<T>, N> const& keys, T& out) {
  for (TomlEntry const& entry : table.entries) {
    auto row = std::find_if(keys.begin(), keys.end(), [&](auto const& key) { return key.name == entry.key; });
    if (row != keys.end()) {
      row->read(reader, entry, out);
      continue;
    }
    std::vector<std::string_view> names;
    for (auto const& key : keys) names.push_back(key.name);
    reader.error(entry.place, "unknown key " + rules::quoted(entry.key) + " in " + std::string(what),
                 guess(entry.key, names));
  }
}

template <class T>
std::optional<T> Reader::word(TomlEntry const& entry) {
  auto text = string(entry, 64);
  if (!text) return std::nullopt;
  auto value = parse_word<T>(*text);
  if (value) return value;
  std::string list;
  for (std::string_view name : words_of<T>()) list += (list.empty() ? "" : ", ") + std::string(name);
  error(entry.value.place,
        rules::quoted(*text) + " is not a value of " + rules::quoted(entry.key) + " (" + list + ")",
        guess(*text, words_of<T>()));
  return std::nullopt;
}

// What the parts of the loader hand to each other. `source` is where it stood in the file.
struct DraftType {
  Type type;
  TomlEntry const* source = nullptr;  // null: [unclassified] was not written
  bool broken = false;                // an error was reported in it
};
struct DraftRule {
  Rule rule;
  TomlValue const* source = nullptr;
  bool broken = false;

  Place place() const { return source->place; }
  Place place(std::string_view key) const;  // of a key in it, else its own
};
struct DraftClassifier {
  Classifier block;
  TomlValue const* source = nullptr;
  bool broken = false;

  Place place() const { return source->place; }
  Place place(std::string_view key) const;  // of a key in it, else its own
};
struct DraftAlias {
  Alias alias;  // its type 0 when it leads to none: reported
  TomlEntry const* source = nullptr;
  std::size_t steps = 1;  // how many old names stand before the type
};
struct Draft {
  std::vector<DraftType> types;  // [0] is [unclassified]
  std::vector<DraftRule> rules;
  std::vector<DraftClassifier> classifiers;
  std::vector<DraftAlias> aliases;
  std::string report_to = "postmaster";
  std::optional<Millis> keep_decisions;
  Place keep_decisions_place;  // when it was written

  // 0 when there is no such type; old names do not count.
  TypeIndex find_type(std::string_view name) const;
  DraftAlias const* find_alias(std::string_view name) const;
  std::vector<std::string_view> type_names() const;
};

// type-name = segment *( "." segment )    segment = 1*( "a"-"z" / DIGIT / "_" / "-" )    at most 64 octets
bool is_type_name(std::string_view text);  // policy_types.cpp
// "there is no type "x"", with the type whose old name it is or a guess.
void report_unknown_type(Reader& reader, Draft const& draft, Place place, std::string_view name);

void read_types(Reader& reader, TomlValue const& root, Draft& draft);           // policy_types.cpp
void read_aliases(Reader& reader, TomlValue const& root, Draft& draft);         // policy_aliases.cpp
void read_classifiers(Reader& reader, TomlValue const& root, Draft& draft);     // policy_classify.cpp
void read_rules(Reader& reader, TomlValue const& root, Draft& draft);           // policy_rules.cpp
void read_conditions(Reader& reader, TomlEntry const& entry, Conditions& out);  // policy_conditions.cpp
// Those that can be asked of a message before its type is known, whoever receives it.
void read_classify_conditions(Reader& reader, TomlEntry const& entry, Conditions& out);
// "recipient" is the empty zone.
std::optional<DayWindow> read_window(Reader& reader, TomlEntry const& entry);
void lint_types(Reader& reader, Draft const& draft);     // lint_types.cpp
void lint_rules(Reader& reader, Draft const& draft);     // lint_rules.cpp
void lint_classify(Reader& reader, Draft const& draft);  // lint_classify.cpp
// Intervals of which no value is part; `owner` begins the table that has `when` or `unless`.
void lint_intervals(Reader& reader, TomlValue const& owner, std::string_view table,
                    Conditions const& conditions);

// Is `b` never true when `a` is not? "No" when unsure. Says nothing of types and tabs.
bool implies(Conditions const& b, Conditions const& a);  // imply.cpp

}  // namespace mc::rules
