#include "imap/flag.h"

#include <boost/test/unit_test.hpp>

using namespace mc::imap;

BOOST_AUTO_TEST_SUITE(flag)

BOOST_AUTO_TEST_CASE(system_flags_are_known_in_any_case) {
  for (auto flag :
       {SystemFlag::answered, SystemFlag::flagged, SystemFlag::deleted, SystemFlag::seen, SystemFlag::draft})
    BOOST_TEST((find_system_flag(name_of(flag)) == flag));
  BOOST_TEST((find_system_flag("\\sEEn") == SystemFlag::seen));
  for (auto name : {"\\Recent", "Seen", "\\", "", "\\See", "\\*"})
    BOOST_TEST(!find_system_flag(name).has_value());
}

BOOST_AUTO_TEST_CASE(a_keyword_is_an_atom_of_bounded_length) {
  for (auto text : {"$Forwarded", "NonJunk", "a", "x+y", "[tag", "a}b"}) BOOST_TEST(is_keyword(text));
  for (auto text : {"", "\\Seen", "a b", "a(b", "a]b", "a\"b", "a*b", "a%b", "a{b", "é", "a\x01"})
    BOOST_TEST(!is_keyword(text));
  BOOST_TEST(is_keyword(std::string(max_keyword_length, 'k')));
  BOOST_TEST(!is_keyword(std::string(max_keyword_length + 1, 'k')));
}

BOOST_AUTO_TEST_CASE(flags_hold_each_flag_once) {
  Flags flags;
  BOOST_TEST(flags.empty());
  flags.add({SystemFlag::seen, {}});
  flags.add({SystemFlag::seen, {}});
  flags.add({SystemFlag::none, "$Junk"});
  flags.add({SystemFlag::none, "$JUNK"});
  BOOST_TEST(flags.has(SystemFlag::seen));
  BOOST_TEST(!flags.has(SystemFlag::draft));
  BOOST_TEST(flags.keywords.size() == 1u);
  BOOST_TEST(flags.keywords[0] == "$Junk");
  BOOST_TEST(flags.has_keyword("$junk"));
}

BOOST_AUTO_TEST_SUITE_END()
