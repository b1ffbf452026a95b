#include "mail/init.h"

#include <gmime/gmime.h>

#include <mutex>

namespace mc::mail {

void init() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

}  // namespace mc::mail
