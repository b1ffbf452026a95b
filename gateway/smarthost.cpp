#include "gateway/smarthost.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <stdexcept>

#include "core/text.h"
#include "net/connect.h"
#include "net/line_buffer.h"
#include "smtp/server_reply.h"

namespace mc::gateway {

namespace {

namespace asio = boost::asio;

constexpr Millis time_for_all = std::chrono::seconds(10);
// An address that is certainly elsewhere, and needs no DNS (RFC 5737).
constexpr char elsewhere[] = "RCPT TO:<postmaster@[192.0.2.1]>";

class Dialogue {
 public:
  explicit Dialogue(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)), input_(16 * 1024) {
    stream_->set_deadline(std::chrono::steady_clock::now() + time_for_all);
  }
  asio::awaitable<smtp::ServerReply> hear() {
    smtp::ReplyReader reader;
    for (;;) {
      if (auto line = input_.take_line()) {
        auto const progress = reader.take_line(line->text);
        if (progress == smtp::ReplyReader::Progress::complete) co_return reader.take();
        if (progress == smtp::ReplyReader::Progress::malformed) break;
        continue;
      }
      if (input_.full()) break;
      std::size_t const count = co_await stream_->read_some(input_.prepare(1024));
      if (count == 0) break;
      input_.commit(count);
    }
    throw std::runtime_error("it does not speak SMTP");
  }
  asio::awaitable<smtp::ServerReply> ask(std::string command) {
    command += "\r\n";
    co_await stream_->write(command);
    co_return co_await hear();
  }

 private:
  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_;
};

std::optional<std::string> refusal(smtp::ServerReply const& reply, std::string_view what) {
  if (reply.positive()) return std::nullopt;
  return std::string(what) + ": " + std::to_string(reply.code) + ' ' + printable(reply.text());
}

asio::awaitable<std::optional<std::string>> ask(asio::io_context& context, Smarthost smarthost, std::string helo, bool only_look) {
  auto stream = co_await net::connect(context, smarthost.host, smarthost.port, time_for_all);
  if (smarthost.implicit_tls) co_return std::nullopt;
  Dialogue dialogue(std::move(stream));
  smtp::ServerReply reply = co_await dialogue.hear();
  auto refused = refusal(reply, "lets nobody in");
  std::string const hello = "EHLO " + helo, mail = "MAIL FROM:<>", rcpt = elsewhere, quit = "QUIT";
  if (!refused) reply = co_await dialogue.ask(hello);
  if (!refused) refused = refusal(reply, "does not let us in");
  if (refused || only_look) co_return refused;
  reply = co_await dialogue.ask(mail);
  refused = refusal(reply, "refuses mail from us");
  if (!refused) reply = co_await dialogue.ask(rcpt);
  if (!refused) refused = refusal(reply, "refuses to relay");
  co_await dialogue.ask(quit);
  co_return refused;
}

}  // namespace

std::optional<std::string> find_smarthost_trouble(Config const& config, std::string const& text) {
  auto smarthost = parse_smarthost(text);
  if (!smarthost) return "cannot be asked: " + smarthost.error().text;
  bool const only_look = !smarthost->user.empty() || config.external.tls == SmarthostTls::required;
  std::optional<std::string> trouble;
  asio::io_context context(1);
  asio::co_spawn(context, ask(context, std::move(*smarthost), config.server.hostname, only_look),
                 [&](std::exception_ptr fault, std::optional<std::string> found) {
                   trouble = std::move(found);
                   try {
                     if (fault) std::rethrow_exception(fault);
                   } catch (std::exception const& what) {
                     trouble = "cannot be reached: " + printable(what.what());
                   }
                 });
  context.run();
  return trouble;
}

}  // namespace mc::gateway
