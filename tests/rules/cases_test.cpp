#include "rules/cases.h"

#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

// Berlin with its summer time of 2026 and 2027; nothing else but UTC.
class Berlin : public Zones {
 public:
  std::optional<std::chrono::minutes> offset(std::string_view zone, Time t) const override {
    if (zone == "UTC") return std::chrono::minutes(0);
    if (zone != "Europe/Berlin") return std::nullopt;
    auto between = [&](std::string_view from, std::string_view until) {
      return t >= at(from) && t < at(until);
    };
    bool summer = between("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z") ||
                  between("2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z");
    return std::chrono::minutes(summer ? 120 : 60);
  }
};

Berlin const berlin;
std::string const now_line = "now = 2026-11-23T12:00:00Z\n";

std::string run_text(std::string const& cases) {
  return write_run(run_cases(*shipped(), cases, "t.toml", &berlin), "t.toml", cases);
}

// One case below the common `now`; its body begins in line 3.
std::string one(std::string const& body) {
  return now_line + "[[test]]\n" + body + "\n";
}

std::string expecting(std::string const& message, std::string const& expect, std::string const& user = "") {
  return one("name = \"n\"\nuser = { " + user + " }\nmessage = { " + message + " }\nexpect = { " + expect +
             " }");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cases)

BOOST_AUTO_TEST_CASE(the_shipped_policy_passes_its_own_cases) {
  std::string text = read_text(MC_SOURCE_DIR "/rules/policy.tests.toml");
  CasesRun run = run_cases(*shipped(), text, "policy.tests.toml", &berlin);
  BOOST_TEST_INFO(write_run(run, "policy.tests.toml", text));
  BOOST_TEST(run.good());
  BOOST_TEST(run.problems.empty());
  BOOST_TEST(run.passed >= 50u);
}

BOOST_AUTO_TEST_CASE(every_type_and_rule_of_the_shipped_policy_has_a_case) {
  std::string text = read_text(MC_SOURCE_DIR "/rules/policy.tests.toml");
  PolicyPtr policy = shipped();
  for (Type const& type : policy->types())
    BOOST_TEST(contains(text, "type = \"" + type.name + "\""), type.name);
  for (Rule const& rule : policy->rules()) {
    bool timing_only = !rule.set.email && !rule.set.folder;
    BOOST_TEST(contains(text, timing_only ? "rule " + rule.name : "_by = \"rule " + rule.name), rule.name);
  }
}

BOOST_AUTO_TEST_CASE(dropping_any_rule_block_or_old_name_fails_a_case) {
  std::string const text = read_text(MC_SOURCE_DIR "/rules/policy.tests.toml");
  for (std::string_view start :
       {"[[rule]]\nname = \"large", "[[rule]]\nname   = \"stale", "[[rule]]\nname = \"updates",
        "[[rule]]\nname = \"feature", "[[classify]]", "[alias]"}) {
    std::string policy = shipped_text();
    std::size_t begin = policy.find(start);
    BOOST_REQUIRE_MESSAGE(begin != policy.npos, start);
    std::size_t end = policy.find("\n[", begin + 2);
    policy.erase(begin, end == policy.npos ? end : end + 1 - begin);
    CasesRun run = run_cases(*load(policy), text, "t", &berlin);
    BOOST_TEST(!run.good(), start);
  }
}

BOOST_AUTO_TEST_CASE(a_difference_names_the_case_its_line_and_why) {
  std::string text = expecting("type = \"payment.sent\", amount = \"5 USD\"", "email = true, folder = true",
                               "choices = { \"type:payment.sent\" = \"center\" }");
  BOOST_TEST(run_text(text) ==
             "t.toml:2: n: email: expected yes, got no (your choice for payment.sent)\n"
             "t.toml: 1 of 1 case failed\n");
}

