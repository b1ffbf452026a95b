// mail/match.h - does a message contain this text? For IMAP SEARCH and rules.
//
// Compares without regard to case and composition, in all scripts, in the spirit of
// i;unicode-casemap (RFC 5051). A Needle is immutable after construction: any thread.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "mail/summary.h"

namespace mc::mail {

// `utf8` folded for comparison: case folded, compatibility-decomposed. Invalid UTF-8 becomes U+FFFD.
std::string fold(std::string_view utf8);

class Needle {
 public:
  // The text searched for, in UTF-8. The empty needle is in every text.
  explicit Needle(std::string_view utf8);
  bool in(std::string_view utf8) const;
  bool in_folded(std::string_view folded) const;
  bool empty() const { return folded_.empty(); }
  std::string const& folded() const { return folded_; }

 private:
  std::string folded_;
};

// body: the text of text/* parts, decoded, and the headers of messages inside the message (they are body).
// all: also the message's own header, decoded.                     RFC 9051, 6.4.4 BODY and TEXT
enum class MatchScope { body, all };

// Memory used does not grow with the message.
bool text_contains(std::string_view octets, std::span<Part const> parts, Needle const& needle,
                   MatchScope scope);

// Every field of `block` (one message's header) called `name`; an empty needle asks whether there is one.
// RFC 9051, 6.4.4 HEADER
bool header_contains(std::string_view block, std::string_view name, Needle const& needle);

}  // namespace mc::mail
