#include "core/log.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "core/clock.h"
#include "core/text.h"
#include "core/time_text.h"

namespace mc {

namespace {

std::atomic<LogLevel> least_level{LogLevel::info};
constexpr std::string_view level_names[] = {"debug", "info", "warning", "error"};

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos;
}

void write_value(std::string& line, std::string_view raw) {
  std::string value = printable(raw, 1000);
  if (!needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  for (char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

void set_log_level(LogLevel least) { least_level = least; }
bool log_enabled(LogLevel level) { return level >= least_level.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view event, LogFields fields) {
  if (!log_enabled(level)) return;
  static bool const journald = std::getenv("JOURNAL_STREAM") != nullptr;
  std::string line;
  if (!journald) line += "time=" + write_rfc3339(SystemClock().now()) + " ";
  line += "level=";
  line += level_names[static_cast<std::size_t>(level)];
  line += " event=";
  write_value(line, event);
  for (LogField const& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    write_value(line, field.value);
  }
  line += '\n';
  // One write() a line; a log that cannot be written must not stop the mail.
  [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mc
