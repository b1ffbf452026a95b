#include "center/intake.h"

#include "center/addresses.h"
#include "center/delivery.h"
#include "center/notices.h"
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

struct Report {  // what the commit left to say
  std::vector<Result<Outcome>> outcomes;
};

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

}  // namespace

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

Result<void> Intake::check_recipient(Submitter const& submitter, std::string_view address) {
  auto target = context_.store.read(
      [&](store::Snapshot const& s) { return find_target(s, context_.settings, address); });
  if (!target) return target.error();
  // Strangers reach no user; they are not told which users there are.
  if (submitter.kind == SubmitterKind::outside && target->kind == Target::Kind::user)
    return fail(Errc::not_found, "No such address here: " + printable(address, 100));
  return {};
}

boost::asio::awaitable<std::vector<Result<Delivered>>> Intake::accept(Envelope envelope, std::string octets,
                                                                      bool all_or_nothing) {
  Time now = context_.clock.now();
  Settings const& settings = context_.settings;
  Trust trust = envelope.submitter.kind == SubmitterKind::platform ? Trust::platform : Trust::other;
  std::string hostname = settings.hostname;
  PolicyInForce policy = context_.policy.get();
  bool const own = trust == Trust::platform && has_own_unsubscribe(*policy.policy, octets);
  Unsubscribe const theirs = own ? Unsubscribe::cut : Unsubscribe::keep;
  Prepared prepared = co_await prepare_async(context_.workers, std::move(octets), trust, std::move(hostname), theirs);
  std::vector<Result<Delivered>> replies;
  auto refuse_all = [&](Error const& error) { replies.assign(envelope.recipients.size(), error); };

  Result<void> checked = check_loop(prepared, settings);
  if (checked) checked = check_author(prepared, settings, envelope.submitter);
  if (!checked) {
    refuse_all(checked.error());
    log_info("refused", {{"mail", envelope.mail_id}, {"from", envelope.submitter.name}, {"reason", checked.error().text}});
    co_return replies;
  }

  MessageFacts facts(envelope, prepared, now, context_.zones);
  Addressed message{envelope, prepared, facts, policy, now};
  auto operation = [&](store::Transaction& tx) -> Result<Report> {
    Delivery delivery(context_, tx, message);
    Report report;
    for (Recipient const& recipient : envelope.recipients) {
      report.outcomes.push_back(delivery.deliver(recipient));
      if (all_or_nothing && !report.outcomes.back()) return report.outcomes.back().error();
    }
    notify(context_, tx, message, report.outcomes);
    return report;
  };
  Result<Report> done = co_await context_.store.write(operation);
  if (!done) {
    refuse_all(done.error());
    for (Recipient const& recipient : envelope.recipients) log_outcome(envelope, recipient, done.error());
    co_return replies;
  }
  for (std::size_t i = 0; i < done->outcomes.size(); ++i) {
    Result<Outcome> const& outcome = done->outcomes[i];
    log_outcome(envelope, envelope.recipients[i], outcome);
    if (outcome)
      replies.push_back(Delivered{outcome->text});
    else
      replies.push_back(outcome.error());
  }
  co_return replies;
}

}  // namespace mc::center
