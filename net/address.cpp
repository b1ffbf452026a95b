#include "net/address.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "core/text.h"

namespace mc::net {

namespace {

constexpr std::size_t longest_unix_path = 107;  // sun_path, with its NUL

Error bad(std::string_view text, std::string_view why) {
  return fail(Errc::syntax, "bad address \"" + printable(text) + "\": " + std::string(why));
}

std::optional<asio::ip::address> parse_ip(std::string_view text) {
  if (text.size() > 45 || text.find('%') != text.npos) return std::nullopt;
  boost::system::error_code error;
  auto const ip = asio::ip::make_address(std::string(text), error);
  return error ? std::nullopt : std::optional(ip);
}

// endpoint-host = IPv4 / "[" IPv6 "]" / "localhost" / "*"
std::optional<asio::ip::address> parse_host(std::string_view host) {
  if (host == "localhost") return asio::ip::address_v4::loopback();
  if (host == "*") return asio::ip::address_v4::any();
  bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  auto const ip = parse_ip(bracketed ? host.substr(1, host.size() - 2) : host);
  return ip && ip->is_v6() == bracketed ? ip : std::nullopt;
}

// The octets of an address in its one form, 4 or 16.
std::string octets_of(asio::ip::address const& ip) {
  std::string octets;
  if (ip.is_v4())
    for (unsigned char c : ip.to_v4().to_bytes()) octets.push_back(static_cast<char>(c));
  else
    for (unsigned char c : ip.to_v6().to_bytes()) octets.push_back(static_cast<char>(c));
  return octets;
}

bool bit(std::string const& octets, unsigned index) {
  return (static_cast<unsigned char>(octets[index / 8]) >> (7 - index % 8)) & 1;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  if (text.starts_with("unix:")) {
    endpoint.path = text.substr(5);
    if (!endpoint.path.starts_with('/')) return bad(text, "the path must be absolute");
    if (endpoint.path.size() > longest_unix_path) return bad(text, "the path is too long");
    if (endpoint.path.find('\0') != std::string::npos) return bad(text, "NUL in the path");
    return endpoint;
  }
  auto const colon = text.rfind(':');
  if (colon == text.npos) return bad(text, "expected IP:port, [IPv6]:port or unix:/path");
  auto const port = parse_number(text.substr(colon + 1));
  if (!port || *port > 65535) return bad(text, "the port must be 0 to 65535");
  auto const ip = parse_host(text.substr(0, colon));
  if (!ip) return bad(text, "expected an IP address (IPv6 in brackets)");
  endpoint.ip = *ip;
  endpoint.port = static_cast<std::uint16_t>(*port);
  return endpoint;
}

std::string write_endpoint(Endpoint const& endpoint) {
  if (endpoint.is_unix()) return "unix:" + endpoint.path;
  std::string const host = endpoint.ip.to_string();
  return (endpoint.ip.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port);
}

asio::ip::address normalize(asio::ip::address const& ip) {
  if (!ip.is_v6() || !ip.to_v6().is_v4_mapped()) return ip;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
}

bool is_loopback(asio::ip::address const& ip) {
  return normalize(ip).is_loopback();
}

Result<Cidr> Cidr::parse(std::string_view text) {
  auto const slash = text.find('/');
  auto const ip = parse_ip(text.substr(0, slash));
  if (!ip) return bad(text, "expected an IP address, or one with /prefix");
  unsigned const width = ip->is_v4() ? 32 : 128;
  auto const prefix =
      slash == text.npos ? std::optional<std::uint64_t>(width) : parse_number(text.substr(slash + 1));
  if (!prefix || *prefix > width) return bad(text, "the prefix must be 0 to " + std::to_string(width));
  std::string const octets = octets_of(*ip);
  for (unsigned i = static_cast<unsigned>(*prefix); i < width; ++i)
    if (bit(octets, i)) return bad(text, "bits are set beyond the prefix");
  Cidr cidr;
  cidr.base_ = *ip;
  cidr.prefix_ = static_cast<unsigned>(*prefix);
  if (normalize(*ip).is_v4() && ip->is_v6() && *prefix >= 96) {
    cidr.base_ = normalize(*ip);
    cidr.prefix_ -= 96;
  }
  return cidr;
}

bool Cidr::contains(asio::ip::address const& ip) const {
  auto const candidate = normalize(ip);
  if (candidate.is_v4() != base_.is_v4()) return false;
  std::string const a = octets_of(base_);
  std::string const b = octets_of(candidate);
  for (unsigned i = 0; i < prefix_; ++i)
    if (bit(a, i) != bit(b, i)) return false;
  return true;
}

bool matches_any(std::vector<Cidr> const& blocks, asio::ip::address const& ip) {
  return std::any_of(blocks.begin(), blocks.end(), [&](Cidr const& block) { return block.contains(ip); });
}

}  // namespace mc::net
