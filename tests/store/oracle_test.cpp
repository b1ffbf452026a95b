// Random operations on several mailboxes, each answer compared with a naive model.
#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <map>
#include <random>

#include "memory_store.h"
#include "sample.h"
#include "store/keys.h"
#include "store/messages.h"
#include "temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(oracle)

namespace {

struct ModelMessage {
  Entry entry;
  ModSeq arrived;
};
struct ModelMailbox {
  std::vector<ModelMessage> messages;
  std::map<std::uint32_t, ModSeq> expunged;  // uid -> modseq of its end
  std::uint32_t uid_next = 1;
  std::uint64_t modseq = 1;
};

constexpr std::size_t mailbox_count = 3;

struct World {
  explicit World(unsigned seed) : random(seed) {}

  std::uint32_t below(std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(0, n - 1)(random); }
  UidSet some_uids(ModelMailbox const& m) {
    UidSet out;
    if (below(8) == 0) return UidSet{{1, ~std::uint32_t{0}}};
    for (std::uint32_t i = below(6); i-- > 0;) {
      std::uint32_t first = 1 + below(m.uid_next + 5);
      out.add(first, first + (below(3) == 0 ? below(150) : below(4)));
    }
    return out;
  }

  void append_some(Transaction& tx, std::size_t at);
  void flag_some(Transaction& tx, std::size_t at);
  void expunge_some(Transaction& tx, std::size_t at);
  void copy_some(Transaction& tx, std::size_t at, bool move);
  void step(Transaction& tx);

  void check(Snapshot const& s, std::size_t at);
  void check_changes(Snapshot const& s, std::size_t at, ModSeq since, Uid known_next);

