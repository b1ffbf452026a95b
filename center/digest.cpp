#include "center/digest.h"

#include <algorithm>
#include <tuple>

#include "center/addresses.h"
#include "center/local_time.h"
#include "center/own_mail.h"
#include "center/trace.h"
#include "core/text.h"
#include "mail/headers.h"
#include "rules/record.h"
#include "store/bodies.h"
#include "store/messages.h"

namespace mc::center {

namespace {

constexpr std::size_t header_read = 16'384;  // of each message, to find who sent it

// The name in From, if it is one: a name that looks like an address is nobody's to show.
std::string find_sender(store::Snapshot const& s, store::DecisionRecord const& record) {
  if (!record.message || !store::has_message(s, record.message)) return {};
  std::string header;
  store::read_message(s, record.message, {0, header_read}, header);
  auto from = mail::find_headers(header, "From");
  if (from.empty()) return {};
  auto addresses = mail::decode_addresses(from.front());
  if (addresses.empty() || addresses.front().name.find('@') != std::string::npos) return {};
  return printable(addresses.front().name, 100);
}

std::string count_of(std::size_t n) { return std::to_string(n) + (n == 1 ? " new message" : " new messages"); }

std::string write_line(Context const& context, store::User const& user, NamedMessage const& message) {
  std::string line = write_local(message.at, users_zone(context, user, message.at), context.zones);
  if (!message.sender.empty()) line += "  " + message.sender;
  return line + "\n    " + (message.subject.empty() ? "(no subject)" : message.subject) + "\n";
}

std::string write_rest(std::size_t all) {
  return all > most_named ? "\nand " + std::to_string(all - most_named) + " more\n" : std::string();
}

mail::Draft make_draft(Context const& context, store::User const& user, Time now) {
  return begin_mail(context.settings, address_outside(user.email, user.display_name), now);
}

std::string write_foot(Context const& context, store::User const& user, std::string_view where, Time now) {
  return "\nRead them with your mail client, in " + std::string(where) + " of your account " +
         address_of(context.settings, user.login) + " at " + context.settings.hostname +
         ".\nTimes are those of " + users_zone(context, user, now) + ".\n";
}

}  // namespace

NamedMessage describe(store::Snapshot const& s, rules::Policy const& policy, store::DecisionRecord const& record) {
  NamedMessage out;
  auto parsed = rules::parse_record(record.record);
  out.folder = rules::folder_name(parsed ? parsed->decision.tab : rules::Tab::updates);
  rules::TypeIndex const type = policy.find_type(record.type);
  out.label = type || record.type == policy.type(type).name ? policy.type(type).label : record.type;
  if (out.label.empty()) out.label = record.type;
  out.subject = printable(record.subject, 200);
  out.sender = find_sender(s, record);
  out.at = record.at;
  return out;
}

std::string compose_fold(Context const& context, store::User const& user, rules::Type const& type,
                         std::vector<NamedMessage> const& messages, Time now) {
  mail::Draft draft = make_draft(context, user, now);
  std::string const& folder = messages.front().folder;
  draft.subject = count_of(messages.size()) + ": " + messages.front().label;
  draft.text = count_of(messages.size()) + " in " + folder + ":\n\n";
  for (std::size_t i = 0; i < std::min(messages.size(), most_named); ++i)
    draft.text += write_line(context, user, messages[i]);
  draft.text += write_rest(messages.size()) + write_foot(context, user, "the folder " + folder, now) +
                "\nThey came close together, so this one mail stands for all of them.\n";
  draft.fields = {{"X-MC-Type", type.name},
                  {"X-MC-Why", std::to_string(messages.size()) + " messages of this type in one mail"},
                  {"List-Id", write_list_id(type.label, type.name, rules::to_string(type.tab), context.settings.domain)}};
  return mail::compose(draft);
}

std::string compose_digest(Context const& context, store::User const& user, std::vector<NamedMessage> messages,
                           Time now) {
  mail::Draft draft = make_draft(context, user, now);
  draft.subject = "Your digest: " + count_of(messages.size());
  auto group = [](NamedMessage const& m) { return std::tie(m.folder, m.label); };
  std::stable_sort(messages.begin(), messages.end(),
                   [&](NamedMessage const& a, NamedMessage const& b) { return group(a) < group(b); });
  for (std::size_t i = 0; i < std::min(messages.size(), most_named); ++i) {
    NamedMessage const& message = messages[i];
    if (i == 0 || group(messages[i - 1]) != group(message)) {
      auto end = std::find_if(messages.begin() + static_cast<std::ptrdiff_t>(i), messages.end(),
                              [&](NamedMessage const& m) { return group(m) != group(message); });
      auto count = static_cast<std::size_t>(end - messages.begin()) - i;
      draft.text += (i == 0 ? "" : "\n") + message.folder + ", " + message.label + " (" + std::to_string(count) + ")\n";
    }
    draft.text += write_line(context, user, message);
  }
  draft.text += write_rest(messages.size()) + write_foot(context, user, "the folders named above", now);
  std::string_view const cadence = user.times.digest == store::Digest::hourly ? "hourly" : "daily";
  draft.fields = {{"X-MC-Type", "digest"},
                  {"X-MC-Why", "your choice of a digest" + (user.times.digest == store::Digest::off ? std::string() : " (" + std::string(cadence) + ")")},
                  {"List-Id", "Digest <digest." + context.settings.domain + ">"}};
  return mail::compose(draft);
}

}  // namespace mc::center
