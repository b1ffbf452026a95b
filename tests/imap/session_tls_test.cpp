#include "imap/session.h"

#include <boost/test/unit_test.hpp>

#include "test_server.h"
#include "tests/net/support.h"

namespace mc::imap {
namespace {

namespace nt = net::test;

asio::awaitable<std::string> read_line(net::Stream& stream) {
  std::string line;
  char c = 0;
  while (c != '\n' && co_await stream.read_some({&c, 1}) == 1) line += c;
  co_return line;
}

asio::awaitable<std::string> command(net::Stream& stream, std::string line) {
  std::string sent = "t " + line + "\r\n";
  co_await stream.write(sent);
  std::string answer;
  for (std::string got; !got.starts_with("t ");) {
    got = co_await read_line(stream);
    if (got.empty()) break;
    answer += got;
  }
  co_return answer;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

BOOST_AUTO_TEST_SUITE(session_tls)

BOOST_AUTO_TEST_CASE(starttls_forgets_what_was_said_in_clear) {
  TestServer server;
  server.context().tls = nt::Certificates::shared().server();
  server.context().plaintext_login = PlaintextLogin::never;
  asio::io_context context(1);
  nt::run(context, [&]() -> asio::awaitable<void> {
    net::Stream stream(context, server.connect());
    std::string greeting = co_await read_line(stream);
    BOOST_TEST(contains(greeting, " STARTTLS "));
    BOOST_TEST(contains(greeting, " LOGINDISABLED "));
    // "injected" arrives with STARTTLS and must never be answered.
    co_await stream.write("a STARTTLS\r\ninjected NOOP\r\n");
    std::string answer = co_await read_line(stream);
    BOOST_TEST(answer.starts_with("a OK "));
    auto tls = nt::Certificates::shared().client();
    co_await stream.start_tls_client(*tls, "localhost");
    answer = co_await command(stream, "CAPABILITY");
    BOOST_TEST(!contains(answer, "injected"));
    BOOST_TEST(!contains(answer, "STARTTLS"));
    BOOST_TEST(contains(answer, " AUTH=PLAIN "));
    answer = co_await command(stream, "STARTTLS");
    BOOST_TEST(answer.starts_with("t BAD "));
    answer = co_await command(stream, "LOGIN jane secret");
    BOOST_TEST(answer.starts_with("t OK "));
  });
}

BOOST_AUTO_TEST_CASE(implicit_tls_greets_after_the_handshake) {
  TestServer server;
  server.context().tls = nt::Certificates::shared().server();
  asio::io_context context(1);
  nt::run(context, [&]() -> asio::awaitable<void> {
    net::Stream stream(context, server.connect(true));
    auto tls = nt::Certificates::shared().client();
    co_await stream.start_tls_client(*tls, "localhost");
    std::string greeting = co_await read_line(stream);
    BOOST_TEST(greeting.starts_with("* OK [CAPABILITY "));
    std::string answer = co_await command(stream, "AUTHENTICATE PLAIN AGphbmUAc2VjcmV0");
    BOOST_TEST(answer.starts_with("t OK "));
    answer = co_await command(stream, "LOGOUT");
    BOOST_TEST(answer.starts_with("* BYE "));
    answer = co_await read_line(stream);
    BOOST_TEST(answer.empty());
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
