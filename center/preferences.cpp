#include "center/preferences.h"

#include "center/facts.h"
#include "core/text.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

PreferenceLine make_line(rules::Scope const& scope, rules::Choice const* choice) {
  PreferenceLine line;
  line.scope = rules::write_scope(scope);
  line.choice = "default";
  if (!choice) return line;
  auto wish = rules::wish_of(*choice);
  line.choice = wish ? rules::to_string(*wish) : "partly";
  line.at = choice->at;
  line.source = rules::to_string(choice->source);
  return line;
}

std::string describe(rules::Setting setting, std::string_view what) {
  switch (setting) {
    case rules::Setting::always: return std::string(what) + " always";
    case rules::Setting::never: return std::string(what) + " never";
    case rules::Setting::on: return std::string(what) + " on";
    case rules::Setting::off: break;
  }
  return std::string(what) + " off";
}

std::string describe(rules::Type const& type) {
  std::string text = describe(type.email, "email") + ", " + describe(type.folder, "folder");
  if (rules::is_locked(type.email) || rules::is_locked(type.folder)) text += " (locked by the policy where it says always or never)";
  if (!type.drop) text += "; cannot be switched off altogether";
  return text;
}

}  // namespace

std::vector<PreferenceLine> list_preferences(store::Snapshot const& s, Context const&, rules::Policy const& policy,
                                             UserId user) {
  rules::Choices choices = make_choices(store::list_choices(s, user));
  std::vector<PreferenceLine> lines;
  for (std::size_t i = 0; i < rules::tab_count; ++i) {
    auto tab = static_cast<rules::Tab>(i);
    PreferenceLine line = make_line({tab, {}}, choices.find_tab(tab));
    line.effect = "for every type of " + std::string(rules::folder_name(tab)) + " without a choice of its own";
    lines.push_back(std::move(line));
  }
  for (rules::Type const& type : policy.types().subspan(1)) {
    PreferenceLine line = make_line({std::nullopt, type.name}, choices.find_type(type.name));
    line.effect = describe(type);
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<void> set_preference(store::Transaction& tx, Context const&, PolicyInForce const& in_force, UserId user,
                            std::string_view scope, std::string_view choice, rules::ChoiceSource source, Time now) {
  rules::Policy const& policy = *in_force.policy;
  auto parsed = rules::get_scope(policy, scope);
  if (!parsed) return parsed.error();
  auto wish = rules::parse_wish(choice);
  if (!wish)
    return fail(Errc::syntax, "Unknown choice '" + printable(choice, 40) + "': use both, email, center, none or default");
  if (auto allowed = rules::check_choice(policy, *parsed, *wish); !allowed) return allowed.error();
  std::string key = rules::write_scope(*parsed);
  rules::Choice made = rules::make_choice(*wish, now, source);
  if (*wish == rules::Wish::default_)
    store::delete_choice(tx, user, key);
  else
    store::put_choice(tx, user, {key, made.email, made.folder, now, static_cast<unsigned char>(source)});
  return {};
}

}  // namespace mc::center
