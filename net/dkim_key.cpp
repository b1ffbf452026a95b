#include "net/dkim_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include "core/text.h"

namespace mc::net {

namespace {

constexpr std::size_t most_octets = 64 << 10;
constexpr int least_bits = 1024, most_bits = 4096;  // RFC 8301, 3.2

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeKey>;

Error bad_key(DkimKeyFile const& file, Errc code, std::string const& why) {
  return fail(code, "DKIM key " + file.path + " (selector " + file.selector + "): " + why);
}

Result<std::string> read_key_file(DkimKeyFile const& file) {
  struct stat about {};
  if (::stat(file.path.c_str(), &about) != 0) return bad_key(file, Errc::not_found, std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return bad_key(file, Errc::not_found, "it is no file");
  if (about.st_mode & (S_IROTH | S_IWOTH))
    return bad_key(file, Errc::forbidden, "everyone on this machine may read or change it; chmod 0600, or 0640");
  std::ifstream in(file.path, std::ios::binary);
  std::ostringstream text;
  if (!in || static_cast<std::size_t>(about.st_size) > most_octets || !(text << in.rdbuf()))
    return bad_key(file, Errc::not_found, !in ? "it cannot be read" : "it is empty or far too long for a key");
  return std::move(text).str();
}

// A key with a password would make the server ask at its terminal: it must not.
int no_password(char*, int, int, void*) { return -1; }

PrivateKey parse_key(std::string const& pem) {
  std::unique_ptr<BIO, FreeKey> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return PrivateKey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
}

// SubjectPublicKeyInfo in DER, as rsa keys are published.            RFC 6376, 3.6.1
std::string rsa_public(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  int const size = i2d_PUBKEY(key, &der);
  std::string out(reinterpret_cast<char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(der);
  return out;
}

// The 32 octets themselves.                                          RFC 8463, 4
std::string ed25519_public(EVP_PKEY* key) {
  std::string out(32, '\0');
  std::size_t size = out.size();
  EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.data()), &size);
  out.resize(size);
  return out;
}

}  // namespace

Result<DkimKey> load_dkim_key(DkimKeyFile file) {
  auto pem = read_key_file(file);
  if (!pem) return pem.error();
  PrivateKey const key = parse_key(*pem);
  if (!key) return bad_key(file, Errc::syntax, "no private key in PEM, or one with a password");
  DkimKey out;
  if (EVP_PKEY_is_a(key.get(), "RSA")) {
    int const bits = EVP_PKEY_get_bits(key.get());
    if (bits < least_bits || bits > most_bits)
      return bad_key(file, Errc::syntax, std::to_string(bits) + " bits; mail providers take 1024 to 4096, best 2048");
    out.record = "v=DKIM1; k=rsa; p=" + base64(rsa_public(key.get()));
  } else if (EVP_PKEY_is_a(key.get(), "ED25519")) {
    out.algorithm = DkimAlgorithm::ed25519_sha256;
    out.record = "v=DKIM1; k=ed25519; p=" + base64(ed25519_public(key.get()));
  } else {
    return bad_key(file, Errc::syntax, "neither an RSA nor an Ed25519 key");
  }
  out.file = std::move(file);
  out.pem = std::move(*pem);
  return out;
}

}  // namespace mc::net
