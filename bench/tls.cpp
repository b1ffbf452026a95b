#include "bench/tls.h"

#include "bench/support.h"

namespace mc::bench {

SslPtr make_tls(int fd) {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    if (made == nullptr) fail("no TLS context");
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    return made;
  }();
  SslPtr ssl(SSL_new(context));
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) fail("no TLS session");
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace mc::bench
