// tests/smtp/scripted_server.h - a mail server that does what a script says, for tests of the sender.
//
//   S: text       the server says text and CRLF
//   C: pattern    the client's next line; * and ? match
//   DATA          takes content up to the final dot; see messages
//   TLS           handshake
//   DROP          closes without a word (also the end of a script)
//   END           the client closes
//   HOLD          waits for release()
//
// Each connection plays the next script; when there is none left, connections are refused.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "tests/smtp/script.h"

namespace mc::smtp::test {

class ScriptedServer {
 public:
  ScriptedServer(asio::io_context& context, std::vector<std::string> scripts)
      : context_(context),
        acceptor_(context, {asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()),
        gate_(context, asio::steady_timer::time_point::max()),
        scripts_(scripts.begin(), scripts.end()) {
    if (scripts_.empty())
      acceptor_.close();
    else
      asio::co_spawn(context, accept(), [](std::exception_ptr) {});
  }
  std::uint16_t port() const { return port_; }
  bool played() const { return scripts_.empty() && open_ == 0; }
  std::size_t left() const { return scripts_.size(); }
  int open() const { return open_; }
  void release() { gate_.cancel(); }

  std::vector<std::string> messages;  // content as sent, without the final dot
  std::shared_ptr<net::TlsContext> tls;
  std::function<void()> on_data;  // before content is taken

 private:
  asio::awaitable<void> accept() {
    while (!scripts_.empty()) {
      asio::ip::tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      std::string script = std::move(scripts_.front());
      scripts_.pop_front();
      auto stream = std::make_unique<net::Stream>(context_, socket.release());
      ++open_;
      asio::co_spawn(context_, play(std::move(stream), std::move(script)), [this](std::exception_ptr fault) {
        --open_;
        try {
          if (fault) std::rethrow_exception(fault);
        } catch (std::exception const& e) {
          BOOST_ERROR("the scripted server failed: " << e.what());
        }
      });
    }
    acceptor_.close();
  }

  asio::awaitable<void> play(std::unique_ptr<net::Stream> stream, std::string script) {
    net::InputBuffer input(1 << 20);
    stream->set_timeout(std::chrono::seconds(20));
    for (std::string_view line : split(script, '\n')) {
      line = trim(line);
      if (line.starts_with("S:")) {
        std::string const text = unescape(line.substr(3)) + "\r\n";
        co_await stream->write(text);
      } else if (line.starts_with("C:")) {
        std::string const got = co_await read_line(*stream, input);
        BOOST_TEST(glob_match(line.substr(3), got), "the client said " << got << ", expected " << line);
      } else if (line == "DATA") {
        if (on_data) on_data();
        std::string content;
        for (;;) {
          std::string const got = co_await read_line(*stream, input);
          if (got == "." || got == "(closed)") break;
          content += got + "\r\n";
        }
        messages.push_back(std::move(content));
      } else if (line == "HOLD") {
        co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
      } else if (line == "TLS") {
        co_await stream->start_tls_server(*tls);
      } else if (line == "END") {
        std::string const got = co_await read_line(*stream, input);
        BOOST_TEST(got == "(closed)");
      } else if (line == "DROP") {
        break;
      }
    }
    stream->close();
  }

  static asio::awaitable<std::string> read_line(net::Stream& stream, net::InputBuffer& input) {
    for (;;) {
      if (auto line = input.take_line()) {
        BOOST_TEST(line->crlf);
        co_return std::string(line->text);
      }
      std::size_t count = 0;
      try {
        count = co_await stream.read_some(input.prepare());
      } catch (boost::system::system_error const&) {
        count = 0;
      }
      if (count == 0) co_return "(closed)";
      input.commit(count);
    }
  }

  asio::io_context& context_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  asio::steady_timer gate_;
  std::deque<std::string> scripts_;
  int open_ = 0;
};

}  // namespace mc::smtp::test
