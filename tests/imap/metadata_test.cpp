#include "imap/parse_metadata.h"

#include <boost/test/unit_test.hpp>

#include "imap/capabilities.h"
#include "store/metadata.h"
#include "test_client.h"
#include "logged_in.h"

using namespace std::string_literals;

namespace mc::imap {
namespace {

std::string all(GetMetadataArgs const& args) {
  std::string out;
  for (auto const& entry : args.entries) out += entry.lower + ' ';
  return out;
}

BOOST_AUTO_TEST_SUITE(metadata)

BOOST_AUTO_TEST_CASE(one_entry_or_a_list_is_asked_for) {
  auto args = parse_get_metadata(Cursor(" \"\" /shared/comment")).value();
  BOOST_TEST(args.mailbox == "");
  BOOST_TEST(all(args) == "/shared/comment ");
  BOOST_TEST(!args.depth);
  BOOST_TEST(!args.max_size);
  args = parse_get_metadata(Cursor(" inbox (/Private/A {10}\r\n/private/b \"/shared/c d\")")).value();
  BOOST_TEST(args.mailbox == "INBOX");
  BOOST_TEST(all(args) == "/private/a /private/b /shared/c d ");
  BOOST_TEST(args.entries[0].written == "/Private/A");
}

BOOST_AUTO_TEST_CASE(options_stand_before_the_mailbox_or_after_it) {
  for (char const* text :
       {" (MAXSIZE 9 DEPTH 1) x /private/a", " x (MAXSIZE 9 DEPTH 1) /private/a", " x (depth 1 maxsize 9) (/private/a)",
        " (DEPTH 1) x (MAXSIZE 9) (/private/a)", " (MAXSIZE 9) x (DEPTH 1) {10+}\r\n/private/a"})
    BOOST_TEST_CONTEXT(text) {
      auto args = parse_get_metadata(Cursor(text)).value();
      BOOST_TEST((args.depth == Depth::one));
      BOOST_TEST((args.max_size == 9u));
      BOOST_TEST(all(args) == "/private/a ");
    }
  BOOST_TEST((parse_get_metadata(Cursor(" (DEPTH Infinity) x /private")).value().depth == Depth::infinity));
  BOOST_TEST((parse_get_metadata(Cursor(" (DEPTH 0) x /shared")).value().depth == Depth::zero));
  for (char const* text :
       {" (DEPTH 2) x /private/a", " (DEPTH) x /private/a", " () x /private/a", " (MAXSIZE) x /private/a",
        " (MAXSIZE -1) x /private/a", " (MAXSIZE 4294967296) x /private/a", " (DEPTH 1 DEPTH 1) x /private/a",
        " (MAXSIZE 1) x (MAXSIZE 1) /private/a", " (COLOUR red) x /private/a", " (DEPTH 1)x /private/a",
        " x (DEPTH 1) (MAXSIZE 1) /private/a", " (DEPTH \"1\") x /private/a", " x (DEPTH 1)", " x /private/a (DEPTH 1)"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST((parse_get_metadata(Cursor(text)).error().code == Errc::syntax));
    }
}

BOOST_AUTO_TEST_CASE(names_that_no_entry_can_have_are_bad) {
  for (char const* name :
       {"", "/", "/private/", "/shared/", "/private//a", "/private/a/", "/private/a//b", "private/a", "/public/a",
        "/privatex/a", "/private/*", "/private/%", "/private/a*b/c", "/private/\x01", "/private/\x7f", "/private/\xc3\xa9",
        "/ private/a"})
    BOOST_TEST_CONTEXT(name) {
      std::string literal = '{' + std::to_string(std::string_view(name).size()) + "}\r\n" + name;
      BOOST_TEST((parse_get_metadata(Cursor(" x " + literal)).error().code == Errc::syntax));
      BOOST_TEST((parse_set_metadata(Cursor(" x (" + literal + " NIL)")).error().code == Errc::syntax));
    }
  for (char const* root : {"/private", "/Shared"}) {
    BOOST_TEST(parse_get_metadata(Cursor(" x "s + root)).has_value());
    BOOST_TEST(!parse_set_metadata(Cursor(" x ("s + root + " NIL)")).has_value());
  }
  std::string longest = "/private/" + std::string(store::max_metadata_name - 9, 'n');
  BOOST_TEST(parse_get_metadata(Cursor(" x " + longest)).has_value());
  BOOST_TEST((parse_get_metadata(Cursor(" x " + longest + 'n')).error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(values_are_strings_literals_of_both_kinds_or_nil) {
  std::string const text =
      " \"\" (/private/a \"x\\\"y\" /private/B NIL /private/c \"\" /private/d {5}\r\na\r\n\xff) "
      "/private/e ~{3+}\r\na\0b /private/f \"NIL\")"s;
  auto args = parse_set_metadata(Cursor(text)).value();
  BOOST_REQUIRE(args.entries.size() == 6u);
  BOOST_TEST(args.entries[0].value.value() == "x\"y");
  BOOST_TEST(args.entries[1].name == "/private/b");
  BOOST_TEST(!args.entries[1].value);
  BOOST_TEST(args.entries[2].value.value() == "");
  BOOST_TEST(args.entries[3].value.value() == "a\r\n\xff)");
  BOOST_TEST(args.entries[4].value.value() == "a\0b"s);
  BOOST_TEST(args.entries[5].value.value() == "NIL");
  for (std::string bad :
       {" \"\" ()"s, " \"\" /private/a x"s, " \"\" (/private/a)"s, " \"\" (/private/a x)"s, " \"\" (/private/a \"\xff\")"s,
        " \"\" (/private/a {3}\r\na\0b)"s, " \"\" (/private/a \"x\" )"s, " \"\" (/private/a \"x\""s, " (/private/a \"x\")"s,
        " \"\"(/private/a NIL)"s, " \"\" (/private/a NIL/private/b NIL)"s, " \"\" (/private/a 7)"s})
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST((parse_set_metadata(Cursor(bad)).error().code == Errc::syntax));
    }
}

BOOST_AUTO_TEST_CASE(lists_are_bounded) {
  std::string get, set;
  for (std::size_t i = 0; i <= max_entries_asked; ++i) get += " /private/x";
  for (std::size_t i = 0; i <= max_entries_set; ++i) set += " /private/x NIL";
  BOOST_TEST((parse_get_metadata(Cursor(" \"\" (" + get.substr(1) + ')')).error().code == Errc::limit));
  BOOST_TEST((parse_set_metadata(Cursor(" \"\" (" + set.substr(1) + ')')).error().code == Errc::limit));
}

BOOST_AUTO_TEST_CASE(depth_counts_levels_not_octets) {
  struct {
    char const* name;
    bool zero, one, infinity;
  } const rows[] = {
      {"/private/a", true, true, true},       {"/private/a/b", false, true, true},
      {"/private/a/b/c", false, false, true}, {"/private/ab", false, false, false},
      {"/private", false, false, false},      {"/shared/a", false, false, false},
  };
  for (auto const& row : rows) BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(is_asked_for(row.name, "/private/a", Depth::zero) == row.zero);
      BOOST_TEST(is_asked_for(row.name, "/private/a", Depth::one) == row.one);
      BOOST_TEST(is_asked_for(row.name, "/private/a", Depth::infinity) == row.infinity);
    }
}

BOOST_AUTO_TEST_CASE(it_is_announced_whoever_asks) {
  for (bool logged_in : {false, true})
    for (bool tls : {false, true}) {
      auto names = capabilities({logged_in, tls, !tls});
      BOOST_TEST((std::find(names.begin(), names.end(), "METADATA") != names.end()));
    }
}

// Everything fed in one octet at a time gives what it gives in one piece.
BOOST_AUTO_TEST_CASE(commands_split_at_every_octet_are_the_same_commands) {
  std::string const script =
      "a LOGIN jane secret\r\n"
      "b SETMETADATA INBOX (/private/a {3+}\r\na\r\n /private/b ~{3+}\r\na\0b /private/c \"x\")\r\n"
      "c GETMETADATA (DEPTH 1) INBOX (/private {10+}\r\n/private/b)\r\n"
      "d SETMETADATA INBOX (/private/a NIL /private//b {2+}\r\nx))\r\n"
      "e SETMETADATA \"\" (/private/vendor/message-center/tab/alerts {6+}\r\ncenter)\r\n"
      "f GETMETADATA \"\" (MAXSIZE 3) /private/vendor/message-center/tab/alerts\r\n"
      "g SETMETADATA INBOX (/private/a {70000+}\r\n"s +
      std::string(70'000, 'x') + ")\r\nh LOGOUT\r\n";
  std::string answers[2];
  for (int split : {0, 1}) {
    TestServer server;
    TestClient client(server.connect());
    if (split)
      for (char c : script) client.send({&c, 1});
    else
      client.send(script);
    while (auto line = client.read_line()) answers[split] += *line + '\n';
  }
  BOOST_TEST(answers[0] == answers[1]);
  for (char const* good : {"a OK", "b OK", "c OK", "d BAD", "e OK", "f OK [METADATA LONGENTRIES 6]",
                           "g NO [METADATA MAXSIZE 65536]", "h OK"})
    BOOST_TEST(contains(answers[0], '\n' + std::string(good)), good);
  BOOST_TEST(contains(answers[0], "* METADATA INBOX (/private/a {3}\na\n /private/b ~{3}\na\0b /private/c \"x\")\n"s));
}

BOOST_AUTO_TEST_CASE(every_octet_comes_back_as_it_was_sent) {
  TestServer server;
  LoggedIn say(server);
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  for (std::string value : {every, every.substr(1), "é\r\n"s, "\\\""s, std::string(store::max_metadata_value, '\n')}) {
    bool nul = contains(value, "\0"s);
    std::string count = std::to_string(value.size());
    BOOST_TEST(contains(say("SETMETADATA \"\" (/private/x ~{" + count + "+}\r\n" + value + ")"), "t OK"));
    say.client.send("u GETMETADATA \"\" /private/x\r\n");
    std::string line = say.client.read_line().value();
    if (value == "\\\"") {
      BOOST_TEST(line == "* METADATA \"\" (/private/x \"\\\\\\\"\")");
    } else {
      BOOST_TEST(line == "* METADATA \"\" (/private/x " + (nul ? "~{" : "{"s) + count + '}');
      BOOST_TEST((say.client.read_octets(value.size()) == value));
      BOOST_TEST(say.client.read_line().value() == ")");
    }
    BOOST_TEST(contains(say.client.read_line().value(), "u OK"));
  }
}

// 200 values of 64 KiB: more than may be in memory at once, and it all comes in one response.
BOOST_AUTO_TEST_CASE(much_is_read_in_slices) {
  TestServer server;
  LoggedIn say(server);
  std::string const value(store::max_metadata_value, 'v');
  for (std::size_t i = 0; i < store::max_metadata_entries; ++i)
    BOOST_REQUIRE(contains(say("SETMETADATA INBOX (/shared/" + std::to_string(1000 + i) + " {65536+}\r\n" + value + ")"),
                           "t OK"));
  std::string refused = say("SETMETADATA INBOX (/shared/1000 NIL /shared/x \"1\" /shared/y \"2\")");
  BOOST_TEST(contains(refused, "t NO [METADATA TOOMANY]"));
  say.client.send("u GETMETADATA (DEPTH infinity) INBOX /shared\r\n");
  for (std::size_t i = 0; i < store::max_metadata_entries; ++i) {
    std::string line = say.client.read_line().value();
    BOOST_REQUIRE(line == (i ? " " : "* METADATA INBOX (") + ("/shared/" + std::to_string(1000 + i)) + " {65536}");
    BOOST_REQUIRE((say.client.read_octets(value.size()) == value));
  }
  BOOST_TEST(say.client.read_line().value() == ")");
  BOOST_TEST(contains(say.client.read_line().value(), "u OK"));
  BOOST_TEST(say("GETMETADATA (MAXSIZE 65535) INBOX (/shared/1000 /shared/1001)") ==
             "t OK [METADATA LONGENTRIES 65536] GETMETADATA completed\n");
}

BOOST_AUTO_TEST_CASE(a_connection_that_fails_anywhere_harms_nobody) {
  TestServer server;
  for (std::uint32_t nth = 1; nth < 12; ++nth) {
    TestClient client(server.connect_failing_at(nth));
    try {
      client.read_line();
      for (char const* line : {"LOGIN jane secret", "SETMETADATA INBOX (/private/a \"1\" /private/b \"2\")",
                               "GETMETADATA (DEPTH infinity) INBOX /private", "GETMETADATA \"\" /shared/admin"})
        client.command("t", line);
    } catch (std::runtime_error const&) {
    }
  }
  LoggedIn say(server);
  std::string both = say("GETMETADATA INBOX (/private/a /private/b)");
  BOOST_TEST(contains(both, "* METADATA INBOX (/private/a \"1\" /private/b \"2\")\n"));
}

// Before login nobody learns more than that the literal is too big.
BOOST_AUTO_TEST_CASE(a_stranger_is_told_nothing) {
  TestServer server;
  TestClient client(server.connect());
  client.read_line();
  BOOST_TEST(contains(client.command("a", "GETMETADATA \"\" /shared/admin"), "a BAD"));
  BOOST_TEST(contains(client.command("b", "SETMETADATA \"\" (/private/a {9000}"), "b NO [TOOBIG]"));
  BOOST_TEST(contains(client.command("c", "SETMETADATA \"\" (/private/a NIL)"), "c BAD"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