  std::mt19937 random;
  std::vector<MailboxId> ids;
  ModelMailbox model[mailbox_count];
};

void World::append_some(Transaction& tx, std::size_t at) {
  ModelMailbox& m = model[at];
  for (std::uint32_t n = below(40); n-- > 0;) {
    Entry e;
    e.size = below(1000);
    e.flags = below(32) | Flags{below(4)} << 8;
    e.date = below(100'000);
    e.message = store_message(tx, pattern(below(30), below(5)));
    auto appended = append(tx, ids[at], {e.message, e.size, e.flags, e.date});
    e.uid = Uid(m.uid_next++);
    e.modseq = ModSeq(++m.modseq);
    e.saved = static_cast<std::uint32_t>(tx.now().time_since_epoch().count() / 1000);
    BOOST_REQUIRE((appended && appended->uid == e.uid && appended->modseq == e.modseq));
    m.messages.push_back({e, e.modseq});
  }
}

void World::flag_some(Transaction& tx, std::size_t at) {
  ModelMailbox& m = model[at];
  UidSet const uids = some_uids(m);
  auto const how = static_cast<FlagChange>(below(3));
  Flags const flags = below(32) | Flags{below(4)} << 8;
  std::optional<ModSeq> unchanged_since;
  if (below(3) == 0) unchanged_since = ModSeq(below(static_cast<std::uint32_t>(m.modseq) + 2));
  FlagsStored want;
  for (ModelMessage& message : m.messages) {
    Entry& e = message.entry;
    if (!uids.contains(e.uid.value)) continue;
    if (unchanged_since && e.modseq > *unchanged_since) {
      want.modified.add(e.uid.value);
      continue;
    }
    Flags const now = how == FlagChange::set ? flags : how == FlagChange::add ? e.flags | flags : e.flags & ~flags;
    if (now == e.flags) continue;
    want.changed.add(e.uid.value);
    e.flags = now;
    e.modseq = ModSeq(m.modseq + 1);
  }
  if (!want.changed.empty()) ++m.modseq;
  auto got = store_flags(tx, ids[at], uids, how, flags, unchanged_since);
  BOOST_REQUIRE((got.changed == want.changed && got.modified == want.modified && got.modseq == ModSeq(m.modseq)));
}

void World::expunge_some(Transaction& tx, std::size_t at) {
  ModelMailbox& m = model[at];
  UidSet const uids = some_uids(m);
  bool const only_deleted = below(2) == 0;
  UidSet want;
  std::erase_if(m.messages, [&](ModelMessage const& message) {
    Entry const& e = message.entry;
    if (!uids.contains(e.uid.value) || (only_deleted && (e.flags & flag::deleted) == 0)) return false;
    want.add(e.uid.value);
    m.expunged[e.uid.value] = ModSeq(m.modseq + 1);
    return true;
  });
  if (!want.empty()) ++m.modseq;
  BOOST_REQUIRE((expunge(tx, ids[at], uids, only_deleted) == want));
}

void World::copy_some(Transaction& tx, std::size_t at, bool move) {
  std::size_t const to = below(mailbox_count);
  ModelMailbox& from = model[at];
  UidSet const uids = some_uids(from);
  UidSet source, target;
  std::vector<ModelMessage> copies;
  for (ModelMessage const& message : from.messages)
    if (uids.contains(message.entry.uid.value)) copies.push_back(message);
  if (!copies.empty()) ++model[to].modseq;
  for (ModelMessage& copy : copies) {
    source.add(copy.entry.uid.value);
    copy.entry.uid = Uid(model[to].uid_next++);
    copy.entry.modseq = copy.arrived = ModSeq(model[to].modseq);
    copy.entry.saved = static_cast<std::uint32_t>(tx.now().time_since_epoch().count() / 1000);
    target.add(copy.entry.uid.value);
  }
  if (move && !copies.empty()) {
    ++from.modseq;
    std::erase_if(from.messages, [&](ModelMessage const& m) { return source.contains(m.entry.uid.value); });
    for (UidRange r : source.ranges())
      for (std::uint32_t uid = r.first; uid <= r.last; ++uid) from.expunged[uid] = ModSeq(from.modseq);
  }
  auto& into = model[to].messages;
  into.insert(into.end(), copies.begin(), copies.end());
  auto got = move ? move_messages(tx, ids[at], uids, ids[to]) : copy_messages(tx, ids[at], uids, ids[to]);
  BOOST_REQUIRE(got.has_value());
  BOOST_REQUIRE(std::ranges::equal(got->from, source.ranges()));
  BOOST_REQUIRE(std::ranges::equal(got->to, target.ranges()));
}

void World::step(Transaction& tx) {
  std::size_t const at = below(mailbox_count);
  std::uint32_t const what = below(20);
  std::size_t const total = model[0].messages.size() + model[1].messages.size() + model[2].messages.size();
  if (what < 6)
    append_some(tx, at);
  else if (what < 12)
    flag_some(tx, at);
  else if (what < 16 || total > 3000)
    expunge_some(tx, at);
  else
    copy_some(tx, at, what >= 18);
  if (what == 0) trim_change_log(tx, ids[at], 20 + below(20));
}

void World::check(Snapshot const& s, std::size_t at) {
  ModelMailbox const& m = model[at];
  MailboxReader reader(s, ids[at]);
  MailboxState want;
  UidSet present;
  std::optional<SeqNum> first_unseen;
  std::vector<Entry> all;
  for (ModelMessage const& message : m.messages) {
    Entry const& e = message.entry;
    all.push_back(e);
    present.add(e.uid.value);
    ++want.exists;
    want.octets += e.size;
    want.deleted += (e.flags & flag::deleted) != 0;
    if ((e.flags & flag::seen) != 0) continue;
    ++want.unseen;
    if (!first_unseen) first_unseen = SeqNum(want.exists);
  }
  MailboxState const& got = reader.state();
  BOOST_REQUIRE((got.exists == want.exists && got.unseen == want.unseen && got.deleted == want.deleted));
  BOOST_REQUIRE((got.octets == want.octets && got.uid_next.value == m.uid_next && got.highest_modseq.value == m.modseq));
  BOOST_REQUIRE((reader.uids() == present));
  BOOST_REQUIRE((reader.first_unseen() == first_unseen));

  UidSet const uids = some_uids(m);
  std::vector<Entry> some, changed, met;
  ModSeq const since(below(static_cast<std::uint32_t>(m.modseq) + 1));
  for (Entry const& e : all) {
    if (uids.contains(e.uid.value)) some.push_back(e);
    if (e.modseq > since) changed.push_back(e);
  }
  reader.for_each(UidSet{{1, ~std::uint32_t{0}}}, [&](Entry const& e) { met.push_back(e); });
  BOOST_REQUIRE((met == all));
  met.clear();
  reader.for_each(uids, [&](Entry const& e) { met.push_back(e); });
  BOOST_REQUIRE((met == some));
  met.clear();
  reader.for_each_changed(since, [&](Entry const& e) { met.push_back(e); });
  BOOST_REQUIRE((met == changed));
  for (int i = 0; i < 20; ++i) {
    Uid const uid(1 + below(m.uid_next + 2));
    auto in_model = std::ranges::find(all, uid, &Entry::uid);
    auto found = reader.find(uid);
    BOOST_REQUIRE((found.has_value() == (in_model != all.end()) && (!found || *found == *in_model)));
  }
}

void World::check_changes(Snapshot const& s, std::size_t at, ModSeq since, Uid known_next) {
  ModelMailbox const& m = model[at];
  Changes const got = changes_since(s, ids[at], since, known_next);
  bool const complete = since >= state_of(s, ids[at]).log_floor;
  UidSet flags, expunged;
  for (ModelMessage const& message : m.messages)
    if (message.entry.modseq > since && message.entry.uid < known_next) flags.add(message.entry.uid.value);
  if (since < ModSeq(m.modseq))
    for (auto [uid, modseq] : m.expunged)
      if (Uid(uid) < known_next && (!complete || modseq > since)) expunged.add(uid);
  BOOST_REQUIRE((got.highest_modseq.value == m.modseq && got.uid_next.value == m.uid_next));
  BOOST_REQUIRE((got.flags == flags));
  BOOST_REQUIRE((got.expunged == expunged));
}

void make_mailboxes(World& world, Transaction& tx) {
  for (std::size_t i = 0; i < mailbox_count; ++i) {
    world.ids.push_back(*create_mailbox(tx, UserId(1), "m" + std::to_string(i), MailboxKind::user, {}, tx.now()));
    for (int k = 0; k < 2; ++k)  // the same two keywords have the same bits everywhere
      BOOST_REQUIRE(keyword_bit(tx, world.ids.back(), "k" + std::to_string(k)));
  }
}

std::size_t blocks_of(Snapshot const& s, MailboxId id) {
  std::size_t n = 0;
  s.scan(key::index_blocks(id), [&](auto, auto) { return ++n, true; });
  return n;
}

void empty_everything(World& world, Transaction& tx) {
  for (MailboxId id : world.ids) expunge(tx, id, UidSet{{1, ~std::uint32_t{0}}}, false);
  while (reclaim_deleted(tx, 1000)) {
  }
  for (MailboxId id : world.ids) trim_change_log(tx, id, 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_answer_is_the_models_answer) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      MemoryStore tx;
      World world(seed);
      make_mailboxes(world, tx);
      std::size_t const at_start = tx.size();
      for (int i = 0; i < 250; ++i) {
        tx.time += Millis(777);
        world.step(tx);
        for (std::size_t at = 0; at < mailbox_count; ++at) {
          world.check(tx, at);
          ModelMailbox const& m = world.model[at];
          world.check_changes(tx, at, ModSeq(world.below(static_cast<std::uint32_t>(m.modseq) + 1)),
                              Uid(world.below(m.uid_next + 3)));
        }
      }
      for (std::size_t at = 0; at < mailbox_count; ++at) {
        ModelMailbox const& m = world.model[at];
        for (std::uint64_t since = 0; since <= m.modseq; ++since) {
          world.check_changes(tx, at, ModSeq(since), Uid(m.uid_next));
          world.check_changes(tx, at, ModSeq(since), Uid(1 + world.below(m.uid_next)));
        }
        BOOST_TEST(blocks_of(tx, world.ids[at]) <= 2 + m.messages.size() / 30);
      }
      empty_everything(world, tx);
      BOOST_TEST(tx.size() == at_start);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_embedded_engine_gives_the_same_answers) {
  TemporaryStore store;
  World world(99);
  auto made = store->write_and_wait([&](Transaction& tx) -> Result<void> { return make_mailboxes(world, tx), Result<void>{}; });
  BOOST_REQUIRE(made.has_value());
  auto entries = [&] { return store->stats().entries; };
  auto const at_start = entries();
  for (int i = 0; i < 150; ++i) {
    World const before = world;
    auto stepped = store->write_and_wait([&](Transaction& tx) -> Result<void> {
      world = before;  // an operation may be run more than once
      world.step(tx);
      world.step(tx);
      return {};
    });
    BOOST_REQUIRE(stepped.has_value());
    store->read([&](Snapshot const& s) {
      for (std::size_t at = 0; at < mailbox_count; ++at) {
        ModelMailbox const& m = world.model[at];
        world.check(s, at);
        world.check_changes(s, at, ModSeq(world.below(static_cast<std::uint32_t>(m.modseq) + 1)), Uid(m.uid_next));
      }
    });
  }
  auto emptied = store->write_and_wait([&](Transaction& tx) -> Result<void> { return empty_everything(world, tx), Result<void>{}; });
  BOOST_REQUIRE(emptied.has_value());
  BOOST_TEST(entries() == at_start);
}

BOOST_AUTO_TEST_SUITE_END()
