#include "center/preferences.h"

#include <algorithm>

#include "center/effect.h"
#include "center/facts.h"
#include "center/settings.h"
#include "core/text.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

constexpr std::size_t max_scope = 200, max_value = 65'536;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

// --- Reading

// All that is asked about one user, gathered once.
class Asked {
 public:
  Asked(store::Snapshot const& s, Context const& context, rules::Policy const& policy, store::User user)
      : user_(std::move(user)),
        choices_(make_choices(store::list_choices(s, user_.id))),
        person_(make_person(user_, context.settings)),
        effect_{policy, person_, choices_, context.zones, context.clock.now()},
        setting_{context, s, user_, effect_.now} {}
  Asked(Asked const&) = delete;
  Asked& operator=(Asked const&) = delete;

  rules::Choices const& choices() const { return choices_; }
  rules::Policy const& policy() const { return effect_.policy; }

  PreferenceLine tab(rules::Tab tab) const {
    PreferenceLine line = chosen({tab, {}}, choices_.find_tab(tab), true, true);
    line.effect = effect_of_tab(effect_, tab);
    return line;
  }

  PreferenceLine type(rules::TypeIndex index) const {
    std::string const& name = policy().type(index).name;
    TypeEffect effect = effect_of_type(effect_, index);
    PreferenceLine line = chosen({std::nullopt, name}, find_choice(policy(), choices_, index).choice,
                                 effect.email, effect.folder);
    line.effect = std::move(effect.text);
    return line;
  }

  PreferenceLine gone_type(std::string const& name, rules::Choice const& choice) const {
    PreferenceLine line = chosen({std::nullopt, name}, &choice, true, true);
    line.effect = effect_of_gone_type(choice);
    return line;
  }

  PreferenceLine setting(SettingRow const& row) const {
    return {std::string(row.name), row.read(setting_), {}, {}, row.describe(setting_)};
  }

 private:
  // A choice that says only one field (an unsubscription) is shown as what it amounts to with what holds for
  // the other.
  static PreferenceLine chosen(rules::Scope const& scope, rules::Choice const* choice, bool email,
                               bool folder) {
    PreferenceLine line;
    line.scope = rules::write_scope(scope);
    line.choice = "default";
    if (!choice) return line;
    rules::Choice whole = *choice;
    whole.email = whole.email.value_or(email);
    whole.folder = whole.folder.value_or(folder);
    line.choice = to_string(rules::wish_of(whole).value());
    line.at = choice->at;
    line.source = to_string(choice->source);
    return line;
  }

  store::User const user_;
  rules::Choices const choices_;
  rules::Person const person_;
  EffectAsked const effect_;
  SettingAsked const setting_;
};

// --- "Did you mean?"

std::string settings_in_words() {
  std::string text = "type:<name>, tab:<tab>";
  for (SettingRow const& row : settings_table())
    text += (&row == &settings_table().back() ? " or " : ", ") + std::string(row.name);
  return text;
}

// What someone may have meant who left out "type:" or "tab:", or mistyped a name.
std::string guess_scope(rules::Policy const& policy, std::string_view scope) {
  std::vector<std::string> full;
  for (SettingRow const& row : settings_table()) full.emplace_back(row.name);
  for (std::string_view tab : rules::words_of<rules::Tab>()) full.push_back("tab:" + std::string(tab));
  for (rules::Type const& type : policy.types().subspan(1)) full.push_back("type:" + type.name);
  std::vector<std::string_view> names;
  for (std::string_view name : full) names.push_back(name);
  for (std::string_view name : full)
    if (auto colon = name.find(':'); colon != std::string_view::npos) names.push_back(name.substr(colon + 1));
  auto near = closest(scope, names);
  if (!near) return {};
  auto whole = std::find_if(full.begin(), full.end(), [&](std::string const& f) {
    return f == *near ||
           (f.size() > near->size() && f.ends_with(*near) && f[f.size() - near->size() - 1] == ':');
  });
  return *whole;
}

Error no_such_scope(rules::Policy const& policy, std::string_view scope) {
  std::string guess = guess_scope(policy, scope);
  return fail(Errc::not_found,
              "There is no setting \"" + printable(scope, 64) + "\"" +
                  (guess.empty() ? ": use " + settings_in_words() : "; did you mean " + guess + "?"));
}

bool is_choice_scope(std::string_view scope) {
  return scope.starts_with("type:") || scope.starts_with("tab:");
}

// --- Writing

