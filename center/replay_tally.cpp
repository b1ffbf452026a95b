#include "center/replay_tally.h"

#include <algorithm>
#include <cstdio>

#include "core/text.h"
#include "core/time_text.h"
#include "rules/speak.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

constexpr std::size_t max_names = 1000;  // of types and of causes, counted apart; the rest together
constexpr unsigned samples_per_kind = 3;
constexpr std::size_t shown_names = 8;  // for people; --json has all

void count_name(std::map<std::string, std::uint64_t>& names, std::string const& name) {
  auto known = names.find(name);
  if (known == names.end()) known = names.emplace(names.size() < max_names ? name : "others", 0).first;
  ++known->second;
}

std::string on_off(bool value) { return value ? "on" : "off"; }
std::string yes_no(bool value) { return value ? "yes" : "no"; }

// Where it stands in the file; 0: it is not the file that spoke.
std::uint32_t line_of(rules::Policy const& policy, rules::Decision const& decision, rules::Verdict const& v) {
  if (v.rule) return policy.rule(v.rule).line;
  if (v.layer != rules::Layer::type_lock && v.layer != rules::Layer::type_default) return 0;
  bool general = v.reason == rules::Reason::unclassified_locked || v.reason == rules::Reason::unclassified_default;
  return policy.type(general ? rules::TypeIndex() : decision.type).line;
}

// "rule stale-mail (new.toml:51)", "type default (new.toml:23)", "your choice for tab alerts", …
std::string why_now(rules::Policy const& policy, rules::Decision const& decision, rules::Field field) {
  std::string why = rules::why_header(policy, decision, field);
  std::uint32_t line = line_of(policy, decision, decision.get(field).won);
  if (line > 0) why += " (" + policy.file_name() + ':' + std::to_string(line) + ')';
  return why;
}

std::string cause_of(std::string const& was_why, std::string const& is_why) { return was_why + " -> " + is_why; }

// 1234567 -> "1,234,567"
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number), out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

// "payment.sent 1,200, rate.raised 34", the most frequent first.
std::string write_counts(std::map<std::string, std::uint64_t> const& names, std::string_view separator) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(names.begin(), names.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto const& a, auto const& b) { return a.second > b.second; });
  std::string out;
  for (std::size_t i = 0; i < sorted.size() && i < shown_names; ++i)
    out += (i > 0 ? std::string(separator) : "") + sorted[i].first + ' ' + grouped(sorted[i].second);
  if (sorted.size() > shown_names) out += std::string(separator) + "… " + grouped(sorted.size() - shown_names) + " more";
  return out;
}

std::string write_change(ReplayChange const& change) {
  std::string out = "  " + change.field + ' ' + change.from + " -> " + change.to + ": " + grouped(change.count) + " (" +
                    write_counts(change.types, ", ") + ")\n";
  if (!change.causes.empty()) out += "      " + write_counts(change.causes, "\n      ") + '\n';
  return out;
}

std::string write_sample(ReplaySample const& sample) {
  std::string out = "  " + write_rfc3339(sample.at) + "  " + sample.login + "  " + sample.type + "  " +
                    (sample.subject.empty() ? "(no subject)" : printable(sample.subject, 80)) + "\n      " +
                    sample.field + ' ' + sample.from + " -> " + sample.to;
  if (!sample.is_why.empty()) out += ": " + cause_of(sample.was_why, sample.is_why);
  return out + '\n';
}

std::string write_gaps(ReplayReport const& report) {
  std::string out;
  if (report.without_content > 0)
    out += "note: " + grouped(report.without_content) +
           " could not be decided again exactly: the file asks for the subject or a header, and the message is gone\n";
  if (report.choices_of_today > 0)
    out += "note: " + grouped(report.choices_of_today) +
           " have another type or tab than then: the user's choices of today were taken for them\n";
  if (report.unreadable > 0)
    out += "note: " + grouped(report.unreadable) + " left out: their record or policy version cannot be read\n";
  return out;
}

}  // namespace

