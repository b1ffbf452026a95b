#include "rules/decide.h"

#include "rules/record.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

std::string const types =
    "\"t.open\" = { tab = \"alerts\", label = \"Open\" }\n"
    "\"t.off\" = { tab = \"alerts\", label = \"Off\", email = \"off\" }\n"
    "\"t.lock\" = { tab = \"alerts\", label = \"Lock\", email = \"always\" }\n"
    "\"t.never\" = { tab = \"alerts\", label = \"Never\", folder = \"never\" }\n"
    "\"t.must\" = { tab = \"tickets\", label = \"Must\", drop = false }\n"
    "\"t.time\" = { tab = \"alerts\", label = \"Time\", requires = [\"time\", \"subject\", \"header:X-Id\"] "
    "}";

std::string rule(std::string const& name, std::string const& kind, std::string const& body) {
  return "[[rule]]\nname = \"" + name + "\"\nkind = \"" + kind + "\"\nwhy = \"x\"\n" + body + "\n";
}

Choices choose(std::string_view scope, std::optional<bool> email, std::optional<bool> folder) {
  Choices choices;
  choices.set(*parse_scope(scope), {email, folder, {}, ChoiceSource::admin});
  return choices;
}

// The layers' names for one field: the winner, then what lost.
std::string layers(Decision const& d, Field field) {
  std::string out(to_string(d.get(field).won.layer));
  for (Verdict const& v : d.get(field).losers()) out += " " + std::string(to_string(v.layer));
  return out;
}

// Whether one `when` holds, seen through a rule that would send an email that is otherwise off.
bool holds_when(std::string const& conditions, Facts const& facts, Person const& person = jane()) {
  PolicyPtr policy = load(
      policy_text(types, rule("r", "override", "when = { " + conditions + " }\nset = { email = true }")));
  Facts off = facts;
  off.type = "t.off";
  return decide(*policy, off, person, {}).email.value();
}

