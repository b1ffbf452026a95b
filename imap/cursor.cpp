#include "imap/cursor.h"

#include <algorithm>
#include <limits>

#include "core/text.h"
#include "imap/mutf7.h"

namespace mc::imap {

namespace {

constexpr std::uint64_t max_number64 = std::numeric_limits<std::int64_t>::max();

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
bool is_word_char(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("-._=+/").find(c) != std::string_view::npos;
}
bool is_set_char(char c) {
  return is_digit(c) || c == ':' || c == ',' || c == '*' || c == '$';
}
bool is_list_char(char c) {
  return is_astring_char(c) || c == '*' || c == '%';
}

}  // namespace

// ATOM-CHAR = any CHAR except atom-specials                             RFC 9051, 9
bool is_atom_char(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
}

bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}

bool is_atom(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_atom_char);
}

// What stands here is named only when it is punctuation: an error may be logged, a password not.
void Cursor::fail_at(std::size_t position, Errc code, std::string_view what) {
  if (failed_) return;
  at_ = position;
  std::string text(what);
  if (at_end()) {
    text += " at the end of the command";
  } else {
    text += " at octet " + std::to_string(at_ + 1);
    char c = text_[at_];
    if (c > 0x20 && c < 0x7f && !is_letter(c) && !is_digit(c)) text += std::string(", found '") + c + "'";
    if (c == ' ') text += ", found a space";
  }
  error_ = {code, std::move(text)};
  failed_ = true;
}

void Cursor::expect_end() {
  if (!at_end()) fail(Errc::syntax, "Unexpected text after the command's arguments");
}

void Cursor::too_many(std::string_view what) {
  fail(Errc::limit, "Too many entries in the list of " + std::string(what));
}

