// store/lmdb_env.h - an open LMDB environment and the meaning of its error numbers; for
// lmdb_*.cpp only.
#pragma once
#include <lmdb.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/lmdb_engine.h"

namespace mc::store {

// The disk or the map is full (LMDB reports a full disk as EIO), or the transaction too large.
bool means_full(int rc);
// Throws what `rc` means: StorageFull, StorageBroken (after on_broken), else runtime_error.
[[noreturn]] void raise(LmdbOptions const& options, int rc, char const* doing);

inline MDB_val as_val(std::string_view s) {
  return {s.size(), const_cast<char*>(s.data())};
}
inline std::string_view as_view(MDB_val const& v) {
  return {static_cast<char const*>(v.mv_data), v.mv_size};
}

struct CloseEnv {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};
using EnvPtr = std::unique_ptr<MDB_env, CloseEnv>;

// A directory open in this process, from construction to destruction. LMDB's locks are the
// process's: a second environment on the same file would drop them.
class OpenMark {
 public:
  using Key = std::pair<dev_t, ino_t>;
  static std::optional<OpenMark> make(std::string const& directory);  // absent: it is open already
  OpenMark(OpenMark&& other) noexcept : key_(std::exchange(other.key_, {0, 0})) {}
  OpenMark& operator=(OpenMark&&) = delete;
  ~OpenMark();

 private:
  explicit OpenMark(Key key) : key_(key) {}
  Key key_;
};

// Opens `options.directory`, lock file allocated first. Fails as open_lmdb.
Result<EnvPtr> open_env(LmdbOptions const& options);

// Engine::copy_to.
void copy_env(LmdbOptions const& options, MDB_env* env, std::string const& path);

}  // namespace mc::store
