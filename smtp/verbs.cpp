#include "smtp/verbs.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::smtp {

namespace {

constexpr Services smtp = bit(Service::smtp), submission = bit(Service::submission),
                   lmtp = bit(Service::lmtp);
constexpr Services all = smtp | submission | lmtp;

constexpr Needs to_send = need::hello | need::auth;

constexpr std::array<VerbRow, 17> rows{{
    {"AUTH", submission, need::hello | need::idle, auth_line, verb_auth},
    {"BDAT", all, need::nothing, ordinary_line, verb_bdat},  // checks for itself: its octets come anyway
    {"DATA", all, need::no_argument | to_send | need::mail | need::no_bdat | need::rcpt, ordinary_line,
     verb_data},
    {"EHLO", smtp | submission, need::nothing, ordinary_line, verb_ehlo},
    {"EXPN", all, to_send, ordinary_line, verb_expn},
    {"HELO", smtp | submission, need::nothing, ordinary_line, verb_helo},
    {"HELP", all, need::nothing, ordinary_line, verb_help},
    {"LHLO", lmtp, need::nothing, ordinary_line, verb_lhlo},
    {"MAIL", all, to_send | need::idle, ordinary_line, verb_mail},
    {"NOOP", all, need::nothing, ordinary_line, verb_noop},
    {"QUIT", all, need::no_argument, ordinary_line, verb_quit},
    {"RCPT", all, to_send | need::mail | need::no_bdat, ordinary_line, verb_rcpt},
    {"RSET", all, need::no_argument, ordinary_line, verb_rset},
    {"STARTTLS", all, need::no_argument, ordinary_line, verb_starttls},
    {"VRFY", all, to_send, ordinary_line, verb_vrfy},
    {"XCLIENT", all, need::trust | need::idle, ordinary_line, verb_xclient},
    {"XFORWARD", smtp | lmtp, need::trust | need::hello | need::idle, ordinary_line, verb_xforward},
}};

constexpr bool is_sorted() {
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (!(rows[i - 1].verb < rows[i].verb)) return false;
  return true;
}
static_assert(is_sorted());

}  // namespace

VerbRow const* find_verb(std::string_view verb) {
  if (verb.size() > 8) return nullptr;
  std::string const upper = to_upper(verb);
  auto row = std::lower_bound(rows.begin(), rows.end(), upper,
                              [](VerbRow const& r, std::string const& v) { return r.verb < v; });
  return row != rows.end() && row->verb == upper ? &*row : nullptr;
}

}  // namespace mc::smtp
