#include "imap/response.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(response)

namespace {

std::string tagged(Result<Done> const& result) {
  std::string out;
  Writer w(out);
  write_tagged(w, "a1", "SELECT", result);
  return out;
}

std::string untagged(Status status, std::string_view code, std::string_view text) {
  std::string out;
  Writer w(out);
  write_untagged(w, status, code, text);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(success_names_the_command_unless_it_has_words) {
  BOOST_TEST(tagged(Done{}) == "a1 OK SELECT completed\r\n");
  BOOST_TEST(tagged(Done::with("READ-WRITE")) == "a1 OK [READ-WRITE] SELECT completed\r\n");
  BOOST_TEST(tagged(Done::with("READ-ONLY", "Look only")) == "a1 OK [READ-ONLY] Look only\r\n");
  BOOST_TEST(tagged(Done::no("TRYCREATE", "No such mailbox")) == "a1 NO [TRYCREATE] No such mailbox\r\n");
  BOOST_TEST(tagged(Done(Status::no, "", "")) == "a1 NO SELECT failed\r\n");
}

BOOST_AUTO_TEST_CASE(every_error_has_a_face) {
  struct Row {
    Errc error;
    std::string_view line;
  };
  for (Row row :
       {Row{Errc::syntax, "a1 BAD t"}, Row{Errc::not_found, "a1 NO [NONEXISTENT] t"},
        Row{Errc::exists, "a1 NO [ALREADYEXISTS] t"}, Row{Errc::forbidden, "a1 NO [NOPERM] t"},
        Row{Errc::auth_failed, "a1 NO [AUTHENTICATIONFAILED] t"}, Row{Errc::auth_required, "a1 BAD t"},
        Row{Errc::limit, "a1 NO [LIMIT] t"}, Row{Errc::too_big, "a1 NO [TOOBIG] t"},
        Row{Errc::no_space, "a1 NO [UNAVAILABLE] t"}, Row{Errc::conflict, "a1 NO [INUSE] t"},
        Row{Errc::unsupported, "a1 NO [CANNOT] t"}, Row{Errc::unavailable, "a1 NO [UNAVAILABLE] t"},
        Row{Errc::internal, "a1 NO [SERVERBUG] t"}})
    BOOST_TEST(tagged(fail(row.error, "t")) == std::string(row.line) + "\r\n");
}

BOOST_AUTO_TEST_CASE(text_follows_every_code_and_is_one_line) {
  BOOST_TEST(tagged(fail(Errc::not_found, "")) == "a1 NO [NONEXISTENT] Failed\r\n");
  BOOST_TEST(tagged(fail(Errc::syntax, "a\r\nb OK evil\xff")) == "a1 BAD a??b OK evil?\r\n");
  BOOST_TEST(tagged(fail(Errc::syntax, "[ALERT] no")) == "a1 BAD - [ALERT] no\r\n");
  BOOST_TEST(untagged(Status::ok, "UIDNEXT 5", "") == "* OK [UIDNEXT 5] UIDNEXT\r\n");
  BOOST_TEST(untagged(Status::bye, "", "") == "* BYE BYE\r\n");
  BOOST_TEST(untagged(Status::preauth, "CAPABILITY X", "hi") == "* PREAUTH [CAPABILITY X] hi\r\n");
}

BOOST_AUTO_TEST_CASE(continuations_always_have_text) {
  std::string out;
  Writer w(out);
  write_continuation(w, "");
  write_continuation(w, "idling");
  write_challenge(w, "");
  write_challenge(w, "foo");
  BOOST_TEST(out == "+ OK\r\n+ idling\r\n+ \r\n+ Zm9v\r\n");
}

BOOST_AUTO_TEST_CASE(codes_with_arguments) {
  auto set = [](std::string_view text) { return parse_uid_set(text).value(); };
  BOOST_TEST(code::append_uid(UidValidity(38505), set("3955")) == "APPENDUID 38505 3955");
  std::vector<UidRange> source{{304, 304}, {319, 320}}, target{{3956, 3958}}, mixed{{7, 7}, {3, 4}};
  BOOST_TEST(code::copy_uid(UidValidity(38505), source, target) == "COPYUID 38505 304,319:320 3956:3958");
  BOOST_TEST(code::copy_uid(UidValidity(38505), source, mixed) == "COPYUID 38505 304,319:320 7,3:4");
  BOOST_TEST(code::uid_validity(UidValidity(3857529045)) == "UIDVALIDITY 3857529045");
  BOOST_TEST(code::uid_next(Uid(4392)) == "UIDNEXT 4392");
  BOOST_TEST(code::highest_modseq(ModSeq(715194045007)) == "HIGHESTMODSEQ 715194045007");
  BOOST_TEST(code::modified(set("7,9")) == "MODIFIED 7,9");
  Flags flags;
  flags.add({SystemFlag::deleted, {}});
  BOOST_TEST(code::permanent_flags(flags, true) == "PERMANENTFLAGS (\\Deleted \\*)");
  BOOST_TEST(code::permanent_flags({}, false) == "PERMANENTFLAGS ()");
  std::string_view const names[] = {"IMAP4rev1", "IMAP4rev2"};
  BOOST_TEST(code::capability(names) == "CAPABILITY IMAP4rev1 IMAP4rev2");
  BOOST_TEST(code::bad_charset() == "BADCHARSET (US-ASCII UTF-8)");
  BOOST_TEST(code::bad_event(names) == "BADEVENT (IMAP4rev1 IMAP4rev2)");
}

BOOST_AUTO_TEST_SUITE_END()
