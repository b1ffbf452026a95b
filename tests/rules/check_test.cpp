// What `check` says of a policy that loads or does not: the exact words and places; and texts that are no
// policy.
#include <chrono>

#include "rules/policy.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

std::string const types =
    "\"a.one\" = { tab = \"alerts\", label = \"One\" }\n"                      // line 3
    "\"a.two\" = { tab = \"alerts\", label = \"Two\", email = \"always\" }\n"  // 4
    "\"u.one\" = { tab = \"updates\", label = \"Three\" }";                    // 5

// The rule begins in line 6; `body` in line 10.
std::string rule(std::string const& body, std::string const& name = "r") {
  return "[[rule]]\nname = \"" + name + "\"\nkind = \"override\"\nwhy = \"Because.\"\n" + body + "\n";
}
std::string with_rule(std::string const& body) {
  return policy_text(types, rule(body));
}
// Line 3; `body` begins in column 40.
std::string with_type(std::string const& body) {
  return policy_text("\"a.b\" = { tab = \"alerts\", label = \"x\", " + body + " }");
}

struct Row {
  std::string text, expected;
};

void check_rows(std::vector<Row> const& rows, LoadOptions const& options = {}) {
  for (Row const& row : rows) {
    BOOST_TEST_CONTEXT(row.text.substr(0, 400)) {
      std::string said = problems_of(row.text, options);
      BOOST_TEST_INFO(said.substr(0, 2000));
      BOOST_TEST(contains(said, row.expected));
      bool error = !contains(row.expected, "warning: ");
      BOOST_TEST((parse_policy(row.text, "p", options).policy == nullptr) == error);
    }
  }
}

