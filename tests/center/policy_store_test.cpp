#include "center/policy_store.h"

#include <boost/test/unit_test.hpp>

#include "tests/center/fixture.h"

namespace mc::center {

namespace {

// One type and room for rules; line 5 is the type's.
std::string small_policy(std::string_view email = "on") {
  return "format = 1\n"
         "[unclassified]\n"
         "folder = \"always\"\n"
         "[type]\n"
         "\"rate.raised\" = { tab = \"alerts\", label = \"Rate raised\", email = \"" +
         std::string(email) + "\" }\n";
}

std::string case_of(std::string_view email) {
  return "now = 2026-11-23T12:00:00Z\n[[test]]\nname = \"a raise\"\nmessage = { type = \"rate.raised\" }\nexpect = { email = " + std::string(email) +
         " }\n";
}

PolicyCandidate candidate(std::string text, std::string tests = {}) {
  PolicyCandidate c;
  c.text = std::move(text);
  c.file = "policy.toml";
  c.tests = std::move(tests);
  c.tests_file = "policy.tests.toml";
  c.author = "ann";
  c.why = "because";
  return c;
}

struct StoreFixture : CenterFixture {
  store::PolicyText latest() {
    auto found = store->read([](store::Snapshot const& s) { return store::latest_policy(s); });
    BOOST_REQUIRE(found.has_value());
    return *found;
  }
  store::PolicyFileMarks marks() {
    return store->read([](store::Snapshot const& s) { return store::find_policy_file_marks(s); });
  }
  std::string refused(PolicyCandidate const& c) {
    auto installed = apply_policy(context, c);
    BOOST_REQUIRE(!installed.has_value());
    BOOST_TEST((installed.error().code == Errc::syntax));
    return installed.error().text;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(policy_store_test, StoreFixture)

BOOST_AUTO_TEST_CASE(a_new_text_is_the_next_version_with_who_and_why_and_runs_at_once) {
  auto before = policy.get().version;
  clock.advance(std::chrono::minutes(5));
  auto installed = apply_policy(context, candidate(small_policy()));
  BOOST_REQUIRE(installed.has_value());
  BOOST_TEST(installed->is_new);
  BOOST_TEST((installed->version == before.next()));
  BOOST_TEST((installed->policy->version() == installed->version));
  BOOST_TEST((policy.get().version == installed->version));
  auto stored = latest();
  BOOST_TEST(stored.text == small_policy());
  BOOST_TEST(stored.author == "ann");
  BOOST_TEST(stored.why == "because");
  BOOST_TEST((stored.at == clock.now()));
}

BOOST_AUTO_TEST_CASE(the_same_text_and_cases_make_no_new_version) {
  auto first = apply_policy(context, candidate(small_policy()));
  auto again = apply_policy(context, candidate(small_policy()));
  BOOST_REQUIRE(first && again);
  BOOST_TEST(!again->is_new);
  BOOST_TEST((again->version == first->version));
  BOOST_TEST((latest().version == first->version));
}

BOOST_AUTO_TEST_CASE(an_older_text_is_a_new_version_again) {
  auto first = apply_policy(context, candidate(small_policy("on")));
  auto second = apply_policy(context, candidate(small_policy("off")));
  auto third = apply_policy(context, candidate(small_policy("on")));
  BOOST_REQUIRE(first && second && third);
  BOOST_TEST((third->version == second->version.next()));
  BOOST_TEST((first->version < second->version));
}

BOOST_AUTO_TEST_CASE(a_text_with_an_error_changes_nothing_and_is_answered_with_line_caret_and_guess) {
  auto before = latest();
  std::string text = small_policy();
  text.replace(text.find("label"), 5, "labl");
  std::string said = refused(candidate(text));
  BOOST_TEST(said.find("policy.toml:5:35: error: unknown key") != said.npos, said);
  BOOST_TEST(said.find("^") != said.npos, said);
  BOOST_TEST(said.find("label") != said.npos, said);
  BOOST_TEST((latest().version == before.version));
  BOOST_TEST((policy.get().version == before.version));
}

BOOST_AUTO_TEST_CASE(cases_are_run_before_a_text_takes_force) {
  auto good = apply_policy(context, candidate(small_policy("on"), case_of("true")));
  BOOST_REQUIRE_MESSAGE(good.has_value(), (good ? std::string() : good.error().text));
  BOOST_TEST(good->cases == 1u);
  BOOST_TEST(latest().tests == case_of("true"));
  std::string said = refused(candidate(small_policy("off"), case_of("true")));
  BOOST_TEST(said.find("policy.tests.toml:2: a raise") != said.npos, said);
  BOOST_TEST((latest().version == good->version));
}

BOOST_AUTO_TEST_CASE(a_broken_cases_file_refuses_the_policy_too) {
  std::string said = refused(candidate(small_policy(), "[[test]]\nnam = \"x\"\n"));
  BOOST_TEST(said.find("policy.tests.toml:2:1: error: ") != said.npos, said);
}

BOOST_AUTO_TEST_CASE(other_cases_with_the_same_text_are_a_new_version) {
  auto first = apply_policy(context, candidate(small_policy()));
  auto second = apply_policy(context, candidate(small_policy(), case_of("true")));
  BOOST_REQUIRE(first && second);
  BOOST_TEST((second->version == first->version.next()));
}

BOOST_AUTO_TEST_CASE(who_and_why_are_one_line_of_text_within_limits) {
  for (std::string why : {std::string(), std::string(max_policy_why + 1, 'x'), std::string("two\nlines"), std::string("\xff")}) {
    PolicyCandidate c = candidate(small_policy());
    c.why = why;
    BOOST_TEST(refused(c).find("reason") != std::string::npos);
  }
  PolicyCandidate c = candidate(small_policy());
  c.author.clear();
  BOOST_TEST(refused(c).find("author") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_text_past_the_limit_is_refused) {
  std::string said = refused(candidate(small_policy() + std::string(rules::max_policy_octets, '#')));
  BOOST_TEST(!said.empty());
}

BOOST_AUTO_TEST_CASE(warnings_are_handed_back_and_do_not_refuse) {
  auto installed = apply_policy(context, candidate(small_policy() + "\"other.thing\" = { tab = \"alerts\" }\n"));
  BOOST_REQUIRE(installed.has_value());
  BOOST_TEST(installed->warnings.find("policy.toml:6:") != std::string::npos, installed->warnings);
}

BOOST_AUTO_TEST_CASE(the_mark_of_the_file_is_remembered_with_what_was_installed_only) {
  PolicyCandidate c = candidate(small_policy());
  c.file_mark = make_file_mark(c.text, c.tests);
  BOOST_REQUIRE(apply_policy(context, c).has_value());
  BOOST_TEST(marks().loaded == c.file_mark);
  BOOST_REQUIRE(apply_policy(context, candidate(small_policy("off"))).has_value());
  BOOST_TEST(marks().loaded == c.file_mark);  // not the file's text: nothing to remember
  PolicyCandidate bad = candidate("format = 2\n");
  bad.file_mark = make_file_mark(bad.text, {});
  refused(bad);
  BOOST_TEST(marks().loaded == c.file_mark);
}

BOOST_AUTO_TEST_CASE(file_marks_differ_whenever_text_or_cases_do) {
  BOOST_TEST(make_file_mark("a", "b") == make_file_mark("a", "b"));
  BOOST_TEST(make_file_mark("a", "b") != make_file_mark("ab", ""));
  BOOST_TEST(make_file_mark("a", "b") != make_file_mark("a", "c"));
  BOOST_TEST(make_file_mark("1:a", "") != make_file_mark("a", ""));
}

BOOST_AUTO_TEST_CASE(of_two_versions_installed_side_by_side_the_later_one_runs_whoever_comes_last) {
  auto older = install_policy(*store, zones, candidate(small_policy("on")));
  auto newer = install_policy(*store, zones, candidate(small_policy("off")));
  BOOST_REQUIRE(older && newer);
  policy.swap(*newer);
  policy.swap(*older);
  BOOST_TEST((policy.get().version == newer->version));
}

BOOST_AUTO_TEST_CASE(versions_are_listed_newest_first_with_what_is_in_them) {
  BOOST_REQUIRE(apply_policy(context, candidate(small_policy("on"))).has_value());
  BOOST_REQUIRE(apply_policy(context, candidate(small_policy("off"))).has_value());
  auto lines = list_policy_versions(*store, 2);
  BOOST_REQUIRE_EQUAL(lines.size(), 2u);
  BOOST_TEST((lines[0].version == latest().version));
  BOOST_TEST(lines[0].in_force);
  BOOST_TEST(!lines[1].in_force);
  BOOST_TEST(lines[0].types == 1u);
  BOOST_TEST(lines[0].rules == 0u);
  BOOST_TEST(lines[0].author == "ann");
  BOOST_TEST(list_policy_versions(*store, 100).size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_newest_version_is_in_force_after_a_restart) {
  auto installed = apply_policy(context, candidate(small_policy("off")));
  BOOST_REQUIRE(installed.has_value());
  auto stored = load_stored_policy(*store);
  BOOST_REQUIRE(stored.has_value());
  BOOST_TEST((stored->version == installed->version));
  BOOST_TEST((stored->policy->types()[1].email == rules::Setting::off));
}

BOOST_AUTO_TEST_CASE(every_version_is_found_again_and_no_other) {
  auto installed = apply_policy(context, candidate(small_policy()));
  BOOST_REQUIRE(installed.has_value());
  store->read([&](store::Snapshot const& s) {
    BOOST_TEST((find_policy_version(s, installed->version)->find_type("rate.raised") != rules::TypeIndex()));
    BOOST_TEST((find_policy_version(s, installed->version.next()) == nullptr));
    return 0;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::center
