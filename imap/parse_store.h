// imap/parse_store.h - arguments of STORE, COPY, MOVE and UID EXPUNGE.
#pragma once
#include <optional>
#include <string>

#include "core/ids.h"
#include "core/result.h"
#include "imap/cursor.h"
#include "imap/flag.h"
#include "imap/seqset.h"

namespace mc::imap {

struct StoreArgs {
  enum class Mode { replace, add, remove };
  SequenceSet set;
  Mode mode = Mode::replace;
  bool silent = false;
  Flags flags;
  std::optional<ModSeq> unchanged_since;  // RFC 7162, 3.1.3; 0 is a value
};
Result<StoreArgs> parse_store(Cursor in);

struct CopyArgs {
  SequenceSet set;
  std::string mailbox;
};
Result<CopyArgs> parse_copy(Cursor in);  // and MOVE

struct SetArgs {
  SequenceSet set;
};
Result<SetArgs> parse_set(Cursor in);  // UID EXPUNGE

}  // namespace mc::imap
