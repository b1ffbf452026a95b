#include "center/metadata.h"

#include <algorithm>
#include <array>

#include "center/facts.h"
#include "center/folders.h"
#include "center/preferences.h"
#include "core/text.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

constexpr std::string_view private_prefix = "/private/vendor/message-center";
constexpr std::string_view shared_prefix = "/shared/vendor/message-center";
constexpr std::string_view site_prefix = "/shared";
constexpr std::size_t max_value = 1000;  // octets; addresses are the longest

// Preferences that are not choices. `none`: the word for "as if never set"; empty: it cannot be taken back.
struct SettingRow {
  std::string_view scope;
  std::string_view none;
  bool readable;
};
constexpr std::array settings{
    SettingRow{"zone", "default", true}, SettingRow{"quiet", "off", true},   SettingRow{"digest", "off", true},
    SettingRow{"pause", "off", true},    SettingRow{"address", "", true}, SettingRow{"code", "", false},
};

SettingRow const* find_setting(std::string_view scope) {
  auto row = std::find_if(settings.begin(), settings.end(), [&](SettingRow const& r) { return r.scope == scope; });
  return row == settings.end() ? nullptr : &*row;
}

bool is_below(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '/');
}

std::optional<rules::Tab> tab_of(store::MailboxKind kind) {
  for (std::size_t i = 0; i < rules::tab_count; ++i)
    if (auto tab = static_cast<rules::Tab>(i); folder_of(tab) == kind) return tab;
  return std::nullopt;
}

std::string tab_scope(rules::Tab tab) { return rules::write_scope({tab, {}}); }

// "type/payment.sent" is the scope "type:payment.sent"; absent: not the name of a preference.
std::optional<std::string> scope_of(std::string_view entry) {
  for (std::string_view kind : {"type", "tab"})
    if (entry.starts_with(kind) && entry.substr(kind.size()).starts_with('/'))
      return std::string(kind) + ':' + std::string(entry.substr(kind.size() + 1));
  if (find_setting(entry)) return std::string(entry);
  return std::nullopt;
}

std::string entry_of(std::string_view scope) {
  std::string entry(scope);
  std::replace(entry.begin(), entry.end(), ':', '/');
  return entry;
}

// ---- what holds

// One field of a type for this user, rules about single messages apart. `chosen`: he said so himself.
struct Holding {
  bool value;
  bool chosen;
};

Holding holding(rules::Type const& type, rules::Choices const& choices, rules::Field field) {
  rules::Setting setting = type.get(field);
  if (rules::is_locked(setting)) return {rules::value_of(setting), false};
  for (rules::Choice const* choice : {choices.find_type(type.name), choices.find_tab(type.tab)})
    if (auto value = choice ? choice->get(field) : std::nullopt) return {*value, true};
  return {rules::value_of(setting), false};
}

// As rules/decide.cpp: what would reach him nowhere stays in the folder unless he wants just that, and may.
std::string_view effective(rules::Type const& type, rules::Choices const& choices) {
  Holding email = holding(type, choices, rules::Field::email), folder = holding(type, choices, rules::Field::folder);
  bool dropped = !email.value && !folder.value;
  if (dropped && !(email.chosen && folder.chosen && type.drop)) folder.value = true;
  rules::Choice both;
  both.email = email.value;
  both.folder = folder.value;
  return rules::to_string(*rules::wish_of(both));
}

// Reads preferences as annotations; one list of all of them serves a whole command.
class Reader {
 public:
  Reader(store::Snapshot const& s, Context const& context, rules::Policy const& policy, UserId user)
      : context_(context),
        policy_(policy),
        choices_(make_choices(store::list_choices(s, user))),
        lines_(list_preferences(s, context, policy, user)) {}

  void add_all(std::vector<ServedEntry>& out) const {
    for (PreferenceLine const& line : lines_) {
      SettingRow const* setting = find_setting(line.scope);
      if (setting && !setting->readable) continue;
      out.push_back({std::string(private_prefix) + '/' + entry_of(line.scope), value_of(line)});
    }
  }

  void add_tab(rules::Tab tab, std::vector<ServedEntry>& out) const {
    for (PreferenceLine const& line : lines_)
      if (line.scope == tab_scope(tab)) out.push_back({std::string(private_prefix) + "/choice", value_of(line)});
  }

