#include "rules/case_reader.h"

#include <unordered_map>

#include "rules/cases.h"
#include "rules/choice.h"
#include "rules/reader.h"

namespace mc::rules {

namespace {

constexpr std::size_t max_text = 10'000;

// A case while it is read.
struct CaseDraft {
  Case& c;
  Policy const& policy;
  std::optional<Time> now;
  std::optional<Millis> account_age;

  std::string_view keep(std::string text) { return c.texts.emplace_back(std::move(text)); }
};
using D = CaseDraft;

// ---- user

void read_zone(Reader& r, TomlEntry const& e, D& d) {
  auto zone = r.string(e, 64);
  if (!zone) return;
  Zones const* zones = r.options().zones;
  bool known = is_zone_name(*zone);
  if (known && zones && *zone != "UTC") known = zones->offset(*zone, Time{}).has_value();
  if (!known) return r.error(e.value.place, quoted(*zone) + " is not a time zone", "as in \"Europe/Berlin\"");
  d.c.person.zone = d.keep(std::move(*zone));
}

void read_groups(Reader& r, TomlEntry const& e, D& d) {
  for (TomlEntry& item : r.strings(e, 64)) d.c.groups.push_back(std::move(item.value.text));
}

void read_created(Reader& r, TomlEntry const& e, D& d) {
  d.c.person.created = r.date_time(e);
}

void read_account_age(Reader& r, TomlEntry const& e, D& d) {
  d.account_age = r.duration(e);
}

void read_address(Reader& r, TomlEntry const& e, D& d) {
  if (auto state = r.word<AddressState>(e)) d.c.person.address = *state;
}

void read_choice(Reader& r, TomlEntry const& e, D& d) {
  auto known = get_scope(d.policy, e.key);
  if (!known) return r.error(e.place, printable(known.error().text, 300));
  auto text = r.string(e, 64);
  if (!text) return;
  auto wish = parse_wish(*text);
  if (!wish || *wish == Wish::default_)
    return r.error(e.value.place, quoted(*text) + " is not a choice (both, email, center, none)",
                   guess(*text, {"both", "email", "center", "none"}));
  d.c.choices.set(*parse_scope(e.key),
                  make_choice(*wish, {}, ChoiceSource::web));  // old names stay what they are
}

void read_choices(Reader& r, TomlEntry const& e, D& d) {
  if (!r.is_table(e)) return;
  for (TomlEntry const& choice : e.value.entries)
    if (!r.full()) read_choice(r, choice, d);
}

void read_quiet(Reader& r, TomlEntry const& e, D& d) {
  auto text = r.string(e, 64);
  if (!text) return;
  auto hours = parse_hours(*text);
  if (!hours) return r.error(e.value.place, quoted(*text) + " are no quiet hours", "as in \"22:00-07:00\"");
  d.c.availability.quiet = *hours;
}

void read_digest(Reader& r, TomlEntry const& e, D& d) {
  auto text = r.string(e, 64);
  if (!text) return;
  auto digest = parse_digest(*text);
  if (!digest)
    return r.error(e.value.place, quoted(*text) + " is not a digest",
                   "\"off\", \"hourly\" or as in \"daily 08:00\"");
  d.c.availability.digest = digest->cadence;
  d.c.availability.digest_at = digest->at;
}

void read_pause(Reader& r, TomlEntry const& e, D& d) {
  if (auto until = r.date_time(e)) d.c.availability.pause_until = *until;
}

constexpr std::array<Key<D>, 9> user_keys{{
    {"zone", read_zone},
    {"groups", read_groups},
    {"created", read_created},
    {"account_age", read_account_age},
    {"address", read_address},
    {"choices", read_choices},
    {"quiet", read_quiet},
    {"digest", read_digest},
    {"pause", read_pause},
}};

// ---- message: as submitted, so its texts may be anything

void read_type(Reader& r, TomlEntry const& e, D& d) {
  if (auto type = r.text(e, max_text)) d.c.facts.type = d.keep(to_lower(*type));
}

void read_amount(Reader& r, TomlEntry const& e, D& d) {
  if (auto amount = r.text(e, max_text)) d.c.facts.set_amount(d.keep(std::move(*amount)));
}

void read_time(Reader& r, TomlEntry const& e, D& d) {
  d.c.facts.time = r.date_time(e);
}

void read_subject(Reader& r, TomlEntry const& e, D& d) {
  if (auto subject = r.text(e, max_text)) d.c.facts.subject = d.keep(std::move(*subject));
}

void read_sender(Reader& r, TomlEntry const& e, D& d) {
  if (auto sender = r.text(e, max_text)) d.c.facts.sender = d.keep(std::move(*sender));
}

void read_header(Reader& r, TomlEntry const& e, D& d) {
  std::string_view name = d.keep(e.key);
  auto add = [&](TomlEntry const& value) {
    if (auto text = r.text(value, max_text)) d.c.headers.emplace_back(name, d.keep(std::move(*text)));
  };
  if (e.value.kind != TomlValue::Kind::array) return add(e);
  for (TomlValue const& item : e.value.items) add({e.key, item.place, item});
}

void read_headers(Reader& r, TomlEntry const& e, D& d) {
  if (!r.is_table(e)) return;
  for (TomlEntry const& header : e.value.entries)
    if (!r.full()) read_header(r, header, d);
}

void read_size(Reader& r, TomlEntry const& e, D& d) {
  if (auto size = r.size(e)) d.c.facts.size = *size;
}

void read_urgent(Reader& r, TomlEntry const& e, D& d) {
  if (auto urgent = r.boolean(e)) d.c.facts.urgent = *urgent;
}

void read_source(Reader& r, TomlEntry const& e, D& d) {
  if (auto source = r.word<Submitter>(e)) d.c.facts.source = *source;
}

constexpr std::array<Key<D>, 9> message_keys{{
    {"type", read_type},
    {"amount", read_amount},
    {"time", read_time},
    {"subject", read_subject},
    {"sender", read_sender},
    {"headers", read_headers},
    {"size", read_size},
    {"urgent", read_urgent},
    {"source", read_source},
}};

// ---- expect

void expect_type(Reader& r, TomlEntry const& e, D& d) {
  auto type = r.string(e, 64);
  if (!type) return;
  std::vector<std::string_view> names;
  for (Type const& known : d.policy.types()) names.push_back(known.name);
  if (std::find(names.begin(), names.end(), *type) == names.end())
    return r.error(e.value.place, "there is no type " + quoted(*type), guess(*type, names));
  d.c.expect.type = *type;
}

void expect_tab(Reader& r, TomlEntry const& e, D& d) {
  if (auto tab = r.word<Tab>(e)) d.c.expect.tab = std::string(to_string(*tab));
}

template <auto Member>
void expect_flag(Reader& r, TomlEntry const& e, D& d) {
  d.c.expect.*Member = r.boolean(e);
}

template <auto Member>
void expect_text(Reader& r, TomlEntry const& e, D& d) {
  d.c.expect.*Member = r.string(e, max_text);
}

void expect_leaves(Reader& r, TomlEntry const& e, D& d) {
  if (e.value.kind == TomlValue::Kind::string && e.value.text == "now")
    d.c.expect.leaves = Time{};
  else if (e.value.kind == TomlValue::Kind::date_time)
    d.c.expect.leaves = e.value.date_time;
  else
    r.error(e.value.place, "\"leaves\" must be a date and time, or \"now\"", "as in 2026-11-24T08:00:00Z");
}

// In the order in which a departure names them.
std::vector<std::string_view> waits_of_one_message() {
  return names_of_waits(static_cast<std::uint8_t>(Wait::window) | static_cast<std::uint8_t>(Wait::quiet) |
                        static_cast<std::uint8_t>(Wait::pause) | static_cast<std::uint8_t>(Wait::unread) |
                        static_cast<std::uint8_t>(Wait::digest));
}

void expect_waits(Reader& r, TomlEntry const& e, D& d) {
  std::vector<std::string_view> const names = waits_of_one_message();
  std::vector<bool> waits(names.size());
  bool nothing = e.value.kind == TomlValue::Kind::array && e.value.items.empty();
  for (TomlEntry const& item : nothing ? std::vector<TomlEntry>() : r.strings(e, 64)) {
    auto name = std::find(names.begin(), names.end(), item.value.text);
    if (name == names.end())
      r.error(item.place,
              quoted(item.value.text) + " is nothing a mail waits for (window, quiet, pause, unread, digest)",
              guess(item.value.text, names));
    else
      waits[static_cast<std::size_t>(name - names.begin())] = true;
  }
  auto& out = d.c.expect.waits.emplace();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (waits[i]) out.emplace_back(names[i]);
}

constexpr std::array<Key<D>, 10> expect_keys{{
    {"type", expect_type},
    {"tab", expect_tab},
    {"email", expect_flag<&Expectations::email>},
    {"folder", expect_flag<&Expectations::folder>},
    {"email_by", expect_text<&Expectations::email_by>},
    {"folder_by", expect_text<&Expectations::folder_by>},
    {"malformed", expect_flag<&Expectations::malformed>},
    {"reported", expect_flag<&Expectations::reported>},
    {"leaves", expect_leaves},
    {"waits", expect_waits},
}};

// ---- the case

void read_name(Reader& r, TomlEntry const& e, D& d) {
  if (auto name = r.string(e, 200)) d.c.name = *name;
}

void read_now(Reader& r, TomlEntry const& e, D& d) {
  d.now = r.date_time(e);
}

template <auto const& keys>
void read_part(Reader& r, TomlEntry const& e, D& d) {
  if (r.is_table(e)) read_keys(r, e.value, quoted(e.key), keys, d);
}

void read_expect(Reader& r, TomlEntry const& e, D& d) {
  if (!r.is_table(e)) return;
  if (e.value.entries.empty())
    r.error(e.place, "the case expects nothing", "as in expect = { email = true }");
  read_keys(r, e.value, quoted(e.key), expect_keys, d);
}

constexpr std::array<Key<D>, 5> case_keys{{
    {"name", read_name},
    {"now", read_now},
    {"user", read_part<user_keys>},
    {"message", read_part<message_keys>},
    {"expect", read_expect},
}};

Place place_of(TomlValue const& table, std::string_view part, std::string_view key) {
  TomlEntry const* outer = table.find(part);
  TomlEntry const* inner = outer ? outer->value.find(key) : nullptr;
  return inner ? inner->place : outer ? outer->place : table.place;
}

void check_case(Reader& r, TomlValue const& table, D& d) {
  for (std::string_view key : {"name", "message", "expect"})
    if (!table.find(key)) r.error(table.place, "the case has no " + std::string(key));
  if (!d.now && !table.find("now"))
    r.error(table.place, "the case has no now",
            "as in now = 2026-11-23T12:00:00Z, here or above the first [[test]]");
  d.c.now = d.now.value_or(Time{});
  if (d.account_age && d.c.person.created)
    r.error(place_of(table, "user", "account_age"), "\"created\" and \"account_age\" say the same twice");
  if (d.account_age) d.c.person.created = d.c.now - *d.account_age;
  if (d.c.expect.leaves && *d.c.expect.leaves != Time{} && *d.c.expect.leaves < d.c.now)
    r.error(place_of(table, "expect", "leaves"), "\"leaves\" is before the case's now");
}

void read_case(Reader& r, TomlValue const& table, D& d) {
  d.c.line = table.place.line;
  if (table.kind != TomlValue::Kind::table)
    return r.error(table.place, "a case must be a table, begun by [[test]]");
  d.c.person.login = "someone";
  read_keys(r, table, "a case", case_keys, d);
  check_case(r, table, d);
}

void check_names(Reader& r, TomlValue const& tests) {
  std::unordered_map<std::string_view, std::uint32_t> lines;
  for (TomlValue const& table : tests.items) {
    TomlEntry const* name = table.find("name");
    if (!name || name->value.text.empty()) continue;
    auto [first, fresh] = lines.emplace(name->value.text, table.place.line);
    if (!fresh)
      r.error(name->place, "case " + quoted(name->value.text) + " has the name of the case in line " +
                               std::to_string(first->second));
  }
}

struct File {
  std::optional<Time> now;
  TomlEntry const* tests = nullptr;
};

constexpr std::array<Key<File>, 2> file_keys{{
    {"now", [](Reader& r, TomlEntry const& e, File& f) { f.now = r.date_time(e); }},
    {"test", [](Reader&, TomlEntry const& e, File& f) { f.tests = &e; }},
}};

// The [[test]] tables; null, and reported, when there are none.
TomlValue const* find_tests(Reader& r, File const& file) {
  if (!file.tests)
    r.error({}, "there are no cases: no [[test]]");
  else if (file.tests->value.kind != TomlValue::Kind::array)
    r.error(file.tests->place, "cases are written [[test]], with two brackets");
  else if (file.tests->value.items.empty())
    r.error(file.tests->place, "there are no cases");
  else if (file.tests->value.items.size() > max_cases)
    r.error(file.tests->place, "there are more than " + std::to_string(max_cases) + " cases");
  else
    return &file.tests->value;
  return nullptr;
}

}  // namespace

std::deque<Case> read_cases(Policy const& policy, std::string_view text, Zones const* zones,
                            std::vector<Problem>& problems) {
  std::deque<Case> cases;
  TomlLoad toml = parse_toml(text, max_cases_octets);
  problems = std::move(toml.problems);
  if (!toml.root) return cases;
  LoadOptions options;
  options.zones = zones;
  Reader reader(options);
  File file;
  read_keys(reader, *toml.root, "a cases file", file_keys, file);
  if (TomlValue const* tests = find_tests(reader, file)) {
    for (TomlValue const& table : tests->items) {
      if (reader.full()) break;
      CaseDraft draft{cases.emplace_back(), policy, file.now, {}};
      read_case(reader, table, draft);
    }
    check_names(reader, *tests);
  }
  if (reader.errors() > 0) cases.clear();
  problems = reader.take();
  return cases;
}

}  // namespace mc::rules
