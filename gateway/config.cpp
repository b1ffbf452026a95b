#include "gateway/config.h"

#include <grp.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "center/zones.h"
#include "core/text.h"
#include "gateway/config_external.h"
#include "mail/auth_results.h"
#include "rules/reader.h"

namespace mc::gateway {

namespace {

using rules::Key;
using rules::Reader;
using rules::TomlEntry;
using rules::TomlValue;
using Kind = TomlValue::Kind;

constexpr std::size_t max_config_octets = 1 << 20;

// --- rows: each reads one entry into one member, named by a pointer to it

template <auto member, class T>
void text(Reader& reader, TomlEntry const& entry, T& out) {
  if (auto value = reader.string(entry, 4096)) out.*member = *value;
}

template <auto member, class T>
void duration(Reader& reader, TomlEntry const& entry, T& out) {
  auto value = reader.duration(entry);
  if (value && *value <= Millis(0)) reader.error(entry.value.place, "must be longer than nothing");
  if (value && *value > Millis(0)) out.*member = *value;
}

template <auto member, class T>
void octets(Reader& reader, TomlEntry const& entry, T& out) {
  if (auto value = reader.size(entry)) out.*member = *value;
}

template <auto member, class T>
void count(Reader& reader, TomlEntry const& entry, T& out) {
  bool right = entry.value.kind == Kind::integer && entry.value.number >= 0 && entry.value.number <= 10'000'000;
  if (right)
    out.*member = static_cast<std::uint64_t>(entry.value.number);
  else
    reader.error(entry.value.place, rules::quoted(entry.key) + " must be a whole number from 0 to 10000000");
}

template <auto member, class T>
void endpoints(Reader& reader, TomlEntry const& entry, T& out) {
  if (entry.value.kind == Kind::array && entry.value.items.empty()) return;
  for (TomlEntry const& item : reader.strings(entry, 256)) {
    auto endpoint = net::parse_endpoint(item.value.text);
    if (endpoint)
      (out.*member).push_back(item.value.text);
    else
      reader.error(item.value.place, endpoint.error().text);
  }
}

void trusted(Reader& reader, TomlEntry const& entry, Config::Smtp& out) {
  if (entry.value.kind == Kind::array && entry.value.items.empty()) return;
  for (TomlEntry const& item : reader.strings(entry, 256)) {
    if (item.value.text == "unix") {
      out.trust_unix = true;
      continue;
    }
    auto block = net::Cidr::parse(item.value.text);
    if (block)
      out.trusted.push_back(*block);
    else
      reader.error(item.value.place, block.error().text, "an address, a block like 10.0.0.0/8, or \"unix\"");
  }
}

// Who may connect is believed about his clients, so that the file's mode must say who may.
void unix_sockets(Reader& reader, TomlEntry const& entry, Config::Auth& out) {
  endpoints<&Config::Auth::listen>(reader, entry, out);
  for (std::string const& text : out.listen)
    if (!text.starts_with("unix:"))
      reader.error(entry.value.place, "only Unix sockets: who may connect is believed about TLS and addresses", "as in \"unix:/run/x/auth\"");
}

// mode = 1*4( "0"-"7" )
void file_mode(Reader& reader, TomlEntry const& entry, Config::Auth& out) {
  auto value = reader.string(entry, 16);
  if (!value) return;
  bool const octal = !value->empty() && value->size() <= 4 && value->find_first_not_of("01234567") == std::string::npos;
  unsigned const mode = octal ? static_cast<unsigned>(std::stoul(*value, nullptr, 8)) : 0;
  if (octal && mode <= 0777)
    out.mode = mode;
  else
    reader.error(entry.value.place, "malformed mode of a file", "as in \"0660\"");
}

void system_group(Reader& reader, TomlEntry const& entry, Config::Auth& out) {
  auto value = reader.string(entry, 64);
  if (!value || value->empty()) return;
  out.group = *value;
  if (!::getgrnam(value->c_str())) reader.error(entry.value.place, "this machine has no group " + rules::quoted(*value));
}

// authserv-id = a name as it stands in Authentication-Results               RFC 8601, 2.2
void authserv_id(Reader& reader, TomlEntry const& entry, Config::Smtp& out) {
  auto value = reader.string(entry, 255);
  if (!value || value->empty()) return;
  if (mail::read_authserv_id(*value) == *value)
    out.authserv_id = *value;
  else
    reader.error(entry.value.place, "malformed name of a mail server", "as in \"mx.example.test\"");
}

// One of a few words.
template <auto member, class T, class Value, std::size_t n>
void choose(Reader& reader, TomlEntry const& entry, T& out,
            std::array<std::pair<std::string_view, Value>, n> const& words) {
  auto value = reader.string(entry, 64);
  if (!value) return;
  std::vector<std::string_view> names;
  std::string list;
  for (auto const& [name, meaning] : words) {
    if (name == *value) {
      out.*member = meaning;
      return;
    }
    names.push_back(name);
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  reader.error(entry.value.place, rules::quoted(*value) + " is not a value of " + rules::quoted(entry.key) + " (" + list + ")",
               rules::guess(*value, names));
}

void plaintext_login(Reader& reader, TomlEntry const& entry, Config::Imap& out) {
  static constexpr std::array<std::pair<std::string_view, PlaintextLogin>, 2> words{
      {{"never", PlaintextLogin::never}, {"loopback", PlaintextLogin::loopback}}};
  choose<&Config::Imap::plaintext_login>(reader, entry, out, words);
}

void smarthost_tls(Reader& reader, TomlEntry const& entry, Config::External& out) {
  static constexpr std::array<std::pair<std::string_view, SmarthostTls>, 2> words{
      {{"opportunistic", SmarthostTls::opportunistic}, {"required", SmarthostTls::required}}};
  choose<&Config::External::tls>(reader, entry, out, words);
}

void log_level(Reader& reader, TomlEntry const& entry, Config::Server& out) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> words{
      {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
  choose<&Config::Server::log_level>(reader, entry, out, words);
}

// url = "https://" host [ ":" port ] [ "/" ]
void base_url(Reader& reader, TomlEntry const& entry, Config::Web& out) {
  auto value = reader.string(entry, 300);
  if (!value || value->empty()) return;
  std::string_view host = *value;
  bool https = istarts_with(host, "https://");
  if (https) host.remove_prefix(8);
  if (host.ends_with('/')) host.remove_suffix(1);
  auto part_of_host = [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || std::string_view(".-:[]").find(c) != std::string_view::npos;
  };
  if (https && !host.empty() && std::all_of(host.begin(), host.end(), part_of_host))
    out.url = "https://" + std::string(host);
  else
    reader.error(entry.value.place, "malformed address of the web pages", "as in \"https://mc.example.test\", without a path");
}

// settings = "https://" …, one line without spaces
void settings_page(Reader& reader, TomlEntry const& entry, Config::Web& out) {
  auto value = reader.string(entry, 300);
  if (!value) return;
  bool const plain = std::all_of(value->begin(), value->end(), [](char c) { return c > ' ' && c < 127 && c != '<' && c != '>' && c != '"'; });
  if (value->starts_with("https://") && value->size() > 8 && plain)
    out.settings = *value;
  else
    reader.error(entry.value.place, "malformed address of a page", "as in \"https://www.example.test/settings\"");
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' || c == '-' || c == '_';
  }) && !text.starts_with('.') && !text.ends_with('.') && text.find("..") == std::string_view::npos;
}

template <auto member, class T>
void domain_name(Reader& reader, TomlEntry const& entry, T& out) {
  auto value = reader.string(entry, 253);
  if (value && !is_name(*value))
    reader.error(entry.value.place, rules::quoted(*value) + " is no " + entry.key, "letters, digits and - in words joined by dots");
  else if (value)
    out.*member = to_lower(*value);
}

void from_local_part(Reader& reader, TomlEntry const& entry, Config::External& out) {
  auto value = reader.string(entry, 64);
  if (value && !is_name(*value))
    reader.error(entry.value.place, rules::quoted(*value) + " is not the name of a mailbox of ours", "as in \"notifications\"");
  else if (value)
    out.from = *value;
}

// time_zone = an IANA name that this machine knows
void time_zone(Reader& reader, TomlEntry const& entry, Config::Server& out) {
  auto name = reader.string(entry, 64);
  if (!name) return;
  if (center::SystemZones().offset(*name, Time{}))
    out.time_zone = *name;
  else
    reader.error(entry.value.place, "there is no time zone " + rules::quoted(*name), "as in \"Europe/Berlin\"");
}

template <auto member, class T>
void yes_or_no(Reader& reader, TomlEntry const& entry, T& out) {
  if (auto value = reader.boolean(entry)) out.*member = *value;
}

void agents_at(Reader& reader, TomlEntry const& entry, Config::Tickets& out) {
  static constexpr std::array<std::pair<std::string_view, bool>, 2> words{{{"A3", false}, {"A2", true}}};
  choose<&Config::Tickets::agents_at_a2>(reader, entry, out, words);
}

// "0s": no promise
void first_answer(Reader& reader, TomlEntry const& entry, Config::Tickets& out) {
  if (auto value = reader.duration(entry)) out.first_answer = *value;
}

// --- tables

constexpr std::array<Key<Config::Server>, 8> server_keys{{
    {"hostname", text<&Config::Server::hostname>},
    {"domain", text<&Config::Server::domain>},
    {"data", text<&Config::Server::data>},
    {"policy", text<&Config::Server::policy>},
    {"threads", count<&Config::Server::threads>},
    {"postmaster", text<&Config::Server::postmaster>},
    {"log_level", log_level},
    {"time_zone", time_zone},
}};
constexpr std::array<Key<Config::Tls>, 2> tls_keys{{
    {"certificate", text<&Config::Tls::certificate>},
    {"key", text<&Config::Tls::key>},
}};
constexpr std::array<Key<Config::Imap>, 3> imap_keys{{
    {"listen", endpoints<&Config::Imap::listen>},
    {"listen_tls", endpoints<&Config::Imap::listen_tls>},
    {"plaintext_login", plaintext_login},
}};
constexpr std::array<Key<Config::Smtp>, 7> smtp_keys{{
    {"listen", endpoints<&Config::Smtp::listen>},
    {"submission", endpoints<&Config::Smtp::submission>},
    {"submission_tls", endpoints<&Config::Smtp::submission_tls>},
    {"lmtp", endpoints<&Config::Smtp::lmtp>},
    {"trusted", trusted},
    {"authserv_id", authserv_id},
    {"max_message_size", octets<&Config::Smtp::max_message_size>},
}};
constexpr std::array<Key<Config::Auth>, 3> auth_keys{{
    {"listen", unix_sockets},
    {"mode", file_mode},
    {"group", system_group},
}};
constexpr auto external_keys = std::to_array<Key<Config::External>>({
    {"from", from_local_part},
    {"smarthost", read_smarthosts},
    {"route", read_route},
    {"tls_domains", read_tls_domains},
    {"resolver", read_resolver},
    {"mx_port", read_mx_port},
    {"delay_notice", read_delay_notice},
    {"tls", smarthost_tls},
    {"ca_file", text<&Config::External::ca_file>},
});
constexpr std::array<Key<Config::Web>, 3> web_keys{{
    {"settings", settings_page},
    {"listen_tls", endpoints<&Config::Web::listen_tls>},
    {"url", base_url},
}};
constexpr std::array<Key<Config::Tickets>, 3> tickets_keys{{
    {"strangers", yes_or_no<&Config::Tickets::strangers>},
    {"agents_at", agents_at},
    {"first_answer", first_answer},
}};
constexpr auto limits_keys = std::to_array<Key<LimitsConfig>>({
    {"connections", count<&LimitsConfig::connections>},
    {"connections_per_address", count<&LimitsConfig::connections_per_address>},
    {"connections_per_loopback", count<&LimitsConfig::connections_per_loopback>},
    {"recipients_per_message", count<&LimitsConfig::recipients_per_message>},
    {"recipients_per_broadcast", count<&LimitsConfig::recipients_per_broadcast>},
    {"memory_in_flight", octets<&LimitsConfig::memory_in_flight>},
    {"wrong_passwords", count<&LimitsConfig::wrong_passwords>},
    {"bad_commands", count<&LimitsConfig::bad_commands>},
    {"login_time", duration<&LimitsConfig::login_time>},
    {"idle_time", duration<&LimitsConfig::idle_time>},
    {"heartbeat", duration<&LimitsConfig::heartbeat>},
    {"command_time", duration<&LimitsConfig::command_time>},
    {"data_time", duration<&LimitsConfig::data_time>},
    {"received_fields", count<&LimitsConfig::received_fields>},
    {"user_messages_per_hour", count<&LimitsConfig::user_messages_per_hour>},
    {"user_recipients_per_day", count<&LimitsConfig::user_recipients_per_day>},
    {"queue_lifetime", duration<&LimitsConfig::queue_lifetime>},
    {"retry_first", duration<&LimitsConfig::retry_first>},
    {"retry_most", duration<&LimitsConfig::retry_most>},
    {"smarthost_connections", count<&LimitsConfig::smarthost_connections>},
    {"connections_per_domain", count<&LimitsConfig::connections_per_domain>},
    {"bounce_score", count<&LimitsConfig::bounce_score>},
    {"bounce_half_life", duration<&LimitsConfig::bounce_half_life>},
    {"thread_messages", count<&LimitsConfig::thread_messages>},
    {"disk_reserve", octets<&LimitsConfig::disk_reserve>},
});

constexpr std::array<Key<Config::Dkim>, 3> dkim_keys{{
    {"selector", domain_name<&Config::Dkim::selector>},
    {"key", text<&Config::Dkim::key>},
    {"domain", domain_name<&Config::Dkim::domain>},
}};

// [[dkim]]: each a key that signs external mail.
void dkim(Reader& reader, TomlEntry const& entry, Config& out) {
  if (entry.value.kind != Kind::array || entry.value.items.size() > 16)
    return reader.error(entry.place, "\"dkim\" must be at most 16 tables", "as in [[dkim]]");
  for (TomlValue const& item : entry.value.items) {
    if (item.kind != Kind::table) {
      reader.error(item.place, "\"dkim\" must list tables", "as in [[dkim]]");
      continue;
    }
    Config::Dkim one;
    rules::read_keys(reader, item, "[[dkim]]", dkim_keys, one);
    if (one.selector.empty() || one.key.empty()) reader.error(item.place, "[[dkim]] needs both selector and key");
    for (Config::Dkim const& other : out.dkim)
      if (other.selector == one.selector && other.domain == one.domain)
        reader.error(item.place, "selector " + rules::quoted(one.selector) + " stands twice");
    out.dkim.push_back(std::move(one));
  }
}

template <auto member, auto const& keys>
void table(Reader& reader, TomlEntry const& entry, Config& out) {
  if (reader.is_table(entry)) rules::read_keys(reader, entry.value, "[" + entry.key + "]", keys, out.*member);
}

constexpr std::array<Key<Config>, 10> root_keys{{
    {"server", table<&Config::server, server_keys>},
    {"tls", table<&Config::tls, tls_keys>},
    {"imap", table<&Config::imap, imap_keys>},
    {"smtp", table<&Config::smtp, smtp_keys>},
    {"auth", table<&Config::auth, auth_keys>},
    {"external", table<&Config::external, external_keys>},
    {"dkim", dkim},
    {"web", table<&Config::web, web_keys>},
    {"tickets", table<&Config::tickets, tickets_keys>},
    {"limits", table<&Config::limits, limits_keys>},
}};

// --- what must be there, and where paths are taken from

void require(Reader& reader, std::string const& value, std::string_view name) {
  if (value.empty()) reader.error({}, std::string(name) + " is missing", "the server cannot start without it");
}

void check_whole(Reader& reader, Config const& config) {
  require(reader, config.server.hostname, "[server] hostname");
  require(reader, config.server.domain, "[server] domain");
  require(reader, config.server.data, "[server] data");
  require(reader, config.server.policy, "[server] policy");
  bool tls = !config.imap.listen_tls.empty() || !config.smtp.submission_tls.empty() || !config.web.listen_tls.empty();
  if (tls) require(reader, config.tls.certificate, "[tls] certificate");
  if (!config.tls.certificate.empty()) require(reader, config.tls.key, "[tls] key");
  if (config.web.listen_tls.empty() && !config.web.url.empty())
    reader.warn({}, "[web] url without listen_tls: nothing listens, so no mail has a link to it");
  check_external(reader, config);
}

void resolve(std::string& path, std::filesystem::path const& directory) {
  if (!path.empty()) path = (directory / path).lexically_normal().string();
}

void resolve_paths(Config& config, std::string_view file) {
  auto directory = std::filesystem::absolute(std::filesystem::path(file)).parent_path();
  for (std::string* path : {&config.server.data, &config.server.policy, &config.tls.certificate, &config.tls.key,
                            &config.external.ca_file})
    resolve(*path, directory);
  for (Config::Dkim& key : config.dkim) {
    resolve(key.key, directory);
    if (key.domain.empty()) key.domain = to_lower(config.server.domain);
  }
}

}  // namespace

ConfigLoad parse_config(std::string text, std::string_view file) {
  ConfigLoad load;
  load.text = std::move(text);
  load.config.file = file;
  auto toml = rules::parse_toml(load.text, max_config_octets);
  if (!toml.root) {
    load.problems = std::move(toml.problems);
    return load;
  }
  rules::LoadOptions options;
  Reader reader(options);
  rules::read_keys(reader, *toml.root, "the configuration", root_keys, load.config);
  check_whole(reader, load.config);
  load.problems = reader.take();
  resolve_paths(load.config, file);
  return load;
}

std::string web_url(Config const& config, std::uint16_t port) {
  if (config.web.listen_tls.empty()) return {};
  if (!config.web.url.empty()) return config.web.url;
  auto endpoint = net::parse_endpoint(config.web.listen_tls.front());
  if (port == 0 && endpoint) port = endpoint->port;
  return "https://" + config.server.hostname + (port == 0 || port == 443 ? "" : ':' + std::to_string(port));
}

Result<std::string> read_file(std::string const& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, "Cannot read " + path + ": " + std::strerror(errno));
  std::string text;
  char piece[65536];
  while (in.read(piece, sizeof piece), in.gcount() > 0) {
    text.append(piece, static_cast<std::size_t>(in.gcount()));
    if (text.size() > most) return fail(Errc::too_big, path + " is larger than " + std::to_string(most) + " octets");
  }
  if (in.bad()) return fail(Errc::not_found, "Cannot read " + path);
  return text;
}

Result<ConfigLoad> load_config(std::string const& file) {
  auto text = read_file(file, max_config_octets);
  if (!text) return text.error();
  return parse_config(std::move(*text), file);
}

}  // namespace mc::gateway
