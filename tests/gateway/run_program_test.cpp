#include "gateway/run_program.h"

#include <boost/test/unit_test.hpp>

namespace mc::gateway {

BOOST_AUTO_TEST_SUITE(run_program_test)

BOOST_AUTO_TEST_CASE(words_and_end_of_a_program) {
  auto done = run_program({"sh", "-c", "echo \"$1\"; exit 3", "sh", "a; b $x"});
  BOOST_REQUIRE(done.has_value());
  BOOST_TEST(done->out == "a; b $x\n");
  BOOST_TEST(done->exit == 3);
  BOOST_TEST(run_program({"sh", "-c", "kill -9 $$"})->exit == 128 + 9);
}

BOOST_AUTO_TEST_CASE(one_that_is_not_there_ends_not_or_says_too_much_fails) {
  BOOST_TEST((run_program({"/nowhere/program"}).error().code == Errc::not_found));
  BOOST_TEST((run_program({"sleep", "60"}, Millis(50)).error().code == Errc::unavailable));
  BOOST_TEST((run_program({"yes"}, std::chrono::seconds(20), 100'000).error().code == Errc::too_big));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::gateway
