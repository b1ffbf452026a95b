#include "web/session.h"

#include <sys/socket.h>
#include <unistd.h>

#include "center/unsubscribe.h"
#include "rules/choice.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::web;

namespace {

struct WebFixture : center::CenterFixture {
  ServerContext server{context, nullptr};
  DecisionId decision;

  WebFixture() {
    server.limits.idle_time = server.limits.request_time = server.limits.answer_time = std::chrono::milliseconds(200);
    context.settings.web_url = "https://mc.example.test";
  }

  // Says `octets` on one connection (all at once or octet by octet) and closes its half; everything that comes back.
  std::string talk(std::string const& octets, bool cut = false, bool close_half = true) {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    auto session = make_session(server);
    boost::asio::co_spawn(
        io,
        [&]() -> boost::asio::awaitable<void> {
          auto stream = std::make_unique<net::Stream>(io, ends[1]);
          co_await session(std::move(stream));
        },
        [](std::exception_ptr) {});
    io.restart();
    std::size_t const step = cut ? 1 : octets.size();
    for (std::size_t at = 0; at < octets.size(); at += step) {
      if (::send(ends[0], octets.data() + at, step, MSG_NOSIGNAL) < 0) break;
      if (cut) io.poll();
    }
    if (close_half) ::shutdown(ends[0], SHUT_WR);
    io.run();
    std::string answer;
    char piece[4096];
    for (ssize_t n; (n = ::read(ends[0], piece, sizeof piece)) > 0;) answer.append(piece, static_cast<std::size_t>(n));
    ::close(ends[0]);
    return answer;
  }

  static std::string request(std::string const& method, std::string const& path, std::string const& body = {},
                             std::string const& type = "application/x-www-form-urlencoded") {
    std::string out = method + ' ' + path + " HTTP/1.1\r\nHost: mc.example.test\r\n";
    if (method == "POST")
      out += "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return out + "\r\n" + body;
  }

  // Sends jane a mail of the type (by email), and gives the path of its link.
  std::string link(std::string const& type = "feature.announced") {
    choose(jane, "type:" + type, "both");
    auto done = accept(from_platform({"jane@example.test"}),
                       "From: Market <noreply@example.test>\r\nSubject: News\r\nX-MC-Type: " + type + "\r\n\r\nNews.\r\n");
    BOOST_REQUIRE(done[0].has_value());
    auto entries = queue();
    std::string const mail = external(entries.back());
    auto at = mail.find("/unsubscribe/");
    BOOST_REQUIRE(at != std::string::npos);
    return mail.substr(at, mail.find('>', at) - at);
  }

