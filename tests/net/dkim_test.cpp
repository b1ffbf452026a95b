#include "net/dkim.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "core/text.h"

namespace mc::net {
namespace {

namespace fs = std::filesystem;

struct Keys {
  std::string directory = [] {
    std::string name = (fs::temp_directory_path() / "mc-dkim-XXXXXX").string();
    return std::string(::mkdtemp(name.data()));
  }();
  ~Keys() { fs::remove_all(directory); }
  std::string path(std::string const& name) const { return directory + '/' + name; }
  void run(std::string const& command) const {
    BOOST_REQUIRE(std::system(("cd " + directory + " && umask 077 && " + command + " 2>/dev/null").c_str()) == 0);
  }
  std::string make(std::string const& name, std::string const& how) const {
    run("openssl genpkey -out " + name + " -algorithm " + how);
    return path(name);
  }
  std::string rsa() const { return make("rsa.pem", "RSA -pkeyopt rsa_keygen_bits:2048"); }
  std::string ed25519() const { return make("ed.pem", "ED25519"); }
};

DkimSource from(std::string const& octets, std::size_t most_at_once = 1 << 20) {
  return [&octets, most_at_once](std::uint64_t offset, std::size_t most) {
    return offset < octets.size() ? octets.substr(offset, std::min(most, most_at_once)) : std::string();
  };
}

std::string error_of(DkimKeyFile file) {
  auto key = load_dkim_key(std::move(file));
  return key ? "loaded" : key.error().text;
}

std::string write(std::string const& path, std::string const& text) {
  std::ofstream(path) << text;
  return path;
}

// Checked by another implementation: dkimpy. "True True" for two good signatures.
std::string verify(Keys const& keys, std::string const& message, std::vector<DkimRecord> const& records) {
  std::ofstream(keys.path("message"), std::ios::binary) << message;
  std::ofstream dns(keys.path("dns"));
  for (DkimRecord const& record : records) dns << record.name << ' ' << record.text << '\n';
  dns.close();
  std::string const script = std::string(MC_SOURCE_DIR) + "/tests/e2e/dkim_check.py";
  keys.run("/usr/bin/python3 " + script + " message dns > out");
  std::ostringstream out;
  out << std::ifstream(keys.path("out")).rdbuf();
  return std::string(trim(out.str()));
}

std::string const message = "From: Market <noreply@example.test>\r\nSubject: a\r\n  folded\t subject \r\nTo: x@y\r\nX-Unsigned: 1\r\n"
                            "List-Unsubscribe: <https://x>\r\nDate: Mon, 23 Nov 2026 15:00:00 +0000\r\n\r\nHello  world \r\n\r\n.dot\r\n\r\n\r\n";

BOOST_AUTO_TEST_CASE(both_kinds_of_keys_sign_and_another_implementation_agrees) {
  Keys keys;
  auto signer = DkimSigner::make({{"example.test", "r", keys.rsa()}, {"example.test", "e", keys.ed25519()}});
  BOOST_REQUIRE(signer.has_value());
  auto const records = (*signer)->records();
  BOOST_REQUIRE_EQUAL(records.size(), 2u);
  BOOST_TEST(records[0].name == "r._domainkey.example.test");
  BOOST_TEST(records[1].text.starts_with("v=DKIM1; k=ed25519; p="));
  std::string const lines = (*signer)->sign(from(message));
  std::string unfolded = lines;
  std::erase_if(unfolded, [](char c) { return c == '\r' || c == '\n' || c == '\t' || c == ' '; });
  BOOST_TEST(unfolded.find("h=From:Subject:To:List-Unsubscribe:Date:From;") != std::string::npos);
  BOOST_TEST(lines.find("X-Unsigned") == std::string::npos);
  BOOST_TEST(verify(keys, lines + message, records) == "True True");
  std::string forged = message;
  forged.replace(forged.find("Hello"), 5, "Hallo");
  BOOST_TEST(verify(keys, lines + forged, records) == "False False");
  BOOST_TEST(verify(keys, lines + "From: another@x\r\n" + message, records) == "False False");
}

BOOST_AUTO_TEST_CASE(octets_are_signed_as_they_travel_however_they_come) {
  Keys keys;
  auto signer = DkimSigner::make({{"example.test", "e", keys.ed25519()}});
  BOOST_REQUIRE(signer.has_value());
  struct Row {
    std::string stored, sent;
  };
  Row const rows[] = {
      {"From: a@b\nSubject: x\n\na\rb\n\r\nc", "From: a@b\r\nSubject: x\r\n\r\na\r\nb\r\n\r\nc\r\n"},
      {"From: a@b\r\n\r\n", "From: a@b\r\n\r\n"},
      {"From: a@b\r\n", "From: a@b\r\n"},
      {"From: a@b\r\n\r\n\r\n\r\n", "From: a@b\r\n\r\n\r\n\r\n"},
      {"From: a@b\r\n\r\nx\r", "From: a@b\r\n\r\nx\r\n"},
      {"From: a@b\r\n\r\n\t \r\nx  y\t\r\n", "From: a@b\r\n\r\n\t \r\nx  y\t\r\n"},
      {"From: a@b\r\n\r\nx" + std::string(1, '\0') + "y\x80\r\n", "From: a@b\r\n\r\nx" + std::string(1, '\0') + "y\x80\r\n"},
  };
  for (Row const& row : rows)
    for (std::size_t piece : {1u, 2u, 3u, 1000u})
      BOOST_TEST_CONTEXT(row.stored << " by " << piece)
        BOOST_TEST(verify(keys, (*signer)->sign(from(row.stored, piece)) + row.sent, (*signer)->records()) == "True");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_signed_is_said_and_nothing_is_signed_without_keys) {
  Keys keys;
  auto none = DkimSigner::make({});
  BOOST_REQUIRE(none.has_value());
  BOOST_TEST((*none)->sign(from(message)).empty());
  auto signer = DkimSigner::make({{"example.test", "e", keys.ed25519()}});
  BOOST_REQUIRE(signer.has_value());
  std::string const headless = "Subject: x\r\n\r\nHi\r\n", endless = "From: a@b\r\n" + std::string(3 << 20, 'x');
  BOOST_CHECK_THROW((*signer)->sign(from(headless)), std::runtime_error);
  BOOST_CHECK_THROW((*signer)->sign(from(endless)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_none_is_an_error_in_words) {
  Keys keys;
  std::string const rsa = keys.rsa();
  BOOST_TEST(error_of({"d", "s", rsa}) == "loaded");
  BOOST_TEST(error_of({"d", "s", keys.path("nowhere")}) == "DKIM key " + keys.path("nowhere") + " (selector s): No such file or directory");
  BOOST_TEST(error_of({"d", "s", keys.directory}).ends_with("it is no file"));
  ::chmod(rsa.c_str(), 0644);
  BOOST_TEST(error_of({"d", "s", rsa}).ends_with("everyone on this machine may read or change it; chmod 0600, or 0640"));
  ::chmod(rsa.c_str(), 0640);
  BOOST_TEST(error_of({"d", "s", rsa}) == "loaded");
  ::umask(077);
  BOOST_TEST(error_of({"d", "s", write(keys.path("x"), "nonsense")}).ends_with("no private key in PEM, or one with a password"));
  keys.run("touch empty && openssl pkey -in rsa.pem -aes256 -passout pass:x -out locked.pem && openssl pkey -in rsa.pem -pubout -out public.pem");
  BOOST_TEST(error_of({"d", "s", keys.path("locked.pem")}).ends_with("no private key in PEM, or one with a password"));
  BOOST_TEST(error_of({"d", "s", keys.path("public.pem")}).ends_with("no private key in PEM, or one with a password"));
  BOOST_TEST(error_of({"d", "s", keys.path("empty")}) != "loaded");
  BOOST_TEST(error_of({"d", "s", keys.make("short.pem", "RSA -pkeyopt rsa_keygen_bits:768")}).ends_with("768 bits; mail providers take 1024 to 4096, best 2048"));
  BOOST_TEST(error_of({"d", "s", keys.make("ec.pem", "EC -pkeyopt ec_paramgen_curve:P-256")}).ends_with("neither an RSA nor an Ed25519 key"));
  BOOST_TEST(!DkimSigner::make({{"d", "s", rsa}, {"D", "S", rsa}}).has_value());
}

BOOST_AUTO_TEST_CASE(keys_are_reloaded_whole_or_not_at_all) {
  Keys keys;
  auto signer = DkimSigner::make({{"example.test", "e", keys.ed25519()}});
  BOOST_REQUIRE(signer.has_value());
  BOOST_TEST(!(*signer)->reload({{"example.test", "r", keys.rsa()}, {"example.test", "x", keys.path("nowhere")}}).has_value());
  BOOST_TEST((*signer)->sign(from(message)).find("s=e;") != std::string::npos);
  BOOST_TEST((*signer)->reload({{"example.test", "r", keys.path("rsa.pem")}}).has_value());
  BOOST_TEST((*signer)->sign(from(message)).find("s=r;") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_record_is_cut_into_strings_for_the_zone_file) {
  BOOST_TEST(write_zone_line({"s._domainkey.d", "short"}) == "s._domainkey.d. IN TXT ( \"short\" )");
  BOOST_TEST(write_zone_line({"n", std::string(300, 'x')}) ==
             "n. IN TXT ( \"" + std::string(255, 'x') + "\" \"" + std::string(45, 'x') + "\" )");
}

BOOST_AUTO_TEST_CASE(a_large_message_is_signed_in_pieces) {
  Keys keys;
  auto signer = DkimSigner::make({{"example.test", "e", keys.ed25519()}});
  BOOST_REQUIRE(signer.has_value());
  std::string const line = "0123456789 abcdefghijklmnopqrstuvwxyz  0123456789\r\n";
  std::size_t largest = 0;
  std::uint64_t const size = 50u << 20;
  auto source = [&](std::uint64_t offset, std::size_t most) {
    largest = std::max(largest, most);
    if (offset == 0) return std::string("From: a@b\r\n\r\n");
    if (offset > size) return std::string();
    std::string out;
    while (out.size() + line.size() <= most) out += line;
    return out;
  };
  BOOST_TEST((*signer)->sign(source).starts_with("DKIM-Signature: "));
  BOOST_TEST(largest <= 64u << 10);
}

}  // namespace
}  // namespace mc::net
