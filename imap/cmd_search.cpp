// SEARCH and UID SEARCH (RFC 9051, 6.4.4; RFC 3501, 6.4.4; RFC 4731, 5182; RFC 7162, 3.1.5).
#include "imap/commands.h"
#include "imap/parse_search.h"
#include "imap/search.h"
#include "imap/search_result.h"
#include "imap/session.h"

namespace mc::imap {

namespace {

// "* SEARCH 2 84 882 (MODSEQ 917)": the numbers, without the line's end. One response, however long.
template <class Set>
asio::awaitable<void> write_numbers(Session& session, Set const& found) {
  session.out().raw("* SEARCH");
  constexpr std::uint32_t at_once = 1000;
  for (auto const& range : found.ranges()) {
    for (std::uint64_t next = range.first.value; next <= range.last.value;) {
      Writer out = session.out();
      for (std::uint32_t i = 0; i < at_once && next <= range.last.value; ++i, ++next) out.sp().number(next);
      constexpr std::size_t enough = 16 * 1024;
      if (session.output_size() >= enough) co_await session.flush_unfinished();
    }
  }
}

asio::awaitable<void> write_search(Session& session, Command const& command, Found const& found,
                                   bool with_modseq) {
  session.response_begins();
  if (command.numbers == NumberKind::uid) {
    co_await write_numbers(session, found.uids);
  } else {
    SeqNumSet seqs = session.selected().view.seqs_of(found.uids);
    co_await write_numbers(session, seqs);
  }
  Writer out = session.out();
  if (with_modseq && !found.uids.empty()) out.raw(" (MODSEQ ").number(found.highest).close();
  out.crlf();
  session.response_begins();
}

// ESEARCH is for who asked for it, and the only answer IMAP4rev2 knows (RFC 9051, 6.4.4).
asio::awaitable<void> answer(Session& session, Command const& command, SearchArgs const& args,
                             Found const& found) {
  if (!args.extended && !session.enabled().rev2) {
    co_await write_search(session, command, found, args.uses_modseq);
    co_return;
  }
  EnumSet<SearchReturn> returns = args.extended ? args.returns : EnumSet<SearchReturn>{SearchReturn::all};
  Writer out = session.out();
  write_esearch(out, command.tag, returns, found, session.selected().view.list(), command.numbers,
                args.uses_modseq);
}

Answer search(Session& session, Command const& command, SearchArgs const& args) {
  if (!args.charset_known) co_return Done::no(code::bad_charset(), "The charset is not known");
  session.enable({args.uses_modseq, false, false});
  Result<SearchPlan> plan = plan_search(session, args.key);
  if (!plan) co_return plan.error();
  Result<Found> found = co_await search_messages(session, *plan);
  if (!found) co_return found.error();
  if (args.returns.contains(SearchReturn::save))
    session.selected().saved = saved_result(found->uids, args.returns);
  co_await answer(session, command, args, *found);
  co_return Done{};
}

}  // namespace

// A search that was to be saved and fails with NO leaves nothing saved; with BAD, what was (RFC 5182, 2.1).
Answer cmd_search(Session& session, Command const& command) {
  auto args = parse_search(command.args);
  if (!args) co_return args.error();
  bool save = args->returns.contains(SearchReturn::save);
  Result<Done> done = co_await search(session, command, *args);
  bool good = done && done->status == Status::ok;
  if (save && !good) session.selected().saved = {};
  co_return done;
}

}  // namespace mc::imap
