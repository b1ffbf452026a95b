// decide_bench.cpp - decisions a second on one core, by the number of rules.
//
//   decide_bench [--types 200] [--general 10] [--seconds 2] [--rules N]      without --rules: 0, 4, 100, 500, 1000
//
// The policy is made as a marketplace would write one: types in families over four tabs; of the rules most name
// types, a family or a tab, and ask for an amount, an age, a group, a header, a subject, a source, a size or a time of
// day beside it; `--general` percent name no type and are candidates for every message. Messages have fifteen header fields, half
// of them an amount; people have up to four choices and two groups and live in eight time zones. One decision is
// rules::decide() for the next of 20,000 pairs of a message and a person, in random order. Processor time of the thread
// counts, so that a busy machine does not matter much. What was decided is added up and printed: the sum must not
// change when the engine gets faster.
#include <time.h>

#include <cstdio>
#include <memory>
#include <random>

#include "bench/support.h"
#include "center/zones.h"
#include "core/time_text.h"
#include "rules/decide.h"
#include "rules/policy.h"
#include "rules/problem.h"

namespace mc::bench {
namespace {

using Dice = std::mt19937;

constexpr std::array tabs{"alerts", "updates", "tickets", "inbox"};
constexpr std::array families{"payment",  "withdrawal", "hire",    "contract", "invoice", "interview", "team",
                              "feature",  "system",     "profile", "account",  "review",  "milestone", "escrow",
                              "referral", "tax",        "ticket",  "message",  "bonus",   "survey"};

std::string type_name(unsigned i) {
  return std::string(families[i % families.size()]) + ".event" + std::to_string(i / families.size());
}

std::string type_line(unsigned i) {
  static constexpr std::array settings{"on", "on", "on", "off", "always"};
  std::string line = '"' + type_name(i) + "\" = { tab = \"" + tabs[i % tabs.size()] + "\", label = \"Event " +
                     std::to_string(i) + "\", email = \"" + settings[i % settings.size()] + '"';
  if (i % 7 == 0) line += ", requires = [\"amount\"]";
  if (i % 11 == 0) line += ", urgent = true";
  if (i % 6 == 0) line += ", email_if_unread_after = \"15m\"";
  return line + " }\n";
}

// What a rule asks beside types and tabs.
std::string condition(unsigned kind, Dice& dice) {
  auto number = [&](unsigned n) { return std::to_string(1 + dice() % n); };
  switch (kind % 10) {
    case 0:
    case 1:
      return "amount = { at_least = { USD = \"" + number(5000) + ".00\", EUR = \"" + number(5000) + ".00\", \"*\" = \"9000.00\" } }";
    case 2:
      return "account_age = { less_than = \"" + number(60) + "d\" }";
    case 3:
      return "older_than = \"" + number(96) + "h\"";
    case 4:
      return "group = [\"group" + number(20) + "\", \"group" + number(20) + "\"]";
    case 5:
      return "header = { X-Campaign = \"*-" + number(50) + "\" }";
    case 6:
      return "subject = \"*offer " + number(50) + "*\"";
    case 7:
      return "size = { at_least = \"" + number(900) + "KiB\" }";
    case 8:
      return "schedule = { from = 2" + std::to_string(dice() % 4) + ":00:00, until = 06:00:00, zone = \"recipient\" }";
    default:
      return "source = \"platform\", urgent = " + std::string(dice() % 2 ? "true" : "false");
  }
}

std::string rule_text(unsigned i, unsigned types, unsigned general, Dice& dice) {
  std::string when;
  unsigned const scope = dice() % 100, named = 100 - general;
  if (scope < named / 2)
    when = "type = [\"" + type_name(dice() % types) + "\", \"" + type_name(dice() % types) + "\"], ";
  else if (scope < named * 3 / 4)
    when = "type = \"" + std::string(families[dice() % families.size()]) + ".*\", ";
  else if (scope < named)
    when = "tab = \"" + std::string(tabs[dice() % tabs.size()]) + "\", ";
  static constexpr std::array sets{"email = true", "email = false", "folder = true", "email = true, folder = true",
                                   "send = { from = 08:00:00, until = 20:00:00 }", "email_if_unread_after = \"30m\""};
  std::string text = "[[rule]]\nname = \"rule-" + std::to_string(i) + "\"\nkind = \"" +
                     (dice() % 3 ? "override" : "default") + "\"\nwhen = { " + when + condition(i, dice) + " }\n";
  if (dice() % 5 == 0) text += "unless = { urgent = true }\n";
  return text + "set = { " + sets[dice() % sets.size()] + " }\nwhy = \"A reason.\"\n";
}

rules::PolicyPtr make_policy(unsigned types, unsigned rules, unsigned general) {
  Dice dice(1);
  std::string text = "format = 1\n[type]\n";
  for (unsigned i = 0; i < types; ++i) text += type_line(i);
  text += "[unclassified]\nfolder = \"always\"\n";
  for (unsigned i = 0; i < rules; ++i) text += rule_text(i, types, general, dice);
  auto load = rules::parse_policy(text, "bench.toml");
  if (!load.policy) fail("the policy was refused:\n" + rules::write_problems(load.problems, "bench.toml", text));
  return load.policy;
}

using Header = std::pair<std::string_view, std::string_view>;

struct Message {
  std::string type, amount, subject, campaign;
  std::vector<Header> headers;
  rules::Facts facts;
};

struct User {
  std::vector<std::string> groups;
  rules::Person person;
  rules::Choices choices;
};

std::unique_ptr<Message> make_message_facts(unsigned types, rules::Zones const& zones, Time now, Dice& dice) {
  auto m = std::make_unique<Message>();
  m->type = type_name(dice() % types);
  m->amount = std::to_string(1 + dice() % 6000) + ".00 " + (dice() % 2 ? "USD" : "EUR");
  m->subject = "You have a new offer " + std::to_string(dice() % 400) + " for \"Product illustrations\"";
  m->campaign = "winter-" + std::to_string(dice() % 400);
  m->headers = {{"Received", "from app1.example.test (app1.example.test [192.0.2.7]) by mta.example.test with ESMTPS id 4"},
                {"DKIM-Signature", "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.test; s=s1; h=from:to:subject:date"},
                {"Date", "Mon, 23 Nov 2026 15:33:14 +0000"},
                {"From", "Agora Marketplace <noreply@example.test>"},
                {"Reply-To", "Agora Marketplace <support@example.test>"},
                {"To", "Jane Roe <jane@example.test>"},
                {"Subject", m->subject},
                {"Message-ID", "<20261123153314.1234@app.example.test>"},
                {"X-MC-Type", m->type},
                {"X-MC-Event-Id", "ev-8a6e0804-2bd0-4672-b79d-d97027f9071a"},
                {"X-Campaign", m->campaign},
                {"MIME-Version", "1.0"},
                {"Content-Type", "multipart/alternative; boundary=\"=_b1\""},
                {"Auto-Submitted", "auto-generated"},
                {"X-Mailer", "agora-notify 3.1"}};
  m->facts.type = m->type;
  if (dice() % 2) m->facts.set_amount(m->amount);
  m->facts.arrival = now;
  m->facts.time = now - std::chrono::minutes(dice() % 6000);
  m->facts.size = 2000 + dice() % 200000;
  m->facts.subject = m->subject;
  m->facts.headers = m->headers;
  m->facts.zones = &zones;
  rules::sieve_texts(m->facts);  // as center/facts.cpp does at intake
  return m;
}

std::unique_ptr<User> make_user(unsigned types, Time now, Dice& dice) {
  static constexpr std::array zones{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC",
                                    "Europe/London", "America/Los_Angeles", "Asia/Manila", "Australia/Sydney"};
  auto u = std::make_unique<User>();
  for (unsigned i = dice() % 3; i > 0; --i) u->groups.push_back("group" + std::to_string(dice() % 40));
  u->person.login = "jane";
  u->person.created = now - std::chrono::hours(dice() % 20000);
  u->person.groups = u->groups;
  u->person.zone = zones[dice() % zones.size()];
  if (dice() % 20 == 0) u->person.address = rules::AddressState::suppressed;
  for (unsigned i = dice() % 5; i > 0; --i) {
    rules::Choice choice{dice() % 2 == 0, dice() % 2 == 0, now, rules::ChoiceSource::web};
    if (dice() % 3)
      u->choices.set({std::nullopt, type_name(dice() % types)}, choice);
    else
      u->choices.set({static_cast<rules::Tab>(dice() % 4), {}}, choice);
  }
  return u;
}

double thread_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

struct Crowd {
  std::vector<std::unique_ptr<Message>> messages;
  std::vector<std::unique_ptr<User>> users;
  std::vector<std::pair<Message const*, User const*>> pairs;
};

Crowd make_crowd(unsigned types, rules::Zones const& zones) {
  Dice dice(2);
  Time const now = *parse_rfc3339("2026-11-23T22:40:00Z");
  Crowd crowd;
  for (int i = 0; i < 2000; ++i) crowd.messages.push_back(make_message_facts(types, zones, now, dice));
  for (int i = 0; i < 2000; ++i) crowd.users.push_back(make_user(types, now, dice));
  for (int i = 0; i < 20'000; ++i)
    crowd.pairs.emplace_back(crowd.messages[dice() % 2000].get(), crowd.users[dice() % 2000].get());
  return crowd;
}

// What a decision amounts to, for the sum.
unsigned digest(rules::Decision const& d) {
  return d.email.value() + 2u * d.folder.value() + 4u * d.email.won.rule.value + 8u * d.folder.won.rule.value +
         d.email.lost_count + d.timing.window_rule.value + d.timing.unread_rule.value;
}

void measure(Crowd const& crowd, unsigned types, unsigned rules, unsigned general, double seconds) {
  rules::PolicyPtr const policy = make_policy(types, rules, general);
  std::size_t candidates = 0;
  for (std::size_t i = 0; i < policy->types().size(); ++i)
    for (auto kind : {rules::RuleKind::override_, rules::RuleKind::default_})
      candidates += policy->candidates(rules::TypeIndex(static_cast<std::uint16_t>(i)), kind).size();
  std::uint64_t sum = 0;
  auto round = [&] {
    for (auto const& [message, user] : crowd.pairs)
      sum += digest(rules::decide(*policy, message->facts, user->person, user->choices));
  };
  round();
  std::uint64_t const one = sum;
  std::size_t decisions = 0;
  double const begin = thread_seconds();
  double spent = 0;
  for (; spent < seconds; spent = thread_seconds() - begin) {
    round();
    decisions += crowd.pairs.size();
  }
  JsonObject out;
  out.add("types", types)
      .add("rules", rules)
      .add("general_percent", general)
      .add("candidates_per_type", static_cast<double>(candidates) / static_cast<double>(policy->types().size()))
      .add("decisions_per_cpu_second", static_cast<double>(decisions) / spent)
      .add("ns_each", spent / static_cast<double>(decisions) * 1e9)
      .add("sum", static_cast<double>(one));
  std::puts(out.text().c_str());
  std::fflush(stdout);
}

void body(int argc, char** argv) {
  Options const options(argc, argv, {{"types", "200"}, {"rules", "-1"}, {"general", "10"}, {"seconds", "2"}});
  auto const types = static_cast<unsigned>(options.number("types"));
  center::SystemZones const zones;
  Crowd const crowd = make_crowd(types, zones);
  std::vector<long> counts{0, 4, 100, 500, 1000};
  if (options.number("rules") >= 0) counts = {options.number("rules")};
  auto const general = static_cast<unsigned>(options.number("general"));
  for (long rules : counts)
    measure(crowd, types, static_cast<unsigned>(rules), general, options.real("seconds"));
}

}  // namespace
}  // namespace mc::bench

int main(int argc, char** argv) {
  return mc::bench::run_tool("decide_bench", mc::bench::body, argc, argv);
}
