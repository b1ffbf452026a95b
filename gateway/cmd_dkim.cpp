// dkim dns; and which keys the configuration names.
#include "gateway/commands.h"
#include "gateway/dkim.h"

namespace mc::gateway {

std::vector<net::DkimKeyFile> dkim_files(Config const& config) {
  std::vector<net::DkimKeyFile> files;
  for (Config::Dkim const& key : config.dkim) files.push_back({key.domain, key.selector, key.key});
  return files;
}

int dkim_dns(std::string const& file, Arguments const&, Output& out) {
  auto load = load_config(file);
  if (!load) return out.refuse(load.error().text);
  if (!*load) return out.refuse(rules::write_problems(load->problems, file, load->text));
  auto signer = net::DkimSigner::make(dkim_files(load->config));
  if (!signer) return out.refuse(signer.error().text);
  auto const records = (*signer)->records();
  if (records.empty()) return out.refuse("the configuration names no key: no [[dkim]]");
  Listing listing;
  listing.columns = {"name", "text"};
  for (net::DkimRecord const& record : records) {
    out.say(net::write_zone_line(record));
    listing.rows.push_back({record.name, record.text});
  }
  if (out.json()) out.list(listing);
  return exit_done;
}

}  // namespace mc::gateway
