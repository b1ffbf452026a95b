#include "center/replay.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/center/fixture.h"

namespace mc::center {

namespace {

struct ReplayFixture : CenterFixture {
  std::string const shipped = read_whole(MC_SOURCE_DIR "/rules/policy.toml");

  static std::string mail(std::string_view type, std::string_view subject, std::string_view fields = {}) {
    static int number = 0;
    return "From: Market <noreply@example.test>\r\nTo: x@example.test\r\nSubject: " + std::string(subject) +
           "\r\nMessage-ID: <m" + std::to_string(++number) + "@app.example.test>\r\nX-MC-Type: " + std::string(type) +
           "\r\n" + std::string(fields) + "\r\nText.\r\n";
  }
  void deliver(std::string login, std::string octets) {
    auto done = accept(from_platform({login + "@example.test"}), std::move(octets));
    BOOST_REQUIRE(done.size() == 1 && done[0].has_value());
  }
  // The shipped policy with `old` replaced by `fresh`.
  rules::PolicyPtr changed(std::string_view old, std::string_view fresh) {
    std::string text = shipped;
    auto at = text.find(old);
    BOOST_REQUIRE(at != std::string::npos);
    return parse(text.replace(at, old.size(), fresh));
  }
  rules::PolicyPtr parse(std::string const& text) {
    rules::PolicyLoad load = rules::parse_policy(text, "new.toml");
    BOOST_REQUIRE_MESSAGE(load, rules::write_problems(load.problems, "new.toml", text));
    return load.policy;
  }
  std::string line_of(std::string_view part) {
    auto at = shipped.find(part);
    return std::to_string(1 + std::count(shipped.begin(), shipped.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  ReplayReport replayed(rules::PolicyPtr const& next, Millis span = std::chrono::hours(24 * 7), std::size_t samples = 10) {
    ReplayOptions options;
    options.since = clock.now() - span;
    options.samples = samples;
    return replay(*store, *next, zones, options);
  }
  ReplayChange const& change(ReplayReport const& report, std::string_view field) {
    for (ReplayChange const& c : report.changes)
      if (c.field == field) return c;
    throw std::runtime_error("no such change");
  }
};

constexpr std::string_view hire = "\"hire.confirmed\"         = { tab = \"alerts\",  label = \"Hire confirmed\"";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replay_test, ReplayFixture)

BOOST_AUTO_TEST_CASE(the_same_policy_decides_everything_as_before) {
  for (int i = 0; i < 5; ++i) deliver("jane", mail("hire.confirmed", "Hired"));
  deliver("bob", mail("payment.sent", "Paid", "X-MC-Amount: 1000.00 USD\r\n"));
  deliver("bob", mail("payment.sent", "Malformed"));
  deliver("bob", mail("foo.bar", "Unknown"));
  auto report = replayed(parse(shipped));
  BOOST_TEST(report.decided == decisions(jane).size() + decisions(bob).size() + decisions(admin).size());
  BOOST_TEST(report.changed == 0u);
  BOOST_TEST(report.changes.empty());
  BOOST_TEST(report.choices_of_today == 0u);
  BOOST_TEST(report.unreadable == 0u);
}

BOOST_AUTO_TEST_CASE(what_differs_is_counted_by_change_type_and_cause) {
  for (int i = 0; i < 3; ++i) deliver("jane", mail("hire.confirmed", "Hired"));
  for (int i = 0; i < 2; ++i) deliver("jane", mail("rate.raised", "Raised"));
  auto report = replayed(changed(hire, std::string(hire) + ", email = \"off\""));
  BOOST_TEST(report.decided == 5u);
  BOOST_TEST(report.changed == 3u);
  BOOST_REQUIRE_EQUAL(report.changes.size(), 1u);
  BOOST_TEST(report.changes[0].field == "email");
  BOOST_TEST(report.changes[0].from == "on");
  BOOST_TEST(report.changes[0].to == "off");
  BOOST_TEST(report.changes[0].count == 3u);
  BOOST_TEST(report.changes[0].types.at("hire.confirmed") == 3u);
  BOOST_TEST(report.changes[0].causes.at("type default -> type default (new.toml:" + line_of(hire) + ")") == 3u);
}

BOOST_AUTO_TEST_CASE(a_rule_that_causes_a_change_is_named_with_its_line) {
  for (int i = 0; i < 4; ++i) deliver("jane", mail("hire.confirmed", "Hired"));
  std::string text = shipped;
  auto first = text.find("[[rule]]");
  auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(first), '\n');
  text.insert(first, "[[rule]]\nname = \"no-hires\"\nkind = \"override\"\nwhen = { type = \"hire.*\" }\n"
                     "set = { email = false }\nwhy = \"Test.\"\n\n");
  auto report = replayed(parse(text));
  std::string cause = "type default -> rule no-hires (new.toml:" + std::to_string(line) + ")";
  BOOST_TEST(change(report, "email").causes.at(cause) == 4u);
}

BOOST_AUTO_TEST_CASE(samples_say_who_what_and_why_and_are_few) {
  for (int i = 0; i < 20; ++i) deliver("jane", mail("hire.confirmed", "Hired " + std::to_string(i)));
  auto next = changed(hire, std::string(hire) + ", email = \"off\"");
  auto report = replayed(next);
  BOOST_REQUIRE_EQUAL(report.samples.size(), 3u);  // of one cause
  BOOST_TEST(report.samples[0].login == "jane");
  BOOST_TEST(report.samples[0].type == "hire.confirmed");
  BOOST_TEST(report.samples[0].subject == "Hired 19");
  BOOST_TEST(report.samples[0].was_why == "type default");
  BOOST_TEST(replayed(next, std::chrono::hours(1), 2).samples.size() == 2u);
  std::string said = write_report(report);
  BOOST_TEST(said.find("email on -> off: 20 (hire.confirmed 20)") != said.npos, said);
}

BOOST_AUTO_TEST_CASE(samples_are_of_different_messages_and_types) {
  for (int i = 0; i < 3; ++i)
    accept(from_platform({"jane@example.test", "bob@example.test"}), mail("hire.confirmed", "Hired " + std::to_string(i)));
  deliver("jane", mail("rate.raised", "Raised"));
  auto report = replayed(changed("email  = \"on\"", "email  = \"off\""));
  std::vector<std::string> subjects;
  for (ReplaySample const& sample : report.samples) subjects.push_back(sample.subject);
  std::vector<std::string> const expected{"Raised", "Hired 2", "Hired 1", "Hired 0"};
  BOOST_TEST(subjects == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_the_time_asked_for_is_looked_at) {
  deliver("jane", mail("hire.confirmed", "Old"));
  clock.advance(std::chrono::hours(24 * 8));
  deliver("jane", mail("hire.confirmed", "New"));
  auto next = changed(hire, std::string(hire) + ", email = \"off\"");
  BOOST_TEST(replayed(next).decided == 1u);
  BOOST_TEST(replayed(next, std::chrono::hours(24 * 9)).decided == 2u);
  BOOST_TEST(replayed(next, std::chrono::minutes(1)).decided == 1u);
}

BOOST_AUTO_TEST_CASE(the_clock_of_a_rule_is_that_of_the_arrival) {
  deliver("jane", mail("hire.confirmed", "Late", "X-MC-Time: 2026-11-20T11:00:00Z\r\n"));
  clock.advance(std::chrono::hours(24));
  deliver("jane", mail("hire.confirmed", "In time", "X-MC-Time: 2026-11-24T11:00:00Z\r\n"));
  clock.advance(std::chrono::hours(24 * 5));
  auto report = replayed(changed("older_than = \"48h\"", "older_than = \"96h\""));
  BOOST_TEST(report.decided == 2u);
  BOOST_TEST(change(report, "email").count == 1u);
  BOOST_TEST(change(report, "email").to == "on");
}

BOOST_AUTO_TEST_CASE(choices_count_as_they_stood_then) {
  choose(jane, "type:hire.confirmed", "center");
  deliver("jane", mail("hire.confirmed", "Chosen"));
  choose(jane, "type:hire.confirmed", "default");
  deliver("jane", mail("hire.confirmed", "Not chosen"));
  auto report = replayed(changed(hire, std::string(hire) + ", email = \"always\""));
  BOOST_TEST(report.changed == 1u);
  BOOST_TEST(change(report, "email").causes.count("your choice for hire.confirmed -> type lock (new.toml:" + line_of(hire) + ")") == 1u);
}

BOOST_AUTO_TEST_CASE(a_type_that_is_new_in_the_catalogue_is_a_change_of_type) {
  deliver("jane", mail("refund.sent", "Refund"));
  choose(jane, "tab:alerts", "center");
  auto next = changed("[type]\n", "[type]\n\"refund.sent\" = { tab = \"alerts\", label = \"Refund\" }\n");
  auto report = replayed(next);
  BOOST_TEST(change(report, "type").from == "unclassified");
  BOOST_TEST(change(report, "type").to == "refund.sent");
  BOOST_TEST(change(report, "tab").from == "updates");
  BOOST_TEST(report.choices_of_today >= 1u);
  BOOST_TEST(change(report, "email").to == "off");  // today's choice for the tab
}

BOOST_AUTO_TEST_CASE(a_renamed_type_keeps_the_choice_of_its_old_name) {
  choose(jane, "type:rate.raised", "center");
  deliver("jane", mail("rate.raised", "Raised"));
  choose(jane, "type:rate.raised", "default");
  std::string text = shipped;
  text.replace(text.find("\"rate.raised\""), 13, "\"rate.risen\"");
  BOOST_TEST(change(replayed(parse(text)), "type").to == "unclassified");
  text.insert(text.find("\"hire.started\" = "), "\"rate.raised\" = \"rate.risen\"\n");
  auto report = replayed(parse(text));
  BOOST_TEST(change(report, "type").to == "rate.risen");
  BOOST_TEST(report.changes.size() == 1u);  // by email it is no, as it was
  BOOST_TEST(report.choices_of_today == 0u);
}

BOOST_AUTO_TEST_CASE(plain_mail_is_given_a_type_by_the_new_blocks) {
  std::string plain = mail("x", "Your invoice 7");
  plain.erase(plain.find("X-MC-Type: x\r\n"), 14);
  deliver("jane", plain);
  auto next = changed("[type]\n", "[[classify]]\nname = \"invoices\"\nwhen = { subject = \"*invoice*\", sender = \"noreply@*\" }\n"
                                  "set = { type = \"invoice.issued\" }\n\n[type]\n");
  auto report = replayed(next);
  BOOST_TEST(change(report, "type").from == "unclassified");
  BOOST_TEST(change(report, "type").to == "invoice.issued");
  BOOST_TEST(report.without_content == 0u);
}

BOOST_AUTO_TEST_CASE(a_field_newly_required_makes_messages_malformed) {
  deliver("jane", mail("hire.confirmed", "Hired"));
  auto report = replayed(changed(hire, std::string(hire) + ", requires = [\"amount\"]"));
  BOOST_TEST(change(report, "malformed").to == "yes");
}

BOOST_AUTO_TEST_CASE(subject_and_headers_come_from_the_message_while_it_is_stored) {
  deliver("jane", mail("hire.confirmed", "An offer", "X-Campaign: autumn\r\n"));
  deliver("jane", mail("hire.confirmed", "Other", "X-Campaign:\r\n autumn\r\n"));
  std::string rule = "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhen = { header = { X-Campaign = \"autumn\" } }\n"
                     "set = { email = false }\nwhy = \"Test.\"\n\n[[rule]]\nname = \"large";
  auto by_header = replayed(changed("[[rule]]\nname = \"large", rule));
  BOOST_TEST(change(by_header, "email").count == 2u);
  BOOST_TEST(by_header.without_content == 0u);
  rule.replace(rule.find("header = { X-Campaign = \"autumn\" }"), 34, "subject = \"*offer*\"");
  BOOST_TEST(change(replayed(changed("[[rule]]\nname = \"large", rule)), "email").count == 1u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_decided_exactly_because_the_message_is_gone_is_counted) {
  choose(jane, "type:hire.confirmed", "none");
  deliver("jane", mail("hire.confirmed", "Nowhere", "X-Campaign: autumn\r\n"));
  deliver("bob", mail("hire.confirmed", "Here", "X-Campaign: autumn\r\n"));
  std::string rule = "[[rule]]\nname = \"r\"\nkind = \"override\"\nwhen = { header = { X-Campaign = \"autumn\" } }\n"
                     "set = { email = true }\nwhy = \"Test.\"\n\n[[rule]]\nname = \"large";
  auto report = replayed(changed("[[rule]]\nname = \"large", rule));
  BOOST_TEST(report.decided == 2u);
  BOOST_TEST(report.without_content == 1u);
  std::string said = write_report(report);
  BOOST_TEST(said.find("could not be decided again exactly") != said.npos, said);
  BOOST_TEST(replayed(parse(shipped)).without_content == 0u);  // nothing asked, nothing missed
}

BOOST_AUTO_TEST_CASE(records_of_several_policy_versions_are_read_with_their_own) {
  deliver("jane", mail("hire.confirmed", "First"));
  std::string text = shipped;
  text.replace(text.find(hire), hire.size(), std::string(hire) + ", email = \"off\"");
  policy.swap(install(text));
  deliver("jane", mail("hire.confirmed", "Second"));
  auto report = replayed(parse(shipped));
  BOOST_TEST(report.changed == 1u);
  BOOST_TEST(report.samples.at(0).subject == "Second");
}

BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_read_is_left_out_and_counted) {
  deliver("jane", mail("hire.confirmed", "Damaged"));
  deliver("jane", mail("hire.confirmed", "Whole"));
  auto records = decisions(jane);
  auto damage = [&](store::Transaction& tx) -> Result<void> {
    store::DecisionRecord record = records.back();
    record.record.resize(record.record.size() / 2);
    store::put_decision(tx, record);
    return {};
  };
  BOOST_REQUIRE(store->write_and_wait(damage).has_value());
  auto report = replayed(parse(shipped));
  BOOST_TEST(report.records == 2u);
  BOOST_TEST(report.decided == 1u);
  BOOST_TEST(report.unreadable == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_written) {
  for (int i = 0; i < 3; ++i) deliver("jane", mail("hire.confirmed", "Hired"));
  auto queued = queue().size();
  auto version = store->read([](store::Snapshot const& s) { return store::latest_policy(s)->version; });
  BOOST_TEST(replayed(changed(hire, std::string(hire) + ", email = \"off\"")).changed == 3u);
  BOOST_TEST(queue().size() == queued);
  BOOST_TEST(decisions(jane).size() == 3u);
  BOOST_TEST((store->read([](store::Snapshot const& s) { return store::latest_policy(s)->version; }) == version));
}

BOOST_AUTO_TEST_CASE(every_record_is_decided_once_in_slices_of_any_size_and_progress_is_told_of_each) {
  for (int i = 0; i < 7; ++i) deliver("jane", mail("hire.confirmed", "Hired"));
  for (std::size_t slice : {1u, 2u, 3u, 7u, 100u}) {
    BOOST_TEST_CONTEXT(slice) {
      ReplayOptions options;
      options.since = clock.now() - std::chrono::hours(1);
      options.slice_entries = slice;
      std::vector<std::uint64_t> told;
      options.progress = [&](ReplayProgress const& p) { told.push_back(p.decided); };
      BOOST_TEST(replay(*store, *parse(shipped), zones, options).decided == 7u);
      BOOST_TEST(std::is_sorted(told.begin(), told.end()));
      BOOST_TEST(told.back() == 7u);
      if (slice == 1) BOOST_TEST(told.size() >= 7u);
    }
  }
}

BOOST_AUTO_TEST_CASE(records_that_come_or_go_while_it_runs_do_no_harm) {
  for (int i = 0; i < 5; ++i) deliver("jane", mail("hire.confirmed", "Hired"));
  ReplayOptions options;
  options.since = clock.now() - std::chrono::hours(1);
  options.slice_entries = 1;
  int slices = 0;
  options.progress = [&](ReplayProgress const&) {
    if (++slices == 1) deliver("jane", mail("hire.confirmed", "Came"));
  };
  BOOST_TEST(replay(*store, *parse(shipped), zones, options).decided == 5u);
  BOOST_TEST(decisions(jane).size() == 6u);
}

BOOST_AUTO_TEST_CASE(an_empty_store_gives_an_empty_report) {
  auto report = replayed(parse(shipped));
  BOOST_TEST(report.records == 0u);
  BOOST_TEST(write_report(report).starts_with("0 decisions since "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::center
