// net/tls.h - certificates and TLS policy; what a Stream needs to start TLS.
//
// TLS 1.2 and newer, no renegotiation, no compression, no session cache in memory (tickets
// only), buffers released while idle: an idle connection is to cost little (see net/stream.h).
//
// Any thread. Connections made keep the certificate they were made with.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "core/result.h"

struct ssl_ctx_st;

namespace mc::net {

// PEM files: certificate (the server's first, then intermediates) and its private key.
struct ServerTlsFiles {
  std::string certificate;
  std::string key;
};

enum class Verify {
  none,      // opportunistic: encrypts, believes any certificate
  required,  // chain to a trusted CA, valid, for the host named
};

struct ClientTls {
  Verify verify = Verify::required;
  std::string ca_file;  // PEM; empty: the system's
};

class TlsContext {
 public:
  // Fails: not_found (a file cannot be read), syntax (not PEM, or the key does not belong to
  // the certificate), conflict; the text names the file and the reason, for the admin.
  static Result<std::shared_ptr<TlsContext>> make_server(ServerTlsFiles files);
  static Result<std::shared_ptr<TlsContext>> make_client(ClientTls options);

  // Reads the files again; connections made from now on use them. On failure the old ones stay in
  // use and the error says why. A client context reads its CA file again.
  Result<void> reload();

  // For Stream: what a new connection uses.
  std::shared_ptr<ssl_ctx_st> current() const;
  bool verifies() const { return !server_ && client_.verify == Verify::required; }

 private:
  TlsContext() = default;
  Result<std::shared_ptr<ssl_ctx_st>> load() const;

  bool server_ = false;
  ServerTlsFiles files_;
  ClientTls client_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> current_;
};

}  // namespace mc::net
