#include "smtp/arguments.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::smtp {

namespace {

Reply bad_syntax(std::string text) {
  return Reply(501, "5.5.4", std::move(text));
}

constexpr std::size_t max_path = 320, max_parameter = 500;

// Takes "FROM:" or "TO:" (any case, one space after it is forgiven) off the front.
bool take_keyword(std::string_view& in, std::string_view keyword) {
  if (!istarts_with(in, keyword)) return false;
  in.remove_prefix(keyword.size());
  while (in.starts_with(' ')) in.remove_prefix(1);
  return true;
}

// The end of a path that begins with "<": the index of its ">", respecting quoted local parts.
std::size_t find_path_end(std::string_view in) {
  bool quoted = false;
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (quoted && in[i] == '\\')
      ++i;
    else if (in[i] == '"')
      quoted = !quoted;
    else if (in[i] == '>' && !quoted)
      return i;
  }
  return std::string_view::npos;
}

// Path = "<" [ A-d-l ":" ] Mailbox ">"; source routes are ignored (RFC 5321, appendix C).
std::optional<std::string> take_path(std::string_view& in) {
  if (!in.starts_with('<')) return std::nullopt;
  auto end = find_path_end(in);
  if (end == std::string_view::npos || end > max_path) return std::nullopt;
  std::string_view path = in.substr(1, end - 1);
  in.remove_prefix(end + 1);
  if (path.starts_with('@'))
    if (auto colon = path.find(':'); colon != std::string_view::npos) path.remove_prefix(colon + 1);
  if (!in.empty() && in[0] != ' ') return std::nullopt;
  return std::string(path);
}

bool is_ascii(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// One row a parameter: reads `value` (empty if there was no "="); false: the value is wrong.
template <class T>
struct Parameter {
  std::string_view name;
  bool (*read)(std::string_view value, T& out);
};

bool is_xtext(std::string_view value) {
  return value.size() <= max_parameter && decode_xtext(value).has_value();
}

constexpr std::array<Parameter<MailArguments>, 6> mail_parameters{{
    {"SIZE", [](std::string_view v, MailArguments& out) { return (out.size = parse_number(v)).has_value(); }},
    {"BODY",
     [](std::string_view v, MailArguments& out) {
       out.eight_bit = iequals(v, "8BITMIME");
       return out.eight_bit || iequals(v, "7BIT");
     }},
    {"SMTPUTF8", [](std::string_view v, MailArguments& out) { return out.smtputf8 = v.empty(); }},
    {"RET",
     [](std::string_view v, MailArguments& out) {
       out.ret = iequals(v, "HDRS") ? 1 : iequals(v, "FULL") ? 2 : 0;
       return out.ret != 0;
     }},
    {"ENVID",
     [](std::string_view v, MailArguments& out) {
       out.envid = v;
       return !v.empty() && v.size() <= 100 && is_xtext(v);
     }},
    // RFC 4954, 5: parsed and not believed, as it says for unauthenticated peers; submitters are known by
    // AUTH.
    {"AUTH", [](std::string_view v, MailArguments&) { return !v.empty() && is_xtext(v); }},
}};

bool read_notify(std::string_view value, RcptArguments& out) {
  for (std::string_view word : split(value, ',')) {
    unsigned char bit = iequals(word, "NEVER")     ? 1
                        : iequals(word, "SUCCESS") ? 2
                        : iequals(word, "FAILURE") ? 4
                        : iequals(word, "DELAY")   ? 8
                                                   : 0;
    if (bit == 0 || (out.notify & bit) != 0) return false;
    out.notify |= bit;
  }
  return (out.notify & 1) == 0 || out.notify == 1;  // NEVER stands alone
}

constexpr std::array<Parameter<RcptArguments>, 2> rcpt_parameters{{
    {"NOTIFY", read_notify},
    {"ORCPT",
     [](std::string_view v, RcptArguments& out) {
       out.orcpt = v;
       auto type = v.find(';');
       return type != std::string_view::npos && type > 0 && type + 1 < v.size() &&
              is_xtext(v.substr(type + 1));
     }},
}};

// esmtp-param = esmtp-keyword ["=" esmtp-value]
template <class T, std::size_t n>
std::optional<Reply> read_parameters(std::string_view in, std::array<Parameter<T>, n> const& table, T& out) {
  std::array<bool, n> given{};
  for (std::string_view word : split(in, ' ')) {
    if (word.empty()) continue;
    auto equals = word.find('=');
    std::string_view name = word.substr(0, equals);
    std::string_view value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
    auto row = std::find_if(table.begin(), table.end(), [&](auto const& p) { return iequals(p.name, name); });
    if (row == table.end()) return Reply(555, "5.5.4", "Unknown parameter " + printable(name, 40));
    auto index = static_cast<std::size_t>(row - table.begin());
    if (given[index]) return bad_syntax("Parameter " + std::string(row->name) + " is given twice");
    given[index] = true;
    if (!row->read(value, out)) return bad_syntax("Bad value of " + std::string(row->name));
  }
  return std::nullopt;
}

}  // namespace

Parsed<MailArguments> parse_mail(std::string_view in) {
  MailArguments out;
  if (!take_keyword(in, "FROM:")) return bad_syntax("Write MAIL FROM:<address>");
  auto path = take_path(in);
  if (!path) return bad_syntax("Write the address in angle brackets: MAIL FROM:<address>");
  out.path = *path;
  if (auto refused = read_parameters(in, mail_parameters, out)) return *refused;
  if (!out.smtputf8 && !is_ascii(out.path))
    return Reply(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8");
  return out;
}

Parsed<RcptArguments> parse_rcpt(std::string_view in) {
  RcptArguments out;
  if (!take_keyword(in, "TO:")) return bad_syntax("Write RCPT TO:<address>");
  auto path = take_path(in);
  if (!path || path->empty()) return bad_syntax("Write the address in angle brackets: RCPT TO:<address>");
  out.path = *path;
  if (auto refused = read_parameters(in, rcpt_parameters, out)) return *refused;
  return out;
}

Parsed<BdatArguments> parse_bdat(std::string_view in) {
  auto space = in.find(' ');
  auto size = parse_number(in.substr(0, space));
  std::string_view rest = space == std::string_view::npos ? std::string_view{} : trim(in.substr(space));
  if (!size || (!rest.empty() && !iequals(rest, "LAST"))) return bad_syntax("Write BDAT size [LAST]");
  return BdatArguments{*size, !rest.empty()};
}

Parsed<std::vector<std::pair<std::string, std::string>>> parse_attributes(std::string_view in) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::string_view word : split(in, ' ')) {
    if (word.empty()) continue;
    auto equals = word.find('=');
    if (equals == std::string_view::npos) return bad_syntax("Write name=value");
    auto value = decode_xtext(word.substr(equals + 1));
    if (!value) return bad_syntax("Bad value of " + printable(word.substr(0, equals), 40));
    out.emplace_back(to_upper(word.substr(0, equals)), *value);
  }
  if (out.empty()) return bad_syntax("Write name=value");
  return out;
}

}  // namespace mc::smtp
