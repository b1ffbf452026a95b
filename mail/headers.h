// mail/headers.h - the header block of a message or part, as octets.
//
// Finds where fields begin and end without decoding them. A line ends with LF; a CR
// before it belongs to the line end. A field is a line and the lines after it that
// begin with a space or tab. A line without a colon is a field without a name: it is
// kept where it stands and matches nothing. The block ends after the first empty line,
// or where the octets end.
//
// All views returned point into the octets given. Linear, pure, any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mc::mail {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
  bool operator==(Range const&) const = default;
};

// The octets of `range`; what lies beyond the end of `octets` is left out.
std::string_view slice(std::string_view octets, Range range);

struct HeaderField {
  std::string_view name;   // without trailing white space; empty for a line without a colon
  std::string_view value;  // after the colon, folding kept, last line end not included
  Range whole;             // name to last line end, offsets into the octets the reader was given
};

// Walks the fields of the header block at the start of `octets`, body or not behind it.
//   HeaderReader in(octets);
//   while (auto field = in.next()) …
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view octets) : octets_(octets) {}
  // Absent when the empty line or the end is reached.
  std::optional<HeaderField> next();
  // Once next() said absent: where the block ends, the empty line included.
  std::uint64_t block_end() const { return at_; }

 private:
  std::string_view octets_;
  std::size_t at_ = 0;
  bool done_ = false;
};

// Where the header block at the start of `octets` ends, the empty line included.
std::uint64_t header_end(std::string_view octets);

// `name` as a value still folded and undecoded: the first such field; absent if there is none.
std::optional<std::string_view> find_header(std::string_view octets, std::string_view name);
// Every value of that name, top to bottom.
std::vector<std::string_view> find_headers(std::string_view octets, std::string_view name);

// The value on one line: line ends removed (the white space after them stays), trimmed.
std::string unfold(std::string_view value);

// HEADER.FIELDS (pick) and HEADER.FIELDS.NOT (leave_out): the whole fields in message order,
// ended by an empty line whether or not `block` has one. Names compare without regard to
// case; a field without a name is only in HEADER.FIELDS.NOT.       RFC 9051, 6.4.5.1
enum class FieldChoice { pick, leave_out };
std::string header_fields(std::string_view block, std::span<std::string const> names, FieldChoice choice);

// The ranges of the top-level header fields for which `cut` says true; neighbours are merged.
// Used to hide forged X-MC-* and Authentication-Results fields.
using FieldPredicate = std::function<bool(std::string_view name, std::string_view value)>;
std::vector<Range> find_cuts(std::string_view octets, FieldPredicate const& cut);

}  // namespace mc::mail
