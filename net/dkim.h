// net/dkim.h - DKIM signatures on mail that leaves (RFC 6376, RFC 8463). Its .cpp is the only file that knows libopendkim, which makes those
// of kind rsa; net/dkim_ed25519.h the others.
//
// One signature for each key, relaxed/relaxed, over the octets as SMTP carries them: a CR or LF alone counts as CRLF, for
// so it is sent (smtp/dot_stuffer.h). Signed are the fields of signed_fields, each as often as it is there, and
// From once more, so that none can be added.
//
// Any thread. What is being signed while keys are reloaded keeps the keys it began with.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/current.h"
#include "core/result.h"
#include "net/dkim_key.h"

namespace mc::net {

inline constexpr std::array<std::string_view, 17> signed_fields{
    "From",         "To",           "Cc",        "Subject",          "Date",
    "Message-ID",   "Reply-To",     "In-Reply-To", "References",     "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding", "List-Id",          "List-Unsubscribe",
    "List-Unsubscribe-Post", "Feedback-ID", "Auto-Submitted"};

// Octets [offset, offset + most) of the message; empty at its end.
using DkimSource = std::function<std::string(std::uint64_t offset, std::size_t most)>;

// What is to be published in the DNS: a TXT record.
struct DkimRecord {
  std::string name;  // "s2026._domainkey.example.test"
  std::string text;  // "v=DKIM1; k=ed25519; p=…"
};

class DkimSigner {
 public:
  // Fails: as load_dkim_key(); conflict (a selector twice for a domain). No files: signs nothing.
  static Result<std::unique_ptr<DkimSigner>> make(std::vector<DkimKeyFile> const& files);
  ~DkimSigner();
  // On failure the old keys stay in use.
  Result<void> reload(std::vector<DkimKeyFile> const& files);

  std::vector<DkimRecord> records() const;
  // "DKIM-Signature: …CRLF" for each key. Reads the message once, in pieces; keeps its header (at most 2 MiB) in memory.
  // Throws std::runtime_error if it cannot be signed (no From; no header end within that).
  std::string sign(DkimSource const& message) const;

 private:
  struct Keys;
  explicit DkimSigner(Keys keys);
  static Result<Keys> load(std::vector<DkimKeyFile> const& files);

  Current<Keys> keys_;
};

// One line for a zone file; the text in strings of at most 255 octets.  RFC 1035, 5.1
std::string write_zone_line(DkimRecord const& record);

}  // namespace mc::net
