// smtp/dovecot_protocol.h - the lines of Dovecot's authentication protocol, version 1.2, as a server reads and writes
// them: what Postfix (smtpd_sasl_type = dovecot), Exim and others speak to check a password.
//
//   line    = command *(TAB field) LF                 fields hold no TAB, LF, CR, NUL; they are written as \001 and t n r 0 1
//   client  : VERSION major minor / CPID pid / AUTH id mechanism *parameter [resp=base64] / CONT id base64 / CANCEL id
//   server  : VERSION 1 2 / MECH name *flag / SPID / CUID / COOKIE / DONE, then OK, CONT and FAIL, each with an id
//
// Pure. Everything is bounded by the length of the line.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace mc::smtp::dovecot {

struct Version {
  std::uint64_t major = 0;
};
// A login that begins. The client is believed about `remote` and `secured`: who may speak here is the socket's owner's decision.
struct AuthRequest {
  std::uint32_t id = 0;
  std::string mechanism;
  std::optional<boost::asio::ip::address> remote;  // rip=: who logs in; absent: not said, or no address
  bool secured = false;                            // under TLS, or the like
  bool nologin = false;                            // no master process will ask for this request again
  std::optional<std::string> initial;              // resp=, decoded
  bool malformed = false;                          // resp= is not base64
};
struct Continuation {
  std::uint32_t id = 0;
  std::optional<std::string> octets;  // absent: not base64
};
struct Cancel {
  std::uint32_t id = 0;
};
struct Ignored {};  // CPID, and commands of later versions

using Command = std::variant<Version, AuthRequest, Continuation, Cancel, Ignored>;

// `line` without its LF. Fails: syntax; the connection cannot go on then, as nobody knows which request was meant.
Result<Command> parse_command(std::string_view line);

// What the server says first. `connection`: a number of its own for each; `cookie`: 32 hexadecimal digits.
std::string write_handshake(std::vector<std::string_view> const& plaintext, std::vector<std::string_view> const& others,
                            std::uint32_t process, std::uint32_t connection, std::string_view cookie);

std::string write_challenge(std::uint32_t id, std::string_view octets);
std::string write_success(std::uint32_t id, std::string_view login);
enum class Failure {
  refused,  // wrong password or mechanism: the same again will not help
  authz,    // right, but not as whom he wants to act
  temporary,
};
std::string write_failure(std::uint32_t id, Failure failure, std::string_view reason);

}  // namespace mc::smtp::dovecot
