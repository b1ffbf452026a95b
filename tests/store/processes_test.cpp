// Several processes at one store.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/store/child_process.h"
#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

// A server in a process of its own: says when it is open, then stores one entry a word.
void serve(std::string const& directory, ChildProcess::Pipe& pipe) {
  SystemClock clock;
  auto store = open_store(small_options(directory, clock));
  if (!put(*store, "first", "1")) return;
  pipe.say("open");
  for (std::string word; word = pipe.hear(), word != "stop";) {
    if (!put(*store, word, "1")) return;
    pipe.say("stored");
  }
}

struct Fixture {
  TemporaryDirectory directory;
  SystemClock clock;
  ChildProcess server{[path = directory.path("store")](ChildProcess::Pipe& pipe) { serve(path, pipe); }};

  Fixture() { BOOST_REQUIRE(server.pipe().hear() == "open"); }
  StoreOptions options(bool read_only) const {
    auto options = small_options(directory.path("store"), clock);
    options.read_only = read_only;
    return options;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(processes_test, Fixture)

BOOST_AUTO_TEST_CASE(a_second_writer_is_told_who_has_the_store) {
  auto const second = Store::open(options(false));
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().code == Errc::conflict));
  auto const expected = "is in use by process " + std::to_string(server.pid());
  BOOST_TEST(second.error().text.find(expected) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_command_reads_beside_the_running_server) {
  auto const reader = open_store(options(true));
  BOOST_TEST(get(*reader, "first").has_value());
  BOOST_TEST(!get(*reader, "second").has_value());
  server.pipe().say("second");
  BOOST_REQUIRE(server.pipe().hear() == "stored");
  BOOST_TEST(get(*reader, "second").has_value());
  BOOST_TEST(reader->backup(directory.path("copy")).has_value());
}

BOOST_AUTO_TEST_CASE(the_store_is_free_again_when_the_server_has_been_killed) {
  server.kill();
  auto const store = open_store(options(false));
  BOOST_TEST(get(*store, "first").has_value());
  BOOST_TEST(put(*store, "after", "1").has_value());
}

BOOST_AUTO_TEST_CASE(a_killed_reader_does_not_hold_the_servers_pages_for_ever) {
  server.pipe().say("stop");
  server.wait();
  ChildProcess reader([this](ChildProcess::Pipe& pipe) {
    auto const store = open_store(options(true));
    auto const snapshot = store->take_snapshot();
    pipe.say("reading");
    pipe.hear();
  });
  BOOST_REQUIRE(reader.pipe().hear() == "reading");
  {
    auto const store = open_store(options(false));
    BOOST_TEST(store->stats().readers == 1u);
    BOOST_TEST(put(*store, "k", "v").has_value());
    reader.kill();
    store->housekeeping();
    BOOST_TEST(store->stats().readers == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
