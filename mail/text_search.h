// mail/text_search.h - which of several texts occur in a message that is read piece by piece.
//
// The engine behind IMAP's TEXT and BODY: everything is decoded once, whatever the number of
// needles, and only where an encoding or charset demands it; plain ASCII is folded eight
// octets at a time into memory that is used again for the next message. Memory does not grow
// with the message. Finds what text_contains() (mail/match.h) finds.
//
// A TextSearch serves one message after the other. Not thread-safe; Needles may be shared.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mail/charset.h"
#include "mail/match.h"
#include "mail/transfer.h"

namespace mc::mail {

// `text` as fold() would, appended to `out`, quickly where it is ASCII.
void append_folded(std::string& out, std::string_view utf8);

class TextSearch {
 public:
  using Mask = std::uint64_t;  // bit i: needle i
  static constexpr std::size_t most_needles = 64;

  // Requires: at most most_needles, none of them empty. Lifetime: of the needles.
  explicit TextSearch(std::span<Needle const> needles);

  // Those of `wanted` that occur in a header, its fields decoded: "Name: value".
  Mask in_header(std::string_view block, Mask wanted);

  // One text: begin, pieces of it in order, end. What occurs of `wanted` so far is found().
  // Lifetime: of `charset`, until end().
  void begin(TransferEncoding encoding, std::string_view charset, Mask wanted);
  void feed(std::string_view octets);
  void end();
  Mask found() const { return found_; }

 private:
  void add_field(HeaderField const& field);
  void take(std::string_view decoded);
  void take_encoded(std::string_view octets);
  void look();
  Mask look_for(Mask wanted) const;

  std::span<Needle const> needles_;
  std::size_t longest_ = 0;
  std::string window_;  // folded; keeps what a needle may span
  std::string decoded_, utf8_;
  std::optional<TransferDecoder> transfer_;  // absent: identity
  std::string_view charset_name_;
  std::optional<CharsetDecoder> charset_;  // made when it is needed
  bool plain_ = true;  // only ASCII so far, and it means ASCII: the charset has not mattered
  Mask wanted_ = 0;
  Mask found_ = 0;
};

}  // namespace mc::mail
