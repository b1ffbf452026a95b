#include "net/dkim.h"

#include <sys/types.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "core/text.h"
#include "net/dkim_ed25519.h"

#define _Bool bool  // what the library's header calls it is a word of C only
#include <opendkim/dkim.h>
#undef _Bool

namespace mc::net {

namespace {

constexpr std::size_t chunk = 64 << 10;
constexpr std::size_t most_header = 2 << 20;
constexpr std::string_view field_name = "DKIM-Signature: ";

struct Free {
  void operator()(DKIM* handle) const { dkim_free(handle); }
  void operator()(DKIM_LIB* library) const { dkim_close(library); }
};
using Handle = std::unique_ptr<DKIM, Free>;
using Library = std::unique_ptr<DKIM_LIB, Free>;

// The library takes octets without const; it does not write there.
unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

void require(DKIM_STAT status, char const* what, DKIM* handle = nullptr) {
  if (status == DKIM_STAT_OK) return;
  char const* more = handle ? dkim_geterror(handle) : nullptr;
  throw std::runtime_error(std::string("DKIM ") + what + ": " + (more ? more : dkim_getresultstr(status)));
}

Library open_library() {
  Library library(dkim_init(nullptr, nullptr));
  if (!library) throw std::bad_alloc();
  std::array<char const*, signed_fields.size() + 1> fields{};
  std::transform(signed_fields.begin(), signed_fields.end(), fields.begin(), [](std::string_view name) { return name.data(); });
  std::array<char const*, 2> again{"From", nullptr};
  require(dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_SIGNHDRS, fields.data(), sizeof(char const**)), "fields");
  require(dkim_options(library.get(), DKIM_OP_SETOPT, DKIM_OPTS_OVERSIGNHDRS, again.data(), sizeof(char const**)), "fields");
  return library;
}

Handle begin(DKIM_LIB* library, DkimKey const& key) {
  DKIM_STAT status = DKIM_STAT_OK;
  Handle handle(dkim_sign(library, octets_of("mail"), nullptr, octets_of(key.pem.c_str()), octets_of(key.file.selector.c_str()),
                          octets_of(key.file.domain.c_str()), DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA256, -1, &status));
  require(status, "begin");
  return handle;
}

bool is_signed_field(std::string_view field) {
  auto const name = trim(field.substr(0, field.find(':')));
  return std::any_of(signed_fields.begin(), signed_fields.end(), [&](std::string_view known) { return iequals(known, name); });
}

// Every line end as SMTP carries it, piece by piece; the last line gets one.
class Lines {
 public:
  void feed(std::string_view octets, std::string& out) {
    for (char c : octets) {
      if (c != '\n' && after_cr_) out += "\r\n";
      if (c == '\n') out += "\r\n";
      if (c != '\n' && c != '\r') out += c;
      after_cr_ = c == '\r';
      at_start_ = c == '\n' || c == '\r';
    }
  }
  void finish(std::string& out) {
    if (after_cr_ || !at_start_) out += "\r\n";
  }

 private:
  bool after_cr_ = false, at_start_ = true;
};

// A signature of either kind under way.
class OneSignature {
 public:
  OneSignature(DKIM_LIB* library, DkimKey const& key) {
    if (key.algorithm == DkimAlgorithm::rsa_sha256)
      handle_ = begin(library, key);
    else
      ed25519_.emplace(key);
  }

  void take_field(std::string_view field) {
    if (ed25519_) return ed25519_->take_field(field);
    require(dkim_header(handle_.get(), octets_of(field), field.size()), "field", handle_.get());
  }
  void end_header() {
    if (handle_) require(dkim_eoh(handle_.get()), "header", handle_.get());
  }
  void take_body(std::string_view octets) {
    if (ed25519_) return ed25519_->take_body(octets);
    require(dkim_body(handle_.get(), octets_of(octets), octets.size()), "body", handle_.get());
  }
  std::string finish() {
    if (ed25519_) return ed25519_->finish();
    require(dkim_eom(handle_.get(), nullptr), "end", handle_.get());
    unsigned char* text = nullptr;
    std::size_t size = 0;
    require(dkim_getsighdr_d(handle_.get(), field_name.size(), &text, &size), "signature", handle_.get());
    return {reinterpret_cast<char*>(text), size};
  }

