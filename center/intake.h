// center/intake.h - the one door for new mail: envelope and octets in, one decision per
// recipient, and one durable store operation for all that it causes.
//
//   check_sender / check_recipient   at MAIL and RCPT time: cheap, may refuse
//   accept                           at the end of data: suspends until it is on disk
//
// Thread rule: any I/O thread; parsing of large messages and nothing else goes to the worker
// pool. Knows no protocol: smtp/reply.cpp turns an Errc into a code.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "center/prepared.h"
#include "center/rate_limit.h"
#include "center/submitter.h"
#include "core/result.h"

namespace mc::center {

// What became of the message for one recipient.
struct Delivered {
  std::string text;   // for the reply: "Delivered to Account Alerts", "Duplicate of an earlier event"
};

struct Addressed;  // center/delivery.h

class Intake {
 public:
  explicit Intake(Context& context) : context_(context) {}

  // May this submitter use this reverse path? Users and agents: their own address or none.
  // Fails: forbidden (550 5.7.1), syntax.
  Result<void> check_sender(Submitter const& submitter, std::string_view reverse_path);

  // Does `address` exist here, and may this submitter write to it? No relaying, ever. What is known at RCPT: who blocked him,
  // whose token or team it is not, that he sent too much (unavailable, 450 4.7.1).
  // Fails: not_found (550 5.1.1: no such user, also unknown tokens), forbidden (550 5.7.1: not
  // our domain; or not for outsiders), syntax (553 5.1.3). Same effort for every answer.
  // The user whose it is, to be kept in Recipient::user; 0 where it is nobody's alone.
  Result<UserId> check_recipient(Submitter const& submitter, std::string_view address);

  // One result per recipient, in order. With `all_or_nothing` (SMTP: one reply for all) the first
  // failure is everybody's and nothing is stored; without (LMTP) the others are delivered.
  // Fails: conflict (554 5.6.0: same event id, other content), forbidden (550: From not the
  //        submitter's own, a loop, 554 5.4.6), no_space (452 4.3.1), unavailable (451 4.3.0).
  // For more than most_together recipients (center/broadcast.h) the operations are several; with `all_or_nothing` what
  // is accepted is durable with all its recipients before the first of them gets it.
  // Suspends: until the last commit. `octets`: CRLF line ends as received, dot-unstuffed.
  boost::asio::awaitable<std::vector<Result<Delivered>>> accept(Envelope envelope, std::string octets,
                                                                bool all_or_nothing);

 private:
  using Replies = std::vector<Result<Delivered>>;
  boost::asio::awaitable<Replies> deliver_together(Addressed const& message, bool all_or_nothing);
  boost::asio::awaitable<Replies> deliver_to_each(Addressed const& message);
  boost::asio::awaitable<Replies> deliver_for_all(Addressed const& message);
  boost::asio::awaitable<std::optional<Error>> find_refusal(
      Addressed const& message, std::vector<std::span<std::uint32_t const>> const& slices);

  Result<void> count_message(Envelope const& envelope, Prepared const& prepared, Time now);

  Context& context_;
  RateLimiter limiter_;
};

}  // namespace mc::center
