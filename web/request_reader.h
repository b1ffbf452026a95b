// web/request_reader.h - from octets to a Request, however they come cut; the only file behind which Beast is.
//
// The head filter looks first; then Beast parses head and body, and must come to the same end of the request as the filter did, or it
// is refused. Pure: knows no socket. Not thread-safe.
#pragma once
#include <cstddef>
#include <string_view>

#include "web/head_filter.h"
#include "web/request.h"

namespace mc::web {

class RequestReader {
 public:
  enum class State { more, ready, refused };

  // `data`: all octets since the begin of the request, those of earlier calls first. After ready or refused nothing changes
  // until reset(). Never wants more than max_head + max_body octets.
  State read(std::string_view data);

  // Only when ready.
  Request const& request() const { return request_; }
  std::size_t used() const { return used_; }  // octets of `data` that were the request's; the rest is the next one's
  // Only when refused.
  Refusal const& refusal() const { return refusal_; }
  // The client waits for "100 Continue" before it sends the body. True once.
  bool take_expectation();

  void reset();  // for the next request

 private:
  State refuse(Refusal refusal);
  State read_head(std::string_view data);
  State parse(std::string_view whole);

  State state_ = State::more;
  std::size_t seen_ = 0;  // no end of a head before it
  std::size_t head_ = 0;  // its length; 0: not all there
  Framing framing_;
  std::size_t used_ = 0;
  Request request_;
  Refusal refusal_;
};

}  // namespace mc::web
