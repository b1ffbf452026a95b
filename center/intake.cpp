#include "center/intake.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "center/addresses.h"
#include "center/broadcast.h"
#include "center/delivery.h"
#include "center/notices.h"
#include "center/relay.h"
#include "center/teams.h"
#include "center/unsubscribe.h"
#include "core/log.h"
#include "core/text.h"
#include "mail/headers.h"
#include "store/accounts.h"

namespace mc::center {

namespace {

// A message that passed this server that often is going round in circles.
constexpr unsigned max_own_received = 4;

// How often the Received fields name us after "by".
unsigned count_own_received(std::string_view octets, std::string_view hostname) {
  unsigned count = 0;
  std::string by_us = "by " + std::string(hostname) + ' ';
  for (std::string_view value : mail::find_headers(octets, "Received"))
    if (ifind(mail::unfold(value), by_us) != std::string_view::npos) ++count;
  return count;
}

Result<void> check_loop(Prepared const& prepared, Settings const& settings) {
  if (prepared.summary.received_count > settings.max_received)
    return fail(Errc::forbidden, "5.4.6 Too many hops: this message is going round in circles");
  if (count_own_received(prepared.octets, settings.hostname) >= max_own_received)
    return fail(Errc::forbidden, "5.4.6 This message has been here before: a loop");
  return {};
}

// Users and agents write under their own address only.
Result<void> check_author(Prepared const& prepared, Settings const& settings, Submitter const& submitter) {
  if (!submitter.user) return {};
  if (submitter.kind == SubmitterKind::platform) return {};
  std::string own = address_of(settings, submitter.name);
  auto const& from = prepared.summary.from;
  if (from.size() != 1 || !iequals(from.front().spec(), own))
    return fail(Errc::forbidden, "5.7.1 The From field must hold exactly your own address, " + own);
  return {};
}

using Outcomes = std::vector<Result<Outcome>>;

void log_outcome(Envelope const& envelope, Recipient const& recipient, Result<Outcome> const& outcome) {
  if (!outcome) {
    log_info("refused", {{"mail", envelope.mail_id},
                         {"rcpt", recipient.address},
                         {"from", envelope.submitter.name},
                         {"reason", outcome.error().text}});
    return;
  }
  if (!log_enabled(LogLevel::info)) return;
  log_info(outcome->duplicate ? "duplicate" : "delivered",
           {{"mail", envelope.mail_id},
            {"user", outcome->login},
            {"type", outcome->type},
            {"folder", outcome->folder ? "yes" : "no"},
            {"email", outcome->email ? "yes" : "no"},
            {"why", outcome->why},
            {"from", envelope.submitter.name}});
}

// Of a message for many, who are not logged one by one; those who were refused are.
class Tally {
 public:
  void add(Envelope const& envelope, Recipient const& recipient, Result<Outcome> const& outcome) {
    if (!outcome) {
      ++refused_;
      return log_outcome(envelope, recipient, outcome);
    }
    folder_ += outcome->folder;
    email_ += outcome->email;
    duplicate_ += outcome->duplicate;
    type_ = outcome->type.empty() ? type_ : outcome->type;
  }
  void log(Envelope const& envelope) const {
    log_info("broadcast", {{"mail", envelope.mail_id},
                           {"type", type_},
                           {"recipients", envelope.recipients.size()},
                           {"folder", folder_},
                           {"email", email_},
                           {"duplicate", duplicate_},
                           {"refused", refused_},
                           {"from", envelope.submitter.name}});
  }