 private:
  std::string value_of(PreferenceLine const& line) const {
    if (line.scope == "zone" && line.choice == "default") return context_.settings.time_zone;
    auto scope = rules::parse_scope(line.scope);
    if (!scope || scope->tab) return line.choice;
    auto type = policy_.find_type(scope->type);
    return type ? std::string(effective(policy_.type(type), choices_)) : line.choice;
  }

  Context const& context_;
  rules::Policy const& policy_;
  rules::Choices const choices_;
  std::vector<PreferenceLine> const lines_;
};

void add_site(Settings const& site, std::vector<ServedEntry>& out) {
  out.push_back({"/shared/admin", "mailto:postmaster@" + site.domain});
  out.push_back({"/shared/comment", "Message Center of " + site.domain + " (" + site.hostname + ")"});
}

// ---- setting

Error no_such_entry(std::string_view entry, std::vector<std::string_view> const& known) {
  auto near = closest(entry, known);
  return fail(Errc::unsupported, "There is no entry " + printable(private_prefix, 64) + '/' + printable(entry, 64) +
                                     (near ? "; did you mean " + std::string(*near) + "?" : std::string()));
}

Result<std::string> find_server_scope(std::string_view entry) {
  if (auto scope = scope_of(entry)) return *scope;
  std::vector<std::string_view> known{"type/", "tab/"};
  for (SettingRow const& row : settings) known.push_back(row.scope);
  return no_such_entry(entry, known);
}

Result<std::string> find_mailbox_scope(store::MailboxKind kind, std::string_view entry) {
  if (entry != "choice") return no_such_entry(entry, {"choice"});
  if (auto tab = tab_of(kind)) return tab_scope(*tab);
  return fail(Errc::unsupported, "Only INBOX, Account Alerts, Updates and Tickets have a choice");
}

// What set_preference() takes for `value`. Fails: unsupported.
Result<std::string> word_of(std::string_view scope, std::optional<std::string_view> value) {
  SettingRow const* setting = find_setting(scope);
  std::string_view none = setting ? setting->none : "default";
  bool removed = !value || iequals(*value, "default");
  if (removed && none.empty()) return fail(Errc::unsupported, "This cannot be removed, only set anew");
  if (removed) return std::string(none);
  if (value->size() > max_value) return fail(Errc::unsupported, "The value is too long");
  return std::string(*value);
}

// Names and values are data here: what is wrong with them is neither a missing mailbox nor bad syntax of a command.
Error refusal(Error error) {
  if (error.code == Errc::not_found || error.code == Errc::syntax) error.code = Errc::unsupported;
  return error;
}

}  // namespace

bool is_served(Annotated const& what, std::string_view name) {
  if (is_below(name, private_prefix) || is_below(name, shared_prefix)) return true;
  return what.is_server() && is_below(name, site_prefix);
}

std::vector<ServedEntry> list_served(store::Snapshot const& s, Context const& context, PolicyInForce const& policy,
                                     Annotated const& what) {
  std::vector<ServedEntry> out;
  auto tab = tab_of(what.kind);
  if (!what.is_server() && !tab) return out;
  Reader reader(s, context, *policy.policy, what.user);
  if (what.is_server()) {
    reader.add_all(out);
    add_site(context.settings, out);
  } else {
    reader.add_tab(*tab, out);
  }
  return out;
}

Result<void> set_served(store::Transaction& tx, Context const& context, PolicyInForce const& policy,
                        Annotated const& what, std::string_view name, std::optional<std::string_view> value,
                        Time now) {
  if (what.is_server() && is_below(name, site_prefix))
    return fail(Errc::forbidden, "What the site says can only be read");
  if (!is_below(name, private_prefix))
    return fail(Errc::unsupported, "Preferences are private: " + std::string(private_prefix));
  std::string_view entry = name.substr(std::min(name.size(), private_prefix.size() + 1));
  auto scope = what.is_server() ? find_server_scope(entry) : find_mailbox_scope(what.kind, entry);
  if (!scope) return scope.error();
  auto word = word_of(*scope, value);
  if (!word) return word.error();
  auto set = set_preference(tx, context, policy, what.user, *scope, *word, rules::ChoiceSource::client, now);
  if (!set) return refusal(set.error());
  return {};
}

}  // namespace mc::center
