// Plain mail of the platform: [[classify]].
#include "rules/record.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

std::string const types =
    "\"a.one\" = { tab = \"alerts\", label = \"One\" }\n"
    "\"a.two\" = { tab = \"updates\", label = \"Two\", requires = \"amount\" }";

// The block begins in line 6; `body` in line 8.
std::string block(std::string const& body, std::string const& name = "b") {
  return "[[classify]]\nname = \"" + name + "\"\n" + body + "\n";
}
std::string with(std::string const& body) {
  return policy_text(types, "\n" + block(body));
}
std::string const to_one = "set = { type = \"a.one\" }\n";

Facts plain(std::string_view sender = "pay@shop.test", std::string_view subject = "You were paid") {
  Facts facts = message("x");
  facts.type.reset();
  if (!sender.empty()) facts.sender = sender;
  if (!subject.empty()) facts.subject = subject;
  facts.size = 2000;
  return facts;
}

std::string type_of(std::string const& policy, Facts const& facts) {
  PolicyPtr loaded = load(policy);
  return loaded->type(decide(*loaded, facts, jane(), {}).type).name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_classify)

BOOST_AUTO_TEST_CASE(plain_mail_gets_the_type_of_the_first_block_that_matches) {
  std::string text =
      policy_text(types, block("when = { subject = \"*refund*\" }\n" + to_one, "first") +
                             block("when = { sender = \"pay@*\" }\nset = { type = \"a.two\" }", "second"));
  BOOST_TEST(type_of(text, plain("pay@shop.test", "Your refund")) == "a.one");
  BOOST_TEST(type_of(text, plain("PAY@shop.test", "You were paid")) == "a.two");
  BOOST_TEST(type_of(text, plain("x@shop.test", "You were paid")) == "unclassified");
}

BOOST_AUTO_TEST_CASE(the_decision_says_by_which_block) {
  PolicyPtr policy = load(with("when = { sender = \"pay@*\" }\n" + to_one));
  Decision d = decide(*policy, plain(), jane(), {});
  BOOST_TEST(policy->classifier(d.classified).name == "b");
  BOOST_TEST(!d.report);
  BOOST_TEST(contains(explain(*policy, d), "note: classified as a.one by b (policy.toml:6)"));
  BOOST_TEST((classify(*policy, plain()) == Classified{d.type, {}, d.classified}));
}

BOOST_AUTO_TEST_CASE(only_mail_without_a_type_and_only_the_platforms) {
  PolicyPtr policy = load(with("when = {}\n" + to_one));
  BOOST_TEST((decide(*policy, plain(), jane(), {}).classified == ClassifierIndex(1)));
  Facts facts = plain();
  for (std::string_view source : words_of<Submitter>()) {
    facts.source = *parse_word<Submitter>(source);
    BOOST_TEST(static_cast<bool>(decide(*policy, facts, jane(), {}).classified) == (source == "platform"),
               source);
  }
  for (std::string_view type : {"a.two", "no.such", ""}) {
    Facts typed = plain();
    typed.type = type;
    BOOST_TEST(!decide(*policy, typed, jane(), {}).classified);
  }
}

BOOST_AUTO_TEST_CASE(each_condition_must_hold_and_missing_data_never_does) {
  Facts full = plain();
  std::vector<std::pair<std::string_view, std::string_view>> headers{{"X-Kind", "Payout"}};
  full.headers = headers;
  std::string const when =
      "when = { sender = \"pay@*\", subject = [\"*paid*\", \"x\"], header = { x-kind = \"pay*\" }, size = { "
      "less_than = \"4KiB\" } }\n";
  BOOST_TEST(type_of(with(when + to_one), full) == "a.one");
  Facts no_sender = full, no_subject = full, no_header = full, large = full;
  no_sender.sender.reset();
  no_subject.subject.reset();
  no_header.headers = {};
  large.size = 4096;
  for (Facts const& facts : {no_sender, no_subject, no_header, large})
    BOOST_TEST(type_of(with(when + to_one), facts) == "unclassified");
  BOOST_TEST(type_of(with("when = {}\nunless = { subject = \"*paid*\" }\n" + to_one), full) ==
             "unclassified");
  BOOST_TEST(type_of(with("when = {}\nunless = { subject = \"*paid*\" }\n" + to_one), no_subject) == "a.one");
}

