#include "mail/body_text.h"

#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t longest_line = 998;  // RFC 5322, 2.1.1
constexpr std::size_t longest_qp_line = 76;

bool is_plain(char c) {
  return (c >= 0x21 && c <= 0x7E && c != '=') || c == ' ' || c == '\t';
}

// One line without its end. White space at the end of it is escaped.
void write_qp_line(std::string& out, std::string_view line) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    bool last = i + 1 == line.size();
    bool plain = is_plain(c) && !(last && (c == ' ' || c == '\t'));
    std::size_t width = plain ? 1 : 3;
    if (column + width > longest_qp_line - (last ? 0 : 1)) {
      out += "=\r\n";
      column = 0;
    }
    column += width;
    auto octet = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      out += {'=', digits[octet >> 4], digits[octet & 15]};
  }
}

}  // namespace

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  while (!text.empty()) {
    auto end = text.find_first_of("\r\n");
    out += text.substr(0, end);
    out += "\r\n";
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  return out;
}

bool is_mail_text(std::string_view octets) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    char c = octets[i];
    if (c == '\r' && octets.substr(i, 2) == "\r\n") {
      length = 0;
      ++i;
    } else if (c == '\r' || c == '\n' || c == '\0' || ++length > longest_line) {
      return false;
    }
  }
  return true;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto end = text.find("\r\n");
    write_qp_line(out, text.substr(0, end));
    if (end == std::string_view::npos) break;
    out += "\r\n";
    text.remove_prefix(end + 2);
  }
  return out;
}

std::string write_text_part(std::string_view type, std::string_view text) {
  auto lines = with_crlf(text);
  bool as_is = is_ascii(lines) && is_mail_text(lines);
  std::string out = "Content-Type: ";
  out += type;
  out += "\r\nContent-Transfer-Encoding: ";
  out += as_is ? "7bit" : "quoted-printable";
  out += "\r\n\r\n";
  out += as_is ? lines : quoted_printable(lines);
  return out;
}

}  // namespace mc::mail
