#include "center/unsubscribe.h"

#include <optional>

#include "center/facts.h"
#include "core/text.h"
#include "mail/headers.h"
#include "rules/choice.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

Error no_such_link() { return fail(Errc::not_found, "This link is not valid, or not any more."); }

struct Found {
  Unsubscription about;
  UserId user;
  std::optional<store::StoredChoice> choice;  // of the type
};

// Does the user's choice, or the default, keep this type's email off? Rules may do more; they have no say here.
bool is_off(rules::Policy const& policy, rules::TypeIndex index, std::string_view name, rules::Choices const& choices) {
  rules::Type const& type = policy.type(index);
  if (index && rules::is_locked(type.email)) return type.email == rules::Setting::never;
  auto const* own = index ? rules::find_choice(policy, choices, index).choice : choices.find_type(name);
  if (own && own->email) return !*own->email;
  return false;  // by a tab's choice or the default: a choice for the type makes it last
}

// The same look-ups are made whatever the answer.
Result<Found> find(store::Snapshot const& s, rules::Policy const& policy, std::string_view text) {
  std::string const token = to_lower(text.substr(0, 64));
  auto subject = store::find_token(s, token);
  bool const good = subject && subject->kind == 'u' && !subject->revoked;
  UserId const id = good ? subject->user : UserId{};
  auto decision = store::find_decision(s, good ? DecisionId(subject->subject) : DecisionId{});
  auto user = store::find_user(s, id);
  auto stored = store::list_choices(s, id);
  if (!good || !decision || !user || decision->user != id) return no_such_link();

  Found found;
  found.user = id;
  found.about.login = user->login;
  rules::TypeIndex const index = policy.find_type(decision->type);
  found.about.type = index ? policy.type(index).name : decision->type;  // by now it may have another name
  found.about.label = index ? policy.type(index).label : decision->type;
  found.about.off = is_off(policy, index, found.about.type, make_choices(stored));
  rules::Choice const wish{false, std::nullopt, {}, rules::ChoiceSource::unsubscribe_link};
  if (index && !found.about.off)
    if (auto allowed = rules::check_choice(policy, {std::nullopt, found.about.type}, wish); !allowed)
      found.about.locked = allowed.error().text;
  for (rules::Scope const& scope : rules::scopes_with_old_names(policy, {std::nullopt, found.about.type}))
    for (store::StoredChoice const& choice : stored)
      if (!found.choice && choice.scope == rules::write_scope(scope)) found.choice = choice;
  return found;
}

bool is_automatic(std::string_view reverse_path, Prepared const& mail) {
  mail::Summary const& s = mail.summary;
  bool const submitted = !s.auto_submitted.empty() && s.auto_submitted != "no";
  return reverse_path.empty() || submitted || s.report || s.list_mail || s.precedence == "bulk" ||
         s.precedence == "list" || s.precedence == "junk";
}

}  // namespace

bool has_own_unsubscribe(rules::Policy const& policy, std::string_view octets) {
  auto types = mail::find_headers(octets, "X-MC-Type");
  return !types.empty() && policy.type(policy.find_type(to_lower(trim(types.front())))).unsubscribe;
}

UnsubscribeFields unsubscribe_fields(Context const& context, store::Transaction& tx, rules::Type const& type, UserId user,
                               DecisionId decision, Time now) {
  if (!type.unsubscribe) return {};
  std::string const token = store::issue_token(tx, {'u', user, decision.value, 0, now, false});
  Settings const& settings = context.settings;
  std::string const by_mail = "<mailto:u-" + token + '@' + settings.domain + "?subject=unsubscribe>\r\n";
  std::string lines = "List-Unsubscribe: ";
  if (!settings.web_url.empty()) lines += '<' + settings.web_url + "/unsubscribe/" + token + ">,\r\n ";
  lines += by_mail;
  if (!settings.web_url.empty()) lines += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  return {std::move(lines), store::token_key(token)};
}

Result<Unsubscription> find_unsubscription(store::Snapshot const& s, rules::Policy const& policy,
                                           std::string_view token) {
  auto found = find(s, policy, token);
  if (!found) return found.error();
  return std::move(found->about);
}

Result<Unsubscription> unsubscribe(store::Transaction& tx, rules::Policy const& policy, std::string_view token,
                                   Time now) {
  auto found = find(tx, policy, token);
  if (!found) return found.error();
  if (found->about.off) return std::move(found->about);
  if (!found->about.locked.empty()) return fail(Errc::forbidden, found->about.locked);
  store::StoredChoice choice = found->choice.value_or(store::StoredChoice{});
  choice.scope = rules::write_scope({std::nullopt, found->about.type});
  choice.email = false;
  choice.at = now;
  choice.source = static_cast<unsigned char>(rules::ChoiceSource::unsubscribe_link);
  store::put_choice(tx, found->user, choice);
  return std::move(found->about);
}

Result<std::string> unsubscribe_by_mail(store::Transaction& tx, rules::Policy const& policy, std::string_view token,
                                        std::string_view reverse_path, Prepared const& mail, Time now) {
  if (is_automatic(reverse_path, mail)) return std::string("Automatic mail changes nothing");
  auto done = unsubscribe(tx, policy, token, now);
  if (!done) return done.error();
  return "Messages of the kind \"" + printable(done->label, 100) + "\" are not emailed any more";
}

}  // namespace mc::center
