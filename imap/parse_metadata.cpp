#include "imap/parse_metadata.h"

#include <algorithm>

#include "core/text.h"
#include "store/metadata.h"

namespace mc::imap {

namespace {

static_assert(value_too_big == "METADATA MAXSIZE 65536" && store::max_metadata_value == 65'536);

enum class Root { refuse, allow };  // "/private" and "/shared" themselves

// What is wrong with an entry's name, in lower case (RFC 5464, 3.2); empty: nothing.
std::string_view fault_of(std::string_view name, Root root) {
  bool is_root = name == "/private" || name == "/shared";
  if (is_root && root == Root::allow) return {};
  if (!name.starts_with("/private/") && !name.starts_with("/shared/"))
    return "The name of an entry begins with /private/ or /shared/";
  if (name.ends_with('/')) return "The name of an entry may not end in '/'";
  if (name.find("//") != name.npos) return "The name of an entry may not have '/' twice in a row";
  auto allowed = [](char c) { return c >= 0x20 && c < 0x7f && c != '*' && c != '%'; };
  if (!std::all_of(name.begin(), name.end(), allowed))
    return "The name of an entry is in ASCII, without control characters, '*' and '%'";
  return {};
}

// entry = astring                                                       RFC 5464, 5
EntryName read_entry(Cursor& in, Root root) {
  auto start = in.position();
  EntryName name;
  name.written = in.astring();
  if (!in.ok()) return name;
  name.lower = to_lower(name.written);
  if (auto fault = fault_of(name.lower, root); !fault.empty()) in.fail_at(start, Errc::syntax, fault);
  if (name.lower.size() > store::max_metadata_name)
    in.fail_at(start, Errc::limit, "The name of the entry is too long");
  return name;
}

// scope-opt = "DEPTH" SP ("0" / "1" / "infinity")                       RFC 5464, 5
Depth read_depth(Cursor& in) {
  if (in.try_word("0")) return Depth::zero;
  if (in.try_word("1")) return Depth::one;
  if (in.try_word("infinity")) return Depth::infinity;
  in.fail(Errc::syntax, "Expected a DEPTH of 0, 1 or infinity");
  return Depth::zero;
}

// maxsize-opt = "MAXSIZE" SP number                                     RFC 5464, 5
void read_option(Cursor& in, GetMetadataArgs& args) {
  auto start = in.position();
  bool twice = false;
  if (in.try_word("DEPTH")) {
    twice = args.depth.has_value();
    in.sp();
    args.depth = read_depth(in);
  } else if (in.try_word("MAXSIZE")) {
    twice = args.max_size.has_value();
    in.sp();
    args.max_size = in.number();
  } else {
    in.fail(Errc::syntax, "Expected DEPTH or MAXSIZE");
  }
  if (twice) in.fail_at(start, Errc::syntax, "An option is given twice");
}

void read_options(Cursor& in, GetMetadataArgs& args) {
  in.list("options", 10, Cursor::Empty::refuse, [&] { read_option(in, args); });
}

// Entries begin with '/', a quote or a literal's brace; options with a letter.
bool at_options(Cursor in) {
  if (!in.try_open()) return false;
  char c = ascii_lower(in.peek());
  return c >= 'a' && c <= 'z';
}

// value = nstring / literal8                                            RFC 5464, 5
std::optional<std::string> read_value(Cursor& in) {
  if (in.at_literal()) return std::string(in.any_literal().octets);
  return in.nstring();
}

}  // namespace

// getmetadata = "GETMETADATA" [SP options] SP mailbox [SP options] SP entries   RFC 5464, 5
// entries = entry / "(" entry *(SP entry) ")"
// The second place is that of the RFC's own examples, which clients follow (errata 2785).
Result<GetMetadataArgs> parse_get_metadata(Cursor in) {
  GetMetadataArgs args;
  in.sp();
  if (in.peek() == '(') {
    read_options(in, args);
    in.sp();
  }
  args.mailbox = in.mailbox_or_empty();
  in.sp();
  if (at_options(in)) {
    read_options(in, args);
    in.sp();
  }
  if (in.peek() != '(')
    args.entries.push_back(read_entry(in, Root::allow));
  else
    in.list("entries", max_entries_asked, Cursor::Empty::refuse,
            [&] { args.entries.push_back(read_entry(in, Root::allow)); });
  return in.finish(std::move(args));
}

// setmetadata = "SETMETADATA" SP mailbox SP entry-values                RFC 5464, 5
// entry-values = "(" entry SP value *(SP entry SP value) ")"
Result<SetMetadataArgs> parse_set_metadata(Cursor in) {
  SetMetadataArgs args;
  in.sp();
  args.mailbox = in.mailbox_or_empty();
  in.sp();
  in.list("entries", max_entries_set, Cursor::Empty::refuse, [&] {
    EntryValue entry;
    entry.name = read_entry(in, Root::refuse).lower;
    in.sp();
    entry.value = read_value(in);
    args.entries.push_back(std::move(entry));
  });
  return in.finish(std::move(args));
}

bool is_asked_for(std::string_view name, std::string_view asked, Depth depth) {
  if (!name.starts_with(asked)) return false;
  name.remove_prefix(asked.size());
  if (name.empty()) return true;
  if (name[0] != '/' || depth == Depth::zero) return false;
  return depth == Depth::infinity || name.find('/', 1) == name.npos;
}

}  // namespace mc::imap
