#include "imap/commands.h"

#include <boost/test/unit_test.hpp>

#include "imap/capabilities.h"

namespace mc::imap {
namespace {

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(every_row_is_found_by_its_name) {
  for (CommandRow const& row : command_table()) {
    BOOST_TEST(find_command(row.name) == &row, row.name);
    BOOST_TEST(row.handler != nullptr);
    BOOST_TEST(!row.states.empty());
    BOOST_TEST((row.numbers == NumberKind::uid) == row.name.starts_with("UID "), row.name);
  }
  for (char const* name : {"", "FETC", "FETCHH", "UID", "UID NOOP", "fetch", "XYZZY"})
    BOOST_TEST(!find_command(name), name);
}

// RFC 9051, 7.5.1
BOOST_AUTO_TEST_CASE(only_fetch_store_and_search_hold_removals_back) {
  for (CommandRow const& row : command_table()) {
    bool holds = row.name == "FETCH" || row.name == "STORE" || row.name == "SEARCH";
    BOOST_TEST((row.expunges == Expunges::hold) == holds, row.name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_announced_depends_on_tls_and_login) {
  auto has = [](CapabilityFacts facts, std::string_view name) {
    auto names = capabilities(facts);
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  CapabilityFacts clear{false, true, false}, secure{false, false, true}, inside{true, false, true};
  BOOST_TEST(has(clear, "STARTTLS"));
  BOOST_TEST(has(clear, "LOGINDISABLED"));
  BOOST_TEST(!has(clear, "AUTH=PLAIN"));
  BOOST_TEST(has(clear, "AUTH=SCRAM-SHA-256"));
  BOOST_TEST(!has(secure, "STARTTLS"));
  BOOST_TEST(!has(secure, "LOGINDISABLED"));
  BOOST_TEST(has(secure, "AUTH=PLAIN"));
  for (char const* name : {"STARTTLS", "LOGINDISABLED", "AUTH=PLAIN", "AUTH=SCRAM-SHA-256"})
    BOOST_TEST(!has(inside, name), name);
  for (CapabilityFacts facts : {clear, secure, inside})
    for (char const* name : {"IMAP4rev1", "IMAP4rev2", "IDLE", "QRESYNC"}) BOOST_TEST(has(facts, name), name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
