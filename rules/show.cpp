// rules/show.cpp - a whole policy as sentences.
#include "core/time_text.h"
#include "rules/speak.h"

namespace mc::rules {

namespace {

std::string setting_words(Type const& type) {
  // In the order of Setting.
  constexpr std::array<std::string_view, 4> email{"not emailed unless chosen", "emailed by default",
                                                  "never emailed", "always emailed"};
  constexpr std::array<std::string_view, 4> folder{"not in the folder unless chosen",
                                                   "in the folder by default", "never in the folder",
                                                   "always in the folder"};
  return std::string(email[static_cast<std::size_t>(type.email)]) + ", " +
         std::string(folder[static_cast<std::size_t>(type.folder)]);
}

std::string required_words(Type const& type) {
  std::string out;
  for (Required const& required : type.required)
    out += (out.empty() ? "; requires " : ", ") + write_required(required);
  return out;
}

std::string folding_words(Type const& type) {
  std::string out;
  if (type.fold.count() == 0) out = "; never folded into one mail";
  if (type.fold.count() > 0 && type.fold != Type().fold)
    out = "; folded into one mail when due within " + write_duration(type.fold);
  return out + (type.burst ? "; " + write_burst(*type.burst) : "");
}

// Its first line stands for it.
std::string footer_words(Type const& type) {
  if (type.footer.empty()) return {};
  auto end = type.footer.find('\n');
  return "; emails end with \"" + type.footer.substr(0, end) + (end == std::string::npos ? "\"" : "\" …");
}

std::string set_words(RuleSet const& set) {
  std::vector<std::string> parts;
  if (set.email) parts.push_back(*set.email ? "emailed" : "not emailed");
  if (set.folder) parts.push_back(*set.folder ? "in the folder" : "not in the folder");
  if (set.send) parts.push_back("emailed from " + write_window(*set.send));
  if (set.email_if_unread_after)
    parts.push_back("emailed if unread after " + write_duration(*set.email_if_unread_after));
  std::string out;
  for (std::string const& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

}  // namespace

std::string show_type(Policy const& policy, TypeIndex index) {
  Type const& type = policy.type(index);
  std::string out = type.name + " (" + type.label + "): " + setting_words(type);
  if (!type.drop) out += "; cannot be switched off";
  if (type.urgent) out += "; urgent";
  if (!type.urgent) out += folding_words(type);
  if (type.email_if_unread_after)
    out += "; emailed if unread after " + write_duration(*type.email_if_unread_after);
  out += required_words(type);
  if (type.unsubscribe) out += "; offers to unsubscribe";
  if (type.commercial) out += "; commercial";
  out += footer_words(type);
  return out + "; kept " + write_keep(type.keep) + ".";
}

std::string show_rule(Policy const& policy, RuleIndex index) {
  Rule const& rule = policy.rule(index);
  std::string out =
      rule.name + " (" + std::string(to_string(rule.kind)) + ", line " + std::to_string(rule.line) + "): ";
  std::string conditions = write_conditions(rule.when);
  out += conditions == "always" ? "always" : "if " + conditions;
  if (rule.unless) out += ", unless " + write_conditions(*rule.unless);
  out += ": " + set_words(rule.set);
  if (rule.even_locked) out += ", even where the type is locked";
  if (rule.expires) out += "; until " + write_rfc3339(*rule.expires);
  if (!rule.enabled) out += "; switched off";
  return out + "." + (rule.why.empty() ? "" : " Why: " + rule.why);
}

std::string show_classifier(Policy const& policy, ClassifierIndex index) {
  Classifier const& block = policy.classifier(index);
  std::string conditions = write_conditions(block.when);
  std::string out = block.name + " (line " + std::to_string(block.line) +
                    "): " + (conditions == "always" ? "always" : "if " + conditions);
  if (block.unless) out += ", unless " + write_conditions(*block.unless);
  out += ": " + policy.type(block.type).name;
  if (block.expires) out += "; until " + write_rfc3339(*block.expires);
  if (!block.enabled) out += "; switched off";
  return out + ".";
}

std::string show(Policy const& policy) {
  std::string out;
  for (std::size_t tab = 0; tab < tab_count; ++tab) {
    out += std::string(folder_name(static_cast<Tab>(tab))) + "\n";
    for (std::size_t i = 0; i < policy.types().size(); ++i)
      if (policy.types()[i].tab == static_cast<Tab>(tab))
        out += "  " + show_type(policy, TypeIndex(static_cast<std::uint16_t>(i))) + "\n";
  }
  if (!policy.aliases().empty()) out += "Old names\n";
  for (Alias const& alias : policy.aliases())
    out += "  " + alias.name + " is " + policy.type(alias.type).name +
           " now; messages and choices under the old name count.\n";
  if (!policy.classifiers().empty()) out += "The platform's mail that comes without a type, first match\n";
  for (std::size_t i = 1; i <= policy.classifiers().size(); ++i)
    out += "  " + std::to_string(i) + ". " +
           show_classifier(policy, ClassifierIndex(static_cast<std::uint16_t>(i))) + "\n";
  out += "Rules, top to bottom\n";
  for (std::size_t i = 1; i <= policy.rules().size(); ++i)
    out +=
        "  " + std::to_string(i) + ". " + show_rule(policy, RuleIndex(static_cast<std::uint16_t>(i))) + "\n";
  out += "Emails of a type that wait for something and are due within " + write_duration(Type().fold) +
         " of each other go to a user as one, where the type does not say otherwise.\n";
  out += "Malformed and unknown messages are reported to " + policy.report_to() + ".\n";
  return out + "Decision records are kept " + write_duration(policy.keep_decisions()) + ".\n";
}

}  // namespace mc::rules
