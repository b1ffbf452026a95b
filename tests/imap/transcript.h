// tests/imap/transcript.h - protocol tests as conversations of several clients.
//
//   # a comment; "---" too ends what is said about the file
//   only ours                         not to be run against another server (the reason follows)
//   given INBOX with 3 messages (\Seen)
//   given Work message (\Flagged) "17-Jul-1996 02:44:25 -0700"
//   | Subject: its octets, line by line
//   |
//   | Text
//   given Support/Unassigned with 2 messages      one ticket of the agents' desk (ours only)
//   A is ana                          logs in as one of our agents, ana or bob, and not as jane
//   A connects                        without login: the greeting is to be expected
//   A> a1 SELECT INBOX                a client sends a line; A, B … are logged in when first named
//   A>> a1 NO                         without CRLF at the end
//   A< ...                            any lines, up to one that matches what is expected next
//   A< * OK [UIDNEXT {{next}}] ...    {{name}} catches a word, later stands for it; "..." any text
//   A<~ * 3 EXISTS                    such lines in a row may come in any order
//   A closed                          the server has closed the connection
//
// Waits for each line as long as it takes to come (10 s: failure). Nothing sleeps.
#pragma once
#include <memory>
#include <string>
#include <vector>

namespace mc::imap::transcript {

// One message that `given` puts into a mailbox.
struct GivenMessage {
  std::string octets;
  std::string flags;  // "(\Seen)"; empty: none
  std::string date;   // as APPEND writes it, with quotes; empty: now
};

// A server under test.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual bool is_ours() const = 0;
  virtual void give(std::string const& mailbox, std::vector<GivenMessage> const& messages) = 0;
  virtual int connect() = 0;  // a blocking socket, greeting not read yet
  virtual std::string login() const = 0;
  virtual std::string password() const = 0;
};

std::unique_ptr<Backend> make_our_backend();
// The IMAP server of MC_TRANSCRIPT_SERVER (host:port), for MC_TRANSCRIPT_USER ("%" becomes a number of
// its own for each transcript: a user who starts with nothing) and MC_TRANSCRIPT_PASSWORD; null without them.
std::unique_ptr<Backend> make_live_backend();

// Throws std::runtime_error with the line and a readable difference.
void run(std::string const& path, Backend& backend);

// "Message n" with a few header fields: what "given … with n messages" means.
std::string sample_message(int number);

}  // namespace mc::imap::transcript
