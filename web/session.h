// web/session.h - one HTTPS connection, from its handshake to its end: request after request, each answered before the next
// is looked at.
//
// Thread rule: everything on the thread of the stream's context.
#pragma once
#include <memory>

#include "net/line_buffer.h"
#include "net/stream.h"
#include "web/request_reader.h"
#include "web/response.h"
#include "web/server.h"

namespace mc::web {

class Session {
 public:
  Session(ServerContext& server, std::unique_ptr<net::Stream> stream);
  // To the end of the connection. Throws: faults of the connection.
  net::asio::awaitable<void> run();

 private:
  net::asio::awaitable<bool> wait_for_request();  // false: none will come
  net::asio::awaitable<bool> read_request();      // false: the connection ended or took too long
  net::asio::awaitable<bool> answer();            // false: it was the last
  net::asio::awaitable<Response> respond(Request const& request, std::string_view& route);
  void log_request(Response const& response, std::string_view route) const;

  ServerContext& server_;
  std::unique_ptr<net::Stream> stream_;
  net::SessionRegistry::Entry entry_;
  net::InputBuffer input_{max_head + max_body};
  RequestReader reader_;
  unsigned answered_ = 0;
};

}  // namespace mc::web
