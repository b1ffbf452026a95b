#include "wire_grammar.h"

#include <optional>

namespace mc::test {
namespace {

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  std::string envelope_only() {
    envelope();
    return verdict();
  }
  std::string body_only(bool extended) {
    extended_ = extended;
    body(0);
    return verdict();
  }

 private:
  void wrong(std::string const& what) {
    if (error_.empty())
      error_ = what + " at " + std::to_string(at_) + ": " + std::string(text_.substr(at_, 40));
  }
  std::string verdict() {
    if (error_.empty() && at_ != text_.size()) wrong("trailing octets");
    for (char c : text_)
      if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') return "8-bit or NUL octet";
    return error_;
  }
  bool ok() const { return error_.empty(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void eat(char c) {
    if (!ok()) return;
    if (peek() != c) return wrong(std::string("expected ") + c);
    ++at_;
  }
  bool accept(std::string_view word) {
    if (!ok() || text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  std::string number() {
    std::string digits;
    while (peek() >= '0' && peek() <= '9') digits += text_[at_++];
    if (digits.empty()) wrong("expected a number");
    return digits;
  }
  std::string string() {
    std::string value;
    if (accept("{")) {
      auto size = std::stoull(number());
      eat('}');
      eat('\r');
      eat('\n');
      value = text_.substr(std::min(at_, text_.size()), size);
      if (value.size() != size) wrong("short literal");
      at_ += value.size();
      return value;
    }
    eat('"');
    while (ok() && peek() != '"') {
      if (peek() == '\r' || peek() == '\n' || at_ >= text_.size()) wrong("bad quoted string");
      if (peek() == '\\') {
        ++at_;
        if (peek() != '"' && peek() != '\\') wrong("bad escape");
      }
      value += text_[at_++];
    }
    eat('"');
    return value;
  }
  std::optional<std::string> nstring() {
    if (accept("NIL")) return std::nullopt;
    return string();
  }
  void address() {
    eat('(');
    for (int i = 0; i < 4; ++i) {
      if (i) eat(' ');
      nstring();
    }
    eat(')');
  }
  void address_list() {
    if (accept("NIL")) return;
    eat('(');
    do address();
    while (ok() && peek() == '(');
    eat(')');
  }
  void envelope() {
    eat('(');
    nstring(), eat(' '), nstring(), eat(' ');
    for (int i = 0; i < 6; ++i) address_list(), eat(' ');
    nstring(), eat(' '), nstring();
    eat(')');
  }
  void params() {
    if (accept("NIL")) return;
    eat('(');
    do string(), eat(' '), string();
    while (accept(" "));
    eat(')');
  }
  void disposition() {
    if (accept("NIL")) return;
    eat('('), string(), eat(' '), params(), eat(')');
  }
  void language() {
    if (peek() != '(') return void(nstring());
    eat('(');
    do string();
    while (accept(" "));
    eat(')');
  }
  void extension_tail() { eat(' '), disposition(), eat(' '), language(), eat(' '), nstring(); }
  void body(int depth) {
    if (depth > 250) return wrong("too deep");
    eat('(');
    if (peek() == '(')
      multipart(depth);
    else
      one_part(depth);
    eat(')');
  }
  void multipart(int depth) {
    while (ok() && peek() == '(') body(depth + 1);
    eat(' ');
    if (string().empty()) wrong("empty subtype");
    if (extended_) eat(' '), params(), extension_tail();
  }
  void one_part(int depth) {
    auto type = string();
    eat(' ');
    auto subtype = string();
    if (type.empty() || subtype.empty()) wrong("empty type");
    if (type == "multipart") wrong("multipart as a single part");
    eat(' '), params(), eat(' '), nstring(), eat(' '), nstring(), eat(' ');
    if (string().empty()) wrong("empty encoding");
    eat(' '), number();
    if (type == "message" && (subtype == "rfc822" || subtype == "global"))
      eat(' '), envelope(), eat(' '), body(depth + 1), eat(' '), number();
    else if (type == "text")
      eat(' '), number();
    if (extended_) eat(' '), nstring(), extension_tail();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool extended_ = false;
  std::string error_;
};

}  // namespace

std::string check_envelope(std::string_view text) {
  return Checker(text).envelope_only();
}
std::string check_body(std::string_view text, bool extended) {
  return Checker(text).body_only(extended);
}

}  // namespace mc::test
