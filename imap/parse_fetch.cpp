#include "imap/parse_fetch.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "core/text.h"

namespace mc::imap {

namespace {

enum class Form { plain, section, binary, binary_size };

struct Row {
  std::string_view name;
  FetchAtt att;
  Form form = Form::plain;
  bool peek = true;
};
constexpr std::array rows{
    Row{"UID", FetchAtt::uid},
    Row{"FLAGS", FetchAtt::flags},
    Row{"INTERNALDATE", FetchAtt::internaldate},
    Row{"RFC822.SIZE", FetchAtt::rfc822_size},
    Row{"ENVELOPE", FetchAtt::envelope},
    Row{"BODYSTRUCTURE", FetchAtt::bodystructure},
    Row{"BODY", FetchAtt::body},
    Row{"MODSEQ", FetchAtt::modseq},
    Row{"RFC822", FetchAtt::rfc822, Form::plain, false},
    Row{"RFC822.HEADER", FetchAtt::rfc822_header},
    Row{"RFC822.TEXT", FetchAtt::rfc822_text, Form::plain, false},
    Row{"BODY", FetchAtt::body_section, Form::section, false},
    Row{"BODY.PEEK", FetchAtt::body_section, Form::section},
    Row{"BINARY", FetchAtt::binary, Form::binary, false},
    Row{"BINARY.PEEK", FetchAtt::binary, Form::binary},
    Row{"BINARY.SIZE", FetchAtt::binary_size, Form::binary_size},
};

struct Macro {
  std::string_view name;
  std::initializer_list<FetchAtt> items;
};
constexpr std::initializer_list<FetchAtt> fast_items{FetchAtt::flags, FetchAtt::internaldate,
                                                     FetchAtt::rfc822_size};
constexpr std::initializer_list<FetchAtt> all_items{FetchAtt::flags, FetchAtt::internaldate,
                                                    FetchAtt::rfc822_size, FetchAtt::envelope};
constexpr std::initializer_list<FetchAtt> full_items{
    FetchAtt::flags, FetchAtt::internaldate, FetchAtt::rfc822_size, FetchAtt::envelope, FetchAtt::body};
constexpr std::array macros{Macro{"FAST", fast_items}, Macro{"ALL", all_items}, Macro{"FULL", full_items}};

FetchItem make_item(Row const& row) {
  return {row.att, {}, {}, row.peek};
}

// fetch-att = "ENVELOPE" / "FLAGS" / … / "BODY" ["STRUCTURE"] / "UID" /       RFC 9051, 9
//             "BODY" [".PEEK"] section [partial] /
//             "BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE" section-binary
FetchItem read_item(Cursor& in) {
  auto start = in.position();
  auto name = in.word("a FETCH item");
  bool bracket = in.peek() == '[';
  auto row = std::find_if(rows.begin(), rows.end(), [&](Row const& r) {
    return iequals(r.name, name) && (r.form != Form::plain) == bracket;
  });
  if (row == rows.end()) {
    in.fail_at(start, Errc::syntax, "Unknown FETCH item");
    return {};
  }
  FetchItem item = make_item(*row);
  if (row->form == Form::section) item.section = read_section(in);
  if (row->form == Form::binary || row->form == Form::binary_size) item.section = read_section_binary(in);
  if (row->form == Form::section || row->form == Form::binary) item.partial = try_partial(in);
  return item;
}

void add_item(Cursor& in, std::vector<FetchItem>& items) {
  auto item = read_item(in);
  if (in.ok() && std::find(items.begin(), items.end(), item) == items.end()) items.push_back(std::move(item));
}

bool try_macro(Cursor& in, std::vector<FetchItem>& items) {
  auto macro =
      std::find_if(macros.begin(), macros.end(), [&](Macro const& m) { return in.try_word(m.name); });
  if (macro == macros.end()) return false;
  for (FetchAtt att : macro->items) items.push_back({att, {}, {}, true});
  return true;
}

void read_items(Cursor& in, std::vector<FetchItem>& items) {
  if (in.peek() == '(')
    in.list("FETCH items", max_fetch_items, Cursor::Empty::refuse, [&] { add_item(in, items); });
  else if (!try_macro(in, items))
    add_item(in, items);
}

// fetch-modifier = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED"    RFC 7162, 7
// 0, which the grammar leaves out and clients send, means every message.
void read_modifier(Cursor& in, FetchArgs& args) {
  if (in.try_word("CHANGEDSINCE")) {
    if (args.changed_since) in.fail(Errc::syntax, "CHANGEDSINCE is given twice");
    in.sp();
    args.changed_since = in.mod_sequence();
  } else if (in.try_word("VANISHED")) {
    args.vanished = true;
  } else {
    in.fail(Errc::syntax, "Expected CHANGEDSINCE or VANISHED");
  }
}

}  // namespace

// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /   RFC 9051, 9; RFC 4466
//         "(" fetch-att *(SP fetch-att) ")") [SP "(" fetch-modifier *(SP fetch-modifier) ")"]
Result<FetchArgs> parse_fetch(Cursor in, NumberKind kind) {
  FetchArgs args;
  in.sp();
  args.set = in.seq_set();
  in.sp();
  read_items(in, args.items);
  if (in.try_sp()) {
    auto start = in.position();
    in.list("FETCH modifiers", 10, Cursor::Empty::refuse, [&] { read_modifier(in, args); });
    if (args.vanished && (kind != NumberKind::uid || !args.changed_since))
      in.fail_at(start, Errc::syntax, "VANISHED is for UID FETCH with CHANGEDSINCE");
  }
  return in.finish(std::move(args));
}

}  // namespace mc::imap