class FixedOffset : public Zones {
 public:
  std::optional<std::chrono::minutes> offset(std::string_view zone, Time) const override {
    if (zone == "Asia/Kolkata") return std::chrono::minutes(330);
    if (zone == "America/New_York") return std::chrono::minutes(-300);
    return std::nullopt;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(deciding)

BOOST_AUTO_TEST_CASE(each_layer_speaks_before_the_next) {
  std::string const yes = "when = {}\nset = { email = true }", no = "when = {}\nset = { email = false }";
  std::string text = policy_text(types, rule("o1", "override", no) + rule("o2", "override", yes) +
                                            rule("d1", "default", yes) + rule("d2", "default", no));
  PolicyPtr policy = load(text);
  Choices both = choose("type:t.open", true, std::nullopt);
  both.set(*parse_scope("tab:alerts"), {false, std::nullopt, {}, ChoiceSource::web});
  Decision d = decide(*policy, message("t.open"), jane(), both);
  BOOST_TEST(layers(d, Field::email) ==
             "override-rule override-rule type-choice tab-choice default-rule default-rule type-default");
  BOOST_TEST(layers(d, Field::folder) == "type-default");
  Decision locked = decide(*policy, message("t.lock"), jane(), choose("type:t.lock", false, std::nullopt));
  BOOST_TEST(layers(locked, Field::email) ==
             "type-lock override-rule override-rule type-choice default-rule default-rule");
  BOOST_TEST(locked.email.value());
  Person nobody = jane();
  nobody.address = AddressState::missing;
  Decision unsafe = decide(*policy, message("t.lock"), nobody, {});
  BOOST_TEST(layers(unsafe, Field::email) ==
             "safety type-lock override-rule override-rule default-rule default-rule");
}

BOOST_AUTO_TEST_CASE(an_even_locked_rule_passes_the_lock_and_others_do_not) {
  std::string text =
      policy_text(types, rule("plain", "override", "when = {}\nset = { email = true }") +
                             rule("master", "override",
                                  "when = { urgent = true }\neven_locked = true\nset = { email = false }"));
  PolicyPtr policy = load(text);
  Facts urgent = message("t.lock");
  BOOST_TEST(decide(*policy, urgent, jane(), {}).email.value());
  urgent.urgent = true;
  Decision d = decide(*policy, urgent, jane(), {});
  BOOST_TEST(!d.email.value());
  BOOST_TEST(layers(d, Field::email) == "override-rule type-lock override-rule");
  urgent.type = "t.open";  // without a lock it keeps its place in the order
  BOOST_TEST(decide(*policy, urgent, jane(), {}).email.value());
}

BOOST_AUTO_TEST_CASE(a_field_that_a_choice_leaves_open_follows_the_rest) {
  PolicyPtr policy = load(policy_text(types));
  Choices choices = choose("type:t.open", std::nullopt, false);
  choices.set(*parse_scope("tab:alerts"), {false, true, {}, ChoiceSource::web});
  Decision d = decide(*policy, message("t.open"), jane(), choices);
  BOOST_TEST(!d.email.value());
  BOOST_TEST(!d.folder.value());  // both by the user himself, over two scopes
}

BOOST_AUTO_TEST_CASE(a_choice_behind_a_lock_comes_back_when_the_lock_goes) {
  Choices choices = choose("type:t.lock", false, true);
  PolicyPtr locked = load(policy_text(types));
  BOOST_TEST(decide(*locked, message("t.lock"), jane(), choices).email.value());
  std::string open = types;
  open.replace(open.find("email = \"always\""), 16, "email = \"on\"    ");
  BOOST_TEST(!decide(*load(policy_text(open)), message("t.lock"), jane(), choices).email.value());
}

BOOST_AUTO_TEST_CASE(if_nothing_remains_the_folder_gets_it_unless_the_user_chose_so) {
  std::string none =
      rule("none", "override", "when = { type = \"t.open\" }\nset = { email = false, folder = false }");
  PolicyPtr policy = load(policy_text(types, none));
  struct Row {
    std::string_view type;
    std::optional<bool> email, folder;
    AddressState address;
    bool in_folder;
  };
  for (Row const& row : {Row{"t.open", {}, {}, AddressState::verified, true},      // by rules alone
                         {"t.open", false, false, AddressState::verified, false},  // as the user wants
                         {"t.off", {}, false, AddressState::verified, true},       // he chose half of it
                         {"t.must", false, false, AddressState::verified, true},   // drop = false
                         {"t.never", {}, {}, AddressState::suppressed, true},      // even a locked folder
                         {"t.off", true, false, AddressState::unverified, true},
                         {"t.off", false, false, AddressState::ours, false}})
    BOOST_TEST_CONTEXT(row.type) {
      Choices choices = choose("type:" + std::string(row.type), row.email, row.folder);
      Person person = jane();
      person.address = row.address;
      Decision d = decide(*policy, message(row.type), person, choices);
      BOOST_TEST(!d.email.value());
      BOOST_TEST(d.folder.value() == row.in_folder);
      BOOST_TEST((d.folder.won.reason == Reason::nothing_left) == row.in_folder);
    }
}

BOOST_AUTO_TEST_CASE(each_required_field_is_missed) {
  PolicyPtr policy = load(policy_text(types));
  std::pair<std::string_view, std::string_view> const headers[] = {{"x-id", "7"}};
  Facts facts = message("t.time");
  facts.subject = "Hello";
  facts.headers = headers;
  BOOST_TEST(!decide(*policy, facts, jane(), {}).malformed);
  auto missing = [&](auto change) {
    Facts changed = facts;
    change(changed);
    Decision d = decide(*policy, changed, jane(), {});
    return d.malformed ? write_required(policy->type(d.type).required[d.missing]) : std::string("nothing");
  };
  BOOST_TEST(missing([](Facts& f) { f.time.reset(); }) == "time");
  BOOST_TEST(missing([](Facts& f) { f.subject = " "; }) == "subject");
  BOOST_TEST(missing([](Facts& f) { f.headers = {}; }) == "header:X-Id");
}

BOOST_AUTO_TEST_CASE(an_amount_that_makes_no_sense_is_reported_and_matches_nothing) {
  PolicyPtr policy = load(policy_text(
      types,
      rule("r", "override",
           "when = { amount = { less_than = { \"*\" = \"5\" } } }\nset = { email = false }") +
          rule(
              "s", "override",
              "when = {}\nunless = { amount = { at_least = { \"*\" = \"0\" } } }\nset = { folder = true }")));
  Decision d = decide(*policy, message("t.open", "1,0 USD"), jane(), {});
  BOOST_TEST(d.unparsable_amount);
  BOOST_TEST(d.report);
  BOOST_TEST(!d.malformed);
  BOOST_TEST(d.email.value());
  BOOST_TEST((d.folder.won.layer == Layer::override_rule));  // unless does not hold by accident
}

BOOST_AUTO_TEST_CASE(every_condition_holds_for_what_it_says_and_for_nothing_else) {
  Facts facts = message("t.off", "10.00 EUR");
  facts.size = 1024;
  facts.subject = "Your Offer";
  facts.source = Submitter::agent;
  std::pair<std::string_view, std::string_view> const headers[] = {{"List-ID", "<news.x>"},
                                                                   {"list-id", "<other>"}};
  facts.headers = headers;
  FixedOffset zones;
  facts.zones = &zones;  // arrival: Monday 12:00 UTC
  std::vector<std::string> const groups{"beta", "staff"};
  Person person = jane();  // one day old
  person.groups = groups;
  person.zone = "Asia/Kolkata";  // 17:30
  struct Row {
    std::string conditions;
    bool expected;
  };
  for (Row const& row : {
           Row{"", true},
           {"type = \"t.o*\"", true},
           {"type = [\"t.open\", \"t.must\"]", false},
           {"type = [\"t.open\", \"t.OFF\"]", true},
           {"tab = \"alerts\"", true},
           {"tab = [\"inbox\", \"alerts\"]", true},
           {"tab = \"inbox\"", false},
           {"urgent = false", true},
           {"urgent = true", false},
           {"source = \"agent\"", true},
           {"source = [\"user\", \"platform\"]", false},
           {"amount = { at_least = { EUR = \"10.00\", \"*\" = \"99\" } }", true},
           {"amount = { at_least = { EUR = \"10.0001\", \"*\" = \"1\" } }", false},
           {"amount = { at_least = { USD = \"1\" } }", false},
           {"amount = { at_least = { \"*\" = \"10\" } }", true},
           {"amount = { less_than = { \"*\" = \"10\" } }", false},
           {"amount = { at_least = { \"*\" = \"9\" }, less_than = { EUR = \"10.01\", \"*\" = \"9.5\" } }",
            true},
           {"account_age = { at_least = \"1d\" }", true},
           {"account_age = { less_than = \"1d\" }", false},
           {"account_age = { at_least = \"23h\", less_than = \"25h\" }", true},
           {"size = { at_least = \"1KiB\" }", true},
           {"size = { less_than = 1024 }", false},
           {"group = \"staff\"", true},
           {"group = [\"x\", \"beta\"]", true},
           {"group = \"Beta\"", false},
           {"subject = \"*offer*\"", true},
           {"subject = \"offer\"", false},
           {"header = { List-Id = \"*other*\" }", true},
           {"header = { List-Id = [\"x\", \"<news.?>\"] }", true},
           {"header = { List-Id = \"*news*\", X-No = \"*\" }", false},
           {"header = { X-No = \"*\" }", false},
           {"schedule = { days = \"mon\" }", true},
           {"schedule = { days = [\"sat\", \"sun\"] }", false},
           {"schedule = { from = 17:30:00, until = 17:31:00 }", true},
           {"schedule = { from = 12:00:00, until = 13:00:00 }", false},
           {"schedule = { from = 12:00:00, until = 13:00:00, zone = \"UTC\" }", true},
           {"schedule = { from = 22:00:00, until = 08:00:00, zone = \"America/New_York\" }", true},
           {"schedule = { from = 00:00:00, until = 23:59:00, zone = \"Mars/Base\" }", false},
           {"older_than = \"1s\"", false},
           {"urgent = false, source = \"agent\", group = \"x\"", false},
       })
    BOOST_TEST_CONTEXT(row.conditions) BOOST_TEST(holds_when(row.conditions, facts, person) == row.expected);
}

BOOST_AUTO_TEST_CASE(missing_data_matches_nothing) {
  Facts facts;
  facts.arrival = at("2026-11-23T12:00:00Z");
  Person person;
  person.zone = "Nowhere/Known";
  for (std::string conditions :
       {"amount = { at_least = { \"*\" = \"0\" } }", "amount = { less_than = { \"*\" = \"9\" } }",
        "older_than = \"0s\"", "account_age = { less_than = \"99y\" }", "account_age = { at_least = \"0s\" }",
        "group = \"*\"", "subject = \"*\"", "header = { Subject = \"*\" }",
        "schedule = { days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"] }"})
    BOOST_TEST_CONTEXT(conditions) BOOST_TEST(!holds_when(conditions, facts, person));
}

BOOST_AUTO_TEST_CASE(an_expired_or_disabled_rule_is_silent) {
  auto email = [](std::string const& key) {
    PolicyPtr policy =
        load(policy_text(types, rule("r", "override", key + "\nwhen = {}\nset = { email = true }")));
    return decide(*policy, message("t.off"), jane(), {}).email.value();  // arrives 2026-11-23 at noon
  };
  BOOST_TEST(email("expires = 2026-11-23T12:00:01Z"));
  BOOST_TEST(!email("expires = 2026-11-23T12:00:00Z"));
  BOOST_TEST(!email("expires = 2026-11-23T13:00:00+01:00"));
  BOOST_TEST(!email("enabled = false"));
}

BOOST_AUTO_TEST_CASE(type_globs_never_match_a_type_that_is_not_in_the_catalogue) {
  PolicyPtr policy = load(
      policy_text(types, rule("r", "override", "when = { type = \"*\" }\nset = { email = false }") +
                             rule("s", "default", "when = { tab = \"updates\" }\nset = { email = false }")));
  Decision d = decide(*policy, message("no.such"), jane(), {});
  BOOST_TEST((d.email.won.layer == Layer::default_rule));
}

BOOST_AUTO_TEST_CASE(timing_takes_the_first_rule_that_sets_it_and_urgent_takes_none) {
  PolicyPtr policy = load(policy_text(
      types, rule("d", "default",
                  "when = {}\nset = { send = { from = 01:00:00, until = 02:00:00 }, email_if_unread_after = "
                  "\"1h\" }") +
                 rule("o", "override",
                      "when = { group = \"x\" }\nset = { send = { from = 03:00:00, until = 04:00:00 } }")));
  Timing weak = decide(*policy, message("t.open"), jane(), {}).timing;
  BOOST_TEST((weak.window_rule == RuleIndex(1) && weak.unread_rule == RuleIndex(1)));
  BOOST_TEST(weak.unread_delay.count() == 3'600'000);
  std::vector<std::string> const groups{"x"};
  Person person = jane();
  person.groups = groups;
  BOOST_TEST((decide(*policy, message("t.open"), person, {}).timing.window_rule == RuleIndex(2)));
  Facts urgent = message("t.open");
  urgent.urgent = true;
  Timing now = decide(*policy, urgent, person, {}).timing;
  BOOST_TEST((now.urgent && !now.window_rule && now.unread_delay.count() == 0));
  BOOST_TEST((decide(*policy, urgent, jane(), choose("type:t.open", false, true)).timing == Timing{}));
}

BOOST_AUTO_TEST_CASE(more_losers_than_there_is_room_for_keep_the_strongest) {
  std::string many;
  for (int i = 0; i < 20; ++i)
    for (std::string kind : {"override", "default"})
      many +=
          rule(kind + std::to_string(i), kind,
               "when = { size = { less_than = " + std::to_string(100 + i) + " } }\nset = { email = true }");
  PolicyPtr policy = load(policy_text(types, many));
  Choices choices = choose("type:t.open", false, {});
  choices.set(*parse_scope("tab:alerts"), {false, {}, {}, ChoiceSource::web});
  Person person = jane();
  person.address = AddressState::suppressed;
  Decision d = decide(*policy, message("t.open"), person, choices);
  BOOST_TEST(
      layers(d, Field::email) ==
      "safety override-rule override-rule override-rule type-choice tab-choice default-rule default-rule "
      "default-rule type-default");
}

BOOST_AUTO_TEST_SUITE_END()
