#include "gateway/config_external.h"

#include <algorithm>
#include <cstdio>

#include "core/text.h"
#include "net/resolver.h"

namespace mc::gateway {

namespace {

using rules::Reader;
using rules::TomlEntry;
using Kind = rules::TomlValue::Kind;

bool is_empty_list(TomlEntry const& entry) { return entry.value.kind == Kind::array && entry.value.items.empty(); }

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    bool escape = text[i] == '%' && i + 2 < text.size() &&
                  std::sscanf(std::string(text.substr(i + 1, 2)).c_str(), "%2x", &value) == 1;
    out += escape ? static_cast<char>(value) : text[i];
    if (escape) i += 2;
  }
  return out;
}

}  // namespace

// smarthost = [ ("smtp" / "smtps") "://" [ user ":" password "@" ] ] host [ ":" port ]
Result<Smarthost> parse_smarthost(std::string_view text) {
  Smarthost out;
  auto malformed = [&] {
    return fail(Errc::syntax, "malformed smarthost: use host:port, smtp://user:pass@host:port or smtps://…");
  };
  if (text.starts_with("smtps://")) {
    out.implicit_tls = true;
    out.port = 465;
    text.remove_prefix(8);
  } else if (text.starts_with("smtp://")) {
    text.remove_prefix(7);
  }
  if (auto at = text.rfind('@'); at != std::string_view::npos) {
    auto colon = text.find(':');
    if (colon == std::string_view::npos || colon > at) return malformed();
    out.user = percent_decode(text.substr(0, colon));
    out.password = percent_decode(text.substr(colon + 1, at - colon - 1));
    text.remove_prefix(at + 1);
  }
  auto bracket = text.find(']');
  auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  out.host = text.substr(0, colon);
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  if (colon != std::string_view::npos) {
    auto port = parse_number(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return malformed();
    out.port = static_cast<std::uint16_t>(*port);
  }
  if (out.host.empty() || out.host.find_first_of(" /") != std::string::npos) return malformed();
  return out;
}

// smarthost = one, or a list in order of preference
void read_smarthosts(Reader& reader, TomlEntry const& entry, Config::External& out) {
  if (is_empty_list(entry) || (entry.value.kind == Kind::string && entry.value.text.empty())) return;
  std::vector<std::string> seen;
  for (TomlEntry const& item : reader.strings(entry, 1024)) {
    auto parsed = parse_smarthost(item.value.text);
    if (!parsed) {
      reader.error(item.value.place, parsed.error().text);
      continue;
    }
    std::string const name = to_lower(parsed->host) + ':' + std::to_string(parsed->port);
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      reader.error(item.value.place, "smarthost " + name + " stands twice in the list");
    seen.push_back(name);
    if (out.smarthosts.empty()) out.smarthost = item.value.text;
    out.smarthosts.push_back(item.value.text);
  }
}

void read_route(Reader& reader, TomlEntry const& entry, Config::External& out) {
  auto value = reader.string(entry, 64);
  if (!value) return;
  if (*value == "smarthost" || *value == "mx")
    out.route = *value == "mx" ? ExternalRoute::mx : ExternalRoute::smarthost;
  else
    reader.error(entry.value.place, rules::quoted(*value) + " is not a value of \"route\" (smarthost, mx)",
                 rules::guess(*value, {"smarthost", "mx"}));
}

// A domain, or "*.domain" for what is below it, or "*".
void read_tls_domains(Reader& reader, TomlEntry const& entry, Config::External& out) {
  if (is_empty_list(entry)) return;
  for (TomlEntry const& item : reader.strings(entry, 256)) {
    std::string const text = to_lower(item.value.text);
    std::string_view name = text;
    if (name.starts_with("*.")) name.remove_prefix(2);
    if (text == "*" || net::is_host_name(name))
      out.tls_domains.push_back(text);
    else
      reader.error(item.value.place, rules::quoted(item.value.text) + " is not a domain", "as in \"bank.example\" or \"*.bank.example\"");
  }
}

void read_resolver(Reader& reader, TomlEntry const& entry, Config::External& out) {
  if (is_empty_list(entry)) return;
  for (TomlEntry const& item : reader.strings(entry, 256)) {
    auto endpoint = net::parse_endpoint(item.value.text);
    if (endpoint && !endpoint->is_unix() && endpoint->port != 0)
      out.resolver.push_back(*endpoint);
    else
      reader.error(item.value.place, rules::quoted(item.value.text) + " is not a DNS server", "as in \"127.0.0.1:53\"");
  }
}

void read_mx_port(Reader& reader, TomlEntry const& entry, Config::External& out) {
  if (auto value = reader.integer(entry, 1, 65535)) out.mx_port = static_cast<std::uint16_t>(*value);
}

void read_delay_notice(Reader& reader, TomlEntry const& entry, Config::External& out) {
  if (auto value = reader.duration(entry)) out.delay_notice = *value;
}

void check_external(Reader& reader, Config const& config) {
  Config::External const& e = config.external;
  bool const direct = e.route == ExternalRoute::mx;
  if (direct && !e.smarthosts.empty())
    reader.warn({}, "[external] smarthost has no effect with route = \"mx\"");
  if (!direct && !(e.tls_domains.empty() && e.resolver.empty() && e.mx_port == 25))
    reader.warn({}, "[external] tls_domains, resolver and mx_port have no effect without route = \"mx\"");
}

}  // namespace mc::gateway