BOOST_AUTO_TEST_CASE(every_expectation_is_compared) {
  std::string text =
      expecting("type = \"rate.raised\"",
                "type = \"unclassified\", tab = \"inbox\", email = false, folder = false, email_by = \"x\", "
                "folder_by = \"y\", "
                "malformed = true, reported = true, leaves = 2026-11-24, waits = [\"unread\", \"window\"]");
  BOOST_TEST(run_text(text) ==
             "t.toml:2: n: type: expected unclassified, got rate.raised\n"
             "t.toml:2: n: tab: expected inbox, got alerts\n"
             "t.toml:2: n: email: expected no, got yes (type default)\n"
             "t.toml:2: n: folder: expected no, got yes (type default)\n"
             "t.toml:2: n: email_by: expected x, got type default\n"
             "t.toml:2: n: folder_by: expected y, got type default\n"
             "t.toml:2: n: malformed: expected yes, got no\n"
             "t.toml:2: n: reported: expected yes, got no\n"
             "t.toml:2: n: leaves: expected 2026-11-24T00:00:00.000Z, got now\n"
             "t.toml:2: n: waits: expected window, unread, got nothing\n"
             "t.toml: 1 of 1 case failed\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_emailed_does_not_leave) {
  std::string text = expecting("type = \"feature.announced\"", "leaves = \"now\", waits = \"window\"");
  BOOST_TEST(run_text(text) ==
             "t.toml:2: n: leaves: expected now, got no email\n"
             "t.toml:2: n: waits: expected window, got nothing\n"
             "t.toml: 1 of 1 case failed\n");
}

BOOST_AUTO_TEST_CASE(every_part_of_a_message_and_a_user_counts) {
  std::string const policy_text_ =
      policy_text("\"a.b\" = { tab = \"alerts\", label = \"x\", email = \"off\" }",
                  "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"x\"\nset = { email = true }\nwhen = "
                  "{ sender = \"*@x\", "
                  "subject = \"hello\", header = { X-A = \"2\" }, size = { at_least = \"1KiB\" }, urgent = "
                  "true, source = \"agent\", "
                  "group = \"staff\", account_age = { less_than = \"2d\" }, older_than = \"1h\", amount = { "
                  "at_least = { \"*\" = \"5\" } }, "
                  "schedule = { from = 13:00:00, until = 13:01:00 } }\n");
  PolicyPtr policy = load(policy_text_);
  std::string const message =
      "type = \"A.B\", sender = \"jo@x\", subject = \"Hello\", headers = { X-A = [\"1\", \"2\"] }, size = "
      "1024, urgent = "
      "true, source = \"agent\", time = 2026-11-23T11:59:59+01:00, amount = \"5.00 USD\"";
  std::string const user = "zone = \"Europe/Berlin\", groups = [\"staff\"], created = 2026-11-22";
  std::string text = expecting(message, "email = true, email_by = \"rule r\"", user);
  BOOST_TEST(run_cases(*policy, text, "t", &berlin).good());
  std::string aged = expecting(message, "email = true",
                               "zone = \"Europe/Berlin\", groups = \"staff\", account_age = \"47h\"");
  BOOST_TEST(run_cases(*policy, aged, "t", &berlin).good());
  // Each by itself is needed.
  for (auto const& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"jo@x", "jo@y"},
                                                        {"Hello", "Hell"},
                                                        {"\"2\"]", "\"3\"]"},
                                                        {"1024", "1023"},
                                                        {"urgent = true", "urgent = false"},
                                                        {"\"agent\"", "\"user\""},
                                                        {"11:59:59+01", "12:00:00+01"},
                                                        {"5.00 USD", "4.99 USD"},
                                                        {"Europe/Berlin", "UTC"},
                                                        {"\"staff\"", "\"other\""},
                                                        {"= 2026-11-22", "= 2026-11-21"}}) {
    std::string changed = text;
    std::size_t pos = changed.find(from);
    BOOST_REQUIRE_MESSAGE(pos != changed.npos, from);
    changed.replace(pos, from.size(), to);
    BOOST_TEST(run_cases(*policy, changed, "t", &berlin).failed.size() == 1u, from);
  }
}

BOOST_AUTO_TEST_CASE(a_users_times_move_the_mail) {
  for (auto const& [user, expect] : std::vector<std::pair<std::string, std::string>>{
           {"quiet = \"11:00-13:30\"", "leaves = 2026-11-23T13:30:00Z, waits = \"quiet\""},
           {"quiet = \"13:30-12:30\"", "leaves = 2026-11-23T12:30:00Z, waits = \"quiet\""},
           {"digest = \"hourly\"", "leaves = \"now\""},
           {"digest = \"daily 12:30\", zone = \"Europe/Berlin\"",
            "leaves = 2026-11-24T11:30:00Z, waits = \"digest\""},
           {"digest = \"off\"", "leaves = \"now\", waits = []"},
           {"pause = 2026-11-25", "leaves = 2026-11-25, waits = \"pause\""},
           {"address = \"missing\", choices = { \"type:rate.raised\" = \"email\" }",
            "email = false, folder = true, email_by = \"address missing\", folder_by = \"nothing else "
            "remained\""},
           {"address = \"ours\"", "email_by = \"address is ours\""}})
    BOOST_TEST(run_text(expecting("type = \"rate.raised\"", expect, user)) == "t.toml: 1 case passed\n");
}

