// Every message of the corpora at hand keeps the invariants, in bounded time.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "invariants.h"
#include "mail/match.h"
#include "mail/section.h"

using namespace mc;

BOOST_AUTO_TEST_SUITE(corpus)

namespace {

std::string read(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

void check(std::string const& octets) {
  auto begin = std::chrono::steady_clock::now();
  auto made = mail::summarize(octets);
  BOOST_TEST(test::check_summary(octets, made) == "");
  BOOST_TEST(
      !mail::text_contains(octets, made.parts, mail::Needle("no message says this"), mail::MatchScope::all));
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

// MC_MAIL_CORPUS names the directory; otherwise the shared one beside the tree.
std::filesystem::path directory() {
  if (auto named = std::getenv("MC_MAIL_CORPUS")) return named;
  return std::filesystem::path(MC_SOURCE_DIR) / "../shared/corpus/mime4j";
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_message_keeps_the_invariants) {
  if (!std::filesystem::is_directory(directory())) {
    BOOST_TEST_MESSAGE("skipped: no corpus at " << directory());
    return;
  }
  for (auto const& entry : std::filesystem::directory_iterator(directory())) {
    if (entry.path().extension() != ".msg") continue;
    BOOST_TEST_CONTEXT(entry.path().filename()) {
      auto octets = read(entry.path());
      check(octets);
      check(with_crlf(octets));
    }
  }
}

// Cut off after every n-th octet: what a truncated transfer leaves.
BOOST_AUTO_TEST_CASE(every_cut_of_a_nested_message_keeps_the_invariants) {
  std::string octets =
      "From: A <a@b>, g: c@d;\r\nSubject: =?utf-8?Q?=C3=A4?=\r\nContent-Type: multipart/mixed;\r\n "
      "boundary=\"b c\"\r\n\r\n"
      "--b c\r\nContent-Type: message/rfc822\r\n\r\nTo: (x (y) z) \"q\\\"\" <a@b>\r\n"
      "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: x\r\n\r\ny\r\n--d--\r\n"
      "--b c\r\nContent-Disposition: attachment; filename*0*=utf-8''%C3; "
      "filename*1*=%A4\r\n\r\n\xC3\xA4\r\n--b c--\r\n";
  for (std::size_t n = 0; n <= octets.size(); ++n) BOOST_TEST_CONTEXT(n) {
      check(octets.substr(0, n));
    }
}

BOOST_AUTO_TEST_SUITE_END()
