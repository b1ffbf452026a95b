// mail/transfer.h - content transfer decoding, piece by piece, for whoever streams a large part.
//
// Memory does not grow with the content. One object per content; not thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/decode.h"

namespace mc::mail {

class TransferDecoder {
 public:
  explicit TransferDecoder(TransferEncoding encoding) : encoding_(encoding) {}  // unknown: as identity

  void feed(std::string_view octets, std::string& out);
  void finish(std::string& out);

 private:
  void feed_base64(std::string_view octets, std::string& out);
  void end_quantum(std::string& out);
  void feed_quoted_printable(std::string_view octets, std::string& out);
  bool continues_pending(char c, std::string& out);
  void feed_uuencode(std::string_view octets, std::string& out);
  void uuencoded_line(std::string_view line, std::string& out);

  TransferEncoding encoding_;
  std::uint32_t bits_ = 0;  // base64: the sextets of an unfinished quantum
  int sextets_ = 0;
  std::string
      pending_;  // quoted-printable: an escape or trailing white space not yet decided; uuencode: a line
  bool in_file_ = false;  // uuencode: between "begin" and "end"
};

}  // namespace mc::mail
