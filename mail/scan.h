// mail/scan.h - where the parts of a message begin and end. For the inside of this folder.
//
// One pass over the lines with an explicit stack: no recursion, linear time. What it decides, it
// decides as Dovecot does:
//   * a boundary line need only begin with the boundary (RFC 2046, 5.1.1); when several open ones
//     fit, the longest wins, and the parts inside the multipart it belongs to are over;
//   * a multipart that never closes ends where its parent ends;
//   * a header without an empty line ends at the boundary or at the end of the octets;
//   * a multipart without children has one empty text/plain part.
// A multipart without a boundary parameter is text/plain, for its text must stay readable.
//
// Pure; any thread.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "mail/params.h"
#include "mail/summary.h"

namespace mc::mail {

// The header fields this folder reads.
enum class FieldId : unsigned char {
  auto_submitted,
  bcc,
  cc,
  content_description,
  content_disposition,
  content_id,
  content_language,
  content_location,
  content_md5,
  content_transfer_encoding,
  content_type,
  date,
  from,
  in_reply_to,
  list,
  message_id,
  precedence,
  received,
  references,
  reply_to,
  sender,
  subject,
  to,
};

struct FieldRef {
  FieldId id;
  std::string_view value;  // as in HeaderField, cut to the limit for such a field
};

struct Node {
  Part part;
  std::uint32_t fields_begin = 0, fields_end = 0;  // in Scan::fields
  std::vector<Param> type_params;
  std::vector<Param> disposition_params;
};

struct Scan {
  std::vector<Node> nodes;  // pre-order, never empty
  std::vector<FieldRef> fields;
  bool over_limit = false;  // nodes and fields are then incomplete

  // The first field `id` of `node`; nullptr if it has none.
  FieldRef const* find(Node const& node, FieldId id) const;
  std::span<FieldRef const> fields_of(Node const& node) const {
    return std::span(fields).subspan(node.fields_begin, node.fields_end - node.fields_begin);
  }
};

Scan scan(std::string_view octets, Limits const& limits);

// The whole body as one application/octet-stream part, with the fields of the header up to the limit.
Scan scan_opaque(std::string_view octets, Limits const& limits);

}  // namespace mc::mail
