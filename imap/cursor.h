// imap/cursor.h - reads one complete command by methods named after the grammar.
//
// The text is a command as received, from after the tag to before the final CRLF, with
// literals in line as they came: "{5}\r\nINBOX". A Cursor is sticky: the first error wins,
// every later read yields an empty value and moves nothing, so a parser reads as its ABNF
// and asks once, in finish(). Loops must end when ok() is false; list() does that itself.
//
// Octets are copied only where a value is a std::string; those are small or unescaped.
// string_views point into the command and live as long as its buffer.
//
// Knows no command. Not thread-safe; copying it copies the position.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/clock.h"
#include "core/ids.h"
#include "core/result.h"
#include "imap/date.h"
#include "imap/dialect.h"
#include "imap/flag.h"
#include "imap/seqset.h"

namespace mc::imap {

// A literal where it lies in the command; never unescaped, never copied.
struct Literal {
  std::string_view octets;
  bool binary = false;  // literal8: may hold NUL
};

// The classes of RFC 9051, 9.
bool is_atom_char(char c);     // any CHAR except atom-specials
bool is_astring_char(char c);  // ATOM-CHAR / resp-specials
bool is_atom(std::string_view text);

class Cursor {
 public:
  explicit Cursor(std::string_view text, Dialect dialect = {}) : text_(text), dialect_(dialect) {}

  bool ok() const { return !failed_; }
  bool at_end() const { return at_ == text_.size(); }
  Dialect dialect() const { return dialect_; }
  // The first error is kept; the position and what stands there are added to its text.
  void fail(Errc code, std::string_view what) { fail_at(at_, code, what); }
  // The same about something that began at an earlier position().
  void fail_at(std::size_t position, Errc code, std::string_view what);
  std::size_t position() const { return at_; }

  // `args`, unless something went wrong or text is left over.
  template <class T>
  Result<std::decay_t<T>> finish(T&& args) {
    expect_end();
    if (failed_) return std::move(error_);
    return std::forward<T>(args);
  }

  // Punctuation. The try_ forms decline without moving.
  void sp();     // exactly one space
  void open();   // "("
  void close();  // ")"
  void expect(char c);
  bool try_sp() { return try_char(' '); }
  bool try_open() { return try_char('('); }
  bool try_close() { return try_char(')'); }
  bool try_char(char c);
  // The next octet without moving; '\0' at the end or after an error.
  char peek() const { return failed_ || at_end() ? '\0' : text_[at_]; }

  // A run of letters, digits and "-._=+/": the words of the grammar, for table look-up.
  // `what` names it in the error.
  std::string_view word(std::string_view what);
  // Consumes `word` (any case) when it stands here as a whole word, else declines.
  bool try_word(std::string_view word);

  // "(" item *(SP item) ")", or "()" when `empty` allows it. `item` is called as item() and
  // reads one item. Fails: limit, with more than `most` items.
  enum class Empty { refuse, allow };
  template <class F>
  void list(std::string_view what, std::size_t most, Empty empty, F item) {
    open();
    if (empty == Empty::allow && try_close()) return;
    std::size_t count = 0;
    do {
      if (++count > most) too_many(what);
      if (failed_) return;
      item();
    } while (try_sp());
    close();
  }

  // Words and strings.
  std::string_view tag();  // 1*<any ASTRING-CHAR except "+">
  std::string_view atom();
  std::string string();                  // quoted / literal
  std::optional<std::string> nstring();  // string / nil; nullopt is NIL
  std::string astring();                 // 1*ASTRING-CHAR / string
  Literal literal();                     // literal only
  Literal literal8();                    // "~{" number "}" CRLF octets
  Literal any_literal();                 // literal / literal8
  bool at_literal() const;               // is any literal next?

  // Numbers.
  std::uint32_t number();
  std::uint32_t nz_number();
  std::uint64_t number64();     // at most 2^63-1
  std::uint64_t nz_number64();  // at most 2^63-1, not 0
  ModSeq mod_sequence();        // mod-sequence-valzer (RFC 7162, 7): may be 0

  // Values.
  std::string mailbox();           // canonical UTF-8 name, not empty
  std::string mailbox_or_empty();  // the reference of LIST: "" is allowed
  std::string list_mailbox();      // a LIST pattern in UTF-8: 1*list-char / string
  SequenceSet seq_set();
  UidSet uid_set();   // known-uids: no '*', no '$'
  Flag flag();        // flag; \Recent and unknown system flags are errors
  Flags flag_list();  // "(" [flag *(SP flag)] ")"
  std::string flag_keyword();
  Day date();        // date-text / DQUOTE date-text DQUOTE
  Time date_time();  // DQUOTE date-day-fixed … DQUOTE

  // Guards recursion: `Nesting guard(in);` fails with Errc::limit below `max_depth` levels.
  static constexpr int max_depth = 100;
  class Nesting {
   public:
    explicit Nesting(Cursor& in) : in_(in) {
      if (++in_.depth_ > max_depth) in_.fail(Errc::limit, "Too deeply nested");
    }
    ~Nesting() { --in_.depth_; }
    Nesting(Nesting const&) = delete;
    Nesting& operator=(Nesting const&) = delete;

   private:
    Cursor& in_;
  };

 private:
  template <class Class>
  std::string_view take_while(Class in_class);
  std::string quoted();
  Literal literal_of(bool allow_plain, bool allow_binary);
  std::uint64_t number_up_to(std::uint64_t most, bool zero_allowed, std::string_view what);
  std::string_view number_set_text();
  std::string checked_mailbox(std::string received);
  std::string checked_pattern(std::string received);
  void expect_end();
  void too_many(std::string_view what);

  std::string_view text_;
  std::size_t at_ = 0;
  Dialect dialect_;
  int depth_ = 0;
  bool failed_ = false;
  Error error_;
};

}  // namespace mc::imap
