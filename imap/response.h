// imap/response.h - status responses: what a command's result looks like to the client.
//
// The one place where Errc becomes NO or BAD and a response code, and where tagged lines
// are written. A handler returns Result<Done>: Done{} for a plain success, or
// one with a code, or a refusal whose code the table cannot know (TRYCREATE, BADCHARSET).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"
#include "core/uid_set.h"
#include "imap/flag.h"
#include "imap/seqset.h"
#include "imap/writer.h"

namespace mc::imap {

enum class Status { ok, no, bad, bye, preauth };

// How a command ended, as its handler says it.
struct Done {
  Status status = Status::ok;
  std::string code;  // without brackets: "READ-WRITE"; "" for none
  std::string text;  // "" means "<command> completed"

  Done() = default;
  Done(Status s, std::string c, std::string t) : status(s), code(std::move(c)), text(std::move(t)) {}
  static Done with(std::string code, std::string text = {}) {
    return {Status::ok, std::move(code), std::move(text)};
  }
  static Done no(std::string code, std::string text) {
    return {Status::no, std::move(code), std::move(text)};
  }
};

// The face of an error: one table row.
struct ErrorFace {
  Errc error;
  Status status;          // no or bad
  std::string_view code;  // "" for none
};
ErrorFace const& face_of(Errc error);

// "a1 OK [READ-WRITE] SELECT completed". `command` is the name as in the table of commands.
void write_tagged(Writer& out, std::string_view tag, std::string_view command, Result<Done> const& result);
// "* OK [UIDNEXT 4392] Predicted next UID". Text always follows a code; a code alone gets its own words.
void write_untagged(Writer& out, Status status, std::string_view code, std::string_view text);
// "+ idling"; an empty text becomes "+ OK", because some clients choke on "+ " alone.
void write_continuation(Writer& out, std::string_view text);
// "+ <base64>": a server challenge; the empty challenge is "+ ".
void write_challenge(Writer& out, std::string_view octets);

// Response codes with arguments, without brackets.
namespace code {
std::string append_uid(UidValidity validity, UidSet const& uids);  // RFC 4315
// The n-th of `source` became the n-th of `destination`, in whatever order both are.
std::string copy_uid(UidValidity validity, std::span<UidRange const> source,
                     std::span<UidRange const> destination);
std::string uid_validity(UidValidity validity);
std::string uid_next(Uid next);
std::string highest_modseq(ModSeq modseq);                           // RFC 7162
std::string modified(UidSet const& set);                             // UID STORE
std::string modified(SeqNumSet const& set);                          // STORE
std::string permanent_flags(Flags const& flags, bool new_keywords);  // new_keywords: "\*"
std::string capability(std::span<std::string_view const> names);
std::string bad_charset();                                       // the charsets SEARCH knows
std::string bad_event(std::span<std::string_view const> known);  // RFC 5465
}  // namespace code

}  // namespace mc::imap
