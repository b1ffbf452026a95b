#include "smtp/reply.h"

#include <boost/test/unit_test.hpp>

using namespace mc;
using namespace mc::smtp;

namespace {
std::string written(Reply const& reply) {
  std::string out;
  write_reply(reply, out);
  return out;
}
}  // namespace

BOOST_AUTO_TEST_CASE(replies_are_written_line_by_line) {
  BOOST_TEST(written(Reply(250, "2.1.0", "Ok")) == "250 2.1.0 Ok\r\n");
  BOOST_TEST(written(Reply(250, "", std::vector<std::string>{"a", "b", "c"})) ==
             "250-a\r\n250-b\r\n250 c\r\n");
  BOOST_TEST(written(Reply(550, "5.1.1", "No\r\n250 injected")) == "550 5.1.1 No??250 injected\r\n");
  BOOST_TEST(written(Reply(550, "5.1.1", std::string(1000, 'x'))).size() < 512u);
}

BOOST_AUTO_TEST_CASE(errors_have_faces_by_stage_and_may_bring_their_own_status) {
  BOOST_TEST(written(reply_for(fail(Errc::not_found, "No such"), Stage::address)) == "550 5.1.1 No such\r\n");
  BOOST_TEST(written(reply_for(fail(Errc::syntax, "Bad"), Stage::address)) == "553 5.1.3 Bad\r\n");
  BOOST_TEST(written(reply_for(fail(Errc::syntax, "Bad"), Stage::content)) == "550 5.6.0 Bad\r\n");
  BOOST_TEST(written(reply_for(fail(Errc::no_space, "Full"), Stage::content)) == "452 4.3.1 Full\r\n");
  BOOST_TEST(written(reply_for(fail(Errc::forbidden, "5.4.6 A loop"), Stage::content)) ==
             "554 5.4.6 A loop\r\n");
  BOOST_TEST(written(reply_for(fail(Errc::forbidden, "5.4 no status"), Stage::content)) ==
             "550 5.7.1 5.4 no status\r\n");
}
