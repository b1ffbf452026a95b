// One command of a session: from its frame to its tagged line.
#include <exception>

#include "core/log.h"
#include "imap/parse_access.h"
#include "imap/parse_command.h"
#include "imap/session.h"
#include "imap/updates.h"

namespace mc::imap {

asio::awaitable<void> Session::run_command(std::string_view frame) {
  stop_timing();
  Result<CommandHead> head = parse_command(frame, dialect());
  if (!head) {
    refuse(tag_of(frame), head.error());
    co_return;
  }
  CommandRow const* row = find_command(head->name);
  if (!row || !row->states.contains(state_)) {
    refuse(head->tag, fail(Errc::syntax, row ? head->name + " is not possible now" : "Unknown command"));
    co_return;
  }
  bad_commands_ = 0;
  Command command{head->tag, head->args, row->numbers};
  Result<Done> result = co_await call(*row, command);
  co_await finish_command(head->tag, row->name, result);
}

// The one place where what a command throws is caught.
asio::awaitable<Result<Done>> Session::call(CommandRow const& row, Command const& command) {
  response_begins();
  try {
    Result<Done> result = co_await row.handler(*this, command);
    response_begins();
    catch_up(*this, row.expunges);
    co_return result;
  } catch (boost::system::system_error const&) {
    throw;  // the connection
  } catch (std::exception const& fault) {
    log_error(
        "imap command failed",
        {{"command", row.name}, {"user", login_}, {"peer", stream_->peer_text()}, {"why", fault.what()}});
    if (unfinished_) throw;  // the client is in the middle of a literal
  }
  co_return after_exception();
}

Result<Done> Session::after_exception() {
  output_.resize(std::min(output_.size(), response_start_));
  return fail(Errc::internal, "Internal error");
}

asio::awaitable<void> Session::finish_command(std::string_view tag, std::string_view name,
                                              Result<Done> const& result) {
  After after = std::exchange(after_, After::nothing);
  bool good = result && result->status == Status::ok;
  if (!result && result.error().code == Errc::syntax) ++bad_commands_;
  if (after == After::idle && good) {
    idle_tag_ = tag;
    framer_.expect_line();
    co_return;
  }
  Writer writer = out();
  write_tagged(writer, tag, name, result);
  if (after == After::start_tls && good) co_await negotiate_tls();
}

// Before login a client that only sends nonsense is not kept.
void Session::refuse(std::string_view tag, Error error) {
  if (state_ == State::not_authenticated) ++bad_commands_;
  Writer writer = out();
  write_tagged(writer, tag, "", Result<Done>(std::move(error)));
}

// Some commands have a code of their own for a literal that is too big.
void Session::refuse_frame(Error error) {
  CommandRow const* row = find_command(framer_.name());
  if (!row || error.code != Errc::too_big || state_ == State::not_authenticated)
    return refuse(framer_.tag(), std::move(error));
  Writer writer = out();
  write_tagged(writer, framer_.tag(), row->name, Done::no(std::string(row->too_big), error.text));
}

void Session::end_idle(std::string_view line) {
  catch_up(*this, Expunges::tell);
  Result<Done> result = Done{};
  if (!is_done(line)) result = fail(Errc::syntax, "Expected DONE");
  Writer writer = out();
  write_tagged(writer, idle_tag_, "IDLE", result);
  std::string().swap(idle_tag_);
}

// Nothing said before TLS counts after it (RFC 9051, 6.2.1).
asio::awaitable<void> Session::negotiate_tls() {
  co_await flush();
  input_.clear();
  framer_.abandon();
  co_await stream_->start_tls_server(*server_.tls);
}

}  // namespace mc::imap
