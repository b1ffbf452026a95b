// imap/capabilities.h - what this server says it can do, and when.
//
// One table. Nothing is announced that is not complete.
#pragma once
#include <string_view>
#include <vector>

namespace mc::imap {

// What decides about a capability.
struct CapabilityFacts {
  bool logged_in = false;
  bool tls_possible = false;       // STARTTLS would work now
  bool plaintext_allowed = false;  // passwords may travel as they are
};

// In the order of the table.
std::vector<std::string_view> capabilities(CapabilityFacts facts);

}  // namespace mc::imap
