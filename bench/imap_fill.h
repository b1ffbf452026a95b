// imap_fill.h - fills a mailbox by APPEND, by the fastest way the server offers.
#pragma once

#include <string>

#include "bench/imap_client.h"
#include "bench/message.h"

namespace mc::bench {

// Appends messages number `first` to `last` - 1 of `run` to `mailbox`: with MULTIAPPEND many a command,
// else with LITERAL+ many commands under way, else one by one.
// Returns the name of the way taken. Fails: an APPEND is refused.
std::string fill_mailbox(ImapClient& client, std::string const& mailbox, MessageSpec const& spec,
                         std::string const& run, long first, long last);

// May a literal of `size` octets be sent without asking (LITERAL+, or LITERAL- up to 4096; RFC 7888)?
bool may_send_unasked(ImapClient& client, std::size_t size);

// One APPEND of `message`, waiting for its tagged OK.
void append_one(ImapClient& client, std::string const& mailbox, std::string const& message, bool nonsync);

}  // namespace mc::bench
