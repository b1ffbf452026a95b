// gateway/control.h - the control socket: commands carried out by the running server.
//
// One request a connection: a line of JSON {noun, verb, words, options, input, author, json}, answered by a
// line {exit, out, err}. The socket is the owner's alone (0600 in a 0700 directory); whoever may open it
// may also open the store.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/worker_pool.h"
#include "gateway/commands.h"
#include "net/stream.h"

namespace mc::gateway {

std::string control_path(Config const& config);

struct CommandResult {
  int exit = exit_refused;
  std::string out, err;
};

// Server side: the session for a net::Listener. Commands run on the worker pool.
boost::asio::awaitable<void> serve_control(std::unique_ptr<net::Stream> stream, Desk& desk, WorkerPool& workers);

// Client side; absent: no server is listening there. Blocks. Throws nothing.
std::optional<CommandResult> ask_server(std::string const& path, Command const& command, Arguments const& arguments,
                                        bool json);

}  // namespace mc::gateway
