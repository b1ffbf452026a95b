// rules check|show|explain, why
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "center/addresses.h"
#include "center/facts.h"
#include "center/why.h"
#include "center/zones.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "rules/speak.h"
#include "store/accounts.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

int no_such_user(std::string const& login, Output& out) { return out.refuse("no user " + printable(login, 80)); }

// The facts of `rules explain`: those of the message file if one is given, then what the options say.
struct AskedFacts {
  center::Prepared prepared;
  std::unique_ptr<center::MessageFacts> message;
  std::string type, amount;
  rules::Facts facts;
};

Result<AskedFacts> read_asked(Desk& desk, Arguments const& arguments) {
  AskedFacts asked;
  Time now = desk.context.clock.now();
  asked.prepared = center::prepare(arguments.get("message"), center::Trust::platform, desk.context.settings.hostname);
  center::Envelope envelope;
  envelope.submitter.kind = center::SubmitterKind::platform;
  asked.message = std::make_unique<center::MessageFacts>(envelope, asked.prepared, now, desk.context.zones);
  asked.facts = asked.message->facts();
  asked.type = to_lower(arguments.get("type"));
  asked.amount = arguments.get("amount");
  return asked;
}

Result<void> apply_options(AskedFacts& asked, Arguments const& arguments) {
  if (arguments.has("type")) asked.facts.type = asked.type;
  if (arguments.has("amount")) asked.facts.set_amount(asked.amount);
  if (!arguments.has("at")) return {};
  auto at = parse_rfc3339(arguments.get("at"));
  if (!at) return fail(Errc::syntax, "--at wants a time like 2026-11-23T15:00:00Z");
  asked.facts.time = *at;
  return {};
}

void print_explanation(rules::Policy const& policy, rules::Decision const& decision, Output& out) {
  if (!out.json()) return out.print(rules::explain(policy, decision));
  rules::Explanation e = rules::make_explanation(policy, decision);
  json::array rows;
  for (rules::Spoken const& row : e.rows)
    rows.push_back(json::object{{"field", std::string(rules::to_string(row.field))},
                                {"won", row.won},
                                {"value", row.says},
                                {"layer", row.layer},
                                {"reason", row.reason},
                                {"where", row.where}});
  json::array timing(e.timing.begin(), e.timing.end()), notes(e.notes.begin(), e.notes.end());
  out.print(json::serialize(json::object{{"type", e.type}, {"tab", e.tab}, {"policy", e.policy}, {"rows", rows},
                                         {"timing", timing}, {"notes", notes}}) + "\n");
}

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

int rules_check(std::string const&, Arguments const& arguments, Output& out) {
  std::string const& file = arguments.words[0];
  auto text = read_file(file);
  if (!text) return out.refuse(text.error().text);
  rules::LoadOptions options;
  options.now = SystemClock().now();
  center::SystemZones zones;
  options.zones = &zones;
  rules::PolicyLoad load = rules::parse_policy(*text, file, options);
  out.print(rules::write_problems(load.problems, file, *text));
  if (!load) return exit_refused;
  out.say(file + ": " + std::to_string(load.policy->types().size() - 1) + " types, " +
          std::to_string(load.policy->rules().size()) + " rules, no errors");
  return exit_done;
}

int rules_show(Desk& desk, Arguments const&, Output& out) {
  auto policy = desk.context.policy.get();
  out.print(rules::show(*policy.policy));
  return exit_done;
}

int rules_explain(Desk& desk, Arguments const& arguments, Output& out) {
  std::string login = to_lower(arguments.get("user"));
  if (login.empty()) return out.refuse("whose? --user LOGIN");
  if (!arguments.has("type") && !arguments.has("message")) return out.refuse("what? --type T or --message F");
  auto asked = read_asked(desk, arguments);
  if (!asked) return out.refuse(asked.error().text);
  if (auto applied = apply_options(*asked, arguments); !applied) return out.refuse(applied.error().text);
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto user = store::find_user(s, login);
    if (!user) return no_such_user(login, out);
    auto address = center::parse_address(user->email);
    bool ours = address && center::is_our_domain(desk.context.settings, address->domain);
    auto policy = desk.context.policy.get();
    auto decision = rules::decide(*policy.policy, asked->facts, center::make_person(*user, ours, desk.context.settings.time_zone),
                                  center::make_choices(store::list_choices(s, user->id)));
    print_explanation(*policy.policy, decision, out);
    return exit_done;
  });
}

int why(Desk& desk, Arguments const& arguments, Output& out) {
  auto most = parse_number(arguments.get("most", "20"));
  if (!most || *most == 0 || *most > 10'000) return out.refuse("--most wants a number from 1 to 10000");
  std::string message_id = arguments.words.size() > 1 ? arguments.words[1] : "";
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto user = store::find_user_id(s, to_lower(arguments.words[0]));
    if (!user) return no_such_user(arguments.words[0], out);
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
