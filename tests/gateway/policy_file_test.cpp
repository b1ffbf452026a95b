#include "gateway/policy_file.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/center/fixture.h"

namespace mc::gateway {

namespace {

namespace fs = std::filesystem;
using store::MailboxKind;

struct FileFixture : center::CenterFixture {
  std::string const path = directory.path + "/policy.toml";
  std::string const shipped = center::read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  std::string const other = shipped + "# another\n";
  PolicyFile file{path};

  FileFixture() {
    write(shipped);
    BOOST_REQUIRE(file.reload(context).has_value());
  }
  void write(std::string_view text) { std::ofstream(path) << text; }
  void write_cases(std::string_view text) { std::ofstream(tests_beside(path)) << text; }
  std::uint64_t version() const { return policy.get().version.value; }
  std::size_t alerts() { return folder(admin, MailboxKind::alerts).size(); }
  void apply(std::string const& text) {
    BOOST_REQUIRE(center::apply_policy(context, {text, "x.toml", {}, {}, "ann", "a test"}).has_value());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(policy_file_test, FileFixture)

BOOST_AUTO_TEST_CASE(cases_stand_beside_their_policy) {
  BOOST_TEST(tests_beside("/a/policy.toml") == "/a/policy.tests.toml");
  BOOST_TEST(tests_beside("policy") == "policy.tests.toml");
  BOOST_TEST(policy_beside("/a/policy.tests.toml").value() == "/a/policy.toml");
  BOOST_TEST(!policy_beside("/a/policy.toml").has_value());
}

BOOST_AUTO_TEST_CASE(a_file_is_taken_over_once) {
  BOOST_TEST(version() == 1u);  // the fixture's text is the file's
  write(other);
  BOOST_TEST(file.reload(context).has_value());
  BOOST_TEST(version() == 2u);
  apply(shipped);
  BOOST_TEST(file.reload(context).has_value());
  file.look_again(context);
  BOOST_TEST(!PolicyFile(path).install(*store, zones, PolicyFile::Take::if_new).installed.has_value());
  BOOST_TEST(version() == 3u);
  write(other + "# edited\n");
  file.look_again(context);
  BOOST_TEST(version() == 4u);
}

BOOST_AUTO_TEST_CASE(a_refused_file_keeps_the_version_and_is_mailed_once_for_one_text) {
  write("format = 2\n");
  auto refused = file.reload(context);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().text.find(path + ":1:10: error: ") != std::string::npos, refused.error().text);
  BOOST_TEST(version() == 1u);
  BOOST_TEST(alerts() == 1u);
  BOOST_TEST(!file.reload(context).has_value());
  file.look_again(context);
  BOOST_TEST(!PolicyFile(path).reload(context).has_value());  // another process of the server
  BOOST_TEST(alerts() == 1u);
  write("format = 3\n");
  file.look_again(context);
  BOOST_TEST(alerts() == 2u);
}

BOOST_AUTO_TEST_CASE(a_text_refused_again_after_it_was_mended_is_news) {
  write("format = 2\n");
  BOOST_TEST(!file.reload(context).has_value());
  write(shipped);
  BOOST_TEST(file.reload(context).has_value());
  BOOST_TEST(version() == 1u);
  write("format = 2\n");
  BOOST_TEST(!file.reload(context).has_value());
  BOOST_TEST(alerts() == 2u);
}

BOOST_AUTO_TEST_CASE(other_cases_count_as_another_file) {
  write_cases("now = 2026-11-23T12:00:00Z\n[[test]]\nname = \"a\"\nmessage = { type = \"rate.raised\" }\nexpect = { email = true }\n");
  file.look_again(context);
  BOOST_TEST(version() == 2u);
  write_cases("now = 2026-11-23T12:00:00Z\n[[test]]\nname = \"a\"\nmessage = { type = \"rate.raised\" }\nexpect = { email = false }\n");
  auto refused = file.reload(context);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().text.find("policy.tests.toml:2: a: email: expected no, got yes") != std::string::npos,
             refused.error().text);
  BOOST_TEST(version() == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_or_too_large_changes_nothing) {
  fs::remove(path);
  file.look_again(context);
  BOOST_TEST(alerts() == 0u);
  BOOST_TEST(!file.reload(context).has_value());
  write(shipped + std::string(rules::max_policy_octets, '#'));
  auto refused = file.reload(context);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().text.find("larger than") != std::string::npos);
  BOOST_TEST(version() == 1u);
}

BOOST_AUTO_TEST_CASE(problems_fit_on_one_line_of_the_log) {
  BOOST_TEST(on_one_line("a:1:2: error: x\n  line\n  ^ hint\n\n") == "a:1:2: error: x | line | ^ hint");
  BOOST_TEST(on_one_line("") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
