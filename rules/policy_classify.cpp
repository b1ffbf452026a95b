// rules/policy_classify.cpp - the [[classify]] tables of a policy file.
#include "rules/reader.h"

namespace mc::rules {

namespace {

// A block while it is read: its type's name is looked up at the end.
struct Block {
  Classifier block;
  TomlEntry const* type = nullptr;
};

void read_name(Reader& r, TomlEntry const& e, Block& b) {
  if (auto name = r.name(e, "a name for a [[classify]] block")) b.block.name = *name;
}

void read_when(Reader& r, TomlEntry const& e, Block& b) {
  read_classify_conditions(r, e, b.block.when);
}

void read_unless(Reader& r, TomlEntry const& e, Block& b) {
  b.block.unless.emplace();
  read_classify_conditions(r, e, *b.block.unless);
  if (e.value.kind == TomlValue::Kind::table && e.value.entries.empty())
    r.error(e.place, "an empty \"unless\" always holds: the block would never match");
}

void read_type(Reader& r, TomlEntry const& e, Block& b) {
  if (r.string(e, 64)) b.type = &e;
}

constexpr std::array<Key<Block>, 1> set_keys{{{"type", read_type}}};

void read_set(Reader& r, TomlEntry const& e, Block& b) {
  if (!r.is_table(e)) return;
  read_keys(r, e.value, "\"set\"", set_keys, b);
  if (!e.value.find("type"))
    r.error(e.place, "the block sets no type", "as in set = { type = \"payment.sent\" }");
}

void read_enabled(Reader& r, TomlEntry const& e, Block& b) {
  if (auto value = r.boolean(e)) b.block.enabled = *value;
}

void read_expires(Reader& r, TomlEntry const& e, Block& b) {
  b.block.expires = r.date_time(e);
}

constexpr std::array<Key<Block>, 6> block_keys{{
    {"name", read_name},
    {"when", read_when},
    {"unless", read_unless},
    {"set", read_set},
    {"enabled", read_enabled},
    {"expires", read_expires},
}};

void check_block(Reader& r, TomlValue const& table, Draft const& draft, Block& b) {
  for (std::string_view key : {"name", "set"})
    if (!table.find(key)) r.error(table.place, "the [[classify]] block has no " + std::string(key));
  if (!table.find("when"))
    r.error(table.place, "the [[classify]] block has no when", "a block for all mail says so: when = {}");
  if (!b.type) return;
  b.block.type = draft.find_type(b.type->value.text);
  if (!b.block.type) report_unknown_type(r, draft, b.type->value.place, b.type->value.text);
}

DraftClassifier read_block(Reader& r, TomlValue const& table, Draft const& draft) {
  Block b;
  b.block.line = table.place.line;
  std::size_t before = r.errors();
  if (table.kind != TomlValue::Kind::table) {
    r.error(table.place, "a block must be a table, begun by [[classify]]");
  } else {
    read_keys(r, table, "a [[classify]] block", block_keys, b);
    check_block(r, table, draft, b);
  }
  return {std::move(b.block), &table, r.errors() > before};
}

void check_names(Reader& r, Draft const& draft) {
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (DraftClassifier const& d : draft.classifiers) {
    if (d.block.name.empty()) continue;
    auto [first, fresh] = lines.emplace(d.block.name, d.block.line);
    if (!fresh)
      r.error(d.place("name"), "block " + quoted(d.block.name) + " has the name of the block in line " +
                                   std::to_string(first->second));
  }
}

}  // namespace

void read_classifiers(Reader& r, TomlValue const& root, Draft& draft) {
  TomlEntry const* blocks = root.find("classify");
  if (!blocks) return;
  if (blocks->value.kind != TomlValue::Kind::array)
    return r.error(blocks->place, "blocks are written [[classify]], with two brackets");
  if (blocks->value.items.empty()) r.warn(blocks->place, "the list of blocks is empty");
  if (blocks->value.items.size() > max_classifiers)
    return r.error(blocks->place,
                   "there are more than " + std::to_string(max_classifiers) + " [[classify]] blocks");
  for (TomlValue const& table : blocks->value.items)
    if (!r.full()) draft.classifiers.push_back(read_block(r, table, draft));
  check_names(r, draft);
}

}  // namespace mc::rules
