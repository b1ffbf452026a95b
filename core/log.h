// core/log.h - structured log: one line an event, key=value, to standard error.
//
//   log_info("delivered", {{"mail", id}, {"user", login}, {"layer", "type default"}});
//   -> level=info event=delivered mail=… user=jane layer="type default"
//
// Without a terminal's or journald's own stamp, a time=… comes first. Values are quoted when
// needed and made printable. Any thread; a line is written whole.
#pragma once
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace mc {

enum class LogLevel { debug, info, warning, error };

struct LogField {
  std::string_view key;
  std::string value;
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, char const* v) : key(k), value(v) {}
  LogField(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
};
using LogFields = std::initializer_list<LogField>;

void set_log_level(LogLevel least);
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view event, LogFields fields);

// Arguments are built even when the level is off: guard a hot path with log_enabled().
inline void log_debug(std::string_view event, LogFields fields = {}) { log(LogLevel::debug, event, fields); }
inline void log_info(std::string_view event, LogFields fields = {}) { log(LogLevel::info, event, fields); }
inline void log_warning(std::string_view event, LogFields fields = {}) { log(LogLevel::warning, event, fields); }
inline void log_error(std::string_view event, LogFields fields = {}) { log(LogLevel::error, event, fields); }

}  // namespace mc
