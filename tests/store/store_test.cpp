#include "store/store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/store/temporary_store.h"

namespace asio = boost::asio;
using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(store_test)

BOOST_AUTO_TEST_CASE(a_coroutine_is_resumed_on_its_own_thread_after_the_commit) {
  TemporaryStore t;
  asio::io_context io;
  bool done = false;
  auto session = [&]() -> asio::awaitable<void> {
    auto const thread = std::this_thread::get_id();
    auto op = [](Transaction& tx) -> Result<std::uint64_t> {
      tx.put("k", "v");
      return tx.next_id(Counter::user);
    };
    auto const id = co_await t->write(op);
    BOOST_TEST(*id == 1u);
    BOOST_TEST((std::this_thread::get_id() == thread));
    BOOST_TEST(get(*t.store, "k").value() == "v");
    done = true;
  };
  asio::co_spawn(io, session, asio::detached);
  io.run();  // the pending write counts as work
  BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(a_command_waits_for_its_write) {
  TemporaryStore t;
  BOOST_TEST(put(*t.store, "a", "1").has_value());
  t.reopen();
  BOOST_TEST(get(*t.store, "a").value() == "1");
}

BOOST_AUTO_TEST_SUITE_END()
