#include "mail/preview.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "mail/headers.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t preview_characters = 200;
constexpr std::size_t plain_octets_read = 4096;
constexpr std::size_t html_octets_read = 65536;

// The first 200 characters, runs of white space as one space.
std::string shorten(std::string_view utf8) {
  std::string out;
  std::size_t characters = 0;
  bool space = false;
  while (!utf8.empty() && characters < preview_characters) {
    auto n = std::max<std::size_t>(utf8_sequence(utf8), 1);
    auto c = static_cast<unsigned char>(utf8[0]);
    bool blank = c <= 0x20 || c == 0x7F || utf8.starts_with("\xC2\xA0");
    if (blank) {
      space = !out.empty();
    } else {
      if (space && ++characters < preview_characters) out += ' ';
      space = false;
      if (characters++ < preview_characters) out += utf8.substr(0, n);
    }
    utf8.remove_prefix(n);
  }
  return out;
}

struct Entity {
  std::string_view name;
  char32_t character;
};
constexpr auto entities = std::to_array<Entity>({
    {"amp", '&'},       {"apos", '\''},    {"copy", 0xA9},    {"euro", 0x20AC},  {"gt", '>'},
    {"hellip", 0x2026}, {"laquo", 0xAB},   {"ldquo", 0x201C}, {"lsquo", 0x2018}, {"lt", '<'},
    {"mdash", 0x2014},  {"nbsp", ' '},     {"ndash", 0x2013}, {"quot", '"'},     {"raquo", 0xBB},
    {"rdquo", 0x201D},  {"rsquo", 0x2019}, {"shy", 0},        {"zwnj", 0},
});

// entity = "&" (name / "#" digits / "#x" hex digits) ";"; its length, 0 if it is none.
std::size_t decode_entity(std::string_view s, std::string& out) {
  auto end = s.substr(0, 12).find(';');
  if (end == std::string_view::npos) return 0;
  auto name = s.substr(1, end - 1);
  if (name.starts_with('#')) {
    bool is_hex = name.size() > 1 && ascii_lower(name[1]) == 'x';
    char32_t value = 0;
    for (char c : name.substr(is_hex ? 2 : 1)) {
      if (hex_value(c) < 0 || (!is_hex && !is_digit(c))) return 0;
      value = value * (is_hex ? 16 : 10) + static_cast<char32_t>(hex_value(c));
    }
    append_utf8(out, value < 0x20 ? U' ' : value);
    return end + 1;
  }
  auto at = std::find_if(entities.begin(), entities.end(), [&](auto const& e) { return e.name == name; });
  if (at == entities.end()) return 0;
  if (at->character != 0) append_utf8(out, at->character);
  return end + 1;
}

// Elements whose content nobody sees.
constexpr std::array<std::string_view, 4> unseen{"head", "style", "script", "title"};

// Where the tag or comment (or unseen element) at the start of `s` ends.
std::size_t skip_tag(std::string_view s) {
  auto after = [&](std::size_t at, std::size_t length) {
    return at == std::string_view::npos ? s.size() : at + length;
  };
  if (s.starts_with("<!--")) return after(s.find("-->"), 3);
  for (auto name : unseen) {
    bool opens = istarts_with(s.substr(1), name) && s.size() > name.size() + 1 &&
                 (s[name.size() + 1] == '>' || s[name.size() + 1] == ' ' || s[name.size() + 1] == '\n');
    if (!opens) continue;
    auto end = ifind(s, "</" + std::string(name));
    return end == std::string_view::npos ? s.size() : after(s.find('>', end), 1);
  }
  return after(s.find('>'), 1);
}

Part const* find_text(std::span<Part const> parts, std::string_view subtype) {
  auto at = std::find_if(parts.begin(), parts.end(), [&](Part const& p) {
    return p.is_text() && p.subtype == subtype && p.disposition != "attachment" && p.body_end > p.body_begin;
  });
  return at == parts.end() ? nullptr : &*at;
}

std::string read_start(std::string_view octets, Part const& part, std::size_t most) {
  auto body = slice(octets, part.body()).substr(0, most);
  return decode_text(body, part.encoding, part.charset, most);
}

}  // namespace

std::string html_words(std::string_view html) {
  std::string out;
  while (!html.empty()) {
    std::size_t n = 0;
    if (html[0] == '<' && html.size() > 1 &&
        (ascii_lower(html[1]) >= 'a' || html[1] == '/' || html[1] == '!' || html[1] == '?')) {
      n = skip_tag(html);
      out += ' ';
    } else if (html[0] == '&') {
      n = decode_entity(html, out);
    }
    if (n == 0) {
      n = std::max<std::size_t>(1, std::min(html.find_first_of("<&", 1), html.size()));
      out += html.substr(0, n);
    }
    html.remove_prefix(n);
  }
  return out;
}

std::string make_preview(std::string_view octets, std::span<Part const> parts) {
  if (auto plain = find_text(parts, "plain")) {
    auto text = shorten(read_start(octets, *plain, plain_octets_read));
    if (!text.empty()) return text;
  }
  if (auto html = find_text(parts, "html"))
    return shorten(html_words(read_start(octets, *html, html_octets_read)));
  return {};
}

}  // namespace mc::mail
