// imap/writer.h - appends responses to a string, by methods named after the grammar.
//
// Chooses between atom, quoted string and literal; never lets CR, LF or NUL out of a
// string, nor an eighth bit outside a literal unless the dialect is UTF-8. Knows no command.
// Borrows the string it writes to.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/ids.h"
#include "imap/dialect.h"
#include "imap/flag.h"
#include "imap/section.h"
#include "imap/seqset.h"

namespace mc::imap {

class Writer {
 public:
  explicit Writer(std::string& out, Dialect dialect = {}) : out_(&out), dialect_(dialect) {}

  Dialect dialect() const { return dialect_; }
  std::string& buffer() { return *out_; }

  Writer& raw(std::string_view text) {
    out_->append(text);
    return *this;
  }  // as is
  Writer& sp() {
    out_->push_back(' ');
    return *this;
  }
  Writer& open() {
    out_->push_back('(');
    return *this;
  }
  Writer& close() {
    out_->push_back(')');
    return *this;
  }
  Writer& crlf() {
    out_->append("\r\n");
    return *this;
  }
  Writer& nil() {
    out_->append("NIL");
    return *this;
  }

  Writer& number(std::uint64_t value);
  template <class Tag, class Rep>
  Writer& number(Id<Tag, Rep> id) {
    return number(std::uint64_t{id.value});
  }

  // Quoted where possible, else a literal. NUL, which no string may hold, becomes '?'.
  Writer& string(std::string_view text);
  Writer& nstring(std::optional<std::string_view> text);  // nullopt: NIL
  // An atom where possible ("NIL" is quoted), else string().
  Writer& astring(std::string_view text);
  // "{n}" CRLF and "~{n}" CRLF; the n octets follow by raw() or a stream.
  Writer& literal_header(std::uint64_t size);
  Writer& literal8_header(std::uint64_t size);
  Writer& literal(std::string_view octets);
  // Text of a status line: one line, control characters and (unless UTF-8) 8-bit become '?'.
  Writer& text(std::string_view text);

  // `name` is canonical UTF-8: an atom or quoted string in the dialect's encoding.
  Writer& mailbox(std::string_view name);
  // "(\Seen $Forwarded)". `extra` follows as is, for \Recent and \*.
  Writer& flags(Flags const& flags, std::string_view extra = {});
  Writer& flags(std::uint8_t system, std::span<std::string_view const> keywords);
  Writer& date_time(Time time, std::chrono::minutes zone = std::chrono::minutes(0));  // quoted
  Writer& set(UidSet const& set);                                                     // Requires: not empty
  Writer& set(SeqNumSet const& set);
  // "[HEADER.FIELDS (DATE FROM)]", "[1.2.MIME]"; `origin` adds "<0>".
  Writer& section(Section const& section, std::optional<std::uint64_t> origin = std::nullopt);

  // "* " before and CRLF after what `body` writes.
  template <class F>
  Writer& untagged(F body) {
    raw("* ");
    body(*this);
    return crlf();
  }

 private:
  bool quotable(std::string_view text) const;
  void quoted(std::string_view text);

  std::string* out_;
  Dialect dialect_;
};

}  // namespace mc::imap
