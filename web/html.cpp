#include "web/html.h"

namespace mc::web {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
    }
  }
  return out;
}

std::string write_page(Page const& page) {
  std::string const title = escape_html(page.title);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n"
      "<title>" +
      title + "</title>\n</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n";
  for (std::string const& paragraph : page.paragraphs) out += "<p>" + escape_html(paragraph) + "</p>\n";
  if (!page.button.empty())
    out += "<form method=\"post\">\n<input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\n"
           "<button type=\"submit\">" + escape_html(page.button) + "</button>\n</form>\n";
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace mc::web
