#include "imap/capabilities.h"

#include <array>

namespace mc::imap {

namespace {

using Condition = bool (*)(CapabilityFacts);
bool always(CapabilityFacts) {
  return true;
}
bool before_login(CapabilityFacts f) {
  return !f.logged_in;
}
bool before_tls(CapabilityFacts f) {
  return !f.logged_in && f.tls_possible;
}
bool for_passwords(CapabilityFacts f) {
  return !f.logged_in && f.plaintext_allowed;
}
bool against_passwords(CapabilityFacts f) {
  return !f.logged_in && !f.plaintext_allowed;
}

struct CapabilityRow {
  std::string_view name;
  Condition when;
};
constexpr std::array table{
    CapabilityRow{"IMAP4rev1", always},
    CapabilityRow{"IMAP4rev2", always},
    CapabilityRow{"SASL-IR", always},
    CapabilityRow{"LITERAL+", always},
    CapabilityRow{"STARTTLS", before_tls},
    CapabilityRow{"AUTH=SCRAM-SHA-256", before_login},
    CapabilityRow{"AUTH=PLAIN", for_passwords},
    CapabilityRow{"LOGINDISABLED", against_passwords},
    CapabilityRow{"ID", always},
    CapabilityRow{"ENABLE", always},
    CapabilityRow{"IDLE", always},
    CapabilityRow{"NAMESPACE", always},
    CapabilityRow{"CHILDREN", always},
    CapabilityRow{"LIST-EXTENDED", always},
    CapabilityRow{"LIST-STATUS", always},
    CapabilityRow{"SPECIAL-USE", always},
    CapabilityRow{"CREATE-SPECIAL-USE", always},
    CapabilityRow{"STATUS=SIZE", always},
    CapabilityRow{"UNSELECT", always},
    CapabilityRow{"UIDPLUS", always},
    CapabilityRow{"MOVE", always},
    CapabilityRow{"ESEARCH", always},
    CapabilityRow{"SEARCHRES", always},
    CapabilityRow{"BINARY", always},
    CapabilityRow{"CONDSTORE", always},
    CapabilityRow{"QRESYNC", always},
    CapabilityRow{"METADATA", always},
};

}  // namespace

std::vector<std::string_view> capabilities(CapabilityFacts facts) {
  std::vector<std::string_view> names;
  for (CapabilityRow const& row : table)
    if (row.when(facts)) names.push_back(row.name);
  return names;
}

}  // namespace mc::imap
