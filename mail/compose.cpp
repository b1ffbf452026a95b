#include "mail/compose.h"

#include <algorithm>

#include "core/crypto.h"
#include "core/text.h"
#include "core/time_text.h"
#include "mail/body_text.h"
#include "mail/encoded_word.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t longest_line = 76;   // as far as words allow; encoded words demand it
constexpr std::size_t longest_word = 400;  // a longer one may not fit a line of 998, quoted: it is encoded
constexpr std::size_t longest_id = 900;
constexpr std::size_t longest_half = 256;  // of an address: local part, domain (RFC 5321, 4.5.3.1)

std::string clean(std::string_view value) {
  std::string out;
  append_valid_utf8(out, value);
  blank_controls(out);
  return out;
}

// White space counts as well: folding keeps runs of it whole.
bool has_long_word(std::string_view s) {
  if (s.find(std::string(longest_word, ' ')) != std::string_view::npos) return true;
  auto words = split(s, ' ');
  return std::any_of(words.begin(), words.end(), [](auto w) { return w.size() > longest_word; });
}

// Breaks before words that would pass the line length; a run of spaces stays whole.
std::string fold_lines(std::string_view s, std::size_t column) {
  std::string out;
  std::size_t at = 0;
  while (at < s.size()) {
    auto word_begin = std::min(s.find_first_not_of(' ', at), s.size());
    auto word_end = std::min(s.find(' ', word_begin), s.size());
    bool can_break = at > 0 && word_begin > at && word_begin < s.size();
    if (can_break && column + (word_end - at) > longest_line) {
      out += "\r\n";
      column = 0;
    }
    out += s.substr(at, word_end - at);
    column += word_end - at;
    at = word_end;
  }
  return out;
}

bool is_atext(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string quote(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// phrase = atoms, a quoted string or encoded words
std::string write_phrase(std::string_view name, std::size_t column) {
  if (!is_ascii(name) || name.find("=?") != std::string_view::npos || has_long_word(name))
    return encode_words(name, "\r\n ", column);
  bool atoms = std::all_of(name.begin(), name.end(), [](char c) { return is_atext(c) || c == ' '; });
  return fold_lines(atoms ? std::string(name) : quote(name), column);
}

// addr-spec = local-part "@" domain; a local part that is no dot-atom is quoted
std::string write_spec(Address const& address) {
  auto local = std::string(cut_utf8(clean(address.mailbox), longest_half));
  bool dot_atom = !local.empty() && local.front() != '.' && local.back() != '.' &&
                  local.find("..") == std::string::npos &&
                  std::all_of(local.begin(), local.end(), [](char c) { return is_atext(c) || c == '.'; });
  std::string host;
  for (char c : clean(address.host))
    if (is_atext(c) || c == '.' || c == '[' || c == ']' || c == ':') host += c;
  auto spec = dot_atom ? local : quote(local);
  return host.empty() ? spec : spec + '@' + std::string(cut_utf8(host, longest_half));
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 76 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F && c != ':'; });
}

void write_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void write_address_field(std::string& out, std::string_view name, std::vector<Address> const& addresses) {
  if (!addresses.empty()) write_field(out, name, encode_addresses(addresses, name.size() + 2));
}

void write_text_field(std::string& out, std::string_view name, std::string_view utf8) {
  write_field(out, name, encode_header(utf8, name.size() + 2));
}

// [phrase] "<" list-id ">"                                       RFC 2919, 3; only the phrase is text, and it may
// have been encoded already.
void write_list_id_field(std::string& out, std::string_view name, std::string_view value) {
  auto const begin = value.rfind('<');
  std::string const id = clean(value.substr(std::min(begin, value.size())));
  if (id.empty() || !is_ascii(id) || has_long_word(id)) return write_text_field(out, name, value);
  std::string const text = clean(value.substr(0, begin));
  std::string_view const phrase = trim(text);
  std::size_t const column = name.size() + 2;
  std::string const written = is_ascii(text) && !has_long_word(text) ? fold_lines(phrase, column) : encode_header(phrase, column);
  bool const fits = written.find('\n') == std::string::npos && column + written.size() + 1 + id.size() <= longest_line;
  write_field(out, name, written + (written.empty() ? "" : fits ? " " : "\r\n ") + id);
}

// Ids are taken as they are if they can be ids at all, and put one a line.
std::string write_ids(std::vector<std::string> const& ids) {
  std::string out;
  for (auto const& text : ids)
    for (auto const& id : parse_message_ids(text))
      if (id.size() <= longest_id && is_ascii(id)) out += (out.empty() ? "" : "\r\n ") + id;
  return out;
}

}  // namespace

std::string make_message_id(std::string_view host) {
  std::string right;
  for (char c : host)
    if (is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '-') right += c;
  return '<' + base32_lower(random_octets(15)) + '@' + (right.empty() ? "localhost" : right) + '>';
}

std::string encode_header(std::string_view utf8, std::size_t column) {
  auto text = clean(utf8);
  if (!is_ascii(text) || text.find("=?") != std::string::npos || has_long_word(text))
    return encode_words(text, "\r\n ", column);
  return fold_lines(trim(text), column);
}

std::string encode_addresses(std::vector<Address> const& addresses, std::size_t column) {
  std::string out;
  for (auto const& address : addresses) {
    auto name = clean(address.name);
    auto spec = write_spec(address);
    auto written = name.empty() ? spec : write_phrase(name, 1) + " <" + spec + '>';
    if (!out.empty()) {
      out += ',';
      bool fits = column + written.size() + 2 <= longest_line && written.find('\n') == std::string::npos;
      out += fits ? " " : "\r\n ";
      column = fits ? column + 2 : 1;
    }
    out += written;
    column += written.size();
  }
  return out;
}

std::string compose_header(Draft const& draft) {
  std::string out;
  if (draft.date != Time{}) write_field(out, "Date", write_rfc5322_date(draft.date));
  write_address_field(out, "From", {draft.from});
  write_address_field(out, "Reply-To", draft.reply_to);
  write_address_field(out, "To", draft.to);
  write_address_field(out, "Cc", draft.cc);
  write_text_field(out, "Subject", draft.subject);
  auto id = write_ids({draft.message_id});
  write_field(out, "Message-ID", id.empty() ? make_message_id(draft.host) : id);
  if (auto parent = write_ids({draft.in_reply_to}); !parent.empty()) write_field(out, "In-Reply-To", parent);
  if (auto refs = write_ids(draft.references); !refs.empty()) write_field(out, "References", refs);
  if (!draft.auto_submitted.empty()) write_text_field(out, "Auto-Submitted", draft.auto_submitted);
  for (auto const& [name, value] : draft.fields)
    if (iequals(name, "List-Id"))
      write_list_id_field(out, name, value);
    else if (is_field_name(name))
      write_text_field(out, name, value);
  return out;
}

std::string compose(Draft const& draft) {
  std::string out = compose_header(draft);
  out += "MIME-Version: 1.0\r\n";
  std::string text;
  append_valid_utf8(text, draft.text);
  out += write_text_part("text/plain; charset=utf-8", text);
  return out;
}

}  // namespace mc::mail
