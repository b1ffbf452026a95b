#include "center/why.h"

#include <algorithm>
#include <map>

#include "center/policy_store.h"
#include "core/text.h"
#include "core/time_text.h"
#include "rules/record.h"
#include "rules/speak.h"
#include "store/decisions.h"
#include "store/messages.h"

namespace mc::center {

namespace {

WhyField make_field(rules::Explanation const& explanation, rules::FieldDecision const& decision, rules::Field field) {
  WhyField out;
  out.field = rules::to_string(field);
  out.value = decision.value();
  for (rules::Spoken const& row : explanation.rows) {
    if (row.field != field) continue;
    if (row.won) {
      out.layer = row.layer;
      out.reason = row.reason;
      out.detail = row.where;
    } else {
      out.lost.push_back(row.says + " by " + row.layer + " (" + row.where + ")");
    }
  }
  return out;
}

void add_decision(WhyAnswer& answer, store::DecisionRecord const& record, rules::Policy const& policy) {
  auto parsed = rules::parse_record(record.record);
  if (!parsed || !rules::fits(*parsed, policy)) return;
  rules::Decision const& decision = parsed->decision;
  rules::Explanation explanation = rules::make_explanation(policy, decision);
  answer.tab = explanation.tab;
  for (rules::Field field : rules::both_fields) {
    answer.fields.push_back(make_field(explanation, decision.get(field), field));
    answer.events.push_back({record.at, "decided", std::string(rules::to_string(field)) +
                                                       (decision.get(field).value() ? " yes: " : " no: ") +
                                                       rules::why_sentence(policy, decision, field)});
  }
  for (std::string const& note : explanation.notes) answer.events.push_back({record.at, "noted", note});
}

// What comes before an event's own text, so that the line reads as a sentence.
std::string_view lead_in(store::EventKind kind) {
  switch (kind) {
    case store::EventKind::queued: return "ready to be sent, ";
    case store::EventKind::sent: return "the next mail server took it: ";
    case store::EventKind::deferred: return "not taken yet, will be tried again: ";
    case store::EventKind::bounced: return "could not be delivered: ";
    case store::EventKind::skipped: return "no external mail was sent: ";
    case store::EventKind::held: return "kept back ";
    case store::EventKind::released: return "no longer kept back, ";
    case store::EventKind::dropped: return "taken out of the queue ";
    case store::EventKind::placed_after_failure: return "put into the folder instead: ";
    case store::EventKind::waiting: return "the external mail waits: ";
    case store::EventKind::delayed: return "the external mail is late: ";
    default: return {};
  }
}

using Events = std::vector<store::DecisionEvent>;
using Logs = std::map<MailboxId, store::LoggedTimes>;

// The change log of each mailbox concerned is read once, whatever the number of messages.
Logs read_logs(store::Snapshot const& s, std::vector<store::DecisionRecord> const& records) {
  std::map<MailboxId, UidSet> placed;
  for (store::DecisionRecord const& record : records)
    if (record.mailbox) placed[record.mailbox].add(record.uid.value);
  Logs logs;
  for (auto const& [mailbox, uids] : placed) logs.emplace(mailbox, store::logged_times(s, mailbox, uids));
  return logs;
}

std::optional<Time> find_time(std::map<Uid, Time> const& times, Uid uid) {
  auto at = times.find(uid);
  return at == times.end() ? std::nullopt : std::optional(at->second);
}

// What the decision's own events do not tell: clients read and delete without telling anybody else.
void add_logged(WhyAnswer& answer, store::DecisionRecord const& record, store::LoggedTimes const& logged) {
  auto told = [&](store::EventKind kind) {
    return std::any_of(answer.events.begin(), answer.events.end(),
                       [&](WhyEvent const& e) { return e.kind == store::to_string(kind); });
  };
  auto read = find_time(logged.seen, record.uid), gone = find_time(logged.gone, record.uid);
  if (read && !told(store::EventKind::read))
    answer.events.push_back({*read, std::string(store::to_string(store::EventKind::read)), "marked as read in a mail client"});
  if (gone && !told(store::EventKind::expired))
    answer.events.push_back({*gone, "removed", "moved away or deleted in a mail client"});
}

void add_events(WhyAnswer& answer, store::DecisionRecord const& record, Events const& events, Logs const& logs) {
  for (store::DecisionEvent const& event : events)
    answer.events.push_back(
        {event.at, std::string(store::to_string(event.kind)), std::string(lead_in(event.kind)) += event.text});
  if (auto logged = logs.find(record.mailbox); logged != logs.end()) add_logged(answer, record, logged->second);
}

// By the decision, that is; a copy that came later has an event of its own.
void add_placed(WhyAnswer& answer, store::Snapshot const& s, store::DecisionRecord const& record, Events const& events) {
  auto is_later = [](store::DecisionEvent const& e) { return e.kind == store::EventKind::placed_after_failure; };
  if (!record.mailbox || std::any_of(events.begin(), events.end(), is_later)) return;
  auto mailbox = store::find_mailbox(s, record.mailbox);
  answer.events.push_back({record.at, "placed", mailbox ? "in " + mailbox->name : "in a folder deleted since"});
}

WhyAnswer make_answer(store::Snapshot const& s, store::DecisionRecord const& record, rules::PolicyPtr const& policy,
                      Logs const& logs) {
  WhyAnswer answer;
  answer.mail_id = record.mail_id;
  answer.message_id = record.message_id;
  answer.type = record.type;
  answer.subject = record.subject;
  answer.from = record.from;
  answer.policy_version = record.policy.value;
  answer.events.push_back({record.at, "arrived", "from " + record.from + ", " + std::to_string(record.size) + " octets"});
  if (policy) add_decision(answer, record, *policy);
  Events const events = store::list_events(s, record.id);
  add_placed(answer, s, record, events);
  add_events(answer, record, events, logs);
  std::stable_sort(answer.events.begin(), answer.events.end(),
                   [](WhyEvent const& a, WhyEvent const& b) { return a.at < b.at; });
  return answer;
}

}  // namespace

std::vector<WhyAnswer> why(store::Snapshot const& s, UserId user, std::string_view message_id, std::size_t most) {
  auto const records = store::list_decisions(s, user, message_id, most);
  Logs const logs = read_logs(s, records);
  std::map<PolicyVersion, rules::PolicyPtr> policies;
  std::vector<WhyAnswer> answers;
  for (store::DecisionRecord const& record : records) {
    auto known = policies.find(record.policy);
    if (known == policies.end())
      known = policies.emplace(record.policy, find_policy_version(s, record.policy)).first;
    answers.push_back(make_answer(s, record, known->second, logs));
  }
  return answers;
}

std::string write_why(std::vector<WhyAnswer> const& answers) {
  std::string out;
  for (WhyAnswer const& a : answers) {
    out += a.subject.empty() ? "(no subject)" : printable(a.subject);
    out += "\n  type " + a.type + (a.tab.empty() ? "" : ", tab " + a.tab) + ", policy version " +
           std::to_string(a.policy_version) + ", mail " + a.mail_id + "\n";
    if (!a.message_id.empty()) out += "  " + printable(a.message_id) + "\n";
    for (WhyField const& f : a.fields) {
      out += "  " + f.field + ": " + (f.value ? "yes" : "no") + " by " + f.layer + ", " + f.reason + " (" + f.detail + ")\n";
      for (std::string const& lost : f.lost) out += "    not followed: " + lost + "\n";
    }
    for (WhyEvent const& e : a.events)
      out += "  " + write_rfc3339(e.at) + "  " + e.kind + ": " + printable(e.text, 500) + "\n";
    out += "\n";
  }
  return out;
}

}  // namespace mc::center
