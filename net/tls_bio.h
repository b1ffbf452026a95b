// net/tls_bio.h - how OpenSSL reaches a socket: like its own socket BIO, but with MSG_NOSIGNAL, so that
// a peer that went away is an error and never a SIGPIPE. Private to net/.
#pragma once
#include <openssl/bio.h>

namespace mc::net {

// A BIO that reads and writes the non-blocking socket `fd` and does not own it. Throws bad_alloc.
BIO* make_socket_bio(int fd);

}  // namespace mc::net
