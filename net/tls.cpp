#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <new>

namespace mc::net {

namespace {

using Context = std::shared_ptr<SSL_CTX>;

// Forward secrecy and authenticated encryption only; mail clients since about 2014 have them.
constexpr char const* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
// X25519 first: its keys take less memory and time than those on P-256.
constexpr char const* groups = "X25519:P-256:P-384";

std::string last_reason() {
  unsigned long const code = ERR_peek_error();
  if (ERR_GET_LIB(code) == ERR_LIB_SYS) return "cannot be read";
  char const* reason = ERR_reason_error_string(code);
  return reason ? reason : "unknown reason";
}

Error file_error(std::string const& what, std::string const& file) {
  bool const unreadable = ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SYS;
  return fail(unreadable ? Errc::not_found : Errc::syntax, what + " " + file + ": " + last_reason());
}

// Never ask a terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) {
  return 0;
}

Context make_context(SSL_METHOD const* method) {
  Context context(SSL_CTX_new(method), &SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(
      raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_cipher_list(raw, tls12_ciphers);
  SSL_CTX_set1_groups_list(raw, groups);
  SSL_CTX_set_default_passwd_cb(raw, &no_password);
  return context;
}

Result<Context> load_server(ServerTlsFiles const& files) {
  ERR_clear_error();
  Context context = make_context(TLS_server_method());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_num_tickets(raw, 1);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
    return file_error("certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return file_error("key", files.key);
  if (SSL_CTX_check_private_key(raw) != 1)
    return fail(Errc::syntax, "key " + files.key + " does not belong to certificate " + files.certificate);
  return context;
}

Result<Context> load_client(ClientTls const& options) {
  Context context = make_context(TLS_client_method());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_verify(raw, options.verify == Verify::required ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (options.verify == Verify::none) return context;
  ERR_clear_error();
  bool const from_system = options.ca_file.empty();
  int const loaded = from_system ? SSL_CTX_set_default_verify_paths(raw)
                                 : SSL_CTX_load_verify_locations(raw, options.ca_file.c_str(), nullptr);
  if (loaded != 1) return file_error("CA file", options.ca_file);
  return context;
}

}  // namespace

Result<Context> TlsContext::load() const {
  auto loaded = server_ ? load_server(files_) : load_client(client_);
  ERR_clear_error();
  return loaded;
}

Result<std::shared_ptr<TlsContext>> TlsContext::make_server(ServerTlsFiles files) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  context->server_ = true;
  context->files_ = std::move(files);
  if (auto loaded = context->reload(); !loaded) return loaded.error();
  return context;
}

Result<std::shared_ptr<TlsContext>> TlsContext::make_client(ClientTls options) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  context->client_ = std::move(options);
  if (auto loaded = context->reload(); !loaded) return loaded.error();
  return context;
}

Result<void> TlsContext::reload() {
  auto loaded = load();
  if (!loaded) return loaded.error();
  std::lock_guard lock(mutex_);
  current_ = std::move(*loaded);
  return {};
}

std::shared_ptr<ssl_ctx_st> TlsContext::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace mc::net
