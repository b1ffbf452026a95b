#include "center/counterparts.h"

#include "center/addresses.h"
#include "core/text.h"

namespace mc::center {

namespace {

constexpr std::string_view nameless = "A user";
constexpr std::size_t conversations_searched = 1000;  // for a name
constexpr std::size_t max_shown_name = 200;

std::string_view local_part(std::string_view address) { return address.substr(0, address.find('@')); }

// Could this name tell whose it is in the sense of where he can be reached?
bool is_showable(std::string_view name, store::User const& user) {
  if (trim(name).empty() || name.size() > max_shown_name) return false;
  if (name.find('@') != std::string_view::npos || ifind(name, user.login) != std::string_view::npos) return false;
  std::string_view const own = local_part(user.email);
  return own.empty() || ifind(name, own) == std::string_view::npos;
}

Result<UserId> find_by_token(store::Snapshot const& s, Target const& target, UserId user) {
  auto const conversation = store::find_conversation(s, store::ConversationId(target.token.subject));
  if (target.token.user != user || !conversation) return fail(Errc::not_found, "This address is none of yours");
  return conversation->other(user);
}

Result<UserId> find_by_address(store::Snapshot const& s, Settings const& settings, UserId user, std::string_view text) {
  auto const target = find_target(s, settings, text);
  if (!target) return fail(Errc::not_found, "Nobody here has the address " + printable(text, 100));
  if (target->kind == Target::Kind::conversation) return find_by_token(s, *target, user);
  if (target->kind == Target::Kind::user) return target->user;
  return fail(Errc::not_found, "This is no user's address: " + printable(text, 100));
}

Result<UserId> find_by_name(store::Snapshot const& s, UserId user, std::string_view name) {
  UserId found;
  for (store::Conversation const& c : store::list_conversations(s, user, conversations_searched)) {
    auto const other = store::find_user(s, c.other(user));
    if (!other || other->id == found || !iequals(shown_name(*other), name)) continue;
    if (found) return fail(Errc::conflict, "Several have the name " + printable(name, 100) + ": use the address of one");
    found = other->id;
  }
  if (!found) return fail(Errc::not_found, "Nobody of that name or login: " + printable(name, 100));
  return found;
}

// The address of `Name <address>`; else the text.
std::string_view bare(std::string_view text) {
  text = trim(text);
  auto const open = text.rfind('<');
  if (open != std::string_view::npos && text.ends_with('>')) text = text.substr(open + 1, text.size() - open - 2);
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  return trim(text);
}

}  // namespace

std::string shown_name(store::User const& user, std::string_view written) {
  if (!user.display_name.empty() && user.display_name.find('@') == std::string::npos) return user.display_name;
  return std::string(is_showable(written, user) ? trim(written) : nameless);
}

mail::Address counterpart_address(Settings const& settings, store::Conversation conversation, UserId reader,
                                  std::string name) {
  return {std::move(name), "c-" + conversation.token_of(reader), settings.domain};
}

mail::Address counterpart_address(Settings const& settings, store::Transaction& tx, UserId reader,
                                  store::User const& other, Time now) {
  auto conversation = store::get_conversation(tx, reader, other.id, {}, ordinary_type, now);
  return counterpart_address(settings, std::move(conversation), reader, shown_name(other));
}

Result<UserId> find_counterpart(store::Snapshot const& s, Settings const& settings, UserId user, std::string_view text) {
  std::string_view const who = bare(text);
  Result<UserId> found = UserId();
  if (who.find('@') != std::string_view::npos)
    found = find_by_address(s, settings, user, who);
  else if (auto login = store::find_user_id(s, who))
    found = *login;
  else
    found = find_by_name(s, user, who);
  if (found && *found == user) return fail(Errc::forbidden, "That is the user himself");
  return found;
}

Result<void> check_takes_mail(store::Snapshot const& s, UserId sender, UserId to) {
  if (store::is_blocked(s, to, sender)) return fail(Errc::forbidden, "5.7.1 This user does not take mail from you");
  return {};
}

Result<void> block_counterpart(store::Transaction& tx, Settings const& settings, UserId user, std::string_view text,
                               Time now) {
  auto const other = find_counterpart(tx, settings, user, text);
  if (!other) return other.error();
  if (store::is_blocked(tx, user, *other)) return fail(Errc::exists, "Blocked already: " + printable(text, 100));
  if (!store::block(tx, user, *other, now))
    return fail(Errc::limit, "At most " + std::to_string(store::max_blocked) + " can be blocked");
  store::get_conversation(tx, user, *other, {}, ordinary_type, now);
  return {};
}

Result<void> unblock_counterpart(store::Transaction& tx, Settings const& settings, UserId user, std::string_view text) {
  auto const other = find_counterpart(tx, settings, user, text);
  if (!other) return other.error();
  if (!store::unblock(tx, user, *other)) return fail(Errc::not_found, "Not blocked: " + printable(text, 100));
  return {};
}

}  // namespace mc::center
