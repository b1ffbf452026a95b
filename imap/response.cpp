#include "imap/response.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::imap {

namespace {

// RFC 5530; TOOBIG: RFC 4469.
constexpr std::array faces{
    ErrorFace{Errc::syntax, Status::bad, ""},
    ErrorFace{Errc::not_found, Status::no, "NONEXISTENT"},
    ErrorFace{Errc::exists, Status::no, "ALREADYEXISTS"},
    ErrorFace{Errc::forbidden, Status::no, "NOPERM"},
    ErrorFace{Errc::auth_failed, Status::no, "AUTHENTICATIONFAILED"},
    ErrorFace{Errc::auth_required, Status::bad, ""},
    ErrorFace{Errc::limit, Status::no, "LIMIT"},
    ErrorFace{Errc::too_big, Status::no, "TOOBIG"},
    ErrorFace{Errc::no_space, Status::no, "UNAVAILABLE"},
    ErrorFace{Errc::conflict, Status::no, "INUSE"},
    ErrorFace{Errc::unsupported, Status::no, "CANNOT"},
    ErrorFace{Errc::unavailable, Status::no, "UNAVAILABLE"},
    ErrorFace{Errc::internal, Status::no, "SERVERBUG"},
};
constexpr bool in_order() {
  for (std::size_t i = 0; i < faces.size(); ++i)
    if (faces[i].error != static_cast<Errc>(i)) return false;
  return faces.size() == static_cast<std::size_t>(Errc::internal) + 1;
}
static_assert(in_order(), "one row for every Errc, in its order");

std::string_view name_of(Status status) {
  constexpr std::array<std::string_view, 5> names{"OK", "NO", "BAD", "BYE", "PREAUTH"};
  return names[static_cast<std::size_t>(status)];
}

// resp-text = ["[" resp-text-code "]" SP] text                          RFC 9051, 9
// Without a code, a text must not look as if it began with one.
void write_status(Writer& out, Status status, std::string_view code, std::string_view text) {
  out.raw(name_of(status)).sp();
  if (!code.empty())
    out.raw("[").raw(code).raw("] ");
  else if (text.starts_with('['))
    out.raw("- ");
  out.text(text).crlf();
}

template <class Set>
std::string with_set(std::string_view name, Set const& set) {
  return std::string(name) + ' ' + to_string(set);
}

// uid-set = (uniqueid / uid-range) *("," uid-set)                       RFC 4315, 4
std::string write_ranges(std::span<UidRange const> ranges) {
  std::string out;
  for (UidRange r : ranges) {
    if (!out.empty()) out += ',';
    out += std::to_string(r.first);
    if (r.last != r.first) out += ':' + std::to_string(r.last);
  }
  return out;
}

std::string with_list(std::string_view name, std::span<std::string_view const> words) {
  std::string out(name);
  out += " (";
  for (std::size_t i = 0; i < words.size(); ++i) (out += i ? " " : "") += words[i];
  return out += ')';
}

}  // namespace

ErrorFace const& face_of(Errc error) {
  return faces[static_cast<std::size_t>(error)];
}

void write_tagged(Writer& out, std::string_view tag, std::string_view command, Result<Done> const& result) {
  out.raw(tag).sp();
  if (!result) {
    ErrorFace const& face = face_of(result.error().code);
    auto const& text = result.error().text;
    write_status(out, face.status, face.code, text.empty() ? "Failed" : text);
    return;
  }
  std::string ending = result->status == Status::ok ? " completed" : " failed";
  write_status(out, result->status, result->code,
               result->text.empty() ? std::string(command) + ending : result->text);
}

void write_untagged(Writer& out, Status status, std::string_view code, std::string_view text) {
  auto name = code.substr(0, code.find(' '));
  out.raw("* ");
  write_status(out, status, code, !text.empty() ? text : name.empty() ? name_of(status) : name);
}

void write_continuation(Writer& out, std::string_view text) {
  out.raw("+ ").text(text.empty() ? "OK" : text).crlf();
}

void write_challenge(Writer& out, std::string_view octets) {
  out.raw("+ ").raw(base64(octets)).crlf();
}

namespace code {

std::string append_uid(UidValidity validity, UidSet const& uids) {
  return "APPENDUID " + to_string(validity) + ' ' + to_string(uids);
}

std::string copy_uid(UidValidity validity, std::span<UidRange const> source,
                     std::span<UidRange const> destination) {
  return "COPYUID " + to_string(validity) + ' ' + write_ranges(source) + ' ' + write_ranges(destination);
}

std::string uid_validity(UidValidity validity) {
  return "UIDVALIDITY " + to_string(validity);
}
std::string uid_next(Uid next) {
  return "UIDNEXT " + to_string(next);
}
std::string highest_modseq(ModSeq modseq) {
  return "HIGHESTMODSEQ " + to_string(modseq);
}
std::string modified(UidSet const& set) {
  return with_set("MODIFIED", set);
}
std::string modified(SeqNumSet const& set) {
  return with_set("MODIFIED", set);
}

std::string permanent_flags(Flags const& flags, bool new_keywords) {
  std::string out = "PERMANENTFLAGS ";
  Writer(out).flags(flags, new_keywords ? "\\*" : "");
  return out;
}

std::string capability(std::span<std::string_view const> names) {
  std::string out = "CAPABILITY";
  for (auto name : names) (out += ' ') += name;
  return out;
}

std::string bad_charset() {
  constexpr std::array<std::string_view, 2> known{"US-ASCII", "UTF-8"};
  return with_list("BADCHARSET", known);
}

std::string bad_event(std::span<std::string_view const> known) {
  return with_list("BADEVENT", known);
}

}  // namespace code

}  // namespace mc::imap
