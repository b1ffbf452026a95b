// rules/policy_types.cpp - [defaults], [type] and [unclassified] of a policy file.
#include "rules/footer.h"
#include "rules/reader.h"

namespace mc::rules {

namespace {

constexpr std::size_t max_name = 64, max_label = 100;
constexpr Millis max_folding = std::chrono::days(1);

template <auto Member>
void read_flag(Reader& r, TomlEntry const& e, Type& t) {
  if (auto value = r.boolean(e)) t.*Member = *value;
}

template <auto Member>
void read_setting(Reader& r, TomlEntry const& e, Type& t) {
  if (auto value = r.word<Setting>(e)) t.*Member = *value;
}

void read_tab(Reader& r, TomlEntry const& e, Type& t) {
  if (auto tab = r.word<Tab>(e)) t.tab = *tab;
}

void read_label(Reader& r, TomlEntry const& e, Type& t) {
  if (auto label = r.string(e, max_label)) t.label = *label;
}

void read_keep(Reader& r, TomlEntry const& e, Type& t) {
  auto text = r.string(e, 64);
  if (!text) return;
  if (auto keep = parse_keep(*text))
    t.keep = *keep;
  else
    r.error(e.value.place, quoted(*text) + " does not say how long to keep",
            "as in \"180d\", \"2y after close\" or \"forever\"");
}

bool is_off(TomlEntry const& e) {
  return e.value.kind == TomlValue::Kind::string && e.value.text == "off";
}

void read_unread(Reader& r, TomlEntry const& e, Type& t) {
  if (is_off(e)) return t.email_if_unread_after.reset();
  auto delay = r.duration(e);
  if (delay && (delay->count() == 0 || *delay > std::chrono::days(30)))
    r.error(e.value.place, quoted(e.key) + " must be more than nothing and at most 30d");
  else if (delay)
    t.email_if_unread_after = delay;
}

void read_fold(Reader& r, TomlEntry const& e, Type& t) {
  auto within = r.duration(e);
  if (within && *within > max_folding)
    r.error(e.value.place, "\"fold\" must be at most 1d");
  else if (within)
    t.fold = *within;
}

void read_most(Reader& r, TomlEntry const& e, Burst& burst) {
  if (auto most = r.integer(e, 1, 1000)) burst.most = static_cast<std::uint32_t>(*most);
}

void read_within(Reader& r, TomlEntry const& e, Burst& burst) {
  auto within = r.duration(e);
  if (within && (within->count() == 0 || *within > max_folding))
    r.error(e.value.place, "\"within\" must be more than nothing and at most 1d");
  else if (within)
    burst.within = *within;
}

void read_footer(Reader& r, TomlEntry const& e, Type& t) {
  if (is_off(e)) return t.footer.clear();
  auto text = r.text(e, max_footer);
  if (!text) return;
  std::erase(*text, '\r');  // of a file with CRLF
  if (auto checked = check_footer(*text))
    t.footer = *text;
  else
    r.error(e.value.place, checked.error().text, "as in \"Sent by Example.\\nNo more of these: {unsubscribe}\"");
}

constexpr std::array<Key<Burst>, 2> burst_keys{{{"most", read_most}, {"within", read_within}}};

void read_burst(Reader& r, TomlEntry const& e, Type& t) {
  if (is_off(e)) return t.burst.reset();
  if (!r.is_table(e)) return;
  Burst burst;
  read_keys(r, e.value, "\"burst\"", burst_keys, burst);
  if (!e.value.find("most") || !e.value.find("within"))
    r.error(e.place, "\"burst\" needs both most and within", "as in { most = 3, within = \"10m\" }");
  t.burst = burst;
}

// required = "amount" / "time" / "subject" / "header:" field-name
std::optional<Required> parse_required(std::string_view text) {
  constexpr std::string_view header = "header:";
  if (text == "amount") return Required{Required::What::amount, {}};
  if (text == "time") return Required{Required::What::time, {}};
  if (text == "subject") return Required{Required::What::subject, {}};
  if (!text.starts_with(header) || text.size() == header.size()) return std::nullopt;
  return Required{Required::What::header, std::string(text.substr(header.size()))};
}

void read_requires(Reader& r, TomlEntry const& e, Type& t) {
  for (TomlEntry const& item : r.strings(e, 80)) {
    if (auto required = parse_required(item.value.text))
      t.required.push_back(std::move(*required));
    else
      r.error(item.place,
              quoted(item.value.text) + " cannot be required (amount, time, subject, header:NAME)",
              guess(item.value.text, {"amount", "time", "subject"}));
  }
}

constexpr std::array<Key<Type>, 8> defaults_keys{{
    {"email", read_setting<&Type::email>},
    {"folder", read_setting<&Type::folder>},
    {"drop", read_flag<&Type::drop>},
    {"keep", read_keep},
    {"email_if_unread_after", read_unread},
    {"fold", read_fold},
    {"burst", read_burst},
    {"footer", read_footer},
}};

constexpr std::array<Key<Type>, 14> type_keys{{
    {"tab", read_tab},
    {"label", read_label},
    {"email", read_setting<&Type::email>},
    {"folder", read_setting<&Type::folder>},
    {"drop", read_flag<&Type::drop>},
    {"urgent", read_flag<&Type::urgent>},
    {"keep", read_keep},
    {"email_if_unread_after", read_unread},
    {"fold", read_fold},
    {"burst", read_burst},
    {"requires", read_requires},
    {"unsubscribe", read_flag<&Type::unsubscribe>},
    {"commercial", read_flag<&Type::commercial>},
    {"footer", read_footer},
}};

struct Unclassified {
  Type type;
  std::string report_to = "postmaster";
};

template <auto Read>
void in_type(Reader& r, TomlEntry const& e, Unclassified& u) {
  Read(r, e, u.type);
}

// report_to = a local part of our domain
void read_report_to(Reader& r, TomlEntry const& e, Unclassified& u) {
  auto name = r.string(e, 64);
  if (!name) return;
  bool plain = std::all_of(name->begin(), name->end(), [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '-' ||
           c == '_' || c == '+';
  });
  if (plain)
    u.report_to = *name;
  else
    r.error(e.value.place, quoted(*name) + " is not the name of a mailbox of ours", "as in \"postmaster\"");
}

constexpr std::array<Key<Unclassified>, 9> unclassified_keys{{
    {"tab", in_type<read_tab>},
    {"email", in_type<read_setting<&Type::email>>},
    {"folder", in_type<read_setting<&Type::folder>>},
    {"keep", in_type<read_keep>},
    {"fold", in_type<read_fold>},
    {"burst", in_type<read_burst>},
    {"footer", in_type<read_footer>},
    {"label", in_type<read_label>},
    {"report_to", read_report_to},
}};

}  // namespace

bool is_type_name(std::string_view name) {
  if (name.empty() || name.size() > max_name) return false;
  for (std::string_view segment : split(name, '.')) {
    auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-'; };
    if (segment.empty() || !std::all_of(segment.begin(), segment.end(), allowed)) return false;
  }
  return true;
}

namespace {

void check_name(Reader& r, TomlEntry const& e) {
  if (e.key == "unclassified")
    r.error(e.place, "\"unclassified\" is not the name of a type; it has its own table");
  else if (!is_type_name(e.key))
    r.error(e.place, quoted(e.key) + " is not a type's name",
            "lower case letters, digits, _ and - in words joined by dots, at most 64");
}

// `hire.confirmed = {…}` without quotes is, to TOML, a table "confirmed" in a table "hire".
bool unquoted_name(Reader& r, TomlEntry const& e) {
  auto is_table = [](TomlEntry const& inner) { return inner.value.kind == TomlValue::Kind::table; };
  if (e.value.entries.empty() || !std::all_of(e.value.entries.begin(), e.value.entries.end(), is_table))
    return false;
  std::string name = e.key + "." + e.value.entries[0].key;
  r.error(e.place, "the name of a type must be in quotes", "as in \"" + printable(name, 80) + "\" = { … }");
  return true;
}

DraftType read_type(Reader& r, TomlEntry const& e, Type const& defaults) {
  DraftType draft{defaults, &e, false};
  draft.type.name = draft.type.label = e.key;
  draft.type.line = e.place.line;
  std::size_t before = r.errors();
  if (r.is_table(e) && !unquoted_name(r, e)) {
    check_name(r, e);
    read_keys(r, e.value, "a type", type_keys, draft.type);
    if (!e.value.find("tab")) r.error(e.place, "type " + quoted(e.key) + " has no tab");
    if (!e.value.find("label"))
      r.warn(e.place, "type " + quoted(e.key) + " has no label; users will see its name");
  }
  draft.broken = r.errors() > before;
  return draft;
}

void read_unclassified(Reader& r, TomlEntry const* e, Type const& defaults, Draft& draft) {
  Unclassified u{defaults, "postmaster"};
  u.type.name = "unclassified";
  u.type.label = "Other messages";
  u.type.folder = Setting::always;
  u.type.drop = false;
  u.type.email_if_unread_after.reset();
  std::size_t before = r.errors();
  if (e && r.is_table(*e)) read_keys(r, e->value, "[unclassified]", unclassified_keys, u);
  u.type.line = e ? e->place.line : 0;
  draft.report_to = u.report_to;
  draft.types.push_back({std::move(u.type), e, r.errors() > before});
}

}  // namespace

void read_types(Reader& r, TomlValue const& root, Draft& draft) {
  Type defaults;
  TomlEntry const* table = root.find("defaults");
  if (table && r.is_table(*table)) read_keys(r, table->value, "[defaults]", defaults_keys, defaults);
  read_unclassified(r, root.find("unclassified"), defaults, draft);
  TomlEntry const* types = root.find("type");
  if (!types) {
    r.error({}, "there are no types: no [type] table");
    return;
  }
  if (!r.is_table(*types)) return;
  if (types->value.entries.empty() || types->value.entries.size() > max_types) {
    r.error(types->place, "[type] must list 1 to " + std::to_string(max_types) + " types");
    return;
  }
  for (TomlEntry const& entry : types->value.entries)
    if (!r.full()) draft.types.push_back(read_type(r, entry, defaults));
}

}  // namespace mc::rules
