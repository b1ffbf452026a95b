#include "mail/auth_results.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.h"

namespace mc::mail {

namespace {

constexpr std::size_t most_octets = 16 << 10;
constexpr std::size_t most_results = 50;
constexpr std::size_t most_nesting = 20;

// Reads tokens and skips comments; the first failure makes all later reads yield nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  // CFWS = white space and comments, which nest                       RFC 5322, 3.2.2
  void cfws() {
    for (;;) {
      text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
      if (!text_.starts_with('(')) return;
      comment();
    }
  }
  bool accept(char c) {
    cfws();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) { failed_ |= !accept(c); }
  // token = 1*<any visible ASCII except tspecials>                    RFC 2045, 5.1
  std::string token() { return run("()<>@,;:\\\"/[]?="); }
  // value = token / quoted-string
  std::string value() {
    cfws();
    return text_.starts_with('"') ? quoted() : token();
  }
  // pvalue: besides a value or [[local-part] "@"] domain whatever is written without quotes, like header.b=ab/cd+ and
  // smtp.remote-ip=2001:db8::1
  std::string pvalue() {
    cfws();
    return text_.starts_with('"') ? quoted() + rest_of_address() : run(";()\"");
  }
  // keyword without the dots of ptype "." property
  std::string keyword() { return run("()<>@,;:\\\"/[]?=."); }
  bool at_end() {
    cfws();
    return text_.empty() && !failed_;
  }
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }

 private:
  std::string run(std::string_view without) {
    cfws();
    auto stop = [&](char c) { return c <= ' ' || c == 0x7F || without.find(c) != without.npos; };
    auto const end = std::find_if(text_.begin(), text_.end(), stop);
    auto const length = static_cast<std::size_t>(end - text_.begin());
    std::string out(text_.substr(0, failed_ ? 0 : length));
    failed_ |= length == 0;
    text_.remove_prefix(length);
    return out;
  }
  // quoted-string = DQUOTE *(qtext / quoted-pair) DQUOTE              RFC 5322, 3.2.4
  std::string quoted() {
    std::string out;
    for (std::size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        text_.remove_prefix(i + 1);
        return failed_ ? std::string() : out;
      }
      if (text_[i] == '\\') ++i;
      if (i < text_.size() && text_[i] != '\r' && text_[i] != '\n') out += text_[i];
    }
    failed_ = true;
    text_ = {};
    return {};
  }
  // "quoted local part"@domain
  std::string rest_of_address() { return text_.starts_with('@') ? run(";()\"") : std::string(); }
  void comment() {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '(') {
        if (++depth > most_nesting) break;
      } else if (text_[i] == ')' && --depth == 0) {
        text_.remove_prefix(i + 1);
        return;
      }
    }
    failed_ = true;
    text_ = {};
  }

  std::string_view text_;
  bool failed_ = false;
};

struct Property {
  std::string name, value;  // "header.from"
};

struct ResultInfo {
  std::string method, result;
  bool readable = true;  // false: another version of the method, to be passed over
  std::vector<Property> properties;

  // The only value of that name. Absent: there is none, or `contradicted` says there are several.
  std::optional<std::string> find(std::string_view name, bool& contradicted) const {
    std::optional<std::string> found;
    for (Property const& p : properties) {
      if (p.name != name) continue;
      contradicted |= found && !iequals(*found, p.value);
      found = p.value;
    }
    return contradicted ? std::nullopt : found;
  }
};

std::string domain_of(std::string_view address) {
  auto const at = address.rfind('@');
  std::string domain = to_lower(at == address.npos ? address : address.substr(at + 1));
  if (domain.ends_with('.')) domain.pop_back();
  return domain;
}

// reasonspec = "reason" "=" value
// propspec   = ptype "." property "=" pvalue
void parse_property(Cursor& in, ResultInfo& info) {
  std::string name = to_lower(in.keyword());
  if (name == "reason" && in.accept('=')) return void(in.value());
  in.expect('.');
  name += '.' + to_lower(in.token());
  in.expect('=');
  info.properties.push_back({std::move(name), in.pvalue()});
}

