#include "center/metadata.h"

#include <algorithm>
#include <array>

#include "center/effect.h"
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
constexpr std::size_t max_value = 65'536;  // octets; a list of all who are blocked is the longest

// Preferences that are not choices. `none`: the word for "as if never set"; empty: it cannot be taken back.
struct SettingEntry {
  std::string_view scope;
  std::string_view none;
  bool readable;
};
constexpr std::array settings{
    SettingEntry{"zone", "default", true}, SettingEntry{"quiet", "off", true}, SettingEntry{"digest", "off", true},
    SettingEntry{"pause", "off", true},    SettingEntry{"address", "", true},  SettingEntry{"code", "", false},
    SettingEntry{"blocked", "none", true},
};

SettingEntry const* find_entry(std::string_view scope) {
  auto row = std::find_if(settings.begin(), settings.end(), [&](SettingEntry const& e) { return e.scope == scope; });
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
  if (find_entry(entry)) return std::string(entry);
  return std::nullopt;
}

std::string entry_of(std::string_view scope) {
  std::string entry(scope);
  std::replace(entry.begin(), entry.end(), ':', '/');
  return entry;
}

// ---- reading

// Reads preferences as annotations; one list of all of them serves a whole command.
class Reader {
 public:
  Reader(store::Snapshot const& s, Context const& context, rules::Policy const& policy, store::User user)
      : site_zone_(context.settings.time_zone),
        user_(std::move(user)),
        choices_(make_choices(store::list_choices(s, user_.id))),
        person_(make_reachable(user_, context.settings)),
        effect_{policy, person_, choices_, context.zones, context.clock.now()},
        lines_(list_preferences(s, context, policy, user_.id)) {}
  Reader(Reader const&) = delete;
  Reader& operator=(Reader const&) = delete;

  void add_all(std::vector<ServedEntry>& out) const {
    for (PreferenceLine const& line : lines_) {
      SettingEntry const* setting = find_entry(line.scope);
      if (setting && !setting->readable) continue;
      out.push_back({std::string(private_prefix) + '/' + entry_of(line.scope), value_of(line)});
    }
  }

  void add_tab(rules::Tab tab, std::vector<ServedEntry>& out) const {
    for (PreferenceLine const& line : lines_)
      if (line.scope == tab_scope(tab)) out.push_back({std::string(private_prefix) + "/choice", value_of(line)});
  }

 private:
  // Whether his address can be written to now is another matter than what he is to get.
  static rules::Person make_reachable(store::User const& user, Settings const& settings) {
    rules::Person person = make_person(user, settings);
    person.address = rules::AddressState::verified;
    return person;
  }

  std::string value_of(PreferenceLine const& line) const {
    if (line.choice != "default") return line.choice;
    if (line.scope == "zone") return site_zone_;
    auto scope = rules::parse_scope(line.scope);
    auto type = scope && !scope->tab ? effect_.policy.find_type(scope->type) : rules::TypeIndex();
    return type ? what_holds(type) : line.choice;
  }

  std::string what_holds(rules::TypeIndex type) const {
    TypeEffect effect = effect_of_type(effect_, type);
    rules::Choice choice;
    choice.email = effect.email;
    choice.folder = effect.folder;
    return std::string(to_string(rules::wish_of(choice).value()));
  }

  std::string const& site_zone_;
  store::User const user_;
  rules::Choices const choices_;
  rules::Person const person_;
  EffectAsked const effect_;
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
  for (SettingEntry const& row : settings) known.push_back(row.scope);
  return no_such_entry(entry, known);
}

Result<std::string> find_mailbox_scope(store::MailboxKind kind, std::string_view entry) {
  if (entry != "choice") return no_such_entry(entry, {"choice"});
  if (auto tab = tab_of(kind)) return tab_scope(*tab);
  return fail(Errc::unsupported, "Only INBOX, Account Alerts, Updates and Tickets have a choice");
}

// What set_preference() takes for `value`. Fails: unsupported.
Result<std::string> word_of(std::string_view scope, std::optional<std::string_view> value) {
  SettingEntry const* setting = find_entry(scope);
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

bool stands_alone(Annotated const& what, std::string_view name) {
  return what.is_server() && name == std::string(private_prefix) + "/code";
}

std::vector<ServedEntry> list_served(store::Snapshot const& s, Context const& context, PolicyInForce const& policy,
                                     Annotated const& what) {
  std::vector<ServedEntry> out;
  auto tab = tab_of(what.kind);
  auto user = store::find_user(s, what.user);
  if (!user || (!what.is_server() && !tab)) return out;
  Reader const reader(s, context, *policy.policy, std::move(*user));
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