BOOST_AUTO_TEST_CASE(each_mistake_is_named_with_its_place) {
  std::string const m = "message = { type = \"rate.raised\" }\n", e = "expect = { email = true }\n",
                    n = "name = \"n\"\n";
  struct Row {
    std::string text, expected;
  };
  std::vector<Row> const rows{
      {"", "t.toml: error: there are no cases: no [[test]]"},
      {now_line, "t.toml: error: there are no cases: no [[test]]"},
      {"test = []\n", "t.toml:1:1: error: there are no cases"},
      {"[test]\nname = \"x\"\n", "t.toml:1:2: error: cases are written [[test]], with two brackets"},
      {"test = [5]\n", "t.toml:1:9: error: a case must be a table, begun by [[test]]"},
      {now_line + "[[tset]]\n",
       "t.toml:2:3: error: unknown key \"tset\" in a cases file\n  [[tset]]\n    ^ did you mean \"test\"?"},
      {"now = \"today\"\n[[test]]\n" + n + m + e, "t.toml:1:7: error: \"now\" must be a date"},
      {"[[test]]\n" + n + m + e, "t.toml:1:1: error: the case has no now"},
      {one(m + e), "t.toml:2:1: error: the case has no name"},
      {one(n + e), "t.toml:2:1: error: the case has no message"},
      {one(n + m), "t.toml:2:1: error: the case has no expect"},
      {one(n + m + "expect = {}"), "t.toml:5:1: error: the case expects nothing"},
      {one(n + m + "expect = true"), "t.toml:5:10: error: \"expect\" must be a table, not true or false"},
      {one(n + m + "expect = { emial = true }"), "t.toml:5:12: error: unknown key \"emial\" in \"expect\""},
      {one(n + m + "expect = { email = \"yes\" }"),
       "t.toml:5:20: error: \"email\" must be true or false, not a string"},
      {one(n + m + "expect = { tab = \"alrets\" }"), "^ did you mean \"alerts\"?"},
      {one(n + m + "expect = { type = \"rate.rased\" }"),
       "t.toml:5:19: error: there is no type \"rate.rased\""},
      {one(n + m + "expect = { type = \"rate.rased\" }"), "^ did you mean \"rate.raised\"?"},
      {one(n + m + "expect = { leaves = \"soon\" }"),
       "t.toml:5:21: error: \"leaves\" must be a date and time, or \"now\""},
      {one(n + m + "expect = { leaves = 2026-11-22 }"),
       "t.toml:5:12: error: \"leaves\" is before the case's now"},
      {one(n + m + "expect = { waits = [\"windw\"] }"),
       "t.toml:5:21: error: \"windw\" is nothing a mail waits for"},
      {one(n + m + "expect = { waits = [\"burst\"] }"),
       "t.toml:5:21: error: \"burst\" is nothing a mail waits for"},
      {one(n + m + e + "usr = {}"), "t.toml:6:1: error: unknown key \"usr\" in a case"},
      {one(n + m + e + "user = { zone = \"Europe/Berlni\" }"),
       "t.toml:6:17: error: \"Europe/Berlni\" is not a time zone"},
      {one(n + m + e + "user = { quiet = \"22-07\" }"), "t.toml:6:18: error: \"22-07\" are no quiet hours"},
      {one(n + m + e + "user = { quiet = \"25:00-07:00\" }"), "error: \"25:00-07:00\" are no quiet hours"},
      {one(n + m + e + "user = { quiet = \"07:00-07:00\" }"), "error: \"07:00-07:00\" are no quiet hours"},
      {one(n + m + e + "user = { digest = \"daily\" }"), "t.toml:6:19: error: \"daily\" is not a digest"},
      {one(n + m + e + "user = { digest = \"daily 24:00\" }"), "error: \"daily 24:00\" is not a digest"},
      {one(n + m + e + "user = { pause = \"3d\" }"), "t.toml:6:18: error: \"pause\" must be a date"},
      {one(n + m + e + "user = { address = \"verifed\" }"), "^ did you mean \"verified\"?"},
      {one(n + m + e + "user = { created = 2026-01-01, account_age = \"1d\" }"),
       "t.toml:6:32: error: \"created\" and \"account_age\" say the same twice"},
      {one(n + m + e + "user = { account_age = \"old\" }"), "t.toml:6:24: error: \"old\" is not a duration"},
      {one(n + m + e + "user = { choices = { \"type:rate.rased\" = \"none\" } }"),
       "t.toml:6:22: error: There is no message type \"rate.rased\"; did you mean rate.raised?"},
      {one(n + m + e + "user = { choices = { \"rate.raised\" = \"none\" } }"),
       "t.toml:6:22: error: A scope is type:<name> or tab:<tab>"},
      {one(n + m + e + "user = { choices = { \"tab:alert\" = \"none\" } }"),
       "t.toml:6:22: error: There is no tab \"alert\"; did you mean alerts?"},
      {one(n + m + e + "user = { choices = { \"tab:alerts\" = \"non\" } }"),
       "t.toml:6:37: error: \"non\" is not a choice"},
      {one(n + e + "message = { typ = \"x\" }"), "t.toml:5:13: error: unknown key \"typ\" in \"message\""},
      {one(n + e + "message = { type = 5 }"),
       "t.toml:5:20: error: \"type\" must be a string, not a whole number"},
      {one(n + e + "message = { amount = 5 }"), "t.toml:5:22: error: \"amount\" must be a string"},
      {one(n + e + "message = { time = \"now\" }"), "t.toml:5:20: error: \"time\" must be a date"},
      {one(n + e + "message = { time = 2026-02-30 }"), "t.toml:5:"},
      {one(n + e + "message = { headers = [\"x\"] }"),
       "t.toml:5:23: error: \"headers\" must be a table, not a list"},
      {one(n + e + "message = { headers = { X-A = 5 } }"), "t.toml:5:31: error: \"X-A\" must be a string"},
      {one(n + e + "message = { size = \"big\" }"), "t.toml:5:20: error: \"size\" is not a size"},
      {one(n + e + "message = { source = \"robot\" }"),
       "t.toml:5:22: error: \"robot\" is not a value of \"source\""},
      {one(n + m + e) + "[[test]]\n" + n + m + e,
       "t.toml:8:1: error: case \"n\" has the name of the case in line 2"},
      {std::string(max_cases_octets + 1, '#'), "t.toml: error: the file is larger than 1024 KiB"},
      {"now = \xff", "t.toml:1:1: error: this line is not UTF-8"},
  };
  for (Row const& row : rows) {
    BOOST_TEST_CONTEXT(row.text.substr(0, 300)) {
      std::string said = run_text(row.text);
      BOOST_TEST_INFO(said.substr(0, 1000));
      BOOST_TEST(contains(said, row.expected));
      CasesRun run = run_cases(*shipped(), row.text, "t", &berlin);
      BOOST_TEST((has_errors(run.problems) && run.passed == 0 && run.failed.empty() && !run.good()));
    }
  }
}

