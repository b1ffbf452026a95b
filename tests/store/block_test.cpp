#include "store/block.h"

#include <boost/test/unit_test.hpp>

#include "store/crc32c.h"
#include "store/engine.h"

using namespace mc;
using namespace mc::store;

BOOST_AUTO_TEST_SUITE(block)

namespace {

Entry entry(std::uint32_t uid, Flags flags = 0) {
  return {Uid(uid), uid * 10, flags, ModSeq(uid + 5), -std::int64_t{uid}, MessageId(uid + 1000), uid + 7};
}

std::string packed(std::vector<Entry> const& entries) {
  std::string out(packed_size(entries.size()), '\xEE');
  pack(entries, out.data());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_full_block_fills_exactly_one_overflow_page) {
  BOOST_TEST(packed_size(block_capacity) == 4080u);
}

BOOST_AUTO_TEST_CASE(what_is_packed_comes_back_whatever_the_alignment) {
  std::vector<Entry> entries;
  for (std::uint32_t uid = 1; uid <= block_capacity; ++uid) entries.push_back(entry(uid * 3, uid % 3));
  std::string shifted = "x" + packed(entries);
  BlockView block(std::string_view(shifted).substr(1));
  BOOST_TEST((unpack(block) == entries));
}

BOOST_AUTO_TEST_CASE(the_header_counts) {
  std::string value = packed({entry(4, flag::seen), entry(5), entry(7, flag::deleted)});
  BlockView block(value);
  BOOST_TEST(block.count() == 3u);
  BOOST_TEST(block.unseen() == 2u);
  BOOST_TEST(block.deleted() == 1u);
  BOOST_TEST(block.first_uid() == 4u);
  BOOST_TEST(block.last_uid() == 7u);
  BOOST_TEST(block.highest_modseq().value == 12u);
  BOOST_TEST(block.octets() == 160u);
  BOOST_TEST(!block.contiguous());
}

BOOST_AUTO_TEST_CASE(lower_bound_finds_the_first_at_or_behind) {
  std::string with_gaps = packed({entry(4), entry(5), entry(9), entry(20)});
  struct { std::uint32_t uid; std::size_t at; } rows[] = {{1, 0}, {4, 0}, {5, 1}, {6, 2}, {9, 2}, {10, 3}, {20, 3}, {21, 4}};
  for (auto row : rows) BOOST_TEST(BlockView(with_gaps).lower_bound(row.uid) == row.at);
  std::string without = packed({entry(4), entry(5), entry(6)});
  BOOST_TEST(BlockView(without).lower_bound(5) == 1u);
  BOOST_TEST(BlockView(without).lower_bound(7) == 3u);
}

BOOST_AUTO_TEST_CASE(a_damaged_block_is_refused) {
  std::string value = packed({entry(4), entry(5)});
  BOOST_CHECK_THROW(BlockView(""), StorageBroken);
  BOOST_CHECK_THROW(BlockView(std::string_view(value).substr(0, value.size() - 1)), StorageBroken);
  value[0] = 93;
  BOOST_CHECK_THROW(BlockView{value}, StorageBroken);
  value[0] = 0;
  BOOST_CHECK_THROW(BlockView{value}, StorageBroken);
}

BOOST_AUTO_TEST_CASE(crc32c_gives_the_values_of_rfc_3720) {
  BOOST_TEST(crc32c("123456789") == 0xE3069283u);
  BOOST_TEST(crc32c(std::string(32, '\0')) == 0x8A9136AAu);
  BOOST_TEST(crc32c(std::string(32, '\xFF')) == 0x62A8AB43u);
  BOOST_TEST(crc32c("") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
