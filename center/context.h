// center/context.h - what every part of the Message Center works with; wired by gateway/.
#pragma once
#include <cstdint>
#include <string>

#include "center/policy_holder.h"
#include "core/clock.h"
#include "core/worker_pool.h"
#include "store/store.h"

namespace mc::center {

struct Settings {
  std::string hostname;            // in Received, Message-IDs of ours, banners
  std::string authserv_id;         // whose Authentication-Results count (RFC 8601); empty: the hostname's
  std::string domain;              // our users' addresses are <login>@domain
  std::string time_zone = "UTC";   // the site's: of users who have none
  std::string external_from = "notifications";  // local part of From in external copies whose own is not of our domain
  std::string settings_url;        // where users change what they get, for {settings} in footers; empty: nowhere
  std::string web_url;             // "https://mc.example.test", the base of links; empty: no web
  std::string postmaster;          // login; empty: the first admin, else the account "postmaster"
  std::uint64_t max_message_size = std::uint64_t{50} << 20;
  unsigned max_received = 50;      // Received fields: more is a loop (RFC 5321, 6.3 suggests ≥ 100; Postfix 50)
  Millis queue_lifetime = std::chrono::hours(120);       // external mail is given up after 5 days
  Millis retry_first = std::chrono::minutes(1), retry_most = std::chrono::hours(1);
  Millis delay_notice = std::chrono::hours(4);           // external mail that waits longer is told of; 0: never
  unsigned bounce_score = 5;       // soft bounces, one a day, that suppress an address as a hard one does; 0: never
  Millis bounce_half_life = std::chrono::hours(24 * 14);  // in which half of them is forgotten
  unsigned storm_limit = 60;       // messages of one sender to one thread in an hour: no person types as fast; 0: any number
  unsigned user_messages_per_hour = 100, user_recipients_per_day = 500;  // of one user (center/rate_limit.h)
  bool strangers = false;           // may people without an account open tickets?
  bool agents_at_a2 = false;        // may agents answer from elsewhere, their address proven by DMARC?
  Millis first_answer = std::chrono::hours(8);  // promised to who opens a ticket; 0: nothing is

  std::string const& authserv() const { return authserv_id.empty() ? hostname : authserv_id; }
};

struct Context {
  store::Store& store;
  PolicyHolder& policy;
  Clock const& clock;
  rules::Zones const& zones;
  WorkerPool& workers;
  Settings settings;
};

}  // namespace mc::center
