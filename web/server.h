// web/server.h - what all HTTPS sessions share, and the session function a Listener runs.
//
// gateway/ fills a ServerContext and keeps it alive as long as sessions run.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "center/context.h"
#include "core/clock.h"
#include "core/current.h"
#include "net/listener.h"
#include "net/session_registry.h"
#include "net/tls.h"

namespace mc::web {

struct Limits {
  Millis handshake_time = std::chrono::seconds(15);
  Millis idle_time = std::chrono::seconds(30);     // before a first and between requests
  Millis request_time = std::chrono::seconds(20);  // from a request's first octet to its last
  Millis answer_time = std::chrono::seconds(30);   // from there until the answer is taken
  unsigned requests = 100;                         // on one connection
};

struct ServerContext {
  center::Context& center;
  std::shared_ptr<net::TlsContext> tls;  // null: plain, for tests
  Limits limits = {};
  std::atomic<bool> stopping{false};  // set by stop_sessions()
  net::SessionRegistry sessions = {};
};

net::Session make_session(ServerContext& context);

// Idle connections end at once, the others after their answer. Any thread.
void stop_sessions(ServerContext& context);

}  // namespace mc::web
