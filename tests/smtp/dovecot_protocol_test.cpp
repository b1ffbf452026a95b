#include "smtp/dovecot_protocol.h"

#include <boost/test/unit_test.hpp>

namespace mc::smtp::dovecot {

BOOST_AUTO_TEST_SUITE(dovecot_protocol)

BOOST_AUTO_TEST_CASE(what_postfix_and_exim_send_is_read) {
  auto postfix = parse_command("AUTH\t7\tPLAIN\tservice=smtp\tnologin\tlip=192.0.2.1\trip=::ffff:192.0.2.9\tsecured\tresp=AGEAYg==");
  BOOST_REQUIRE(postfix.has_value());
  auto const& auth = std::get<AuthRequest>(*postfix);
  BOOST_TEST(auth.id == 7u);
  BOOST_TEST(auth.mechanism == "PLAIN");
  BOOST_TEST(auth.remote->to_string() == "192.0.2.9");
  BOOST_TEST((auth.secured && auth.nologin && !auth.malformed));
  BOOST_TEST((auth.initial == std::string("\0a\0b", 4)));
  auto exim = parse_command("AUTH\t4294967295\tlogin\tservice=smtp\trip=nowhere\tsecured=tls\tnologin\tresp=");
  BOOST_REQUIRE(exim.has_value());
  auto const& other = std::get<AuthRequest>(*exim);
  BOOST_TEST((other.secured && !other.remote && other.initial == ""));
  BOOST_TEST((!std::get<AuthRequest>(*parse_command("AUTH\t1\tPLAIN")).initial));
  BOOST_TEST(std::get<AuthRequest>(*parse_command("AUTH\t1\tPLAIN\tresp=!")).malformed);
  BOOST_TEST((std::get<Continuation>(*parse_command("CONT\t3\tYQ==")).octets == "a"));
  BOOST_TEST((std::get<Continuation>(*parse_command("CONT\t3\t")).octets == ""));
  BOOST_TEST((!std::get<Continuation>(*parse_command("CONT\t3\t?")).octets));
  BOOST_TEST(std::get<Cancel>(*parse_command("CANCEL\t3")).id == 3u);
  BOOST_TEST(std::get<Version>(*parse_command("VERSION\t1\t1")).major == 1u);
  for (char const* line : {"CPID\t4711", "", "SOMETHING\tnew", "auth\t1\tPLAIN"})
    BOOST_TEST(std::holds_alternative<Ignored>(*parse_command(line)));
}

BOOST_AUTO_TEST_CASE(a_line_that_names_no_request_is_an_error) {
  for (char const* line : {"AUTH", "AUTH\t1", "AUTH\t1\t", "AUTH\tx\tPLAIN", "AUTH\t-1\tPLAIN", "AUTH\t4294967296\tPLAIN", "CONT",
                           "CONT\t1", "CONT\tx\tYQ==", "CONT\t1\tYQ==\tx", "CANCEL", "CANCEL\tx", "VERSION", "VERSION\t1", "VERSION\tx\t1"})
    BOOST_TEST(!parse_command(line).has_value(), line);
}

BOOST_AUTO_TEST_CASE(what_has_no_place_in_a_field_is_written_otherwise) {
  BOOST_TEST(write_success(5, "a\tb\nc\rd\x01" "e") == "OK\t5\tuser=a\x01tb\x01nc\x01rd\x01" "1e\n");
  BOOST_TEST(std::get<AuthRequest>(*parse_command("AUTH\t1\tPL\x01tAIN")).mechanism == "PL\tAIN");
  BOOST_TEST(write_challenge(5, "Username:") == "CONT\t5\tVXNlcm5hbWU6\n");
  BOOST_TEST(write_failure(5, Failure::refused, "No") == "FAIL\t5\treason=No\n");
  BOOST_TEST(write_failure(5, Failure::temporary, "Later") == "FAIL\t5\ttemp\treason=Later\n");
  BOOST_TEST(write_failure(5, Failure::authz, "No") == "FAIL\t5\tauthz\treason=No\n");
}

BOOST_AUTO_TEST_CASE(the_handshake_names_the_mechanisms_by_what_they_reveal) {
  BOOST_TEST(write_handshake({"PLAIN"}, {"SCRAM-SHA-256"}, 12, 34, "ab") ==
             "VERSION\t1\t2\nMECH\tSCRAM-SHA-256\tmutual-auth\nMECH\tPLAIN\tplaintext\nSPID\t12\nCUID\t34\nCOOKIE\tab\nDONE\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::smtp::dovecot
