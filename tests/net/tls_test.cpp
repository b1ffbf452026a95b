#include "net/tls.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;
using namespace mc::net::test;

namespace {

// Does a client that trusts `ca` accept what `server` presents?
bool accepted(TlsContext& server, std::string const& ca) {
  asio::io_context context(1);
  Pair pair(context);
  auto const client = TlsContext::make_client({Verify::required, ca}).value();
  boost::system::error_code code;
  run(
      context, [&]() -> asio::awaitable<void> { co_await failure_of(pair.a->start_tls_server(server)); },
      [&]() -> asio::awaitable<void> {
        code = co_await failure_of(pair.b->start_tls_client(*client, "localhost"));
        pair.b->close();
      });
  return !code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(bad_files_are_refused_in_words_that_name_the_file) {
  TemporaryDirectory directory;
  auto const good = Certificates::shared().files();
  Certificates const other;
  write_file(directory / "junk.pem", "not a certificate\n");
  struct Row {
    ServerTlsFiles files;
    Errc code;
    std::string named;
  };
  for (Row const& row : {Row{{directory / "absent.crt", good.key}, Errc::not_found, "absent.crt"},
                         Row{{directory / "junk.pem", good.key}, Errc::syntax, "junk.pem"},
                         Row{{good.certificate, directory / "absent.key"}, Errc::not_found, "absent.key"},
                         Row{{good.certificate, directory / "junk.pem"}, Errc::syntax, "junk.pem"},
                         Row{{good.certificate, other.files().key}, Errc::syntax, "server.key"}}) {
    BOOST_TEST_CONTEXT(row.named) {
      auto const made = TlsContext::make_server(row.files);
      BOOST_REQUIRE(!made);
      BOOST_TEST((made.error().code == row.code));
      BOOST_TEST((made.error().text.find(row.named) != std::string::npos), made.error().text);
    }
  }
  auto const client = TlsContext::make_client({Verify::required, directory / "absent.pem"});
  BOOST_TEST(!client);
}

BOOST_AUTO_TEST_CASE(a_reload_takes_effect_and_a_failed_one_changes_nothing) {
  namespace fs = std::filesystem;
  TemporaryDirectory directory;
  Certificates const first, second;
  auto install = [&](ServerTlsFiles const& from) {
    fs::copy_file(from.certificate, directory / "s.crt", fs::copy_options::overwrite_existing);
    fs::copy_file(from.key, directory / "s.key", fs::copy_options::overwrite_existing);
  };
  install(first.files());
  auto const server = TlsContext::make_server({directory / "s.crt", directory / "s.key"}).value();
  BOOST_TEST(accepted(*server, first.ca()));
  write_file(directory / "s.crt", "half a fi");
  auto const failed = server->reload();
  BOOST_REQUIRE(!failed);
  BOOST_TEST((failed.error().text.find("s.crt") != std::string::npos));
  BOOST_TEST(accepted(*server, first.ca()));
  install(second.files());
  BOOST_TEST(server->reload().has_value());
  BOOST_TEST(!accepted(*server, first.ca()));
  BOOST_TEST(accepted(*server, second.ca()));
}

BOOST_AUTO_TEST_CASE(a_connection_made_before_a_reload_goes_on) {
  Certificates const certificates;
  asio::io_context context(1);
  Pair pair(context);
  auto const server = certificates.server();
  auto const client = certificates.client();
  run(
      context, [&]() -> asio::awaitable<void> { co_await pair.a->start_tls_server(*server); },
      [&]() -> asio::awaitable<void> { co_await pair.b->start_tls_client(*client, "localhost"); });
  BOOST_TEST(server->reload().has_value());
  run(context, [&]() -> asio::awaitable<void> {
    co_await pair.b->write("still here");
    std::string const got = co_await read_exactly(*pair.a, 10);
    BOOST_TEST(got == "still here");
  });
}

BOOST_AUTO_TEST_CASE(make_certs_changes_nothing_the_second_time_and_keeps_keys_private) {
  namespace fs = std::filesystem;
  TemporaryDirectory directory;
  std::string const command =
      MC_SOURCE_DIR "/certs/make-certs --dir " + directory.path() + " >/dev/null 2>&1";
  auto content = [&](char const* name) {
    std::ifstream in(directory / name);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  BOOST_REQUIRE_EQUAL(std::system(command.c_str()), 0);
  std::string const before = content("server.crt") + content("server.key") + content("ca.key");
  BOOST_REQUIRE_EQUAL(std::system(command.c_str()), 0);
  BOOST_TEST((before == content("server.crt") + content("server.key") + content("ca.key")));
  for (char const* key : {"server.key", "ca.key"})
    BOOST_TEST(
        (fs::status(directory / key).permissions() == (fs::perms::owner_read | fs::perms::owner_write)));
  std::string const other =
      MC_SOURCE_DIR "/certs/make-certs --dir " + directory.path() + " mx.test >/dev/null";
  BOOST_REQUIRE_EQUAL(std::system(other.c_str()), 0);
  BOOST_TEST((before != content("server.crt") + content("server.key") + content("ca.key")));
}

BOOST_AUTO_TEST_SUITE_END()
