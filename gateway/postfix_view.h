// gateway/postfix_view.h - a Postfix's configuration as postconf prints it, and what follows from it: which service
// listens where, where mail for a domain goes.
//
// Pure: the texts are given. Tables (hash:, regexp:, inline:, …) are asked through a function, as only Postfix can read them.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"

namespace mc::gateway {

struct PostfixService {  // one of master.cf
  std::string name, type, program;  // "submission", "inet", "smtpd"
  bool chroot = false;
  std::map<std::string, std::string> overrides;  // -o
};

// What `table` ("hash:/etc/postfix/x") holds for `key`; absent: nothing.
using PostfixLookup = std::function<std::optional<std::string>(std::string const& table, std::string const& key)>;

class PostfixView {
 public:
  struct Texts {
    std::string values;     // postconf -x: every parameter, expanded
    std::string given;      // postconf -n: those main.cf sets
    std::string services;   // postconf -M
    std::string overrides;  // postconf -Px
  };
  explicit PostfixView(Texts const& texts);

  // "" for one there is not.
  std::string value(std::string_view name) const;
  // As it holds in this service; null: anywhere.
  std::string value(PostfixService const* service, std::string_view name) const;
  bool is_given(std::string_view name) const { return given_.count(std::string(name)) != 0; }
  bool is_on(PostfixService const* service, std::string_view name) const { return value(service, name) == "yes"; }

  std::vector<PostfixService> const& services() const { return services_; }
  PostfixService const* find_service(std::string_view name, std::string_view type) const;
  // The smtpd that listens at this port (a number, or a name of /etc/services); null: none.
  PostfixService const* find_smtpd(std::uint16_t port) const;
  // Where the file is that a service means by `path`: relative paths and chroots start at the queue directory.
  std::string path_seen_by(PostfixService const& service, std::string_view path) const;

 private:
  std::map<std::string, std::string> values_;
  std::set<std::string> given_;
  std::vector<PostfixService> services_;
};

// list = item *( ("," / white space) item ), but not between { and }
std::vector<std::string> split_postfix_list(std::string_view text);

// Does the list of domains name this one, itself or by a table?
bool list_names(std::string_view list, std::string const& domain, PostfixLookup const& lookup);

// transport = service ":" ("unix:" path / ["inet:"] host [":" port])
struct PostfixTransport {
  std::string text;               // as written
  std::string service, nexthop;   // "lmtp", "unix:private/x"
};
PostfixTransport parse_transport(std::string_view text);

// Where mail for `domain` goes, and which parameter says so. Absent: Postfix does not take mail for it.
struct PostfixRoute {
  std::string domain_class;  // "relay_domains", "virtual_mailbox_domains"
  std::string parameter;     // "transport_maps", "relay_transport", …
  PostfixTransport transport;
};
std::optional<PostfixRoute> find_route(PostfixView const& postfix, std::string const& domain, PostfixLookup const& lookup);

}  // namespace mc::gateway
