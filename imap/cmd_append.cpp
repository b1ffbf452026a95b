// APPEND, of one message or several (RFC 9051, 6.3.12; RFC 3502; RFC 3516).
#include "center/access.h"
#include "center/desk.h"
#include "center/prepared.h"
#include "center/tickets.h"
#include "imap/commands.h"
#include "imap/parse_append.h"
#include "imap/session.h"
#include "imap/stored.h"
#include "store/bodies.h"
#include "store/messages.h"

namespace mc::imap {

namespace {

struct Upload {
  center::Prepared prepared;
  Flags flags;
  std::int64_t date = 0;
};

struct Uploaded {
  bool no_target = false;
  UidValidity validity;
  UidSet uids;
};

Result<void> check_message(AppendMessage const& message, std::uint64_t most) {
  if (message.octets.empty()) return fail(Errc::unsupported, "An empty message cannot be stored");
  if (message.octets.size() > most) return fail(Errc::too_big, "The message is too large");
  bool nul = !message.binary && message.octets.find('\0') != std::string_view::npos;
  if (nul) return fail(Errc::syntax, "NUL in a literal that is not literal8");
  return {};
}

// What would be refused after all is refused before it is parsed and hashed.
Result<void> check_target(store::Snapshot const& s, UserId user, std::string_view name) {
  auto mailbox = center::find_visible_mailbox(s, user, name);
  if (!mailbox) return {};  // TRYCREATE, later
  return center::may(mailbox->kind, center::MailboxAction::append);
}

Result<Uid> place(store::Transaction& tx, MailboxId mailbox, UserId owner, Upload const& upload) {
  center::Prepared const& prepared = upload.prepared;
  Result<store::Flags> bits = make_flag_bits(tx, mailbox, upload.flags);
  if (!bits) return bits.error();
  BodyId body = center::put_body(tx, prepared);
  store::NewMessage message;
  message.message = store::make_message(tx, body, {}, owner, DecisionId{});
  message.size = static_cast<std::uint32_t>(prepared.summary.size);
  message.flags = *bits;
  message.date = upload.date;
  Result<store::Appended> appended = store::append(tx, mailbox, message);
  if (!appended) return appended.error();
  return appended->uid;
}

// An agent's draft: if it answers a ticket, the others see that he is writing.
void note_writing(Session const& session, store::Transaction& tx, store::MailboxInfo const& mailbox, Uid uid,
                  Upload const& upload) {
  if (!session.is_agent() || mailbox.special_use != "\\Drafts" || upload.flags.has(SystemFlag::deleted)) return;
  center::note_draft(session.server().center, tx, session.user(), mailbox.id, uid, upload.prepared.summary, tx.now());
}

Result<Uploaded> place_all(store::Transaction& tx, Session const& session, std::string_view name,
                           std::vector<Upload> const& uploads) {
  UserId user = session.user();
  auto mailbox = center::find_visible_mailbox(tx, user, name);
  Uploaded out;
  out.no_target = !mailbox;
  if (!mailbox) return out;
  Result<void> allowed = center::may(mailbox->kind, center::MailboxAction::append);
  if (!allowed) return allowed.error();
  out.validity = mailbox->uid_validity;
  for (Upload const& upload : uploads) {
    Result<Uid> uid = place(tx, mailbox->id, user, upload);
    if (!uid) return uid.error();
    note_writing(session, tx, *mailbox, *uid, upload);
    out.uids.add(*uid);
  }
  return out;
}

}  // namespace

Answer cmd_append(Session& session, Command const& command) {
  auto args = parse_append(command.args);
  if (!args) co_return args.error();
  center::Context& center = session.server().center;
  Result<void> allowed = session.store().read(
      [&](store::Snapshot const& s) { return check_target(s, session.user(), args->mailbox); });
  if (!allowed) co_return allowed.error();

  std::vector<Upload> uploads;
  for (AppendMessage& message : args->messages) {
    Result<void> good = check_message(message, center.settings.max_message_size);
    if (!good) co_return good.error();
    Upload upload;
    Time date = message.date.value_or(session.store().clock().now());
    upload.date = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
    upload.flags = std::move(message.flags);
    std::string octets(message.octets);
    std::string authserv_id = center.settings.authserv();
    upload.prepared = co_await center::prepare_async(center.workers, std::move(octets), center::Trust::other,
                                                     std::move(authserv_id));
    uploads.push_back(std::move(upload));
  }

  auto op = [&](store::Transaction& tx) { return place_all(tx, session, args->mailbox, uploads); };
  Result<Uploaded> uploaded = co_await session.store().write(op);
  if (!uploaded) co_return uploaded.error();
  if (uploaded->no_target) co_return Done::no("TRYCREATE", "No such mailbox");
  if (Selected* selected = session.try_selected()) selected->changed = true;
  co_return Done::with(code::append_uid(uploaded->validity, uploaded->uids));
}

}  // namespace mc::imap
