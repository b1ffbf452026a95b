// rules/condition_text.cpp - conditions as an English phrase.
#include <algorithm>
#include <array>

#include "rules/condition.h"

namespace mc::rules {

namespace {

std::string join(std::vector<std::string> const& parts, std::string_view between) {
  std::string out;
  for (std::string const& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

template <class T>
std::vector<std::string> words_in(unsigned bits) {
  std::vector<std::string> words;
  for (std::string_view word : words_of<T>())
    if (bits >> static_cast<unsigned>(*parse_word<T>(word)) & 1) words.emplace_back(word);
  return words;
}

std::string write_limits(AmountLimits const& limits) {
  std::vector<std::string> parts;
  for (auto const& [currency, limit] : limits.named) parts.push_back(write_amount({limit, currency}));
  if (limits.others)
    parts.push_back(write_decimal(*limits.others) +
                    (parts.empty() ? " of any currency" : " of any other currency"));
  return join(parts, " or ");
}

std::string write_size(std::uint64_t octets) {
  return std::to_string(octets) + " octets";
}

// " at least X", " less than Y" or both.
template <class Low, class High, class Write>
std::string write_interval(std::string name, bool has_low, Low const& low, bool has_high, High const& high,
                           Write write) {
  if (has_low) name += " at least " + write(low);
  if (has_low && has_high) name += " and";
  if (has_high) name += " less than " + write(high);
  return name;
}

std::string write_amount_test(Conditions const& c) {
  return write_interval("amount", !c.amount_at_least.empty(), c.amount_at_least, !c.amount_less_than.empty(),
                        c.amount_less_than, write_limits);
}

std::string write_age_test(Conditions const& c) {
  return write_interval("account age", c.age_at_least.has_value(), c.age_at_least.value_or(Millis(0)),
                        c.age_less_than.has_value(), c.age_less_than.value_or(Millis(0)), write_duration);
}

std::string write_size_test(Conditions const& c) {
  return write_interval("size", c.size_at_least.has_value(), c.size_at_least.value_or(0),
                        c.size_less_than.has_value(), c.size_less_than.value_or(0), write_size);
}

std::string write_header_test(Conditions const& c) {
  std::vector<std::string> parts;
  for (HeaderGlobs const& header : c.headers)
    parts.push_back("header " + header.name + " like " + join(header.globs, " or "));
  return join(parts, " and ");
}

std::string write_schedule_test(Conditions const& c) {
  constexpr std::array<std::string_view, 7> names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  std::vector<std::string> days;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (c.schedule.days >> i & 1) days.emplace_back(names[i]);
  std::string text = days.size() == names.size() ? "it is" : "it is " + join(days, ", ");
  DayWindow const& window = c.schedule.window;
  if (window.from != window.until) return text + ' ' + write_window(window);
  return text + " in " + (window.recipient_zone() ? "the recipient's time" : window.zone);
}

// In the order of Test.
constexpr std::array<std::string (*)(Conditions const&), test_count> phrases{
    [](Conditions const& c) { return std::string(c.urgent ? "urgent" : "not urgent"); },
    [](Conditions const& c) { return "submitted by " + join(words_in<Submitter>(c.sources), " or "); },
    write_amount_test,
    [](Conditions const& c) { return "older than " + write_duration(c.older_than); },
    write_age_test,
    write_size_test,
    [](Conditions const& c) { return "recipient in group " + join(c.groups, " or "); },
    [](Conditions const& c) { return "sender like " + join(c.senders, " or "); },
    [](Conditions const& c) { return "subject like " + join(c.subjects, " or "); },
    write_header_test,
    write_schedule_test,
};

}  // namespace

std::string write_conditions(Conditions const& c) {
  std::vector<std::string> parts;
  if (!c.type_globs.empty()) parts.push_back("type is " + join(c.type_globs, " or "));
  if (c.tabs != 0) parts.push_back("tab is " + join(words_in<Tab>(c.tabs), " or "));
  for (std::size_t i = 0; i < test_count; ++i)
    if (c.asks(static_cast<Test>(i))) parts.push_back(phrases[i](c));
  return parts.empty() ? "always" : join(parts, " and ");
}

}  // namespace mc::rules
