#include "mail/insert_text.h"

#include <algorithm>
#include <vector>

#include "core/text.h"
#include "mail/body_text.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t base64_line = 76;
constexpr std::string_view pgp_mark = "-----BEGIN PGP";

bool is_identity(TransferEncoding encoding) {
  using enum TransferEncoding;
  return encoding == seven_bit || encoding == eight_bit || encoding == binary;
}

bool ends_line(std::string_view text) { return text.ends_with('\n'); }

// Where HTML goes into a page: before the last </body>, else the last </html>, else at its end.
std::size_t find_place(std::string_view page) {
  std::string const lower = to_lower(page);
  for (std::string_view tag : {"</body", "</html"})
    if (auto at = lower.rfind(tag); at != std::string::npos) return at;
  return page.size();
}

// --- quoted-printable

// What is decoded, and where in the encoded text each octet of it begins.
struct Decoded {
  std::string text;
  std::vector<std::uint32_t> from;
  std::size_t place(std::size_t at, std::size_t end) const { return at < from.size() ? from[at] : end; }
};

// The length of a soft line break at the start of `text`; 0 if there is none.
std::size_t soft_break(std::string_view text) {
  auto end = text.find_first_not_of(" \t", 1);
  if (end == std::string_view::npos) return text.size();
  if (text[end] == '\n') return end + 1;
  return text.substr(end, 2) == "\r\n" ? end + 2 : 0;
}

Decoded decode_with_places(std::string_view octets) {
  Decoded out;
  auto add = [&](char c, std::size_t at) {
    out.text += c;
    out.from.push_back(static_cast<std::uint32_t>(at));
  };
  for (std::size_t i = 0; i < octets.size();) {
    if (octets[i] != '=') {
      add(octets[i], i);
      ++i;
    } else if (std::size_t length = soft_break(octets.substr(i)); length > 0) {
      i += length;
    } else {
      int const high = i + 2 < octets.size() ? hex_value(octets[i + 1]) : -1;
      int const low = high >= 0 ? hex_value(octets[i + 2]) : -1;
      bool const escape = low >= 0;
      add(escape ? static_cast<char>(high * 16 + low) : '=', i);
      i += escape ? 3 : 1;
    }
  }
  return out;
}

// Ends the last line of quoted-printable text: nothing, a line end, or two behind a "=" that would take one away.
std::string line_end_after(std::string_view octets) {
  if (octets.empty()) return {};
  auto last = octets.find_last_not_of(" \t\r\n");
  std::string_view const rest = last == std::string_view::npos ? octets : octets.substr(last + 1);
  auto const breaks = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
  std::size_t const taken = last != std::string_view::npos && octets[last] == '=' ? 1 : 0;
  std::string out;
  for (std::size_t i = breaks; i < 1 + taken; ++i) out += "\r\n";
  return out;
}

// --- HTML

std::string escape_html(std::string_view utf8) {
  std::string out;
  while (!utf8.empty()) {
    std::size_t const length = std::max<std::size_t>(1, utf8_sequence(utf8));
    auto const lead = static_cast<unsigned char>(utf8[0]);
    if (length > 1) {
      char32_t code = lead & (0x7Fu >> length);
      for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(utf8[i]) & 0x3Fu);
      out += "&#" + std::to_string(static_cast<std::uint32_t>(code)) + ';';
    } else if (lead >= 0x80 || std::string_view("&<>\"'").find(utf8[0]) != std::string_view::npos) {
      out += "&#" + std::to_string(lead >= 0x80 ? 0xFFFDu : lead) + ';';
    } else {
      out += utf8[0];
    }
    utf8.remove_prefix(length);
  }
  return out;
}

// --- base64

bool is_base64(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '+' || c == '/';
}

// Whole quanta, padding only at the very end, white space between them: else octets would be lost or moved.
bool is_clean_base64(std::string_view octets) {
  std::size_t count = 0, padding = 0;
  for (char c : octets) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if (c == '=')
      ++padding;
    else if (!is_base64(c) || padding > 0)
      return false;
    else
      ++count;
  }
  return (count + padding) % 4 == 0 && padding <= 2;
}

// Where the digit with this number stands; `octets.size()` behind the last.
std::size_t find_digit(std::string_view octets, std::size_t number) {
  for (std::size_t i = 0; i < octets.size(); ++i)
    if ((is_base64(octets[i]) || octets[i] == '=') && number-- == 0) return i;
  return octets.size();
}

