// center/automatic.h - which mail no person wrote, and what may be answered without one (RFC 3834).
//
// Automatic mail changes no state, notifies nobody, opens nothing and is never answered. It is known by what machines say of
// themselves; what only looks like it (a subject "Out of office", mail from a postmaster) needs a second sign. Pure; linear; any
// thread.
#pragma once
#include <optional>
#include <string_view>

#include "center/context.h"
#include "mail/summary.h"

namespace mc::center {

enum class AutomaticKind : unsigned char {
  personal,        // a person wrote it, for all one can tell
  auto_replied,    // an answer nobody wrote: out of office, "we received your message"
  auto_generated,  // written by a program
  bounce,          // a delivery report or receipt (RFC 3464, 8098), or a mail server's words of failure
  list,            // through a mailing list
  bulk,            // to many
};
std::string_view to_string(AutomaticKind kind);  // "personal", "auto-replied" …

struct Automatic {
  AutomaticKind kind = AutomaticKind::personal;
  std::string_view reason;  // the sign it was known by, for logs and notes: "Auto-Submitted", "null reverse path"; empty: personal
  explicit operator bool() const { return kind != AutomaticKind::personal; }
};

// `header`: the message's octets (its header block is read, at most 64 KiB of it). `reverse_path`: without brackets, "" the null
// one. `domain`: ours; a field X-Loop with an address there is a message of ours that came back ("": not looked at).
Automatic classify_automatic(mail::Summary const& summary, std::string_view header, std::string_view reverse_path,
                             std::string_view domain = {});

// Begins a subject so as mail servers report a failure, in one of the languages they speak? It proves nothing by itself.
bool is_failure_subject(std::string_view subject);

// Who answers. A person's responder (out of office) answers only mail that names him in To or Cc; a service (a ticket's "we
// received it") also what came to it by other ways.                                                     RFC 3834, 1.2 and 2
enum class Responder { person, service };

struct AnswerAsked {
  mail::Summary const& summary;
  std::string_view header, reverse_path;  // as for classify_automatic()
  std::string_view answer_to;             // who would get the answer
  std::string_view addressed;             // which address of ours the message came to
  Responder responder = Responder::service;
};
// Why nothing may be answered automatically ("automatic mail (Auto-Submitted)", "no address of a person"); absent: it may. Never to
// automatic mail, lists, the null reverse path, addresses of programs, or addresses of ours that are no user's.  RFC 3834, 2
// How often is another question: center/answer_limit.h.
std::optional<std::string_view> find_answer_obstacle(Settings const& settings, AnswerAsked const& asked);
inline bool may_answer_automatically(Settings const& settings, AnswerAsked const& asked) {
  return !find_answer_obstacle(settings, asked);
}

}  // namespace mc::center
