// center/ticket_post.h - one public message of a ticket, to everybody who takes part. For the inside of center/ticket*.
#pragma once
#include <string>
#include <string_view>

#include "center/prepared.h"
#include "center/ticket_work.h"

namespace mc::center {

struct TicketMessage {
  Prepared const& content;       // what they get, under a header of ours; not derived
  mail::Summary const& written;  // of the author's message: what it answers
  mail::Address from;            // as they see it
  std::uint32_t entry = 0;
  std::string shown_id;    // its Message-ID for them
  std::size_t author = 0;  // his place in the list, from 1, who does not get it; 0: an agent
};

// To each accepted participant but the author: by the rules for users, directly to strangers. How many it went to.
std::size_t post_to_participants(TicketWork& work, store::Ticket const& ticket, TicketMessage const& message);

// An address that only SMTPUTF8 carries (RFC 6531).
bool is_international(std::string_view address);

// Would it reach anybody?
bool has_listeners(store::Snapshot const& s, store::Ticket const& ticket, std::size_t author);

}  // namespace mc::center
