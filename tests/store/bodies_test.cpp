#include "store/bodies.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "sample.h"
#include "store/keys.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(bodies)

namespace {

constexpr OctetRange all{0, ~std::uint64_t{0}};

std::string shown(std::string_view octets, std::vector<OctetRange> const& cuts) {
  std::string out;
  std::size_t at = 0;
  for (OctetRange cut : cuts) {
    out += octets.substr(at, cut.begin - at);
    at = cut.end;
  }
  return out += octets.substr(at);
}

std::string body_text(Snapshot const& s, BodyId id, OctetRange range = all) {
  std::string out;
  read_body(s, id, range, out);
  return out;
}

std::string message_text(Snapshot const& s, MessageId id, OctetRange range = all) {
  std::string out;
  read_message(s, id, range, out);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(octets_come_back_at_every_chunk_boundary) {
  MemoryStore tx;
  for (std::size_t size : {0, 1, 4075, 4076, 4077, 8151, 8152, 8153, 5'000'000}) {
    BOOST_TEST_CONTEXT("size " << size) {
      std::string octets = pattern(size);
      std::size_t const before = tx.size();
      BodyId id = store_body(tx, octets);
      BOOST_TEST(tx.size() - before == (size + 4075) / 4076 + 3);  // chunks, facts, hash, no reference yet
      BOOST_TEST((body_text(tx, id) == octets));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_full_chunk_is_one_overflow_page) {
  MemoryStore tx;
  BodyId id = store_body(tx, pattern(10'000));
  BOOST_TEST(tx.get(key::body_chunk(id, 0))->size() == 4080u);
  BOOST_TEST(tx.get(key::body_chunk(id, 2))->size() == 4u + 10'000 - 2 * 4076);
}

BOOST_AUTO_TEST_CASE(any_range_of_a_body_with_cuts_is_what_the_cut_text_has_there) {
  MemoryStore tx;
  std::string octets = pattern(13'000);
  std::vector<std::vector<OctetRange>> tables = {
      {}, {{0, 10}}, {{5, 5}}, {{4070, 4080}}, {{0, 1}, {1, 2}, {4076, 8152}}, {{100, 200}, {12'990, 13'000}}, {{0, 13'000}}};
  for (auto const& cuts : tables) {
    BodyId id = store_body(tx, octets, cuts);
    std::string const expected = shown(octets, cuts);
    std::uint64_t const points[] = {0, 1, 4, 5, 6, 99, 100, 101, 4069, 4070, 4071, 4076, 4077, 8151, 8152, 8153, 12'999, 13'000, 20'000};
    for (std::uint64_t begin : points)
      for (std::uint64_t end : points) {
        std::string want = begin < end && begin < expected.size() ? expected.substr(begin, end - begin) : "";
        if (body_text(tx, id, {begin, end}) != want) BOOST_ERROR("range " << begin << " to " << end);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_message_is_its_prefix_and_the_shown_body) {
  MemoryStore tx;
  std::string octets = "X-Hidden: 1\r\nSubject: s\r\n\r\nbody";
  MessageId id = store_message(tx, octets, "X-MC-Type: a\r\n", {{0, 13}});
  std::string const expected = "X-MC-Type: a\r\nSubject: s\r\n\r\nbody";
  BOOST_TEST(message_text(tx, id) == expected);
  BOOST_TEST(message_record(tx, id).size() == expected.size());
  for (std::size_t begin = 0; begin <= expected.size(); ++begin)
    for (std::size_t end = begin; end <= expected.size() + 1; ++end)
      BOOST_TEST(message_text(tx, id, {begin, end}) == expected.substr(begin, end - begin));
  BOOST_TEST(message_text(tx, id, {5, 3}) == "");
}

BOOST_AUTO_TEST_CASE(the_same_octets_with_the_same_cuts_are_stored_once) {
  MemoryStore tx;
  std::string octets = pattern(9000);
  BodyId first = store_body(tx, octets);
  std::size_t const size = tx.size();
  BOOST_TEST((store_body(tx, octets) == first));
  BOOST_TEST(tx.size() == size);
  BodyId other = store_body(tx, octets, {{0, 5}});
  BOOST_TEST((other != first));
  BOOST_TEST((store_body(tx, octets, {{0, 5}}) == other));
  BOOST_TEST((find_body(tx, sha256(octets)) == first));
  BOOST_TEST(!find_body(tx, sha256("nothing")));
}

BOOST_AUTO_TEST_CASE(the_last_reference_leaves_no_key_behind) {
  MemoryStore tx;
  std::string octets = pattern(20'000);
  MessageId one = store_message(tx, octets, "p1: \r\n");
  std::size_t const one_message = tx.size();
  MessageId two = store_message(tx, octets, "p2: \r\n");
  add_reference(tx, two);
  add_reference(tx, two);
  BOOST_TEST(reference_count(tx, one) == 1u);
  BOOST_TEST(reference_count(tx, two) == 3u);
  drop_reference(tx, two);
  drop_reference(tx, two);
  BOOST_TEST(reference_count(tx, two) == 1u);
  BOOST_TEST(message_text(tx, two) == "p2: \r\n" + octets);
  drop_reference(tx, two);
  BOOST_TEST(tx.size() == one_message);
  BOOST_TEST(message_text(tx, one) == "p1: \r\n" + octets);
  drop_reference(tx, one);
  BOOST_TEST(tx.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_single_reference_has_no_count_of_its_own) {
  MemoryStore tx;
  store_message(tx, "a");
  for (auto const& [key, value] : tx.entries())
    BOOST_TEST((key[0] != static_cast<char>(Table::body_refs) && key[0] != static_cast<char>(Table::message_refs)));
}

BOOST_AUTO_TEST_CASE(bodies_of_the_same_hash_and_other_cuts_go_one_by_one) {
  MemoryStore tx;
  MessageId plain = store_message(tx, "same octets");
  MessageId cut = store_message(tx, "same octets", "", {{0, 5}});
  drop_reference(tx, plain);
  BOOST_TEST(message_text(tx, cut) == "octets");
  BOOST_TEST(find_body(tx, sha256("same octets")).has_value());
  drop_reference(tx, cut);
  BOOST_TEST(tx.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_noticed_and_never_served) {
  MemoryStore tx;
  BodyId id = store_body(tx, pattern(9000));
  tx.flip(key::body_chunk(id, 1), 100);
  BOOST_TEST(body_text(tx, id, {0, 4076}).size() == 4076u);
  BOOST_CHECK_THROW(body_text(tx, id, {4076, 4077}), StorageBroken);
  tx.del(key::body_chunk(id, 2));
  BOOST_CHECK_THROW(body_text(tx, id, {8200, 8300}), StorageBroken);
}

BOOST_AUTO_TEST_CASE(facts_of_other_octets_are_a_bug_of_the_caller) {
  MemoryStore tx;
  BOOST_CHECK_THROW(put_body(tx, "abc", facts_of("abd"), sha256("abc")), std::logic_error);
  BOOST_TEST(tx.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_reader_gives_what_the_functions_give_in_any_order) {
  MemoryStore tx;
  std::vector<MessageId> ids;
  for (unsigned i = 0; i < 50; ++i)
    ids.push_back(store_message(tx, pattern(i * 301, i % 20), "P: " + std::to_string(i) + "\r\n"));
  MessageReader reader(tx);
  for (std::size_t step : {1, 7, 49, 0}) {
    for (std::size_t i = 0, at = 0; i < 100; ++i, at = (at + step) % ids.size()) {
      std::string out;
      reader.read(ids[at], all, out);
      BOOST_TEST((out == message_text(tx, ids[at])));
      BOOST_TEST(reader.prefix(ids[at]) == view_of(message_record(tx, ids[at]).prefix()));
      BOOST_TEST(reader.facts(ids[at]).size() == body_facts(tx, BodyId(message_record(tx, ids[at]).body())).size());
      std::string part;
      reader.read_body(ids[at], {3, 10}, part);
      BOOST_TEST((part == body_text(tx, BodyId(message_record(tx, ids[at]).body()), {3, 10})));
    }
  }
  BOOST_CHECK_THROW(reader.record(MessageId(999)), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
