// center/prepared.h - a message made ready for the store: hashed, parsed once, its facts in
// the form the store keeps. Everything expensive about a message happens here, outside the
// writer thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "center/submitter.h"
#include "core/crypto.h"
#include "core/worker_pool.h"
#include "mail/auth_results.h"
#include "mail/summary.h"
#include "store/bodies.h"

namespace mc::center {

struct Prepared {
  std::string octets;                   // as received; of a derived one its header block as shown
  std::vector<store::OctetRange> cuts;  // hidden header fields, in received offsets
  mail::Summary summary;                // of what is shown (cuts taken out)
  Sha256 hash{};                        // of octets and cuts: content address
  std::string facts;                    // FlatBuffer of table Body
  mail::AuthResults auth;               // what our MTA found out about the sender; empty: nobody said anything believable

  // Of a derived one: whose content it shows, under `head` and with `cuts` in that one's octets. Lifetime: of *source.
  Prepared const* source = nullptr;
  std::string head;
};

// What of a message's own fields is believed and shown.
enum class Trust {
  platform,  // everything
  our_mta,   // no X-MC-*; of Authentication-Results in our name the topmost, which then is in Prepared::auth: the
             // others are cut, and so is the topmost if it cannot be read
  other,     // no X-MC-* and no Authentication-Results in our name: all are cut
};
Trust trust_in(Submitter const& submitter);

// Whether the message's own List-Unsubscribe and List-Unsubscribe-Post are cut: where ours take their place.
enum class Unsubscribe { keep, cut };

// Another view of `source` (not itself derived): `head`, then its received octets without `cuts` (ascending, all in the
// header). `header`: the header block that results, with its empty line. Costs the header, not the content.
Prepared derive(Prepared const& source, std::string head, std::vector<store::OctetRange> cuts, std::string header);

// The stored body of it; once for the same content. No reference yet, as store::put_body().
BodyId put_body(store::Transaction& tx, Prepared const& prepared);

// Pure. `authserv_id`: our name in Authentication-Results (RFC 8601), Settings::authserv().
Prepared prepare(std::string octets, Trust trust, std::string_view authserv_id,
                 Unsubscribe unsubscribe = Unsubscribe::keep);

// The same, on a worker if the message is large, so that an I/O thread is never held up.
boost::asio::awaitable<Prepared> prepare_async(WorkerPool& workers, std::string octets, Trust trust,
                                               std::string authserv_id, Unsubscribe unsubscribe = Unsubscribe::keep);

}  // namespace mc::center
