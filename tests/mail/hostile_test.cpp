// Messages made to hurt. Each must be read in bounded time and memory, and stay whole.
#include <pthread.h>

#include <boost/test/unit_test.hpp>
#include <ctime>
#include <fstream>

#include "invariants.h"
#include "mail/match.h"

using namespace mc;

BOOST_AUTO_TEST_SUITE(hostile)

namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Instrumented builds take several times as long and as much; the bounds still tell linear from not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int slack = 20;
#else
constexpr int slack = 1;
#endif

long resident_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;)
    if (word == "VmHWM:") {
      long kib = 0;
      in >> kib;
      return kib;
    }
  return 0;
}
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

mail::Summary check(std::string const& octets) {
  forget_peak();
  auto memory = resident_kib();
  auto begin = std::clock();
  auto made = mail::summarize(octets);
  auto seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  BOOST_TEST(seconds < 3 * slack);
  BOOST_TEST(resident_kib() - memory < 65536L * slack);
  BOOST_TEST(test::check_summary(octets, made) == "");
  return made;
}

std::string const top = "Subject: kept\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_CASE(ten_thousand_messages_inside_each_other) {
  auto made = check("Subject: kept\r\n" + repeat("Content-Type: message/rfc822\r\n\r\n", 10'000));
  BOOST_TEST(made.opaque);
  BOOST_TEST(made.subject == "kept");
}

BOOST_AUTO_TEST_CASE(ten_thousand_multiparts_inside_each_other) {
  std::string octets;
  for (int i = 0; i < 10'000; ++i) {
    auto boundary = "b" + std::to_string(i) + "x";
    octets += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  BOOST_TEST(check(octets).opaque);
}

BOOST_AUTO_TEST_CASE(as_deep_as_allowed) {
  auto made = check(repeat("Content-Type: message/rfc822\r\n\r\n", 99) + "Subject: x\r\n\r\ntext");
  BOOST_TEST(!made.opaque);
  BOOST_TEST(made.parts.size() == 100u);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_parts) {
  auto made = check(top + repeat("--b\r\n\r\nx\r\n", 100'000));
  BOOST_TEST(made.opaque);
  BOOST_TEST(made.subject == "kept");
}

BOOST_AUTO_TEST_CASE(a_million_empty_parts) {
  BOOST_TEST(check(top + repeat("--b\r\n\r\n", 1'000'000)).opaque);
}

BOOST_AUTO_TEST_CASE(as_many_parts_as_allowed) {
  auto made = check(top + repeat("--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b\r\n\r\nx\r\n", 4'999) +
                    "--b--\r\n");
  BOOST_TEST(!made.opaque);
  BOOST_TEST(made.parts.size() == 9'999u);
}

BOOST_AUTO_TEST_CASE(every_line_a_near_miss_of_many_boundaries) {
  std::string octets;
  auto stem = std::string(60, 'b');
  for (int i = 0; i < 90; ++i) {
    auto boundary = stem + std::to_string(100 + i);
    octets += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  octets += "\r\n" + repeat("--" + stem + "\r\n", 100'000);
  BOOST_TEST(!check(octets).opaque);
}

BOOST_AUTO_TEST_CASE(address_lists_that_nest_and_never_close) {
  for (auto const& value :
       {"To: " + repeat("a:", 500'000), "To: " + repeat("(", 1'000'000), "To: " + repeat("<", 1'000'000),
        "To: " + repeat("\"", 1'000'001), "To: " + repeat("a@b,", 500'000), "To: " + repeat("@", 1'000'000),
        "To: " + repeat(";,", 500'000), "To: " + repeat("[", 1'000'000), "To: " + repeat("<@a:", 300'000),
        "To: " + repeat("\\", 1'000'000), "From: " + repeat("=?a?q?", 500'000)})
    BOOST_TEST_CONTEXT(value.substr(0, 12)) {
      check(value + "\r\n\r\nx");
    }
}

BOOST_AUTO_TEST_CASE(ten_megabytes_of_subject) {
  for (auto text : {"x", "x ", "=?utf-8?q?", "=?utf-8?q?=41?= ", "\xC3\xA4", "\xFF", "x\r\n ", "=?"})
    BOOST_TEST_CONTEXT(text) {
      auto made = check("Subject: " + repeat(text, 10'000'000 / std::string_view(text).size()) + "\r\n\r\nx");
      BOOST_TEST(made.envelope.size() < 100'000u);
      BOOST_TEST(made.subject.size() < 100'000u);
    }
}

BOOST_AUTO_TEST_CASE(a_million_header_fields) {
  for (auto field :
       {"X: y\r\n", "To: a@b\r\n", "nocolon\r\n", ":\r\n", "Content-Type: multipart/mixed; boundary=b\r\n"})
    BOOST_TEST_CONTEXT(field) {
      auto made = check("Subject: kept\r\n" + repeat(field, 1'000'000) + "\r\nbody");
      BOOST_TEST(made.opaque);
      BOOST_TEST(made.subject == "kept");
      BOOST_TEST(made.size - made.header_size == 4u);
    }
}

BOOST_AUTO_TEST_CASE(parameters_without_end) {
  for (auto const& params :
       {repeat("; a=b", 100'000), repeat(";", 1'000'000), "; " + repeat("\xC3\xA4", 100'000) + "=x",
        "; n*0=" + repeat("(", 1'000'000), "; x=\"" + repeat("\\", 1'000'000), repeat("; n*999*=a", 1'000),
        "; boundary=" + repeat("b", 1'000'000), repeat("; \xC3\xA4*0*=\xC3\xA4", 100)})
    for (auto type : {"multipart/mixed", "text/plain", "image/png"})
      BOOST_TEST_CONTEXT(type << params.substr(0, 12)) {
        check("Content-Type: " + (type + params) + "\r\nContent-Disposition: attachment" + params +
              "\r\n\r\nx");
      }
}

BOOST_AUTO_TEST_CASE(octets_no_mail_should_have) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  check(std::string(1'000'000, '\0'));
  check(repeat("\r", 1'000'000));
  check(repeat("\n", 1'000'000));
  check("From: " + all + " <" + all + "@" + all + ">\r\nSubject: " + all + "\r\nContent-Type: " + all + "; " +
        all + "=" + all + "\r\n\r\n" + all);
  check("From: a@b\rSubject: x\r\rbody\r");
  check("Content-Type: text/plain; charset=" + all + "\r\n\r\n" + all);
  check("");
  BOOST_TEST(check("\r\nbody").header_size == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_deep_in_content_is_not_deep_on_the_stack) {
  static std::string const octets =
      repeat("Content-Type: message/rfc822\r\n\r\n", 99) + "To: " + repeat("(a:", 20'000) + "\r\n\r\nx";
  static std::size_t parts = 0;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 128 * 1024 * slack);
  pthread_t thread;
  auto read = [](void*) -> void* {
    parts = mail::summarize(octets).parts.size();
    return nullptr;
  };
  BOOST_REQUIRE(pthread_create(&thread, &small, read, nullptr) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
  BOOST_TEST(parts == 100u);
}

BOOST_AUTO_TEST_CASE(searching_a_hostile_text_costs_what_its_size_costs) {
  auto octets = "Subject: x\r\n\r\n" + repeat("a", 20'000'000);
  auto made = mail::summarize(octets);
  auto begin = std::clock();
  auto needle = mail::Needle(repeat("a", 5'000) + "b");
  BOOST_TEST(!mail::text_contains(octets, made.parts, needle, mail::MatchScope::all));
  BOOST_TEST(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC < 3 * slack);
}

BOOST_AUTO_TEST_SUITE_END()
