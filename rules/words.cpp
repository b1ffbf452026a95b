#include "rules/words.h"

#include <algorithm>

namespace mc::rules {

namespace {

template <class T>
constexpr std::uint8_t first_value = 0;
template <>
constexpr std::uint8_t first_value<Layer> = 1;

// The words of an enumeration by value, from first_value on.
template <class T>
constexpr std::array<std::string_view, 0> table{};

template <>
constexpr std::array<std::string_view, 4> table<Tab>{"alerts", "updates", "tickets", "inbox"};
template <>
constexpr std::array<std::string_view, 2> table<Field>{"email", "folder"};
template <>
constexpr std::array<std::string_view, 4> table<Setting>{"off", "on", "never", "always"};
template <>
constexpr std::array<std::string_view, 7> table<Layer>{
    "safety", "type-lock", "override-rule", "type-choice", "tab-choice", "default-rule", "type-default"};
template <>
constexpr std::array<std::string_view, 15> table<Reason>{"address-suppressed",
                                                         "address-unverified",
                                                         "address-is-ours",
                                                         "address-missing",
                                                         "nothing-left",
                                                         "locked-always",
                                                         "locked-never",
                                                         "unclassified-locked",
                                                         "rule",
                                                         "choice",
                                                         "choice-ignored",
                                                         "type-on",
                                                         "type-off",
                                                         "unclassified-default",
                                                         "choice-renamed"};
template <>
constexpr std::array<std::string_view, 5> table<ChoiceSource>{"web", "unsubscribe-link", "admin", "import",
                                                              "client"};
template <>
constexpr std::array<std::string_view, 5> table<Submitter>{"platform", "user", "agent", "outside", "system"};
template <>
constexpr std::array<std::string_view, 5> table<AddressState>{"verified", "unverified", "suppressed", "ours",
                                                              "missing"};

template <class T>
std::string_view word_of(T value) {
  std::size_t index = static_cast<std::size_t>(value) - first_value<T>;
  return index < table<T>.size() ? table<T>[index] : std::string_view("unknown");
}

}  // namespace

std::string_view to_string(Tab v) {
  return word_of(v);
}
std::string_view to_string(Field v) {
  return word_of(v);
}
std::string_view to_string(Setting v) {
  return word_of(v);
}
std::string_view to_string(Layer v) {
  return word_of(v);
}
std::string_view to_string(Reason v) {
  return word_of(v);
}
std::string_view to_string(ChoiceSource v) {
  return word_of(v);
}
std::string_view to_string(Submitter v) {
  return word_of(v);
}
std::string_view to_string(AddressState v) {
  return word_of(v);
}

template <class T>
std::optional<T> parse_word(std::string_view word) {
  auto found = std::find(table<T>.begin(), table<T>.end(), word);
  if (found == table<T>.end()) return std::nullopt;
  return static_cast<T>(found - table<T>.begin() + first_value<T>);
}

template <class T>
std::vector<std::string_view> words_of() {
  return {table<T>.begin(), table<T>.end()};
}

template std::optional<Tab> parse_word(std::string_view);
template std::optional<Field> parse_word(std::string_view);
template std::optional<Setting> parse_word(std::string_view);
template std::optional<Layer> parse_word(std::string_view);
template std::optional<Reason> parse_word(std::string_view);
template std::optional<ChoiceSource> parse_word(std::string_view);
template std::optional<Submitter> parse_word(std::string_view);
template std::optional<AddressState> parse_word(std::string_view);
template std::vector<std::string_view> words_of<Tab>();
template std::vector<std::string_view> words_of<Field>();
template std::vector<std::string_view> words_of<Setting>();
template std::vector<std::string_view> words_of<Layer>();
template std::vector<std::string_view> words_of<Reason>();
template std::vector<std::string_view> words_of<ChoiceSource>();
template std::vector<std::string_view> words_of<Submitter>();
template std::vector<std::string_view> words_of<AddressState>();

std::string_view folder_name(Tab tab) {
  constexpr std::array<std::string_view, tab_count> names{"Account Alerts", "Updates", "Tickets", "INBOX"};
  return names[static_cast<std::size_t>(tab)];
}

}  // namespace mc::rules
