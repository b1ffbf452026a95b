#include "rules/speak.h"

#include <algorithm>

#include "core/text.h"
#include "core/time_text.h"

namespace mc::rules {

namespace {

// What a reason says where no rule and no choice speaks for itself.
struct ReasonRow {
  std::string_view header;    // X-MC-Why
  std::string_view sentence;  // to the user
};

// In the order of Reason. Rules and choices are worded from what they are.
constexpr std::array<ReasonRow, 15> reason_rows{{
    {"address suppressed",
     "Your email address returned our mail, so nothing is sent to it until you confirm it again."},
    {"address unverified", "Your email address has not been confirmed yet."},
    {"address is ours", "The email address is one of our own, so the message stays here."},
    {"address missing", "There is no email address to send it to."},
    {"nothing else remained", "It would have reached you nowhere else, so it was put here."},
    {"type lock", "Messages of this kind are always delivered this way."},
    {"type lock", "Messages of this kind are never delivered this way."},
    {"unclassified", "The message is of no kind that we know, so it was not left to settings."},
    {"rule", ""},
    {"your choice", ""},
    {"your choice", "Your choice was not asked, because the message was incomplete."},
    {"type default", "This is how messages of this kind are delivered unless you choose otherwise."},
    {"type default", "Messages of this kind are not delivered this way unless you choose so."},
    {"unclassified", "The message is of no kind that we know."},
    {"your choice", ""},
}};

ReasonRow const& row_of(Reason reason) {
  return reason_rows[static_cast<std::size_t>(reason)];
}

bool by_choice(Verdict const& v) {
  return v.layer == Layer::type_choice || v.layer == Layer::tab_choice;
}

std::string chosen_scope(Policy const& policy, Decision const& decision, Verdict const& v) {
  if (v.layer == Layer::tab_choice) return write_scope({decision.tab, {}});
  return write_scope({std::nullopt, type_choice_name(policy, decision)});
}

std::string place_in(Policy const& policy, std::uint32_t line, std::string_view name) {
  return policy.file_name() + (line > 0 ? ':' + std::to_string(line) : std::string()) + ' ' +
         std::string(name);
}

std::string where(Policy const& policy, Decision const& decision, Verdict const& v) {
  if (v.rule) return place_in(policy, policy.rule(v.rule).line, policy.rule(v.rule).name);
  if (by_choice(v)) {
    auto const& choice = v.layer == Layer::type_choice ? decision.type_choice : decision.tab_choice;
    std::string text = "choice " + chosen_scope(policy, decision, v);
    return choice ? text + " of " + write_rfc3339(choice->at) + " (" +
                        std::string(to_string(choice->source)) + ")"
                  : text;
  }
  if (v.layer == Layer::safety) return "the recipient's address";
  bool general = v.reason == Reason::unclassified_locked || v.reason == Reason::unclassified_default;
  Type const& type = policy.type(general ? TypeIndex() : decision.type);
  return place_in(policy, type.line, general ? "[unclassified]" : type.name);
}

Spoken make_spoken(Policy const& policy, Decision const& decision, Field field, Verdict const& v, bool won) {
  std::string place =
      v.reason == Reason::nothing_left ? "the message would have been lost" : where(policy, decision, v);
  return {field,
          won,
          v,
          v.value ? "yes" : "no",
          std::string(to_string(v.layer)),
          std::string(to_string(v.reason)),
          std::move(place)};
}

std::vector<std::string> explain_timing(Policy const& policy, Decision const& decision) {
  Timing const& timing = decision.timing;
  if (!decision.email.value()) return {};
  if (timing.urgent) return {"at once: urgent"};
  std::vector<std::string> lines;
  auto by = [&](RuleIndex rule) {
    return " (" + place_in(policy, policy.rule(rule).line, policy.rule(rule).name) + ")";
  };
  if (timing.window_rule)
    lines.push_back("sent " + write_window(*policy.rule(timing.window_rule).set.send) +
                    by(timing.window_rule));
  if (timing.unread_delay.count() > 0)
    lines.push_back("sent if unread after " + write_duration(timing.unread_delay) +
                    (timing.unread_rule ? by(timing.unread_rule) : " (type)"));
  Type const& type = policy.type(decision.type);
  if (lines.empty())
    lines.push_back("at once");
  else if (type.fold.count() > 0)
    lines.push_back("together with others of this type that are due within " + write_duration(type.fold));
  if (type.burst) lines.push_back(write_burst(*type.burst));
  return lines;
}

// How the message came to its type.
void note_type(Policy const& policy, Decision const& decision, std::vector<std::string>& notes) {
  std::string const& type = policy.type(decision.type).name;
  auto place = [&](std::uint32_t line) {
    return " (" + policy.file_name() + ':' + std::to_string(line) + ")";
  };
  if (decision.classified) {
    Classifier const& block = policy.classifier(decision.classified);
    notes.push_back("classified as " + type + " by " + block.name + place(block.line));
  }
  if (decision.sent_as) {
    Alias const& alias = policy.alias(decision.sent_as);
    notes.push_back("sent as " + alias.name + ", an old name of " + type + place(alias.line));
  }
  if (decision.chosen_as) {
    Alias const& alias = policy.alias(decision.chosen_as);
    notes.push_back("the choice was made for " + alias.name + ", an old name of " + type + place(alias.line));
  }
  if (!decision.type) notes.push_back("no type, or none that the policy knows");
}

std::vector<std::string> explain_notes(Policy const& policy, Decision const& decision) {
  std::vector<std::string> notes;
  note_type(policy, decision, notes);
  Type const& type = policy.type(decision.type);
  if (decision.malformed)
    notes.push_back("malformed: the required " + write_required(type.required[decision.missing]) +
                    " is missing or makes no sense; treated as unclassified in the tab " +
                    std::string(to_string(decision.tab)) + ", keyword $Malformed");
  if (decision.unparsable_amount) notes.push_back("the amount given makes no sense; no rule matches it");
  if (decision.report) notes.push_back("reported to " + policy.report_to());
  return notes;
}

std::string pad(std::string_view text, std::size_t width) {
  std::string out(text);
  out.append(width > out.size() ? width - out.size() + 2 : 2, ' ');
  return out;
}

std::string write_row(std::string_view field, Spoken const& row) {
  return pad(field, 6) + pad(row.says, 5) + pad(row.layer, 13) + pad(row.reason, 20) + row.where + '\n';
}

}  // namespace

std::string why_header(Policy const& policy, Decision const& decision, Field field) {
  Verdict const& v = decision.get(field).won;
  if (v.rule) return "rule " + policy.rule(v.rule).name;
  if (v.layer == Layer::type_choice) return "your choice for " + policy.type(decision.type).name;
  if (v.layer == Layer::tab_choice) return "your choice for tab " + std::string(to_string(decision.tab));
  bool general = v.reason == Reason::unclassified_locked || v.reason == Reason::unclassified_default;
  return decision.malformed && general ? "malformed" : std::string(row_of(v.reason).header);
}

std::string why_sentence(Policy const& policy, Decision const& decision, Field field) {
  Verdict const& v = decision.get(field).won;
  if (v.rule) {
    Rule const& rule = policy.rule(v.rule);
    return rule.why.empty() ? "Our rule " + rule.name + " decides this." : rule.why;
  }
  std::string what(field == Field::email ? "by email" : "in your Message Center");
  if (by_choice(v)) {
    std::string scope = v.layer == Layer::type_choice
                            ? '"' + policy.type(decision.type).label + '"'
                            : "the folder " + std::string(folder_name(decision.tab));
    return "You chose " + std::string(v.value ? "" : "not ") + "to get " + scope + ' ' + what + '.';
  }
  return std::string(row_of(v.reason).sentence);
}

Explanation make_explanation(Policy const& policy, Decision const& decision) {
  Explanation out;
  out.type = policy.type(decision.type).name;
  out.tab = to_string(decision.tab);
  out.policy = "version " + to_string(decision.policy) + " of " + policy.file_name();
  for (Field field : both_fields) {
    FieldDecision const& decided = decision.get(field);
    out.rows.push_back(make_spoken(policy, decision, field, decided.won, true));
    for (Verdict const& lost : decided.losers())
      out.rows.push_back(make_spoken(policy, decision, field, lost, false));
  }
  out.timing = explain_timing(policy, decision);
  out.notes = explain_notes(policy, decision);
  return out;
}

std::string explain(Policy const& policy, Decision const& decision) {
  Explanation e = make_explanation(policy, decision);
  std::string out = e.type + " (" + e.tab + "), " + e.policy + "\n\n";
  out += pad("field", 6) + pad("value", 5) + pad("layer", 13) + pad("reason", 20) + "from\n";
  for (Spoken const& row : e.rows) out += write_row(row.won ? to_string(row.field) : "  lost", row);
  for (std::string const& line : e.timing) out += "\nemail: " + line;
  for (std::string const& line : e.notes) out += "\nnote: " + line;
  return e.timing.empty() && e.notes.empty() ? out : out + '\n';
}

}  // namespace mc::rules
