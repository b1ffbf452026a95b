#include "imap/search_result.h"

#include <boost/test/unit_test.hpp>

namespace mc::imap {
namespace {

using Returns = EnumSet<SearchReturn>;
using enum SearchReturn;

UidSet uids(std::initializer_list<std::uint32_t> list) {
  UidSet out;
  for (std::uint32_t uid : list) out.add(Uid(uid));
  return out;
}

Found some() {
  Found found;
  found.uids = uids({20, 40, 50});
  found.of_first = ModSeq(7);
  found.highest = ModSeq(9);
  found.of_last = ModSeq(8);
  return found;
}

std::string esearch(Returns returns, Found const& found, NumberKind numbers, bool with_modseq = false) {
  std::string out;
  Writer writer(out);
  NumberedUids list(uids({10, 20, 30, 40, 50}));
  write_esearch(writer, "a1", returns, found, list, numbers, with_modseq);
  return out;
}

BOOST_AUTO_TEST_SUITE(search_result)

BOOST_AUTO_TEST_CASE(esearch_tells_what_was_asked_for) {
  struct Row {
    Returns returns;
    NumberKind numbers;
    std::string_view expected;
  };
  Row const rows[] = {
      {{all}, NumberKind::seq, "* ESEARCH (TAG \"a1\") ALL 2,4:5\r\n"},
      {{all}, NumberKind::uid, "* ESEARCH (TAG \"a1\") UID ALL 20,40,50\r\n"},
      {{min, max}, NumberKind::uid, "* ESEARCH (TAG \"a1\") UID MIN 20 MAX 50\r\n"},
      {{min, max, all, count}, NumberKind::seq, "* ESEARCH (TAG \"a1\") MIN 2 MAX 5 COUNT 3 ALL 2,4:5\r\n"},
      {{save, count}, NumberKind::seq, "* ESEARCH (TAG \"a1\") COUNT 3\r\n"},
      {{save}, NumberKind::seq, ""},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.expected) BOOST_TEST(esearch(row.returns, some(), row.numbers) == row.expected);
}

BOOST_AUTO_TEST_CASE(nothing_found_leaves_only_the_count) {
  BOOST_TEST(esearch({min, max, all, count}, {}, NumberKind::uid, true) ==
             "* ESEARCH (TAG \"a1\") UID COUNT 0\r\n");
  BOOST_TEST(esearch({all}, {}, NumberKind::seq) == "* ESEARCH (TAG \"a1\")\r\n");
}

// RFC 7162, 3.1.10
BOOST_AUTO_TEST_CASE(modseq_is_that_of_the_messages_told) {
  auto modseq = [](Returns returns) {
    std::string line = esearch(returns, some(), NumberKind::seq, true);
    return line.substr(line.find("MODSEQ"));
  };
  BOOST_TEST(modseq({all}) == "MODSEQ 9\r\n");
  BOOST_TEST(modseq({min}) == "MODSEQ 7\r\n");
  BOOST_TEST(modseq({max}) == "MODSEQ 8\r\n");
  BOOST_TEST(modseq({min, max}) == "MODSEQ 8\r\n");
  BOOST_TEST(modseq({min, count}) == "MODSEQ 9\r\n");
}

// RFC 5182, 2.4
BOOST_AUTO_TEST_CASE(save_keeps_the_ends_if_only_they_are_asked_for) {
  UidSet found = uids({20, 40, 50});
  BOOST_TEST((saved_result(found, {save}) == found));
  BOOST_TEST((saved_result(found, {save, min}) == uids({20})));
  BOOST_TEST((saved_result(found, {save, max}) == uids({50})));
  BOOST_TEST((saved_result(found, {save, min, max}) == uids({20, 50})));
  BOOST_TEST((saved_result(found, {save, min, count}) == found));
  BOOST_TEST((saved_result(found, {save, max, all}) == found));
  BOOST_TEST(saved_result({}, {save, min}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
