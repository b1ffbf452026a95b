// The disk is full, on a small file system of our own (needs root; passed over otherwise).
#include "store/disk_reserve.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/store/temporary_store.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=8m,mode=700") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  std::string path(std::string const& name) const { return directory_.path(name); }
  // Somebody else takes all there is.
  void eat() const {
    int const fd = ::open(path("eaten").c_str(), O_WRONLY | O_CREAT, 0600);
    std::string const octets(4096, 'x');
    while (::write(fd, octets.data(), octets.size()) > 0) {
    }
    ::close(fd);
  }
  void give_back() const { ::unlink(path("eaten").c_str()); }

 private:
  TemporaryDirectory directory_;
  bool mounted_;
};

struct Fixture {
  SmallDisk disk;
  FakeClock clock{Time{}};
  std::unique_ptr<Store> store;

  bool open(std::uint64_t reserve) {
    if (!disk.mounted()) {
      BOOST_TEST_MESSAGE("passed over: a file system may not be mounted here");
      return false;
    }
    auto options = small_options(disk.path("store"), clock);
    options.reserve_octets = reserve;
    store = open_store(options);
    return true;
  }
  Result<void> put_chunk(int i) { return put(*store, "chunk " + std::to_string(i), std::string(4080, 'x')); }
  int fill() {
    for (int i = 0; i < 10'000; ++i)
      if (auto const result = put_chunk(i); !result) {
        BOOST_TEST((result.error().code == Errc::no_space));
        return i;
      }
    return -1;
  }
  Result<void> delete_chunks(int begin, int end) {
    auto del = [&](Transaction& tx) -> Result<void> {
      for (int i = begin; i < end; ++i) tx.del("chunk " + std::to_string(i));
      return {};
    };
    return store->write_and_wait(del, Effect::shrinks);
  }
  bool all_there(int count) {
    for (int i = 0; i < count; ++i)
      if (!get(*store, "chunk " + std::to_string(i))) return false;
    return true;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(disk_full_test, Fixture)

BOOST_AUTO_TEST_CASE(the_reserve_stops_growth_before_the_disk_is_full) {
  if (!open(2 * mebibyte)) return;
  auto const fitted = fill();
  BOOST_TEST(fitted > 500);
  BOOST_TEST(std::filesystem::space(disk.path("store")).available > mebibyte);
  BOOST_TEST(all_there(fitted));
  BOOST_TEST(delete_chunks(0, fitted).has_value());
}

BOOST_AUTO_TEST_CASE(mail_can_be_deleted_when_others_have_eaten_the_reserve) {
  if (!open(2 * mebibyte)) return;
  for (int i = 0; i < 100; ++i) BOOST_REQUIRE(put_chunk(i).has_value());
  BOOST_TEST(std::filesystem::exists(disk.path("store/ballast")));
  disk.eat();
  BOOST_TEST(!put_chunk(100).has_value());
  for (int i = 0; i < 100; ++i) BOOST_REQUIRE(delete_chunks(i, i + 1).has_value());
  BOOST_TEST(!std::filesystem::exists(disk.path("store/ballast")));

  disk.give_back();
  BOOST_TEST(put_chunk(100).has_value());
  store->housekeeping();
  BOOST_TEST(std::filesystem::exists(disk.path("store/ballast")));
}

BOOST_AUTO_TEST_CASE(without_a_reserve_a_failed_commit_loses_nothing_and_claims_nothing) {
  if (!open(0)) return;
  auto const fitted = fill();
  BOOST_TEST(fitted > 1000);
  BOOST_TEST(all_there(fitted));
  BOOST_TEST(!get(*store, "chunk " + std::to_string(fitted)).has_value());
  store.reset();
  BOOST_REQUIRE(open(0));
  BOOST_TEST(all_there(fitted));
}

BOOST_AUTO_TEST_CASE(a_backup_that_does_not_fit_leaves_nothing) {
  if (!open(2 * mebibyte)) return;
  auto const fitted = fill();
  auto const result = store->backup(disk.path("copy"));
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error().code == Errc::no_space));
  BOOST_TEST(!std::filesystem::exists(disk.path("copy")));
  BOOST_TEST(!std::filesystem::exists(disk.path("copy.partial")));
  BOOST_TEST(all_there(fitted));
}

BOOST_AUTO_TEST_CASE(a_store_is_not_made_where_its_lock_file_does_not_fit) {
  if (!disk.mounted()) return;
  disk.eat();
  auto const opened = Store::open(small_options(disk.path("store"), clock));
  BOOST_REQUIRE(!opened);
  BOOST_TEST((opened.error().code == Errc::no_space));
}

BOOST_AUTO_TEST_SUITE_END()
