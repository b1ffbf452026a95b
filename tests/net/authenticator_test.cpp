#include "net/authenticator.h"

#include <boost/test/unit_test.hpp>
#include <map>

#include "tests/net/support.h"

using namespace mc;
using namespace mc::net;
using namespace mc::net::test;

namespace {

class Accounts final : public CredentialSource {
 public:
  std::optional<Credentials> find(std::string_view login) const override {
    auto const found = known.find(std::string(login));
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, Credentials> known;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(authenticator)

BOOST_AUTO_TEST_CASE(only_the_right_password_of_an_enabled_user_is_accepted) {
  Accounts accounts;
  std::string const hash = hash_password("right");
  accounts.known = {{"jane", {hash, {}, true}}, {"gone", {hash, {}, false}}, {"bare", {"", {}, true}}};
  WorkerPool workers(1);
  Authenticator authenticator(accounts, workers);
  asio::io_context context(1);
  run(context, [&]() -> asio::awaitable<void> {
    struct Row {
      char const* login;
      char const* password;
      bool good;
    };
    for (Row const row : {Row{"jane", "right", true},
                          {"jane", "right", true},
                          {"jane", "wrong", false},
                          {"gone", "right", false},
                          {"bare", "", false},
                          {"nobody", "right", false}}) {
      auto const result = co_await authenticator.check(row.login, row.password);
      BOOST_TEST(result.has_value() == row.good, row.login);
      if (!result) BOOST_TEST((result.error().code == Errc::auth_failed));
    }
  });
}

BOOST_AUTO_TEST_CASE(a_changed_or_disabled_account_is_not_remembered) {
  Accounts accounts;
  accounts.known["jane"] = {hash_password("old"), {}, true};
  WorkerPool workers(1);
  Authenticator authenticator(accounts, workers);
  asio::io_context context(1);
  run(context, [&]() -> asio::awaitable<void> {
    auto result = co_await authenticator.check("jane", "old");
    BOOST_TEST(result.has_value());
    accounts.known["jane"].enabled = false;
    result = co_await authenticator.check("jane", "old");
    BOOST_TEST(!result.has_value());
    accounts.known["jane"] = {hash_password("new"), {}, true};
    result = co_await authenticator.check("jane", "old");
    BOOST_TEST(!result.has_value());
    result = co_await authenticator.check("jane", "new");
    BOOST_TEST(result.has_value());
  });
}

BOOST_AUTO_TEST_CASE(a_flood_of_logins_is_refused_but_those_remembered_still_get_in) {
  Accounts accounts;
  accounts.known["jane"] = {hash_password("right"), {}, true};
  WorkerPool workers(1);
  Authenticator::Config config;
  config.max_pending = 2;
  Authenticator authenticator(accounts, workers, config);
  asio::io_context context(1);
  std::size_t refused = 0;
  auto flood = [&]() -> asio::awaitable<void> {
    auto const result = co_await authenticator.check("jane", "wrong");
    if (result.error().code == Errc::unavailable) ++refused;
  };
  auto known = [&]() -> asio::awaitable<void> {
    auto const result = co_await authenticator.check("jane", "right");
    BOOST_TEST(result.has_value());
  };
  run(context, known);
  run(context, flood, flood, flood, flood, known);
  BOOST_TEST(refused == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