// Just these lines and no other problem.
void check_alone(std::string const& text, std::string const& expected) {
  std::string said = problems_of(text);
  BOOST_TEST_INFO(said);
  BOOST_TEST(parse_policy(text, "p").problems.size() == 1u);
  BOOST_TEST(contains(said, expected));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(each_warning_stands_alone_at_its_place) {
  std::string const email = "set = { email = true }\n";
  check_alone(policy_text(types, rule("when = { tab = \"alerts\" }\n" + email, "one") +
                                     rule("when = { type = \"a.one\" }\n" + email, "two")),
              "policy.toml:13:1: warning: rule \"two\" in line 13 can never decide anything: rule \"one\" in "
              "line 6 always "
              "speaks before it\n  [[rule]]\n  ^\n");
  check_alone(with_rule("when = { type = \"a.two\" }\nset = { email = false }"),
              "policy.toml:11:1: warning: rule \"r\" never changes email: it is locked for every type the "
              "rule matches\n"
              "  set = { email = false }\n  ^ an override rule passes locks with even_locked = true\n");
  check_alone(policy_text("\"a.b\" = { tab = \"alerts\" }"),
              "policy.toml:3:1: warning: type \"a.b\" has no label; users will see its name\n");
  check_alone(with_rule("when = { amount = { at_least = { USD = \"1000.00\" } } }\n" + email),
              "policy.toml:10:10: warning: rule \"r\" covers only amounts in USD\n"
              "  when = { amount = { at_least = { USD = \"1000.00\" } } }\n           ^ \"*\" = \"…\" covers "
              "all other currencies\n");
  check_alone(
      with_rule(
          "when = { urgent = true }\nunless = { amount = { less_than = { EUR = \"1\", USD = \"1\" } } }\n" +
          email),
      "policy.toml:11:12: warning: rule \"r\" covers only amounts in EUR, USD\n");
  check_alone(with_rule("when = { type = [\"a.*\", \"b.*\"] }\n" + email),
              "policy.toml:10:25: warning: no type matches \"b.*\"\n");
  check_alone(policy_text(types, "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhen = {}\n" + email),
              "policy.toml:6:1: warning: rule \"r\" does not say why to users\n");
  check_alone(
      with_rule("when = {}\nset = { email = false, folder = false }"),
      "policy.toml:11:1: warning: rule \"r\" leaves nothing; the folder gets the message all the same\n");
  check_alone(with_rule("when = {}\nset = { email = false, email_if_unread_after = \"1m\" }"),
              "policy.toml:11:1: warning: rule \"r\" says when to send an email and that there is none\n");
  check_alone(with_type("commercial = true"),
              "policy.toml:3:40: warning: commercial mail \"a.b\" offers no way to unsubscribe\n");
  LoadOptions late;
  late.now = at("2027-01-01T00:00:00Z");
  check_rows({{with_rule("when = {}\n" + email + "expires = 2027-01-01"),
               "policy.toml:12:1: warning: rule \"r\" has expired\n"}},
             late);
  late.now = at("2026-12-31T23:59:59Z");
  BOOST_TEST(problems_of(with_rule("when = {}\n" + email + "expires = 2027-01-01"), late) == "");
}

BOOST_AUTO_TEST_CASE(mail_that_expires_unseen_is_an_error) {
  check_alone(with_type("email = \"never\", keep = \"30d\""),
              "policy.toml:3:40: error: \"a.b\" is never emailed but kept only 30d: users could not get it "
              "by email before it "
              "expires\n");
  check_rows({{"format = 1\n[defaults]\nkeep = \"1y\"\n[type]\n\"a.b\" = { tab = \"alerts\", label = \"x\", "
               "email = \"never\" }\n",
               "policy.toml:5:40: error: \"a.b\" is never emailed but kept only 1y"},
              {"format = 1\n[defaults]\nemail = \"never\"\n[type]\n\"a.b\" = { tab = \"alerts\", label = "
               "\"x\", keep = \"1y\" }\n",
               "policy.toml:5:1: error: \"a.b\" is never emailed but kept only 1y"}});
}

BOOST_AUTO_TEST_CASE(folding_and_bursts_are_read) {
  auto type_of = [](std::string const& text) { return load(text)->types()[1]; };
  BOOST_TEST((type_of(with_type("drop = true")).fold == std::chrono::minutes(1)));
  BOOST_TEST(!type_of(with_type("drop = true")).burst);
  BOOST_TEST((type_of(with_type("fold = \"0s\"")).fold.count() == 0));
  BOOST_TEST((type_of(with_type("fold = \"1d\"")).fold == std::chrono::days(1)));
  BOOST_TEST((type_of(with_type("burst = { most = 3, within = \"10m\" }")).burst ==
              Burst{3, std::chrono::minutes(10)}));
  std::string const defaults =
      "format = 1\n[defaults]\nfold = \"5m\"\nburst = { most = 2, within = \"1h\" }\n"
      "email_if_unread_after = \"3m\"\n[type]\n";
  std::string const type = "\"a.b\" = { tab = \"alerts\", label = \"x\"";
  BOOST_TEST((type_of(defaults + type + " }").fold == std::chrono::minutes(5)));
  BOOST_TEST((type_of(defaults + type + " }").burst == Burst{2, std::chrono::hours(1)}));
  Type off = type_of(defaults + type + ", fold = \"0s\", burst = \"off\", email_if_unread_after = \"off\" }");
  BOOST_TEST((off.fold.count() == 0 && !off.burst && !off.email_if_unread_after));
  PolicyPtr policy = load(defaults + type + " }\n[unclassified]\nfold = \"7m\"\n");
  BOOST_TEST((policy->types()[0].fold == std::chrono::minutes(7)));
  BOOST_TEST((policy->types()[0].burst == Burst{2, std::chrono::hours(1)}));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_folding_and_bursts) {
  check_rows({
      {with_type("fold = \"25h\""), "policy.toml:3:47: error: \"fold\" must be at most 1d"},
      {with_type("fold = 60"), "policy.toml:3:47: error: \"fold\" must be a string, not a whole number"},
      {with_type("fold = \"off\""), "policy.toml:3:47: error: \"off\" is not a duration"},
      {with_type("burst = 3"), "policy.toml:3:48: error: \"burst\" must be a table, not a whole number"},
      {with_type("burst = {}"), "policy.toml:3:40: error: \"burst\" needs both most and within"},
      {with_type("burst = { most = 3 }"), "policy.toml:3:40: error: \"burst\" needs both most and within"},
      {with_type("burst = { most = 0, within = \"1m\" }"),
       "policy.toml:3:57: error: \"most\" must be from 1 to 1000"},
      {with_type("burst = { most = 1001, within = \"1m\" }"),
       "policy.toml:3:57: error: \"most\" must be from 1 to 1000"},
      {with_type("burst = { most = 2.5, within = \"1m\" }"),
       "error: \"most\" must be a whole number, not a fraction"},
      {with_type("burst = { most = 2, within = \"0s\" }"),
       "error: \"within\" must be more than nothing and at most 1d"},
      {with_type("burst = { most = 2, within = \"2d\" }"),
       "error: \"within\" must be more than nothing and at most 1d"},
      {with_type("burst = { mots = 2, within = \"1d\" }"), "^ did you mean \"most\"?"},
      {with_type("urgent = true, fold = \"5m\""),
       "policy.toml:3:55: warning: \"a.b\" is urgent: its \"fold\" does nothing"},
      {with_type("urgent = true, burst = { most = 1, within = \"1m\" }"),
       "policy.toml:3:55: warning: \"a.b\" is urgent: its \"burst\" does nothing"},
      {with_type("urgent = true, email_if_unread_after = \"5m\""),
       "policy.toml:3:55: warning: \"a.b\" is urgent: its \"email_if_unread_after\" does nothing"},
      {with_type("email = \"never\", fold = \"5m\""),
       "policy.toml:3:57: warning: \"a.b\" is never emailed: its \"fold\" does nothing"},
  });
  // What [defaults] say is meant for the others.
  BOOST_TEST(problems_of("format = 1\n[defaults]\nfold = \"5m\"\n[type]\n\"a.b\" = { tab = \"alerts\", label "
                         "= \"x\", urgent = true }\n") == "");
}

BOOST_AUTO_TEST_CASE(records_are_kept_as_long_as_said) {
  BOOST_TEST((load(policy_text(types))->keep_decisions() == std::chrono::days(3 * 365)));
  BOOST_TEST((load(policy_text(types, "[retention]\ndecisions = \"30d\""))->keep_decisions() ==
              std::chrono::days(30)));
  std::string const long_type = "\"a.b\" = { tab = \"alerts\", label = \"x\", keep = \"10y\" }";
  check_rows({
      {policy_text(types, "[retention]\ndecisions = \"29d\""),
       "policy.toml:7:13: error: \"decisions\" must be at least 30d"},
      {policy_text(types, "[retention]\ndecisions = \"forever\""),
       "policy.toml:7:13: error: \"forever\" is not a duration"},
      {policy_text(types, "[retention]\ndecisions = 3"),
       "policy.toml:7:13: error: \"decisions\" must be a string"},
      {policy_text(types, "[retention]\ndecision = \"3y\""), "^ did you mean \"decisions\"?"},
      {policy_text(types, "[retention]\n"), "policy.toml:6:2: error: [retention] says nothing"},
      {"retention = 3\n" + policy_text(types), "policy.toml:1:13: error: \"retention\" must be a table"},
      {policy_text(types, "[retentoin]\ndecisions = \"3y\""), "^ did you mean \"retention\"?"},
      {policy_text(long_type, "[retention]\ndecisions = \"9y\""),
       "policy.toml:5:1: warning: decision records are kept 9y, \"a.b\" 10y: in the end nobody can tell why "
       "a message came\n"
       "  decisions = \"9y\"\n  ^ [retention] decisions = \"10y\"\n"},
      {policy_text(long_type), "policy.toml:3:40: warning: decision records are kept 3y, \"a.b\" 10y"},
      {policy_text("\"a.b\" = { tab = \"tickets\", label = \"x\", keep = \"4y after close\" }"),
       "policy.toml:3:41: warning: decision records are kept 3y, \"a.b\" 4y after close"},
  });
  BOOST_TEST(problems_of(policy_text(long_type, "[retention]\ndecisions = \"10y\"")) == "");
}

BOOST_AUTO_TEST_CASE(names_that_come_twice) {
  std::string const set = "when = {}\nset = { email = true }";
  check_rows({
      {policy_text(types, rule(set) + rule("when = { urgent = true }\nset = { folder = true }")),
       "policy.toml:13:1: error: rule \"r\" has the name of the rule in line 6"},
      {policy_text(
           "\"a.b\" = { tab = \"alerts\", label = \"x\" }\n\"a.b\" = { tab = \"alerts\", label = \"x\" }"),
       "policy.toml:4:"},
      {policy_text(types, "[type]\n"), "policy.toml:6:"},
      {policy_text(types, "[defaults]\n[defaults]\n"), "policy.toml:7:"},
      {with_type("drop = true, drop = true"), "policy.toml:3:"},
  });
}

BOOST_AUTO_TEST_CASE(times_that_do_not_exist) {
  auto sends = [](std::string const& body) {
    return with_rule("when = {}\nset = { send = { " + body + " } }");
  };
  auto when = [](std::string const& body) {
    return with_rule("when = { schedule = { " + body + " } }\nset = { email = true }");
  };
  Berlin zones;
  LoadOptions options;
  options.zones = &zones;
  check_rows(
      {
          {sends("from = 25:00:00, until = 20:00:00"), "policy.toml:11:"},
          {sends("from = 24:00:00, until = 20:00:00"), "policy.toml:11:"},
          {sends("from = 08:60:00, until = 20:00:00"), "policy.toml:11:"},
          {sends("from = 8:00, until = 20:00:00"), "policy.toml:11:"},
          {sends("from = 08:00:00, until = 08:00:00"),
           "policy.toml:11:9: error: \"send\" begins and ends at the same time"},
          {when("from = 08:00:00, until = 08:00:00"),
           "policy.toml:10:10: error: \"schedule\" begins and ends at the same time"},
          {sends("from = 08:00:00, until = 20:00:00, zone = \"Europe/Berlni\""),
           "policy.toml:11:60: error: \"Europe/Berlni\" is not a time zone"},
          {when("days = \"mon\", zone = \"Mars/Base\""), "error: \"Mars/Base\" is not a time zone"},
          {when("days = \"mon\", zone = \"../../etc/passwd\""),
           "error: \"../../etc/passwd\" is not a time zone"},
          {with_rule("when = {}\nset = { email = true }\nexpires = 2027-02-30"), "policy.toml:12:"},
          {with_rule("when = {}\nset = { email = true }\nexpires = 25:00:00"), "policy.toml:12:"},
          {with_rule("when = {}\nset = { email = true }\nexpires = 08:00:00"),
           "policy.toml:12:11: error: \"expires\" must be a date"},
          {with_rule("when = { older_than = \"-1h\" }\nset = { email = true }"),
           "policy.toml:10:23: error: \"-1h\" is not a duration"},
          {with_rule("when = { older_than = \"9999999h\" }\nset = { email = true }"),
           "error: \"9999999h\" is not a duration"},
      },
      options);
}

// A place for a value, and the values that are right there; a value without effect is named too.
struct Slot {
  std::string before, after, right;
};

std::vector<Slot> slots() {
  std::string const head = "format = 1\n[type]\n" + types + "\n",
                    name = "\"a.b\" = { tab = \"alerts\", label = \"x\", ";
  std::string const start = "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"x\"\n";
  std::string const block = "[[classify]]\nname = \"c\"\n", to = "set = { type = \"a.one\" }\n";
  std::vector<Slot> all;
  auto add = [&](std::string const& before, std::string const& after, std::string const& right,
                 std::initializer_list<std::string_view> keys) {
    for (std::string_view key : keys) all.push_back({before + std::string(key) + " = ", after, right});
  };
  add("format = 1\n[type]\n" + name, " }\n", "",
      {"email", "folder", "keep", "email_if_unread_after", "requires", "fold", "burst"});
  add("format = 1\n[type]\n" + name, " }\n", "true", {"drop", "urgent", "unsubscribe", "commercial"});
  add("format = 1\n[type]\n" + name, " }\n", "\"~\"", {"footer"});
  add("format = 1\n[type]\n\"a.b\" = { label = \"x\", ", " }\n", "", {"tab"});
  add("format = 1\n[type]\n\"a.b\" = { tab = \"alerts\", ", " }\n", "\"~\"", {"label"});
  add(head + start + "set = { email = true }\nwhen = { ", " }\n", "",
      {"tab", "amount", "older_than", "account_age", "source", "header", "schedule"});
  add(head + start + "set = { email = true }\nwhen = { ", " }\n", "\"~\"", {"group", "sender", "subject"});
  add(head + start + "set = { email = true }\nwhen = { ", " }\n", "true", {"urgent"});
  for (std::string_view part : {"amount", "account_age", "size"})
    add(head + start + "set = { email = true }\nwhen = { " + std::string(part) + " = { ", " } }\n",
        part == "size" ? "5" : "", {"at_least", "less_than"});
  add(head + start + "set = { email = true }\nwhen = { schedule = { ", " } }\n", "",
      {"days", "from", "until", "zone"});
  add(head + start + "set = { email = true }\nwhen = { header = { ", " } }\n", "\"~\"", {"X-A"});
  add(head + "[[rule]]\nkind = \"override\"\nwhy = \"x\"\nwhen = {}\nset = { email = true }\n", "\n", "",
      {"name"});
  add(head + "[[rule]]\nname = \"r\"\nwhy = \"x\"\nwhen = {}\nset = { email = true }\n", "\n", "", {"kind"});
  add(head + "[[rule]]\nname = \"r\"\nkind = \"default\"\nwhen = {}\nset = { email = true }\n", "\n", "\"~\"",
      {"why"});
  add(head + start + "set = { email = true }\n", "\n", "{}", {"when"});
  add(head + start + "when = {}\n", "\n", "", {"set"});
  add(head + start + "when = {}\nset = { ", " }\n", "", {"send", "email_if_unread_after"});
  add(head + start + "when = {}\nset = { ", " }\n", "true", {"email", "folder"});
  add(head + start + "when = {}\nset = { email = true }\n", "\n", "true", {"enabled", "even_locked"});
  add(head + start + "when = {}\nset = { email = true }\n", "\n", "2027-01-01", {"expires"});
  add(head + start + "when = {}\nset = { email = true }\n", "\n", "", {"unless"});
  add(head + "[[classify]]\nwhen = {}\n" + to, "\n", "", {"name"});
  add(head + block + to, "\n", "{}", {"when"});
  add(head + block + to + "when = { ", " }\n", "\"~\"", {"sender", "subject"});
  add(head + block + to + "when = { ", " }\n", "", {"header", "size"});
  add(head + block + "when = {}\n", "\n", "", {"set"});
  add(head + block + "when = {}\nset = { ", " }\n", "", {"type"});
  add(head + block + "when = {}\n" + to, "\n", "true", {"enabled"});
  add(head + block + "when = {}\n" + to, "\n", "2027-01-01", {"expires"});
  add(head + block + "when = {}\n" + to, "\n", "", {"unless"});
  add("", "\n" + head.substr(11), "", {"format"});
  add("", "\n" + head, "{}", {"defaults", "unclassified"});
  add("", "\n" + head, "", {"rule", "classify", "alias", "retention"});
  add("", "\nformat = 1\n", "", {"type"});
  add("format = 1\n[defaults]\n", "\n[type]\n" + types + "\n", "",
      {"email", "folder", "keep", "fold", "burst", "email_if_unread_after"});
  add("format = 1\n[defaults]\n", "\n[type]\n" + types + "\n", "true", {"drop"});
  add(head + "[unclassified]\n", "\n", "", {"tab", "email", "folder", "keep", "fold", "burst", "report_to"});
  add("format = 1\n[defaults]\n", "\n[type]\n" + types + "\n", "\"~\"", {"footer"});
  add(head + "[unclassified]\n", "\n", "\"~\"", {"label", "footer"});
  add(head + "[retention]\n", "\n", "", {"decisions"});
  add(head + "[alias]\n", "\n", "", {"\"a.old\""});
  return all;
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_kind_is_named_for_every_key) {
  for (Slot const& slot : slots())
    for (std::string value : {"5", "2.5", "true", "\"~\"", "\"\"", "[]", "[[]]", "[5]", "{}", "{ x = 1 }",
                              "2027-01-01", "08:00:30"}) {
      bool right = value == slot.right;
      PolicyLoad load = parse_policy(slot.before + value + slot.after, "p");
      std::uint32_t line =
          static_cast<std::uint32_t>(std::count(slot.before.begin(), slot.before.end(), '\n')) + 1;
      bool named = std::any_of(load.problems.begin(), load.problems.end(),
                               [&](Problem const& p) { return p.line == line; });
      BOOST_TEST_CONTEXT(slot.before << value << slot.after
                                     << write_problems(load.problems, "p", slot.before + value)) {
        bool not_toml = std::any_of(load.problems.begin(), load.problems.end(),
                                    [](Problem const& p) { return contains(p.message, "TOML"); });
        BOOST_TEST(!not_toml);
        if (right) BOOST_TEST((load.policy || !has_errors(load.problems)));
        if (!right) BOOST_TEST(named);
        if (!right && value != "[]") BOOST_TEST(!load.policy);
      }
    }
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_policy) {
  check_rows({
      {"", "policy.toml: error: the policy does not say its format"},
      {"", "policy.toml: error: there are no types: no [type] table"},
      {"\n\n# nothing\n", "policy.toml: error: the policy does not say its format"},
      {std::string(3, '\0'), "policy.toml:"},
      {"\xEF\xBB\xBF", "policy.toml: error: the policy does not say its format"},
      {"\xff\xfe"
       "f\0o\0",
       "policy.toml:1:1: error: this line is not UTF-8"},
      {"format = 1\n[type]\n\"a\" = { label = \"\xC3\x28\" }\n",
       "policy.toml:3:1: error: this line is not UTF-8"},
      {"<?xml version=\"1.0\"?>", "policy.toml:1:"},
      {"{\"format\": 1}", "policy.toml:1:"},
      {"format: 1\n", "policy.toml:1:"},
      {"format = \"1\"\n[type]\n" + types,
       "policy.toml:1:10: error: this program reads policies of format 1 only"},
  });
}

BOOST_AUTO_TEST_CASE(ten_megabytes_are_refused_at_once) {
  std::string huge = policy_text(types);
  while (huge.size() < 10'000'000)
    huge += "# and so on and so on and so on and so on and so on and so on and so on\n";
  auto began = std::chrono::steady_clock::now();
  PolicyLoad load = parse_policy(huge, "p");
  BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(1)));
  BOOST_TEST(!load.policy);
  BOOST_REQUIRE(load.problems.size() == 1u);
  BOOST_TEST(load.problems[0].message == "the file is larger than 1024 KiB");
}

