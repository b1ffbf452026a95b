#include "store/store.h"

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/log.h"
#include "store/disk_reserve.h"
#include "store/files.h"
#include "store/format.h"
#include "store/lmdb_engine.h"
#include "store/watchers.h"
#include "store/writer.h"

namespace mc::store {
namespace {

// Damage found while opening is an answer of open(); later it is the end of the process.
struct LastWords {
  std::function<void(std::string const&)> tell;
  std::atomic<bool> opened{false};

  void operator()(std::string const& why) const {
    if (!opened) return;
    if (tell) return tell(why);
    log_error("store_broken", {{"reason", why}});
    std::_Exit(EXIT_FAILURE);
  }
};

Result<void> make_directory(std::string const& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::create_directories(path, error)) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Errc::internal, "Cannot make the directory " + path + ": " + error.message());
  return {};
}

Result<void> check_or_make_format(Engine& engine, bool read_only) {
  {
    auto const snapshot = engine.snapshot();
    if (!is_empty(*snapshot)) return check_format(*snapshot);
  }
  if (read_only) return fail(Errc::not_found, "The store is empty");
  auto batch = engine.begin();
  batch->put(format_key, write_format());
  batch->commit();
  return {};
}

}  // namespace

struct Store::Impl {
  StoreOptions options;
  std::shared_ptr<LastWords> last_words = std::make_shared<LastWords>();
  File writer_lock;
  std::unique_ptr<Engine> engine;
  std::optional<DiskReserve> disk;
  Watchers watchers;
  std::optional<Writer> writer;  // absent: read-only

  Result<void> open();
  void start_writing();
};

Result<void> Store::Impl::open() {
  last_words->tell = options.on_broken;
  if (!options.read_only) {
    if (auto made = make_directory(options.directory); !made) return made;
    auto lock = lock_for_writing(options.directory);
    if (!lock) return lock.error();
    writer_lock = std::move(*lock);
  }
  auto tell = [words = last_words](std::string const& why) { (*words)(why); };
  auto opened = open_lmdb({options.directory, options.map_octets, options.read_only, std::move(tell)});
  if (!opened) return opened.error();
  engine = std::move(*opened);
  if (auto format = check_or_make_format(*engine, options.read_only); !format) return format;
  if (!options.read_only) start_writing();
  last_words->opened = true;
  return {};
}

void Store::Impl::start_writing() {
  auto const counters = load_counters(*engine->snapshot());
  disk.emplace(options.directory, options.reserve_octets);
  writer.emplace(*engine, *disk, watchers, *options.clock, counters);
}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  assert(options.clock);
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  try {
    if (auto opened = impl->open(); !opened) return opened.error();
  } catch (StorageFull const& e) {
    return fail(Errc::no_space, e.what());
  } catch (std::exception const& e) {
    return fail(Errc::internal, e.what());
  }
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() {
  stop();
}

std::unique_ptr<Snapshot> Store::take_snapshot() const {
  return impl_->engine->snapshot();
}

void Store::submit(WriteOperation* op) {
  if (impl_->writer) return impl_->writer->submit(op);
  op->fail(fail(Errc::forbidden, "The store is open for reading only"));
  complete_soon(op);
}

void Store::stop() {
  if (impl_->writer) impl_->writer->stop();
}

void Store::check_may_wait() const {
  assert((!impl_->writer || !impl_->writer->is_current_thread()) && "the writer cannot wait for itself");
}

Watchers& Store::watchers() {
  return impl_->watchers;
}
Clock const& Store::clock() const {
  return *impl_->options.clock;
}
EngineStats Store::stats() const {
  return impl_->engine->stats();
}

void Store::housekeeping() {
  impl_->engine->housekeeping();
  if (impl_->disk) impl_->disk->restore_ballast();
}

Result<void> Store::backup(std::string const& directory) const {
  std::error_code error;
  if (std::filesystem::exists(directory, error)) return fail(Errc::exists, directory + " exists already");
  try {
    impl_->engine->copy_to(directory);
    return {};
  } catch (StorageFull const& e) {
    return fail(Errc::no_space, e.what());
  } catch (std::exception const& e) {
    return fail(Errc::internal, e.what());
  }
}

}  // namespace mc::store
