// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE (RFC 9051, 6.3.4 to 6.3.8; RFC 6154, 3).
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "center/access.h"
#include "center/desk.h"
#include "core/text.h"
#include "imap/commands.h"
#include "imap/parse_mailbox.h"
#include "imap/session.h"
#include "store/mailboxes.h"

namespace mc::imap {

namespace {

// What a mailbox made by a client may be for; the rest of RFC 6154 names views we do not have.
constexpr std::array<std::string_view, 5> possible_uses{"\\Archive", "\\Drafts", "\\Junk", "\\Sent",
                                                        "\\Trash"};

// What the store calls bad syntax follows IMAP's all the same: it is a name nobody can have here.
Error refusal_of_name(Error error) {
  if (error.code == Errc::syntax) error.code = Errc::unsupported;
  return error;
}

struct Created {
  bool use_refused = false;
};

// Absent: none of ours, or another mailbox has it already.
std::optional<std::string> find_use(store::Snapshot const& s, UserId user,
                                    std::vector<std::string> const& wanted) {
  if (wanted.empty()) return std::string();
  if (wanted.size() > 1) return std::nullopt;
  for (std::string_view use : possible_uses) {
    if (!iequals(use, wanted.front())) continue;
    for (store::MailboxInfo const& info : store::list_mailboxes(s, user))
      if (iequals(info.special_use, use)) return std::nullopt;
    return std::string(use);
  }
  return std::nullopt;
}

Result<Created> create(store::Transaction& tx, UserId user, CreateArgs const& args) {
  Result<void> allowed = center::may_create(args.mailbox);
  if (!allowed) return allowed.error();
  auto use = find_use(tx, user, args.special_use);
  if (!use) return Created{true};
  auto made = store::create_mailbox(tx, user, args.mailbox, store::MailboxKind::user, *use, tx.now());
  if (!made) return refusal_of_name(made.error());
  return Created{};
}

// The name the mailbox got, where it is not the one given (RFC 9051, 6.3.4 and 7.3.1).
void tell_other_name(Session& session, std::string const& given) {
  Result<std::string> name = store::check_mailbox_name(given);
  if (!name || *name == given || !session.enabled().rev2) return;
  session.out().raw("* LIST () \"/\" ").mailbox(*name).raw(" (\"OLDNAME\" (").mailbox(given).raw("))\r\n");
}

// Also the new name of an INBOX's messages: where they go is a new mailbox like any other.
Result<void> rename(store::Transaction& tx, UserId user, RenameArgs const& args) {
  auto info = center::find_visible_mailbox(tx, user, args.from);
  if (!info) return fail(Errc::not_found, "No such mailbox");
  Result<void> allowed = center::may(info->kind, center::MailboxAction::rename);
  if (!allowed) return allowed.error();
  Result<void> free = center::may_create(args.to);
  if (!free) return free.error();
  Result<void> renamed = store::rename_mailbox(tx, user, info->name, args.to);
  if (!renamed) return refusal_of_name(renamed.error());
  return {};
}

Result<MailboxId> remove(store::Transaction& tx, Session const& session, std::string const& name) {
  UserId user = session.user();
  auto info = center::find_visible_mailbox(tx, user, name);
  if (!info) return fail(Errc::not_found, "No such mailbox");
  Result<void> allowed = center::may(info->kind, center::MailboxAction::remove);
  if (!allowed) return allowed.error();
  Result<void> removed = store::delete_mailbox(tx, user, info->name);
  if (!removed) return removed.error();
  mc::UidSet all{{1, ~std::uint32_t{0}}};
  if (session.is_agent()) center::drafts_left(session.server().center, tx, *info, all);
  return info->id;
}

// Who deletes the mailbox he has open is told that it is closed; other sessions get BYE.
void leave_deleted(Session& session, MailboxId id) {
  Selected* selected = session.try_selected();
  if (!selected || selected->id != id) return;
  session.close_mailbox();
  Writer out = session.out();
  write_untagged(out, Status::ok, "CLOSED", "The mailbox is gone");
}

}  // namespace

Answer cmd_create(Session& session, Command const& command) {
  auto args = parse_create(command.args);
  if (!args) co_return args.error();
  auto op = [&](store::Transaction& tx) { return create(tx, session.user(), *args); };
  Result<Created> created = co_await session.store().write(op);
  if (!created) co_return created.error();
  if (created->use_refused) co_return Done::no("USEATTR", "No mailbox can be made for that use");
  tell_other_name(session, args->mailbox);
  co_return Done{};
}

// With inferiors it stays: what they would leave behind, a name without a mailbox, we never show.
Answer cmd_delete(Session& session, Command const& command) {
  auto args = parse_mailbox(command.args);
  if (!args) co_return args.error();
  auto op = [&](store::Transaction& tx) { return remove(tx, session, args->mailbox); };
  Result<MailboxId> removed = co_await session.store().write_shrinking(op);
  if (!removed && removed.error().code == Errc::conflict)
    co_return Done::no("HASCHILDREN", "Delete the mailboxes below it first");
  if (!removed) co_return removed.error();
  leave_deleted(session, *removed);
  co_return Done{};
}

// Whoever has it open, this session too, goes on with it: sessions know mailboxes by id.
Answer cmd_rename(Session& session, Command const& command) {
  auto args = parse_rename(command.args);
  if (!args) co_return args.error();
  auto op = [&](store::Transaction& tx) { return rename(tx, session.user(), *args); };
  Result<void> renamed = co_await session.store().write(op);
  if (!renamed) co_return renamed.error();
  if (Selected* selected = session.try_selected()) selected->changed = true;  // it may be INBOX, now empty
  tell_other_name(session, args->to);
  co_return Done{};
}

// Also of a name that has no mailbox, now (RFC 9051, 6.3.7 leaves it open; RFC 3501 clients rely on it).
Answer cmd_subscribe(Session& session, Command const& command) {
  auto args = parse_mailbox(command.args);
  if (!args) co_return args.error();
  auto op = [&](store::Transaction& tx) -> Result<void> {
    auto name = store::check_mailbox_name(args->mailbox);
    if (!name) return refusal_of_name(name.error());
    if (!store::subscribe(tx, session.user(), *name)) return fail(Errc::limit, "Too many subscriptions");
    return {};
  };
  Result<void> done = co_await session.store().write(op);
  if (!done) co_return done.error();
  co_return Done{};
}

// What was not subscribed is not subscribed afterwards either.
Answer cmd_unsubscribe(Session& session, Command const& command) {
  auto args = parse_mailbox(command.args);
  if (!args) co_return args.error();
  auto op = [&](store::Transaction& tx) -> Result<bool> {
    return store::unsubscribe(tx, session.user(), args->mailbox);
  };
  Result<bool> done = co_await session.store().write_shrinking(op);
  if (!done) co_return done.error();
  co_return Done{};
}

}  // namespace mc::imap