// methodspec = method [ "/" version ] "=" result
// resinfo    = ";" methodspec [ reasonspec ] *propspec                RFC 8601, 2.2
ResultInfo parse_info(Cursor& in) {
  ResultInfo info;
  info.method = to_lower(in.token());
  if (in.accept('/')) info.readable = in.token() == "1";
  in.expect('=');
  info.result = to_lower(in.token());
  while (!in.failed() && !in.at_end()) {
    Cursor ahead = in;
    if (ahead.accept(';')) break;
    parse_property(in, info);
  }
  return info;
}

// --- what is kept of a method; false: contradictory

bool keep_dmarc(ResultInfo const& info, AuthResults& out) {
  bool contradicted = !out.dmarc.empty();
  auto from = info.find("header.from", contradicted);
  out.dmarc = info.result;
  out.dmarc_from = domain_of(from.value_or(""));
  return !contradicted;
}

bool keep_dkim(ResultInfo const& info, AuthResults& out) {
  bool contradicted = false;
  auto domain = info.find("header.d", contradicted);
  if (!domain && !contradicted) domain = info.find("header.i", contradicted);
  out.dkim.push_back({info.result, domain_of(domain.value_or(""))});
  return !contradicted;
}

bool keep_spf(ResultInfo const& info, AuthResults& out) {
  bool contradicted = false;
  auto from = info.find("smtp.mailfrom", contradicted);
  if (!from && !out.spf.empty()) return !contradicted;  // that of the HELO name beside that of the address
  out.spf = info.result;
  out.spf_mailfrom = from.value_or("");
  return !contradicted;
}

struct Method {
  std::string_view name;
  bool (*keep)(ResultInfo const& info, AuthResults& out);
};
constexpr std::array methods{Method{"dmarc", keep_dmarc}, Method{"dkim", keep_dkim}, Method{"spf", keep_spf}};

bool keep(ResultInfo const& info, AuthResults& out) {
  for (Method const& method : methods)
    if (method.name == info.method && info.readable) return method.keep(info, out);
  return true;
}

Error malformed(std::string why) { return fail(Errc::syntax, "Authentication-Results: " + std::move(why)); }

// 1*resinfo, or "none"; a ";" at the very end is often written and means nothing
Result<void> parse_infos(Cursor& in, AuthResults& out) {
  for (std::size_t count = 0; in.accept(';');) {
    if (in.at_end()) break;
    Cursor ahead = in;
    if (count == 0 && iequals(ahead.token(), "none") && ahead.at_end()) return {};
    if (++count > most_results) return malformed("too many results");
    ResultInfo const info = parse_info(in);
    if (in.failed()) break;
    if (!keep(info, out)) return malformed("contradicts itself");
  }
  if (!in.at_end()) return malformed("cannot be read");
  return {};
}

}  // namespace

bool AuthResults::dmarc_passed_for(std::string_view domain) const {
  return dmarc == "pass" && !dmarc_from.empty() && iequals(dmarc_from, domain);
}

std::string read_authserv_id(std::string_view value) {
  Cursor in(value.substr(0, most_octets));
  return in.value();
}

// authres-payload = authserv-id [ version ] ( ";" "none" / 1*resinfo )
Result<AuthResults> parse_auth_results(std::string_view value) {
  if (value.size() > most_octets) return malformed("too long");
  Cursor in(value);
  AuthResults out;
  out.authserv_id = in.value();
  auto results_follow = [&] {
    Cursor ahead = in;
    return ahead.accept(';');
  };
  if (!results_follow() && in.token() != "1") return malformed("another version");
  if (!results_follow() || out.authserv_id.empty()) return malformed("cannot be read");
  if (auto read = parse_infos(in, out); !read) return read.error();
  return out;
}

}  // namespace mc::mail
