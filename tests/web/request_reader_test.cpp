#include "web/request_reader.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace mc::web;
using State = RequestReader::State;

namespace {

std::string const host = "Host: mc.example.test\r\n";

std::string get(std::string const& more = {}, std::string const& path = "/") {
  return "GET " + path + " HTTP/1.1\r\n" + host + more + "\r\n";
}

std::string post(std::string const& body, std::string const& more = {}) {
  return "POST /unsubscribe/x HTTP/1.1\r\n" + host + "Content-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "\r\n" + body;
}

// What all the octets at once come to; 0: not refused.
unsigned status_of(std::string const& octets) {
  RequestReader reader;
  if (reader.read(octets) != State::refused) return 0;
  return reader.refusal().status;
}

// The same, octet by octet.
unsigned status_cut(std::string const& octets) {
  RequestReader reader;
  for (std::size_t i = 1; i <= octets.size(); ++i) {
    State state = reader.read(std::string_view(octets).substr(0, i));
    if (state == State::ready) return 0;
    if (state == State::refused) return reader.refusal().status;
  }
  return 0;
}

struct Row {
  std::string request;
  unsigned status;
};

std::string repeat(std::string const& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_reader)

BOOST_AUTO_TEST_CASE(an_ordinary_request_is_read_whole_and_no_further) {
  RequestReader reader;
  std::string const next = "GET /next HTTP/1.1\r\n";
  std::string const first = get("Accept: */*\r\n", "/healthz?x=1");
  BOOST_TEST((reader.read(first + next) == State::ready));
  BOOST_TEST(reader.used() == first.size());
  BOOST_TEST(reader.request().method == "GET");
  BOOST_TEST(reader.request().path == "/healthz");
  BOOST_TEST(reader.request().keep_alive);
  BOOST_TEST(reader.request().body == "");
}

BOOST_AUTO_TEST_CASE(a_post_has_its_type_and_body) {
  RequestReader reader;
  std::string const body = "List-Unsubscribe=One-Click";
  std::string const request = post(body, "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n");
  BOOST_TEST((reader.read(request) == State::ready));
  BOOST_TEST(reader.request().body == body);
  BOOST_TEST(reader.request().content_type == "application/x-www-form-urlencoded");
  BOOST_TEST(!reader.request().keep_alive);
}

BOOST_AUTO_TEST_CASE(it_is_the_same_however_the_octets_come_cut) {
  std::string const body = "a=b\r\n\r\nGET / HTTP/1.1\r\n";  // a body that looks like more requests
  std::string const request = post(body, "Content-Type: text/plain\r\nX: \t y \r\n");
  for (std::size_t cut = 0; cut <= request.size(); ++cut) {
    RequestReader reader;
    std::string_view const whole = request;
    State const before = reader.read(whole.substr(0, cut));
    BOOST_TEST_REQUIRE((before == (cut == request.size() ? State::ready : State::more)));
    BOOST_TEST_REQUIRE((reader.read(whole) == State::ready));
    BOOST_TEST_REQUIRE(reader.used() == request.size());
    BOOST_TEST_REQUIRE(reader.request().body == body);
  }
}

BOOST_AUTO_TEST_CASE(what_browsers_and_mail_providers_send_passes) {
  std::string const accepted[] = {
      get(),
      get("Content-Length: 0\r\n"),
      get("Host2: x\r\n"),
      get("Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n"),
      get("X-Empty:\r\nX-Eight: \xC3\xA4\r\n"),
      get(repeat("X: y\r\n", 63)),
      get("", "/" + std::string(2000, 'a')),
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n" + host + "\r\n",
      "HEAD / HTTP/1.1\r\nhost: [::1]:8443\r\n\r\n",
      "OPTIONS / HTTP/1.1\r\n" + host + "\r\n",
      "DELETE / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc",
      post(""),
      post(std::string(max_body, 'x')),
      post("x", "Expect: 100-continue\r\n"),
  };
  for (std::string const& request : accepted) BOOST_TEST_CONTEXT(request.substr(0, 200)) {
    RequestReader reader;
    BOOST_TEST((reader.read(request) == State::ready));
    BOOST_TEST(reader.used() == request.size());
    BOOST_TEST(status_cut(request) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(http_1_0_is_answered_and_closed) {
  RequestReader reader;
  BOOST_TEST((reader.read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == State::ready));
  BOOST_TEST(!reader.request().keep_alive);
}

BOOST_AUTO_TEST_CASE(what_proxies_would_read_otherwise_is_refused) {
  Row const rows[] = {
      // how long is the body?
      {get("Transfer-Encoding: xchunked, chunked\r\n"), 501},
      {get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 411},
      {get("Transfer-Encoding: Chunked\r\n") + "0\r\n\r\n", 411},
      {get("Transfer-Encoding: identity\r\n"), 501},
      {get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {get("Transfer-Encoding:\x0b" "chunked\r\n"), 400},
      {"POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post("x", "Transfer-Encoding: chunked\r\n"), 400},
      {post("x", "Content-Length: 1\r\n"), 400},
      {post("x", "content-length: 2\r\n"), 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 0x1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1 1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length:\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length : 1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "\r\n", 411},
      {get("Content-Length: 1\r\n") + "x", 400},
      {"HEAD / HTTP/1.1\r\n" + host + "Content-Length: 1\r\n\r\nx", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 16385\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
      // whose is it?
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {get("Host: other.test\r\n"), 400},
      {get("host: mc.example.test\r\n"), 400},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      // where does a line end?
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\r\n\r\n", 400},
      {get("X: a\r\n b\r\n"), 400},
      {get("X: a\r\n\tb\r\n"), 400},
      {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
      {get(std::string("X: a\0b\r\n", 8)), 400},
      {get("X: a\x01" "b\r\n"), 400},
      {get("X: a\x7f" "b\r\n"), 400},
      {"\r\n" + get(), 400},
      {"\r\n\r\n", 400},
      // what is a line?
      {get("no colon\r\n"), 400},
      {get(": no name\r\n"), 400},
      {get("X Y: z\r\n"), 400},
      {get("X : z\r\n"), 400},
      {get("X\xC3\xA4: z\r\n"), 400},
      {"GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /\tx HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / HTTP/1.1 \r\n" + host + "\r\n", 400},
      {"GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /\r\n" + host + "\r\n", 400},
      {"GET / http/1.1\r\n" + host + "\r\n", 400},
      {"G(T / HTTP/1.1\r\n" + host + "\r\n", 400},
      {" / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET http://mc.example.test/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 400},
      {"CONNECT a:443 HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /#x HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /\xC3\xA4 HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / HTTP/1.2\r\n" + host + "\r\n", 505},
      {"GET / HTTP/3.0\r\n" + host + "\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"\x16\x03\x01\x02", 400},
      {get("Expect: wonders\r\n"), 417},
      {get("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417},
      // how much of it?
      {get("", "/" + std::string(2048, 'a')), 414},
      {std::string(3000, 'a'), 414},
      {get(repeat("X: y\r\n", 64)), 431},
      {get("X: " + std::string(9000, 'y') + "\r\n"), 431},
      {"GET / HTTP/1.1\r\n" + repeat("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 300), 431},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.request.substr(0, 200)) {
    BOOST_TEST(status_of(row.request) == row.status);
    BOOST_TEST(status_cut(row.request) == row.status);
  }
}

BOOST_AUTO_TEST_CASE(a_bare_line_end_is_refused_at_once_not_when_the_head_is_whole) {
  BOOST_TEST(status_of("GET / HTTP/1.1\n") == 400u);
  BOOST_TEST(status_of(std::string("G\0", 2)) == 400u);
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_100_is_told_once) {
  RequestReader reader;
  std::string const request = post("x", "Expect: 100-continue\r\n");
  std::string_view const head = std::string_view(request).substr(0, request.size() - 1);
  BOOST_TEST((reader.read(head.substr(0, 30)) == State::more));
  BOOST_TEST(!reader.take_expectation());
  BOOST_TEST((reader.read(head) == State::more));
  BOOST_TEST(reader.take_expectation());
  BOOST_TEST(!reader.take_expectation());
  BOOST_TEST((reader.read(request) == State::ready));
}

BOOST_AUTO_TEST_CASE(after_reset_nothing_is_left_of_the_last_request) {
  RequestReader reader;
  BOOST_TEST((reader.read(post("abc")) == State::ready));
  reader.reset();
  BOOST_TEST((reader.read("") == State::more));
  BOOST_TEST((reader.read(get()) == State::ready));
  BOOST_TEST(reader.request().method == "GET");
  BOOST_TEST(reader.request().body == "");
}

BOOST_AUTO_TEST_SUITE_END()
