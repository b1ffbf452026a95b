#include "web/head_filter.h"

#include <algorithm>

#include "core/text.h"

namespace mc::web {

namespace {

Refusal bad(std::string text) { return {400, std::move(text)}; }

// tchar                                                              RFC 9110, 5.6.2
bool is_token_char(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_visible(char c) { return c > ' ' && c < '\x7f'; }

// origin-form = absolute-path [ "?" query ]
std::optional<Refusal> check_request_line(std::string_view line, bool& http11) {
  auto first = line.find(' ');
  auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return bad("Malformed request line");
  std::string_view method = line.substr(0, first), target = line.substr(first + 1, second - first - 1),
                   version = line.substr(second + 1);
  if (!is_token(method)) return bad("Malformed method");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    bool other = version.size() == 8 && version.starts_with("HTTP/");
    return other ? Refusal{505, "This server speaks HTTP/1.1"} : bad("Malformed request line");
  }
  http11 = version == "HTTP/1.1";
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_visible) ||
      target.find('#') != std::string_view::npos)
    return bad("The target must be a path");
  return std::nullopt;
}

struct Fields {
  std::size_t count = 0;
  unsigned hosts = 0, lengths = 0, encodings = 0, expectations = 0;
  std::string_view host, length, encoding, expectation;
};

struct Counted {
  std::string_view name;
  unsigned Fields::*times;
  std::string_view Fields::*value;
};
constexpr Counted counted[] = {
    {"host", &Fields::hosts, &Fields::host},
    {"content-length", &Fields::lengths, &Fields::length},
    {"transfer-encoding", &Fields::encodings, &Fields::encoding},
    {"expect", &Fields::expectations, &Fields::expectation},
};

std::optional<Refusal> read_field(std::string_view line, Fields& fields) {
  if (line.front() == ' ' || line.front() == '\t') return bad("A field is folded");
  auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return bad("Malformed field");
  if (++fields.count > max_fields) return Refusal{431, "Too many fields"};
  for (Counted const& row : counted) {
    if (!iequals(row.name, line.substr(0, colon))) continue;
    ++(fields.*row.times);
    fields.*row.value = trim(line.substr(colon + 1));
  }
  return std::nullopt;
}

// uri-host [ ":" port ]; that it is ours does not matter, nothing here depends on it.      RFC 9110, 7.2
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 260 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '-' || c == ':' || c == '_' ||
           c == '[' || c == ']';
  });
}

std::optional<Refusal> check_encoding(Fields const& fields, bool http11) {
  if (fields.encodings == 0) return std::nullopt;
  if (!http11 || fields.lengths > 0 || fields.encodings > 1) return bad("The length of the body is ambiguous");
  if (iequals(fields.encoding, "chunked")) return Refusal{411, "A body must say its length"};
  return Refusal{501, "Transfer codings are not understood here"};
}

std::variant<Framing, Refusal> check_length(Fields const& fields, std::string_view method) {
  Framing framing;
  if (fields.lengths > 1) return bad("The length of the body is ambiguous");
  if (fields.lengths == 0) {
    if (method == "POST") return Refusal{411, "A body must say its length"};
    return framing;
  }
  bool digits = !fields.length.empty() && std::all_of(fields.length.begin(), fields.length.end(), is_digit);
  if (!digits) return bad("Malformed Content-Length");
  if (fields.length.size() > 6) return Refusal{413, "The body is too large"};
  for (char c : fields.length) framing.content_length = framing.content_length * 10 + static_cast<std::size_t>(c - '0');
  if (framing.content_length > max_body) return Refusal{413, "The body is too large"};
  if (framing.content_length > 0 && (method == "GET" || method == "HEAD")) return bad("This method has no body");
  return framing;
}

std::variant<Framing, Refusal> check_fields(Fields const& fields, std::string_view method, bool http11) {
  if (fields.hosts > 1 || (http11 && fields.hosts == 0) || (fields.hosts == 1 && !is_host(fields.host)))
    return bad("There must be one Host");
  if (auto refused = check_encoding(fields, http11)) return *refused;
  auto framing = check_length(fields, method);
  if (fields.expectations == 0 || std::holds_alternative<Refusal>(framing)) return framing;
  if (fields.expectations > 1 || !iequals(fields.expectation, "100-continue"))
    return Refusal{417, "This expectation cannot be met"};
  std::get<Framing>(framing).expects_continue = http11;
  return framing;
}

}  // namespace

std::variant<std::optional<std::size_t>, Refusal> find_head(std::string_view data, std::size_t seen) {
  data = data.substr(0, max_head);  // how the octets came cut must not matter
  // The last octets seen before may be half of what is looked for.
  for (std::size_t i = seen < 4 ? 0 : seen - 4; i < data.size(); ++i) {
    char c = data[i];
    if (i == max_request_line && data.substr(0, i + 1).find('\r') == std::string_view::npos)
      return Refusal{414, "The target is too long"};
    bool line_end = c == '\n' && i > 0 && data[i - 1] == '\r';
    bool half = c == '\r' && (i + 1 == data.size() || data[i + 1] == '\n');
    bool control = (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    if (control && !line_end && !half) return bad("A control character");
    if (line_end && i >= 3 && data[i - 2] == '\n') return std::optional(i + 1);
  }
  if (data.starts_with("\r\n")) return bad("An empty line where a request should be");
  if (data.size() >= max_head) return Refusal{431, "The head is too large"};
  return std::optional<std::size_t>();
}

std::variant<Framing, Refusal> check_head(std::string_view head) {
  auto take_line = [&] {
    auto end = head.find("\r\n");
    std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    return line;
  };
  std::string_view const request_line = take_line();
  bool http11 = false;
  if (auto refused = check_request_line(request_line, http11)) return *refused;
  Fields fields;
  for (std::string_view line = take_line(); !line.empty(); line = take_line())
    if (auto refused = read_field(line, fields)) return *refused;
  return check_fields(fields, request_line.substr(0, request_line.find(' ')), http11);
}

}  // namespace mc::web
