// store/disk_reserve.h - keeps the disk from becoming so full that mail cannot even be deleted.
//
// Below `reserve` octets of free disk the writer refuses what grows. A ballast file holds
// a little more, to be let go when another program has eaten the reserve. Any thread.
#pragma once
#include <cstdint>
#include <string>

namespace mc::store {

class DiskReserve {
 public:
  DiskReserve(std::string directory, std::uint64_t reserve_octets);

  // false: what grows must be refused.
  bool room_to_grow() const;
  // Gives the ballast back if the disk is practically full. true: writing may work now.
  bool release_ballast();
  // Lays it down again once there is room for it above the reserve.
  void restore_ballast();

 private:
  std::uint64_t available() const;

  std::string directory_, ballast_path_;
  std::uint64_t reserve_, ballast_;
};

}  // namespace mc::store
