// imap/dialect.h - what ENABLE changed in how this connection writes text.
#pragma once

namespace mc::imap {

struct Dialect {
  // The client enabled IMAP4rev2 or UTF8=ACCEPT: mailbox names are plain UTF-8 and quoted
  // strings may hold UTF-8, both ways. Otherwise names are modified UTF-7 (RFC 3501, 5.1.3)
  // and nothing outside a literal that we send has its eighth bit set.
  bool utf8 = false;
};

}  // namespace mc::imap
