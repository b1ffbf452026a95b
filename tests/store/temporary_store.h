// tests/store/temporary_store.h - a real store in a directory of its own, removed at the end.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/clock.h"
#include "store/store.h"

namespace mc::store::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "mc-store-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(TemporaryDirectory const&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
  std::string path(std::string const& name = {}) const { return name.empty() ? path_ : path_ + "/" + name; }

 private:
  std::string path_;
};

inline StoreOptions small_options(std::string directory, Clock const& clock) {
  StoreOptions options;
  options.directory = std::move(directory);
  options.map_octets = std::uint64_t{64} << 20;
  options.reserve_octets = 0;
  options.clock = &clock;
  return options;
}

// Throws what open() refused with.
inline std::unique_ptr<Store> open_store(StoreOptions options) {
  auto store = Store::open(std::move(options));
  if (!store) throw std::runtime_error(store.error().text);
  return std::move(*store);
}

struct TemporaryStore {
  TemporaryDirectory directory;
  FakeClock clock{Time(Millis(1'700'000'000'000))};
  std::unique_ptr<Store> store = open_store(small_options(directory.path("store"), clock));

  void reopen() {
    store.reset();
    store = open_store(small_options(directory.path("store"), clock));
  }
  Store* operator->() { return store.get(); }
};

// One entry, in a transaction of its own.
inline Result<void> put(Store& store, std::string_view key, std::string_view value) {
  return store.write_and_wait([&](Transaction& tx) -> Result<void> {
    tx.put(key, value);
    return {};
  });
}
inline std::optional<std::string> get(Store const& store, std::string_view key) {
  return store.read([&](Snapshot const& s) -> std::optional<std::string> {
    auto const value = s.get(key);
    if (!value) return {};
    return std::string(*value);
  });
}

}  // namespace mc::store::test
