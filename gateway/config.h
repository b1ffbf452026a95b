// gateway/config.h - message-center.toml as one value. docs/operations.md is the reference.
//
// Read whole or not at all: unknown keys and wrong values are problems with line, column and a
// guess. Pure; files are read by load_config() only.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "net/address.h"
#include "rules/problem.h"

namespace mc::gateway {

enum class PlaintextLogin { never, loopback };
enum class SmarthostTls { opportunistic, required };
enum class ExternalRoute { smarthost, mx };

// smarthost = [ ("smtp" / "smtps") "://" [ user ":" password "@" ] ] host ":" port   (percent-encoded)
struct Smarthost {
  std::string host;
  std::uint16_t port = 25;
  bool implicit_tls = false;
  std::string user, password;
};
Result<Smarthost> parse_smarthost(std::string_view text);

struct LimitsConfig {
  std::uint64_t connections = 10'000;              // bounds descriptors and memory
  std::uint64_t connections_per_address = 100;     // one host cannot take all places
  std::uint64_t connections_per_loopback = 10'000; // proxies and webmail come from here
  std::uint64_t recipients_per_message = 1'000;    // RFC 5321, 4.5.3.1.8 asks for at least 100
  std::uint64_t recipients_per_broadcast = 100'000;  // the same for the platform: 20 MB while they are named
  std::uint64_t memory_in_flight = std::uint64_t{512} << 20;  // message octets being received, all sessions
  std::uint64_t wrong_passwords = 3;               // per connection, with growing delays, then goodbye
  std::uint64_t bad_commands = 20;                 // per connection, then goodbye
  Millis login_time = std::chrono::minutes(1);     // from the connection to a login
  Millis idle_time = std::chrono::minutes(30);     // IMAP between commands (RFC 9051, 5.4)
  Millis heartbeat = std::chrono::minutes(9);      // IMAP IDLE: under what NAT forgets
  Millis command_time = std::chrono::minutes(5);   // SMTP between commands (RFC 5321, 4.5.3.2.7)
  Millis data_time = std::chrono::minutes(10);     // one message, from DATA to its end, for each 16 MiB
  std::uint64_t received_fields = 50;              // more is a loop
  std::uint64_t user_messages_per_hour = 100;      // what one user may send; agents and the platform as they need
  std::uint64_t user_recipients_per_day = 500;
  Millis queue_lifetime = std::chrono::hours(120); // external mail is given up after 5 days (RFC 5321, 4.5.4.1)
  Millis retry_first = std::chrono::minutes(1);    // back-off of external mail: first and longest wait
  Millis retry_most = std::chrono::hours(1);
  std::uint64_t smarthost_connections = 10;        // of the sender, at once
  std::uint64_t connections_per_domain = 5;        // transactions to one domain at once; larger providers allow more
  std::uint64_t bounce_score = 5;                  // soft bounces, one a day, that suppress an address; 0: never
  Millis bounce_half_life = std::chrono::hours(24 * 14);  // half of them is forgotten in it: weekly ones never suppress
  std::uint64_t thread_messages = 60;              // of one sender to one ticket or conversation in an hour; 0: any number
  std::uint64_t disk_reserve = std::uint64_t{64} << 20;  // free disk below which new mail is refused with 452
};

struct Config {
  std::string file;  // where it was read from
  struct Server {
    std::string hostname, domain, data, policy, postmaster, log_level = "info", time_zone = "UTC";
    std::uint64_t threads = 0;
  } server;
  struct Tls {
    std::string certificate, key;
  } tls;
  struct Imap {
    std::vector<std::string> listen, listen_tls;
    PlaintextLogin plaintext_login = PlaintextLogin::loopback;
  } imap;
  struct Smtp {
    std::vector<std::string> listen, submission, submission_tls, lmtp;
    std::vector<net::Cidr> trusted;
    bool trust_unix = false;  // "unix" in the list
    std::string authserv_id;  // whose Authentication-Results count; empty: the hostname's
    std::uint64_t max_message_size = std::uint64_t{50} << 20;
  } smtp;
  struct Auth {
    std::vector<std::string> listen;  // Unix sockets
    unsigned mode = 0660;
    std::string group;                // of the socket files; empty: ours
  } auth;
  struct External {
    ExternalRoute route = ExternalRoute::smarthost;
    std::vector<std::string> smarthosts;   // as written, in order of preference; none: nothing leaves the queue
    std::string smarthost;                 // the first of them
    std::vector<std::string> tls_domains;  // route mx: globs of domains to which TLS is required
    std::vector<net::Endpoint> resolver;   // route mx: DNS servers; none: the system's
    std::uint16_t mx_port = 25;
    Millis delay_notice = std::chrono::hours(4);  // 0: never
    SmarthostTls tls = SmarthostTls::opportunistic;
    std::string ca_file;    // for tls = "required"; empty: the system's
    std::string from = "notifications";  // local part of From in copies whose own is not of our domain
  } external;
  struct Dkim {
    std::string selector, key, domain;
  };
  std::vector<Dkim> dkim;
  struct Web {
    std::vector<std::string> listen_tls;
    std::string settings;  // address of the page where users change what they get; empty: none
    std::string url;  // base of links, without a slash at the end; empty: from the hostname and the port
  } web;
  struct Tickets {
    bool strangers = false;         // may people without an account open tickets?
    bool agents_at_a2 = false;      // may agents answer from elsewhere, their address proven by DMARC?
    Millis first_answer = std::chrono::hours(8);  // promised to who opens one; 0: no promise
  } tickets;
  LimitsConfig limits;
};

struct ConfigLoad {
  Config config;  // good only without errors
  std::vector<rules::Problem> problems;
  std::string text;
  explicit operator bool() const { return !rules::has_errors(problems); }
};

// Relative paths in it are taken from the directory of `file`.
ConfigLoad parse_config(std::string text, std::string_view file);
// Fails: not_found. Problems inside the file are in the ConfigLoad.
Result<ConfigLoad> load_config(std::string const& file);

// The base of links to our own pages: [web] url, else https://<hostname>, with the port if it is not 443 (0: the one configured).
// Empty when nothing listens for the web.
std::string web_url(Config const& config, std::uint16_t port = 0);

Result<std::string> read_file(std::string const& path, std::size_t most = std::size_t{64} << 20);

}  // namespace mc::gateway
