// center/delay.h - external mail that is late, and what its submitter is told of it.
//
// When a mail has been to be sent for longer than Settings::delay_notice, that is noted on its decision, once. The
// submitter gets a delivery report (RFC 3464) if the entry names one (OutboxEntry::report_to) and he asked for it, or
// left it to us. Such reports name whom he wrote to, and neither the user's own address nor what its server said.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "center/context.h"
#include "center/submitter.h"
#include "store/outbox.h"

namespace mc::center {

// Who gets reports on the copy for `recipient`, in `entry`: a submitter of ours with a reverse path here who
// asked for some, or who wrote to few and left it to us. Nobody from outside ever.
void set_report(Settings const& settings, Envelope const& envelope, Recipient const& recipient, store::OutboxEntry& entry);

// The next server took it and takes over no reports: "relayed" goes to the submitter who wanted to know of success.
void report_relayed(Context const& context, store::Transaction& tx, store::OutboxEntry const& entry, Time now);

struct LatePage {
  std::vector<OutboxId> late;  // queued, not told yet
  store::DuePlace next;
  bool more = false;
};
// Looks at a slice of those to be sent. Held and waiting ones are meant to be where they are.
LatePage find_late(store::Snapshot const& s, Settings const& settings, Time now, store::DuePlace after);
// Notes it on each that is still there, and reports. Submitters get one report for the mails of one message.
void tell_late(Context const& context, store::Transaction& tx, std::vector<OutboxId> const& late, Time now);

// Looks for late mail every few seconds, by the wall clock, in slices.
class DelayWatch {
 public:
  DelayWatch(boost::asio::io_context& context, Context& center);
  ~DelayWatch();
  void stop();  // any thread

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mc::center
