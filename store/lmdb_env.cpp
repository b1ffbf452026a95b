#include "store/lmdb_env.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <stdexcept>

#include "core/log.h"
#include "store/files.h"

namespace mc::store {
namespace {

// Reader slots, for all threads and processes: 64 octets each in lock.mdb.
constexpr unsigned max_readers = 1000;
constexpr std::uint64_t lock_file_octets = 72 * 1024;  // slots and head, and some room

bool means_broken(int rc) {
  return rc == MDB_PANIC || rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND || rc == MDB_INVALID;
}

[[noreturn]] void end_process(std::string const& why) {
  log_error("store_broken", {{"reason", why}});
  std::_Exit(EXIT_FAILURE);
}

void on_assert(MDB_env*, char const* message) {
  end_process(std::string("the database failed a check of its own: ") + message);
}

Error open_error(std::string const& directory, int rc) {
  if (rc == ENOENT) return fail(Errc::not_found, "There is no store in " + directory);
  if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH)
    return fail(Errc::unsupported, "The files in " + directory + " are not a database this program can read");
  auto const code = means_full(rc) ? Errc::no_space : Errc::internal;
  return fail(code, "Cannot open the store in " + directory + ": " + mdb_strerror(rc));
}

// Adds the number of entries to `count`; returns MDB_SUCCESS or the error.
int count_entries(MDB_txn* txn, MDB_dbi dbi, std::uint64_t& count) {
  MDB_cursor* cursor = nullptr;
  if (int rc = mdb_cursor_open(txn, dbi, &cursor)) return rc;
  MDB_val key, value;
  int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
  for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) ++count;
  mdb_cursor_close(cursor);
  return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

// Every page that leads to an entry is where it should be.
int walk(MDB_env* env) {
  MDB_txn* txn = nullptr;
  if (int rc = mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn)) return rc;
  MDB_dbi dbi = 0;
  MDB_stat stat{};
  std::uint64_t count = 0;
  int rc = mdb_dbi_open(txn, nullptr, 0, &dbi);
  if (rc == MDB_SUCCESS) rc = mdb_stat(txn, dbi, &stat);
  if (rc == MDB_SUCCESS) rc = count_entries(txn, dbi, count);
  mdb_txn_abort(txn);
  return rc == MDB_SUCCESS && count != stat.ms_entries ? MDB_CORRUPTED : rc;
}

void check_copy(LmdbOptions options, std::string const& directory) {
  options.directory = directory;
  options.read_only = true;
  options.on_broken = [](std::string const&) {};  // the copy is bad, not the store
  auto env = open_env(options);
  if (!env) throw std::runtime_error("the copy cannot be opened: " + env.error().text);
  if (int rc = walk(env->get())) raise(options, rc, "check the copy");
}

void write_copy(LmdbOptions const& options, MDB_env* env, std::string const& path) {
  File const out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) raise(options, errno, "make the copy");
  if (int rc = mdb_env_copyfd2(env, out.fd(), MDB_CP_COMPACT)) raise(options, rc, "copy the store");
  if (::fsync(out.fd()) != 0) raise(options, errno, "sync the copy");
}

struct OpenFiles {
  std::mutex mutex;
  std::set<OpenMark::Key> keys;
};
OpenFiles& open_files() {
  static OpenFiles files;
  return files;
}

}  // namespace

std::optional<OpenMark> OpenMark::make(std::string const& directory) {
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0) return OpenMark({0, 0});  // opening will say so
  Key const key(found.st_dev, found.st_ino);
  std::lock_guard lock(open_files().mutex);
  if (!open_files().keys.insert(key).second) return {};
  return OpenMark(key);
}

OpenMark::~OpenMark() {
  if (key_.second == 0) return;
  std::lock_guard lock(open_files().mutex);
  open_files().keys.erase(key_);
}

bool means_full(int rc) {
  return rc == MDB_MAP_FULL || rc == MDB_TXN_FULL || rc == EIO || rc == ENOSPC || rc == EDQUOT || rc == EFBIG;
}

void raise(LmdbOptions const& options, int rc, char const* doing) {
  auto const words = std::string("cannot ") + doing + ": " + mdb_strerror(rc);
  if (means_full(rc)) throw StorageFull(words);
  if (!means_broken(rc)) throw std::runtime_error(words);
  auto const last_words = "the store in " + options.directory + " is damaged or unusable: " + words;
  if (!options.on_broken) end_process(last_words);
  options.on_broken(last_words);
  throw StorageBroken(last_words);
}

Result<EnvPtr> open_env(LmdbOptions const& options) {
  struct stat found {};
  auto const data = options.directory + "/data.mdb";
  bool const exists = ::stat(data.c_str(), &found) == 0;
  if (options.read_only && !exists) return open_error(options.directory, ENOENT);
  // A sparse lock file would end the process by SIGBUS on a full disk.
  auto const allocated = allocate_file(options.directory + "/lock.mdb", lock_file_octets);
  if (!allocated) return allocated.error();

  MDB_env* env = nullptr;
  if (int rc = mdb_env_create(&env)) return open_error(options.directory, rc);
  EnvPtr owner(env);
  mdb_env_set_assert(env, on_assert);
  mdb_env_set_mapsize(env, options.map_octets);
  mdb_env_set_maxreaders(env, max_readers);
  unsigned const flags = MDB_NOTLS | (options.read_only ? MDB_RDONLY : 0);
  if (int rc = mdb_env_open(env, options.directory.c_str(), flags, 0600))
    return open_error(options.directory, rc);
  if (!exists) {
    sync_directory(options.directory);
    sync_directory(parent_of(options.directory));
  }
  return owner;
}

void copy_env(LmdbOptions const& options, MDB_env* env, std::string const& path) {
  namespace fs = std::filesystem;
  if (fs::exists(path)) throw std::runtime_error(path + " exists already");
  auto const partial = path.substr(0, path.find_last_not_of('/') + 1) + ".partial";
  fs::remove_all(partial);  // what an interrupted copy left
  fs::create_directory(partial);
  fs::permissions(partial, fs::perms::owner_all);
  try {
    write_copy(options, env, partial + "/data.mdb");
    check_copy(options, partial);
    fs::remove(partial + "/lock.mdb");
    sync_directory(partial);
    fs::rename(partial, path);
    sync_directory(parent_of(path));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
}

}  // namespace mc::store
