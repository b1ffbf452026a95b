// process_tree.h - memory and processor time of a server, all its processes together.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace mc::bench {

struct TreeMemory {     // KiB, summed over the processes
  double rss = 0;       // counts a page shared by n processes n times
  double pss = 0;       // counts it once in all
  double pss_anon = 0;  // the part of pss that is no file (heap, stacks)
  std::size_t processes = 0;
};

// The memory of `root` and all its descendants now, from /proc/PID/smaps_rollup.
// A process that ends meanwhile is left out. Fails: `root` does not exist.
TreeMemory measure_tree(pid_t root);

}  // namespace mc::bench
