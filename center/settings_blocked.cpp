// Whose mail a user does not take.
#include <algorithm>
#include <vector>

#include "center/counterparts.h"
#include "center/preferences.h"
#include "center/settings.h"
#include "core/text.h"
#include "store/conversations.h"

namespace mc::center {

namespace {

constexpr std::size_t shown_at_once = 20;  // in words
constexpr std::size_t most_conversations = 100;
constexpr std::size_t most_names = 20;  // in one list: each is looked for among all his conversations

// The address by which the user knows him: that of their ordinary conversation first. Empty: of none.
std::string known_address(SettingAsked const& asked, UserId other) {
  auto all = store::list_conversations(asked.s, asked.user.id, other, most_conversations);
  auto best = std::min_element(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.context.size() < b.context.size(); });
  if (best == all.end()) return {};
  return counterpart_address(asked.context.settings, *best, asked.user.id, {}).spec();
}

// A word of the list; with "+" or "-" before it, a change.
struct Word {
  char sign = 0;
  std::string_view text;
};

// list = word *( ("," / ";") word )     not within double quotes; empty words do not count
std::vector<Word> parse_list(std::string_view value) {
  std::vector<Word> out;
  std::size_t begin = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    bool const end = i == value.size();
    if (!end && value[i] == '"') quoted = !quoted;
    if (!end && (quoted || (value[i] != ',' && value[i] != ';'))) continue;
    std::string_view text = trim(value.substr(begin, i - begin));
    begin = i + 1;
    if (text.empty()) continue;
    char const sign = text[0] == '+' || text[0] == '-' ? text[0] : '\0';
    out.push_back({sign, trim(sign ? text.substr(1) : text)});
  }
  return out;
}

bool is_blocked_by(SettingChange const& change, UserId other) { return store::is_blocked(change.tx, change.user.id, other); }

Result<void> change_one(SettingChange& change, Word const& word) {
  Settings const& settings = change.context.settings;
  auto const other = find_counterpart(change.tx, settings, change.user.id, word.text);
  if (!other) return other.error();
  if (is_blocked_by(change, *other) == (word.sign != '-')) return {};
  if (word.sign == '-') return unblock_counterpart(change.tx, settings, change.user.id, word.text);
  return block_counterpart(change.tx, settings, change.user.id, word.text, change.now);
}

// Those and no others.
Result<void> replace_all(SettingChange& change, std::vector<Word> const& words) {
  std::vector<UserId> wanted;
  for (Word const& word : words) {
    auto const other = find_counterpart(change.tx, change.context.settings, change.user.id, word.text);
    if (!other) return other.error();
    wanted.push_back(*other);
  }
  std::sort(wanted.begin(), wanted.end());
  for (auto const& [other, since] : store::list_blocked(change.tx, change.user.id))
    if (!std::binary_search(wanted.begin(), wanted.end(), other)) store::unblock(change.tx, change.user.id, other);
  for (Word const& word : words)
    if (auto done = change_one(change, word); !done) return done.error();
  return {};
}

}  // namespace

std::string read_blocked(SettingAsked const& asked) {
  std::string out;
  for (auto const& [other, since] : store::list_blocked(asked.s, asked.user.id))
    if (std::string const address = known_address(asked, other); !address.empty()) out += (out.empty() ? "" : ", ") + address;
  return out.empty() ? "none" : out;
}

std::string describe_blocked(SettingAsked const& asked) {
  auto const blocked = store::list_blocked(asked.s, asked.user.id);
  if (blocked.empty()) return "mail of every user is taken";
  std::string out = "no mail is taken from";
  for (std::size_t i = 0; i < std::min(blocked.size(), shown_at_once); ++i)
    if (auto const other = store::find_user(asked.s, blocked[i].first)) out += (i ? ", " : " ") + shown_name(*other);
  if (blocked.size() > shown_at_once) out += " and " + std::to_string(blocked.size() - shown_at_once) + " more";
  return out;
}

// blocked = "none" / list of names or addresses / list of changes
Result<void> write_blocked(SettingChange& change, std::string_view value) {
  if (iequals(value, "none") || iequals(value, "off")) return replace_all(change, {});
  std::vector<Word> const words = parse_list(value);
  if (words.empty()) return fail(Errc::syntax, "Name whom to block, or say none");
  if (words.size() > store::max_blocked)
    return fail(Errc::limit, "At most " + std::to_string(store::max_blocked) + " can be blocked");
  auto const is_name = [](Word const& word) { return word.text.find('@') == std::string_view::npos; };
  if (static_cast<std::size_t>(std::count_if(words.begin(), words.end(), is_name)) > most_names)
    return fail(Errc::limit, "At most " + std::to_string(most_names) + " by name at once: use their addresses");
  auto const is_change = [](Word const& word) { return word.sign != 0; };
  if (std::none_of(words.begin(), words.end(), is_change)) return replace_all(change, words);
  for (Word const& word : words)
    if (auto done = change_one(change, word); !done) return done.error();
  return {};
}

}  // namespace mc::center