BOOST_AUTO_TEST_CASE(rules_that_ask_for_too_much_together_are_refused) {
  std::string text = policy_text(types), limits;
  for (char a = 'A'; a <= 'Z'; ++a) limits += std::string(limits.empty() ? "" : ", ") + "?" + a + "Z = \"1\"";
  for (char first = 'A'; first <= 'J'; ++first) {
    std::string named = limits;
    std::replace(named.begin(), named.end(), '?', first);
    text +=
        rule("when = { amount = { at_least = { \"*\" = \"1\", " + named + " } } }\nset = { email = true }",
             std::string("r") + first);
  }
  BOOST_TEST(contains(problems_of(text), ": error: the rules name more than 256 currencies"));
  std::string globs = "\"a.*\"";
  for (int i = 1; i < 64; ++i) globs += ", \"a.*\"";
  std::string many = policy_text(types);
  for (int i = 0; i < 157; ++i)
    many += rule("when = { type = [" + globs + "] }\nset = { email = true }", "r" + std::to_string(i));
  BOOST_TEST(contains(problems_of(many), ": error: the rules list more than 10000 types"));
}

// An amount that is none must never satisfy a limit, in whatever way it is nearly one.
BOOST_AUTO_TEST_CASE(what_is_no_amount_matches_nothing_and_is_reported) {
  PolicyPtr policy = load(policy_text(
      types,
      rule("when = { amount = { at_least = { \"*\" = \"0\" } } }\nset = { email = false }", "least") +
          rule("when = { amount = { less_than = { \"*\" = \"99999999999999\" } } }\nset = { email = false }",
               "less")));
  for (std::string amount : {std::string("1,250.00"),
                             std::string("1,250.00 USD"),
                             std::string("USD 4999"),
                             std::string("-5"),
                             std::string("-5 USD"),
                             std::string("+5 USD"),
                             std::string("1e9 USD"),
                             std::string("0x10 USD"),
                             std::string(""),
                             std::string(" "),
                             std::string(" 5 USD"),
                             std::string("5 USD "),
                             std::string("5  USD"),
                             std::string("5\tUSD"),
                             std::string("5USD"),
                             std::string("5 usd"),
                             std::string("5 US"),
                             std::string("5 USDT"),
                             std::string("05 USD"),
                             std::string("5. USD"),
                             std::string(".5 USD"),
                             std::string("5.00001 USD"),
                             std::string("5.0.0 USD"),
                             std::string("NaN USD"),
                             std::string("inf USD"),
                             std::string(15, '9') + " USD",
                             std::string(100'000, '9') + " USD",
                             std::string("5 \xC3\x9CSD"),
                             std::string("\xD9\xA5 USD"),
                             std::string("\xEF\xBC\x95 USD"),
                             std::string("5\xC2\xA0USD"),
                             std::string("\xE2\x82\xAC") + "5",
                             std::string("5 USD\0", 6),
                             std::string("5\0 USD", 6),
                             std::string("\xff\xfe USD")}) {
    BOOST_TEST_CONTEXT(amount.substr(0, 40)) {
      Decision d = decide(*policy, message("a.one"), jane(), {});
      BOOST_TEST(!d.report);
      Facts facts = message("a.one");
      facts.set_amount(amount);
      d = decide(*policy, facts, jane(), {});
      BOOST_TEST((d.email.value() && d.unparsable_amount && d.report && !d.malformed));
      BOOST_TEST(contains(explain(*policy, d), "the amount given makes no sense; no rule matches it"));
    }
  }
  for (std::string_view amount : {"0 USD", "0.0001 USD", "99999999999998.9999 XXX"})
    BOOST_TEST(!decide(*policy, message("a.one", amount), jane(), {}).email.value(), amount);
}

BOOST_AUTO_TEST_CASE(show_reads_everything_aloud) {
  PolicyPtr policy = shipped();
  std::string all = show(*policy);
  BOOST_TEST_INFO(all);
  for (std::string_view part :
       {"terms.changed (New terms): always emailed, in the folder by default; never folded into one mail; "
        "kept forever.",
        "team.invitation (Team invitation): emailed by default, in the folder by default; at most 5 within "
        "1h, then the rest as one; kept 180d.",
        "hire.started is hire.confirmed now; messages and choices under the old name count.",
        "): if sender like billing@* and subject like *invoice*, unless subject like *overdue* or Re: *: "
        "invoice.issued.",
        "are due within 1m of each other go to a user as one",
        "Malformed and unknown messages are reported to postmaster.", "Decision records are kept 10y."})
    BOOST_TEST(contains(all, part), part);
}

BOOST_AUTO_TEST_SUITE_END()
