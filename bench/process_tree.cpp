#include "bench/process_tree.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/support.h"

namespace mc::bench {
namespace {

// The parent in /proc/PID/stat: "pid (name) state ppid …"; the name may contain anything.
std::optional<pid_t> parent_of(std::string const& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::size_t const end = line.rfind(')');
  if (end == std::string::npos || line.size() < end + 5) return std::nullopt;
  return static_cast<pid_t>(std::stol(line.substr(end + 4)));
}

std::vector<pid_t> descendants(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
    std::string const name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (auto const parent = parent_of(name)) children.emplace(*parent, std::stoi(name));
  }
  std::vector<pid_t> all{root};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const [first, last] = children.equal_range(all[i]);
    for (auto it = first; it != last; ++it) all.push_back(it->second);
  }
  return all;
}

// "Pss:   123 kB" lines of one process, added to `sum`; false if it has gone.
bool add_process(pid_t pid, TreeMemory& sum) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string name;
  bool found = false;
  std::string rest;
  std::getline(file, rest);  // the address range
  for (double kib = 0; file >> name >> kib; std::getline(file, rest)) {
    if (name == "Rss:") sum.rss += kib, found = true;
    if (name == "Pss:") sum.pss += kib;
    if (name == "Pss_Anon:") sum.pss_anon += kib;
  }
  sum.processes += found ? 1 : 0;
  return found;
}

}  // namespace

TreeMemory measure_tree(pid_t root) {
  TreeMemory sum;
  std::vector<pid_t> const all = descendants(root);
  if (!add_process(all.front(), sum)) fail("process " + std::to_string(root) + " cannot be read");
  for (std::size_t i = 1; i < all.size(); ++i) add_process(all[i], sum);
  return sum;
}

}  // namespace mc::bench
