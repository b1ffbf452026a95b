// MAIL and RCPT (RFC 5321, 4.1.1.2 and 4.1.1.3)
#include <algorithm>

#include "core/log.h"
#include "core/text.h"
#include "smtp/session.h"

namespace mc::smtp {

namespace {

bool is_ascii(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

Reply too_big(Session const& session) {
  return Reply(552, "5.3.4",
               "At most " + std::to_string(session.limits().max_message_size) + " octets, please");
}

// What a thousand recipients may take is not counted, what more take comes out of the budget for messages.
constexpr std::size_t uncounted_recipients = 1000;
constexpr std::uint64_t memory_step = 256 * 1024;

// Adds a recipient, each address once: the answer says which it is.
std::uint32_t add_recipient(Transaction& transaction, RcptArguments arguments, UserId user) {
  if (auto known = transaction.recipients.find(arguments.path)) return *known;
  center::Recipient recipient;
  recipient.address = std::move(arguments.path);
  recipient.notify = arguments.notify;
  recipient.orcpt = std::move(arguments.orcpt);
  recipient.user = user;
  return transaction.recipients.add(std::move(recipient));
}

// The reply that refuses one more recipient; absent: there is room.
std::optional<Reply> no_room(Session const& session, Transaction& transaction) {
  Limits const& limits = session.limits();
  bool const platform = transaction.submitter.kind == center::SubmitterKind::platform;
  std::size_t const most = platform ? std::max(limits.recipients, limits.broadcast_recipients) : limits.recipients;
  if (transaction.accepted.size() >= most)
    return Reply(452, "4.5.3", "Too many recipients: send to the others in another message");
  std::uint64_t const steps = transaction.recipients.octets() / memory_step + 1;
  if (transaction.accepted.size() < uncounted_recipients || transaction.memory.try_cover(steps * memory_step))
    return std::nullopt;
  return Reply(452, "4.3.1", "Too much mail at once, send to the others in another message");
}

// Who tries many addresses that do not exist is told later, and then no more.
Answer refuse_unknown(Session& session, Reply reply) {
  Limits const& limits = session.limits();
  unsigned const count = session.count_unknown_recipient() + 1;
  if (count >= 2 * limits.unknown_recipients)
    co_return Reply(421, "4.7.0", "Too many unknown recipients").closing();
  if (count > limits.unknown_recipients) co_await session.pause(limits.wrong_password_delay);
  co_return reply;
}

}  // namespace

std::optional<std::uint32_t> RecipientList::find(std::string_view address) const {
  auto [at, end] = by_hash_.equal_range(std::hash<std::string>()(to_lower(address)));
  for (; at != end; ++at)
    if (iequals(all_[at->second].address, address)) return at->second;
  return std::nullopt;
}

std::uint32_t RecipientList::add(center::Recipient recipient) {
  auto const index = static_cast<std::uint32_t>(all_.size());
  by_hash_.emplace(std::hash<std::string>()(to_lower(recipient.address)), index);
  constexpr std::uint64_t each = 2 * sizeof(center::Recipient) + 64;  // the list may be half empty; its place in the map
  octets_ += each + recipient.address.size() + recipient.orcpt.size();
  all_.push_back(std::move(recipient));
  return index;
}

Answer verb_mail(Session& session, std::string_view arguments) {
  auto parsed = parse_mail(arguments);
  if (auto* refused = std::get_if<Reply>(&parsed)) co_return std::move(*refused);
  auto& mail = std::get<MailArguments>(parsed);
  if (mail.size && *mail.size > session.limits().max_message_size) co_return too_big(session);
  center::Submitter submitter = session.submitter();
  bool const probe = !session.authenticated() && is_probe_sender(mail.path);
  if (probe) submitter.kind = center::SubmitterKind::outside;
  auto allowed = session.server().intake.check_sender(submitter, mail.path);
  if (!allowed) co_return reply_for(allowed.error(), Stage::address);
  session.begin_transaction(std::move(mail), std::move(submitter));
  co_return Reply(250, "2.1.0", "Ok");
}

Answer verb_rcpt(Session& session, std::string_view arguments) {
  Transaction& transaction = *session.transaction();
  auto parsed = parse_rcpt(arguments);
  if (auto* refused = std::get_if<Reply>(&parsed)) {
    ++transaction.refused;
    co_return std::move(*refused);
  }
  auto& rcpt = std::get<RcptArguments>(parsed);
  if (auto refused = no_room(session, transaction)) co_return std::move(*refused);
  ++transaction.refused;
  if (!transaction.mail.smtputf8 && !is_ascii(rcpt.path))
    co_return Reply(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
  auto allowed = session.server().intake.check_recipient(transaction.submitter, rcpt.path);
  if (!allowed) {
    Reply reply = reply_for(allowed.error(), Stage::address);
    log_info("rcpt_refused",
             {{"rcpt", rcpt.path}, {"from", transaction.submitter.name}, {"reason", allowed.error().text}});
    bool const for_many = session.peer().trusted && transaction.submitter.kind == center::SubmitterKind::outside;
    if (allowed.error().code != Errc::not_found || for_many) co_return reply;  // an MTA hands on the guesses of many
    co_return co_await refuse_unknown(session, std::move(reply));
  }
  --transaction.refused;
  transaction.accepted.push_back(add_recipient(transaction, std::move(rcpt), *allowed));
  co_return Reply(250, "2.1.5", "Ok");
}

}  // namespace mc::smtp