 private:
  Handle handle_;
  std::optional<Ed25519Signing> ed25519_;
};

// One message on its way through all signatures.
class Signing {
 public:
  explicit Signing(std::vector<OneSignature> signatures) : signatures_(std::move(signatures)) {}

  void take(std::string_view octets) {
    if (in_body_) return take_body(octets);
    header_ += octets;
    auto const end = header_.starts_with("\r\n") ? 0 : header_.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (header_.size() > most_header) throw std::runtime_error("DKIM: the header is too long");
      return;
    }
    std::string const body = header_.substr(header_.starts_with("\r\n") ? 2 : end + 4);
    header_.resize(end == 0 ? 0 : end + 2);
    end_header();
    take_body(body);
  }

  std::string finish() {
    if (!in_body_) end_header();
    std::string out;
    for (OneSignature& signature : signatures_) out += std::string(field_name) + signature.finish() + "\r\n";
    return out;
  }

 private:
  void end_header() {
    in_body_ = true;
    std::string_view rest = header_;
    while (!rest.empty()) {
      auto end = rest.find("\r\n");
      while (end != std::string_view::npos && end + 2 < rest.size() && (rest[end + 2] == ' ' || rest[end + 2] == '\t'))
        end = rest.find("\r\n", end + 2);
      std::string_view const field = rest.substr(0, end);
      if (is_signed_field(field))
        for (OneSignature& signature : signatures_) signature.take_field(field);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    }
    for (OneSignature& signature : signatures_) signature.end_header();
  }

  void take_body(std::string_view octets) {
    if (octets.empty()) return;
    for (OneSignature& signature : signatures_) signature.take_body(octets);
  }

  std::vector<OneSignature> signatures_;
  std::string header_;
  bool in_body_ = false;
};

}  // namespace

struct DkimSigner::Keys {
  std::vector<DkimKey> keys;
  std::shared_ptr<DKIM_LIB> library;
};

DkimSigner::DkimSigner(Keys keys) : keys_(std::move(keys)) {}
DkimSigner::~DkimSigner() = default;

Result<DkimSigner::Keys> DkimSigner::load(std::vector<DkimKeyFile> const& files) {
  Keys out;
  for (DkimKeyFile const& file : files) {
    for (DkimKey const& other : out.keys)
      if (iequals(other.file.domain, file.domain) && iequals(other.file.selector, file.selector))
        return fail(Errc::conflict, "DKIM selector " + file.selector + " stands twice for " + file.domain);
    auto key = load_dkim_key(file);
    if (!key) return key.error();
    out.keys.push_back(std::move(*key));
  }
  out.library = open_library();
  return out;
}

Result<std::unique_ptr<DkimSigner>> DkimSigner::make(std::vector<DkimKeyFile> const& files) {
  auto keys = load(files);
  if (!keys) return keys.error();
  return std::unique_ptr<DkimSigner>(new DkimSigner(std::move(*keys)));
}

Result<void> DkimSigner::reload(std::vector<DkimKeyFile> const& files) {
  auto keys = load(files);
  if (!keys) return keys.error();
  keys_.set(std::move(*keys));
  return {};
}

std::vector<DkimRecord> DkimSigner::records() const {
  std::vector<DkimRecord> out;
  for (DkimKey const& key : keys_.get()->keys) out.push_back({key.file.selector + "._domainkey." + key.file.domain, key.record});
  return out;
}

std::string DkimSigner::sign(DkimSource const& message) const {
  auto const keys = keys_.get();
  if (keys->keys.empty()) return {};
  std::vector<OneSignature> signatures;
  for (DkimKey const& key : keys->keys) signatures.emplace_back(keys->library.get(), key);
  Signing signing(std::move(signatures));
  Lines lines;
  std::string wire;
  std::uint64_t offset = 0;
  for (std::string octets = message(0, chunk); !octets.empty(); octets = message(offset, chunk)) {
    offset += octets.size();
    wire.clear();
    lines.feed(octets, wire);
    signing.take(wire);
  }
  wire.clear();
  lines.finish(wire);
  signing.take(wire);
  return signing.finish();
}

std::string write_zone_line(DkimRecord const& record) {
  constexpr std::size_t longest = 255;
  std::string out = record.name + ". IN TXT (";
  for (std::size_t at = 0; at < record.text.size(); at += longest) out += " \"" + record.text.substr(at, longest) + '"';
  return out + " )";
}

}  // namespace mc::net