  std::string email_choice(std::string const& type = "feature.announced") {
    return store->read([&](store::Snapshot const& s) -> std::string {
      for (auto const& choice : store::list_choices(s, jane))
        if (choice.scope == "type:" + type)
          return (choice.email ? (*choice.email ? "on" : "off") : "unset") + std::string(" by ") +
                 std::string(rules::to_string(static_cast<rules::ChoiceSource>(choice.source)));
      return "none";
    });
  }
};

unsigned status(std::string const& answer) {
  BOOST_REQUIRE(answer.starts_with("HTTP/1.1 "));
  return static_cast<unsigned>(std::stoul(answer.substr(9, 3)));
}

bool has(std::string const& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::size_t count(std::string const& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

constexpr char one_click[] = "List-Unsubscribe=One-Click";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session, WebFixture)

BOOST_AUTO_TEST_CASE(home_and_health_are_there_and_nothing_else) {
  BOOST_TEST(status(talk(request("GET", "/"))) == 200u);
  std::string const health = talk(request("GET", "/healthz"));
  BOOST_TEST(status(health) == 200u);
  BOOST_TEST(health.ends_with("\r\n\r\nok\n"));
  for (std::string path : {"/favicon.ico", "/healthz/", "//", "/unsubscribe", "/unsubscribe/", "/unsubscribe/a/b", "/../x"})
    BOOST_TEST(status(talk(request("GET", path))) == 404u, path);
}

BOOST_AUTO_TEST_CASE(another_method_is_told_which_ones_there_are) {
  std::string const answer = talk(request("POST", "/healthz"));
  BOOST_TEST(status(answer) == 405u);
  BOOST_TEST(has(answer, "Allow: GET, HEAD\r\n"));
  BOOST_TEST(has(talk(request("DELETE", "/unsubscribe/x")), "Allow: GET, HEAD, POST\r\n"));
}

BOOST_AUTO_TEST_CASE(several_requests_on_one_connection_are_answered_in_order_also_in_one_packet_or_octet_by_octet) {
  std::string const three = request("GET", "/healthz") + request("HEAD", "/") + request("GET", "/nowhere");
  for (bool cut : {false, true}) {
    std::string const answer = talk(three, cut);
    BOOST_TEST(count(answer, "HTTP/1.1 ") == 3u);
    BOOST_TEST(answer.find("200 OK") < answer.find("404 Not Found"));
    BOOST_TEST(count(answer, "<html") == 1u);  // none for HEAD
  }
}

BOOST_AUTO_TEST_CASE(a_refused_request_ends_the_connection_and_what_follows_is_not_looked_at) {
  std::string const answer = talk("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + request("GET", "/healthz"));
  BOOST_TEST(status(answer) == 400u);
  BOOST_TEST(count(answer, "HTTP/1.1 ") == 1u);
  BOOST_TEST(has(answer, "Connection: close\r\n"));
}

BOOST_AUTO_TEST_CASE(who_says_nothing_or_half_a_request_is_closed) {
  BOOST_TEST(talk("", false, false) == "");
  BOOST_TEST(talk("GET / HT", false, false) == "");
  BOOST_TEST(talk(request("POST", "/unsubscribe/x", "abc").substr(0, 90), false, false) == "");
}

BOOST_AUTO_TEST_CASE(a_connection_serves_only_so_many_requests) {
  server.limits.requests = 2;
  std::string three;
  for (int i = 0; i < 3; ++i) three += request("GET", "/healthz");
  BOOST_TEST(count(talk(three), "HTTP/1.1 200") == 2u);
}

BOOST_AUTO_TEST_CASE(when_the_server_stops_no_further_request_is_read) {
  stop_sessions(server);
  BOOST_TEST(talk(request("GET", "/healthz")) == "");
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_100_continue_gets_it_before_the_answer) {
  std::string const answer = talk("POST /unsubscribe/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx", true);
  BOOST_TEST(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 "));
}

BOOST_AUTO_TEST_CASE(looking_at_a_link_changes_nothing) {
  std::string const path = link();
  std::string const page = talk(request("GET", path));
  BOOST_TEST(status(page) == 200u);
  BOOST_TEST(has(page, "New features"));
  BOOST_TEST(has(page, "<form method=\"post\">"));
  BOOST_TEST(!has(page, "jane"));
  BOOST_TEST(status(talk(request("HEAD", path))) == 200u);
  BOOST_TEST(email_choice() == "on by web");
}

BOOST_AUTO_TEST_CASE(a_post_switches_the_email_off_and_again_says_it_was_off) {
  std::string const path = link();
  std::string const first = talk(request("POST", path, one_click));
  BOOST_TEST(status(first) == 200u);
  BOOST_TEST(has(first, "Emails are off now"));
  BOOST_TEST(email_choice() == "off by unsubscribe-link");
  std::string const second = talk(request("POST", path, one_click));
  BOOST_TEST(status(second) == 200u);
  BOOST_TEST(has(second, "off already"));
  BOOST_TEST(has(talk(request("GET", path)), "off already"));
  BOOST_TEST(!has(talk(request("GET", path)), "<form"));
}

BOOST_AUTO_TEST_CASE(multipart_and_another_case_of_the_token_work_too) {
  std::string const path = link();
  std::string upper = path.substr(13);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  std::string const body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
  BOOST_TEST(status(talk(request("POST", "/unsubscribe/" + upper + "?utm=x", body, "multipart/form-data; boundary=b"))) == 200u);
  BOOST_TEST(email_choice() == "off by unsubscribe-link");
}

BOOST_AUTO_TEST_CASE(a_post_that_does_not_say_one_click_changes_nothing) {
  std::string const path = link();
  BOOST_TEST(status(talk(request("POST", path, ""))) == 400u);
  BOOST_TEST(status(talk(request("POST", path, "List-Unsubscribe=no"))) == 400u);
  BOOST_TEST(status(talk(request("POST", path, one_click, "text/plain"))) == 400u);
  BOOST_TEST(email_choice() == "on by web");
}

BOOST_AUTO_TEST_CASE(a_link_nobody_was_given_is_not_found_whatever_the_method) {
  std::string const path = link();
  std::string const return_token = queue().back().sender.substr(2, 26);
  std::string other = path;
  other.back() = other.back() == 'a' ? 'b' : 'a';
  for (std::string const& wrong : {std::string("/unsubscribe/x"), "/unsubscribe/" + std::string(26, 'a'), other, path + "a",
                                   "/unsubscribe/" + return_token, "/unsubscribe/" + std::string(1000, 'a')}) {
    BOOST_TEST(status(talk(request("GET", wrong))) == 404u, wrong);
    BOOST_TEST(status(talk(request("POST", wrong, one_click))) == 404u, wrong);
  }
  BOOST_TEST(email_choice() == "on by web");
}

BOOST_AUTO_TEST_CASE(what_the_policy_locks_by_now_cannot_be_switched_off_and_says_so) {
  std::string const path = link();
  std::string text = center::read_whole(MC_SOURCE_DIR "/rules/policy.toml");
  auto at = text.find("\"feature.announced\"");
  BOOST_REQUIRE(at != std::string::npos);
  text.replace(at, text.find('\n', at) - at,
               R"("feature.announced" = { tab = "updates", label = "New features", email = "always" })");
  policy.swap(install(text));
  std::string const page = talk(request("GET", path));
  BOOST_TEST(status(page) == 200u);
  BOOST_TEST(!has(page, "<form"));
  std::string const answer = talk(request("POST", path, one_click));
  BOOST_TEST(status(answer) == 409u);
  BOOST_TEST(has(answer, "cannot be switched off"));
  BOOST_TEST(email_choice() == "on by web");
}

BOOST_AUTO_TEST_SUITE_END()
