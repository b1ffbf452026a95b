// center/external_header.h - the header of an external copy: what of the message's header leaves, and what is put before it.
//
// Mail providers want one From in a domain that the signature and the return path have too, and each field once; a user's
// own traces and the platform's fields for us are nobody's business outside:
//   * From that is not exactly one address of our domain becomes one, `"Name" <notifications@domain>`; who is answered then
//     stands in Reply-To. Sender and the author's DKIM-Signature, which speak for the old From, go with it.
//   * Date and Message-ID are added where there is none that can be read (RFC 5322, 3.6), Auto-Submitted (RFC 3834) on what a
//     program wrote, Feedback-ID always.
//   * Of fields that may stand once the first stays. Fields that stand in our prefix replace the message's. Bcc, delivery
//     traces, requests for receipts and X-MC-* do not leave, nor what is no field or would not be one on the wire (no name,
//     a NUL, a bare CR).
//
// The stored octets are not touched: what stays is told as ranges of them. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "mail/headers.h"

namespace mc::center {

struct ExternalFacts {
  std::string_view domain;      // ours
  std::string_view from;        // local part for a From that is not of our domain
  std::string_view prefix;      // header lines of ours that stand before
  std::string feedback_id;      // value
  std::string message_id;       // if it has none; with brackets
  Time date{};                  // likewise
  bool automatic = false;       // no person wrote it
};

struct ExternalHeader {
  std::string added;               // lines between prefix and what is kept
  std::vector<mail::Range> kept;   // of the header: whole fields, neighbours merged, without the empty line
  bool needs_line_end = false;     // the last field kept has none
  bool signed_by_author = false;   // a DKIM-Signature stays
};

ExternalHeader edit_header(std::string_view header, ExternalFacts const& facts);

}  // namespace mc::center