std::string base64_lines(std::string_view octets) {
  std::string const all = base64(octets);
  std::string out;
  for (std::size_t at = 0; at < all.size(); at += base64_line) out += all.substr(at, base64_line) + "\r\n";
  return out;
}

// `words` at `place` of what is decoded; the quanta before it stay as they are.
Insertion insert_base64(std::string_view octets, std::string_view decoded, std::size_t place, std::string_view words) {
  std::size_t const quantum = place / 3;
  Insertion out;
  out.begin = find_digit(octets, quantum * 4);
  out.end = octets.size();
  bool const ended = octets.empty() || ends_line(octets);
  std::string_view const before = octets.substr(0, out.begin);
  std::string data(decoded.substr(quantum * 3, place - quantum * 3));
  data += words;
  data += decoded.substr(place);
  out.text = (before.empty() || ends_line(before) ? "" : "\r\n") + base64_lines(data);
  if (!ended) out.text.resize(out.text.size() - 2);
  return out;
}

// --- one for each encoding

std::string decoded_text(TextPart const& part) {
  auto decoded = decode_transfer(part.octets, part.encoding);
  return decoded ? std::move(*decoded) : std::string();
}

std::string without_last_end(std::string text) {
  text.resize(text.size() - 2);
  return text;
}

}  // namespace

std::optional<Insertion> append_lines(TextPart const& part, std::string_view lines) {
  auto words = encode_charset(with_crlf(lines), part.charset);
  if (!words || words->empty()) return std::nullopt;
  std::string_view const octets = part.octets;
  bool const ended = octets.empty() || ends_line(octets);
  std::string const gap = octets.empty() ? "" : "\r\n";
  if (part.encoding == TransferEncoding::base64) {
    if (!is_clean_base64(octets)) return std::nullopt;
    std::string const text = decoded_text(part);
    return insert_base64(octets, text, text.size(), (text.empty() ? "" : ends_line(text) ? gap : gap + gap) + *words);
  }
  Insertion out{octets.size(), octets.size(), {}};
  if (part.encoding == TransferEncoding::quoted_printable) {
    std::string const added = quoted_printable(*words);
    out.text = line_end_after(octets) + gap + (ended ? added : without_last_end(added));
    return out;
  }
  if (!is_identity(part.encoding)) return std::nullopt;
  if (part.encoding == TransferEncoding::seven_bit && !is_ascii(*words)) return std::nullopt;
  out.text = (ended ? "" : gap) + gap + (ended ? *words : without_last_end(*words));
  return out;
}

std::optional<Insertion> insert_html(TextPart const& part, std::string_view html) {
  if (!encode_charset(html, part.charset)) return std::nullopt;
  std::string const words = "\r\n" + with_crlf(html);
  std::string_view const octets = part.octets;
  if (part.encoding == TransferEncoding::base64) {
    if (!is_clean_base64(octets)) return std::nullopt;
    std::string const page = decoded_text(part);
    return insert_base64(octets, page, find_place(page), words);
  }
  if (part.encoding == TransferEncoding::quoted_printable) {
    Decoded const page = decode_with_places(octets);
    std::size_t const at = page.place(find_place(page.text), octets.size());
    std::string const before = line_end_after(octets.substr(0, at));
    return Insertion{at, at, (before.empty() ? "\r\n" : before) + quoted_printable(words.substr(2))};
  }
  if (!is_identity(part.encoding)) return std::nullopt;
  std::size_t const at = find_place(octets);
  return Insertion{at, at, words};
}

std::string html_lines(std::string_view lines) {
  std::string out = "<div style=\"font-size:small;margin-top:1em\">\n";
  for (std::string_view line : split(lines, '\n')) {
    if (line.empty() && line.data() + line.size() == lines.data() + lines.size()) break;
    while (!line.empty()) {
      bool const link = line.starts_with("https://");
      auto end = link ? line.find_first_of(" \t<>\"'") : line.find("https://", 1);
      std::string_view word = line.substr(0, end);
      while (link && word.size() > 8 && std::string_view(".,;:!?)]").find(word.back()) != std::string_view::npos)
        word.remove_suffix(1);
      std::string const escaped = escape_html(word);
      out += link ? "<a href=\"" + escaped + "\">" + escaped + "</a>" : escaped;
      line.remove_prefix(word.size());
    }
    out += "<br>\n";
  }
  return out + "</div>\n";
}

bool has_inline_pgp(TextPart const& part) {
  if (is_identity(part.encoding)) return part.octets.find(pgp_mark) != std::string_view::npos;
  return decoded_text(part).find(pgp_mark) != std::string::npos;
}

}  // namespace mc::mail
