// center/prepared.h - a message made ready for the store: hashed, parsed once, its facts in
// the form the store keeps. Everything expensive about a message happens here, outside the
// writer thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto.h"
#include "core/worker_pool.h"
#include "mail/summary.h"
#include "store/bodies.h"

namespace mc::center {

struct Prepared {
  std::string octets;                   // as received
  std::vector<store::OctetRange> cuts;  // hidden header fields, in received offsets
  mail::Summary summary;                // of what is shown (cuts taken out)
  Sha256 hash{};                        // of octets and cuts: content address
  std::string facts;                    // FlatBuffer of table Body
};

enum class Trust { platform, other };  // other: X-MC-* and Authentication-Results in our name are cut

// Whether the message's own List-Unsubscribe and List-Unsubscribe-Post are cut: where ours take their place.
enum class Unsubscribe { keep, cut };

// Pure. `hostname`: our name in Authentication-Results (RFC 8601).
Prepared prepare(std::string octets, Trust trust, std::string_view hostname, Unsubscribe unsubscribe = Unsubscribe::keep);

// The same, on a worker if the message is large, so that an I/O thread is never held up.
boost::asio::awaitable<Prepared> prepare_async(WorkerPool& workers, std::string octets, Trust trust,
                                               std::string hostname, Unsubscribe unsubscribe = Unsubscribe::keep);

}  // namespace mc::center
