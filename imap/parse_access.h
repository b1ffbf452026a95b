// imap/parse_access.h - arguments of LOGIN, AUTHENTICATE, ENABLE and ID.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "imap/cursor.h"

namespace mc::imap {

struct LoginArgs {
  std::string user;
  std::string password;
};
Result<LoginArgs> parse_login(Cursor in);

struct AuthenticateArgs {
  std::string mechanism;               // upper case
  std::optional<std::string> initial;  // decoded; "=" gives ""; nullopt: none sent
};
Result<AuthenticateArgs> parse_authenticate(Cursor in);

// One line of the client during AUTHENTICATE, with or without its CRLF: the octets
// decoded, or nullopt when the client gave up ("*"). Fails: syntax.
Result<std::optional<std::string>> parse_authenticate_line(std::string_view line);

struct EnableArgs {
  std::vector<std::string> capabilities;  // upper case, as many as were given
};
Result<EnableArgs> parse_enable(Cursor in);

inline constexpr std::size_t max_id_pairs = 30;  // RFC 2971, 3.3
inline constexpr std::size_t max_id_value = 1024;
struct IdArgs {
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;  // empty also for NIL
};
Result<IdArgs> parse_id(Cursor in);

// Is `line` (with or without its CRLF) the DONE that ends IDLE? Any case.
bool is_done(std::string_view line);

}  // namespace mc::imap
