#include "center/bounce_class.h"

#include <boost/test/unit_test.hpp>

using namespace mc::center;

namespace mc::center {
inline std::ostream& operator<<(std::ostream& out, BounceKind kind) { return out << to_string(kind); }
}  // namespace mc::center

BOOST_AUTO_TEST_SUITE(bounce_classes)

BOOST_AUTO_TEST_CASE(a_reply_says_what_is_the_matter) {
  constexpr auto none = BounceKind::none, soft = BounceKind::soft, hard = BounceKind::hard;
  struct Row {
    std::string_view reply;
    Asked asked;
    BounceKind kind;
    std::string_view what;
    double weight = 0;
  };
  auto const rcpt = Asked::recipient, any = Asked::unknown;
  Row const rows[] = {
      {"550 5.1.1 No such user", any, hard, "no such address"},
      {"550 5.1.2 domain", any, hard, "no such domain"},
      {"550 5.1.3 syntax", any, hard, "no such address"},
      {"551 5.1.6 moved", any, hard, "address moved"},
      {"556 5.1.10 null MX", any, hard, "the domain takes no mail"},
      {"556 no mail", any, hard, "the domain takes no mail"},
      {"550 5.2.1 disabled", any, hard, "mailbox disabled"},
      {"550 5.4.310 no domain", any, hard, "no such domain"},
      {"550 5.4.4 unrouteable", any, hard, "no way to the domain"},
      {"550 5.4.1 Recipient address rejected: Access denied", any, hard, "no such address"},
      {"550 5.4.1 no answer", any, soft, "no answer from their server", 1},
      {"550 5.3.0 No such user", any, hard, "no such address"},
      {"550 5.3.0 disk trouble", any, soft, "their mail system in trouble", 1},
      {"550 5.5.0 mailbox unavailable", any, hard, "no such address"},
      {"552 5.2.2 full", any, soft, "mailbox full", 1},
      {"550 5.1.1 mailbox full", any, soft, "mailbox full", 1},
      {"552 whatever", any, soft, "mailbox full", 1},
      {"550 5.7.1 user unknown", any, soft, "refused by policy", 0.5},
      {"554 5.7.26 unauthenticated", rcpt, soft, "refused by policy", 0.5},
      {"550 5.7.1 Relaying denied", rcpt, soft, "not relayed", 0},
      {"454 4.7.1 Relay access denied", rcpt, soft, "not relayed", 0},
      {"550 5.1.1 unknown in relay recipient table", rcpt, hard, "no such address"},
      {"550 5.1.8 your domain", rcpt, soft, "our sender address refused", 0},
      {"554 5.6.0 content", any, soft, "message refused", 0.5},
      {"450 4.2.0 greylisted", rcpt, soft, "given up after many tries", 1},
      {"452 4.2.2 full", rcpt, soft, "mailbox full", 1},
      {"550 no", rcpt, hard, "no such address"},
      {"550 no", any, soft, "refused", 0.5},
      {"550 User unknown", any, hard, "no such address"},
      {"554 no", rcpt, soft, "refused", 0.5},
      {"554 No such user", rcpt, hard, "no such address"},
      {"550 blocked by policy", rcpt, soft, "refused by policy", 0.5},
      {"250 2.1.5 Ok", rcpt, none, ""},
      {"354 go on", rcpt, none, ""},
      {"connect: Connection refused", rcpt, none, ""},
      {"", rcpt, none, ""},
      {"5", rcpt, none, ""},
      {"550", rcpt, hard, "no such address"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.reply) {
    BounceClass const is = classify_reply(row.reply, row.asked);
    BOOST_TEST(is.kind == row.kind);
    BOOST_TEST(is.what == row.what);
    BOOST_TEST(is.weight == row.weight);
  }
}

BOOST_AUTO_TEST_CASE(a_status_that_says_nothing_leaves_it_to_the_diagnosis) {
  struct Row {
    std::string_view status, diagnosis;
    BounceKind kind;
    std::string_view what;
  };
  Row const rows[] = {
      {"5.1.1", "", BounceKind::hard, "no such address"},
      {"5.0.0", "smtp; 550 5.1.1 unknown", BounceKind::hard, "no such address"},
      {"5.0.0", "smtp; 550 odd", BounceKind::soft, "refused"},
      {"5.0.0", "X-Notes; user not listed in directory", BounceKind::hard, "no such address"},
      {"", "smtp; 550 user unknown", BounceKind::hard, "no such address"},
      {"", "", BounceKind::soft, "failed"},
      {"5.5.0", "smtp; 550 5.1.1 unknown", BounceKind::hard, "no such address"},
      {"5.5.0", "smtp; 550 5.7.1 spam", BounceKind::soft, "refused by policy"},
      {"5.3.0", "", BounceKind::soft, "their mail system in trouble"},
      {"5.7.1", "smtp; 550 5.1.1 lies", BounceKind::soft, "refused by policy"},
      {"5.2.1", "smtp; 550 5.2.1 receiving mail at a rate that", BounceKind::soft, "too much at once"},
      {"4.4.7", "smtp; 550 user unknown", BounceKind::soft, "given up after many tries"},
      {"2.0.0", "", BounceKind::soft, "failed"},
  };
  for (Row const& row : rows) BOOST_TEST_CONTEXT(row.status << " / " << row.diagnosis) {
    BounceClass const is = classify_status(row.status, row.diagnosis);
    BOOST_TEST(is.kind == row.kind);
    BOOST_TEST(is.what == row.what);
  }
}

BOOST_AUTO_TEST_CASE(only_statuses_of_addresses_and_mailboxes_are_about_the_recipient) {
  BOOST_TEST(is_about_mailbox("552 5.2.2 full"));
  BOOST_TEST(is_about_mailbox("smtp; 550 5.1.1 no"));
  BOOST_TEST(!is_about_mailbox("451 4.3.0 trouble"));
  BOOST_TEST(!is_about_mailbox("550 no"));
  BOOST_TEST(!is_about_mailbox("550 5.0.0 no"));
}

BOOST_AUTO_TEST_SUITE_END()
