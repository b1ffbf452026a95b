#include "web/routes.h"

#include <boost/test/unit_test.hpp>

using namespace mc::web;

BOOST_AUTO_TEST_SUITE(routes)

BOOST_AUTO_TEST_CASE(the_star_is_the_argument_and_never_part_of_what_is_logged) {
  Request request;
  request.method = "POST";
  request.path = "/unsubscribe/abc";
  Match const match = find_route(request);
  BOOST_TEST(match.handler != nullptr);
  BOOST_TEST(match.argument == "abc");
  BOOST_TEST(match.route == "/unsubscribe/*");
  request.path = "/abc";
  BOOST_TEST(find_route(request).route == "-");
}

BOOST_AUTO_TEST_SUITE_END()
