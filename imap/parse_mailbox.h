// imap/parse_mailbox.h - arguments of the commands that name one mailbox: SELECT, EXAMINE,
// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "imap/cursor.h"
#include "imap/seqset.h"

namespace mc::imap {

// What a client remembers of the mailbox (RFC 7162, 3.2.5).
struct QresyncParam {
  UidValidity uid_validity;
  ModSeq modseq;
  std::optional<UidSet> known_uids;
  // seq-match-data: message i of `seqs` had the i-th of `uids`; equally many, ascending.
  std::optional<std::pair<SeqNumSet, UidSet>> match;
};

struct SelectArgs {
  std::string mailbox;
  bool condstore = false;
  std::optional<QresyncParam> qresync;  // that QRESYNC is enabled, the session checks
};
Result<SelectArgs> parse_select(Cursor in);  // and EXAMINE

struct CreateArgs {
  std::string mailbox;                   // a trailing '/' is dropped (RFC 9051, 6.3.4)
  std::vector<std::string> special_use;  // "\\Archive", … as written (RFC 6154, 3)
};
Result<CreateArgs> parse_create(Cursor in);

struct MailboxArgs {
  std::string mailbox;
};
Result<MailboxArgs> parse_mailbox(Cursor in);  // DELETE, SUBSCRIBE, UNSUBSCRIBE

struct RenameArgs {
  std::string from;
  std::string to;  // a trailing '/' is dropped
};
Result<RenameArgs> parse_rename(Cursor in);

enum class StatusItem {
  messages,
  recent,
  uidnext,
  uidvalidity,
  unseen,
  deleted,
  size,
  highestmodseq,
};
struct StatusArgs {
  std::string mailbox;
  std::vector<StatusItem> items;  // in the order asked, each once
};
Result<StatusArgs> parse_status(Cursor in);

// "(" status-att *(SP status-att) ")", also in LIST … RETURN (STATUS (…)).
std::vector<StatusItem> read_status_items(Cursor& in);
std::string_view name_of(StatusItem item);  // "MESSAGES"

}  // namespace mc::imap
