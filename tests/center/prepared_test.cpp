#include "center/prepared.h"

#include <boost/test/unit_test.hpp>

#include "mail/headers.h"

namespace mc::center {

namespace {

constexpr std::string_view us = "mx.example.test";
std::string const pass = "Authentication-Results: mx.example.test;\r\n\tdmarc=pass header.from=ext.test\r\n";
std::string const other_pass = "Authentication-Results: mx.example.test; dmarc=pass header.from=bank.test\r\n";
std::string const foreign = "Authentication-Results: relay.far.test; dmarc=pass header.from=bank.test\r\n";
std::string const rest = "From: a@ext.test\r\nSubject: x\r\n\r\nbody\r\n";

std::string shown(Prepared const& p) {
  std::string out;
  std::uint64_t at = 0;
  for (store::OctetRange cut : p.cuts) {
    out += p.octets.substr(at, cut.begin - at);
    at = cut.end;
  }
  return out + p.octets.substr(at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prepared)

BOOST_AUTO_TEST_CASE(of_several_fields_in_our_name_the_topmost_is_believed_and_shown_alone) {
  for (std::string const above : {std::string(), foreign, std::string("Received: from x by y; now\r\n")}) {
    Prepared const p = prepare(above + pass + other_pass + foreign + other_pass + rest, Trust::our_mta, us);
    BOOST_TEST(shown(p) == above + pass + foreign + rest);
    BOOST_TEST(p.auth.dmarc_passed_for("ext.test"));
    BOOST_TEST(!p.auth.dmarc_passed_for("bank.test"));
    BOOST_TEST(p.auth.authserv_id == us);
  }
}

BOOST_AUTO_TEST_CASE(without_our_mta_in_between_nothing_in_our_name_is_believed_or_shown) {
  for (Trust trust : {Trust::other, Trust::our_mta}) {
    Prepared const p = prepare(pass + other_pass + foreign + rest, trust, us);
    BOOST_TEST(p.auth.dmarc_passed_for("ext.test") == (trust == Trust::our_mta));
    BOOST_TEST(shown(p) == (trust == Trust::our_mta ? pass : "") + foreign + rest);
  }
}

BOOST_AUTO_TEST_CASE(another_ones_word_is_left_alone_and_counts_for_nothing) {
  Prepared const p = prepare(foreign + rest, Trust::our_mta, us);
  BOOST_TEST(p.cuts.empty());
  BOOST_TEST(p.auth.dmarc.empty());
}

BOOST_AUTO_TEST_CASE(a_topmost_field_that_cannot_be_read_makes_no_other_one_believed) {
  for (std::string const broken :
       {"Authentication-Results: mx.example.test dmarc=pass\r\n", "Authentication-Results: mx.example.test; dmarc=pass (\r\n",
        "Authentication-Results: mx.example.test 2; dmarc=pass header.from=ext.test\r\n"}) {
    Prepared const p = prepare(broken + pass + rest, Trust::our_mta, us);
    BOOST_TEST(shown(p) == rest);
    BOOST_TEST(p.auth.dmarc.empty());
  }
}

BOOST_AUTO_TEST_CASE(no_way_of_writing_our_name_gets_past_the_cut) {
  for (std::string const field :
       {"Authentication-Results: MX.Example.TEST; none\r\n", "authentication-results : mx.example.test; none\r\n",
        "Authentication-Results: (a (b)) mx.example.test; none\r\n", "Authentication-Results: \"mx.example.test\"; none\r\n",
        "Authentication-Results: \"mx\\.example.test\" (c) 1; none\r\n", "Authentication-Results:\r\n mx.example.test\r\n ; none\r\n",
        "Authentication-Results: mx.example.test\r\n"}) {
    BOOST_TEST(shown(prepare(field + rest, Trust::other, us)) == rest, field);
    BOOST_TEST(shown(prepare(pass + field + rest, Trust::our_mta, us)) == pass + rest, field);
  }
  std::string const longer = "Authentication-Results: mx.example.test.far.test; none\r\n";
  BOOST_TEST(shown(prepare(longer + rest, Trust::other, us)) == longer + rest);
}

BOOST_AUTO_TEST_CASE(the_platform_says_what_it_likes_and_nothing_is_read) {
  Prepared const p = prepare(pass + other_pass + rest, Trust::platform, us);
  BOOST_TEST(p.cuts.empty());
  BOOST_TEST(p.auth.dmarc.empty());
}

BOOST_AUTO_TEST_CASE(our_mta_counts_for_mail_it_hands_on_from_elsewhere_only) {
  Submitter submitter;
  BOOST_TEST((trust_in(submitter) == Trust::other));
  submitter.by_our_mta = true;
  BOOST_TEST((trust_in(submitter) == Trust::our_mta));
  submitter.kind = SubmitterKind::platform;
  BOOST_TEST((trust_in(submitter) == Trust::platform));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::center
