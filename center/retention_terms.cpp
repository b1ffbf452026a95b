// follow_policy() of center/retention.h: the terms in force follow the policy, and users are told before a
// shorter one takes their mail.
//
// A shorter term goes through these states, all of them in the store (store/retention.h: KeepTerm):
//   counting   whose messages would go? Walks the notes of the type, a slice at a time
//   telling    everybody was counted; users who are owed a notice get one mail each
//   announced  all were told: from next_from on it is in force
#include <algorithm>
#include <map>

#include "center/addresses.h"
#include "center/local_time.h"
#include "center/notices.h"
#include "center/own_mail.h"
#include "center/retention.h"
#include "core/time_text.h"
#include "store/accounts.h"
#include "store/mailboxes.h"
#include "store/messages.h"

namespace mc::center {

namespace {

constexpr std::size_t notes_a_slice = 500, users_a_slice = 20;

using Terms = std::map<std::string, store::KeepTerm>;

bool is_counting(store::KeepTerm const& t) {
  return t.next && t.next_from == Time() && t.noticed_until != Time::max();
}
bool is_untold(store::KeepTerm const& t) { return t.next && t.next_from == Time(); }

// The cursor starts behind what would go within the notice time anyway.
void announce(store::KeepTerm& term, Millis next, Time now) {
  term.next = next;
  term.announced = std::max(now, term.announced + Millis(1));
  term.next_from = {};
  term.noticed_until = term.keep == Millis::max() ? Time() : term.announced + keep_notice - term.keep;
  term.noticed_mailbox = MailboxId(~std::uint64_t{0});
  term.noticed_uid = Uid(~std::uint32_t{0});
}

void cancel(store::KeepTerm& term) {
  term.next.reset();
  term.next_from = {};
}

store::KeepTerm adapt(store::KeepTerm term, Millis wanted, Time now) {
  bool const told = term.next && !is_untold(term);
  if (wanted >= term.keep) {
    term.keep = wanted;
    cancel(term);
  } else if (!term.next) {
    announce(term, wanted, now);
  } else if (*term.next == wanted) {
    if (told && now >= term.next_from) {
      term.keep = wanted;
      cancel(term);
    }
  } else if (told && wanted > *term.next) {
    term.next = wanted;  // whom it touches was told of worse
  } else {
    announce(term, wanted, now);
  }
  return term;
}

// The orders of the policy's types; "after close" only where the policy says so (or notes of it exist).
std::vector<std::string> orders_of(rules::Policy const& policy) {
  std::vector<std::string> out;
  for (rules::Type const& type : policy.types()) {
    out.push_back(type.name);
    if (type.keep.from == rules::Keep::From::close) out.push_back(close_order(type.name));
  }
  return out;
}

Terms load_terms(store::Snapshot const& s) {
  Terms terms;
  for (auto& [order, term] : store::list_keep_terms(s)) terms.emplace(order, term);
  return terms;
}

// Of a type that the policy has no longer: it stays as it is, while messages are noted under it.
void keep_orphan(store::Transaction& tx, std::string const& order, store::KeepTerm& term, bool noted) {
  if (!noted) return store::del_keep_term(tx, order);
  if (!term.next) return;
  cancel(term);
  store::put_keep_term(tx, order, term);
}

// Every order's term after the policy; a new order starts with what the policy says.
Terms align_terms(store::Transaction& tx, rules::Policy const& policy, Time now) {
  Terms terms = load_terms(tx);
  std::vector<std::string> const noted = store::kept_types(tx);
  std::vector<std::string> fresh = orders_of(policy);
  fresh.insert(fresh.end(), noted.begin(), noted.end());
  std::erase_if(fresh, [&](std::string const& order) { return terms.contains(order); });
  for (auto& [order, term] : terms) {
    auto const wanted = policy_keep(policy, order);
    if (!wanted) {
      keep_orphan(tx, order, term, std::binary_search(noted.begin(), noted.end(), order));
      continue;
    }
    store::KeepTerm const next = adapt(term, *wanted, now);
    if (next != term) store::put_keep_term(tx, order, term = next);
  }
  for (std::string const& order : fresh) {
    store::KeepTerm term;
    term.keep = policy_keep(policy, order).value_or(Millis::max());
    if (terms.emplace(order, term).second) store::put_keep_term(tx, order, term);
  }
  return terms;
}

// Whose message it is, if it is still there and not exempt.
std::optional<UserId> affected(store::Snapshot const& s, store::KeptNote const& note) {
  auto mailbox = store::find_mailbox(s, note.mailbox);
  if (!mailbox) return std::nullopt;
  auto entry = store::MailboxReader(s, note.mailbox).find(note.uid);
  if (!entry || (entry->flags & store::flag::flagged) != 0) return std::nullopt;
  return mailbox->owner;
}

// One slice of the notes that would go when `term.next` takes force.
void count_affected(store::Transaction& tx, std::string const& order, store::KeepTerm term) {
  store::KeptNote after{order, term.noticed_until, term.noticed_mailbox, term.noticed_uid, {}};
  Time const until = term.announced + keep_notice - *term.next;
  auto const notes = store::list_kept(tx, order, until, notes_a_slice, &after);
  std::map<UserId, std::uint32_t> messages;
  for (store::KeptNote const& note : notes)
    if (auto user = affected(tx, note)) ++messages[*user];
  for (auto [user, count] : messages) store::add_owed_notice(tx, {user, order, term.announced, count});
  if (notes.size() < notes_a_slice) {
    term.noticed_until = Time::max();
  } else {
    term.noticed_until = notes.back().arrival;
    term.noticed_mailbox = notes.back().mailbox;
    term.noticed_uid = notes.back().uid;
  }
  store::put_keep_term(tx, order, term);
}

// --- the notice ---------------------------------------------------------------------------

// "30 November 2026", of the user's calendar.
std::string write_day(Context const& context, store::User const& user, Time at) {
  static constexpr std::string_view months[] = {"January", "February", "March",     "April",   "May",      "June",
                                                "July",    "August",   "September", "October", "November", "December"};
  auto offset = context.zones.offset(users_zone(context, user, at), at);
  std::chrono::year_month_day const day(std::chrono::floor<std::chrono::days>(at + offset.value_or(std::chrono::minutes(0))));
  return std::to_string(static_cast<unsigned>(day.day())) + ' ' +
         std::string(months[static_cast<unsigned>(day.month()) - 1]) + ' ' + std::to_string(static_cast<int>(day.year()));
}

std::string write_line(rules::Policy const& policy, store::OwedNotice const& notice, store::KeepTerm const& term) {
  std::string_view const name = type_of_order(notice.type);
  std::string_view const counted = name.size() < notice.type.size() ? "after their ticket was closed" : "after they arrived";
  return "  " + policy.type(policy.find_type(name)).label + ": " + std::to_string(notice.messages) +
         (notice.messages == 1 ? " message" : " messages") + ", now kept for " + write_span(*term.next) + ' ' +
         std::string(counted) + (term.keep == Millis::max() ? "" : " instead of " + write_span(term.keep)) + "\n";
}

std::string write_notice(Context const& context, store::User const& user, std::string const& lines, Time from) {
  std::string const day = write_day(context, user, from);
  mail::Draft draft = begin_mail(context.settings, address_here(context.settings, user), from - keep_notice);
  draft.subject = "Messages of yours will expire from " + day + " on";
  draft.text = "Some kinds of messages will be kept for a shorter time. From " + day +
               " on, these of yours are removed from their folders in your Message Center:\n\n" + lines +
               "\nTo keep a message, flag it (many mail programs call it a star), or copy or move it to a folder of your "
               "own. Flagged messages and your own folders are never cleaned up.\n\n"
               "You are told this once.\n";
  draft.fields = {{"X-MC-Type", "system.retention_notice"}};
  return mail::compose(draft);
}

// All that one user is owed becomes one mail. What was called off or replaced meanwhile is left out.
void tell(Context const& context, store::Transaction& tx, PolicyInForce const& policy, Terms const& terms,
          std::vector<store::OwedNotice> const& owed, Time now) {
  std::string lines;
  for (store::OwedNotice const& notice : owed) {
    auto term = terms.find(notice.type);
    if (term != terms.end() && term->second.next && term->second.announced == notice.announced)
      lines += write_line(*policy.policy, notice, term->second);
    store::del_owed_notice(tx, notice);
  }
  auto user = store::find_user(tx, owed.front().user);
  if (lines.empty() || !user) return;
  std::string const text = write_notice(context, *user, lines, now + keep_notice);
  send_generated(context, tx, policy, text, address_of(context.settings, user->login), now);
}

// false: nobody is owed anything.
bool tell_some(Context const& context, store::Transaction& tx, PolicyInForce const& policy, Terms const& terms, Time now) {
  for (std::size_t told = 0; told < users_a_slice; ++told) {
    auto const owed = store::first_owed_notices(tx);
    if (owed.empty()) return told > 0;
    tell(context, tx, policy, terms, owed, now);
  }
  return true;
}

}  // namespace

Result<bool> follow_policy(Context const& context, store::Transaction& tx, PolicyInForce const& policy, Time now) {
  Terms const terms = align_terms(tx, *policy.policy, now);
  for (auto const& [order, term] : terms) {
    if (!is_counting(term)) continue;
    count_affected(tx, order, term);
    return true;
  }
  if (tell_some(context, tx, policy, terms, now)) return true;
  for (auto [order, term] : terms) {
    if (!is_untold(term)) continue;
    term.next_from = now + keep_notice;
    store::put_keep_term(tx, order, term);
  }
  return false;
}

}  // namespace mc::center
