// rules/policy_conditions.cpp - `when` and `unless`: one row a condition.
#include "rules/reader.h"

namespace mc::rules {

namespace {

constexpr std::size_t max_glob = 200;
constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

void read_type_globs(Reader& r, TomlEntry const& e, Conditions& c) {
  for (TomlEntry& item : r.strings(e, max_glob)) c.type_globs.push_back(std::move(item.value.text));
}

void read_tabs(Reader& r, TomlEntry const& e, Conditions& c) {
  for (TomlEntry const& item : r.strings(e, 64))
    if (auto tab = r.word<Tab>(item))
      c.tabs = static_cast<std::uint8_t>(c.tabs | 1u << static_cast<unsigned>(*tab));
}

void read_sources(Reader& r, TomlEntry const& e, Conditions& c) {
  for (TomlEntry const& item : r.strings(e, 64))
    if (auto source = r.word<Submitter>(item))
      c.sources = static_cast<std::uint8_t>(c.sources | 1u << static_cast<unsigned>(*source));
  c.ask(Test::source);
}

void read_urgent(Reader& r, TomlEntry const& e, Conditions& c) {
  if (auto urgent = r.boolean(e)) c.urgent = *urgent;
  c.ask(Test::urgent);
}

void read_limit(Reader& r, TomlEntry const& e, AmountLimits& out) {
  auto currency = parse_currency(e.key);
  if (!currency && e.key != "*")
    return r.error(e.place, quoted(e.key) + " is not a currency",
                   "three capital letters, or \"*\" for all others");
  auto limit = e.value.kind == TomlValue::Kind::string ? parse_decimal(e.value.text) : std::nullopt;
  if (!limit)
    return r.error(e.value.place, "the amount for " + quoted(e.key) + " is not an exact decimal in quotes",
                   "as in \"1000.00\", without sign or separators");
  if (currency)
    out.named.emplace_back(*currency, *limit);
  else
    out.others = limit;
}

template <auto Member>
void read_limits(Reader& r, TomlEntry const& e, Conditions& c) {
  if (!r.is_table(e)) return;
  if (e.value.entries.empty() || e.value.entries.size() > 64)
    return r.error(e.place, quoted(e.key) + " must name 1 to 64 currencies",
                   "as in { USD = \"1000.00\", \"*\" = \"900.00\" }");
  for (TomlEntry const& limit : e.value.entries) read_limit(r, limit, c.*Member);
}

template <auto Member>
void read_age(Reader& r, TomlEntry const& e, Conditions& c) {
  if (auto age = r.duration(e)) c.*Member = age;
}

template <auto Member>
void read_size_limit(Reader& r, TomlEntry const& e, Conditions& c) {
  if (auto size = r.size(e)) c.*Member = size;
}

constexpr std::array<Key<Conditions>, 2> amount_keys{{
    {"at_least", read_limits<&Conditions::amount_at_least>},
    {"less_than", read_limits<&Conditions::amount_less_than>},
}};
constexpr std::array<Key<Conditions>, 2> age_keys{{
    {"at_least", read_age<&Conditions::age_at_least>},
    {"less_than", read_age<&Conditions::age_less_than>},
}};
constexpr std::array<Key<Conditions>, 2> size_keys{{
    {"at_least", read_size_limit<&Conditions::size_at_least>},
    {"less_than", read_size_limit<&Conditions::size_less_than>},
}};

// The three conditions with limits look alike: a table of at_least and less_than.
template <Test test, auto const& keys>
void read_interval(Reader& r, TomlEntry const& e, Conditions& c) {
  c.ask(test);
  if (!r.is_table(e)) return;
  if (e.value.entries.empty()) r.error(e.place, quoted(e.key) + " needs at_least or less_than");
  read_keys(r, e.value, quoted(e.key), keys, c);
}

void read_older_than(Reader& r, TomlEntry const& e, Conditions& c) {
  if (auto age = r.duration(e)) c.older_than = *age;
  c.ask(Test::older_than);
}

void read_groups(Reader& r, TomlEntry const& e, Conditions& c) {
  for (TomlEntry& item : r.strings(e, 64)) c.groups.push_back(std::move(item.value.text));
  std::sort(c.groups.begin(), c.groups.end());
  c.ask(Test::group);
}

void read_senders(Reader& r, TomlEntry const& e, Conditions& c) {
  for (TomlEntry& item : r.strings(e, max_glob)) c.senders.push_back(std::move(item.value.text));
  std::sort(c.senders.begin(), c.senders.end());
  c.ask(Test::sender);
}

void read_subjects(Reader& r, TomlEntry const& e, Conditions& c) {
  for (TomlEntry& item : r.strings(e, max_glob)) c.subjects.push_back(std::move(item.value.text));
  std::sort(c.subjects.begin(), c.subjects.end());
  c.ask(Test::subject);
}

// field-name = 1*( %x21-39 / %x3B-7E )                                   RFC 5322, 3.6.8
bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 80 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

void read_headers(Reader& r, TomlEntry const& e, Conditions& c) {
  c.ask(Test::header);
  if (!r.is_table(e)) return;
  if (e.value.entries.empty() || e.value.entries.size() > 64)
    r.error(e.place, "\"header\" must name 1 to 64 headers", "as in { List-Id = \"*news*\" }");
  for (TomlEntry const& header : e.value.entries) {
    if (r.full()) return;
    HeaderGlobs wanted{header.key, {}};
    if (!is_field_name(header.key)) r.error(header.place, quoted(header.key) + " is not a header's name");
    for (TomlEntry& item : r.strings(header, max_glob)) wanted.globs.push_back(std::move(item.value.text));
    std::sort(wanted.globs.begin(), wanted.globs.end());
    c.headers.push_back(std::move(wanted));
  }
}

// ---- windows of the day

template <auto Member>
void read_time_of_day(Reader& r, TomlEntry const& e, DayWindow& w) {
  if (e.value.kind != TomlValue::Kind::time_of_day ||
      e.value.time_of_day % std::chrono::minutes(1) != Millis(0))
    return r.error(e.value.place, quoted(e.key) + " must be a time of day in whole minutes",
                   "as in 08:00:00, without quotes");
  w.*Member = std::chrono::duration_cast<std::chrono::minutes>(e.value.time_of_day);
}

void read_zone(Reader& r, TomlEntry const& e, DayWindow& w) {
  auto zone = r.string(e, 64);
  if (!zone || *zone == "recipient") return;
  Zones const* zones = r.options().zones;
  bool known = is_zone_name(*zone);
  if (known && zones && *zone != "UTC")
    known = zones->offset(*zone, r.options().now.value_or(Time{})).has_value();
  if (!known)
    return r.error(e.value.place, quoted(*zone) + " is not a time zone",
                   "\"recipient\", \"UTC\" or as in \"Europe/Berlin\"");
  w.zone = *zone;
}

void read_days(Reader& r, TomlEntry const& e, Schedule& s) {
  s.days = 0;
  for (TomlEntry const& item : r.strings(e, 16)) {
    auto day = std::find(day_names.begin(), day_names.end(), item.value.text);
    if (day == day_names.end())
      r.error(item.place, quoted(item.value.text) + " is not a day (mon, tue, wed, thu, fri, sat, sun)");
    else
      s.days = static_cast<std::uint8_t>(s.days | 1u << (day - day_names.begin()));
  }
}

template <auto Read>
void in_window(Reader& r, TomlEntry const& e, Schedule& s) {
  Read(r, e, s.window);
}

constexpr std::array<Key<DayWindow>, 3> window_keys{{
    {"from", read_time_of_day<&DayWindow::from>},
    {"until", read_time_of_day<&DayWindow::until>},
    {"zone", read_zone},
}};
constexpr std::array<Key<Schedule>, 4> schedule_keys{{
    {"days", read_days},
    {"from", in_window<read_time_of_day<&DayWindow::from>>},
    {"until", in_window<read_time_of_day<&DayWindow::until>>},
    {"zone", in_window<read_zone>},
}};

// Both ends must be there and differ.
void check_ends(Reader& r, TomlEntry const& e, DayWindow const& w) {
  if (!e.value.find("from") || !e.value.find("until"))
    r.error(e.place, quoted(e.key) + " needs both from and until");
  else if (w.from == w.until)
    r.error(e.place, quoted(e.key) + " begins and ends at the same time");
}

void read_schedule(Reader& r, TomlEntry const& e, Conditions& c) {
  c.ask(Test::schedule);
  if (!r.is_table(e)) return;
  std::size_t before = r.errors();
  read_keys(r, e.value, "\"schedule\"", schedule_keys, c.schedule);
  if (r.errors() > before) return;
  bool times = e.value.find("from") || e.value.find("until");
  if (times) check_ends(r, e, c.schedule.window);
  if (!times && !e.value.find("days")) r.error(e.place, "\"schedule\" needs days, or from and until");
}

constexpr std::array<Key<Conditions>, 13> condition_keys{{
    {"type", read_type_globs},
    {"tab", read_tabs},
    {"amount", read_interval<Test::amount, amount_keys>},
    {"older_than", read_older_than},
    {"urgent", read_urgent},
    {"account_age", read_interval<Test::account_age, age_keys>},
    {"group", read_groups},
    {"source", read_sources},
    {"sender", read_senders},
    {"header", read_headers},
    {"subject", read_subjects},
    {"size", read_interval<Test::size, size_keys>},
    {"schedule", read_schedule},
}};

constexpr std::array<Key<Conditions>, 4> classify_keys{{
    {"sender", read_senders},
    {"subject", read_subjects},
    {"header", read_headers},
    {"size", read_interval<Test::size, size_keys>},
}};

}  // namespace

void read_conditions(Reader& r, TomlEntry const& e, Conditions& out) {
  if (r.is_table(e)) read_keys(r, e.value, quoted(e.key), condition_keys, out);
}

void read_classify_conditions(Reader& r, TomlEntry const& e, Conditions& out) {
  if (!r.is_table(e)) return;
  TomlValue asked = e.value;
  std::erase_if(asked.entries, [&](TomlEntry const& entry) {
    auto named = [&](auto const& key) { return key.name == entry.key; };
    if (std::any_of(classify_keys.begin(), classify_keys.end(), named) ||
        std::none_of(condition_keys.begin(), condition_keys.end(), named))
      return false;
    r.error(entry.place, quoted(entry.key) + " cannot be asked of mail that has no type yet",
            "sender, subject, header and size can");
    return true;
  });
  read_keys(r, asked, quoted(e.key), classify_keys, out);
}

std::optional<DayWindow> read_window(Reader& r, TomlEntry const& e) {
  if (!r.is_table(e)) return std::nullopt;
  DayWindow window;
  std::size_t before = r.errors();
  read_keys(r, e.value, quoted(e.key), window_keys, window);
  if (r.errors() == before) check_ends(r, e, window);
  if (r.errors() > before) return std::nullopt;
  return window;
}

}  // namespace mc::rules