bool Cursor::try_char(char c) {
  if (failed_ || at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void Cursor::sp() {
  if (!try_sp()) fail(Errc::syntax, "Expected a space");
}

void Cursor::expect(char c) {
  if (!try_char(c)) fail(Errc::syntax, std::string("Expected '") + c + "'");
}

void Cursor::open() {
  expect('(');
}
void Cursor::close() {
  expect(')');
}

template <class Class>
std::string_view Cursor::take_while(Class in_class) {
  if (failed_) return {};
  auto begin = text_.begin() + static_cast<std::ptrdiff_t>(at_);
  auto end = std::find_if_not(begin, text_.end(), in_class);
  auto taken = text_.substr(at_, static_cast<std::size_t>(end - begin));
  at_ += taken.size();
  return taken;
}

std::string_view Cursor::word(std::string_view what) {
  auto taken = take_while(is_word_char);
  if (taken.empty()) fail(Errc::syntax, "Expected " + std::string(what));
  return taken;
}

bool Cursor::try_word(std::string_view word) {
  if (failed_ || !istarts_with(text_.substr(at_), word)) return false;
  std::size_t end = at_ + word.size();
  if (end < text_.size() && is_word_char(text_[end])) return false;
  at_ = end;
  return true;
}

// tag = 1*<any ASTRING-CHAR except "+">                                 RFC 9051, 9
std::string_view Cursor::tag() {
  auto taken = take_while([](char c) { return is_astring_char(c) && c != '+'; });
  if (taken.empty()) fail(Errc::syntax, "Expected a tag");
  return taken;
}

std::string_view Cursor::atom() {
  auto taken = take_while(is_atom_char);
  if (taken.empty()) fail(Errc::syntax, "Expected an atom");
  return taken;
}

// quoted = DQUOTE *QUOTED-CHAR DQUOTE                                   RFC 9051, 9
// UTF-8 inside is taken from everyone: clients send it in passwords and ID long before ENABLE.
std::string Cursor::quoted() {
  std::string out;
  std::size_t start = at_;
  expect('"');
  while (!failed_) {
    out += take_while([](char c) { return c != '"' && c != '\\' && c != '\r' && c != '\n' && c != '\0'; });
    if (try_char('"')) break;
    if (!try_char('\\')) {
      fail(Errc::syntax, "Unterminated quoted string");
    } else if (peek() == '"' || peek() == '\\') {
      out += text_[at_++];
    } else {
      fail(Errc::syntax, "Only '\"' and '\\' may follow '\\' in a quoted string");
    }
  }
  if (!is_utf8(out)) fail_at(start, Errc::syntax, "A quoted string is not valid UTF-8");
  return failed_ ? std::string() : out;
}

bool Cursor::at_literal() const {
  if (failed_) return false;
  auto rest = text_.substr(at_);
  return rest.starts_with('{') || rest.starts_with("~{");
}

// literal  = "{" number64 ["+"] "}" CRLF *CHAR8                         RFC 9051, 9
// literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
Literal Cursor::literal_of(bool allow_plain, bool allow_binary) {
  bool binary = allow_binary && try_char('~');
  if (!binary && !allow_plain) fail(Errc::syntax, "Expected a literal8");
  if (peek() != '{') fail(Errc::syntax, "Expected a literal");
  expect('{');
  std::uint64_t size = number64();
  try_char('+');
  expect('}');
  if (!try_char('\r') || !try_char('\n'))
    fail(Errc::syntax, "Expected the end of the line after the size of a literal");
  if (!failed_ && size > text_.size() - at_) fail(Errc::syntax, "The literal is longer than the command");
  if (failed_) return {};
  auto octets = text_.substr(at_, static_cast<std::size_t>(size));
  if (!binary && octets.find('\0') != std::string_view::npos) {
    fail(Errc::syntax, "A literal that holds NUL must be sent as literal8");
    return {};
  }
  at_ += octets.size();
  return {octets, binary};
}

Literal Cursor::literal() {
  return literal_of(true, false);
}
Literal Cursor::literal8() {
  return literal_of(false, true);
}
Literal Cursor::any_literal() {
  return literal_of(true, true);
}

std::string Cursor::string() {
  if (peek() == '{') return std::string(literal().octets);
  if (peek() != '"') fail(Errc::syntax, "Expected a quoted string or a literal");
  return quoted();
}

std::optional<std::string> Cursor::nstring() {
  if (try_word("NIL")) return std::nullopt;
  if (peek() != '{' && peek() != '"') fail(Errc::syntax, "Expected a string or NIL");
  auto value = string();
  return failed_ ? std::nullopt : std::optional(std::move(value));
}

std::string Cursor::astring() {
  if (peek() == '{' || peek() == '"') return string();
  auto taken = take_while(is_astring_char);
  if (taken.empty()) fail(Errc::syntax, "Expected an atom or a string");
  return std::string(taken);
}

std::uint64_t Cursor::number_up_to(std::uint64_t most, bool zero_allowed, std::string_view what) {
  std::size_t start = at_;
  auto digits = take_while(is_digit);
  auto value = parse_number(digits);
  bool zero_lead = digits.starts_with('0');
  if (value && *value <= most && (zero_allowed || !zero_lead)) return *value;
  fail_at(start, Errc::syntax, "Expected " + std::string(what));
  return 0;
}

std::uint32_t Cursor::number() {
  return static_cast<std::uint32_t>(number_up_to(0xffffffff, true, "a number up to 4294967295"));
}
std::uint32_t Cursor::nz_number() {
  return static_cast<std::uint32_t>(number_up_to(0xffffffff, false, "a number from 1 to 4294967295"));
}
std::uint64_t Cursor::number64() {
  return number_up_to(max_number64, true, "a number of at most 63 bits");
}
std::uint64_t Cursor::nz_number64() {
  return number_up_to(max_number64, false, "a number above 0 of at most 63 bits");
}
ModSeq Cursor::mod_sequence() {
  return ModSeq(number_up_to(max_number64, true, "a mod-sequence of at most 63 bits"));
}

std::string Cursor::checked_mailbox(std::string received) {
  if (failed_) return {};
  auto name = canonical_mailbox(received, dialect_);
  if (name) return std::move(*name);
  error_ = name.error();  // the name is behind us: its own words, no position
  failed_ = true;
  return {};
}

std::string Cursor::mailbox_or_empty() {
  return checked_mailbox(astring());
}

std::string Cursor::mailbox() {
  std::size_t start = at_;
  auto name = mailbox_or_empty();
  if (name.empty()) fail_at(start, Errc::syntax, "Expected a mailbox name that is not empty");
  return name;
}

// list-mailbox = 1*list-char / string                                   RFC 9051, 9
std::string Cursor::list_mailbox() {
  if (peek() == '{' || peek() == '"') return checked_pattern(string());
  auto taken = take_while(is_list_char);
  if (taken.empty()) fail(Errc::syntax, "Expected a mailbox name or pattern");
  return checked_pattern(std::string(taken));
}

// A pattern is a name in which INBOX has no canonical case yet.
std::string Cursor::checked_pattern(std::string received) {
  bool inbox = iequals(received, "INBOX");
  auto pattern = checked_mailbox(received);
  return inbox && ok() ? received : pattern;
}

std::string_view Cursor::number_set_text() {
  auto taken = take_while(is_set_char);
  if (taken.empty()) fail(Errc::syntax, "Expected a set of message numbers");
  return taken;
}

SequenceSet Cursor::seq_set() {
  std::size_t start = at_;
  auto text = number_set_text();
  if (failed_) return {};
  auto set = parse_sequence_set(text);
  if (set) return std::move(*set);
  fail_at(start, set.error().code, set.error().text);
  return {};
}

UidSet Cursor::uid_set() {
  std::size_t start = at_;
  auto text = number_set_text();
  if (failed_) return {};
  auto set = parse_uid_set(text);
  if (set) return std::move(*set);
  fail_at(start, set.error().code, set.error().text);
  return {};
}

// flag = "\Answered" / … / flag-keyword                                 RFC 9051, 9
Flag Cursor::flag() {
  if (peek() != '\\') return {SystemFlag::none, flag_keyword()};
  std::size_t start = at_++;
  take_while(is_atom_char);
  auto name = text_.substr(start, at_ - start);
  if (auto system = find_system_flag(name)) return {*system, {}};
  fail_at(start, Errc::syntax, iequals(name, "\\Recent") ? "\\Recent cannot be set" : "Unknown system flag");
  return {};
}

std::string Cursor::flag_keyword() {
  std::size_t start = at_;
  auto name = take_while(is_atom_char);
  if (name.empty()) fail(Errc::syntax, "Expected a flag");
  if (name.size() > max_keyword_length) fail_at(start, Errc::limit, "The keyword is too long");
  return failed_ ? std::string() : std::string(name);
}

// flag-list = "(" [flag *(SP flag)] ")"                                 RFC 9051, 9
Flags Cursor::flag_list() {
  Flags flags;
  list("flags", max_flags_in_list, Empty::allow, [&] {
    auto one = flag();
    if (ok()) flags.add(one);
  });
  return flags;
}

// date = date-text / DQUOTE date-text DQUOTE                            RFC 9051, 9
Day Cursor::date() {
  bool in_quotes = try_char('"');
  std::size_t start = at_;
  auto day = parse_date(take_while([](char c) { return is_letter(c) || is_digit(c) || c == '-'; }));
  if (!day) {
    fail_at(start, Errc::syntax, "Expected a date like 1-Feb-1994");
    return {};
  }
  if (in_quotes) expect('"');
  return *day;
}

// date-time = DQUOTE date-day-fixed "-" … SP time SP zone DQUOTE        RFC 9051, 9
Time Cursor::date_time() {
  expect('"');
  std::size_t start = at_;
  auto time = parse_date_time(take_while([](char c) { return c != '"' && c != '\r' && c != '\n'; }));
  if (!time) {
    fail_at(start, Errc::syntax, "Expected a date and time like \"17-Jul-1996 02:44:25 -0700\"");
    return {};
  }
  expect('"');
  return *time;
}

}  // namespace mc::imap
