#include "net/gsasl_session.h"

#include <new>
#include <stdexcept>

namespace mc::net {

Gsasl* GsaslSession::library() {
  // Holds the table of mechanisms only; sessions from all threads may use it.
  static Gsasl* const handle = [] {
    Gsasl* made = nullptr;
    if (gsasl_init(&made) != GSASL_OK) throw std::bad_alloc();
    gsasl_callback_set(made, &GsaslSession::on_callback);
    return made;
  }();
  return handle;
}

GsaslSession::GsaslSession(Side side, char const* mechanism, Ask ask)
    : ask_(std::move(ask)), session_(nullptr, &gsasl_finish) {
  Gsasl_session* session = nullptr;
  auto const start = side == Side::server ? &gsasl_server_start : &gsasl_client_start;
  int const code = start(library(), mechanism, &session);
  if (code != GSASL_OK) throw std::runtime_error(gsasl_strerror(code));
  session_.reset(session);
  gsasl_session_hook_set(session, this);
}

int GsaslSession::on_callback(Gsasl*, Gsasl_session* session, Gsasl_property property) {
  auto* const self = static_cast<GsaslSession*>(gsasl_session_hook_get(session));
  if (!self || !self->ask_) return GSASL_NO_CALLBACK;
  self->ask_(property);
  return gsasl_property_fast(session, property) ? GSASL_OK : GSASL_NO_CALLBACK;
}

void GsaslSession::set(Gsasl_property property, std::string_view octets) {
  if (gsasl_property_set_raw(session_.get(), property, octets.data(), octets.size()) != GSASL_OK)
    throw std::bad_alloc();
}

std::string GsaslSession::get(Gsasl_property property) const {
  char const* value = gsasl_property_fast(session_.get(), property);
  return value ? value : "";
}

GsaslSession::Out GsaslSession::step(std::string_view input) {
  char* octets = nullptr;
  std::size_t length = 0;
  // GNU SASL copies what it needs, but expects a terminated string in places.
  std::string const terminated(input);
  int const code = gsasl_step(session_.get(), terminated.c_str(), terminated.size(), &octets, &length);
  std::unique_ptr<char, decltype(&gsasl_free)> const owned(octets, &gsasl_free);
  bool const good = code == GSASL_OK || code == GSASL_NEEDS_MORE;
  return {code, good && octets ? std::string(octets, length) : std::string()};
}

}  // namespace mc::net
