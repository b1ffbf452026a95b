#define BOOST_TEST_MODULE message_center
#include <boost/test/unit_test.hpp>
