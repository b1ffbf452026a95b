// gateway/accounts.h - the store's accounts as the network layer and SMTP ask for them.
#pragma once
#include "core/text.h"
#include "net/sasl.h"
#include "smtp/server.h"
#include "store/store.h"

namespace mc::gateway {

class StoredAccounts final : public net::CredentialSource, public smtp::AccountSource {
 public:
  StoredAccounts(store::Store const& store, std::string_view domain) : store_(store), domain_(to_lower(domain)) {}

  // `login` may be written as login or login@domain, in any case.
  std::optional<net::Credentials> find(std::string_view login) const override;
  std::optional<center::Submitter> find_submitter(std::string_view login) const override;

 private:
  std::string normalise(std::string_view login) const;
  store::Store const& store_;
  std::string domain_;
};

}  // namespace mc::gateway
