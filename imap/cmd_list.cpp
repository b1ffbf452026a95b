// LIST, LSUB, NAMESPACE (RFC 9051, 6.3.9 and 6.3.10; RFC 3501, 6.3.9; RFC 5258, 5819, 6154, 2342).
#include <chrono>

#include "center/desk.h"
#include "imap/commands.h"
#include "imap/mailbox_list.h"
#include "imap/parse_command.h"
#include "imap/parse_list.h"
#include "imap/session.h"
#include "imap/status.h"
#include "store/mailboxes.h"

namespace mc::imap {

namespace {

constexpr auto slice_time = std::chrono::milliseconds(50);
constexpr std::size_t clock_interval = 16;  // names between looks at the clock

// Lets others run when this has worked long: a thousand names against a hundred patterns is not nothing.
class Pace {
 public:
  bool is_due() {
    return ++count_ % clock_interval == 0 && std::chrono::steady_clock::now() - start_ >= slice_time;
  }
  void restart() { start_ = std::chrono::steady_clock::now(); }

 private:
  std::size_t count_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What one snapshot says.
struct Known {
  std::vector<store::MailboxInfo> mailboxes;
  std::vector<std::string> subscriptions;
  std::vector<MailboxStatus> status;  // of each mailbox, if asked for
};

Known read_known(Session const& session, store::Snapshot const& s, ListArgs const& args) {
  Known known;
  known.mailboxes = session.is_agent() ? center::list_visible_mailboxes(s, session.user())
                                       : store::list_mailboxes(s, session.user());
  if (args.select.contains(ListSelect::subscribed) || args.returns.contains(ListReturn::subscribed))
    known.subscriptions = store::list_subscriptions(s, session.user());
  if (!args.returns.contains(ListReturn::status)) return known;
  for (store::MailboxInfo const& info : known.mailboxes)
    known.status.push_back(read_status(session, s, info, args.status));
  return known;
}

asio::awaitable<void> match_all(Session& session, MailboxList& list) {
  Pace pace;
  for (std::size_t i = 0; i < list.size(); ++i) {
    list.match(i);
    if (!pace.is_due()) continue;
    co_await session.breathe();
    pace.restart();
  }
}

// "LIST "" """ asks for the delimiter and the root of the reference; there is only "".
bool asks_for_delimiter(ListArgs const& args) {
  return !args.extended && args.patterns.size() == 1 && args.patterns.front().empty();
}

}  // namespace

Answer cmd_list(Session& session, Command const& command) {
  auto args = parse_list(command.args);
  if (!args) co_return args.error();
  if (asks_for_delimiter(*args)) {
    session.out().raw("* LIST (\\Noselect) \"/\" \"\"\r\n");
    co_return Done{};
  }
  Known known = session.store().read([&](store::Snapshot const& s) { return read_known(session, s, *args); });
  session.enable({asks_for(args->status, StatusItem::highestmodseq), false, false});
  MailboxList list(*args, std::move(known.mailboxes), std::move(known.subscriptions));
  co_await match_all(session, list);
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto line = list.line(i);
    if (!line) continue;
    session.response_begins();
    Writer out = session.out();
    write_list(out, *args, *line);
    if (line->mailbox && !known.status.empty())
      write_status(out, line->name, args->status, known.status[*line->mailbox]);
    co_await session.flush_if_full();
  }
  co_return Done{};
}

// Gone from IMAP4rev2; answered there as well.
Answer cmd_lsub(Session& session, Command const& command) {
  auto args = parse_lsub(command.args);
  if (!args) co_return args.error();
  if (asks_for_delimiter(*args)) {
    session.out().raw("* LSUB (\\Noselect) \"/\" \"\"\r\n");
    co_return Done{};
  }
  args->select = {ListSelect::subscribed, ListSelect::recursive_match};
  auto names = session.store().read(
      [&](store::Snapshot const& s) { return store::list_subscriptions(s, session.user()); });
  MailboxList list(*args, {}, std::move(names));
  co_await match_all(session, list);
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto line = list.line(i);
    if (!line) continue;
    session.response_begins();
    Writer out = session.out();
    write_lsub(out, *line);
    co_await session.flush_if_full();
  }
  co_return Done{};
}

// One personal namespace; nobody else's mailboxes; agents share the desk's.
Answer cmd_namespace(Session& session, Command const& command) {
  auto args = parse_no_args(command.args);
  if (!args) co_return args.error();
  session.out().raw("* NAMESPACE ((\"\" \"/\")) NIL ");
  session.out().raw(session.is_agent() ? "((\"Support/\" \"/\"))\r\n" : "NIL\r\n");
  co_return Done{};
}

}  // namespace mc::imap
