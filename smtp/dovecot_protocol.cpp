#include "smtp/dovecot_protocol.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "net/address.h"

namespace mc::smtp::dovecot {

namespace {

using Fields = std::vector<std::string_view>;

struct Escape {
  char octet, written;
};
constexpr std::array escapes{Escape{'\t', 't'}, Escape{'\n', 'n'}, Escape{'\r', 'r'}, Escape{'\0', '0'}, Escape{'\1', '1'}};

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto row = std::find_if(escapes.begin(), escapes.end(), [&](Escape e) { return e.octet == c; });
    out += row == escapes.end() ? std::string(1, c) : std::string{'\1', row->written};
  }
  return out;
}

std::string unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\1' || i + 1 == field.size()) {
      out += field[i];
      continue;
    }
    char const written = field[++i];
    auto row = std::find_if(escapes.begin(), escapes.end(), [&](Escape e) { return e.written == written; });
    out += row == escapes.end() ? written : row->octet;
  }
  return out;
}

Error malformed(std::string_view command) { return fail(Errc::syntax, "malformed " + std::string(command)); }

std::optional<std::uint32_t> read_id(Fields const& fields) {
  auto const number = fields.size() > 1 ? parse_number(fields[1]) : std::nullopt;
  if (!number || *number > 0xFFFFFFFF) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

// One row a parameter of AUTH; those we have no use for (service, lip, lport, session, …) are passed over.
struct Parameter {
  std::string_view name;
  void (*read)(std::string_view value, AuthRequest& out);
};
constexpr std::array parameters{
    Parameter{"rip",
              [](std::string_view value, AuthRequest& out) {
                boost::system::error_code error;
                auto const ip = boost::asio::ip::make_address(std::string(value), error);
                if (!error) out.remote = net::normalize(ip);
              }},
    Parameter{"secured", [](std::string_view, AuthRequest& out) { out.secured = true; }},
    Parameter{"nologin", [](std::string_view, AuthRequest& out) { out.nologin = true; }},
    Parameter{"resp",
              [](std::string_view value, AuthRequest& out) {
                out.initial = parse_base64(value);
                out.malformed = !out.initial;
              }},
};

void read_parameter(std::string_view field, AuthRequest& out) {
  auto const equals = field.find('=');
  for (Parameter const& row : parameters)
    if (row.name == field.substr(0, equals))
      return row.read(equals == field.npos ? "" : unescape(field.substr(equals + 1)), out);
}

// VERSION TAB major TAB minor
Result<Command> parse_version(Fields const& fields) {
  auto const major = fields.size() > 2 ? parse_number(fields[1]) : std::nullopt;
  if (!major) return malformed("VERSION");
  return Version{*major};
}

// AUTH TAB id TAB mechanism *(TAB parameter) [TAB "resp=" base64]
Result<Command> parse_auth(Fields const& fields) {
  auto const id = read_id(fields);
  if (!id || fields.size() < 3 || fields[2].empty()) return malformed("AUTH");
  AuthRequest out;
  out.id = *id;
  out.mechanism = unescape(fields[2]);
  for (std::size_t i = 3; i < fields.size(); ++i) read_parameter(fields[i], out);
  return out;
}

// CONT TAB id TAB base64
Result<Command> parse_continuation(Fields const& fields) {
  auto const id = read_id(fields);
  if (!id || fields.size() != 3) return malformed("CONT");
  return Continuation{*id, parse_base64(fields[2])};
}

Result<Command> parse_cancel(Fields const& fields) {
  auto const id = read_id(fields);
  if (!id) return malformed("CANCEL");
  return Cancel{*id};
}

struct Row {
  std::string_view command;
  Result<Command> (*parse)(Fields const& fields);
};
constexpr std::array commands{Row{"AUTH", parse_auth}, Row{"CANCEL", parse_cancel}, Row{"CONT", parse_continuation},
                              Row{"VERSION", parse_version}};

std::string number(std::uint32_t value) { return std::to_string(value); }

}  // namespace

Result<Command> parse_command(std::string_view line) {
  Fields const fields = split(line, '\t');
  for (Row const& row : commands)
    if (row.command == fields[0]) return row.parse(fields);
  return Command(Ignored{});
}

std::string write_handshake(std::vector<std::string_view> const& plaintext, std::vector<std::string_view> const& others,
                            std::uint32_t process, std::uint32_t connection, std::string_view cookie) {
  std::string out = "VERSION\t1\t2\n";
  for (std::string_view name : others) out += "MECH\t" + std::string(name) + "\tmutual-auth\n";
  for (std::string_view name : plaintext) out += "MECH\t" + std::string(name) + "\tplaintext\n";
  out += "SPID\t" + number(process) + "\nCUID\t" + number(connection) + "\nCOOKIE\t" + std::string(cookie) + "\nDONE\n";
  return out;
}

std::string write_challenge(std::uint32_t id, std::string_view octets) {
  return "CONT\t" + number(id) + '\t' + base64(octets) + '\n';
}

std::string write_success(std::uint32_t id, std::string_view login) {
  return "OK\t" + number(id) + "\tuser=" + escape(login) + '\n';
}

std::string write_failure(std::uint32_t id, Failure failure, std::string_view reason) {
  static constexpr std::string_view marks[] = {"", "\tauthz", "\ttemp"};
  return "FAIL\t" + number(id) + std::string(marks[static_cast<std::size_t>(failure)]) + "\treason=" + escape(reason) + '\n';
}

}  // namespace mc::smtp::dovecot
