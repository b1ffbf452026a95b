#include "rules/facts.h"

#include <algorithm>

namespace mc::rules {

std::optional<Scope> parse_scope(std::string_view text) {
  constexpr std::string_view type = "type:", tab = "tab:";
  if (text.starts_with(type) && text.size() > type.size())
    return Scope{std::nullopt, std::string(text.substr(type.size()))};
  if (!text.starts_with(tab)) return std::nullopt;
  auto found = parse_word<Tab>(text.substr(tab.size()));
  if (!found) return std::nullopt;
  return Scope{found, {}};
}

std::string write_scope(Scope const& scope) {
  if (scope.tab) return "tab:" + std::string(to_string(*scope.tab));
  return "type:" + scope.type;
}

namespace {

constexpr auto name_before = [](std::pair<std::string, Choice> const& entry, std::string_view name) {
  return entry.first < name;
};

}  // namespace

void Choices::set(Scope const& scope, Choice const& choice) {
  bool keep = choice.email || choice.folder;
  if (scope.tab) {
    tabs_[static_cast<std::size_t>(*scope.tab)] = keep ? std::optional(choice) : std::nullopt;
    return;
  }
  auto at = std::lower_bound(types_.begin(), types_.end(), scope.type, name_before);
  bool present = at != types_.end() && at->first == scope.type;
  if (present && keep)
    at->second = choice;
  else if (present)
    types_.erase(at);
  else if (keep)
    types_.emplace(at, scope.type, choice);
}

Choice const* Choices::find_type(std::string_view name) const {
  auto at = std::lower_bound(types_.begin(), types_.end(), name, name_before);
  return at != types_.end() && at->first == name ? &at->second : nullptr;
}

Choice const* Choices::find_tab(Tab tab) const {
  auto const& choice = tabs_[static_cast<std::size_t>(tab)];
  return choice ? &*choice : nullptr;
}

bool Choices::empty() const {
  return types_.empty() &&
         std::none_of(tabs_.begin(), tabs_.end(), [](auto const& c) { return c.has_value(); });
}

std::vector<std::pair<Scope, Choice>> Choices::list() const {
  std::vector<std::pair<Scope, Choice>> all;
  for (std::size_t i = 0; i < tab_count; ++i)
    if (tabs_[i]) all.emplace_back(Scope{static_cast<Tab>(i), {}}, *tabs_[i]);
  for (auto const& [name, choice] : types_) all.emplace_back(Scope{std::nullopt, name}, choice);
  return all;
}

}  // namespace mc::rules
