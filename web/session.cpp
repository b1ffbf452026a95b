#include "web/session.h"

#include <boost/system/system_error.hpp>

#include "core/log.h"
#include "web/routes.h"

namespace mc::web {

namespace asio = net::asio;

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

net::SteadyTime in(Millis time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

Session::Session(ServerContext& server, std::unique_ptr<net::Stream> stream)
    : server_(server), stream_(std::move(stream)), entry_(server.sessions, *stream_) {}

asio::awaitable<void> Session::run() {
  if (server_.tls) {
    stream_->set_deadline(in(server_.limits.handshake_time));
    co_await stream_->start_tls_server(*server_.tls);
  }
  for (;;) {
    bool const coming = co_await wait_for_request();
    if (!coming) break;
    bool const whole = co_await read_request();
    if (!whole) break;
    bool const more = co_await answer();
    if (!more) break;
  }
  co_await stream_->finish();
}

asio::awaitable<bool> Session::wait_for_request() {
  stream_->clear_deadline();
  if (server_.stopping) co_return false;
  if (!input_.empty()) co_return true;
  input_.release();
  net::Woke const woke = co_await stream_->wait(server_.limits.idle_time);
  co_return woke == net::Woke::readable;
}

asio::awaitable<bool> Session::read_request() {
  stream_->set_deadline(in(server_.limits.request_time));
  while (reader_.read(input_.data()) == RequestReader::State::more) {
    if (reader_.take_expectation()) co_await stream_->write(go_on);
    auto const room = input_.prepare();
    std::size_t const count = co_await stream_->read_some(room);
    if (count == 0) co_return false;
    input_.commit(count);
  }
  co_return true;
}

asio::awaitable<bool> Session::answer() {
  stream_->set_deadline(in(server_.limits.answer_time));
  std::string_view route = "-";
  Response response;
  Framed how;
  if (reader_.read({}) == RequestReader::State::refused) {
    response = make_refusal(reader_.refusal());
  } else {
    Request const& request = reader_.request();
    how.head = request.method == "HEAD";
    how.keep_alive = request.keep_alive && ++answered_ < server_.limits.requests && !server_.stopping;
    response = co_await respond(request, route);
    input_.take(reader_.used());
  }
  log_request(response, route);
  std::string const octets = write_response(response, how, server_.center.clock.now());
  reader_.reset();
  co_await stream_->write(octets);
  co_return how.keep_alive;
}

// The one place where a handler's fault ends: it costs the request, not the connection's words.
asio::awaitable<Response> Session::respond(Request const& request, std::string_view& route) {
  std::string fault;
  try {
    Match const match = find_route(request);
    route = match.route;
    if (!match.handler) co_return match.otherwise;
    co_return co_await match.handler(server_.center, request, match.argument);
  } catch (boost::system::system_error const& e) {
    if (!stream_->is_open()) throw;
    fault = e.what();
  } catch (std::exception const& e) {
    fault = e.what();
  }
  log_error("web_fault", {{"route", route}, {"why", fault}});
  co_return make_error(fail(Errc::internal, "Something went wrong here. Please try again later."));
}

// Never the path itself: it holds a token.
void Session::log_request(Response const& response, std::string_view route) const {
  if (!log_enabled(LogLevel::info)) return;
  bool const refused = route == "-" && response.status != 404;
  log_info("web", {{"peer", stream_->peer_text()},
                   {"method", refused ? std::string("-") : reader_.request().method},
                   {"route", route},
                   {"status", response.status}});
}

}  // namespace mc::web
