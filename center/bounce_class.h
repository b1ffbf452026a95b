// center/bounce_class.h - what a mail server's reply or status says of the address: useless for good, or in trouble. Pure.
//
// One table of status codes (RFC 3463, the registry of RFC 5248, and what large providers made of them) and one of words for
// servers that give no status, or one that says nothing.
#pragma once
#include <string>
#include <string_view>

namespace mc::center {

enum class BounceKind : unsigned char {
  none,  // no failure: delivered, delayed, nothing that was understood
  soft,  // about the moment, the message or the way there: it may work again
  hard,  // about the address, for good
};
std::string_view to_string(BounceKind kind);  // "none", "soft", "hard"

struct BounceClass {
  BounceKind kind = BounceKind::none;
  std::string_view what;  // "no such address", "mailbox full", "refused by policy"; empty for none
  double weight = 0;      // of a soft one: what it adds to the score of the address (center/suppression.h)
};

// What was asked when the reply came: a bare code ("550 no") is believed as an answer to RCPT; elsewhere only with words that say it.
enum class Asked { recipient, unknown };

// reply = [ "smtp;" ] [ 3DIGIT ( SP / "-" ) ] [ status-code ] text, in any mixture: "550 5.1.1 …", "5.1.1", "550 #5.1.1 …". A 4xx or
// 4.x.x is soft: the caller knows that it was given up. Words that no reply is in are none.
BounceClass classify_reply(std::string_view reply, Asked asked);

// The Status and Diagnostic-Code of a report (RFC 3464, 2.3): the status counts, unless it says nothing ("5.0.0") or the
// diagnosis says more.
BounceClass classify_status(std::string_view status, std::string_view diagnosis);

// By words alone, as servers write them to people: "no such user", "quota exceeded". none: nothing known is said.
BounceClass classify_words(std::string_view text);

// Is its status about an address or a mailbox (x.1.x, x.2.x), so that it means the recipient whatever was asked?
bool is_about_mailbox(std::string_view reply);
// Does it begin with a status of its own ("550 5.1.1 …", "5.1.1"), so that it tells without knowing what was asked?
bool has_status(std::string_view reply);

}  // namespace mc::center
