// net/sasl_client.cpp - the mechanisms we speak to a smarthost.
#include <algorithm>
#include <array>

#include "core/text.h"
#include "net/gsasl_session.h"
#include "net/sasl.h"

namespace mc::net {

namespace {

using Answer = Result<std::optional<std::string>>;

// A server that asks for more would keep this thread busy for seconds.
constexpr std::uint64_t most_iterations = 1'000'000;

class PlainClient final : public SaslClient {
 public:
  explicit PlainClient(SaslClientConfig config) : config_(std::move(config)) {}
  std::string_view mechanism() const override { return "PLAIN"; }
  bool satisfied() const override { return said_; }
  Answer step(std::string_view) override {
    if (std::exchange(said_, true)) return fail(Errc::syntax, "a second challenge in PLAIN");
    std::string message(1, '\0');
    message += config_.login;
    message += '\0';
    message += config_.password;
    return std::optional(std::move(message));
  }

 private:
  SaslClientConfig config_;
  bool said_ = false;
};

class LoginClient final : public SaslClient {
 public:
  explicit LoginClient(SaslClientConfig config) : config_(std::move(config)) {}
  std::string_view mechanism() const override { return "LOGIN"; }
  bool satisfied() const override { return steps_ == 3; }
  Answer step(std::string_view) override {
    switch (++steps_) {
      case 1:
        return std::optional<std::string>();
      case 2:
        return std::optional(config_.login);
      case 3:
        return std::optional(config_.password);
      default:
        return fail(Errc::syntax, "a third challenge in LOGIN");
    }
  }

 private:
  SaslClientConfig config_;
  int steps_ = 0;
};

// server-first = … "," "i=" posit-number …                           RFC 5802, 7
bool asks_too_much(std::string_view challenge) {
  for (std::string_view const part : split(challenge, ','))
    if (part.starts_with("i=")) {
      auto const iterations = parse_number(part.substr(2));
      return !iterations || *iterations > most_iterations;
    }
  return false;
}

class ScramClient final : public SaslClient {
 public:
  explicit ScramClient(SaslClientConfig config) : session_(GsaslSession::Side::client, name, nullptr) {
    session_.set(GSASL_AUTHID, config.login);
    session_.set(GSASL_PASSWORD, config.password);
  }
  std::string_view mechanism() const override { return name; }
  bool satisfied() const override { return proven_; }
  Answer step(std::string_view challenge) override {
    if (asks_too_much(challenge)) return fail(Errc::auth_failed, "the server asks for too many iterations");
    auto out = session_.step(challenge);
    if (out.code != GSASL_OK && out.code != GSASL_NEEDS_MORE)
      return fail(Errc::auth_failed, gsasl_strerror(out.code));
    proven_ = out.code == GSASL_OK;
    return std::optional(std::move(out.octets));
  }

 private:
  static constexpr char const* name = "SCRAM-SHA-256";
  GsaslSession session_;
  bool proven_ = false;
};

struct Mechanism {
  std::string_view name;
  bool reveals_password;
  std::unique_ptr<SaslClient> (*make)(SaslClientConfig config);
};

template <class Client>
std::unique_ptr<SaslClient> make_client(SaslClientConfig config) {
  return std::make_unique<Client>(std::move(config));
}

constexpr std::array<Mechanism, 3> table{{
    // best first
    {"SCRAM-SHA-256", false, &make_client<ScramClient>},
    {"PLAIN", true, &make_client<PlainClient>},
    {"LOGIN", true, &make_client<LoginClient>},
}};

}  // namespace

std::unique_ptr<SaslClient> SaslClient::make(std::span<std::string const> offered, bool plaintext,
                                             SaslClientConfig config) {
  auto is_offered = [&](std::string_view name) {
    return std::any_of(offered.begin(), offered.end(), [&](auto const& o) { return iequals(o, name); });
  };
  for (auto const& row : table)
    if ((plaintext || !row.reveals_password) && is_offered(row.name)) return row.make(std::move(config));
  return nullptr;
}

}  // namespace mc::net
