// net/sasl_server.cpp - the mechanisms we accept.
#include <algorithm>
#include <array>

#include "core/crypto.h"
#include "core/text.h"
#include "net/gsasl_session.h"
#include "net/sasl.h"

namespace mc::net {

namespace {

SaslFailed malformed(std::string why) {
  return {true, std::move(why)};
}

// --- PLAIN

// message = [authzid] NUL authcid NUL passwd                          RFC 4616, 2
SaslStep read_plain(std::string_view message) {
  auto const parts = split(message, '\0');
  if (parts.size() != 3 || parts[1].empty() || parts[2].empty()) return malformed("bad PLAIN message");
  return SaslNeedsPasswordCheck{std::string(parts[1]), std::string(parts[2]), std::string(parts[0])};
}

class PlainServer final : public SaslServer {
 public:
  SaslStep step(std::optional<std::string_view> input) override {
    if (!input) return SaslChallenge{};
    return read_plain(*input);
  }
};

// --- LOGIN (draft-murchison-sasl-login): a prompt for each; the prompts are what clients look for

class LoginServer final : public SaslServer {
 public:
  SaslStep step(std::optional<std::string_view> input) override {
    if (!input) return SaslChallenge{"Username:"};
    if (login_.empty()) {
      if (input->empty() || input->find('\0') != input->npos) return malformed("bad user name");
      login_ = *input;
      return SaslChallenge{"Password:"};
    }
    if (input->empty()) return malformed("empty password");
    return SaslNeedsPasswordCheck{login_, std::string(*input), {}};
  }

 private:
  std::string login_;
};

// --- SCRAM

std::string derive(std::string const& secret, std::string_view purpose, std::string_view login) {
  std::string input(purpose);
  input += '\0';
  input += to_lower(login);
  Sha256 const derived = hmac_sha256(secret, input);
  return std::string(as_octets(derived));
}

// What a user who does not exist would have: always the same, and no password fits it.
ScramVerifier fake_verifier(std::string const& secret, std::string_view login) {
  ScramVerifier fake;
  fake.salt = derive(secret, "scram salt", login).substr(0, 16);
  fake.iterations = scram_iterations;
  fake.stored_key = derive(secret, "scram stored key", login);
  fake.server_key = derive(secret, "scram server key", login);
  return fake;
}

bool is_malformed(int code) {
  constexpr std::array codes{GSASL_MECHANISM_PARSE_ERROR, GSASL_SASLPREP_ERROR, GSASL_BASE64_ERROR,
                             GSASL_MECHANISM_CALLED_TOO_MANY_TIMES};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

class ScramServer final : public SaslServer {
 public:
  ScramServer(char const* mechanism, SaslServerConfig config)
      : config_(std::move(config)),
        binds_(std::string_view(mechanism).ends_with("-PLUS")),
        session_(GsaslSession::Side::server, mechanism, [this](Gsasl_property p) { answer(p); }) {}

  SaslStep step(std::optional<std::string_view> input) override {
    if (!input) return SaslChallenge{};  // the client begins
    if (proven_) return finish(*input);
    if (!std::exchange(begun_, true) && input->starts_with("p=") != binds_)
      return malformed("channel binding does not fit the mechanism");
    auto out = session_.step(*input);
    if (out.code == GSASL_NEEDS_MORE) return SaslChallenge{std::move(out.octets)};
    if (out.code != GSASL_OK) return SaslFailed{is_malformed(out.code), gsasl_strerror(out.code)};
    if (!possible_) return SaslFailed{false, "no such user, or disabled"};
    proven_ = true;  // the server's own proof goes out before success is announced
    return SaslChallenge{std::move(out.octets)};
  }

 private:
  SaslStep finish(std::string_view input) const {
    if (!input.empty()) return malformed("octets after the proof");
    return SaslDone{session_.get(GSASL_AUTHID), session_.get(GSASL_AUTHZID)};
  }

  void answer(Gsasl_property property) {
    if (property == GSASL_CB_TLS_EXPORTER && config_.channel_binding)
      session_.set(GSASL_CB_TLS_EXPORTER, base64(*config_.channel_binding));
    bool const about_user = property == GSASL_SCRAM_ITER || property == GSASL_SCRAM_SALT ||
                            property == GSASL_SCRAM_STOREDKEY || property == GSASL_SCRAM_SERVERKEY;
    if (about_user && !std::exchange(looked_up_, true)) look_up();
  }

  void look_up() {
    std::string const login = session_.get(GSASL_AUTHID);
    auto const found = config_.credentials.find(login);
    bool const has_verifier = found && found->scram.iterations > 0;
    possible_ = has_verifier && found->enabled;
    auto const scram = has_verifier ? found->scram : fake_verifier(config_.server_secret, login);
    session_.set(GSASL_SCRAM_ITER, std::to_string(scram.iterations));
    session_.set(GSASL_SCRAM_SALT, base64(scram.salt));
    session_.set(GSASL_SCRAM_STOREDKEY, base64(scram.stored_key));
    session_.set(GSASL_SCRAM_SERVERKEY, base64(scram.server_key));
  }

  SaslServerConfig config_;
  bool const binds_;
  bool begun_ = false;
  bool looked_up_ = false;
  bool possible_ = false;  // there is an enabled user with a verifier
  bool proven_ = false;
  GsaslSession session_;
};

// --- the table, best first

struct Mechanism {
  std::string_view name;
  bool reveals_password;
  bool needs_binding;
  std::unique_ptr<SaslServer> (*make)(SaslServerConfig config);
};

template <class Server>
std::unique_ptr<SaslServer> make_simple(SaslServerConfig) {
  return std::make_unique<Server>();
}
std::unique_ptr<SaslServer> make_scram(SaslServerConfig config) {
  return std::make_unique<ScramServer>("SCRAM-SHA-256", std::move(config));
}
std::unique_ptr<SaslServer> make_scram_plus(SaslServerConfig config) {
  return std::make_unique<ScramServer>("SCRAM-SHA-256-PLUS", std::move(config));
}

constexpr std::array<Mechanism, 4> table{{
    {"SCRAM-SHA-256-PLUS", false, true, &make_scram_plus},
    {"SCRAM-SHA-256", false, false, &make_scram},
    {"PLAIN", true, false, &make_simple<PlainServer>},
    {"LOGIN", true, false, &make_simple<LoginServer>},
}};

}  // namespace

std::unique_ptr<SaslServer> SaslServer::make(std::string_view mechanism, SaslServerConfig config) {
  for (auto const& row : table)
    if (iequals(row.name, mechanism))
      return row.needs_binding && !config.channel_binding ? nullptr : row.make(std::move(config));
  return nullptr;
}

std::vector<std::string_view> SaslServer::mechanisms(bool plaintext, bool binding) {
  std::vector<std::string_view> names;
  for (auto const& row : table)
    if ((plaintext || !row.reveals_password) && (binding || !row.needs_binding)) names.push_back(row.name);
  return names;
}

}  // namespace mc::net
