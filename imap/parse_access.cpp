#include "imap/parse_access.h"

#include "core/text.h"

namespace mc::imap {

// login = "LOGIN" SP userid SP password                                 RFC 9051, 9
Result<LoginArgs> parse_login(Cursor in) {
  LoginArgs args;
  in.sp();
  args.user = in.astring();
  in.sp();
  args.password = in.astring();
  return in.finish(std::move(args));
}

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]          RFC 9051, 9
// initial-resp = (base64 / "=")
Result<AuthenticateArgs> parse_authenticate(Cursor in) {
  AuthenticateArgs args;
  in.sp();
  args.mechanism = to_upper(in.atom());
  if (in.try_sp()) {
    auto start = in.position();
    auto text = in.word("a base64 initial response");
    args.initial = text == "=" ? std::string() : parse_base64(text);
    if (in.ok() && !args.initial) in.fail_at(start, Errc::syntax, "The initial response is not valid base64");
  }
  return in.finish(std::move(args));
}

// authenticate-line = base64 CRLF, or "*" CRLF to give up               RFC 9051, 6.2.2
Result<std::optional<std::string>> parse_authenticate_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line == "*") return std::optional<std::string>();
  auto octets = parse_base64(line);
  if (!octets) return fail(Errc::syntax, "The response is not valid base64");
  return octets;
}

// enable = "ENABLE" 1*(SP capability)                                   RFC 9051, 9
Result<EnableArgs> parse_enable(Cursor in) {
  constexpr std::size_t most = 100;
  EnableArgs args;
  do {
    in.sp();
    args.capabilities.push_back(to_upper(in.atom()));
    if (args.capabilities.size() > most) in.fail(Errc::limit, "Too many capabilities");
  } while (in.ok() && !in.at_end());
  return in.finish(std::move(args));
}

// id = "ID" SP id-params-list                                           RFC 2971, 4
// id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
Result<IdArgs> parse_id(Cursor in) {
  IdArgs args;
  in.sp();
  if (in.try_word("NIL")) return in.finish(std::move(args));
  in.list("ID fields", max_id_pairs, Cursor::Empty::allow, [&] {
    auto start = in.position();
    auto field = in.string();
    in.sp();
    auto value = in.nstring();
    if (field.size() > max_id_value || (value && value->size() > max_id_value))
      in.fail_at(start, Errc::limit, "The ID field is too long");
    args.fields.emplace_back(std::move(field), std::move(value));
  });
  return in.finish(std::move(args));
}

bool is_done(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return iequals(line, "DONE");
}

}  // namespace mc::imap
