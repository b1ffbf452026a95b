// Any octets that come to a return path: at most one failure, hard or soft, with a diagnosis fit for one line; and one kind of mail.
#include <cstdint>
#include <cstdlib>

#include "center/automatic.h"
#include "center/bounce_report.h"
#include "core/text.h"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  using namespace mc::center;
  std::string_view octets(reinterpret_cast<char const*>(data), size);
  Prepared const prepared = prepare(std::string(octets), Trust::other, "mc.example.test");
  auto const sent_to = [](std::string_view address) { return iequals(address, "jane@ext.test"); };
  for (std::string_view path : {"", "jane@ext.test"}) {
    if (auto failure = find_failure(prepared, path, sent_to)) {
      bool const good = failure->is.kind != BounceKind::none && !failure->is.what.empty() && failure->diagnosis.size() <= 400 &&
                        printable(failure->diagnosis, 400) == failure->diagnosis;
      if (!good) std::abort();
    }
    Automatic const automatic = classify_automatic(prepared.summary, octets, path, "example.test");
    if (automatic.reason.empty() == static_cast<bool>(automatic)) std::abort();
  }
  find_failed_recipient(octets, sent_to, false);
  find_failure_in_words(octets, true);
  classify_status(octets.substr(0, size / 2), octets.substr(size / 2));
  return 0;
}