BOOST_AUTO_TEST_CASE(blocks_are_switched_off_and_expire) {
  BOOST_TEST(type_of(with("when = {}\nenabled = false\n" + to_one), plain()) == "unclassified");
  BOOST_TEST(type_of(with("when = {}\nexpires = 2026-11-23T12:00:00Z\n" + to_one), plain()) ==
             "unclassified");
  BOOST_TEST(type_of(with("when = {}\nexpires = 2026-11-23T12:00:01Z\n" + to_one), plain()) == "a.one");
}

BOOST_AUTO_TEST_CASE(what_is_classified_is_decided_like_any_other_message) {
  PolicyPtr policy =
      load(policy_text(types, block("when = { sender = \"pay@*\" }\nset = { type = \"a.two\" }") +
                                  "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"x\"\nwhen = { type = "
                                  "\"a.*\", sender = \"*@shop.test\" }\n"
                                  "set = { email = false }\n"));
  Decision d = decide(*policy, plain(), jane(), {});
  BOOST_TEST((d.malformed && d.report));  // it has no amount
  BOOST_TEST(to_string(d.tab) == "updates");
  BOOST_TEST(why_header(*policy, d, Field::email) == "rule r");
}

BOOST_AUTO_TEST_CASE(the_sender_may_be_asked_for_by_rules) {
  std::string rule = "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhy = \"x\"\nset = { email = false }\n";
  PolicyPtr policy = load(policy_text(types, rule + "when = { sender = [\"*@ads.test\", \"x@y\"] }\n"));
  Facts facts = message("a.one");
  BOOST_TEST(decide(*policy, facts, jane(), {}).email.value());
  facts.sender = "News@ADS.test";
  BOOST_TEST(!decide(*policy, facts, jane(), {}).email.value());
  facts.sender = "news@ads.test.evil";
  BOOST_TEST(decide(*policy, facts, jane(), {}).email.value());
  PolicyPtr unless = load(policy_text(types, rule + "when = {}\nunless = { sender = \"*@ads.test\" }\n"));
  facts.sender.reset();
  BOOST_TEST(!decide(*unless, facts, jane(), {}).email.value());  // nobody known is not from ads.test
  BOOST_TEST(contains(show_rule(*policy, RuleIndex(1)), "if sender like *@ads.test or x@y: not emailed"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_blocks) {
  std::string const when = "when = {}\n";
  struct Row {
    std::string text, expected;
  };
  for (Row const& row : std::vector<Row>{
           {with(to_one), "policy.toml:6:1: error: the [[classify]] block has no when"},
           {with(when), "policy.toml:6:1: error: the [[classify]] block has no set"},
           {policy_text(types, "\n[[classify]]\n" + when + to_one),
            "policy.toml:6:1: error: the [[classify]] block has no name"},
           {with(when + "set = {}"), "policy.toml:9:1: error: the block sets no type"},
           {with(when + "set = { tpye = \"a.one\" }"),
            "policy.toml:9:9: error: unknown key \"tpye\" in \"set\""},
           {with(when + "set = { type = \"a.noe\" }"), "policy.toml:9:16: error: there is no type \"a.noe\""},
           {with(when + "set = { type = \"a.noe\" }"), "^ did you mean \"a.one\"?"},
           {with(when + "set = { type = \"unclassified\" }"),
            "policy.toml:9:16: error: there is no type \"unclassified\""},
           {with(when + "set = { type = 5 }"),
            "policy.toml:9:16: error: \"type\" must be a string, not a whole number"},
           {with(when + "set = \"a.one\""), "policy.toml:9:7: error: \"set\" must be a table, not a string"},
           {with(when + to_one + "expires = \"soon\""),
            "policy.toml:10:11: error: \"expires\" must be a date"},
           {with(when + to_one + "enabled = 1"),
            "policy.toml:10:11: error: \"enabled\" must be true or false"},
           {with(when + to_one + "why = \"x\""),
            "policy.toml:10:1: error: unknown key \"why\" in a [[classify]] block"},
           {with(when + to_one + "unless = {}"), "policy.toml:10:1: error: an empty \"unless\" always holds"},
           {with("when = 5\n" + to_one),
            "policy.toml:8:8: error: \"when\" must be a table, not a whole number"},
           {with("when = { type = \"a.*\" }\n" + to_one),
            "policy.toml:8:10: error: \"type\" cannot be asked of mail that has no type yet"},
           {with("when = { group = \"x\" }\n" + to_one),
            "policy.toml:8:10: error: \"group\" cannot be asked"},
           {with("when = { sendr = \"x\" }\n" + to_one),
            "policy.toml:8:10: error: unknown key \"sendr\" in \"when\""},
           {with("when = { sendr = \"x\" }\n" + to_one), "^ did you mean \"sender\"?"},
           {with("when = { sender = [] }\n" + to_one),
            "policy.toml:8:19: error: \"sender\" must list 1 to 64 values"},
           {with("when = { sender = 5 }\n" + to_one), "policy.toml:8:19: error: \"sender\" must be a string"},
           {with("when = { size = { at_least = 2, less_than = 2 } }\n" + to_one),
            "policy.toml:8:10: error: \"size\" can never hold: at_least is not below less_than"},
           {policy_text(types, "\n[[classify]]\nname = \"b c\"\n" + when + to_one),
            "policy.toml:7:8: error: \"b c\" is not a name"},
           {policy_text(types, "\n" + block("when = { sender = \"x\" }\n" + to_one) + block(when + to_one)),
            "policy.toml:12:1: error: block \"b\" has the name of the block in line 6"},
           {policy_text(types, "[classify]\nname = \"x\"\n"),
            "policy.toml:5:2: error: blocks are written [[classify]]"},
           {policy_text(types,
                        "\n[alias]\n\"a.old\" = \"a.one\"\n" + block(when + "set = { type = \"a.old\" }")),
            "^ it is an old name of \"a.one\""},
       }) {
    BOOST_TEST_CONTEXT(row.text) {
      BOOST_TEST_INFO(problems_of(row.text));
      BOOST_TEST(contains(problems_of(row.text), row.expected));
      BOOST_TEST(!parse_policy(row.text, "p").policy);
    }
  }
}

BOOST_AUTO_TEST_CASE(blocks_that_can_never_match_are_warned_of) {
  auto two = [](std::string const& first, std::string const& second) {
    return policy_text(types, "\n" + block(first + to_one, "one") + block(second + to_one, "two"));
  };
  std::string const dead =
      "policy.toml:11:1: warning: block \"two\" in line 11 can never match: block \"one\" in line 6 always "
      "matches before it";
  for (std::string const& text : {
           two("when = {}\n", "when = { sender = \"x@y\" }\n"),
           two("when = { sender = \"*@shop.test\" }\n",
               "when = { sender = \"pay@shop.test\", subject = \"*x*\" }\n"),
           two("when = { sender = [\"*@a\", \"*@b\"] }\n", "when = { sender = [\"c@b\", \"d*@a\"] }\n"),
           two("when = { header = { X-A = \"*\" } }\n", "when = { header = { x-a = \"5\" } }\n"),
           two("when = { size = { at_least = 5 } }\n", "when = { size = { at_least = 6 } }\n"),
       })
    BOOST_TEST(contains(problems_of(text), dead), problems_of(text));
  for (std::string const& text : {
           two("when = { sender = \"pay@*\" }\n", "when = { sender = \"*@shop.test\" }\n"),
           two("when = { sender = \"a?@x\" }\n", "when = { sender = \"a*@x\" }\n"),
           two("when = {}\nenabled = false\n", "when = { sender = \"x@y\" }\n"),
           two("when = {}\nexpires = 2099-01-01\n", "when = { sender = \"x@y\" }\n"),
           two("when = {}\nunless = { subject = \"x\" }\n", "when = { sender = \"x@y\" }\n"),
       })
    BOOST_TEST(problems_of(text) == "");
  BOOST_TEST(
      contains(problems_of(with("when = { subject = \"a*\" }\nunless = { subject = \"*\" }\n" + to_one)),
               "policy.toml:9:1: warning: block \"b\" can never match: unless holds whenever when does"));
  LoadOptions later;
  later.now = at("2027-01-02T00:00:00Z");
  BOOST_TEST(contains(problems_of(with("when = {}\n" + to_one + "expires = 2027-01-01"), later),
                      "policy.toml:10:1: warning: block \"b\" has expired"));
  BOOST_TEST(contains(
      problems_of(with("when = {}\nset = { type = \"a.two\" }")),
      "policy.toml:9:1: warning: mail that block \"b\" classifies is malformed unless it has X-MC-Amount: "
      "\"a.two\" requires it"));
}

BOOST_AUTO_TEST_CASE(a_block_is_read_aloud) {
  PolicyPtr policy =
      load(with("when = { sender = \"pay@*\" }\nunless = { subject = \"Re: *\" }\nexpires = 2027-01-01\n"
                "enabled = false\n" +
                to_one));
  BOOST_TEST(show_classifier(*policy, ClassifierIndex(1)) ==
             "b (line 6): if sender like pay@*, unless subject like Re: *: a.one; until "
             "2027-01-01T00:00:00.000Z; switched off.");
}

BOOST_AUTO_TEST_SUITE_END()
