// center/outbox.h - external mail for whoever sends it (smtp/), without showing the store.
//
//   take_due → read content in chunks → report
//
// An entry taken is busy until reported or until release(); one Outbox object serves the process,
// on one I/O thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "center/context.h"
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

// What the next server said (or that none could be asked); withheld: nobody was asked, the address is suppressed.
enum class SendOutcome { sent, temporary, permanent, withheld };
struct SendReport {
  OutboxId id;
  SendOutcome outcome = SendOutcome::temporary;
  std::string reply;   // "250 2.0.0 Ok: queued as …", "connect: Connection refused"
  bool to_recipient = false;  // the reply answered RCPT
};

class Outbox {
 public:
  explicit Outbox(Context& context) : context_(context) {}

  // Entries due now and not busy, marked busy. Does not suspend on the disk.
  std::vector<OutgoingMail> take_due(std::size_t most);
  std::optional<Time> next_due() const;       // of those not busy
  // Octets [offset, offset + most) of the mail as it is to be sent (not dot-stuffed); empty at the end.
  std::string content(OutboxId id, std::uint64_t offset, std::size_t most) const;
  // sent: entry removed, event recorded. temporary: next try by back-off with jitter; after its lifetime treated as
  // permanent. permanent: removed; if no folder copy exists the message is placed in the folder now, so it is never
  // lost; the sender is told only as RFC 3461 asks and never if the reverse path is null.
  // All in one store operation. Suspends: until durable. Never fails: storage trouble keeps the
  // entries busy and is retried here.
  boost::asio::awaitable<void> report(std::vector<SendReport> reports);
  void release(OutboxId id);  // not tried after all

  // Called (on `executor`'s thread) when something was queued, released or became due earlier.
  store::Watchers::Handle watch(boost::asio::any_io_executor executor, std::function<void()> wake);

 private:
  std::vector<OutboxId> busy_now() const;

  Context& context_;
  std::unordered_set<OutboxId> busy_;
};

// For the command line: queue list|show|retry|hold|release|drop.
std::vector<store::OutboxEntry> list_queue(store::Snapshot const& s, std::size_t most);
// Absent: all that were queued. One that waits is sent now, if it is asked for by its id.
Result<void> retry_queued(Context& c, store::Transaction& tx, std::optional<OutboxId> id);
Result<void> hold_queued(Context& c, store::Transaction& tx, OutboxId id);
// What waited goes on waiting.
Result<void> release_queued(Context& c, store::Transaction& tx, OutboxId id);
Result<void> drop_queued(Context& c, store::Transaction& tx, OutboxId id);

}  // namespace mc::center
