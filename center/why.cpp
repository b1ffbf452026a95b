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

void add_events(WhyAnswer& answer, store::Snapshot const& s, store::DecisionRecord const& record) {
  for (store::DecisionEvent const& event : store::list_events(s, record.id))
    answer.events.push_back({event.at, std::string(store::to_string(event.kind)), event.text});
  if (!record.mailbox) return;
  if (auto read = store::first_seen_at(s, record.mailbox, record.uid))
    answer.events.push_back({*read, "read", "marked as read in a mail client"});
}

WhyAnswer make_answer(store::Snapshot const& s, store::DecisionRecord const& record, rules::PolicyPtr const& policy) {
  WhyAnswer answer;
  answer.mail_id = record.mail_id;
  answer.message_id = record.message_id;
  answer.type = record.type;
  answer.subject = record.subject;
  answer.from = record.from;
  answer.policy_version = record.policy.value;
  answer.events.push_back({record.at, "arrived", "from " + record.from + ", " + std::to_string(record.size) + " octets"});
  if (policy) add_decision(answer, record, *policy);
  if (record.mailbox) {
    auto mailbox = store::find_mailbox(s, record.mailbox);
    answer.events.push_back({record.at, "placed", mailbox ? "in " + mailbox->name : "in a folder deleted since"});
  }
  add_events(answer, s, record);
  std::stable_sort(answer.events.begin(), answer.events.end(),
                   [](WhyEvent const& a, WhyEvent const& b) { return a.at < b.at; });
  return answer;
}

}  // namespace

std::vector<WhyAnswer> why(store::Snapshot const& s, UserId user, std::string_view message_id, std::size_t most) {
  std::map<PolicyVersion, rules::PolicyPtr> policies;
  std::vector<WhyAnswer> answers;
  for (store::DecisionRecord const& record : store::list_decisions(s, user, message_id, most)) {
    auto known = policies.find(record.policy);
    if (known == policies.end())
      known = policies.emplace(record.policy, find_policy_version(s, record.policy)).first;
    answers.push_back(make_answer(s, record, known->second));
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