Error no_such_choice(std::string_view value) {
  return fail(Errc::syntax,
              "Unknown choice \"" + printable(value, 40) + "\": use both, email, center, none or default");
}

// With what he chose for old names of the type, which would count again. false: there is no choice.
bool remove_choice(store::Transaction& tx, rules::Policy const& policy, UserId user, std::string_view scope) {
  bool removed = store::delete_choice(tx, user, scope);
  if (auto parsed = rules::parse_scope(scope))
    for (rules::Scope const& each : rules::scopes_with_old_names(policy, *parsed))
      removed = store::delete_choice(tx, user, rules::write_scope(each)) || removed;
  return removed;
}

Result<void> set_choice(store::Transaction& tx, rules::Policy const& policy, UserId user,
                        std::string_view scope, std::string_view value, rules::ChoiceSource source,
                        Time now) {
  auto wish = rules::parse_wish(value);
  // Also where the type is gone: what is stored can always be removed.
  if (wish == rules::Wish::default_ && remove_choice(tx, policy, user, scope)) return {};
  auto parsed = rules::get_scope(policy, scope);
  if (!parsed) return parsed.error();
  if (!wish) return no_such_choice(value);
  if (auto allowed = rules::check_choice(policy, *parsed, *wish); !allowed) return allowed.error();
  rules::Choice made = rules::make_choice(*wish, now, source);
  if (*wish != rules::Wish::default_)
    store::put_choice(
        tx, user,
        {rules::write_scope(*parsed), made.email, made.folder, now, static_cast<unsigned char>(source)});
  return {};
}

Result<void> check_texts(std::string_view scope, std::string_view value) {
  if (has_control(scope) || has_control(value))
    return fail(Errc::syntax, "A setting is one line of text without control characters");
  if (scope.size() > max_scope || value.size() > max_value)
    return fail(Errc::syntax, "This is too long for a setting");
  return {};
}

}  // namespace

std::vector<PreferenceLine> list_preferences(store::Snapshot const& s, Context const& context,
                                             rules::Policy const& policy, UserId id) {
  std::vector<PreferenceLine> lines;
  auto user = store::find_user(s, id);
  if (!user) return lines;
  Asked const asked(s, context, policy, std::move(*user));
  for (std::size_t i = 0; i < rules::tab_count; ++i) lines.push_back(asked.tab(static_cast<rules::Tab>(i)));
  for (std::size_t i = 1; i < policy.types().size(); ++i)
    lines.push_back(asked.type(rules::TypeIndex(static_cast<std::uint16_t>(i))));
  for (auto const& [scope, choice] : asked.choices().list())
    if (!scope.tab && !policy.find_type(scope.type)) lines.push_back(asked.gone_type(scope.type, choice));
  for (SettingRow const& row : settings_table()) lines.push_back(asked.setting(row));
  return lines;
}

Result<PreferenceLine> get_preference(store::Snapshot const& s, Context const& context,
                                      rules::Policy const& policy, UserId id, std::string_view scope) {
  if (auto good = check_texts(scope, {}); !good) return good.error();
  auto user = store::find_user(s, id);
  if (!user) return fail(Errc::not_found, "No such user");
  Asked const asked(s, context, policy, std::move(*user));
  if (SettingRow const* row = find_setting(scope)) return asked.setting(*row);
  if (!is_choice_scope(scope)) return no_such_scope(policy, scope);
  auto loose = rules::parse_scope(scope);
  if (loose && !loose->tab && !policy.find_type(loose->type))
    if (rules::Choice const* choice = asked.choices().find_type(loose->type))
      return asked.gone_type(loose->type, *choice);
  auto parsed = rules::get_scope(policy, scope);
  if (!parsed) return parsed.error();
  return parsed->tab ? asked.tab(*parsed->tab) : asked.type(policy.find_type(parsed->type));
}

Result<void> set_preference(store::Transaction& tx, Context const& context, PolicyInForce const& policy,
                            UserId id, std::string_view scope, std::string_view value,
                            rules::ChoiceSource source, Time now) {
  if (auto good = check_texts(scope, value); !good) return good.error();
  auto user = store::find_user(tx, id);
  if (!user) return fail(Errc::not_found, "No such user");
  if (is_choice_scope(scope)) return set_choice(tx, *policy.policy, id, scope, value, source, now);
  SettingRow const* row = find_setting(scope);
  if (!row) return no_such_scope(*policy.policy, scope);
  SettingChange change{context, tx, policy, std::move(*user), now};
  return row->write(change, value);
}

}  // namespace mc::center
