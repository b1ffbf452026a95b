#include "center/submitter.h"

#include "core/crypto.h"
#include "core/text.h"

namespace mc::center {

std::string_view to_string(SubmitterKind kind) {
  static constexpr std::string_view names[] = {"outside", "user", "agent", "platform"};
  return names[static_cast<std::size_t>(kind)];
}

std::string new_mail_id() { return base32_lower(random_octets(10)); }

}  // namespace mc::center
