// imap_client.h - a blocking IMAP client that reads fast and counts what it reads.
//
// It keeps nothing of an answer: a response is a line, any literals in it are skipped
// by their length. What was seen is tallied, so that a command's result can be
// checked without spending time on it. One connection, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/support.h"
#include "bench/tls.h"

namespace mc::bench {

// What came back between sending a command and its tagged answer.
struct Tally {
  std::size_t octets = 0;          // all of it
  std::size_t literal_octets = 0;  // inside literals
  std::size_t fetches = 0;         // FETCH responses
  std::size_t items = 0;           // FETCH responses that contain the item looked for
  std::uint64_t sequence_sum = 0;  // of the FETCH responses' sequence numbers
  std::uint64_t size_sum = 0;      // of RFC822.SIZE values
  std::size_t hits = 0;            // numbers in SEARCH responses
  std::size_t lists = 0;           // LIST responses
  long exists = -1;                // last EXISTS
  long status_messages = -1;       // MESSAGES of a STATUS response
  std::string ok_text;             // the tagged line after "OK "
};

class ImapClient {
 public:
  // Connects and reads the greeting. `tls`: TLS from the first octet.
  ImapClient(sockaddr_in const& address, bool tls);

  // Sends `command` (no tag, no line end) and reads to its tagged OK.
  // `item`: what each FETCH response's first line must contain to count in `items`.
  // Fails: NO, BAD, BYE, a closed connection.
  Tally run(std::string_view command, std::string_view item = {});

  void login(std::string const& user, std::string const& password);
  bool has_capability(std::string_view name);

  // For pipelines: sends without waiting; reads to the next tagged OK of any tag.
  void send(std::string_view data);
  Tally read_tagged(std::string_view item = {});
  // Reads one "+ " continuation. Fails: anything else.
  void read_continuation();
  std::string next_tag() { return "a" + std::to_string(++tag_); }

 private:
  std::string_view read_line();
  void skip_literal(std::size_t size);
  void refill();
  void tally_line(std::string_view line, std::string_view item, Tally& tally);

  UniqueFd fd_;
  SslPtr ssl_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // unread part of buffer_
  std::size_t consumed_ = 0;         // octets read since the last command
  unsigned long tag_ = 0;
  std::string capabilities_;
};

}  // namespace mc::bench
