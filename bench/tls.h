// tls.h - a TLS client without certificate checks: the benchmark knows its server.
#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace mc::bench {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

// A client session over `fd`, before its handshake. Fails: OpenSSL refuses.
SslPtr make_tls(int fd);

}  // namespace mc::bench
