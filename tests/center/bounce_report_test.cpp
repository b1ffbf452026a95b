#include "center/bounce_report.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "core/text.h"
#include "corpus_table.h"

using namespace mc;
using namespace mc::center;

namespace {

std::string const corpus = MC_SOURCE_DIR "/tests/corpus/bounces/";

bool to_jane(std::string_view address) { return iequals(address, "jane@ext.test"); }

std::optional<Failure> find(std::string const& octets, std::string_view reverse_path = {}) {
  return find_failure(prepare(octets, Trust::other, "mc.example.test"), reverse_path, to_jane);
}

std::string report(std::string const& groups) {
  return "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" + groups + "\r\n--b--\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bounce_reports)

BOOST_AUTO_TEST_CASE(every_server_s_report_is_hard_soft_or_nothing) {
  for_each_in_corpus(corpus, 5, [](std::string const& sent, std::vector<std::string_view> const& row) {
    auto const failure = find(sent, row[4]);
    BOOST_TEST(to_string(failure ? failure->is.kind : BounceKind::none) == row[1]);
    if (!failure) return;
    BOOST_TEST(failure->is.what == row[2]);
    BOOST_TEST_CONTEXT(failure->diagnosis) { BOOST_TEST(failure->diagnosis.find(row[3]) != std::string::npos); }
    BOOST_TEST(failure->diagnosis.size() <= 400u);
  });
}

BOOST_AUTO_TEST_CASE(a_report_cut_anywhere_is_read_without_harm) {
  for (std::string name : {"gmail-unknown", "returned-mail-holds-another-report", "attached-by-gateway", "exim-remote-refusal"}) {
    std::string const octets = with_crlf(read_octets(corpus + name + ".eml"));
    for (std::size_t size = 0; size < octets.size(); ++size) {
      auto const failure = find(octets.substr(0, size));
      if (failure) BOOST_TEST_REQUIRE((failure->is.kind != BounceKind::none));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_report_changed_at_random_is_read_without_harm) {
  std::mt19937 dice(20261123);
  for (auto const& entry : std::filesystem::directory_iterator(corpus)) {
    std::string const octets = with_crlf(read_octets(entry.path()));
    for (int i = 0; i < 20; ++i) {
      std::string changed = octets;
      for (unsigned n = dice() % 8 + 1; n > 0; --n) {
        std::size_t const at = dice() % changed.size();
        if (dice() % 2) changed[at] = static_cast<char>(dice());
        else changed.insert(at, octets.substr(dice() % octets.size(), dice() % 100));
      }
      auto const failure = find(changed);
      if (failure) BOOST_TEST_REQUIRE((failure->is.kind != BounceKind::none && failure->diagnosis.size() <= 400));
    }
  }
}

BOOST_AUTO_TEST_CASE(hostile_reports_are_read_within_bounds) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "Action: delayed\r\nStatus: 5.1.1\r\n\r\n";
  BOOST_TEST(!find(report(many + "Final-Recipient: rfc822; jane@ext.test\r\nAction: failed\r\nStatus: 5.1.1\r\n")));
  std::string codes = "This is the qmail-send program.\r\n";
  for (int i = 0; i < 20'000; ++i) codes += "450 later 5.1.26 5.9.9 ";
  auto const words = find("Subject: failure notice\r\n\r\n" + codes);
  BOOST_TEST((words && words->is.kind == BounceKind::soft));
  BOOST_TEST(!find(report("Final-Recipient: rfc822; " + std::string(60'000, ';') + "\r\nAction: " + std::string(60'000, 'f'))));
  std::string deep = "Content-Type: message/rfc822\r\n\r\n";
  for (int i = 0; i < 8; ++i) deep += deep;
  BOOST_TEST(!find(deep + report("Action: failed\r\nStatus: 5.1.1\r\n")));
}

BOOST_AUTO_TEST_CASE(a_long_diagnosis_is_kept_short_and_on_one_line) {
  auto const failure = find(report("Final-Recipient: rfc822; jane@ext.test\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp;\r\n 550 " +
                                   std::string(5'000, 'x') + "\r\n"));
  BOOST_TEST_REQUIRE(failure.has_value());
  BOOST_TEST(failure->diagnosis.size() == 400u);
  BOOST_TEST(failure->diagnosis.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_address_the_mail_went_to_is_found_in_any_form) {
  for (std::string const recipient : {"rfc822; jane@ext.test", "RFC822;JANE@EXT.TEST", "rfc822; <jane@ext.test>", "jane@ext.test", "utf-8; jane@ext.test"}) {
    BOOST_TEST_CONTEXT(recipient) {
      std::string const group = "Final-Recipient: " + recipient + "\r\nAction: failed\r\nStatus: 5.1.1\r\n";
      BOOST_TEST(find_failed_recipient(group, to_jane, true).has_value());
    }
  }
  BOOST_TEST(find_failed_recipient("Original-Recipient: rfc822;jane@ext.test\r\nFinal-Recipient: rfc822;x@y.test\r\nAction: failed\r\nStatus: 5.1.1\r\n",
                                   to_jane, true).has_value());
  BOOST_TEST(!find_failed_recipient("Final-Recipient: rfc822;x@y.test\r\nAction: failed\r\nStatus: 5.1.1\r\n", to_jane, true).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
