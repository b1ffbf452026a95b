// center/outbox.h - external mail for whoever sends it (smtp/), without showing the store.
//
//   look → load → seal → read content in chunks → report
//
// look() names what became due, by the recipient's domain, so that the sender can decide whose turn it is without reading
// the mails; an entry named is busy until reported or until release(). One Outbox object serves the process, on one I/O
// thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "center/context.h"
#include "center/external_form.h"
#include "core/ids.h"
#include "core/result.h"
#include "store/outbox.h"
#include "store/watchers.h"

namespace mc::center {

struct OutgoingMail {
  OutboxId id;
  std::string mail_id;       // as in the logs since it came in
  std::string sender;        // reverse path; "" the null one
  std::string recipient;
  std::uint64_t size = 0;    // octets of content()
  bool smtputf8 = false, eight_bit = false;
  unsigned char notify = 0, ret = 0;
  std::string envid, orcpt;
  std::uint32_t attempts = 0;
  bool suppressed = false;   // not to be sent: report it as withheld
};

// What the next server said (or that none could be asked); withheld: nobody was asked, the address is suppressed;
// postponed: not tried, as its domain is left in peace for a while.
enum class SendOutcome { sent, temporary, permanent, withheld, postponed };
struct SendReport {
  OutboxId id;
  SendOutcome outcome = SendOutcome::temporary;
  std::string reply;   // "250 2.0.0 Ok: queued as …", "connect: Connection refused"
  bool to_recipient = false;  // the reply answered RCPT
  bool dsn_passed_on = false;  // sent: the next server has taken over the reports that were asked for (RFC 3461)
  Millis pause{};              // postponed: for how long
  bool known_at_once = false;  // set by report(): that an admin wanted it tried was known when it was taken
};

// One that is due.
struct DueMail {
  OutboxId id;
  std::string domain;    // of its recipient, lower case
  bool at_once = false;  // an admin wants it tried, whatever is known of the domain
};

// Octets [offset, offset + most) of something; empty at its end.
using OctetSource = std::function<std::string(std::uint64_t offset, std::size_t most)>;
// The lines of a header that sign what follows them; any thread. Throws what keeps it from signing.
using Signer = std::function<std::string(OctetSource const& message)>;

class Outbox {
 public:
  explicit Outbox(Context& context) : context_(context) {}

  struct Look {
    std::vector<DueMail> mails;
    bool more = false;  // it stopped before the end
  };
  // Entries due now, not busy and `wanted`, at most `most`; they are busy from now on. Goes on where the last call
  // stopped, so that what is not wanted costs once; now and then, and after look_again(), from the start.
  Look look(std::size_t most, std::function<bool(std::string_view domain)> const& wanted);
  void look_again() { looked_until_ = {}; }
  // One that look() named. Absent: it is no longer to be sent, and no longer busy.
  std::optional<OutgoingMail> load(OutboxId id);
  // Both in one, of any domain.
  std::vector<OutgoingMail> take_due(std::size_t most);
  std::optional<Time> next_due() const;  // the first later than now
  // Signs one that was loaded; its size then counts the signature. Once: later calls change nothing. Suspends: on a
  // worker. Throws what the signer throws. Lifetime: `mail` until it ends.
  boost::asio::awaitable<void> seal(OutgoingMail& mail);
  // Octets [offset, offset + most) of a mail taken, as it is to be sent (center/external_form.h; not dot-stuffed); empty
  // at the end, and when an admin dropped it meanwhile.
  std::string content(OutboxId id, std::uint64_t offset, std::size_t most) const;
  // sent: entry removed, event recorded; where the next server takes over no reports and one was asked for, "relayed" goes
  // to the submitter. temporary: next try by back-off with jitter; postponed: due later, not counted as a try, no event, and
  // nothing at all if an admin wanted it tried since it was taken; both after its lifetime treated as permanent. permanent: removed; if no folder copy exists the message is placed in the folder now, so it is never
  // lost; the sender is told only as RFC 3461 asks and never if the reverse path is null.
  // All in one store operation. Suspends: until durable. Never fails: storage trouble keeps the
  // entries busy and is retried here.
  boost::asio::awaitable<void> report(std::vector<SendReport> reports);
  void release(OutboxId id);  // not tried after all
  void set_signer(Signer signer) { signer_ = std::move(signer); }  // before the first take_due(); without one nothing is signed

  // Called (on `executor`'s thread) when something was queued, released or became due earlier.
  store::Watchers::Handle watch(boost::asio::any_io_executor executor, std::function<void()> wake);

 private:
  struct Taken {
    std::shared_ptr<ExternalForm> form;  // once it is loaded
    bool sealed = false;
    bool at_once = false;  // as look() said
  };
  std::string read_form(OutboxId id, ExternalForm const& form, std::uint64_t offset, std::size_t most) const;

  Context& context_;
  Signer signer_;
  std::unordered_map<OutboxId, Taken> busy_;
  store::DuePlace looked_until_;
  Time started_over_{};
};

std::string domain_of(std::string_view address);  // lower case; empty: it has none

}  // namespace mc::center
