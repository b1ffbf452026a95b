// gateway/run_program.h - another program's words, for commands that ask the system something. Blocks; no shell.
#pragma once
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace mc::gateway {

struct ProgramEnd {
  int exit = 0;     // 128 and the signal, if one ended it
  std::string out;  // standard output; standard error goes where ours goes
};

// words[0] is looked for in PATH unless it has a slash. Fails: not_found (cannot be run), unavailable (not done within `time`,
// and killed), too_big.
Result<ProgramEnd> run_program(std::vector<std::string> const& words, Millis time = std::chrono::seconds(20),
                               std::size_t most = std::size_t{4} << 20);

}  // namespace mc::gateway
