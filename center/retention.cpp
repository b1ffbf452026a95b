#include "center/retention.h"

#include <algorithm>
#include <map>

#include "store/decisions.h"
#include "store/mailboxes.h"
#include "store/messages.h"
#include "store/outbox.h"

namespace mc::center {

namespace {

constexpr std::string_view after_close = " after close";
// So many records of change logs are read in one slice to learn when messages were read: a few milliseconds.
constexpr std::size_t log_records_a_slice = 20'000;

}  // namespace

std::string close_order(std::string_view type) { return std::string(type) += after_close; }

std::string_view type_of_order(std::string_view order) {
  if (order.ends_with(after_close)) order.remove_suffix(after_close.size());
  return order;
}

std::optional<Millis> policy_keep(rules::Policy const& policy, std::string_view order) {
  std::string_view const name = type_of_order(order);
  rules::TypeIndex const index = policy.find_type(name);
  if (index == rules::TypeIndex() && name != policy.type(index).name) return std::nullopt;
  rules::Keep const& keep = policy.type(index).keep;
  bool const closed = name.size() < order.size();
  bool const counts = keep.from == rules::Keep::From::arrival || (closed && keep.finite());
  return counts ? keep.duration : Millis::max();
}

void note_kept(store::Transaction& tx, rules::Type const& type, store::KeptNote const& note) {
  if (type.keep.from != rules::Keep::From::close) store::put_kept(tx, note);
}

void note_closed(store::Transaction& tx, rules::Type const& type, store::KeptNote note, Time closed) {
  if (type.keep.from != rules::Keep::From::close) return;
  note.type = close_order(type.name);
  note.arrival = closed;
  store::put_kept(tx, note);
}

void note_reopened(store::Transaction& tx, store::KeptNote note, Time closed) {
  note.type = close_order(type_of_order(note.type));
  note.arrival = closed;
  store::del_kept(tx, note);
}

namespace {

struct Due {
  store::KeptNote note;
  std::optional<Time> again;  // it was exempt before and to be looked at then
};

// One slice: what is due, by mailbox, then each mailbox at once.
class Expiry {
 public:
  Expiry(store::Transaction& tx, rules::Policy const& policy, Time now) : tx_(tx), policy_(policy), now_(now) {}

  // true: more is due.
  bool run(std::size_t slice) {
    bool const more = collect(slice);
    for (auto const& [mailbox, dues] : by_mailbox_) {
      if (log_records_ >= log_records_a_slice) return true;
      clear(mailbox, dues);
    }
    return more;
  }

 private:
  using Dues = std::vector<Due>;

  bool collect(std::size_t slice) {
    std::size_t left = slice;
    for (store::KeptAgain& again : store::list_kept_again(tx_, now_, left)) {
      --left;
      by_mailbox_[again.note.mailbox].push_back({std::move(again.note), again.when});
    }
    for (std::string const& order : store::kept_types(tx_)) {
      if (left == 0) break;
      Millis const keep = keep_of(order);
      if (keep == Millis::max()) continue;
      for (store::KeptNote& note : store::list_kept(tx_, order, now_ - keep, left)) {
        --left;
        by_mailbox_[note.mailbox].push_back({std::move(note), {}});
      }
    }
    return left == 0;
  }

  // In force for an order: its term, which a policy that nobody has followed yet has not.
  Millis keep_of(std::string const& order) {
    auto known = keeps_.find(order);
    if (known != keeps_.end()) return known->second;
    auto term = store::find_keep_term(tx_, order);
    Millis const keep = term ? term->keep : policy_keep(policy_, order).value_or(Millis::max());
    return keeps_.emplace(order, keep).first->second;
  }

  bool is_due(store::KeptNote const& note) {
    Millis const keep = keep_of(note.type);
    return keep != Millis::max() && note.arrival <= now_ - keep;
  }

  // Everything of `dues` that is to leave leaves by one change of the mailbox.
  void clear(MailboxId mailbox, Dues const& dues) {
    std::vector<Due const*> leaving, exempt;
    std::vector<store::Entry> entries;
    if (store::find_mailbox(tx_, mailbox)) {
      store::MailboxReader reader(tx_, mailbox);
      for (Due const& due : dues) {
        auto entry = reader.find(due.note.uid);
        if (!entry) continue;  // moved, expunged: only the note is left to go
        if (!is_due(due.note) || (entry->flags & store::flag::flagged) != 0 || is_waited_for(due.note.decision)) {
          exempt.push_back(&due);
        } else {
          leaving.push_back(&due);
          entries.push_back(*entry);
        }
      }
    }
    for (Due const& due : dues) forget(due);
    for (Due const* due : exempt) put_back(due->note);
    if (!leaving.empty()) expunge(mailbox, leaving, entries);
  }

  // Its external mail waits to see whether it is read here, or is to name it in a digest.
  bool is_waited_for(DecisionId id) {
    auto decision = store::find_decision(tx_, id);
    auto external = decision ? store::find_outbox(tx_, decision->outbox) : std::nullopt;
    return external && external->state == store::OutboxState::waiting;
  }

  void forget(Due const& due) {
    if (due.again)
      store::del_kept_again(tx_, *due.again, due.note);
    else
      store::del_kept(tx_, due.note);
  }

  // Exempt; or exempt once, and its type is kept longer by now.
  void put_back(store::KeptNote const& note) {
    if (is_due(note))
      store::put_kept_again(tx_, now_ + flagged_again, note);
    else
      store::put_kept(tx_, note);
  }

  void expunge(MailboxId mailbox, std::vector<Due const*> const& leaving, std::vector<store::Entry> const& entries) {
    store::LoggedTimes const logged = store::logged_times(tx_, mailbox, entries);
    log_records_ += logged.records;
    UidSet uids;
    for (std::size_t i = 0; i < leaving.size(); ++i) {
      uids.add(entries[i].uid.value);
      auto read = logged.seen.find(entries[i].uid);
      record(leaving[i]->note, read == logged.seen.end() ? std::nullopt : std::optional(read->second));
    }
    store::expunge(tx_, mailbox, uids, false);
  }

  // The mailbox's log, where the time of reading stands, is shortened some day; the decision stays.
  void record(store::KeptNote const& note, std::optional<Time> read) {
    if (!note.decision || !store::find_decision(tx_, note.decision)) return;
    auto is_read = [](store::DecisionEvent const& e) { return e.kind == store::EventKind::read; };
    auto const events = store::list_events(tx_, note.decision);
    if (read && std::none_of(events.begin(), events.end(), is_read))
      store::append_event(tx_, note.decision, {*read, store::EventKind::read, "marked as read in a mail client"});
    bool const closed = type_of_order(note.type).size() < note.type.size();
    rules::Keep const keep{closed ? rules::Keep::From::close : rules::Keep::From::arrival, keep_of(note.type)};
    store::append_event(tx_, note.decision,
                        {now_, store::EventKind::expired,
                         "left its folder: messages of this type are kept " + rules::write_keep(keep)});
  }

  store::Transaction& tx_;
  rules::Policy const& policy_;
  Time const now_;
  std::map<MailboxId, Dues> by_mailbox_;
  std::map<std::string, Millis> keeps_;
  std::size_t log_records_ = 0;
};

}  // namespace

Result<bool> expire_messages(store::Transaction& tx, rules::Policy const& policy, Time now, std::size_t slice) {
  return Expiry(tx, policy, now).run(slice);
}

Result<bool> expire_decisions(store::Transaction& tx, rules::Policy const& policy, Time now, std::size_t slice) {
  return store::remove_old_decisions(tx, now - policy.keep_decisions(), slice);
}

}  // namespace mc::center
