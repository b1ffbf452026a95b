// net/dkim_ed25519.h - an ed25519-sha256 signature on mail (RFC 8463), relaxed/relaxed (RFC 6376, 3.4.2 and 3.4.4).
//
// Debian's libopendkim makes such signatures too, but never frees the key that it reads for each of them: half a kilobyte a mail.
// So these are made here, over the same fields and octets.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/dkim_key.h"

namespace mc::net {

// A message on its way through one signature: its fields, then its body in pieces, all with CRLF.
class Ed25519Signing {
 public:
  explicit Ed25519Signing(DkimKey const& key);
  ~Ed25519Signing();
  Ed25519Signing(Ed25519Signing&&) noexcept;

  void take_field(std::string_view field);  // one to be signed, without its last CRLF, in the order of the message
  void take_body(std::string_view octets);
  // The field's value after "DKIM-Signature: ", folded. Throws std::runtime_error if there was no From.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mc::net
