#include "imap/parse_search.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace mc::imap {

namespace {

enum class Arg { none, keyword, day, text, header, size, modseq, uid, not_, or_ };

struct Row {
  std::string_view name;
  SearchOp op;
  Arg arg = Arg::none;
  bool negated = false;
  SystemFlag flag = SystemFlag::none;
};
constexpr Row flag_row(std::string_view name, bool set, SystemFlag flag) {
  return {name, SearchOp::flag, Arg::none, !set, flag};
}

constexpr std::array rows{
    Row{"ALL", SearchOp::all},
    flag_row("ANSWERED", true, SystemFlag::answered),
    flag_row("UNANSWERED", false, SystemFlag::answered),
    flag_row("DELETED", true, SystemFlag::deleted),
    flag_row("UNDELETED", false, SystemFlag::deleted),
    flag_row("DRAFT", true, SystemFlag::draft),
    flag_row("UNDRAFT", false, SystemFlag::draft),
    flag_row("FLAGGED", true, SystemFlag::flagged),
    flag_row("UNFLAGGED", false, SystemFlag::flagged),
    flag_row("SEEN", true, SystemFlag::seen),
    flag_row("UNSEEN", false, SystemFlag::seen),
    Row{"RECENT", SearchOp::recent},
    Row{"OLD", SearchOp::recent, Arg::none, true},
    Row{"KEYWORD", SearchOp::flag, Arg::keyword},
    Row{"UNKEYWORD", SearchOp::flag, Arg::keyword, true},
    Row{"BEFORE", SearchOp::before, Arg::day},
    Row{"ON", SearchOp::on, Arg::day},
    Row{"SINCE", SearchOp::since, Arg::day},
    Row{"SENTBEFORE", SearchOp::sent_before, Arg::day},
    Row{"SENTON", SearchOp::sent_on, Arg::day},
    Row{"SENTSINCE", SearchOp::sent_since, Arg::day},
    Row{"FROM", SearchOp::from, Arg::text},
    Row{"TO", SearchOp::to, Arg::text},
    Row{"CC", SearchOp::cc, Arg::text},
    Row{"BCC", SearchOp::bcc, Arg::text},
    Row{"SUBJECT", SearchOp::subject, Arg::text},
    Row{"BODY", SearchOp::body, Arg::text},
    Row{"TEXT", SearchOp::text, Arg::text},
    Row{"HEADER", SearchOp::header, Arg::header},
    Row{"LARGER", SearchOp::larger, Arg::size},
    Row{"SMALLER", SearchOp::smaller, Arg::size},
    Row{"MODSEQ", SearchOp::modseq, Arg::modseq},
    Row{"UID", SearchOp::uid, Arg::uid},
    Row{"NOT", SearchOp::none_of, Arg::not_},
    Row{"OR", SearchOp::any_of, Arg::or_},
};

struct ReturnRow {
  std::string_view name;
  SearchReturn option;
};
constexpr std::array return_rows{
    ReturnRow{"MIN", SearchReturn::min},   ReturnRow{"MAX", SearchReturn::max},
    ReturnRow{"ALL", SearchReturn::all},   ReturnRow{"COUNT", SearchReturn::count},
    ReturnRow{"SAVE", SearchReturn::save},
};

SearchKey negation_of(SearchKey key) {
  SearchKey out;
  out.op = SearchOp::none_of;
  out.keys.push_back(std::move(key));
  return out;
}

class Reader {
 public:
  Reader(Cursor& in, SearchArgs& args) : in_(in), args_(args) {}

  // search-key *(SP search-key)
  SearchKey program() {
    SearchKey both;
    both.op = SearchOp::all_of;
    do {
      both.keys.push_back(key());
    } while (in_.try_sp());
    if (both.keys.size() == 1) return SearchKey(std::move(both.keys.front()));
    return both;
  }

 private:
  // search-key = sequence-set / "(" search-key *(SP search-key) ")" / "ALL" / …   RFC 9051, 9
  SearchKey key() {
    Cursor::Nesting guard(in_);
    if (++count_ > max_search_keys) in_.fail(Errc::limit, "Too many search keys");
    char c = in_.peek();
    if (c == '(') return group();
    if (is_digit(c) || c == '*' || c == '$') return set(SearchOp::sequence);
    auto start = in_.position();
    auto name = in_.word("a search key");
    if (iequals(name, "NEW")) return new_messages();
    auto row = std::find_if(rows.begin(), rows.end(), [&](Row const& r) { return iequals(r.name, name); });
    if (row == rows.end()) {
      in_.fail_at(start, Errc::syntax, "Unknown search key");
      return {};
    }
    auto out = with_argument(*row);
    return row->negated ? negation_of(std::move(out)) : out;
  }

  SearchKey group() {
    in_.open();
    auto out = program();
    in_.close();
    return out;
  }

