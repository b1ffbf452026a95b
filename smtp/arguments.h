// smtp/arguments.h - the arguments of MAIL, RCPT, BDAT, XCLIENT and XFORWARD. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"
#include "smtp/reply.h"

namespace mc::smtp {

struct MailArguments {
  std::string path;                   // reverse path without brackets; "" the null one
  std::optional<std::uint64_t> size;  // RFC 1870
  bool eight_bit = false;             // BODY=8BITMIME, RFC 6152
  bool smtputf8 = false;              // RFC 6531
  unsigned char ret = 0;              // 1 HDRS, 2 FULL, RFC 3461
  std::string envid;                  // xtext as given
};
struct RcptArguments {
  std::string path;
  unsigned char notify = 0;  // bits as in store/outbox.h
  std::string orcpt;         // "rfc822;…", xtext as given
};
struct BdatArguments {
  std::uint64_t size = 0;
  bool last = false;
};

// A parser's answer: the value, or the reply that refuses it.
template <class T>
using Parsed = std::variant<T, Reply>;

// "MAIL FROM:" Reverse-path [SP Mail-parameters]                   RFC 5321, 4.1.1.2
Parsed<MailArguments> parse_mail(std::string_view arguments);
// "RCPT TO:" Forward-path [SP Rcpt-parameters]                     RFC 5321, 4.1.1.3
Parsed<RcptArguments> parse_rcpt(std::string_view arguments);
// "BDAT" SP chunk-size [SP "LAST"]                                 RFC 3030, 2
Parsed<BdatArguments> parse_bdat(std::string_view arguments);
// *(SP attribute-name "=" attribute-value), values xtext-decoded; names in upper case. The values
// "[UNAVAILABLE]" and "[TEMPUNAVAIL]" come as they are.
Parsed<std::vector<std::pair<std::string, std::string>>> parse_attributes(std::string_view arguments);

}  // namespace mc::smtp
