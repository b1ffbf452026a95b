#include "imap/parse_list.h"

#include <algorithm>
#include <array>

namespace mc::imap {

namespace {

template <class E>
struct Row {
  std::string_view name;
  E option;
};
constexpr std::array select_rows{
    Row<ListSelect>{"SUBSCRIBED", ListSelect::subscribed},
    Row<ListSelect>{"REMOTE", ListSelect::remote},
    Row<ListSelect>{"RECURSIVEMATCH", ListSelect::recursive_match},
    Row<ListSelect>{"SPECIAL-USE", ListSelect::special_use},
};
constexpr std::array return_rows{
    Row<ListReturn>{"SUBSCRIBED", ListReturn::subscribed},
    Row<ListReturn>{"CHILDREN", ListReturn::children},
    Row<ListReturn>{"SPECIAL-USE", ListReturn::special_use},
    Row<ListReturn>{"STATUS", ListReturn::status},
};
constexpr std::size_t max_options = 50;

template <class Rows>
auto read_option(Cursor& in, Rows const& rows) {
  auto row = std::find_if(rows.begin(), rows.end(), [&](auto const& r) { return in.try_word(r.name); });
  if (row != rows.end()) return row->option;
  in.fail(Errc::syntax, "Unknown LIST option");
  return rows[0].option;
}

// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"    RFC 9051, 9
void read_selection(Cursor& in, ListArgs& args) {
  auto start = in.position();
  in.list("LIST options", max_options, Cursor::Empty::allow,
          [&] { args.select.insert(read_option(in, select_rows)); });
  bool base = args.select.contains(ListSelect::subscribed) || args.select.contains(ListSelect::special_use);
  if (args.select.contains(ListSelect::recursive_match) && !base)
    in.fail_at(start, Errc::syntax, "RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE beside it");
}

// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"  RFC 9051, 9
// return-option =/ "STATUS" SP "(" status-att *(SP status-att) ")"            RFC 5819, 4
void read_returns(Cursor& in, ListArgs& args) {
  if (!in.try_word("RETURN")) in.fail(Errc::syntax, "Expected RETURN");
  in.sp();
  in.list("LIST options", max_options, Cursor::Empty::allow, [&] {
    auto option = read_option(in, return_rows);
    if (option == ListReturn::status) {
      in.sp();
      args.status = read_status_items(in);
    }
    if (in.ok()) args.returns.insert(option);
  });
}

}  // namespace

// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]   RFC 9051, 9
// mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
Result<ListArgs> parse_list(Cursor in) {
  ListArgs args;
  in.sp();
  if (in.peek() == '(') {
    args.extended = true;
    read_selection(in, args);
    in.sp();
  }
  args.reference = in.mailbox_or_empty();
  in.sp();
  if (in.peek() == '(') {
    args.extended = true;
    in.list("patterns", max_list_patterns, Cursor::Empty::refuse,
            [&] { args.patterns.push_back(in.list_mailbox()); });
  } else {
    args.patterns.push_back(in.list_mailbox());
  }
  if (in.try_sp()) {
    args.extended = true;
    read_returns(in, args);
  }
  return in.finish(std::move(args));
}

// lsub = "LSUB" SP mailbox SP list-mailbox                              RFC 3501, 9
Result<ListArgs> parse_lsub(Cursor in) {
  ListArgs args;
  in.sp();
  args.reference = in.mailbox_or_empty();
  in.sp();
  args.patterns.push_back(in.list_mailbox());
  return in.finish(std::move(args));
}

}  // namespace mc::imap