 private:
  std::size_t folder_ = 0, email_ = 0, duplicate_ = 0, refused_ = 0;
  std::string type_;
};

RateLimits limits_of(Settings const& settings) {
  return {settings.user_messages_per_hour, settings.user_recipients_per_day};
}

// Users who write from outside to tokens of theirs, and to how many.
std::map<UserId, std::size_t> find_outside_writers(store::Snapshot const& s, Settings const& settings, Envelope const& envelope,
                                                   Prepared const& prepared) {
  std::map<UserId, std::size_t> out;
  for (Recipient const& recipient : envelope.recipients) {
    auto const target = find_target(s, settings, recipient.address);
    if (!target || target->kind != Target::Kind::conversation) continue;
    auto const writer = find_writer(s, settings, envelope.submitter, prepared, target->token.user);
    if (writer) ++out[writer->id];
  }
  return out;
}

Result<Delivered> reply_of(Result<Outcome> const& outcome) {
  if (!outcome) return outcome.error();
  return Delivered{outcome->text};
}

}  // namespace

using boost::asio::awaitable;

Result<void> Intake::check_sender(Submitter const& submitter, std::string_view reverse_path) {
  if (reverse_path.empty()) return {};
  auto address = parse_address(reverse_path);
  if (!address) return address.error();
  bool person = submitter.kind == SubmitterKind::user || submitter.kind == SubmitterKind::agent;
  std::string own = address_of(context_.settings, submitter.name);
  if (person && !iequals(reverse_path, own))
    return fail(Errc::forbidden, "5.7.1 You may send only as " + own);
  return {};
}

Result<UserId> Intake::check_recipient(Submitter const& submitter, std::string_view address) {
  auto user = context_.store.read([&](store::Snapshot const& s) -> Result<UserId> {
    auto target = find_target(s, context_.settings, address);
    if (!target) return target.error();
    // Strangers reach no user; they are not told which users there are.
    if (submitter.kind == SubmitterKind::outside && target->kind == Target::Kind::user) return unknown_address(address);
    if (auto may = check_may_write(s, submitter, *target, address); !may) return may.error();
    auto const team = target->kind == Target::Kind::team ? store::find_team(s, target->team) : std::nullopt;
    if (team)
      if (auto may = check_may_post(s, *team, submitter); !may) return may.error();
    return target->user;
  });
  if (user && submitter.kind == SubmitterKind::user)
    if (auto room = limiter_.check(submitter.user, 1, limits_of(context_.settings), context_.clock.now()); !room)
      return room.error();
  return user;
}

// Users only; a user who writes from his own provider is known by the token he writes to.
Result<void> Intake::count_message(Envelope const& envelope, Prepared const& prepared, Time now) {
  RateLimits const limits = limits_of(context_.settings);
  if (envelope.submitter.kind == SubmitterKind::user)
    return limiter_.take(envelope.submitter.user, envelope.recipients.size(), limits, now);
  if (envelope.submitter.kind != SubmitterKind::outside) return {};
  auto const writers = context_.store.read(
      [&](store::Snapshot const& s) { return find_outside_writers(s, context_.settings, envelope, prepared); });
  for (auto const& [user, recipients] : writers)
    if (auto room = limiter_.take(user, recipients, limits, now); !room) return room.error();
  return {};
}

boost::asio::awaitable<std::vector<Result<Delivered>>> Intake::accept(Envelope envelope, std::string octets,
                                                                      bool all_or_nothing) {
  Time now = context_.clock.now();
  Settings const& settings = context_.settings;
  Trust const trust = trust_in(envelope.submitter);
  std::string authserv_id = settings.authserv();
  PolicyInForce policy = context_.policy.get();
  bool const own = trust == Trust::platform && has_own_unsubscribe(*policy.policy, octets);
  Unsubscribe const theirs = own ? Unsubscribe::cut : Unsubscribe::keep;
  Prepared prepared = co_await prepare_async(context_.workers, std::move(octets), trust, std::move(authserv_id), theirs);
  std::vector<Result<Delivered>> replies;
  auto refuse_all = [&](Error const& error) { replies.assign(envelope.recipients.size(), error); };

  Result<void> checked = check_loop(prepared, settings);
  if (checked) checked = check_author(prepared, settings, envelope.submitter);
  if (checked) checked = count_message(envelope, prepared, now);
  if (!checked) {
    refuse_all(checked.error());
    log_info("refused", {{"mail", envelope.mail_id}, {"from", envelope.submitter.name}, {"reason", checked.error().text}});
    co_return replies;
  }

  MessageFacts facts(envelope, prepared, now, context_.zones);
  Addressed message{envelope, prepared, facts, policy, now};
  if (envelope.recipients.size() <= most_together)
    co_return co_await deliver_together(message, all_or_nothing);
  if (all_or_nothing) co_return co_await deliver_for_all(message);
  co_return co_await deliver_to_each(message);
}

// All in one operation.
awaitable<Intake::Replies> Intake::deliver_together(Addressed const& message, bool all_or_nothing) {
  Envelope const& envelope = message.envelope;
  std::vector<std::uint32_t> const order = order_by_user(envelope.recipients);
  auto operation = [&](store::Transaction& tx) -> Result<Outcomes> {
    Outcomes outcomes = deliver_slice(context_, tx, message, order);
    for (std::size_t i = 0; all_or_nothing && i < outcomes.size(); ++i)
      if (!outcomes[i]) return outcomes[i].error();
    return outcomes;
  };
  Result<Outcomes> done = co_await context_.store.write(operation);
  Replies replies(envelope.recipients.size(), Delivered{});
  for (std::size_t i = 0; i < order.size(); ++i) {
    Result<Outcome> const outcome = done ? std::move((*done)[i]) : done.error();
    log_outcome(envelope, envelope.recipients[order[i]], outcome);
    replies[order[i]] = reply_of(outcome);
  }
  co_return replies;
}

// Slice after slice, each durable by itself. What befalls one is the answer to its recipients only.
awaitable<Intake::Replies> Intake::deliver_to_each(Addressed const& message) {
  Envelope const& envelope = message.envelope;
  std::vector<std::uint32_t> const order = order_by_user(envelope.recipients);
  Replies replies(envelope.recipients.size(), Delivered{});
  Tally tally;
  for (std::span<std::uint32_t const> slice : make_slices(order)) {
    auto operation = [&](store::Transaction& tx) -> Result<Outcomes> {
      return deliver_slice(context_, tx, message, slice);
    };
    Result<Outcomes> done = co_await context_.store.write(operation);
    for (std::size_t i = 0; i < slice.size(); ++i) {
      Result<Outcome> const outcome = done ? std::move((*done)[i]) : done.error();
      tally.add(envelope, envelope.recipients[slice[i]], outcome);
      replies[slice[i]] = reply_of(outcome);
    }
  }
  tally.log(envelope);
  co_return replies;
}

// Absent: every recipient can have it.
awaitable<std::optional<Error>> Intake::find_refusal(Addressed const& message,
                                                     std::vector<std::span<std::uint32_t const>> const& slices) {
  for (std::span<std::uint32_t const> slice : slices) {
    auto refused = context_.store.read([&](store::Snapshot const& s) -> std::optional<Error> {
      for (std::uint32_t index : slice)
        if (auto good = check_delivery(s, context_, message, message.envelope.recipients[index]); !good)
          return good.error();
      return std::nullopt;
    });
    if (refused) co_return refused;
    co_await boost::asio::post(boost::asio::use_awaitable);  // others on this thread
  }
  co_return std::nullopt;
}

// Accepted for all or for none, then slice after slice.
awaitable<Intake::Replies> Intake::deliver_for_all(Addressed const& message) {
  Envelope const& envelope = message.envelope;
  std::vector<std::uint32_t> const order = order_by_user(envelope.recipients);
  auto const slices = make_slices(order);
  std::optional<Error> refused = co_await find_refusal(message, slices);
  auto begin = [&](store::Transaction& tx) -> Result<MessageId> { return begin_broadcast(tx, message, slices); };
  Result<MessageId> accepted = MessageId();
  if (!refused) accepted = co_await context_.store.write(begin);
  if (!accepted) refused = accepted.error();
  if (refused) {
    log_info("refused", {{"mail", envelope.mail_id}, {"from", envelope.submitter.name}, {"reason", refused->text}});
    Replies refusals(envelope.recipients.size(), *refused);
    co_return refusals;
  }
  Tally tally;
  for (std::uint32_t number = 0; number < slices.size(); ++number) {
    auto operation = [&](store::Transaction& tx) -> Result<Outcomes> {
      if (!store::take_broadcast_part(tx, *accepted, number)) return Outcomes{};
      return deliver_slice(context_, tx, message, slices[number]);
    };
    Result<Outcomes> done = co_await context_.store.write(operation);
    if (!done) {  // housekeeping goes on with it
      log_warning("broadcast_interrupted", {{"mail", envelope.mail_id}, {"reason", done.error().text}});
      break;
    }
    for (std::size_t i = 0; i < done->size(); ++i)
      tally.add(envelope, envelope.recipients[slices[number][i]], (*done)[i]);
  }
  tally.log(envelope);
  Replies replies(envelope.recipients.size(), Delivered{});
  co_return replies;
}

}  // namespace mc::center
