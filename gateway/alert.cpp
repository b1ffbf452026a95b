#include "gateway/alert.h"

#include "center/notices.h"
#include "center/own_mail.h"
#include "core/log.h"

namespace mc::gateway {

namespace {

constexpr std::size_t max_text = 64 * 1024;

// Whole lines only.
std::string shorten(std::string const& text) {
  if (text.size() <= max_text) return text;
  return text.substr(0, text.rfind('\n', max_text) + 1) + "… and more\n";
}

}  // namespace

void put_alert(center::Context const& context, store::Transaction& tx, Alert const& alert) {
  Time now = context.clock.now();
  mail::Draft draft = center::begin_mail(context.settings, center::our_address(context.settings), now);
  draft.subject = alert.subject;
  draft.text = shorten(alert.text);
  draft.fields = {{"X-MC-Type", alert.type}};
  center::send_generated(context, tx, context.policy.get(), mail::compose(draft),
                         "postmaster@" + context.settings.domain, now);
}

void send_alert(center::Context const& context, Alert const& alert) {
  auto operation = [&](store::Transaction& tx) -> Result<void> {
    put_alert(context, tx, alert);
    return {};
  };
  if (auto done = context.store.write_and_wait(operation); !done)
    log_error("alert_not_sent", {{"subject", alert.subject}, {"reason", done.error().text}});
}

}  // namespace mc::gateway
