#include "imap/parse_mailbox.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::imap {

namespace {

// A set of known-sequence-set or known-uid-set: its order pairs the two, so it must ascend.
UidSet read_ascending(Cursor& in) {
  auto start = in.position();
  auto set = in.seq_set();
  std::uint64_t last = 0;
  UidSet out;
  if (set.saved || set.has_star()) in.fail_at(start, Errc::syntax, "'*' and '$' are not allowed in the set");
  for (auto r : set.ranges) {
    if (!in.ok()) break;
    if (r.first <= last || r.last < r.first)
      in.fail_at(start, Errc::syntax, "The numbers must ascend in the set");
    last = r.last;
    if (in.ok()) out.add(Uid(r.first), Uid(r.last));
  }
  return out;
}

SeqNumSet as_sequence_numbers(UidSet const& set) {
  SeqNumSet out;
  for (auto r : set.ranges()) out.add(SeqNum(r.first.value), SeqNum(r.last.value));
  return out;
}

// seq-match-data = "(" known-sequence-set SP known-uid-set ")"          RFC 7162, 7
std::pair<SeqNumSet, UidSet> read_seq_match_data(Cursor& in) {
  in.open();
  auto seqs = read_ascending(in);
  in.sp();
  auto uids = read_ascending(in);
  if (seqs.size() != uids.size()) in.fail(Errc::syntax, "The two sets differ in size");
  in.close();
  return {as_sequence_numbers(seqs), std::move(uids)};
}

// select-param =/ "QRESYNC" SP "(" uidvalidity SP mod-sequence-value
//                 [SP known-uids] [SP seq-match-data] ")"               RFC 7162, 7
QresyncParam read_qresync(Cursor& in) {
  QresyncParam param;
  in.sp();
  in.open();
  param.uid_validity = UidValidity(in.nz_number());
  in.sp();
  param.modseq = ModSeq(in.nz_number64());
  bool more = in.try_sp();
  if (more && in.peek() != '(') {
    param.known_uids = in.uid_set();
    more = in.try_sp();
  }
  if (more) param.match = read_seq_match_data(in);
  in.close();
  return param;
}

void read_select_param(Cursor& in, SelectArgs& args) {
  if (in.try_word("CONDSTORE")) {
    args.condstore = true;
  } else if (in.try_word("QRESYNC")) {
    if (args.qresync) in.fail(Errc::syntax, "QRESYNC is given twice");
    args.qresync = read_qresync(in);
  } else {
    in.fail(Errc::syntax, "Expected CONDSTORE or QRESYNC");
  }
}

// mailbox, whose trailing delimiter only announces children.            RFC 9051, 6.3.4
std::string read_new_mailbox(Cursor& in) {
  auto start = in.position();
  auto name = in.mailbox();
  if (name.ends_with('/')) name.pop_back();
  if (name.empty()) in.fail_at(start, Errc::syntax, "Expected a mailbox name before the hierarchy delimiter");
  return iequals(name, "INBOX") ? "INBOX" : name;
}

constexpr std::size_t max_use_attributes = 20;

// use-attr = "\" atom                                                   RFC 6154, 6
std::string read_use_attribute(Cursor& in) {
  in.expect('\\');
  return "\\" + std::string(in.atom());
}

// create-param =/ "USE" SP "(" [use-attr *(SP use-attr)] ")"            RFC 6154, 6
void read_create_param(Cursor& in, CreateArgs& args) {
  if (!in.try_word("USE")) in.fail(Errc::syntax, "Expected USE");
  in.sp();
  in.list("special uses", max_use_attributes, Cursor::Empty::allow,
          [&] { args.special_use.push_back(read_use_attribute(in)); });
}

constexpr std::size_t max_params = 20;

struct StatusRow {
  StatusItem item;
  std::string_view name;
};
constexpr std::array status_rows{
    StatusRow{StatusItem::messages, "MESSAGES"}, StatusRow{StatusItem::recent, "RECENT"},
    StatusRow{StatusItem::uidnext, "UIDNEXT"},   StatusRow{StatusItem::uidvalidity, "UIDVALIDITY"},
    StatusRow{StatusItem::unseen, "UNSEEN"},     StatusRow{StatusItem::deleted, "DELETED"},
    StatusRow{StatusItem::size, "SIZE"},         StatusRow{StatusItem::highestmodseq, "HIGHESTMODSEQ"},
};

}  // namespace

// select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]   RFC 9051, 9; RFC 4466
Result<SelectArgs> parse_select(Cursor in) {
  SelectArgs args;
  in.sp();
  args.mailbox = in.mailbox();
  if (in.try_sp())
    in.list("SELECT parameters", max_params, Cursor::Empty::refuse, [&] { read_select_param(in, args); });
  return in.finish(std::move(args));
}

// create = "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"]   RFC 9051, 9; RFC 4466
Result<CreateArgs> parse_create(Cursor in) {
  CreateArgs args;
  in.sp();
  args.mailbox = read_new_mailbox(in);
  if (in.try_sp())
    in.list("CREATE parameters", max_params, Cursor::Empty::refuse, [&] { read_create_param(in, args); });
  return in.finish(std::move(args));
}

// delete = "DELETE" SP mailbox                                          RFC 9051, 9
Result<MailboxArgs> parse_mailbox(Cursor in) {
  MailboxArgs args;
  in.sp();
  args.mailbox = in.mailbox();
  return in.finish(std::move(args));
}

// rename = "RENAME" SP mailbox SP mailbox                               RFC 9051, 9
Result<RenameArgs> parse_rename(Cursor in) {
  RenameArgs args;
  in.sp();
  args.from = in.mailbox();
  in.sp();
  args.to = read_new_mailbox(in);
  return in.finish(std::move(args));
}

// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"   RFC 9051, 9
Result<StatusArgs> parse_status(Cursor in) {
  StatusArgs args;
  in.sp();
  args.mailbox = in.mailbox();
  in.sp();
  args.items = read_status_items(in);
  return in.finish(std::move(args));
}

std::vector<StatusItem> read_status_items(Cursor& in) {
  std::vector<StatusItem> items;
  in.list("STATUS items", 100, Cursor::Empty::refuse, [&] {
    auto row = std::find_if(status_rows.begin(), status_rows.end(),
                            [&](StatusRow const& r) { return in.try_word(r.name); });
    if (row == status_rows.end())
      in.fail(Errc::syntax, "Unknown STATUS item");
    else if (std::find(items.begin(), items.end(), row->item) == items.end())
      items.push_back(row->item);
  });
  return items;
}

std::string_view name_of(StatusItem item) {
  return status_rows[static_cast<std::size_t>(item)].name;
}

}  // namespace mc::imap
