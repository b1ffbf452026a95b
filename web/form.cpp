#include "web/form.h"

#include "core/text.h"

namespace mc::web {

namespace {

int hex(char c) {
  if (is_digit(c)) return c - '0';
  char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool escape = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// name=value *( "&" name=value )
std::optional<std::string> find_in_urlencoded(std::string_view body, std::string_view name) {
  body = trim(body);
  while (!body.empty()) {
    auto end = body.find('&');
    std::string_view pair = body.substr(0, end);
    auto equals = pair.find('=');
    if (equals != std::string_view::npos && decode(pair.substr(0, equals)) == name) return decode(pair.substr(equals + 1));
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return std::nullopt;
}

// A parameter of a header value: ; name=value or ; name="value"
std::string_view find_parameter(std::string_view value, std::string_view name) {
  for (auto at = value.find(';'); at != std::string_view::npos; at = value.find(';')) {
    value = trim(value.substr(at + 1));
    auto equals = value.find('=');
    if (equals == std::string_view::npos) return {};
    bool found = iequals(trim(value.substr(0, equals)), name);
    std::string_view text = trim(value.substr(equals + 1));
    bool quoted = text.starts_with('"');
    text = quoted ? text.substr(1, text.find('"', 1) - 1) : trim(text.substr(0, text.find(';')));
    if (found) return text;
    value.remove_prefix(equals + 1);
  }
  return {};
}

// Is this part's head the one of the field `name`?
bool names_field(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    auto end = head.find("\r\n");
    std::string_view line = head.substr(0, end);
    if (istarts_with(line, "Content-Disposition:") && find_parameter(line.substr(20), "name") == name) return true;
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return false;
}

// *( "--" boundary CRLF head CRLF CRLF value CRLF ) "--" boundary "--"                  RFC 7578, 4
std::optional<std::string> find_in_multipart(std::string_view body, std::string_view boundary, std::string_view name) {
  if (boundary.empty() || boundary.size() > 70) return std::nullopt;
  std::string const mark = "--" + std::string(boundary);
  if (!body.starts_with(mark)) return std::nullopt;
  body.remove_prefix(mark.size());
  while (body.starts_with("\r\n")) {
    body.remove_prefix(2);
    auto end = body.find("\r\n" + mark);
    auto head = body.find("\r\n\r\n");
    if (end == std::string_view::npos || head == std::string_view::npos || head > end) return std::nullopt;
    if (names_field(body.substr(0, head), name))
      return head + 4 <= end ? std::optional(std::string(body.substr(head + 4, end - head - 4))) : std::string();
    body.remove_prefix(end + 2 + mark.size());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_form_value(std::string_view content_type, std::string_view body, std::string_view name) {
  std::string_view const type = trim(content_type.substr(0, content_type.find(';')));
  if (iequals(type, "application/x-www-form-urlencoded")) return find_in_urlencoded(body, name);
  if (iequals(type, "multipart/form-data")) return find_in_multipart(body, find_parameter(content_type, "boundary"), name);
  return std::nullopt;
}

}  // namespace mc::web
