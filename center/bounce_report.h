// center/bounce_report.h - what a message that came to a return path reports as failed for good. Pure; hostile input: bounded.
//
// Two kinds: reports for machines (RFC 3464, RFC 6533), wherever they stand in the message, and the plain text of servers that send
// none, known by their words.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "center/bounce_class.h"
#include "center/prepared.h"

namespace mc::center {

struct Failure {
  BounceClass is;         // hard or soft
  std::string diagnosis;  // what the other server said, for people: one line, at most 400 octets
};
// Is this the address that the mail went to?
using AddressTest = std::function<bool(std::string_view address)>;

// Absent when it is anything else: out of office, delay, success, receipt, complaint.
//
// A report counts if one of its recipients has Action: failed. Names it the address the mail went to, that one counts; else (it was
// forwarded there) the first that failed, and not as hard if others got it. A report inside an attached message counts only if it names
// the address. Without a report the words count if they came with the null reverse path and quote a reply, or say what it would.
std::optional<Failure> find_failure(Prepared const& report, std::string_view reverse_path, AddressTest const& sent_to);

// The two by themselves. `part`: the content of a delivery-status part, decoded.
std::optional<Failure> find_failed_recipient(std::string_view part, AddressTest const& sent_to, bool must_be_named);
// `text`: UTF-8. `subject`: decoded. `known`: something else says already that it is a bounce.
std::optional<Failure> find_failure_in_words(std::string_view text, bool known);

}  // namespace mc::center