BOOST_AUTO_TEST_CASE(all_mistakes_are_named_at_once_and_nothing_is_run) {
  std::string text =
      one("name = \"n\"\nmessage = { tpye = 1, size = -1 }\nexpect = { email = 1 }\nuser = { zne = 1 }");
  CasesRun run = run_cases(*shipped(), text, "t", &berlin);
  BOOST_TEST(run.problems.size() == 4u);
  BOOST_TEST(run.passed == 0u);
}

BOOST_AUTO_TEST_CASE(more_cases_than_allowed_are_refused) {
  std::string text = now_line;
  for (std::size_t i = 0; i <= max_cases; ++i) text += "[[test]]\n";
  BOOST_TEST(contains(run_text(text), "error: there are more than 5000 cases"));
}

BOOST_AUTO_TEST_CASE(a_senseless_amount_may_be_tested) {
  for (std::string_view amount : {"", " ", "1,250.00", "-5", "\\u0000"})
    BOOST_TEST(run_text(expecting("type = \"payment.sent\", amount = \"" + std::string(amount) + "\"",
                                  "malformed = true, reported = true")) == "t.toml: 1 case passed\n");
}

BOOST_AUTO_TEST_CASE(unclassified_mail_may_be_tested) {
  BOOST_TEST(run_text(expecting("subject = \"hi\"", "type = \"unclassified\"")) == "t.toml: 1 case passed\n");
}

BOOST_AUTO_TEST_SUITE_END()
