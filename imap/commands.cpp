#include "imap/commands.h"

#include <algorithm>
#include <array>

#include "imap/parse_metadata.h"

namespace mc::imap {

namespace {

constexpr States before_login{State::not_authenticated};
constexpr States after_login{State::authenticated, State::selected};
constexpr States with_mailbox{State::selected};
constexpr States any_time{State::not_authenticated, State::authenticated, State::selected};
constexpr auto tell = Expunges::tell;
constexpr auto hold = Expunges::hold;
constexpr auto seq = NumberKind::seq;
constexpr auto uid = NumberKind::uid;

// RFC 9051, 7.5.1 names FETCH, STORE and SEARCH as those that hold removals back.
constexpr std::array rows{
    CommandRow{"APPEND", after_login, tell, seq, cmd_append},
    CommandRow{"AUTHENTICATE", before_login, tell, seq, cmd_authenticate},
    CommandRow{"CAPABILITY", any_time, tell, seq, cmd_capability},
    CommandRow{"CHECK", with_mailbox, tell, seq, cmd_check},
    CommandRow{"CLOSE", with_mailbox, tell, seq, cmd_close},
    CommandRow{"COPY", with_mailbox, tell, seq, cmd_copy},
    CommandRow{"CREATE", after_login, tell, seq, cmd_create},
    CommandRow{"DELETE", after_login, tell, seq, cmd_delete},
    CommandRow{"ENABLE", after_login, tell, seq, cmd_enable},
    CommandRow{"EXAMINE", after_login, tell, seq, cmd_examine},
    CommandRow{"EXPUNGE", with_mailbox, tell, seq, cmd_expunge},
    CommandRow{"FETCH", with_mailbox, hold, seq, cmd_fetch},
    CommandRow{"GETMETADATA", after_login, tell, seq, cmd_get_metadata},
    CommandRow{"ID", any_time, tell, seq, cmd_id},
    CommandRow{"IDLE", after_login, tell, seq, cmd_idle},
    CommandRow{"LIST", after_login, tell, seq, cmd_list},
    CommandRow{"LOGIN", before_login, tell, seq, cmd_login},
    CommandRow{"LOGOUT", any_time, tell, seq, cmd_logout},
    CommandRow{"LSUB", after_login, tell, seq, cmd_lsub},
    CommandRow{"MOVE", with_mailbox, tell, seq, cmd_move},
    CommandRow{"NAMESPACE", after_login, tell, seq, cmd_namespace},
    CommandRow{"NOOP", any_time, tell, seq, cmd_noop},
    CommandRow{"RENAME", after_login, tell, seq, cmd_rename},
    CommandRow{"SEARCH", with_mailbox, hold, seq, cmd_search},
    CommandRow{"SELECT", after_login, tell, seq, cmd_select},
    CommandRow{"SETMETADATA", after_login, tell, seq, cmd_set_metadata, value_too_big},
    CommandRow{"STARTTLS", before_login, tell, seq, cmd_starttls},
    CommandRow{"STATUS", after_login, tell, seq, cmd_status},
    CommandRow{"STORE", with_mailbox, hold, seq, cmd_store},
    CommandRow{"SUBSCRIBE", after_login, tell, seq, cmd_subscribe},
    CommandRow{"UID COPY", with_mailbox, tell, uid, cmd_copy},
    CommandRow{"UID EXPUNGE", with_mailbox, tell, uid, cmd_uid_expunge},
    CommandRow{"UID FETCH", with_mailbox, tell, uid, cmd_fetch},
    CommandRow{"UID MOVE", with_mailbox, tell, uid, cmd_move},
    CommandRow{"UID SEARCH", with_mailbox, tell, uid, cmd_search},
    CommandRow{"UID STORE", with_mailbox, tell, uid, cmd_store},
    CommandRow{"UNSELECT", with_mailbox, tell, seq, cmd_unselect},
    CommandRow{"UNSUBSCRIBE", after_login, tell, seq, cmd_unsubscribe},
};

constexpr bool by_name(CommandRow const& a, CommandRow const& b) {
  return a.name < b.name;
}
static_assert(std::is_sorted(rows.begin(), rows.end(), by_name));

}  // namespace

std::span<CommandRow const> command_table() {
  return rows;
}

CommandRow const* find_command(std::string_view name) {
  auto row = std::lower_bound(rows.begin(), rows.end(), name,
                              [](CommandRow const& r, std::string_view n) { return r.name < n; });
  return row != rows.end() && row->name == name ? &*row : nullptr;
}

}  // namespace mc::imap
