#include "imap/mutf7.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "core/text.h"

using namespace mc;
using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(mutf7)

namespace {

struct Pair {
  std::string_view encoded;
  std::string_view utf8;
};

}  // namespace

BOOST_AUTO_TEST_CASE(names_go_both_ways) {
  for (Pair p : {
           Pair{"", ""},
           Pair{"INBOX", "INBOX"},
           Pair{"Account Alerts", "Account Alerts"},
           Pair{"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},  // RFC 3501, 5.1.3
           Pair{"&-", "&"},
           Pair{"R&-D", "R&D"},
           Pair{"&-&-", "&&"},
           Pair{"Entw&APw-rfe", "Entwürfe"},
           Pair{"&AOkA6A-", "éè"},
           Pair{"&2D3eAA-", "\xF0\x9F\x98\x80"},  // outside the basic plane: a surrogate pair
           Pair{"a&AOk-&-b", "aé&b"},
           Pair{"&-&AOk-", "&é"},
       }) {
    BOOST_TEST_CONTEXT(p.encoded) {
      auto decoded = decode_mutf7(p.encoded);
      BOOST_REQUIRE(decoded.has_value());
      BOOST_TEST(*decoded == p.utf8);
      BOOST_TEST(encode_mutf7(p.utf8) == p.encoded);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_another_encoder_would_not_write_is_refused) {
  for (auto encoded : {
           "&",
           "a&",
           "&AOk",
           "&AO!-",               // unterminated, outside the alphabet
           "&Jjo!",               // RFC 3501's illegal examples
           "&U,BTFw-&ZeVnLIqe-",  // superfluous shift
           "&AGE-",
           "&ACY-",  // printable ASCII, the '&' itself
           "&AOl-",
           "&A-",
           "&AA-",
           "&AOkA-",  // stray bits, wrong length
           "&2D0-",
           "&3gA-",
           "&2D0AYQ-",  // lone surrogates
           "&AO/p-",    // '/' of ordinary base64
           "é",
           "\x7f",
           "a\tb",  // not printable ASCII
       }) {
    BOOST_TEST_CONTEXT(encoded) {
      BOOST_TEST(!decode_mutf7(encoded).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(inbox_is_one_name_in_any_case) {
  for (Dialect dialect : {Dialect{false}, Dialect{true}}) {
    BOOST_TEST(canonical_mailbox("inbox", dialect).value() == "INBOX");
    BOOST_TEST(canonical_mailbox("InBoX", dialect).value() == "INBOX");
    BOOST_TEST(canonical_mailbox("inbox2", dialect).value() == "inbox2");
    BOOST_TEST(canonical_mailbox("", dialect).value() == "");
  }
}

BOOST_AUTO_TEST_CASE(the_dialect_says_which_encoding_a_name_has) {
  BOOST_TEST(canonical_mailbox("Entw&APw-rfe", {false}).value() == "Entwürfe");
  BOOST_TEST(!canonical_mailbox("Entwürfe", {false}).has_value());
  BOOST_TEST(canonical_mailbox("Entwürfe", {true}).value() == "Entwürfe");
  BOOST_TEST(canonical_mailbox("R&D", {true}).value() == "R&D");
  BOOST_TEST(!canonical_mailbox("Entw\xfcrfe", {true}).has_value());
}

BOOST_AUTO_TEST_CASE(names_hold_no_control_characters_and_are_bounded) {
  BOOST_TEST(!canonical_mailbox("a\nb", {true}).has_value());
  BOOST_TEST(!canonical_mailbox("a\xc2\x85", {true}).has_value());
  BOOST_TEST(!canonical_mailbox("a\xe2\x80\xa8", {true}).has_value());
  BOOST_TEST(!canonical_mailbox("&AAk-", {false}).has_value());
  BOOST_TEST(canonical_mailbox(std::string(max_mailbox_name, 'x'), {}).has_value());
  BOOST_TEST((canonical_mailbox(std::string(max_mailbox_name + 1, 'x'), {}).error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(any_text_survives_the_round_trip) {
  std::mt19937 random(5);
  constexpr std::string_view alphabet[] = {"a", "&",        "-", "/", "é", "台", "\xF0\x9F\x98\x80",
                                           " ", "\xC2\xA0", "ÿ"};
  for (int round = 0; round < 5000; ++round) {
    std::string name;
    for (auto n = random() % 12; n > 0; --n) name += alphabet[random() % std::size(alphabet)];
    auto encoded = encode_mutf7(name);
    auto decoded = decode_mutf7(encoded);
    BOOST_REQUIRE_MESSAGE(decoded.has_value(), encoded);
    BOOST_REQUIRE_EQUAL(*decoded, name);
  }
}

// Whatever decodes is the one encoding of what it decodes to.
BOOST_AUTO_TEST_CASE(there_is_only_one_way_to_write_a_name) {
  std::mt19937 random(6);
  constexpr std::string_view alphabet = "&-AOk,23gD a";
  int accepted = 0;
  for (int round = 0; round < 50000; ++round) {
    std::string text;
    for (auto n = random() % 10; n > 0; --n) text += alphabet[random() % alphabet.size()];
    auto decoded = decode_mutf7(text);
    if (!decoded) continue;
    ++accepted;
    BOOST_REQUIRE(is_utf8(*decoded));
    BOOST_REQUIRE_EQUAL(encode_mutf7(*decoded), text);
  }
  BOOST_TEST(accepted > 1000);
}

BOOST_AUTO_TEST_SUITE_END()
