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

// Adds a recipient, each address once: the answer says which it is.
std::uint32_t add_recipient(Transaction& transaction, RcptArguments arguments) {
  auto& all = transaction.recipients;
  auto known = std::find_if(all.begin(), all.end(),
                            [&](center::Recipient const& r) { return iequals(r.address, arguments.path); });
  auto const index = static_cast<std::uint32_t>(known - all.begin());
  if (known == all.end()) {
    center::Recipient recipient;
    recipient.address = std::move(arguments.path);
    recipient.notify = arguments.notify;
    recipient.orcpt = std::move(arguments.orcpt);
    all.push_back(std::move(recipient));
  }
  return index;
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

Answer verb_mail(Session& session, std::string_view arguments) {
  auto parsed = parse_mail(arguments);
  if (auto* refused = std::get_if<Reply>(&parsed)) co_return std::move(*refused);
  auto& mail = std::get<MailArguments>(parsed);
  if (mail.size && *mail.size > session.limits().max_message_size) co_return too_big(session);
  center::Submitter submitter = session.submitter();
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
  if (transaction.accepted.size() >= session.limits().recipients)
    co_return Reply(452, "4.5.3", "Too many recipients: send to the others in another message");
  ++transaction.refused;
  if (!transaction.mail.smtputf8 && !is_ascii(rcpt.path))
    co_return Reply(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
  auto allowed = session.server().intake.check_recipient(transaction.submitter, rcpt.path);
  if (!allowed) {
    Reply reply = reply_for(allowed.error(), Stage::address);
    log_info("rcpt_refused",
             {{"rcpt", rcpt.path}, {"from", transaction.submitter.name}, {"reason", allowed.error().text}});
    if (allowed.error().code != Errc::not_found) co_return reply;
    co_return co_await refuse_unknown(session, std::move(reply));
  }
  --transaction.refused;
  transaction.accepted.push_back(add_recipient(transaction, std::move(rcpt)));
  co_return Reply(250, "2.1.5", "Ok");
}

}  // namespace mc::smtp
