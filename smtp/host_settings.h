// smtp/host_settings.h - another mail server, and how to speak to it.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "net/tls.h"

namespace mc::smtp {

struct HostSettings {
  std::string host;  // the name its certificate must hold; resolved by the system unless there are addresses
  std::uint16_t port = 25;
  std::vector<boost::asio::ip::address> addresses;  // to be tried in turn
  bool implicit_tls = false;
  bool require_tls = false;  // refuse to send over an unprotected connection; certificate verified
  std::shared_ptr<net::TlsContext> tls;  // client context: verifying when require_tls, else opportunistic
  std::string user, password;            // empty: no AUTH. PLAIN and LOGIN only under TLS or to loopback
  std::string helo;                      // our hostname
  bool not_ourselves = false;            // one that calls itself by our hostname is a loop
  Millis connect_time = std::chrono::seconds(30);
  Millis command_time = std::chrono::minutes(5);  // RFC 5321, 4.5.3.2
  Millis data_time = std::chrono::minutes(10);    // for the answer to the final dot

  std::string name() const { return host + ':' + std::to_string(port); }  // in logs and replies
};

}  // namespace mc::smtp
