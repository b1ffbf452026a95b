// net/dkim_key.h - a private key for DKIM, from its file to what a signature and the DNS need of it.
//
//   rsa       1024 to 4096 bits (RFC 8301)        ed25519     RFC 8463
//
// Any thread. Keys are checked when they are loaded: what loads can sign.
#pragma once
#include <string>

#include "core/result.h"

namespace mc::net {

struct DkimKeyFile {
  std::string domain;    // d=
  std::string selector;  // s=
  std::string path;      // PEM, without a password
};

enum class DkimAlgorithm : unsigned char { rsa_sha256, ed25519_sha256 };

struct DkimKey {
  DkimKeyFile file;
  DkimAlgorithm algorithm = DkimAlgorithm::rsa_sha256;
  std::string pem;
  std::string record;  // "v=DKIM1; k=rsa; p=MIIB…"                RFC 6376, 3.6.1
};

// Fails: not_found (cannot be read), forbidden (everyone may read it), syntax (no key, or of another kind or size); the
// text names the file and what to do.
Result<DkimKey> load_dkim_key(DkimKeyFile file);

}  // namespace mc::net
