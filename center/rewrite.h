// center/rewrite.h - a message under another header: what one person wrote, as the others get it. Pure.
//
// Everything that could tell who wrote it, from where and with what stays out: only the fields that describe the content
// (Content-*, MIME-Version) are taken over from the author's header, the rest is written anew. The octets behind the
// header stay as they are and are stored once (store::put_derived_body).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "center/prepared.h"
#include "mail/compose.h"
#include "store/thread_ids.h"

namespace mc::center {

struct NewHeader {
  mail::Address from;
  std::vector<mail::Address> to, cc, reply_to;
  std::string subject;                  // UTF-8
  std::optional<Time> date;             // absent: the author's Date if it can be read, else none is written
  std::string message_id, in_reply_to;  // with brackets; may be empty
  std::vector<std::string> references;
  std::vector<std::pair<std::string, std::string>> fields;  // further ones: List-Id, Auto-Submitted, X-MC-Ticket …
};

// `source`'s content under this header. Lifetime: of `source`, which must not itself be derived.
// Date, Importance/Priority marks and Content-* come from the source; nothing else does.
Prepared rewrite(Prepared const& source, NewHeader const& header);

// `source` as it is, with these lines in front of it (each "Name: value CRLF") and without its own fields of these
// names. For agents' copies: a Reply-To of ours above the requester's message. Lifetime: as above.
Prepared put_lines_before(Prepared const& source, std::string_view lines, std::vector<std::string_view> const& without);

// "[T-7]" of a subject taken away, and "Re:", "Fwd:", "AW:" … before and after it.
std::string bare_subject(std::string_view subject);

// In-Reply-To and References of `mail` in the ids that `reader` knows; ids of no message of the thread are left out.
struct ThreadFields {
  std::string in_reply_to;
  std::vector<std::string> references;  // at most 20: the first and the last ones
};
ThreadFields thread_fields(store::Snapshot const& s, store::Thread thread, mail::Summary const& mail, UserId reader);
// The same where the reader knows more than one thread. `known_as`: an id as he knows it, empty: he does not.
ThreadFields thread_fields(mail::Summary const& mail, std::function<std::string(std::string const& id)> const& known_as);
// The id under which `reader` knows a message.
std::string id_for(store::ThreadMessage const& message, UserId reader);

}  // namespace mc::center
