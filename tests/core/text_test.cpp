#include "core/text.h"

#include <boost/test/unit_test.hpp>

using namespace mc;

BOOST_AUTO_TEST_SUITE(text_test)

BOOST_AUTO_TEST_CASE(xtext_is_decoded) {
  BOOST_TEST(*decode_xtext("a+2Bb+3D") == "a+b=");
  BOOST_TEST(*decode_xtext("") == "");
  for (char const* text : {"+", "+2", "+2b", "a=b", "a b", "\x7f", "+ZZ"}) BOOST_TEST(!decode_xtext(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
