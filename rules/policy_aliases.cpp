// rules/policy_aliases.cpp - [alias] of a policy file: old names of types.
//
//   "payment.paid" = "payment.sent"      what was payment.paid is payment.sent now
#include <unordered_map>

#include "rules/reader.h"

namespace mc::rules {

namespace {

constexpr std::size_t max_shown = 6;  // of the names of a circle

// Follows each old name to its type. Every name leads to one other, so a walk ends at a type, at
// an unknown name or in a circle.
class Aliases {
 public:
  Aliases(Reader& reader, Draft& draft) : r_(reader), draft_(draft) {
    for (std::size_t i = 1; i < draft.types.size(); ++i) types_.emplace(draft.types[i].type.name, i);
    for (std::size_t i = 0; i < draft.aliases.size(); ++i) aliases_.emplace(draft.aliases[i].alias.name, i);
  }

  void resolve() {
    for (std::size_t i = 0; i < draft_.aliases.size() && !r_.full(); ++i) {
      check_name(draft_.aliases[i]);
      follow(i);
    }
  }

 private:
  static std::string_view target(DraftAlias const& d) { return d.source->value.text; }

  void check_name(DraftAlias const& d) {
    if (auto type = types_.find(d.alias.name); type != types_.end())
      r_.error(d.source->place, quoted(d.alias.name) + " is a type itself, in line " +
                                    std::to_string(draft_.types[type->second].type.line));
    else if (d.alias.name == "unclassified" || !is_type_name(d.alias.name))
      r_.error(d.source->place, quoted(d.alias.name) + " cannot be the name of a type");
  }

  void follow(std::size_t start) {
    std::size_t at = start, steps = 1;
    for (; steps <= draft_.aliases.size(); ++steps) {
      std::string_view next = target(draft_.aliases[at]);
      if (auto type = types_.find(next); type != types_.end()) {
        draft_.aliases[start].alias.type = TypeIndex(static_cast<std::uint16_t>(type->second));
        draft_.aliases[start].steps = steps;
        return;
      }
      auto alias = aliases_.find(next);
      if (alias == aliases_.end()) return report_unknown(start, steps);
      at = alias->second;
      if (at == start) return report_circle(start);
    }
  }

  // Once, at the name that leads out of the list.
  void report_unknown(std::size_t start, std::size_t steps) {
    if (steps > 1) return;
    DraftAlias const& d = draft_.aliases[start];
    std::vector<std::string_view> names = draft_.type_names();
    for (DraftAlias const& other : draft_.aliases)
      if (&other != &d) names.push_back(other.alias.name);
    r_.error(d.source->value.place, "there is no type " + quoted(target(d)), guess(target(d), names));
  }

  // Once, at the first name of it in the file.
  void report_circle(std::size_t start) {
    std::string text = quoted(draft_.aliases[start].alias.name);
    std::size_t shown = 1;
    for (std::size_t at = aliases_.at(target(draft_.aliases[start]));;
         at = aliases_.at(target(draft_.aliases[at]))) {
      if (at < start) return;
      if (++shown <= max_shown || at == start) text += " -> " + quoted(draft_.aliases[at].alias.name);
      if (shown == max_shown + 1 && at != start) text += " -> …";
      if (at == start) break;
    }
    r_.error(draft_.aliases[start].source->place, "old names go in a circle: " + text);
  }

  Reader& r_;
  Draft& draft_;
  std::unordered_map<std::string_view, std::size_t> types_, aliases_;
};

}  // namespace

void read_aliases(Reader& r, TomlValue const& root, Draft& draft) {
  TomlEntry const* table = root.find("alias");
  if (!table || !r.is_table(*table)) return;
  if (table->value.entries.empty() || table->value.entries.size() > max_aliases)
    return r.error(table->place, "[alias] must list 1 to " + std::to_string(max_aliases) + " old names");
  for (TomlEntry const& entry : table->value.entries) {
    bool unquoted = entry.value.kind == TomlValue::Kind::table;
    if (unquoted)
      r.error(entry.place, "an old name must be in quotes and stand for one type",
              "as in \"a.old\" = \"a.new\"");
    else if (r.string(entry, 64))
      draft.aliases.push_back({{entry.key, {}, entry.place.line}, &entry});
  }
  Aliases(r, draft).resolve();
}

}  // namespace mc::rules
