#include "smtp/mx.h"

#include <algorithm>

#include "core/text.h"

namespace mc::smtp {

namespace {

Exchanges refused(std::string reply) {
  Exchanges out;
  out.outcome = center::SendOutcome::permanent;
  out.reply = std::move(reply);
  return out;
}

Exchanges deferred(std::string reply) {
  Exchanges out;
  out.reply = std::move(reply);
  return out;
}

}  // namespace

Exchanges choose_exchanges(net::DnsAnswer<net::MxRecord> const& answer, std::string const& domain,
                           std::string_view own_host, std::minstd_rand& random) {
  Exchanges out;
  switch (answer.status) {
    case net::DnsStatus::temporary: return deferred("451 4.4.3 " + answer.trouble);
    case net::DnsStatus::no_name: return refused("550 5.1.2 The domain " + domain + " does not exist");
    case net::DnsStatus::nothing: out.hosts = {domain}; return out;
    case net::DnsStatus::found: break;
  }
  std::vector<net::MxRecord> records = answer.records;
  if (records.size() == 1 && records[0].exchange.empty())
    return refused("556 5.1.10 The domain " + domain + " takes no mail (null MX)");
  std::erase_if(records, [](net::MxRecord const& r) { return r.exchange.empty(); });
  std::shuffle(records.begin(), records.end(), random);
  std::stable_sort(records.begin(), records.end(),
                   [](net::MxRecord const& a, net::MxRecord const& b) { return a.preference < b.preference; });
  auto ourselves = std::find_if(records.begin(), records.end(),
                                [&](net::MxRecord const& r) { return iequals(r.exchange, own_host); });
  if (ourselves != records.end()) {
    std::uint16_t const ours = ourselves->preference;
    std::erase_if(records, [&](net::MxRecord const& r) { return r.preference >= ours; });
    if (records.empty()) return refused("554 5.4.6 Mail for " + domain + " would come back to " + std::string(own_host));
  }
  for (net::MxRecord const& r : records)
    if (out.hosts.size() < max_exchanges && std::find(out.hosts.begin(), out.hosts.end(), r.exchange) == out.hosts.end())
      out.hosts.push_back(r.exchange);
  return out.hosts.empty() ? without_addresses(domain) : out;
}

std::optional<Exchanges> refuse_domain(std::string_view domain, std::string_view own_domain) {
  if (iequals(domain, own_domain))
    return refused("554 5.4.6 " + printable(domain, 255) + " is our own domain: its mail does not leave");
  if (!net::is_host_name(domain)) return refused("550 5.1.2 " + printable(domain, 255) + " is not the name of a mail domain");
  return std::nullopt;
}

Exchanges without_addresses(std::string const& domain) {
  return refused("550 5.4.4 No mail server of " + domain + " has an address");
}

}  // namespace mc::smtp
