// rules explain: what would be decided, by whom, what would lose, and when the mail would leave
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "center/facts.h"
#include "center/local_time.h"
#include "center/preferences.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "rules/speak.h"
#include "rules/timing.h"
#include "store/accounts.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

// The facts asked about: those of the message file if one is given, then what the options say.
struct Asked {
  center::Prepared prepared;
  std::unique_ptr<center::MessageFacts> message;
  std::string type, amount;
  rules::Facts facts;
};

Result<void> read_time(Arguments const& arguments, std::string const& option, Time& into) {
  if (!arguments.has(option)) return {};
  auto time = parse_rfc3339(arguments.get(option));
  if (!time) return fail(Errc::syntax, "--" + option + " wants a time like 2026-11-23T15:00:00Z");
  into = *time;
  return {};
}

Result<void> apply_options(Asked& asked, Arguments const& arguments) {
  if (arguments.has("type")) asked.facts.type = asked.type = to_lower(arguments.get("type"));
  if (arguments.has("amount")) asked.facts.set_amount(asked.amount = arguments.get("amount"));
  Time happened = asked.facts.time.value_or(Time{});
  if (auto read = read_time(arguments, "time", happened); !read) return read;
  if (arguments.has("time")) asked.facts.time = happened;
  return {};
}

// Requires: `asked` stays where it is; the facts are views into it.
Result<void> read_asked(Desk& desk, Arguments const& arguments, Asked& asked) {
  Time now = desk.context.clock.now();
  if (auto read = read_time(arguments, "at", now); !read) return read;
  asked.prepared = center::prepare(arguments.get("message"), center::Trust::platform, desk.context.settings.hostname);
  center::Envelope envelope;
  envelope.submitter.kind = center::SubmitterKind::platform;
  asked.message = std::make_unique<center::MessageFacts>(envelope, asked.prepared, now, desk.context.zones);
  asked.facts = asked.message->facts();
  return apply_options(asked, arguments);
}

struct Explained {
  rules::PolicyPtr policy;
  rules::Decision decision;
  std::optional<rules::Departure> departure;  // absent: no email
  std::string zone;                           // the user's
  std::optional<std::string> meant;           // a type of the policy near to the one asked about, which it has not
};

std::string did_you_mean(Explained const& e) { return "did you mean " + *e.meant + "?"; }

std::optional<std::string> find_near_type(rules::Policy const& policy, std::string_view type) {
  if (type.empty() || policy.find_type(type)) return std::nullopt;
  std::vector<std::string_view> names;
  for (rules::Type const& known : policy.types().subspan(1)) names.push_back(known.name);
  auto near = closest(type, names);
  return near ? std::optional<std::string>(*near) : std::nullopt;
}

json::object to_json(Explained const& e) {
  rules::Explanation words = rules::make_explanation(*e.policy, e.decision);
  json::array rows;
  for (rules::Spoken const& row : words.rows)
    rows.push_back(json::object{{"field", std::string(rules::to_string(row.field))},
                                {"won", row.won},
                                {"value", row.says},
                                {"layer", row.layer},
                                {"reason", row.reason},
                                {"where", row.where}});
  json::array timing(words.timing.begin(), words.timing.end()), notes(words.notes.begin(), words.notes.end());
  if (e.meant) notes.push_back(json::value(did_you_mean(e)));
  json::object all{{"type", words.type}, {"tab", words.tab}, {"policy", words.policy}, {"rows", rows},
                   {"timing", timing}, {"notes", notes}};
  if (!e.departure) return all;
  json::array waits;
  for (std::string_view name : rules::names_of_waits(e.departure->waits)) waits.push_back(json::value(name));
  all["departure"] = json::object{{"at", write_rfc3339(e.departure->at)}, {"waits", waits}};
  return all;
}

// " (08:00 Europe/Berlin)"; empty for a zone nobody knows.
std::string write_clock(Time time, std::string_view zone, rules::Zones const& zones) {
  if (!zones.offset(zone, time)) return {};
  return " (" + center::write_local(time, zone, zones).substr(11) + ' ' + std::string(zone) + ')';
}

std::string write_departure(Explained const& e, Time now, rules::Zones const& zones) {
  std::string waits = rules::write_waits(e.departure->waits);
  if (e.departure->at <= now && waits.empty()) return "leaves: at once\n";
  return "leaves: " + write_rfc3339(e.departure->at) + write_clock(e.departure->at, e.zone, zones) +
         (waits.empty() ? "" : "; waits for: " + waits) + '\n';
}

void print_explanation(Explained const& e, Time now, rules::Zones const& zones, Output& out) {
  if (out.json()) return out.print(json::serialize(to_json(e)) + "\n");
  out.print(rules::explain(*e.policy, e.decision));
  if (e.meant) out.print("note: " + did_you_mean(e) + '\n');
  if (e.departure) out.print(write_departure(e, now, zones));
}

Explained decide(Desk& desk, store::Snapshot const& s, Asked const& asked, store::User const& user) {
  center::Settings const& settings = desk.context.settings;
  Explained e;
  e.policy = desk.context.policy.get().policy;
  e.decision = rules::decide(*e.policy, asked.facts, center::make_person(user, settings),
                             center::make_choices(store::list_choices(s, user.id)));
  e.meant = find_near_type(*e.policy, asked.facts.type.value_or(""));
  rules::Availability availability = center::make_availability(user, settings);
  e.zone = availability.zone;
  if (e.decision.email.value())
    e.departure = rules::plan_departure(*e.policy, e.decision, availability, &desk.context.zones, asked.facts.arrival);
  return e;
}

}  // namespace

int rules_explain(Desk& desk, Arguments const& arguments, Output& out) {
  std::string login = to_lower(arguments.get("user"));
  if (login.empty()) return out.refuse("whose? --user LOGIN");
  if (!arguments.has("type") && !arguments.has("message")) return out.refuse("what? --type T or --message F");
  Asked asked;
  if (auto read = read_asked(desk, arguments, asked); !read) return out.refuse(read.error().text);
  return desk.context.store.read([&](store::Snapshot const& s) {
    auto user = store::find_user(s, login);
    if (!user) return out.refuse("no user " + printable(login, 80));
    print_explanation(decide(desk, s, asked, *user), asked.facts.arrival, desk.context.zones, out);
    return exit_done;
  });
}

}  // namespace mc::gateway
