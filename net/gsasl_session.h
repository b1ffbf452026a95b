// net/gsasl_session.h - one exchange inside GNU SASL. Private to net/.
#pragma once
#include <gsasl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mc::net {

class GsaslSession {
 public:
  enum class Side { client, server };
  // Called when the mechanism asks for a property nobody has set; set() it, or don't.
  using Ask = std::function<void(Gsasl_property)>;

  // Requires: the mechanism is one GNU SASL knows (throws runtime_error otherwise).
  GsaslSession(Side side, char const* mechanism, Ask ask);
  GsaslSession(GsaslSession const&) = delete;
  GsaslSession& operator=(GsaslSession const&) = delete;

  void set(Gsasl_property property, std::string_view octets);
  std::string get(Gsasl_property property) const;  // "" if not set

  struct Out {
    int code;  // GSASL_OK, GSASL_NEEDS_MORE or an error
    std::string octets;
  };
  Out step(std::string_view input);

 private:
  static int on_callback(Gsasl* library, Gsasl_session* session, Gsasl_property property);
  static Gsasl* library();

  Ask ask_;
  std::unique_ptr<Gsasl_session, decltype(&gsasl_finish)> session_;
};

}  // namespace mc::net
