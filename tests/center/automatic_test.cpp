#include "center/automatic.h"

#include <boost/test/unit_test.hpp>

#include "core/text.h"
#include "corpus_table.h"

using namespace mc;
using namespace mc::center;

namespace mc::center {
inline std::ostream& operator<<(std::ostream& out, AutomaticKind kind) { return out << to_string(kind); }
}  // namespace mc::center

namespace {

std::string const corpus = MC_SOURCE_DIR "/tests/corpus/automatic/";

Automatic classify(std::string const& octets, std::string_view path = "jane@ext.test") {
  return classify_automatic(mail::summarize(octets), octets, path, "example.test");
}

std::string person(std::string const& to = "support@example.test", std::string const& more = {}) {
  return "From: jane@ext.test\r\nTo: " + to + "\r\nSubject: Hello\r\n" + more + "\r\nHello\r\n";
}

Settings settings() {
  Settings s;
  s.hostname = "mc.example.test";
  s.domain = "example.test";
  return s;
}

struct Case {
  std::string octets = person();
  std::string_view reverse_path = "jane@ext.test", answer_to = "jane@ext.test", addressed = "support@example.test";
  Responder responder = Responder::service;
};

std::string obstacle(Case const& c) {
  mail::Summary const summary = mail::summarize(c.octets);
  AnswerAsked const asked{summary, c.octets, c.reverse_path, c.answer_to, c.addressed, c.responder};
  BOOST_TEST(may_answer_automatically(settings(), asked) == !find_answer_obstacle(settings(), asked));
  return std::string(find_answer_obstacle(settings(), asked).value_or(""));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(automatic_mail)

BOOST_AUTO_TEST_CASE(automatic_mail_is_known_by_its_signs) {
  for_each_in_corpus(corpus, 4, [](std::string const& sent, std::vector<std::string_view> const& row) {
    Automatic const found = classify(sent, row[3]);
    BOOST_TEST(to_string(found.kind) == row[1]);
    BOOST_TEST(found.reason == row[2]);
    BOOST_TEST(static_cast<bool>(found) == (row[1] != "personal"));
  });
}

BOOST_AUTO_TEST_CASE(a_field_far_down_or_without_end_does_no_harm) {
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  BOOST_TEST(classify(person("support@example.test", many)).kind == AutomaticKind::personal);
  BOOST_TEST(classify("Auto-Submitted: auto-replied" + std::string(1 << 20, ';')).kind == AutomaticKind::auto_replied);
  BOOST_TEST(classify("").kind == AutomaticKind::personal);
  BOOST_TEST(classify(std::string(1 << 20, ':')).kind == AutomaticKind::personal);
  std::string loops;
  for (int i = 0; i < 1'000; ++i) loops += "X-Loop: " + std::string(50, '@') + "\r\n";
  BOOST_TEST(classify(person("support@example.test", loops)).kind == AutomaticKind::personal);
}

BOOST_AUTO_TEST_CASE(a_loop_field_of_others_is_nothing) {
  std::string const octets = person("support@example.test", "X-Loop: support@example.test\r\n");
  BOOST_TEST(classify(octets).kind == AutomaticKind::auto_generated);
  BOOST_TEST(classify_automatic(mail::summarize(octets), octets, "jane@ext.test").kind == AutomaticKind::personal);
  BOOST_TEST(classify(person("support@example.test", "X-Loop: desk@other.test\r\n")).kind == AutomaticKind::personal);
}

BOOST_AUTO_TEST_CASE(subjects_of_failures_are_known_in_several_languages) {
  for (std::string_view subject : {"Undeliverable: x", "Unzustellbar: x", "Non remis : x", "No se puede entregar: x", "failure notice"})
    BOOST_TEST_CONTEXT(subject) { BOOST_TEST(is_failure_subject(subject)); }
  for (std::string_view subject : {"", "Re: Undeliverable", "Out of office", "Payment sent"})
    BOOST_TEST_CONTEXT(subject) { BOOST_TEST(!is_failure_subject(subject)); }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(automatic_answers)

BOOST_AUTO_TEST_CASE(a_person_may_be_answered) { BOOST_TEST(obstacle({}) == ""); }

BOOST_AUTO_TEST_CASE(what_must_not_be_answered_is_not) {
  struct Row {
    Case asked;
    std::string_view obstacle;
  };
  Row const rows[] = {
      {{.reverse_path = ""}, "the null reverse path"},
      {{.octets = person("support@example.test", "Auto-Submitted: auto-replied\r\n")}, "automatic mail"},
      {{.octets = person("support@example.test", "List-Id: <x.test>\r\n")}, "automatic mail"},
      {{.octets = person("support@example.test", "X-Loop: t@example.test\r\n")}, "automatic mail"},
      {{.answer_to = ""}, "no address to answer to"},
      {{.answer_to = "jane"}, "no address to answer to"},
      {{.answer_to = "MAILER-DAEMON@ext.test"}, "an address of a program"},
      {{.answer_to = "postmaster@ext.test"}, "an address of a program"},
      {{.answer_to = "noreply+7@ext.test"}, "an address of a program"},
      {{.answer_to = "news-request@ext.test"}, "an address of a program"},
      {{.answer_to = "bounces+jane@ext.test"}, "an address of a program"},
      {{.answer_to = "support@example.test"}, "an address of ours that is no user's"},
      {{.answer_to = "team-rockets@example.test"}, "an address of ours that is no user's"},
      {{.answer_to = "c-abcdefghijklmnopqrstuvwxyz@example.test"}, "an address of ours that is no user's"},
      {{.answer_to = "T-abcdefghijklmnopqrstuvwxyz@Example.Test"}, "an address of ours that is no user's"},
      {{.answer_to = "bob@example.test", .addressed = "bob@example.test"}, "the address it came to"},
      {{.octets = person("others@ext.test"), .responder = Responder::person}, "not named in To or Cc"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.asked.answer_to << ' ' << row.obstacle) { BOOST_TEST(obstacle(row.asked) == row.obstacle); }
}

BOOST_AUTO_TEST_CASE(a_service_answers_what_came_by_another_way_a_person_only_what_names_him) {
  BOOST_TEST(obstacle({.octets = person("old-support@ext.test")}) == "");
  BOOST_TEST(obstacle({.octets = person("Support <SUPPORT@example.test>"), .responder = Responder::person}) == "");
  BOOST_TEST(obstacle({.octets = person("x@ext.test", "Cc: y@ext.test, support@example.test\r\n"), .responder = Responder::person}) == "");
}

BOOST_AUTO_TEST_CASE(a_user_of_ours_may_be_answered) { BOOST_TEST(obstacle({.answer_to = "jane@example.test"}) == ""); }

BOOST_AUTO_TEST_SUITE_END()
