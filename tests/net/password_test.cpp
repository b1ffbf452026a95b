#include "net/password.h"

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "core/crypto.h"
#include "core/text.h"

using namespace mc;
using namespace mc::net;

BOOST_AUTO_TEST_SUITE(password)

BOOST_AUTO_TEST_CASE(a_hash_fits_its_password_and_no_other) {
  std::string const hash = hash_password("correct horse");
  BOOST_TEST(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  BOOST_TEST(verify_password(hash, "correct horse"));
  BOOST_TEST(!verify_password(hash, "correct horsf"));
  BOOST_TEST(!verify_password(hash, ""));
  BOOST_TEST(!verify_password(hash, std::string_view("correct horse\0", 14)));
  BOOST_TEST((hash != hash_password("correct horse")));  // salted
}

BOOST_AUTO_TEST_CASE(a_hash_that_cannot_be_read_fits_nothing) {
  for (char const* hash : {"", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA", "{PLAIN}secret"})
    BOOST_TEST(!verify_password(hash, "secret"), hash);
}

BOOST_AUTO_TEST_CASE(a_hash_made_elsewhere_is_understood) {
  // Of the reference implementation's own test vectors (argon2 test.c, Argon2id v=19).
  BOOST_TEST(
      verify_password("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"
                      "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                      "password"));
}

BOOST_AUTO_TEST_CASE(passwords_typed_differently_but_equal_by_SASLprep_fit) {
  struct Row {
    char const* typed;
    char const* prepared;
  };
  // RFC 4013, 3, and a decomposed accent.
  for (Row const row : {Row{"I\xC2\xADX", "IX"},
                        {"user", "user"},
                        {"USER", "USER"},
                        {"\xC2\xAA", "a"},
                        {"\xE2\x85\xA8", "IX"},
                        {"e\xCC\x81", "\xC3\xA9"},
                        {"a\xC2\xA0z", "a z"}})
    BOOST_TEST(prepare_password(row.typed).value() == row.prepared);
  BOOST_TEST(verify_password(hash_password("caf\xC3\xA9"), "cafe\xCC\x81"));
}

BOOST_AUTO_TEST_CASE(what_SASLprep_prohibits_is_not_prepared_but_still_can_be_a_password) {
  std::string const too_long(1025, 'x');
  for (std::string const& bad :
       {std::string("\x07"), std::string("\xFF\xFE"), std::string("a\0b", 3), too_long}) {
    BOOST_TEST(!prepare_password(bad));
    BOOST_TEST(!make_scram_sha256(bad));
  }
  BOOST_TEST(verify_password(hash_password("\xFF\xFE"), "\xFF\xFE"));
}

BOOST_AUTO_TEST_CASE(a_verifier_agrees_with_the_example_of_RFC_7677) {
  auto const verifier = make_scram_sha256("pencil", 4096, parse_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value());
  BOOST_REQUIRE(verifier);
  std::string const auth_message =
      "n=user,r=rOprNGfwEbeRWgbNEkqO,"
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  auto const server_signature = hmac_sha256(verifier->server_key, auth_message);
  BOOST_TEST(base64(as_octets(server_signature)) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  // ClientKey = proof XOR HMAC(StoredKey, AuthMessage); its hash must be StoredKey.
  std::string client_key = parse_base64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").value();
  auto const client_signature = hmac_sha256(verifier->stored_key, auth_message);
  for (std::size_t i = 0; i < client_key.size(); ++i)
    client_key[i] = char(client_key[i] ^ client_signature[i]);
  auto const rehashed = sha256(client_key);
  BOOST_TEST((as_octets(rehashed) == verifier->stored_key));
}

BOOST_AUTO_TEST_CASE(the_cache_remembers_for_its_time_and_only_the_very_same) {
  std::chrono::steady_clock::time_point now{};
  LoginCache cache({std::chrono::seconds(300), 10}, [&] { return now; });
  BOOST_TEST(!cache.contains("jane", "pw", "hash"));
  cache.insert("jane", "pw", "hash");
  BOOST_TEST(cache.contains("jane", "pw", "hash"));
  BOOST_TEST(!cache.contains("jane", "pw", "changed hash"));
  BOOST_TEST(!cache.contains("jane", "pv", "hash"));
  BOOST_TEST(!cache.contains("janep", "w", "hash"));
  now += std::chrono::seconds(299);
  BOOST_TEST(cache.contains("jane", "pw", "hash"));
  now += std::chrono::seconds(1);
  BOOST_TEST(!cache.contains("jane", "pw", "hash"));
  cache.insert("jane", "pw", "hash");
  BOOST_TEST(cache.contains("jane", "pw", "hash"));
  BOOST_TEST(cache.size() == 1u);
  cache.clear();
  BOOST_TEST(!cache.contains("jane", "pw", "hash"));
}

BOOST_AUTO_TEST_CASE(the_cache_is_bounded_and_forgets_the_oldest) {
  LoginCache cache({std::chrono::seconds(300), 3});
  for (char const* login : {"a", "b", "c", "a", "d"}) cache.insert(login, "pw", "hash");
  BOOST_TEST(cache.size() == 3u);
  BOOST_TEST(cache.contains("a", "pw", "hash"));
  BOOST_TEST(!cache.contains("b", "pw", "hash"));
  BOOST_TEST(cache.contains("d", "pw", "hash"));
}

BOOST_AUTO_TEST_SUITE_END()
