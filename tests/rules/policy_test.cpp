#include "rules/policy.h"

#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

std::string const types =
    "\"a.one\" = { tab = \"alerts\", label = \"One\" }\n"
    "\"a.two\" = { tab = \"alerts\", label = \"Two\", email = \"always\" }\n"
    "\"u.one\" = { tab = \"updates\", label = \"Three\" }";

std::string rule(std::string const& body) {
  std::string text = "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"Because.\"\n" + body + "\n";
  return policy_text(types, text);
}

struct Row {
  std::string text;
  std::string_view expected;
};

void check_rows(std::vector<Row> const& rows, LoadOptions const& options = {}) {
  for (Row const& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      std::string problems = problems_of(row.text, options);
      BOOST_TEST_INFO(problems);
      BOOST_TEST(contains(problems, row.expected));
      bool error = !contains(row.expected, "warning: ");
      BOOST_TEST((parse_policy(row.text, "p", options).policy == nullptr) == error);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy)

BOOST_AUTO_TEST_CASE(the_shipped_policy_has_no_problem_and_says_all_it_means) {
  BOOST_TEST(problems_of(shipped_text()) == "");
  PolicyPtr policy = shipped();
  Type const& sent = policy->type(policy->find_type("payment.sent"));
  BOOST_TEST(sent.label == "Payment sent");
  BOOST_TEST(write_keep(sent.keep) == "2y");
  BOOST_TEST(sent.required.size() == 1u);
  Type const& ticket = policy->type(policy->find_type("ticket.reply"));
  BOOST_TEST(!ticket.drop);
  BOOST_TEST((ticket.keep.from == Keep::From::close));
  Type const& news = policy->type(policy->find_type("feature.announced"));
  BOOST_TEST((news.email == Setting::off && news.unsubscribe && news.commercial));
  BOOST_TEST(write_keep(policy->type(policy->find_type("hire.confirmed")).keep) == "180d");
  BOOST_TEST(policy->rules().size() == 4u);
  BOOST_TEST(!policy->find_type("no.such"));
  BOOST_TEST(policy->type(TypeIndex()).name == "unclassified");
}

BOOST_AUTO_TEST_CASE(a_typo_is_shown_in_its_line_with_a_caret_and_a_guess) {
  std::string text = "format = 1\n[type]\n\"rate.raised\" = { tab = \"alerts\",  labl = \"Rate raised\" }\n";
  BOOST_TEST(contains(problems_of(text),
                      "policy.toml:3:36: error: unknown key \"labl\" in a type\n"
                      "  \"rate.raised\" = { tab = \"alerts\",  labl = \"Rate raised\" }\n" +
                          std::string(37, ' ') + "^ did you mean \"label\"?\n"));
}

BOOST_AUTO_TEST_CASE(carets_count_characters_not_octets) {
  std::string text = "format = 1\n[type]\n\"a.b\" = { label = \"Größe\", tba = \"alerts\" }\n";
  BOOST_TEST(contains(problems_of(text), "policy.toml:3:28: error: unknown key \"tba\""));
  BOOST_TEST(contains(problems_of(text), "\n  " + std::string(27, ' ') + "^ did you mean \"tab\"?"));
}

BOOST_AUTO_TEST_CASE(every_problem_is_named_at_once) {
  std::string text = policy_text(
      "\"a.b\" = { tab = \"alrets\", label = 5, email = \"yes\", keep = \"soon\", drop = \"no\" }\n"
      "\"A\" = { tab = \"inbox\", label = \"x\" }",
      "[[rule]]\nname = \"r\"\nkind = \"overide\"\nwhen = { tpye = \"a.b\" }\nset = { email = 1 }\n[oops]\n");
  PolicyLoad load = parse_policy(text, "p");
  BOOST_TEST(!load.policy);
  BOOST_TEST_INFO(problems_of(text));
  BOOST_TEST(std::count_if(load.problems.begin(), load.problems.end(),
                           [](Problem const& p) { return p.severity == Severity::error; }) == 10);
  BOOST_TEST(std::is_sorted(load.problems.begin(), load.problems.end(),
                            [](Problem const& a, Problem const& b) { return a.line < b.line; }));
}

BOOST_AUTO_TEST_CASE(bad_values_of_types) {
  auto type = [](std::string const& body) {
    return policy_text("\"a.b\" = { tab = \"alerts\", label = \"x\", " + body + " }");
  };
  check_rows({
      {"", "error: the policy does not say its format"},
      {"format = 2\n[type]\n" + types, "error: this program reads policies of format 1 only"},
      {"format = 1\n", "error: there are no types"},
      {"format = 1\ntype = 5\n", "error: \"type\" must be a table, not a whole number"},
      {policy_text("\"a.b\" = { label = \"x\" }"), "error: type \"a.b\" has no tab"},
      {policy_text("\"a.b\" = { tab = \"alerts\" }"), "warning: type \"a.b\" has no label"},
      {policy_text("a.b = { tab = \"alerts\" }"), "as in \"a.b\" = { … }"},
      {policy_text("\"A.b\" = { tab = \"alerts\", label = \"x\" }"), "error: \"A.b\" is not a type's name"},
      {policy_text("\"a..b\" = { tab = \"alerts\", label = \"x\" }"), "error: \"a..b\" is not a type's name"},
      {policy_text("unclassified = { tab = \"alerts\", label = \"x\" }"), "error: \"unclassified\" is not"},
      {policy_text("\"a.b\" = { tab = \"alert\", label = \"x\" }"), "^ did you mean \"alerts\"?"},
      {policy_text("\"a.b\" = { tab = \"alert\", label = \"x\" }"),
       "error: \"alert\" is not a value of \"tab\""},
      {type("email = true"), "error: \"email\" must be a string, not true or false"},
      {type("email = \"alway\""), "error: \"alway\" is not a value of \"email\" (off, on, never, always)"},
      {type("keep = \"30\""), "error: \"30\" does not say how long to keep"},
      {type("keep = \"0d\""), "error: \"0d\" does not say how long to keep"},
      {type("keep = \"101y\""), "error: \"101y\" does not say how long to keep"},
      {type("drop = 1"), "error: \"drop\" must be true or false, not a whole number"},
      {type("email_if_unread_after = \"0m\""), "error: \"email_if_unread_after\" must be more than nothing"},
      {type("email_if_unread_after = \"15\""), "error: \"15\" is not a duration"},
      {type("requires = [\"amuont\"]"), "error: \"amuont\" cannot be required"},
      {type("requires = []"), "error: \"requires\" must list 1 to 64 values"},
      {type("requires = \"header:\""), "error: \"header:\" cannot be required"},
      {type("email = \"never\", keep = \"30d\""), "error: \"a.b\" is never emailed but kept only 30d"},
      {type("email = \"never\", keep = \"1d after close\""),
       "error: \"a.b\" is never emailed but kept only 1d after close"},
      {type("email = \"never\", folder = \"never\""),
       "error: \"a.b\" is never emailed and never in a folder"},
      {type("email = \"off\", folder = \"off\""), "warning: \"a.b\" is by default neither"},
      {type("unsubscribe = true, email = \"always\""), "error: \"a.b\" offers to unsubscribe"},
      {type("commercial = true"), "warning: commercial mail \"a.b\""},
      {type("email_if_unread_after = \"15m\", folder = \"never\""), "warning: \"a.b\" is never in a folder"},
      {policy_text(types, "[unclassified]\nfolder = \"on\"\n"), "error: [unclassified] must be locked"},
      {policy_text(types, "[unclassified]\nreport_to = \"a@b\"\n"),
       "error: \"a@b\" is not the name of a mailbox"},
      {policy_text(types, "[unclassified]\nurgent = true\n"),
       "error: unknown key \"urgent\" in [unclassified]"},
      {policy_text(types, "[defaults]\nkepp = \"1d\"\n"), "^ did you mean \"keep\"?"},
      {policy_text(types + "\n\"a.one\" = { tab = \"inbox\", label = \"x\" }"), "error: not TOML"},
  });
}

BOOST_AUTO_TEST_CASE(bad_values_of_rules) {
  std::string const set = "set = { email = true }\n", when = "when = {}\n";
  auto given = [&](std::string const& conditions) { return rule("when = { " + conditions + " }\n" + set); };
  auto sets = [&](std::string const& body) { return rule(when + "set = { " + body + " }"); };
  check_rows({
      {rule(set), "error: the rule has no when"},
      {rule(when), "error: the rule has no set"},
      {rule(when + "set = {}"), "error: the rule sets nothing"},
      {policy_text(types, "[[rule]]\nwhen = {}\nset = { email = true }\n"), "error: the rule has no name"},
      {policy_text(types, "[[rule]]\nwhen = {}\nset = { email = true }\n"), "error: the rule has no kind"},
      {policy_text(types, "[rule]\nname = \"r\"\n"), "error: rules are written [[rule]]"},
      {policy_text(types, "rule = [1]\n"), "error: "},
      {rule(when + set + "[[rule]]\nname = \"r\"\nkind = \"override\"\n" + when + set),
       "error: rule \"r\" has the name of the rule in line 6"},
      {rule(when + set + "evn_locked = true"), "^ did you mean \"even_locked\"?"},
      {rule(when + set + "expires = \"2027-01-01\""), "error: \"expires\" must be a date"},
      {rule(when + set + "enabled = 0"), "error: \"enabled\" must be true or false"},
      {given("type = \"a.oen\""), "error: there is no type \"a.oen\""},
      {given("type = \"a.oen\""), "^ did you mean \"a.one\"?"},
      {given("type = [\"a.one\", 5]"), "error: \"type\" must be a string, not a whole number"},
      {given("type = \"b.*\""), "warning: no type matches \"b.*\""},
      {given("tab = \"updtes\""), "error: \"updtes\" is not a value of \"tab\""},
      {given("amount = 5"), "error: \"amount\" must be a table"},
      {given("amount = {}"), "error: \"amount\" needs at_least or less_than"},
      {given("amount = { atleast = { USD = \"1\" } }"), "^ did you mean \"at_least\"?"},
      {given("amount = { at_least = { usd = \"1\" } }"), "error: \"usd\" is not a currency"},
      {given("amount = { at_least = { USD = 1 } }"), "error: the amount for \"USD\" is not an exact decimal"},
      {given("amount = { at_least = { USD = \"1,000\" } }"),
       "error: the amount for \"USD\" is not an exact decimal"},
      {given("amount = { at_least = { USD = \"1\" } }"), "warning: rule \"r\" covers only amounts in USD"},
      {given("amount = { at_least = { \"*\" = \"2\" }, less_than = { \"*\" = \"2\" } }"),
       "error: \"amount\" can never hold"},
      {given("amount = { at_least = { \"*\" = \"2\" }, less_than = { USD = \"1\", \"*\" = \"9\" } }"),
       "error: \"amount\" can never hold"},
      {given("older_than = 48"), "error: \"older_than\" must be a string"},
      {given("older_than = \"48 h\""), "error: \"48 h\" is not a duration"},
      {given("urgent = \"yes\""), "error: \"urgent\" must be true or false"},
      {given("account_age = { at_least = \"2d\", less_than = \"1d\" }"),
       "error: \"account_age\" can never hold"},
      {given("size = { at_least = \"1MB\" }"), "error: \"at_least\" is not a size"},
      {given("size = { at_least = -1 }"), "error: \"at_least\" is not a size"},
      {given("source = \"users\""), "^ did you mean \"user\"?"},
      {given("header = { \"a b\" = \"x\" }"), "error: \"a b\" is not a header's name"},
      {given("header = {}"), "error: \"header\" must name 1 to 64 headers"},
      {given("schedule = {}"), "error: \"schedule\" needs days, or from and until"},
      {given("schedule = { from = 08:00:00 }"), "error: \"schedule\" needs both from and until"},
      {given("schedule = { days = \"monday\" }"), "error: \"monday\" is not a day"},
      {given("schedule = { from = \"08:00\", until = 09:00:00 }"), "error: \"from\" must be a time of day"},
      {given("schedule = { from = 08:00:30, until = 09:00:00 }"), "error: \"from\" must be a time of day"},
      {sets("send = { from = 08:00:00, until = 08:00:00 }"),
       "error: \"send\" begins and ends at the same time"},
      {sets("send = { from = 08:00:00 }"), "error: \"send\" needs both from and until"},
      {sets("send = { from = 08:00:00, until = 20:00:00, zone = \"here or there\" }"), "is not a time zone"},
      {sets("emial = true"), "^ did you mean \"email\"?"},
      {sets("email_if_unread_after = \"31d\""), "error: \"email_if_unread_after\" must be more than nothing"},
      {sets("email = \"on\""), "error: \"email\" must be true or false, not a string"},
      {rule(when + set + "unless = {}"), "error: an empty \"unless\" always holds"},
      {policy_text(types, "[[rule]]\nname = \"r\"\nkind = \"default\"\neven_locked = true\n" + when + set),
       "error: only an override rule can pass a lock"},
      {policy_text(types, "[[rule]]\nname = \"r\"\nkind = \"default\"\n" + when + set),
       "warning: rule \"r\" does not say why"},
  });
}

BOOST_AUTO_TEST_CASE(rules_that_can_do_nothing_are_warned_of) {
  auto two = [](std::string const& first, std::string const& second) {
    auto one = [](std::string const& name, std::string const& body) {
      return "[[rule]]\nname = \"" + name + "\"\nkind = \"override\"\nwhy = \"x\"\n" + body + "\n";
    };
    return policy_text(types, one("one", first) + one("two", second));
  };
  std::string const email = "set = { email = true }", both = "set = { email = true, folder = true }";
  std::string const dead =
      "warning: rule \"two\" in line 12 can never decide anything: rule \"one\" in line 6 always speaks "
      "before it";
  check_rows({
      {two("when = { type = \"a.*\" }\n" + email, "when = { type = \"a.one\" }\n" + email), dead},
      {two("when = {}\n" + both, "when = { amount = { at_least = { \"*\" = \"1\" } } }\n" + email), dead},
      {two("when = { older_than = \"1d\" }\n" + email,
           "when = { older_than = \"2d\", urgent = true }\n" + email),
       dead},
      {two("when = { amount = { at_least = { \"*\" = \"5\" } } }\n" + email,
           "when = { amount = { at_least = { USD = \"9\", \"*\" = \"5\" } } }\n" + email),
       dead},
      {two("when = { group = [\"x\", \"y\"] }\n" + email, "when = { group = \"y\" }\n" + email), dead},
      {two("when = {}\n" + email, "when = { tab = \"updates\", type = \"a.*\" }\n" + email),
       "warning: rule \"two\" can never fire: no type"},
      {two("when = {}\nset = { folder = true }",
           "when = { urgent = true }\nunless = { urgent = true }\n" + email),
       "warning: rule \"two\" can never fire: unless holds whenever when does"},
      {rule("when = { type = \"a.two\" }\nset = { email = false }"),
       "warning: rule \"r\" never changes email: it is locked"},
      {rule("when = {}\nset = { email = false, folder = false }"), "warning: rule \"r\" leaves nothing"},
  });
}

BOOST_AUTO_TEST_CASE(rules_that_can_still_speak_are_not_warned_of) {
  auto two = [](std::string const& first, std::string const& second) {
    return policy_text(types, "[[rule]]\nname = \"one\"\nkind = \"override\"\nwhy = \"x\"\n" + first +
                                  "\n[[rule]]\nname = \"two\"\nkind = \"override\"\nwhy = \"x\"\n" + second +
                                  "\n");
  };
  std::string const email = "set = { email = true }";
  for (std::string const& text : {
           two("when = { type = \"a.*\" }\n" + email, "when = { type = \"*\" }\n" + email),
           two("when = { type = \"*\" }\n" + email, "when = {}\n" + email),  // unknown types
           two("when = { older_than = \"2d\" }\n" + email, "when = { older_than = \"1d\" }\n" + email),
           two("when = { type = \"a.*\" }\nexpires = 2030-01-01\n" + email,
               "when = { type = \"a.one\" }\n" + email),
           two("when = { type = \"a.*\" }\nenabled = false\n" + email,
               "when = { type = \"a.one\" }\n" + email),
           two("when = { type = \"a.*\" }\nunless = { urgent = true }\n" + email,
               "when = { type = \"a.one\" }\n" + email),
           two("when = { type = \"a.*\" }\n" + email,
               "when = { type = \"a.one\" }\nset = { email = false, folder = true }"),
           two("when = {}\n" + email, "when = {}\neven_locked = true\n" + email),
           two("when = { amount = { at_least = { USD = \"5\", \"*\" = \"7\" } } }\n" + email,
               "when = { amount = { at_least = { \"*\" = \"6\" } } }\n" + email),
           rule("when = { type = \"a.two\" }\neven_locked = true\nset = { email = false }"),
       })
    BOOST_TEST(problems_of(text) == "");
}

BOOST_AUTO_TEST_CASE(an_expired_rule_is_warned_of_at_the_time_handed_in) {
  std::string text = rule("when = {}\nset = { email = true }\nexpires = 2026-12-01");
  LoadOptions options;
  options.now = at("2026-11-30T23:59:59Z");
  BOOST_TEST(problems_of(text, options) == "");
  options.now = at("2026-12-01T00:00:00Z");
  BOOST_TEST(contains(problems_of(text, options), "policy.toml:12:1: warning: rule \"r\" has expired"));
}

BOOST_AUTO_TEST_CASE(time_zones_are_checked_by_whoever_knows_them) {
  auto send = [](std::string const& zone) {
    return rule("when = {}\nset = { send = { from = 08:00:00, until = 20:00:00, zone = \"" + zone + "\" } }");
  };
  Berlin berlin;
  LoadOptions options;
  options.zones = &berlin;
  for (std::string_view zone : {"Europe/Berlin", "UTC", "recipient"})
    BOOST_TEST(problems_of(send(std::string(zone)), options) == "");
  check_rows({{send("Europe/Berln"), "error: \"Europe/Berln\" is not a time zone"}}, options);
}

BOOST_AUTO_TEST_CASE(hostile_texts_are_refused_quickly) {
  auto repeat = [](std::string_view unit, std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += unit;
    return out;
  };
  check_rows({
      {std::string(10 << 20, 'x'), "error: the file is larger than 1024 KiB"},
      {std::string("format = 1\n\xff"), "policy.toml:2:1: error: this line is not UTF-8"},
      {std::string(1000, '\0'), "error: not TOML"},
      {"a = " + repeat("[", 100'000), "policy.toml:1:37: error: brackets are nested too deeply"},
      {"a = " + repeat("{a=", 100'000), "error: brackets are nested too deeply"},
      {repeat("a.", 100'000) + "a = 1", "error: too many dots in one line"},
      {"[" + repeat("a.", 100'000) + "a]", "error: too many dots in one line"},
      {"a = \"" + repeat("x", 900'000), "error: not TOML"},
      {"format = 1\n[;]", "policy.toml:2:1: error: a name must follow the bracket"},
      {"[[ \n", "error: a name must follow the bracket"},
      {"[", "error: a name must follow the bracket"},
      {"[]", "error: not TOML"},
      {"a = \"ä\" # ö\nform\xEF\xBB\xB7t = 1",
       "policy.toml:2:5: error: letters like this one must stand in quotes"},
      {"ü = 1", "policy.toml:1:1: error: letters like this one"},
      {"a = '''" + repeat("x''", 4), "error: not TOML"},
      {"a = \"\"\"" + repeat("\n", 500'000), "error: not TOML"},
      {repeat("a", 500'000) + " = 1", "error: "},
      {"format = 1\n" + repeat("[[rule]]\n", 1001) + "[type]\n" + types,
       "error: there are more than 1000 rules"},
  });
  std::string many = "format = 1\n[type]\n";
  for (int i = 0; i < 300; ++i) many += "\"t.n" + std::to_string(i) + "\" = { tba = \"alerts\" }\n";
  PolicyLoad load = parse_policy(many, "p");
  BOOST_TEST(load.problems.size() == 100u);
  BOOST_TEST(has_errors(load.problems));
}

BOOST_AUTO_TEST_CASE(many_warnings_do_not_hide_an_error_or_lose_a_type) {
  std::string many = "format = 1\n[type]\n";
  for (int i = 0; i < 300; ++i) many += "\"t.n" + std::to_string(i) + "\" = { tab = \"alerts\" }\n";
  PolicyLoad good = parse_policy(many, "p");
  BOOST_REQUIRE(good.policy);
  BOOST_TEST(good.policy->types().size() == 301u);
  PolicyLoad bad = parse_policy(many + "\"t.bad\" = { tab = \"alerts\", labl = \"x\" }\n", "p");
  BOOST_TEST(!bad.policy);
  BOOST_TEST(bad.problems.size() == 100u);
  BOOST_TEST(std::any_of(bad.problems.begin(), bad.problems.end(),
                         [](Problem const& p) { return contains(p.message, "\"labl\""); }));
}

BOOST_AUTO_TEST_CASE(order_of_sections_and_windows_line_ends_do_not_matter) {
  std::string text =
      "format = 1\r\n[type]\r\n\"a.b\" = { tab = \"inbox\", label = \"x\" }\r\n[defaults]\r\nkeep = "
      "\"3d\"\r\n";
  PolicyPtr policy = load(text);
  BOOST_TEST(write_keep(policy->type(policy->find_type("a.b")).keep) == "3d");
  BOOST_TEST(load("\xEF\xBB\xBF" + text)->types().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
