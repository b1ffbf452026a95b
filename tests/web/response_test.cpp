#include "web/response.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::web;

namespace {

Time const monday = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(15));

bool has(std::string const& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(response)

BOOST_AUTO_TEST_CASE(every_answer_says_that_nothing_is_kept_run_framed_or_told_on) {
  std::string const octets = write_response(make_refusal({431, "Too many fields"}), {}, monday);
  BOOST_TEST(octets.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\nDate: Mon, 23 Nov 2026 15:00:00 GMT\r\n"));
  for (std::string_view field :
       {"Cache-Control: no-store\r\n", "Content-Security-Policy: default-src 'none';", "Referrer-Policy: no-referrer\r\n",
        "Strict-Transport-Security: max-age=31536000\r\n", "X-Content-Type-Options: nosniff\r\n", "Connection: close\r\n",
        "Content-Length: 16\r\n"})
    BOOST_TEST(has(octets, field), field);
  BOOST_TEST(!has(octets, "Set-Cookie"));
  BOOST_TEST(octets.ends_with("\r\n\r\nToo many fields\n"));
}

BOOST_AUTO_TEST_CASE(the_answer_to_head_is_all_but_the_body) {
  Response const page = make_page(200, {"Title", {"Text"}, {}});
  std::string const whole = write_response(page, {false, true}, monday), head = write_response(page, {true, true}, monday);
  BOOST_TEST(whole == head + page.body);
  BOOST_TEST(!has(head, "Connection"));
}

BOOST_AUTO_TEST_CASE(text_is_never_markup) {
  std::string const page = write_page({"<script>\"&'", {"a\r\nb<i>"}, "<b>"});
  BOOST_TEST(has(page, "<title>&lt;script&gt;&quot;&amp;&#39;</title>"));
  BOOST_TEST(has(page, "<p>a  b&lt;i&gt;</p>"));
  BOOST_TEST(has(page, "<button type=\"submit\">&lt;b&gt;</button>"));
  BOOST_TEST(has(page, "<form method=\"post\">"));
}

BOOST_AUTO_TEST_CASE(an_error_has_its_status) {
  BOOST_TEST(make_error(fail(Errc::not_found, "no")).status == 404u);
  BOOST_TEST(make_error(fail(Errc::forbidden, "no")).status == 409u);
  BOOST_TEST(make_error(fail(Errc::no_space, "no")).status == 503u);
  BOOST_TEST(make_error(fail(Errc::internal, "no")).status == 500u);
}

BOOST_AUTO_TEST_SUITE_END()