  // NEW is (RECENT UNSEEN)
  SearchKey new_messages() {
    SearchKey recent, seen, both;
    recent.op = SearchOp::recent;
    seen.op = SearchOp::flag;
    seen.flag.system = SystemFlag::seen;
    both.op = SearchOp::all_of;
    both.keys.push_back(std::move(recent));
    both.keys.push_back(negation_of(std::move(seen)));
    return both;
  }

  SearchKey with_argument(Row const& row) {
    SearchKey out;
    out.op = row.op;
    out.flag.system = row.flag;
    if (row.arg != Arg::none) in_.sp();
    switch (row.arg) {
      case Arg::none:
        break;
      case Arg::keyword:
        out.flag.keyword = in_.flag_keyword();
        break;
      case Arg::day:
        out.day = in_.date();
        break;
      case Arg::text:
        out.text = text();
        break;
      case Arg::header:
        header(out);
        break;
      case Arg::size:
        out.size = in_.number64();
        break;
      case Arg::modseq:
        modseq(out);
        break;
      case Arg::uid:
        return set(SearchOp::uid);
      case Arg::not_:
        out.keys.push_back(key());
        break;
      case Arg::or_:
        alternatives(out);
        break;
    }
    return out;
  }

  SearchKey set(SearchOp op) {
    SearchKey out;
    out.op = op;
    out.set = in_.seq_set();
    args_.uses_saved = args_.uses_saved || out.set.saved;
    return out;
  }

  std::string text() {
    auto start = in_.position();
    auto value = in_.astring();
    if (args_.charset_known && !is_utf8(value))
      in_.fail_at(start, Errc::syntax, "The search text is not valid UTF-8");
    return value;
  }

  // "HEADER" SP header-fld-name SP astring
  void header(SearchKey& out) {
    out.field = in_.astring();
    in_.sp();
    out.text = text();
  }

  // "OR" SP search-key SP search-key; a OR b OR c, however long, is one list and no nesting.
  void alternatives(SearchKey& out) {
    do {
      if (!out.keys.empty()) in_.sp();
      out.keys.push_back(key());
      in_.sp();
    } while (in_.try_word("OR"));
    out.keys.push_back(key());
  }

  // "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer       RFC 7162, 7
  // Metadata items have no mod-sequence of their own here, which 3.1.5 allows: the name is only checked.
  void modseq(SearchKey& out) {
    if (in_.peek() == '"') {
      auto start = in_.position();
      if (!istarts_with(in_.string(), "/flags/"))
        in_.fail_at(start, Errc::syntax, "Expected an entry name like \"/flags/\\\\seen\"");
      in_.sp();
      if (!in_.try_word("priv") && !in_.try_word("shared") && !in_.try_word("all"))
        in_.fail(Errc::syntax, "Expected priv, shared or all");
      in_.sp();
    }
    out.modseq = in_.mod_sequence();
    args_.uses_modseq = true;
  }

  Cursor& in_;
  SearchArgs& args_;
  std::size_t count_ = 0;
};

// search-return-opts = "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"  RFC 9051, 9
void read_returns(Cursor& in, SearchArgs& args) {
  args.extended = true;
  in.sp();
  in.list("RETURN options", 20, Cursor::Empty::allow, [&] {
    auto row = std::find_if(return_rows.begin(), return_rows.end(),
                            [&](ReturnRow const& r) { return in.try_word(r.name); });
    if (row == return_rows.end())
      in.fail(Errc::syntax, "Expected MIN, MAX, ALL, COUNT or SAVE");
    else
      args.returns.insert(row->option);
  });
  if (args.returns.empty()) args.returns.insert(SearchReturn::all);
}

// "CHARSET" SP (atom / quoted)
void read_charset(Cursor& in, SearchArgs& args) {
  in.sp();
  args.charset = to_upper(in.astring());
  args.charset_known = is_known_charset(args.charset);
}

}  // namespace

// search = "SEARCH" [SP search-return-opts] SP ["CHARSET" SP charset SP]
//          search-key *(SP search-key)                                  RFC 9051, 9
Result<SearchArgs> parse_search(Cursor in) {
  SearchArgs args;
  args.charset = "UTF-8";
  in.sp();
  if (in.try_word("RETURN")) {
    read_returns(in, args);
    in.sp();
  }
  if (in.try_word("CHARSET")) {
    read_charset(in, args);
    in.sp();
  }
  args.key = read_search_program(in, args);
  return in.finish(std::move(args));
}

SearchKey read_search_program(Cursor& in, SearchArgs& args) {
  return Reader(in, args).program();
}

bool is_known_charset(std::string_view name) {
  return iequals(name, "UTF-8") || iequals(name, "US-ASCII");
}

}  // namespace mc::imap
