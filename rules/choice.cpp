#include "rules/choice.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::rules {

namespace {

struct WishRow {
  std::string_view word;
  std::string_view label;
  std::optional<bool> email, folder;
};

// In the order of the enumeration.
constexpr std::array<WishRow, 5> wishes{{
    {"both", "Both", true, true},
    {"email", "Email", true, false},
    {"center", "Message Center", false, true},
    {"none", "Not at all", false, false},
    {"default", "Default", std::nullopt, std::nullopt},
}};

std::string lock_words(Type const& type, Field field) {
  bool always = value_of(type.get(field));
  std::string_view what = field == Field::email
                              ? (always ? "is always emailed" : "is never emailed")
                              : (always ? "is always kept in the folder" : "is never in a folder");
  return '"' + type.label + "\" " + std::string(what);
}

bool against_lock(Type const& type, Field field, Choice const& choice) {
  auto wanted = choice.get(field);
  return wanted && is_locked(type.get(field)) && *wanted != value_of(type.get(field));
}

bool is_none(Choice const& choice) {
  return choice.email == false && choice.folder == false;
}

// Why this type refuses the choice; empty when it allows it.
std::string refusal(Type const& type, Choice const& choice) {
  bool email = against_lock(type, Field::email, choice), folder = against_lock(type, Field::folder, choice);
  if (email && folder && value_of(type.email) && value_of(type.folder))
    return '"' + type.label + "\" is always emailed and always kept in the folder; this cannot be changed";
  if (email) return lock_words(type, Field::email) + "; this cannot be changed";
  if (folder) return lock_words(type, Field::folder) + "; this cannot be changed";
  if (is_none(choice) && !type.drop)
    return '"' + type.label + "\" cannot be switched off altogether; choose email, the folder or both";
  return {};
}

std::string did_you_mean(std::string_view word, std::vector<std::string_view> const& names) {
  auto near = closest(word, names);
  return near ? "; did you mean " + std::string(*near) + "?" : std::string();
}

std::vector<std::string_view> type_names(Policy const& policy) {
  std::vector<std::string_view> names;
  for (Type const& type : policy.types().subspan(1)) names.push_back(type.name);
  return names;
}

Error no_such_type(Policy const& policy, std::string_view name) {
  return fail(Errc::not_found, "There is no message type \"" + printable(name, 64) + "\"" +
                                   did_you_mean(name, type_names(policy)));
}

Result<void> check_tab(Policy const& policy, Tab tab, Choice const& choice) {
  std::string reason;
  for (Type const& type : policy.types()) {
    if (type.tab != tab) continue;
    std::string words = refusal(type, choice);
    if (words.empty()) return {};
    if (reason.empty()) reason = std::move(words);
  }
  if (reason.empty()) return {};
  return fail(Errc::forbidden,
              "No message of the tab " + std::string(to_string(tab)) + " could follow this: " + reason);
}

}  // namespace

std::string_view to_string(Wish wish) {
  return wishes[static_cast<std::size_t>(wish)].word;
}
std::string_view label_of(Wish wish) {
  return wishes[static_cast<std::size_t>(wish)].label;
}

std::optional<Wish> parse_wish(std::string_view word) {
  auto row = std::find_if(wishes.begin(), wishes.end(), [&](WishRow const& w) { return w.word == word; });
  if (row == wishes.end()) return std::nullopt;
  return static_cast<Wish>(row - wishes.begin());
}

Choice make_choice(Wish wish, Time at, ChoiceSource source) {
  WishRow const& row = wishes[static_cast<std::size_t>(wish)];
  return {row.email, row.folder, at, source};
}

std::optional<Wish> wish_of(Choice const& choice) {
  auto same = [&](WishRow const& w) { return w.email == choice.email && w.folder == choice.folder; };
  auto row = std::find_if(wishes.begin(), wishes.end(), same);
  if (row == wishes.end()) return std::nullopt;
  return static_cast<Wish>(row - wishes.begin());
}

FoundChoice find_choice(Policy const& policy, Choices const& choices, TypeIndex type) {
  if (Choice const* choice = choices.find_type(policy.type(type).name)) return {choice, {}};
  for (AliasIndex old : policy.old_names(type))
    if (Choice const* choice = choices.find_type(policy.alias(old).name)) return {choice, old};
  return {};
}

std::vector<Scope> scopes_with_old_names(Policy const& policy, Scope const& scope) {
  std::vector<Scope> scopes{scope};
  if (scope.tab) return scopes;
  TypeIndex type = policy.find_type(scope.type);
  if (!type) return scopes;
  scopes[0].type = policy.type(type).name;
  for (AliasIndex old : policy.old_names(type)) scopes.push_back({std::nullopt, policy.alias(old).name});
  return scopes;
}

Result<void> check_choice(Policy const& policy, Scope const& scope, Choice const& choice) {
  if (!choice.email && !choice.folder) return {};
  if (scope.tab) return check_tab(policy, *scope.tab, choice);
  TypeIndex index = policy.find_type(scope.type);
  if (!index) return no_such_type(policy, scope.type);
  std::string reason = refusal(policy.type(index), choice);
  if (reason.empty()) return {};
  return fail(Errc::forbidden, std::move(reason));
}

Result<void> check_choice(Policy const& policy, Scope const& scope, Wish wish) {
  return check_choice(policy, scope, make_choice(wish, {}, ChoiceSource::web));
}

Result<Scope> get_scope(Policy const& policy, std::string_view text) {
  auto scope = parse_scope(text);
  if (!scope && text.starts_with("tab:"))
    return fail(Errc::not_found, "There is no tab \"" + printable(text.substr(4), 64) + "\"" +
                                     did_you_mean(text.substr(4), words_of<Tab>()));
  if (!scope) return fail(Errc::syntax, "A scope is type:<name> or tab:<tab>, as in type:payment.sent");
  if (scope->tab) return *scope;
  TypeIndex type = policy.find_type(scope->type);
  if (!type) return no_such_type(policy, scope->type);
  return Scope{std::nullopt, policy.type(type).name};
}

std::vector<Wish> allowed_wishes(Policy const& policy, TypeIndex type) {
  std::vector<Wish> allowed;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    auto wish = static_cast<Wish>(i);
    if (refusal(policy.type(type), make_choice(wish, {}, ChoiceSource::web)).empty()) allowed.push_back(wish);
  }
  return allowed;
}

}  // namespace mc::rules
