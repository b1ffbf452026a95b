// mail/summary.h - all that IMAP and the rules ask of a message, computed once at intake.
//
// A Summary is independent of recipients and of any prefix put in front of the octets: its
// offsets count from the first octet received. ENVELOPE, BODY and BODYSTRUCTURE are kept
// in wire form, so FETCH of them is a copy, and BODY[1.2] is a slice of the octets.
//
// Content never makes summarize() fail. A message beyond a limit is shown as one opaque
// part (application/octet-stream) with its header intact. Line ends are LF or CRLF.
// Linear time, no recursion over content. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/decode.h"
#include "mail/headers.h"

namespace mc::mail {

// What mail people write stays far below all of these.
struct Limits {
  std::size_t depth = 100;  // multiparts and messages inside each other
  std::size_t parts = 10'000;
  std::size_t fields = 2'000;         // header fields of one message or part
  std::size_t parameters = 128;       // of one Content-Type or Content-Disposition
  std::size_t address_field = 65536;  // octets of one address field that are read
  std::size_t value = 16384;          // octets of any other field that are read
  std::size_t structure = 8u << 20;   // octets of BODYSTRUCTURE
};

enum class PartKind : unsigned char { leaf, multipart, message };

// One node of the MIME tree. Nodes stand in pre-order; a parent precedes its children.
struct Part {
  static constexpr std::int32_t no_parent = -1;

  std::int32_t parent = no_parent;  // index into Summary::parts; no_parent only for parts[0]
  // Child of a multipart: its number there, from 1. Root of a message (parts[0], or the only
  // child of a `message` part): 1 if it is no multipart, else 0, for then it has no number of its own.
  std::uint32_t number = 0;
  std::uint64_t header_begin = 0;
  std::uint64_t header_end = 0;  // after the empty line; == body_begin
  std::uint64_t body_begin = 0;
  std::uint64_t body_end = 0;  // the line end before a boundary belongs to the boundary
  std::uint64_t lines = 0;     // line ends in the body
  PartKind kind = PartKind::leaf;
  TransferEncoding encoding = TransferEncoding::seven_bit;
  std::string type;         // lower case
  std::string subtype;      // lower case
  std::string charset;      // lower case; "us-ascii" for text that names none; else empty
  std::string disposition;  // lower case; empty if absent
  std::string filename;     // of the disposition, else the type's name; decoded UTF-8

  Range header() const { return {header_begin, header_end}; }
  Range body() const { return {body_begin, body_end}; }
  bool is_text() const { return kind == PartKind::leaf && type == "text"; }
};

struct Summary {
  // Wire form, ready to follow "ENVELOPE " and so on; no raw 8-bit octet, no NUL.  RFC 9051, 7.5.2
  std::string envelope;
  std::string body;
  std::string bodystructure;
  std::vector<Part> parts;  // never empty

  std::uint64_t size = 0;
  std::uint64_t header_size = 0;  // the empty line included
  bool has_8bit = false;          // anywhere in the octets
  bool opaque = false;            // beyond a limit: parts is one application/octet-stream

  std::string message_id;  // with angle brackets; empty if absent
  std::vector<std::string> in_reply_to;
  std::vector<std::string> references;
  std::string subject;  // decoded UTF-8
  std::optional<SentDate> date;
  std::vector<Address> from, sender, reply_to, to, cc;  // as the fields say: no defaults filled in
  std::string preview;  // at most 200 characters of text, white space collapsed    RFC 8970

  // Marks of automatic mail.
  std::string auto_submitted;  // RFC 3834 keyword in lower case ("no", "auto-replied"); empty if absent
  std::string precedence;      // lower case ("bulk", "list", "junk"); empty if absent
  bool list_mail = false;      // has a List-Id, List-Post or List-Unsubscribe field
  bool report = false;         // multipart/report: a bounce, a receipt     RFC 6522
  std::uint32_t received_count = 0;
};

Summary summarize(std::string_view octets, Limits const& limits = {});

// The summary of source's content under another header, without looking at the content again. `header`: a whole header
// block, its empty line included, whose Content-* and MIME-Version fields are those of the source.
Summary with_header(Summary const& source, std::string_view header);

}  // namespace mc::mail
