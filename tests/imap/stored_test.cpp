#include "imap/stored.h"

#include <boost/test/unit_test.hpp>

#include "imap/cursor.h"

namespace mc::imap {
namespace {

std::vector<std::string> const keywords{"$Forwarded", "Work", "later"};

Flags flags(std::string_view list) {
  Cursor in(list);
  return in.finish(in.flag_list()).value();
}

BOOST_AUTO_TEST_SUITE(stored)

BOOST_AUTO_TEST_CASE(sets_survive_the_way_to_the_store_and_back) {
  for (char const* text : {"1", "1:3,7,9:4294967295"}) {
    UidSet set = parse_uid_set(text).value();
    BOOST_TEST(to_string(imap_set(store_set(set))) == text);
  }
  BOOST_TEST(imap_set(store_set(UidSet{})).empty());
}

BOOST_AUTO_TEST_CASE(flags_become_bits_when_the_mailbox_knows_them) {
  BOOST_TEST(find_flag_bits(flags("(\\Seen \\Deleted)"), keywords).value() ==
             (store::flag::seen | store::flag::deleted));
  BOOST_TEST(find_flag_bits(flags("(\\Answered work LATER)"), keywords).value() ==
             (store::flag::answered | (store::Flags{6} << 8)));
  BOOST_TEST(!find_flag_bits(flags("(unheard-of)"), keywords));
  BOOST_TEST(find_flag_bits(Flags{}, keywords).value() == 0u);
}

BOOST_AUTO_TEST_CASE(bits_become_text) {
  FlagText text(keywords);
  BOOST_TEST(text(0) == "()");
  BOOST_TEST(text(0, true) == "(\\Recent)");
  BOOST_TEST(text(store::flag::seen | store::flag::flagged) == "(\\Flagged \\Seen)");
  BOOST_TEST(text(store::flag::seen | (store::Flags{5} << 8), true) == "(\\Seen \\Recent $Forwarded later)");
}

BOOST_AUTO_TEST_CASE(remembered_text_is_never_another_combinations) {
  FlagText shared(keywords);
  for (store::Flags f = 0; f < 512; ++f) {
    store::Flags bits = (f & 31) | ((f >> 5) & 7) << 8;
    FlagText fresh(keywords);
    std::string expected(fresh(bits, f >= 256));
    BOOST_TEST(shared(bits, f >= 256) == expected);
    BOOST_TEST(shared(bits, f >= 256) == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
