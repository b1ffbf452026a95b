// why: the timeline of every message that came for a user
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "center/why.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "store/accounts.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

json::object to_json(center::WhyAnswer const& a) {
  json::array fields, events;
  for (center::WhyField const& f : a.fields) {
    json::array lost(f.lost.begin(), f.lost.end());
    fields.push_back(json::object{{"field", f.field}, {"value", f.value}, {"layer", f.layer}, {"reason", f.reason},
                                  {"detail", f.detail}, {"lost", lost}});
  }
  for (center::WhyEvent const& e : a.events)
    events.push_back(json::object{{"at", write_rfc3339(e.at)}, {"kind", e.kind}, {"text", e.text}});
  return {{"mail", a.mail_id}, {"message_id", a.message_id}, {"type", a.type}, {"tab", a.tab}, {"subject", a.subject},
          {"from", a.from}, {"policy_version", a.policy_version}, {"fields", fields}, {"events", events}};
}

}  // namespace

int why(Desk& desk, Arguments const& arguments, Output& out) {
  auto most = parse_number(arguments.get("most", "20"));
  if (!most || *most == 0 || *most > 10'000) return out.refuse("--most wants a number from 1 to 10000");
  std::string message_id = arguments.words.size() > 1 ? arguments.words[1] : "";
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto user = store::find_user_id(s, to_lower(arguments.words[0]));
    if (!user) return out.refuse("no user " + printable(arguments.words[0], 80));
    auto answers = center::why(s, *user, message_id, *most);
    if (out.json()) {
      json::array array;
      for (auto const& answer : answers) array.push_back(to_json(answer));
      out.print(json::serialize(array) + "\n");
      return exit_done;
    }
    if (answers.empty())
      return out.refuse(message_id.empty() ? "nothing was ever decided for this user"
                                           : "no message with this Message-ID came for this user");
    out.print(center::write_why(answers));
    return exit_done;
  });
}

}  // namespace mc::gateway
