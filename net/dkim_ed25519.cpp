#include "net/dkim_ed25519.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <stdexcept>

#include "core/crypto.h"
#include "core/text.h"

namespace mc::net {

namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, Free>;

void require(bool done, char const* what) {
  if (!done) throw std::runtime_error(std::string("DKIM: cannot ") + what);
}

bool is_wsp(char c) { return c == ' ' || c == '\t'; }

// "Subject : a\r\n  b " as "subject:a b"                           RFC 6376, 3.4.2
std::string relax_field(std::string_view field) {
  auto const colon = std::min(field.find(':'), field.size());
  std::string out = to_lower(trim(field.substr(0, colon))) + ':';
  bool space = false;
  std::size_t const start = out.size();
  for (char c : field.substr(std::min(colon + 1, field.size()))) {
    if (c == '\r' || c == '\n') continue;
    if (is_wsp(c)) {
      space = true;
      continue;
    }
    if (space && out.size() > start) out += ' ';
    space = false;
    out += c;
  }
  return out;
}

std::string_view name_of(std::string_view relaxed) { return relaxed.substr(0, relaxed.find(':')); }

// The hash of a body as it comes in pieces; empty lines at its end do not count.          RFC 6376, 3.4.4
class BodyHash {
 public:
  BodyHash() : digest_(EVP_MD_CTX_new()) {
    require(digest_ && EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr) == 1, "begin a hash");
  }

  void take(std::string_view octets) {
    std::string out;
    for (char c : octets) take(c, out);
    add(out);
  }
  std::string finish() {
    if (in_line_) add("\r\n");  // the last line had no end
    Sha256 hash{};
    require(EVP_DigestFinal_ex(digest_.get(), hash.data(), nullptr) == 1, "end a hash");
    return std::string(as_octets(hash));
  }

 private:
  void take(char c, std::string& out) {
    if (c == '\r') return;  // only before LF, as it comes here
    if (c == '\n') {
      if (in_line_)
        out += "\r\n";
      else
        ++empty_lines_;
      in_line_ = space_ = false;
      return;
    }
    if (is_wsp(c)) {
      space_ = true;
      return;
    }
    for (; empty_lines_ > 0; --empty_lines_) out += "\r\n";
    if (space_) out += ' ';
    space_ = false;
    in_line_ = true;
    out += c;
  }
  void add(std::string_view text) { require(EVP_DigestUpdate(digest_.get(), text.data(), text.size()) == 1, "hash"); }

  Digest digest_;
  std::uint64_t empty_lines_ = 0;
  bool in_line_ = false, space_ = false;  // something of the line was written; white space was not, yet
};

std::string sign_digest(std::string const& pem, Sha256 const& hash) {
  std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "read the key");
  std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  Digest context(EVP_MD_CTX_new());
  require(key && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1, "read the key");
  std::string out(64, '\0');
  std::size_t size = out.size();
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, hash.data(), hash.size()) == 1, "sign");
  out.resize(size);
  return out;
}

// "h=" names, folded where a line would be long.
std::string write_names(std::vector<std::string> const& names) {
  constexpr std::size_t columns = 70;
  std::string out = "h=";
  std::size_t column = out.size();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (column + names[i].size() > columns) out += "\r\n\t ", column = 2;
    out += names[i] + (i + 1 < names.size() ? ":" : ";");
    column += names[i].size() + 1;
  }
  return out;
}

}  // namespace

struct Ed25519Signing::Impl {
  explicit Impl(DkimKey const& k) : key(k) {}

  // The fields that the names stand for: of one name the last first.   RFC 6376, 5.4.2
  std::string signed_octets() const {
    std::string out;
    std::vector<bool> used(fields.size());
    for (std::string const& name : names)
      for (std::size_t i = fields.size(); i-- > 0;)
        if (!used[i] && iequals(name_of(fields[i]), name)) {
          used[i] = true;
          out += fields[i] + "\r\n";
          break;
        }
    return out;
  }

  DkimKey const& key;
  std::vector<std::string> fields;  // relaxed
  std::vector<std::string> names;   // as they stand in the message
  BodyHash body;
};

Ed25519Signing::Ed25519Signing(DkimKey const& key) : impl_(std::make_unique<Impl>(key)) {}
Ed25519Signing::~Ed25519Signing() = default;
Ed25519Signing::Ed25519Signing(Ed25519Signing&&) noexcept = default;

void Ed25519Signing::take_field(std::string_view field) {
  impl_->names.emplace_back(trim(field.substr(0, field.find(':'))));
  impl_->fields.push_back(relax_field(field));
}

void Ed25519Signing::take_body(std::string_view octets) { impl_->body.take(octets); }

std::string Ed25519Signing::finish() {
  auto const is_from = [](std::string const& name) { return iequals(name, "From"); };
  require(std::any_of(impl_->names.begin(), impl_->names.end(), is_from), "sign mail without From");
  impl_->names.emplace_back("From");  // once more than there are: none can be added
  DkimKeyFile const& file = impl_->key.file;
  std::string value = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=" + file.domain + ";\r\n\ts=" + file.selector +
                      ";\r\n\tbh=" + base64(impl_->body.finish()) + ";\r\n\t" + write_names(impl_->names) + "\r\n\tb=";
  std::string const own = relax_field("DKIM-Signature: " + value);
  value += base64(sign_digest(impl_->key.pem, sha256(impl_->signed_octets() + own)));
  return value;
}

}  // namespace mc::net
