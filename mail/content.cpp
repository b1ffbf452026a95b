#include "mail/content.h"

#include <algorithm>
#include <array>

#include "core/crypto.h"
#include "core/text.h"
#include "mail/body_text.h"
#include "mail/preview.h"
#include "mail/utf8.h"

namespace mc::mail {

namespace {

std::string write_utf8_part(std::string_view utf8) {
  std::string text;
  append_valid_utf8(text, utf8);
  return write_text_part("text/plain; charset=utf-8", text);
}

// Elements that begin or end a line.
constexpr std::array<std::string_view, 24> blocks{
    "address", "article", "blockquote", "br",     "dd", "div", "dl", "dt", "footer", "h1",    "h2", "h3",
    "h4",      "h5",      "h6",         "header", "hr", "li",  "ol", "p",  "pre",    "table", "tr", "ul"};

// "<div class=x>", "</p>", "<br/>" at the start of `html`?
bool at_block(std::string_view html) {
  html.remove_prefix(1);
  if (html.starts_with('/')) html.remove_prefix(1);
  std::size_t end = 0;
  while (end < html.size() && end < 12 &&
         (is_digit(html[end]) || (ascii_lower(html[end]) >= 'a' && ascii_lower(html[end]) <= 'z')))
    ++end;
  return std::binary_search(blocks.begin(), blocks.end(), to_lower(html.substr(0, end)));
}

void add_line(std::string& out, std::string_view html, bool quoted) {
  std::string line;
  for (char c : html_words(html)) {
    if (c == '\r' || c == '\n' || c == '\t') c = ' ';
    if (c != ' ' || !(line.empty() || line.ends_with(' '))) line += c;
  }
  std::string_view const words = trim(line);
  if (quoted && !words.empty()) out += "> ";
  out += words;
  out += '\n';
}

// Is the text behind this tag quoted, if it is so at this `depth` before it?
std::size_t quotation_depth(std::string_view tag, std::size_t depth) {
  if (istarts_with(tag, "<blockquote")) return depth + 1;
  return istarts_with(tag, "</blockquote") && depth > 0 ? depth - 1 : depth;
}

}  // namespace

std::string compose_content(std::string_view utf8, std::vector<std::string_view> const& parts) {
  std::string out = "MIME-Version: 1.0\r\n";
  if (parts.empty()) return out += write_utf8_part(utf8);
  std::string const boundary = "=_" + base32_lower(random_octets(20));
  out += "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n";
  if (!std::all_of(parts.begin(), parts.end(), is_ascii)) out += "Content-Transfer-Encoding: 8bit\r\n";
  out += "\r\n--" + boundary + "\r\n" + write_utf8_part(utf8);
  for (std::string_view part : parts) {
    out += "\r\n--" + boundary + "\r\n";
    out += part;
  }
  return out += "\r\n--" + boundary + "--\r\n";
}

std::string html_text(std::string_view html, std::size_t limit) {
  html = html.substr(0, limit);
  std::string out;
  std::size_t begin = 0, quoted = 0;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    if (html.substr(at).starts_with("<!--")) {
      at = html.find("-->", at);
      if (at == std::string_view::npos) break;
      continue;
    }
    if (!at_block(html.substr(at))) continue;
    add_line(out, html.substr(begin, at - begin), quoted > 0);
    quoted = quotation_depth(html.substr(at), quoted);
    begin = at;
  }
  add_line(out, html.substr(begin), quoted > 0);
  return out;
}

}  // namespace mc::mail
