#include "imap/mailbox_list.h"

#include <boost/test/unit_test.hpp>

namespace mc::imap {
namespace {

store::MailboxInfo mailbox(std::string name, std::string special_use = {}) {
  store::MailboxInfo info;
  info.name = std::move(name);
  info.special_use = std::move(special_use);
  return info;
}

// What LIST answers, without "* LIST " and line ends, in a house of known mailboxes.
std::string list(std::string_view arguments) {
  auto args = parse_list(Cursor(arguments));
  BOOST_REQUIRE_MESSAGE(args.has_value(), arguments);
  MailboxList list(*args,
                   {mailbox("INBOX"), mailbox("Sent", "\\Sent"), mailbox("a"), mailbox("a/b"),
                    mailbox("a/b/c"), mailbox("a/b/d", "\\Junk"), mailbox("x")},
                   {"INBOX", "a/b/c", "gone", "lost/and/found"});
  for (std::size_t i = 0; i < list.size(); ++i) list.match(i);
  std::string out;
  Writer writer(out);
  for (std::size_t i = 0; i < list.size(); ++i)
    if (auto line = list.line(i)) write_list(writer, *args, *line);
  for (std::size_t at; (at = out.find("* LIST ")) != out.npos;) out.erase(at, 7);
  for (std::size_t at; (at = out.find("\r\n")) != out.npos;) out.replace(at, 2, "|");
  for (std::size_t at; (at = out.find("\"/\" ")) != out.npos;) out.erase(at, 4);
  return out;
}

BOOST_AUTO_TEST_SUITE(mailbox_list)

BOOST_AUTO_TEST_CASE(patterns_and_options_choose_names) {
  struct Row {
    std::string_view arguments, expected;
  };
  Row const rows[] = {
      {" \"\" %",
       "(\\HasNoChildren) INBOX|(\\HasNoChildren \\Sent) Sent|(\\HasChildren) a|(\\HasNoChildren) x|"},
      {" \"\" a/%", "(\\HasChildren) a/b|"},
      {" \"\" a/*", "(\\HasChildren) a/b|(\\HasNoChildren) a/b/c|(\\HasNoChildren \\Junk) a/b/d|"},
      {" a/b/ %", "(\\HasNoChildren) a/b/c|(\\HasNoChildren \\Junk) a/b/d|"},
      {" \"\" %/%/c", "(\\HasNoChildren) a/b/c|"},
      {" \"\" *c", "(\\HasNoChildren) a/b/c|"},
      {" \"\" iNbOx", "(\\HasNoChildren) INBOX|"},
      {" \"\" A", ""},
      {" \"\" gone", ""},
      {" \"\" (x x)", "(\\HasNoChildren) x|"},
      {" (SUBSCRIBED) \"\" *",
       "(\\Subscribed \\HasNoChildren) INBOX|(\\Subscribed \\HasNoChildren) a/b/c|(\\Subscribed "
       "\\NonExistent) gone|"
       "(\\Subscribed \\NonExistent) lost/and/found|"},
      {" \"\" (INBOX x) RETURN (SUBSCRIBED)", "(\\Subscribed \\HasNoChildren) INBOX|(\\HasNoChildren) x|"},
      {" (SPECIAL-USE) \"\" *", "(\\HasNoChildren \\Sent) Sent|(\\HasNoChildren \\Junk) a/b/d|"},
      {" (SUBSCRIBED SPECIAL-USE) \"\" *", ""},
      {" (REMOTE) \"\" x", "(\\HasNoChildren) x|"},
      {" (SUBSCRIBED RECURSIVEMATCH) \"\" %",
       "(\\Subscribed \\HasNoChildren) INBOX|(\\HasChildren) a (\"CHILDINFO\" (\"SUBSCRIBED\"))|"
       "(\\Subscribed \\NonExistent) gone|(\\NonExistent) lost (\"CHILDINFO\" (\"SUBSCRIBED\"))|"},
      {" (RECURSIVEMATCH SPECIAL-USE) \"\" (a x)", "(\\HasChildren) a (\"CHILDINFO\" (\"SPECIAL-USE\"))|"},
      {" (RECURSIVEMATCH SUBSCRIBED) \"\" (a a/b/c)", "(\\Subscribed \\HasNoChildren) a/b/c|"},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.arguments) BOOST_TEST(list(row.arguments) == row.expected);
}

BOOST_AUTO_TEST_CASE(lsub_shows_superiors_only_where_the_pattern_stops_short) {
  ListArgs args;
  args.select = {ListSelect::subscribed, ListSelect::recursive_match};
  auto lsub = [&](std::string pattern) {
    args.patterns = {std::move(pattern)};
    MailboxList list(args, {}, {"a/b/c", "x", "x/y"});
    for (std::size_t i = 0; i < list.size(); ++i) list.match(i);
    std::string out;
    Writer writer(out);
    for (std::size_t i = 0; i < list.size(); ++i)
      if (auto line = list.line(i)) write_lsub(writer, *line);
    return out;
  };
  BOOST_TEST(lsub("*") == "* LSUB () \"/\" a/b/c\r\n* LSUB () \"/\" x\r\n* LSUB () \"/\" x/y\r\n");
  BOOST_TEST(lsub("%") == "* LSUB (\\NoSelect) \"/\" a\r\n* LSUB () \"/\" x\r\n");
  BOOST_TEST(lsub("a/%") == "* LSUB (\\NoSelect) \"/\" a/b\r\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
