// gateway/accounts.h - the store's accounts as the network layer and SMTP ask for them.
#pragma once
#include "center/context.h"
#include "net/sasl.h"
#include "smtp/server.h"
#include "store/accounts.h"

namespace mc::gateway {

class StoredAccounts final : public net::CredentialSource, public smtp::AccountSource {
 public:
  explicit StoredAccounts(center::Context const& context) : context_(context) {}

  // `login` may be written as login or login@domain, in any case.
  std::optional<net::Credentials> find(std::string_view login) const override;
  std::optional<center::Submitter> find_submitter(std::string_view login) const override;

 private:
  std::optional<store::User> find_account(std::string_view login) const;
  center::Context const& context_;
};

}  // namespace mc::gateway
