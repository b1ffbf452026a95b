#include "rules/toml_bounds.h"

#include <algorithm>

#include "core/text.h"

namespace mc::rules {

namespace {

// Walks the text as TOML's lexer would, knowing only strings, comments and brackets. Where the text is
// not TOML the walk may differ from the parser's, which then fails at the same place or earlier.
// Besides nesting it refuses two errors that the library takes for impossible (undefined behaviour in 3.3).
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_start_ = 3;  // a byte order mark
  }

  std::optional<Problem> run() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '"' || c == '\'')
        skip_string(c);
      else if (c == '#')
        skip_comment();
      else
        plain(c);
      if (!wrong_.empty()) return problem(wrong_);
      if (depth_ > max_toml_depth) return problem("brackets are nested too deeply");
      if (dots_ > max_toml_depth) return problem("too many dots in one line");
    }
    return std::nullopt;
  }

 private:
  void plain(char c) {
    if (c == '[' && depth_ == 0 && trim(text_.substr(line_start_, at_ - line_start_)).empty()) check_header();
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c == '.') ++dots_;
    if (static_cast<unsigned char>(c) >= 0x80) wrong_ = "letters like this one must stand in quotes";
    if (c == '\n') new_line();
    ++at_;
  }

  // std-table / array-table: after "[" or "[[" stands a key            TOML 1.0
  // The library takes that for granted.
  void check_header() {
    std::size_t at = at_ + 1;
    auto skip_blanks = [&] { at = std::min(text_.find_first_not_of(" \t", at), text_.size()); };
    skip_blanks();
    if (at < text_.size() && text_[at] == '[') ++at, skip_blanks();
    if (at == text_.size() || !begins_key(text_[at])) wrong_ = "a name must follow the bracket";
  }

  static bool begins_key(char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '-' ||
           c == '"' || c == '\'' || c == ']';
  }

  void new_line() {
    ++line_;
    dots_ = 0;
    line_start_ = at_ + 1;
  }

  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  // A string of one line ends with it, closed or not; one of three quotes may span lines.
  void skip_string(char quote) {
    std::string_view rest = text_.substr(at_);
    bool multi = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    at_ += multi ? 3 : 1;
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '\n' && !multi) return;
      if (c == '\n') new_line();
      if (c == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
      ++at_;
      if (c == quote && (!multi || closes(quote))) return;
    }
  }

  // After one quote of a multi-line string: do two more follow? If so takes them.
  bool closes(char quote) {
    std::string_view rest = text_.substr(at_);
    if (rest.size() < 2 || rest[0] != quote || rest[1] != quote) return false;
    at_ += 2;
    while (at_ < text_.size() && text_[at_] == quote) ++at_;
    return true;
  }

  // At the last character taken.
  Problem problem(std::string_view message) const {
    std::string_view before = text_.substr(line_start_, at_ - line_start_);
    auto column =
        std::count_if(before.begin(), before.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; });
    return {Severity::error,
            line_,
            static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(column, 1)),
            std::string(message),
            {}};
  }

  std::string_view text_;
  std::size_t at_ = 0, line_start_ = 0;
  std::uint32_t line_ = 1;
  int depth_ = 0, dots_ = 0;
  std::string_view wrong_;
};

Problem not_utf8(std::string_view text) {
  std::uint32_t line = 1;
  for (;;) {
    std::size_t end = text.find('\n');
    if (!is_utf8(text.substr(0, end))) return {Severity::error, line, 1, "this line is not UTF-8", {}};
    if (end == text.npos) return {Severity::error, line, 1, "the file is not UTF-8", {}};
    text.remove_prefix(end + 1);
    ++line;
  }
}

}  // namespace

std::optional<Problem> check_toml_bounds(std::string_view text) {
  if (!is_utf8(text)) return not_utf8(text);
  return Walk(text).run();
}

}  // namespace mc::rules
