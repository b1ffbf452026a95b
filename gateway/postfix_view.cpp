#include "gateway/postfix_view.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/text.h"

namespace mc::gateway {

namespace {

// Lines "name = value"; the value may be empty.
std::map<std::string, std::string> parse_pairs(std::string_view text) {
  std::map<std::string, std::string> out;
  for (std::string_view line : split(text, '\n')) {
    auto const equals = line.find('=');
    if (equals == line.npos || trim(line.substr(0, equals)).empty()) continue;
    out[std::string(trim(line.substr(0, equals)))] = trim(line.substr(equals + 1));
  }
  return out;
}

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  for (std::string_view word : split(line, ' '))
    if (!trim(word).empty()) out.emplace_back(trim(word));
  return out;
}

// service type private unprivileged chroot wakeup processes command arguments     master(5)
std::optional<PostfixService> parse_service(std::string_view line, bool chroot_by_default) {
  auto const fields = words(line);
  if (fields.size() < 8) return std::nullopt;
  PostfixService out;
  out.name = fields[0];
  out.type = fields[1];
  out.chroot = fields[4] == "y" || (fields[4] == "-" && chroot_by_default);
  out.program = fields[7];
  return out;
}

// A port as a number or a name.
std::optional<std::uint16_t> read_port(std::string_view text) {
  if (auto number = parse_number(text)) {
    if (*number > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*number);
  }
  servent storage{};
  servent* entry = nullptr;
  char buffer[1024];
  bool const known = ::getservbyname_r(std::string(text).c_str(), "tcp", &storage, buffer, sizeof buffer, &entry) == 0;
  if (!known || !entry) return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(entry->s_port));
}

}  // namespace

PostfixView::PostfixView(Texts const& texts) : values_(parse_pairs(texts.values)) {
  for (auto const& [name, value] : parse_pairs(texts.given)) given_.insert(name);
  auto const level = value("compatibility_level");
  bool const chroot_by_default = level.empty() || level == "0";
  for (std::string_view line : split(texts.services, '\n'))
    if (auto service = parse_service(line, chroot_by_default)) services_.push_back(std::move(*service));
  // overrides: name "/" type "/" parameter "=" value
  for (auto const& [path, value] : parse_pairs(texts.overrides))
    for (PostfixService& service : services_) {
      std::string const prefix = service.name + '/' + service.type + '/';
      if (path.starts_with(prefix)) service.overrides[path.substr(prefix.size())] = value;
    }
}

std::string PostfixView::value(std::string_view name) const {
  auto const found = values_.find(std::string(name));
  return found == values_.end() ? std::string() : found->second;
}

std::string PostfixView::value(PostfixService const* service, std::string_view name) const {
  if (!service) return value(name);
  auto const found = service->overrides.find(std::string(name));
  return found == service->overrides.end() ? value(name) : found->second;
}

PostfixService const* PostfixView::find_service(std::string_view name, std::string_view type) const {
  for (PostfixService const& service : services_)
    if (service.name == name && service.type == type) return &service;
  return nullptr;
}

PostfixService const* PostfixView::find_smtpd(std::uint16_t port) const {
  for (PostfixService const& service : services_) {
    if (service.type != "inet" || service.program != "smtpd") continue;
    auto const colon = service.name.rfind(':');
    if (read_port(colon == std::string::npos ? service.name : service.name.substr(colon + 1)) == port) return &service;
  }
  return nullptr;
}

std::string PostfixView::path_seen_by(PostfixService const& service, std::string_view path) const {
  std::filesystem::path const queue = value("queue_directory");
  bool const from_queue = !path.starts_with('/') || service.chroot;
  std::filesystem::path const whole = from_queue ? queue / std::filesystem::path(path).relative_path() : std::filesystem::path(path);
  std::error_code ignored;
  auto const canonical = std::filesystem::weakly_canonical(whole, ignored);
  return (ignored ? whole.lexically_normal() : canonical).string();
}

std::vector<std::string> split_postfix_list(std::string_view text) {
  std::vector<std::string> out;
  std::string item;
  int depth = 0;
  auto end = [&] {
    if (!item.empty()) out.push_back(std::move(item));
    item.clear();
  };
  for (char c : text) {
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (depth <= 0 && (c == ',' || c == ' ' || c == '\t' || c == '\n'))
      end();
    else
      item += c;
  }
  end();
  return out;
}

bool list_names(std::string_view list, std::string const& domain, PostfixLookup const& lookup) {
  for (std::string const& item : split_postfix_list(list)) {
    if (iequals(item, "!" + domain)) return false;
    if (iequals(item, domain)) return true;
    if (item.find(':') != std::string::npos && !item.starts_with('[') && lookup(item, domain)) return true;
  }
  return false;
}

PostfixTransport parse_transport(std::string_view text) {
  PostfixTransport out;
  out.text = text;
  auto const colon = text.find(':');
  out.service = text.substr(0, colon);
  if (colon != text.npos) out.nexthop = text.substr(colon + 1);
  return out;
}

std::optional<PostfixRoute> find_route(PostfixView const& postfix, std::string const& domain, PostfixLookup const& lookup) {
  struct Class {
    std::string_view domains, transport;
  };
  static constexpr std::array classes{Class{"relay_domains", "relay_transport"},
                                      Class{"virtual_mailbox_domains", "virtual_transport"}};
  for (Class const& one : classes) {
    if (!list_names(postfix.value(one.domains), domain, lookup)) continue;
    PostfixRoute route{std::string(one.domains), std::string(one.transport),
                       parse_transport(postfix.value(one.transport))};
    for (std::string const& table : split_postfix_list(postfix.value("transport_maps")))
      if (auto found = lookup(table, domain)) {
        route.parameter = "transport_maps";
        route.transport = parse_transport(*found);
        break;
      }
    return route;
  }
  return std::nullopt;
}

}  // namespace mc::gateway
