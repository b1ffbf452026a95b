#include "bench/imap_fill.h"

#include <algorithm>

namespace mc::bench {
namespace {

constexpr long messages_a_command = 200;
constexpr long commands_under_way = 32;

std::string literal(std::string const& message, bool nonsync) {
  return "{" + std::to_string(message.size()) + (nonsync ? "+}\r\n" : "}\r\n") + message;
}

struct Fill {
  ImapClient& client;
  std::string const& mailbox;
  MessageSpec const& spec;
  std::string const& run;
  long first, last;

  std::string message(long number) const { return make_message(spec, run, number); }

  // append = "APPEND" SP mailbox 1*append-message                          RFC 3502
  // Synchronizing literals here keep to one message under way, else all are sent at once.
  void multiappend(bool nonsync) const {
    for (long i = first; i < last; i += messages_a_command) {
      std::string out = client.next_tag() + " APPEND " + mailbox;
      for (long n = i; n < std::min(last, i + messages_a_command); ++n) {
        std::string const part = literal(message(n), nonsync);
        std::size_t const body = part.find('\n') + 1;
        out.append(" ").append(part, 0, body);
        if (!nonsync) {
          client.send(out);
          client.read_continuation();
          out.clear();
        }
        out.append(part, body);
      }
      client.send(out + "\r\n");
      client.read_tagged();
    }
  }

  void pipeline() const {
    long answered = first;
    for (long i = first; i < last; ++i) {
      client.send(client.next_tag() + " APPEND " + mailbox + " " + literal(message(i), true) + "\r\n");
      for (; i - answered >= commands_under_way; ++answered) client.read_tagged();
    }
    for (; answered < last; ++answered) client.read_tagged();
  }

  void one_by_one() const {
    for (long i = first; i < last; ++i) append_one(client, mailbox, message(i), false);
  }
};

}  // namespace

bool may_send_unasked(ImapClient& client, std::size_t size) {
  if (client.has_capability("LITERAL+")) return true;
  return size <= 4096 && (client.has_capability("LITERAL-") || client.has_capability("IMAP4rev2"));
}

void append_one(ImapClient& client, std::string const& mailbox, std::string const& message, bool nonsync) {
  std::string const command = client.next_tag() + " APPEND " + mailbox + " ";
  if (nonsync) {
    client.send(command + literal(message, true) + "\r\n");
  } else {
    client.send(command + "{" + std::to_string(message.size()) + "}\r\n");
    client.read_continuation();
    client.send(message + "\r\n");
  }
  client.read_tagged();
}

std::string fill_mailbox(ImapClient& client, std::string const& mailbox, MessageSpec const& spec,
                         std::string const& run, long first, long last) {
  Fill const fill{client, mailbox, spec, run, first, last};
  bool const nonsync = may_send_unasked(client, spec.size);
  if (client.has_capability("MULTIAPPEND")) {
    fill.multiappend(nonsync);
    return nonsync ? "MULTIAPPEND, non-synchronizing" : "MULTIAPPEND";
  }
  if (nonsync) {
    fill.pipeline();
    return "APPEND pipelined";
  }
  fill.one_by_one();
  return "APPEND";
}

}  // namespace mc::bench
