// center/release.h - what becomes of waiting mail whose time has come. Inside one store operation; for schedule.cpp.
//
// A mail that is due is looked at: may it still go (address, read state, choice, hours)? Does it go alone,
// with others of its type, or in a digest? Whatever is decided is recorded on its decision.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "center/context.h"
#include "rules/facts.h"
#include "store/accounts.h"
#include "store/decisions.h"
#include "store/outbox.h"

namespace mc::center {

class Release {
 public:
  Release(Context const& context, store::Transaction& tx, Time now);

  // Afterwards it is queued, gone, part of another mail, or waiting for a later moment; and so is each that was
  // taken along. Requires: it waits and is due.
  void settle(store::OutboxEntry entry);
  std::size_t settled() const { return settled_; }  // mails so far

 private:
  struct Waiting {  // as it stands now
    store::OutboxEntry entry;
    std::optional<store::DecisionRecord> record;
    bool in_folder() const { return record && record->mailbox; }
    bool has(int wait) const { return entry.waits & wait; }
  };
  struct Recipient {
    std::optional<store::User> user;
    rules::Choices choices;
  };
  using Group = std::vector<Waiting>;

  Recipient const& recipient(UserId id);
  Waiting load(store::OutboxEntry entry) const;
  rules::Type const* type_of(Waiting const& w) const;

  bool may_go(Waiting& w, bool gathered);
  bool waits_for_hours(Waiting& w, store::User const& user);
  std::optional<std::string> why_not_wanted(Waiting const& w, Recipient const& to, bool gathered) const;
  std::optional<std::string> why_read(Waiting const& w) const;
  std::optional<std::string> why_switched_off(Waiting const& w, rules::Choices const& choices) const;
  void keep_from_sending(Waiting const& w, std::string const& trouble);
  void skip(Waiting const& w, std::string reason);
  void postpone(Waiting& w, Time until, std::uint8_t waits, std::string_view words = {});

  void settle_digest(Waiting first);
  void settle_by_type(Waiting first, rules::Type const& type);
  bool wait_for_more(Waiting const& first, Time until, Group const& others);
  bool wait_for_room(Group& group, rules::Type const& type);
  Group others_like(Waiting const& first, rules::Type const& type, Time until) const;
  Group still_going(Group group);
  static void sort_by_arrival(Group& group);
  void leave(Waiting w);
  void leave_together(Group group, std::string octets, rules::Type const* type);
  std::vector<struct NamedMessage> name_all(Group const& group) const;

  Context const& context_;
  store::Transaction& tx_;
  Time const now_;
  PolicyInForce const policy_;
  std::map<UserId, Recipient> recipients_;
  std::size_t settled_ = 0;
};

}  // namespace mc::center
