// center/external_form.h - the octets of an external copy as they are to be sent.
//
//   form = [ signature ] prefix  added lines  what is kept of the message's header  empty line  body with its footer
//
// A list of pieces, each either text or a range of the stored body, so that a large message is never in memory. Made when an
// entry is taken from the outbox, and the same for as long as it is sent; the stored octets never change.
// What of a header stands beyond 1 MiB does not leave.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "core/ids.h"
#include "store/bodies.h"
#include "store/outbox.h"

namespace mc::center {

class ExternalForm {
 public:
  explicit ExternalForm(BodyId body) : body_(body) {}

  void add_text(std::string text);
  void add_range(store::OctetRange range);  // of what readers see of the body
  void put_first(std::string lines);        // before all else

  std::uint64_t size() const { return size_; }
  bool has_8bit() const { return has_8bit_; }  // in text of its own
  // Appends octets [offset, offset + most), fewer at the end, none beyond it. Touches only what is asked for.
  // Requires: the body exists.
  void read(store::Snapshot const& s, std::uint64_t offset, std::size_t most, std::string& out) const;

 private:
  struct Piece {
    std::uint64_t begin = 0;  // in the whole
    std::uint64_t size = 0;
    std::uint64_t from = 0;   // in the body; of text not used
    std::string text;         // empty: a range
  };

  BodyId body_;
  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
  bool has_8bit_ = false;
};

// Requires: the entry's message exists.
ExternalForm make_external_form(Context const& context, store::Snapshot const& s, store::OutboxEntry const& entry);

}  // namespace mc::center
