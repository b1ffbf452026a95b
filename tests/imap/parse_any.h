// tests/imap/parse_any.h - one command frame through the parser its name calls for.
//
// Shared by the tests that feed whole commands and by the fuzz target.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "imap/parse_access.h"
#include "imap/parse_append.h"
#include "imap/parse_command.h"
#include "imap/parse_fetch.h"
#include "imap/parse_list.h"
#include "imap/parse_mailbox.h"
#include "imap/parse_metadata.h"
#include "imap/parse_search.h"
#include "imap/parse_store.h"

namespace mc::imap::test {

struct ParserRow {
  std::string_view name;
  bool (*parse)(Cursor in, std::string& error);
};

template <class T>
bool verdict(Result<T> const& result, std::string& error) {
  if (!result) error = result.error().text;
  return result.has_value();
}

template <auto Parse>
bool through(Cursor in, std::string& error) {
  return verdict(Parse(std::move(in)), error);
}
template <NumberKind kind>
bool through_fetch(Cursor in, std::string& error) {
  return verdict(parse_fetch(std::move(in), kind), error);
}

inline constexpr std::array parsers{
    ParserRow{"CAPABILITY", through<parse_no_args>},
    ParserRow{"NOOP", through<parse_no_args>},
    ParserRow{"LOGOUT", through<parse_no_args>},
    ParserRow{"STARTTLS", through<parse_no_args>},
    ParserRow{"CLOSE", through<parse_no_args>},
    ParserRow{"UNSELECT", through<parse_no_args>},
    ParserRow{"EXPUNGE", through<parse_no_args>},
    ParserRow{"CHECK", through<parse_no_args>},
    ParserRow{"IDLE", through<parse_no_args>},
    ParserRow{"NAMESPACE", through<parse_no_args>},
    ParserRow{"LOGIN", through<parse_login>},
    ParserRow{"AUTHENTICATE", through<parse_authenticate>},
    ParserRow{"ENABLE", through<parse_enable>},
    ParserRow{"ID", through<parse_id>},
    ParserRow{"SELECT", through<parse_select>},
    ParserRow{"EXAMINE", through<parse_select>},
    ParserRow{"CREATE", through<parse_create>},
    ParserRow{"DELETE", through<parse_mailbox>},
    ParserRow{"RENAME", through<parse_rename>},
    ParserRow{"SUBSCRIBE", through<parse_mailbox>},
    ParserRow{"UNSUBSCRIBE", through<parse_mailbox>},
    ParserRow{"LIST", through<parse_list>},
    ParserRow{"LSUB", through<parse_lsub>},
    ParserRow{"STATUS", through<parse_status>},
    ParserRow{"GETMETADATA", through<parse_get_metadata>},
    ParserRow{"SETMETADATA", through<parse_set_metadata>},
    ParserRow{"APPEND", through<parse_append>},
    ParserRow{"SEARCH", through<parse_search>},
    ParserRow{"UID SEARCH", through<parse_search>},
    ParserRow{"FETCH", through_fetch<NumberKind::seq>},
    ParserRow{"UID FETCH", through_fetch<NumberKind::uid>},
    ParserRow{"STORE", through<parse_store>},
    ParserRow{"UID STORE", through<parse_store>},
    ParserRow{"COPY", through<parse_copy>},
    ParserRow{"UID COPY", through<parse_copy>},
    ParserRow{"MOVE", through<parse_copy>},
    ParserRow{"UID MOVE", through<parse_copy>},
    ParserRow{"UID EXPUNGE", through<parse_set>},
};

// "" when the frame is a well-formed command, else why not.
inline std::string why_malformed(std::string_view frame, Dialect dialect = {}) {
  auto head = parse_command(frame, dialect);
  if (!head) return head.error().text;
  for (ParserRow const& row : parsers) {
    std::string error;
    if (row.name == head->name) return row.parse(head->args, error) ? "" : error;
  }
  return "no such command";
}

}  // namespace mc::imap::test
