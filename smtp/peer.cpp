#include "smtp/peer.h"

#include <array>

#include "core/text.h"

namespace mc::smtp {

namespace {

bool is_known(std::string_view value) {
  return !value.empty() && !iequals(value, "[UNAVAILABLE]") && !iequals(value, "[TEMPUNAVAIL]");
}

// address = IPv4 / "IPV6:" IPv6 / "[UNAVAILABLE]" / "[TEMPUNAVAIL]"; false: none of these
bool read_address(std::string_view value, std::optional<boost::asio::ip::address>& out) {
  out.reset();
  if (!is_known(value)) return !value.empty();
  if (istarts_with(value, "IPV6:")) value.remove_prefix(5);
  boost::system::error_code error;
  auto ip = boost::asio::ip::make_address(std::string(value), error);
  if (error) return false;
  out = net::normalize(ip);
  return true;
}

std::string read_word(std::string_view value) {
  return is_known(value) ? printable(value, 255) : std::string();
}

// One row an attribute: reads `value`; false: it is wrong.
template <class T>
struct Attribute {
  std::string_view name;
  bool (*read)(std::string_view value, T& out);
};
template <class T>
bool ignore(std::string_view, T&) {
  return true;
}

constexpr std::array<Attribute<Peer>, 8> xclient_attributes{{
    {"NAME", ignore},
    {"ADDR", [](std::string_view v, Peer& out) { return read_address(v, out.ip); }},
    {"PORT", ignore},
    {"PROTO",
     [](std::string_view v, Peer& out) {
       out.proto = to_upper(read_word(v));
       return out.proto.empty() || out.proto == "SMTP" || out.proto == "ESMTP";
     }},
    {"HELO", [](std::string_view v, Peer& out) { return out.helo = read_word(v), true; }},
    {"LOGIN", [](std::string_view v, Peer& out) { return out.login = read_word(v), true; }},
    {"DESTADDR", ignore},
    {"DESTPORT", ignore},
}};

constexpr std::array<Attribute<Forwarded>, 7> xforward_attributes{{
    {"NAME", ignore},
    {"ADDR",
     [](std::string_view v, Forwarded& out) { return out.address_given = true, read_address(v, out.ip); }},
    {"PORT", ignore},
    {"PROTO", ignore},
    {"HELO", [](std::string_view v, Forwarded& out) { return out.helo = read_word(v), true; }},
    {"IDENT", ignore},
    {"SOURCE",
     [](std::string_view v, Forwarded& out) {
       using Source = Forwarded::Source;
       out.source = iequals(v, "LOCAL")    ? Source::local
                    : iequals(v, "REMOTE") ? Source::remote
                                           : Source::unknown;
       return out.source != Source::unknown || !is_known(v);
     }},
}};

template <class T, std::size_t n>
std::optional<Reply> read_attributes(Attributes const& given, std::array<Attribute<T>, n> const& table,
                                     T& out) {
  for (auto const& [name, value] : given) {
    Attribute<T> const* row = nullptr;
    for (auto const& candidate : table)
      if (candidate.name == name) row = &candidate;
    if (!row) return Reply(501, "5.5.4", "Unknown attribute " + printable(name, 40));
    if (!row->read(value, out)) return Reply(501, "5.5.4", "Bad value of " + name);
  }
  return std::nullopt;
}

bool names(Attributes const& given, std::string_view name) {
  for (auto const& attribute : given)
    if (attribute.first == name) return true;
  return false;
}

}  // namespace

Peer Peer::connected(std::optional<boost::asio::ip::address> ip, TrustRules const& rules) {
  Peer peer;
  peer.ip = ip;
  peer.trusted = ip ? net::matches_any(rules.trusted, *ip) : rules.unix_too;
  return peer;
}

std::string Peer::text() const {
  return ip ? ip->to_string() : "unix";
}

Parsed<Peer> apply_xclient(Peer const& before, Attributes const& attributes, TrustRules const& rules) {
  Peer peer = before;
  if (auto refused = read_attributes(attributes, xclient_attributes, peer)) return *refused;
  if (names(attributes, "ADDR")) peer.trusted = peer.ip && net::matches_any(rules.trusted, *peer.ip);
  return peer;
}

bool Forwarded::from_outside(TrustRules const& rules) const {
  if (ip) return !net::matches_any(rules.trusted, *ip);
  return source == Source::remote || (address_given && source != Source::local);
}

Parsed<Forwarded> apply_xforward(Forwarded before, Attributes const& attributes) {
  if (auto refused = read_attributes(attributes, xforward_attributes, before)) return *refused;
  return before;
}

bool is_probe_sender(std::string_view reverse_path) { return istarts_with(reverse_path, "double-bounce"); }

center::Submitter submitter_of(Peer const& peer, Forwarded const* forwarded, TrustRules const& rules) {
  center::Submitter submitter;
  bool elsewhere = forwarded && forwarded->from_outside(rules);
  if (peer.trusted && !elsewhere) {
    submitter.kind = center::SubmitterKind::platform;
    submitter.name = "trusted peer";
    return submitter;
  }
  bool known = forwarded && forwarded->ip;
  submitter.by_our_mta = peer.trusted;
  submitter.name = "peer:" + (known ? forwarded->ip->to_string() : peer.text());
  return submitter;
}

}  // namespace mc::smtp
