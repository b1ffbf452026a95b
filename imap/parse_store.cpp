#include "imap/parse_store.h"

namespace mc::imap {

namespace {

// store-modifier = "UNCHANGEDSINCE" SP mod-sequence-valzer              RFC 7162, 7
void read_store_modifiers(Cursor& in, StoreArgs& args) {
  in.list("STORE modifiers", 10, Cursor::Empty::refuse, [&] {
    if (!in.try_word("UNCHANGEDSINCE")) in.fail(Errc::syntax, "Unknown STORE modifier");
    if (args.unchanged_since) in.fail(Errc::syntax, "UNCHANGEDSINCE is given twice");
    in.sp();
    args.unchanged_since = in.mod_sequence();
  });
}

// flag *(SP flag)
Flags read_bare_flags(Cursor& in) {
  Flags flags;
  std::size_t count = 0;
  do {
    auto flag = in.flag();
    if (in.ok()) flags.add(flag);
    if (++count > max_flags_in_list) in.fail(Errc::limit, "Too many flags");
  } while (in.try_sp());
  return flags;
}

}  // namespace

// store = "STORE" SP sequence-set [SP store-modifiers] SP store-att-flags     RFC 9051, 9; RFC 7162
// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
Result<StoreArgs> parse_store(Cursor in) {
  StoreArgs args;
  in.sp();
  args.set = in.seq_set();
  in.sp();
  if (in.peek() == '(') {
    read_store_modifiers(in, args);
    in.sp();
  }
  if (in.try_char('+'))
    args.mode = StoreArgs::Mode::add;
  else if (in.try_char('-'))
    args.mode = StoreArgs::Mode::remove;
  args.silent = in.try_word("FLAGS.SILENT");
  if (!args.silent && !in.try_word("FLAGS")) in.fail(Errc::syntax, "Expected FLAGS or FLAGS.SILENT");
  in.sp();
  args.flags = in.peek() == '(' ? in.flag_list() : read_bare_flags(in);
  return in.finish(std::move(args));
}

// copy = "COPY" SP sequence-set SP mailbox                              RFC 9051, 9
Result<CopyArgs> parse_copy(Cursor in) {
  CopyArgs args;
  in.sp();
  args.set = in.seq_set();
  in.sp();
  args.mailbox = in.mailbox();
  return in.finish(std::move(args));
}

// uid-expunge = "UID" SP "EXPUNGE" SP sequence-set                      RFC 9051, 9
Result<SetArgs> parse_set(Cursor in) {
  SetArgs args;
  in.sp();
  args.set = in.seq_set();
  return in.finish(std::move(args));
}

}  // namespace mc::imap
