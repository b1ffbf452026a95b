// store/lmdb_engine.h - the embedded engine: one LMDB environment, one unnamed database.
//
// Default durability: a commit is on disk when it returns. The map is set once and is only
// address space; the file grows as needed. Snapshots reuse reader slots and cursors: one
// costs about a tenth of a microsecond. lmdb.h is seen by lmdb_*.cpp only.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "store/engine.h"

namespace mc::store {

struct LmdbOptions {
  std::string directory;  // exists, unless read_only
  std::uint64_t map_octets = std::uint64_t{1} << 40;
  bool read_only = false;
  // Told why the database cannot be used any more, on whatever thread found out, before
  // StorageBroken is thrown there. Empty: log it and end the process.
  std::function<void(std::string const&)> on_broken;
};

// Fails: not_found (read_only and absent), conflict (open in this process already: LMDB's locks
//        would be lost), unsupported (not such a database), no_space, internal. Throws
//        StorageBroken when it opens but cannot be read.
Result<std::unique_ptr<Engine>> open_lmdb(LmdbOptions options);

}  // namespace mc::store
