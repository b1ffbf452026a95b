#include "gateway/postfix_checks.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/text.h"

namespace mc::gateway {

namespace {

using Situation = PostfixSituation;
using State = CheckState;
using Found = std::optional<Finding>;

constexpr char main_cf[] = "main.cf", master_cf[] = "master.cf", our_file[] = "message-center.toml";

Found good(std::string says) { return Finding{{}, State::ok, std::move(says), {}, {}}; }
Found note(std::string says, std::string add = {}, std::string file = {}) {
  return Finding{{}, State::note, std::move(says), std::move(file), std::move(add)};
}
// main.cf says something else about `parameter`, or nothing.
Found bad(Situation const& s, std::string_view parameter, std::string says, std::string add) {
  return Finding{{}, s.postfix.is_given(parameter) ? State::wrong : State::missing, std::move(says), main_cf, std::move(add)};
}

// --- what several checks need

std::string const& domain(Situation const& s) { return s.ours.server.domain; }

Found wrong(std::string says, std::string file, std::string add) {
  return Finding{{}, State::wrong, std::move(says), std::move(file), std::move(add)};
}

std::optional<PostfixRoute> route(Situation const& s) { return find_route(s.postfix, domain(s), s.lookup); }

PostfixService const* lmtp_client(Situation const& s, PostfixRoute const& route) {
  return s.postfix.find_service(route.transport.service, "unix");
}

// The path of a nexthop "unix:…" as Postfix's client finds it; "" if it is none.
std::string unix_path(Situation const& s, PostfixRoute const& route) {
  PostfixService const* client = lmtp_client(s, route);
  if (!client || !route.transport.nexthop.starts_with("unix:")) return {};
  return s.postfix.path_seen_by(*client, std::string_view(route.transport.nexthop).substr(5));
}

std::string canonical(std::string const& path) {
  std::error_code ignored;
  auto const found = std::filesystem::weakly_canonical(path, ignored);
  return ignored ? path : found.string();
}

// nexthop = ["inet:"] ( "[" host "]" / host ) [ ":" port ]
struct Nexthop {
  std::string host;
  std::uint16_t port = 24;  // LMTP
};
Nexthop parse_nexthop(std::string_view text) {
  if (text.starts_with("inet:")) text.remove_prefix(5);
  Nexthop out;
  auto const bracket = text.rfind(']');
  auto const colon = text.find(':', bracket == text.npos ? 0 : bracket);
  if (colon != text.npos)
    if (auto port = parse_number(text.substr(colon + 1)); port && *port <= 65535) out.port = static_cast<std::uint16_t>(*port);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (istarts_with(host, "ipv6:")) host.remove_prefix(5);
  out.host = host;
  return out;
}

bool same_host(std::string const& named, boost::asio::ip::address const& ours) {
  boost::system::error_code error;
  auto const theirs = boost::asio::ip::make_address(named == "localhost" ? "127.0.0.1" : named, error);
  return error || ours.is_unspecified() || net::normalize(theirs) == net::normalize(ours);  // a name may be ours
}

bool is_our_lmtp(Situation const& s, PostfixRoute const& route) {
  std::string const path = unix_path(s, route);
  Nexthop const hop = parse_nexthop(route.transport.nexthop);
  for (std::string const& text : s.lmtp) {
    auto const endpoint = net::parse_endpoint(text);
    if (!endpoint) continue;
    if (endpoint->is_unix() ? !path.empty() && canonical(endpoint->path) == path
                            : path.empty() && endpoint->port == hop.port && same_host(hop.host, endpoint->ip))
      return true;
  }
  return false;
}

// As Postfix would write it: below the queue directory without it.
std::string relative_to_queue(Situation const& s, std::string const& path) {
  std::string const queue = canonical(s.postfix.value("queue_directory")) + '/';
  std::string const whole = canonical(path);
  return whole.starts_with(queue) ? whole.substr(queue.size()) : whole;
}

std::string our_transport(Situation const& s) {
  if (s.lmtp.empty()) return "lmtp:unix:message-center/lmtp";
  std::string best = s.lmtp.front();
  for (std::string const& text : s.lmtp)
    if (text.starts_with("unix:")) best = text;
  if (best.starts_with("unix:")) return "lmtp:unix:" + relative_to_queue(s, best.substr(5));
  return "lmtp:inet:" + best;
}

// --- the checks

Found check_domain(Situation const& s) {
  auto const found = route(s);
  if (found) return good(domain(s) + " is in " + found->domain_class);
  return bad(s, "relay_domains", "Postfix takes no mail for " + domain(s), "relay_domains = " + domain(s));
}

Found check_local(Situation const& s) {
  for (std::string_view parameter : {"mydestination", "virtual_alias_domains"})
    if (list_names(s.postfix.value(parameter), domain(s), s.lookup)) {
      std::string rest;
      for (std::string const& item : split_postfix_list(s.postfix.value(parameter)))
        if (!iequals(item, domain(s))) rest += (rest.empty() ? "" : ", ") + item;
      return wrong(std::string(parameter) + " holds " + domain(s) + ": its mail is delivered on that machine, not here", main_cf,
                   std::string(parameter) + " = " + rest);
    }
  return good("no mail for " + domain(s) + " is delivered elsewhere");
}

Found check_transport(Situation const& s) {
  auto const found = route(s);
  if (!found) return std::nullopt;
  std::string const add = found->parameter == "transport_maps" ? domain(s) + "  " + our_transport(s)
                                                               : found->parameter + " = " + our_transport(s);
  std::string const where = found->parameter == "transport_maps" ? s.postfix.value("transport_maps") : main_cf;
  PostfixService const* client = lmtp_client(s, *found);
  if (s.lmtp.empty())
    return wrong("the Message Center has no LMTP listener", our_file, "[smtp] lmtp = [\"unix:/var/spool/postfix/message-center/lmtp\"]");
  if (client && client->program == "lmtp" && is_our_lmtp(s, *found))
    return good("mail for " + domain(s) + " goes to " + found->transport.text);
  auto state = s.postfix.is_given(found->parameter) ? State::wrong : State::missing;
  std::string says = "mail for " + domain(s) + " goes to " + found->transport.text;
  says += !client                      ? ", and master.cf has no such service"
          : client->program != "lmtp" ? ", which does not speak LMTP"
                                      : ", where the Message Center does not listen";
  return Finding{{}, state, says, where, add};
}

Found check_xforward(Situation const& s) {
  auto const found = route(s);
  PostfixService const* client = found ? lmtp_client(s, *found) : nullptr;
  if (s.postfix.is_on(client, "lmtp_send_xforward_command")) return good("Postfix says whose mail it hands on");
  bool const overridden = client && client->overrides.count("lmtp_send_xforward_command");
  if (overridden) return wrong("this service hides whose mail it hands on: strangers would pass for the platform", master_cf, "-o lmtp_send_xforward_command=yes");
  return bad(s, "lmtp_send_xforward_command", "Postfix does not say whose mail it hands on: strangers would pass for the platform",
             "lmtp_send_xforward_command = yes");
}

Found check_trusted(Situation const& s) {
  auto const found = route(s);
  if (!found) return std::nullopt;
  if (found->transport.nexthop.starts_with("unix:"))
    return s.ours.smtp.trust_unix ? good("peers on the Unix socket are trusted")
                                  : wrong("Postfix comes over a Unix socket, and those are not trusted", our_file, "[smtp] trusted = [\"unix\"]");
  boost::system::error_code error;
  std::string const host = parse_nexthop(found->transport.nexthop).host;
  auto const ip = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error || !net::is_loopback(ip)) return note("[smtp] trusted must hold the address Postfix connects from");
  if (net::matches_any(s.ours.smtp.trusted, net::normalize(ip))) return good("Postfix's address " + ip.to_string() + " is trusted");
  return wrong("Postfix comes from " + ip.to_string() + ", which is not trusted", our_file, "[smtp] trusted = [\"" + ip.to_string() + "\"]");
}

// The restrictions of a list that hold for our domain, with those that an access table names for it.
std::vector<std::string> restrictions(Situation const& s, PostfixService const* service, std::string_view parameter) {
  std::vector<std::string> out, items = split_postfix_list(s.postfix.value(service, parameter));
  for (std::size_t i = 0; i < items.size(); ++i) {
    out.push_back(items[i]);
    if (items[i] != "check_recipient_access" || i + 1 == items.size()) continue;
    if (auto found = s.lookup(items[i + 1], domain(s)))
      for (std::string& item : split_postfix_list(*found)) out.push_back(std::move(item));
  }
  return out;
}

bool refuses_unverified(Situation const& s) {
  PostfixService const* outside = s.postfix.find_smtpd(25);
  for (std::string_view parameter : {"smtpd_recipient_restrictions", "smtpd_relay_restrictions"}) {
    auto const all = restrictions(s, outside, parameter);
    if (std::find(all.begin(), all.end(), "reject_unverified_recipient") != all.end()) return true;
  }
  return false;
}

Found check_recipients(Situation const& s) {
  if (refuses_unverified(s)) return good("unknown recipients are refused while their sender is there");
  auto const found = route(s);
  std::string const maps = found && found->domain_class == "virtual_mailbox_domains" ? "virtual_mailbox_maps" : "relay_recipient_maps";
  if (!s.postfix.value(maps).empty())
    return note(maps + " lists the recipients: addresses with tokens (t-, c-, b-, u-) must be in it too");
  return bad(s, "smtpd_recipient_restrictions", "mail for unknown recipients is accepted and bounced later, to senders that may be forged",
             "smtpd_recipient_restrictions = permit_mynetworks, check_recipient_access inline:{" + domain(s) + "=reject_unverified_recipient}");
}

Found check_reject_code(Situation const& s) {
  if (!refuses_unverified(s)) return std::nullopt;
  if (s.postfix.value("unverified_recipient_reject_code") == "550") return good("unknown recipients are refused for good");
  return bad(s, "unverified_recipient_reject_code", "unknown recipients are refused for now only: their senders try again for days",
             "unverified_recipient_reject_code = 550");
}

Found check_probe(Situation const& s) {
  if (!refuses_unverified(s)) return std::nullopt;
  std::string const sender = s.postfix.value("address_verify_sender");
  if (sender.starts_with("double-bounce")) return good("recipients are asked for on behalf of strangers");
  return wrong("recipients are asked for from " + sender + ": the answer tells strangers which users there are", main_cf, "address_verify_sender = double-bounce");
}

Found check_size(Situation const& s) {
  auto const theirs = parse_number(s.postfix.value("message_size_limit")).value_or(0);
  std::uint64_t const ours = s.ours.smtp.max_message_size;
  std::string const add = "message_size_limit = " + std::to_string(ours);
  if (theirs == 0 || theirs > ours)
    return bad(s, "message_size_limit", "Postfix accepts larger messages than we take (" + std::to_string(ours) + " octets) and would bounce them", add);
  if (theirs < ours) return note("Postfix takes at most " + std::to_string(theirs) + " octets, also of what we send", add, main_cf);
  return good("both take " + std::to_string(ours) + " octets");
}

Found check_utf8(Situation const& s) {
  if (s.postfix.value("smtputf8_enable") == "yes") return good("international addresses are carried");
  return bad(s, "smtputf8_enable", "mail with international addresses is refused", "smtputf8_enable = yes");
}

// Without the password that may stand in it.
std::string name_of(std::string const& smarthost) {
  auto const parsed = parse_smarthost(smarthost);
  if (!parsed) return "of that name";
  bool const ipv6 = parsed->host.find(':') != std::string::npos;
  return (ipv6 ? '[' + parsed->host + ']' : parsed->host) + ':' + std::to_string(parsed->port);
}

Found check_smarthost(Situation const& s) {
  if (s.ours.external.route == ExternalRoute::mx) return good("external mail goes straight to its servers, not through Postfix");
  if (s.ours.external.smarthosts.empty())
    return Finding{{}, State::missing, "no external mail leaves: there is no smarthost", our_file, "[external] smarthost = \"127.0.0.1:2525\""};
  auto const& all = s.ours.external.smarthosts;
  for (std::string const& smarthost : all)
    if (auto const trouble = s.ask_smarthost(smarthost))
      return wrong("the smarthost " + (all.size() > 1 ? name_of(smarthost) + ' ' : std::string()) + *trouble, master_cf,
                   "-o mynetworks=127.0.0.0/8 -o smtpd_relay_restrictions=permit_mynetworks,reject");
  return good(all.size() > 1 ? "all smarthosts take mail for elsewhere from us" : "the smarthost takes mail for elsewhere from us");
}

Found check_filters(Situation const& s) {
  if (s.ours.external.route == ExternalRoute::mx) return std::nullopt;
  std::string places;
  for (std::string const& text : s.ours.external.smarthosts) {
    auto const smarthost = parse_smarthost(text);
    PostfixService const* service = smarthost ? s.postfix.find_smtpd(smarthost->port) : nullptr;
    if (!service) continue;  // another machine's, or none
    for (std::string_view parameter : {"content_filter", "smtpd_proxy_filter"})
      if (!s.postfix.value(service, parameter).empty())
        return wrong("our own mail goes through " + std::string(parameter) + " at " + service->name, master_cf, "-o " + std::string(parameter) + "=");
    places += (places.empty() ? "" : ", ") + service->name;
  }
  if (places.empty()) return std::nullopt;
  return good("our own mail goes through no content filter at " + places);
}

// The smtpd services where logins are offered.
std::vector<PostfixService const*> login_services(Situation const& s) {
  std::vector<PostfixService const*> out;
  for (PostfixService const& service : s.postfix.services())
    if (service.program == "smtpd" && s.postfix.is_on(&service, "smtpd_sasl_auth_enable")) out.push_back(&service);
  return out;
}

Found check_sasl(Situation const& s) {
  if (s.ours.auth.listen.empty()) return std::nullopt;
  auto const services = login_services(s);
  if (services.empty())
    return Finding{{}, State::missing, "no service of Postfix offers logins", master_cf, "-o smtpd_sasl_auth_enable=yes"};
  std::string const ours = canonical(s.ours.auth.listen.front().substr(5));
  for (PostfixService const* service : services) {
    std::string const type = s.postfix.value(service, "smtpd_sasl_type");
    if (type != "dovecot")
      return bad(s, "smtpd_sasl_type", service->name + " asks " + type + " for passwords, not us", "smtpd_sasl_type = dovecot");
    std::string const path = s.postfix.value(service, "smtpd_sasl_path");
    bool const known = std::any_of(s.ours.auth.listen.begin(), s.ours.auth.listen.end(), [&](std::string const& endpoint) {
      return canonical(endpoint.substr(5)) == s.postfix.path_seen_by(*service, path);
    });
    if (!known)
      return bad(s, "smtpd_sasl_path", service->name + " asks at " + path + ", where the Message Center does not listen",
                 "smtpd_sasl_path = " + relative_to_queue(s, ours));
  }
  return good("Postfix asks us for passwords");
}

Found check_sasl_tls(Situation const& s) {
  if (s.ours.auth.listen.empty()) return std::nullopt;
  for (PostfixService const* service : login_services(s)) {
    bool const always = s.postfix.value(service, "smtpd_tls_security_level") == "encrypt" || s.postfix.is_on(service, "smtpd_tls_wrappermode");
    if (!always && !s.postfix.is_on(service, "smtpd_tls_auth_only"))
      return note(service->name + " offers logins without TLS; we refuse them there", "smtpd_tls_auth_only = yes", main_cf);
  }
  return good("logins are offered under TLS only");
}

Found check_lmtp_socket(Situation const& s) {
  auto const found = route(s);
  std::string const path = found ? unix_path(s, *found) : std::string();
  if (path.empty()) return std::nullopt;
  auto const trouble = s.socket_trouble(path);
  if (!trouble) return good("Postfix may connect to " + path);
  return wrong(*trouble, "the shell", "install -d -o message-center -g postfix -m 2750 " + std::filesystem::path(path).parent_path().string());
}

Found check_auth_socket(Situation const& s) {
  if (s.ours.auth.listen.empty()) return std::nullopt;
  for (std::string const& endpoint : s.ours.auth.listen)
    if (auto trouble = s.socket_trouble(endpoint.substr(5))) return wrong(*trouble, our_file, "[auth] group = \"postfix\"");
  return good("Postfix may connect to " + s.ours.auth.listen.front().substr(5));
}

Found check_auth_results(Situation const& s) {
  std::string const us = s.ours.smtp.authserv_id.empty() ? s.ours.server.hostname : s.ours.smtp.authserv_id;
  PostfixService const* outside = s.postfix.find_smtpd(25);
  if (s.postfix.value(outside, "smtpd_milters").empty())
    return note("no milter checks senders (DMARC): whoever writes is only as sure as his From", "smtpd_milters = inet:127.0.0.1:8893", main_cf);
  std::string const forged = "Authentication-Results: " + us + "; dmarc=pass header.from=bank.test";
  for (std::string const& table : split_postfix_list(s.postfix.value("header_checks")))
    if (auto found = s.lookup(table, forged); found && (istarts_with(*found, "IGNORE") || istarts_with(*found, "REJECT")))
      return good("Authentication-Results of " + us + " are the milter's own");
  return wrong("Authentication-Results in the name of " + us + " that a message brings along are kept: where the milter adds none they would be believed",
               main_cf, "header_checks = regexp:{{/^Authentication-Results:.*" + us + "/ IGNORE}}");
}

struct Row {
  std::string_view name;
  Found (*check)(Situation const&);
};
constexpr std::array rows{
    Row{"domain", check_domain},
    Row{"local delivery", check_local},
    Row{"transport", check_transport},
    Row{"lmtp socket", check_lmtp_socket},
    Row{"trusted", check_trusted},
    Row{"xforward", check_xforward},
    Row{"recipients", check_recipients},
    Row{"recipient code", check_reject_code},
    Row{"recipient probes", check_probe},
    Row{"message size", check_size},
    Row{"smtputf8", check_utf8},
    Row{"authentication results", check_auth_results},
    Row{"smarthost", check_smarthost},
    Row{"smarthost filters", check_filters},
    Row{"logins", check_sasl},
    Row{"logins and tls", check_sasl_tls},
    Row{"auth socket", check_auth_socket},
};

}  // namespace

std::string_view to_string(CheckState state) {
  static constexpr std::string_view names[] = {"ok", "note", "missing", "wrong"};
  return names[static_cast<std::size_t>(state)];
}

std::vector<Finding> check_postfix(PostfixSituation const& situation) {
  std::vector<Finding> out;
  for (Row const& row : rows)
    if (auto found = row.check(situation)) {
      found->check = row.name;
      out.push_back(std::move(*found));
    }
  return out;
}

}  // namespace mc::gateway