void ReplayTally::compare(store::Snapshot const& s, store::DecisionRecord const& record, rules::Policy const& old,
                          rules::Decision const& was, rules::Decision const& is) {
  std::vector<Difference> differences;
  for (rules::Field field : rules::both_fields)
    if (was.get(field).value() != is.get(field).value())
      differences.push_back({std::string(rules::to_string(field)), on_off(was.get(field).value()),
                             on_off(is.get(field).value()), rules::why_header(old, was, field),
                             why_now(policy_, is, field)});
  std::string const& type = policy_.type(is.type).name;
  std::string const& old_type = old.type(was.type).name;
  if (type != old_type) differences.push_back({"type", old_type, type, {}, {}});
  if (was.tab != is.tab)
    differences.push_back({"tab", std::string(rules::to_string(was.tab)), std::string(rules::to_string(is.tab)), {}, {}});
  if (was.malformed != is.malformed)
    differences.push_back({"malformed", yes_no(was.malformed), yes_no(is.malformed), {}, {}});
  if (!differences.empty()) ++report_.changed;
  for (Difference const& difference : differences) count(s, record, type, difference);
}

void ReplayTally::count(store::Snapshot const& s, store::DecisionRecord const& record, std::string const& type,
                        Difference const& d) {
  ReplayChange& change = changes_[{d.field, d.from, d.to}];
  change.field = d.field;
  change.from = d.from;
  change.to = d.to;
  ++change.count;
  count_name(change.types, type);
  std::string cause = d.is_why.empty() ? d.field + ' ' + d.from + ' ' + d.to : cause_of(d.was_why, d.is_why);
  if (!d.is_why.empty()) count_name(change.causes, cause);
  if (wants_sample(record, cause + '\n' + type)) take_sample(s, record, type, d);
}

// The copies of one message tell as much as one of them.
bool ReplayTally::wants_sample(store::DecisionRecord const& record, std::string const& kind) {
  if (report_.samples.size() >= most_samples_) return false;
  Sampled& known = sampled_[kind];
  if (known.count >= samples_per_kind || known.mail_id == record.mail_id) return false;
  ++known.count;
  known.mail_id = record.mail_id;
  return true;
}

void ReplayTally::take_sample(store::Snapshot const& s, store::DecisionRecord const& record, std::string const& type,
                              Difference const& d) {
  auto user = store::find_user(s, record.user);
  report_.samples.push_back({record.at, user ? user->login : "(deleted)", type, record.subject, record.message_id,
                             d.field, d.from, d.to, d.was_why, d.is_why});
}

void ReplayTally::finish() {
  for (auto& [key, change] : changes_) report_.changes.push_back(std::move(change));
  std::stable_sort(report_.changes.begin(), report_.changes.end(),
                   [](ReplayChange const& a, ReplayChange const& b) { return a.count > b.count; });
}

double ReplayReport::per_second() const {
  return static_cast<double>(records) * 1000.0 / static_cast<double>(std::max<std::int64_t>(1, took.count()));
}

std::string write_report(ReplayReport const& report) {
  std::string out = grouped(report.decided) + " decisions since " + write_rfc3339(report.since) +
                    ", decided again: " + grouped(report.changed) + " differ\n";
  for (ReplayChange const& change : report.changes) out += write_change(change);
  if (!report.samples.empty()) out += "\nfor example:\n";
  for (ReplaySample const& sample : report.samples) out += write_sample(sample);
  std::string gaps = write_gaps(report);
  if (!gaps.empty()) out += '\n' + gaps;
  char took[80];
  std::snprintf(took, sizeof took, "%.1f s, %.0f decisions a second", static_cast<double>(report.took.count()) / 1000.0,
                report.per_second());
  return out + '\n' + took + '\n';
}

}  // namespace mc::center
