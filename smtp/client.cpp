#include "smtp/client.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "core/text.h"
#include "net/connect.h"
#include "net/sasl.h"
#include "smtp/dot_stuffer.h"

namespace mc::smtp {

namespace asio = net::asio;

namespace {

constexpr std::size_t content_chunk = 64 * 1024;
constexpr Millis goodbye_time = std::chrono::seconds(5);
constexpr int max_auth_steps = 10;

net::SteadyTime after(Millis time) {
  return std::chrono::steady_clock::now() + time;
}

[[noreturn]] void protocol_fault() {
  throw boost::system::system_error(boost::system::errc::make_error_code(boost::system::errc::protocol_error),
                                    "the server does not speak SMTP");
}

Error unavailable(std::string text) {
  return fail(Errc::unavailable, std::move(text));
}

// Nothing that would end the command or the path, whatever the store holds.
bool is_sound_path(std::string_view path) {
  return path.size() <= 320 && std::none_of(path.begin(), path.end(), [](char c) {
           return (c >= 0 && c <= ' ') || c == 0x7f || c == '<' || c == '>';
         });
}

std::string write_notify(unsigned char bits) {
  static constexpr std::string_view names[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
  std::string out;
  for (unsigned i = 0; i < 4; ++i)
    if (bits & (1u << i)) out += (out.empty() ? "" : ",") + std::string(names[i]);
  return out;
}

}  // namespace

// --- replies

asio::awaitable<ServerReply> Client::read_reply(Millis time) {
  stream_->set_deadline(after(time));
  ReplyReader reader;
  for (;;) {
    if (auto line = input_.take_line()) {
      auto const progress = reader.take_line(line->text);
      if (progress == ReplyReader::Progress::malformed) protocol_fault();
      if (progress == ReplyReader::Progress::complete) break;
      continue;
    }
    if (input_.full()) protocol_fault();
    std::size_t const count = co_await stream_->read_some(input_.prepare(1024));
    if (count == 0) throw boost::system::system_error(asio::error::eof);
    input_.commit(count);
  }
  stream_->clear_deadline();
  ServerReply reply = reader.take();
  if (reply.code == 421) usable_ = false;
  co_return reply;
}

asio::awaitable<ServerReply> Client::ask(std::string command) {
  command += "\r\n";
  co_await stream_->write(command);
  co_return co_await read_reply(settings_.command_time);
}

// --- opening

asio::awaitable<Result<void>> Client::open(asio::io_context& context) {
  for (bool try_tls : {true, false}) {
    input_.clear();
    co_await reach(context);
    if (closed_) throw boost::system::system_error(asio::error::operation_aborted);
    stream_->set_timeout(settings_.command_time);
    std::exception_ptr fault;
    try {
      co_return co_await begin(try_tls);
    } catch (boost::system::system_error const&) {
      fault = std::current_exception();
    }
    bool const only_tls = std::exchange(handshaking_, false) && !settings_.require_tls && !closed_;
    if (!only_tls) std::rethrow_exception(fault);
  }
  co_return unavailable("Not reached");
}

// By the addresses given, in turn; else by what the system says of the host.
asio::awaitable<void> Client::reach(asio::io_context& context) {
  std::vector<asio::ip::address> addresses = settings_.addresses;
  if (reached_) addresses = {*reached_};
  if (addresses.empty())
    stream_ = co_await net::connect(context, settings_.host, settings_.port, settings_.connect_time);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    net::Endpoint const endpoint{addresses[i], settings_.port, {}};
    try {
      stream_ = co_await net::connect(context, endpoint, settings_.connect_time);
      reached_ = addresses[i];
      co_return;
    } catch (boost::system::system_error const&) {
      if (closed_ || i + 1 == addresses.size()) throw;
    }
  }
}

void Client::close() {
  closed_ = true;
  if (stream_) stream_->close();
}

asio::awaitable<Result<void>> Client::begin(bool try_tls) {
  if (settings_.implicit_tls) {
    stream_->set_deadline(after(settings_.command_time));
    co_await stream_->start_tls_client(*settings_.tls, settings_.host);
    stream_->clear_deadline();
  }
  ServerReply const greeting = co_await read_reply(settings_.command_time);
  if (!greeting.positive()) co_return unavailable(greeting.text());
  Result<void> done = co_await hello();
  if (done && try_tls && !stream_->is_tls()) done = co_await protect();
  if (done && !settings_.user.empty()) done = co_await authenticate();
  co_return done;
}

asio::awaitable<Result<void>> Client::hello() {
  std::string ehlo = "EHLO " + settings_.helo, helo = "HELO " + settings_.helo;
  ServerReply reply = co_await ask(std::move(ehlo));
  extensions_ = reply.positive() ? read_extensions(reply) : Extensions();
  if (reply.code / 100 == 5) reply = co_await ask(std::move(helo));
  if (!reply.positive()) co_return unavailable(reply.text());
  std::string_view const name = std::string_view(reply.lines.front()).substr(0, reply.lines.front().find(' '));
  if (settings_.not_ourselves && iequals(name, settings_.helo)) co_return unavailable("It calls itself " + settings_.helo + ": a loop");
  co_return Result<void>();
}

// RFC 3207
asio::awaitable<Result<void>> Client::protect() {
  if (!extensions_.starttls || !settings_.tls) {
    if (settings_.require_tls) co_return unavailable("TLS required but not offered");
    co_return Result<void>();
  }
  std::string starttls = "STARTTLS";
  ServerReply const reply = co_await ask(std::move(starttls));
  if (reply.code != 220) {
    if (settings_.require_tls || !usable_) co_return unavailable("TLS required but refused: " + reply.text());
    co_return Result<void>();
  }
  if (!input_.empty()) protocol_fault();  // said before TLS, to be believed after it
  handshaking_ = true;
  stream_->set_deadline(after(settings_.command_time));
  co_await stream_->start_tls_client(*settings_.tls, settings_.host);
  stream_->clear_deadline();
  handshaking_ = false;
  co_return co_await hello();
}

// RFC 4954
asio::awaitable<Result<void>> Client::authenticate() {
  bool const plaintext = stream_->is_tls() || stream_->is_loopback();
  net::SaslClientConfig config{settings_.user, settings_.password};
  auto sasl = net::SaslClient::make(extensions_.mechanisms, plaintext, std::move(config));
  if (!sasl) co_return unavailable("No usable AUTH mechanism is offered");
  auto initial = sasl->step("");
  if (!initial) co_return initial.error();
  std::string line = "AUTH " + std::string(sasl->mechanism());
  if (*initial) line += (*initial)->empty() ? " =" : ' ' + base64(**initial);
  for (int step = 0; step < max_auth_steps; ++step) {
    ServerReply const reply = co_await ask(std::move(line));
    if (reply.code == 235) {
      if (!sasl->satisfied())
        co_return unavailable("AUTH: the server could not prove that it knows the password");
      co_return Result<void>();
    }
    if (reply.code != 334) co_return unavailable("AUTH: " + reply.text());
    auto challenge = parse_base64(trim(reply.lines.front()));
    if (!challenge) protocol_fault();
    auto answer = sasl->step(*challenge);
    if (!answer) co_return unavailable("AUTH: " + answer.error().text);
    line = *answer ? base64(**answer) : std::string();
  }
  co_return unavailable("AUTH: too many steps");
}

// --- one message

std::string Client::write_mail(center::OutgoingMail const& mail) const {
  std::string line = "MAIL FROM:<" + mail.sender + '>';
  if (extensions_.size) line += " SIZE=" + std::to_string(mail.size);
  if (mail.eight_bit && extensions_.eight_bit) line += " BODY=8BITMIME";
  if (mail.smtputf8) line += " SMTPUTF8";
  if (extensions_.dsn && mail.ret) line += mail.ret == 1 ? " RET=HDRS" : " RET=FULL";
  if (extensions_.dsn && !mail.envid.empty()) line += " ENVID=" + mail.envid;
  return line + "\r\n";
}

std::string Client::write_rcpt(center::OutgoingMail const& mail) const {
  std::string line = "RCPT TO:<" + mail.recipient + '>';
  if (extensions_.dsn && mail.notify) line += " NOTIFY=" + write_notify(mail.notify);
  if (extensions_.dsn && !mail.orcpt.empty()) line += " ORCPT=" + mail.orcpt;
  return line + "\r\n";
}

// 530 and 538 are about us, not about the message: an admin has to act, and then it can go.
Sent Client::refused(ServerReply const& reply) {
  bool const for_good = reply.code / 100 == 5 && reply.code != 530 && reply.code != 538;
  bool const in_place = reply.code / 100 == 4 || reply.code / 100 == 5;
  if (!in_place) usable_ = false;
  needs_reset_ = true;
  Sent out;
  out.outcome = for_good ? center::SendOutcome::permanent : center::SendOutcome::temporary;
  out.reply = reply.text();
  out.code = reply.code;
  return out;
}

asio::awaitable<Sent> Client::send(center::OutgoingMail const& mail, ContentSource const& content) {
  using center::SendOutcome;
  answered_ = false;
  bool const sound = is_sound_path(mail.sender) && is_sound_path(mail.recipient) && !mail.recipient.empty() &&
                     is_sound_path(mail.envid) && is_sound_path(mail.orcpt);
  if (!sound) co_return Sent{SendOutcome::permanent, "553 5.1.3 The address cannot be written in SMTP"};
  if (mail.smtputf8 && !extensions_.smtputf8)
    co_return Sent{SendOutcome::permanent, "553 5.6.7 " + settings_.host + " does not take SMTPUTF8"};
  if (extensions_.max_size > 0 && mail.size > extensions_.max_size)
    co_return Sent{SendOutcome::permanent,
                   "552 5.3.4 " + std::to_string(mail.size) + " octets are more than the " +
                       std::to_string(extensions_.max_size) + " that " + settings_.host + " takes"};
  Sent sent = co_await transact(mail, content);
  ++transactions_;
  co_return sent;
}

// With PIPELINING all commands go at once; else each waits for the answer to the one before.
asio::awaitable<Sent> Client::transact(center::OutgoingMail const& mail, ContentSource const& content) {
  std::vector<std::string> commands;
  if (needs_reset_) commands.emplace_back("RSET\r\n");
  commands.push_back(write_mail(mail));
  commands.push_back(write_rcpt(mail));
  commands.emplace_back("DATA\r\n");
  needs_reset_ = false;
  std::string together;
  for (std::string const& command : commands) together += command;
  if (extensions_.pipelining) co_await stream_->write(together);

  std::optional<Sent> failure;
  for (std::string const& command : commands) {
    if (!extensions_.pipelining) co_await stream_->write(command);
    ServerReply const reply = co_await read_reply(settings_.command_time);
    answered_ = answered_ || reply.code != 421;
    bool const is_data = command == "DATA\r\n";
    bool const good = is_data ? reply.code == 354 : reply.positive();
    if (!good && !failure) {
      failure = refused(reply);
      failure->to_recipient = command.starts_with("RCPT ");
      failure->to_sender = command.starts_with("MAIL ");
    }
    if (is_data && good && failure) co_await end_empty_content();
    if (failure && (!extensions_.pipelining || !usable_)) break;
  }
  if (failure) co_return std::move(*failure);
  co_return co_await transmit(mail, content);
}

// The server wants content though it took no sender or no recipient (RFC 2920, 3.1): it gets none.
asio::awaitable<void> Client::end_empty_content() {
  std::string_view const dot = ".\r\n";
  co_await stream_->write(dot);
  co_await read_reply(settings_.data_time);
}

asio::awaitable<Sent> Client::transmit(center::OutgoingMail const& mail, ContentSource const& content) {
  DotStuffer stuffer;
  std::uint64_t offset = 0;
  std::string wire;
  for (;;) {
    std::string const chunk = content(offset, content_chunk);
    if (chunk.empty()) break;
    offset += chunk.size();
    wire.clear();
    stuffer.write(chunk, wire);
    co_await stream_->write(wire);
  }
  if (offset != mail.size) {  // dropped from the queue meanwhile: half of it must not be taken for the whole
    usable_ = false;
    stream_->close();
    co_return Sent{center::SendOutcome::temporary, "The message was withdrawn while it was being sent"};
  }
  wire.clear();
  stuffer.finish(wire);
  co_await stream_->write(wire);
  ServerReply const reply = co_await read_reply(settings_.data_time);
  if (reply.positive()) {
    Sent taken;
    taken.outcome = center::SendOutcome::sent;
    taken.reply = reply.text();
    taken.dsn_passed_on = extensions_.dsn;
    taken.code = reply.code;
    co_return taken;
  }
  Sent failure = refused(reply);
  needs_reset_ = false;  // the transaction is over
  co_return failure;
}

// --- between messages, and the end

asio::awaitable<bool> Client::idle(Millis time) {
  input_.release();
  net::Woke const woke = co_await stream_->wait(time);
  if (woke == net::Woke::readable) usable_ = false;  // a 421, or the end
  co_return woke == net::Woke::signalled;
}

asio::awaitable<void> Client::quit() {
  std::string_view const command = "QUIT\r\n";
  stream_->set_timeout(goodbye_time);
  co_await stream_->write(command);
  co_await read_reply(goodbye_time);
  co_await stream_->finish(goodbye_time);
}

}  // namespace mc::smtp
