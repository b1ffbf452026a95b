#include "center/desk.h"

#include <boost/test/unit_test.hpp>

#include "center/prepared.h"
#include "center/tickets.h"
#include "fixture.h"
#include "store/tickets.h"

namespace mc::center {

namespace {

struct Desk : CenterFixture {
  UserId ana = add("ana", "", store::Role::agent);
  UserId ben = add("ben", "", store::Role::agent);

  template <class F>
  auto write(F&& f) {
    return store->write_and_wait(std::forward<F>(f));
  }

  MailboxId mailbox(DeskPlace place, UserId agent = {}) {
    return write([&](store::Transaction& tx) -> Result<MailboxId> {
             return get_desk_mailbox(tx, place, agent, clock.now());
           })
        .value();
  }

  store::TicketId open_ticket(store::Ticket ticket = {}) {
    auto op = [&](store::Transaction& tx) -> Result<store::TicketId> {
      ticket.subject = "Help";
      ticket.opened = ticket.changed = clock.now();
      store::Participant asker;
      asker.user = jane;
      asker.accepted = true;
      ticket.participants = {asker};
      ticket.mailbox = get_place_for(tx, ticket, clock.now());
      return store::add_ticket(tx, ticket);
    };
    return write(op).value();
  }

  // One more message of it; its place among the others of the mailbox.
  Uid say(store::TicketId id, std::string text) {
    auto op = [&](store::Transaction& tx) -> Result<Uid> {
      auto ticket = store::find_ticket(tx, id);
      auto prepared = prepare("From: jane@ext.test\r\nSubject: Help\r\n\r\n" + text + "\r\n", Trust::other, "mc.example.test");
      BodyId body = store::put_body(tx, prepared.octets, prepared.facts, prepared.hash);
      store::NewMessage message;
      message.message = store::make_message(tx, body, {}, desk_owner, DecisionId{});
      message.size = static_cast<std::uint32_t>(prepared.summary.size);
      auto appended = store::append(tx, ticket->mailbox, message);
      if (!appended) return appended.error();
      store::TicketEntry entry;
      entry.author = jane;
      entry.at = clock.now();
      entry.mailbox = ticket->mailbox;
      entry.uid = appended->uid;
      store::add_entry(tx, id, entry);
      return appended->uid;
    };
    return write(op).value();
  }

  Result<store::Copied> move(UserId agent, MailboxId from, UidSet uids, MailboxId to) {
    return write([&](store::Transaction& tx) { return move_on_desk(context, tx, agent, from, uids, to, clock.now()); });
  }

  Result<void> flag(UserId agent, MailboxId place, UidSet uids, store::FlagChange how, store::Flags flags) {
    return write([&](store::Transaction& tx) -> Result<void> {
      store::store_flags(tx, place, uids, how, flags);
      return flags_on_desk(context, tx, agent, place, uids, how, flags, clock.now());
    });
  }

  store::Ticket ticket(store::TicketId id) {
    return store->read([&](store::Snapshot const& s) { return store::find_ticket(s, id).value(); });
  }

  std::uint32_t exists(MailboxId id) {
    return store->read([&](store::Snapshot const& s) { return store::state_of(s, id).exists; });
  }

  std::vector<std::string> visible(UserId user) {
    return store->read([&](store::Snapshot const& s) {
      std::vector<std::string> names;
      for (auto const& info : list_visible_mailboxes(s, user))
        if (info.name.starts_with("Support")) names.push_back(info.name);
      return names;
    });
  }

  void join(UserId agent) {
    auto op = [&](store::Transaction& tx) -> Result<void> { return join_desk(tx, agent, clock.now()), Result<void>(); };
    BOOST_REQUIRE(write(op).has_value());
  }

  bool leave(UserId agent, std::size_t most = 200) {
    auto op = [&](store::Transaction& tx) { return leave_desk(context, tx, agent, clock.now(), most); };
    auto more = write(op);
    BOOST_REQUIRE_MESSAGE(more.has_value(), (more ? std::string() : more.error().text));
    return *more;
  }

  void set_role(UserId id, store::Role role, bool enabled = true) {
    auto op = [&](store::Transaction& tx) {
      auto user = store::find_user(tx, id).value();
      user.role = role;
      user.enabled = enabled;
      return store::update_user(tx, user);
    };
    BOOST_REQUIRE(write(op).has_value());
  }
};

std::vector<std::string> const all_places{"Support/Unassigned", "Support/Mine", "Support/Waiting", "Support/Solved"};
UidSet const every{{1, 0xFFFFFFFF}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(desk, Desk)

BOOST_AUTO_TEST_CASE(agents_and_admins_see_the_desk_and_nobody_else) {
  for (UserId agent : {ana, ben, admin}) join(agent);
  BOOST_TEST(visible(ana) == all_places, boost::test_tools::per_element());
  BOOST_TEST(visible(admin) == all_places, boost::test_tools::per_element());
  BOOST_TEST(visible(jane).empty());
  store->read([&](store::Snapshot const& s) {
    BOOST_TEST(!find_visible_mailbox(s, jane, "Support/Unassigned"));
    BOOST_TEST(find_visible_mailbox(s, ana, "Support/Unassigned").has_value());
    BOOST_TEST(!find_visible_mailbox(s, ana, "Support"));
    BOOST_TEST(!find_visible_mailbox(s, ana, "Support/Mine/" + std::to_string(ana.value)));
    BOOST_TEST(find_visible_mailbox(s, ana, "inbox").has_value());
  });
}

BOOST_AUTO_TEST_CASE(who_is_disabled_or_changes_his_role_sees_it_no_more) {
  join(ana);
  set_role(ana, store::Role::agent, false);
  BOOST_TEST(visible(ana).empty());
  set_role(ana, store::Role::user);
  BOOST_TEST(visible(ana).empty());
  store->read([&](store::Snapshot const& s) { BOOST_TEST(!find_visible_mailbox(s, ana, "Support/Mine")); });
}

BOOST_AUTO_TEST_CASE(mine_is_each_agents_own_and_the_others_are_shared) {
  join(ana);
  join(ben);
  store->read([&](store::Snapshot const& s) {
    auto id = [&](UserId user, char const* name) { return find_visible_mailbox(s, user, name)->id; };
    BOOST_TEST((id(ana, "Support/Mine") != id(ben, "Support/Mine")));
    BOOST_TEST((id(ana, "Support/Solved") == id(ben, "Support/Solved")));
    auto info = find_visible_mailbox(s, ana, "Support/Mine");
    BOOST_TEST((place_of(*info) == DeskPlace::mine));
    BOOST_TEST((place_of(*store::find_mailbox(s, info->id)) == DeskPlace::mine));
    BOOST_TEST((info->owner == desk_owner));
    BOOST_TEST(!place_of(*store::find_mailbox(s, ana, "Tickets")));
    for (auto const& own : store::list_mailboxes(s, ana)) BOOST_TEST(!own.name.starts_with("Support"));
    for (auto const& shared : store::list_mailboxes(s, desk_owner)) BOOST_TEST((shared.kind == store::MailboxKind::desk));
  });
}

BOOST_AUTO_TEST_CASE(what_an_agent_unsubscribed_stays_so) {
  join(ana);
  auto op = [&](store::Transaction& tx) -> Result<bool> { return store::unsubscribe(tx, ana, "Support/Solved"); };
  BOOST_TEST(write(op).value());
  join(ana);
  auto names = store->read([&](store::Snapshot const& s) { return store::list_subscriptions(s, ana); });
  BOOST_TEST(std::count_if(names.begin(), names.end(), [](auto const& n) { return n.starts_with("Support/"); }) == 3);
}

BOOST_AUTO_TEST_CASE(a_ticket_lies_where_its_state_says) {
  store::Ticket t;
  BOOST_TEST((place_for(t) == DeskPlace::unassigned));
  t.assignee = ana;
  BOOST_TEST((place_for(t) == DeskPlace::mine));
  t.status = store::TicketStatus::waiting;
  BOOST_TEST((place_for(t) == DeskPlace::waiting));
  t.status = store::TicketStatus::solved;
  BOOST_TEST((place_for(t) == DeskPlace::solved));
}

BOOST_AUTO_TEST_CASE(the_ticket_of_one_who_is_no_agent_is_nobodys) {
  MailboxId const unassigned = mailbox(DeskPlace::unassigned);
  store::Ticket t;
  for (UserId former : {jane, UserId(4711)}) {
    t.assignee = former;
    auto op = [&](store::Transaction& tx) -> Result<MailboxId> { return get_place_for(tx, t, clock.now()); };
    BOOST_TEST((write(op).value() == unassigned));
  }
}

BOOST_AUTO_TEST_CASE(moving_one_message_to_mine_assigns_the_ticket) {
  auto id = open_ticket();
  Uid const first = say(id, "one"), second = say(id, "two");
  MailboxId const from = mailbox(DeskPlace::unassigned), to = mailbox(DeskPlace::mine, ana);
  auto moved = move(ana, from, UidSet{{second.value, second.value}}, to);
  BOOST_REQUIRE(moved.has_value());
  BOOST_TEST((moved->from == std::vector<UidRange>{{second.value, second.value}}));
  BOOST_REQUIRE(moved->to.size() == 1u);
  BOOST_TEST((ticket(id).assignee == ana));
  BOOST_TEST((ticket(id).mailbox == to));
  BOOST_TEST(exists(from) == 0u);
  BOOST_TEST(exists(to) == 3u);  // with the note
  store->read([&](store::Snapshot const& s) {
    auto at = store::find_ticket_place(s, to, Uid(moved->to[0].first));
    BOOST_REQUIRE(at.has_value());
    BOOST_TEST(at->entry == 2u);
    BOOST_TEST(!store::find_ticket_place(s, from, first));
  });
}

BOOST_AUTO_TEST_CASE(what_is_told_pairs_each_message_with_where_it_went) {
  auto first = open_ticket(), second = open_ticket();
  say(first, "a");   // 1
  say(second, "b");  // 2
  say(first, "c");   // 3
  MailboxId const from = mailbox(DeskPlace::unassigned), to = mailbox(DeskPlace::waiting);
  auto moved = move(ana, from, every, to);
  BOOST_REQUIRE(moved.has_value());
  auto flat = [](std::vector<UidRange> const& ranges) {
    std::vector<std::uint32_t> out;
    for (UidRange r : ranges)
      for (auto n = r.first; n <= r.last; ++n) out.push_back(n);
    return out;
  };
  auto const old = flat(moved->from), fresh = flat(moved->to);
  BOOST_TEST(old == (std::vector<std::uint32_t>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_REQUIRE(fresh.size() == 3u);
  std::vector<std::pair<store::TicketId, std::uint32_t>> const wanted{{first, 1}, {second, 1}, {first, 2}};
  store->read([&](store::Snapshot const& s) {
    for (std::size_t i = 0; i < 3; ++i) {
      auto at = store::find_ticket_place(s, to, Uid(fresh[i]));
      BOOST_REQUIRE(at.has_value());
      BOOST_TEST((std::pair(at->ticket, at->entry) == wanted[i]));
    }
  });
}

BOOST_AUTO_TEST_CASE(each_place_sets_its_state) {
  auto id = open_ticket();
  say(id, "one");
  struct Step {
    DeskPlace to;
    store::TicketStatus status;
    UserId assignee;
  };
  using enum store::TicketStatus;
  MailboxId at = mailbox(DeskPlace::unassigned);
  for (Step step : {Step{DeskPlace::mine, open, ana}, Step{DeskPlace::waiting, waiting, ana},
                    Step{DeskPlace::solved, solved, ana}, Step{DeskPlace::unassigned, open, UserId{}},
                    Step{DeskPlace::solved, solved, UserId{}}, Step{DeskPlace::mine, open, ana}}) {
    MailboxId const to = mailbox(step.to, ana);
    BOOST_TEST_CONTEXT(name_of(step.to)) {
      auto moved = move(ana, at, every, to);
      BOOST_REQUIRE(moved.has_value());
      BOOST_TEST((ticket(id).status == step.status));
      BOOST_TEST((ticket(id).assignee == step.assignee));
      BOOST_TEST(exists(at) == 0u);
    }
    at = to;
  }
}

BOOST_AUTO_TEST_CASE(a_ticket_moved_to_where_it_is_stays_as_it_is) {
  auto id = open_ticket();
  say(id, "one");
  MailboxId const at = mailbox(DeskPlace::unassigned);
  auto moved = move(ana, at, every, at);
  BOOST_REQUIRE(moved.has_value());
  BOOST_TEST(moved->from.empty());
  BOOST_TEST(exists(at) == 1u);
  BOOST_TEST(ticket(id).entries == 1u);
}

BOOST_AUTO_TEST_CASE(only_agents_move_and_flag) {
  auto id = open_ticket();
  say(id, "one");
  MailboxId const at = mailbox(DeskPlace::unassigned);
  auto moved = move(jane, at, every, mailbox(DeskPlace::solved));
  BOOST_REQUIRE(!moved);
  BOOST_TEST((moved.error().code == Errc::forbidden));
  auto flagged = flag(jane, at, every, store::FlagChange::add, store::flag::flagged);
  BOOST_REQUIRE(!flagged);
  BOOST_TEST((flagged.error().code == Errc::forbidden));
  BOOST_TEST((ticket(id).status == store::TicketStatus::open));
}

BOOST_AUTO_TEST_CASE(too_many_tickets_are_refused_before_any_moves) {
  for (int i = 0; i < 501; ++i) say(open_ticket(), "x");
  MailboxId const at = mailbox(DeskPlace::unassigned);
  auto moved = move(ana, at, every, mailbox(DeskPlace::solved));
  BOOST_REQUIRE(!moved);
  BOOST_TEST((moved.error().code == Errc::limit));
  BOOST_TEST(exists(at) == 501u);
}

BOOST_AUTO_TEST_CASE(flagged_is_urgent_on_all_messages_of_the_ticket) {
  auto id = open_ticket();
  say(id, "one");
  say(id, "two");
  MailboxId const at = mailbox(DeskPlace::unassigned);
  BOOST_REQUIRE(flag(ana, at, UidSet{{1, 1}}, store::FlagChange::add, store::flag::flagged).has_value());
  BOOST_TEST((ticket(id).priority == store::TicketPriority::urgent));
  auto flagged = [&] {
    return store->read([&](store::Snapshot const& s) {
      int count = 0;
      store::MailboxReader(s, at).for_each(every, [&](store::Entry const& e) { count += (e.flags & store::flag::flagged) != 0; });
      return count;
    });
  };
  BOOST_TEST(flagged() == static_cast<int>(exists(at)));
  BOOST_REQUIRE(flag(ben, at, UidSet{{2, 2}}, store::FlagChange::remove, store::flag::flagged).has_value());
  BOOST_TEST((ticket(id).priority == store::TicketPriority::normal));
  BOOST_TEST(flagged() == 0);
}

BOOST_AUTO_TEST_CASE(only_flagged_speaks_of_priority) {
  store::Ticket high;
  high.priority = store::TicketPriority::high;
  auto id = open_ticket(high);
  say(id, "one");
  MailboxId const at = mailbox(DeskPlace::unassigned);
  BOOST_REQUIRE(flag(ana, at, every, store::FlagChange::add, store::flag::seen).has_value());
  BOOST_REQUIRE(flag(ana, at, every, store::FlagChange::remove, store::flag::flagged).has_value());
  BOOST_REQUIRE(flag(ana, at, every, store::FlagChange::set, store::flag::answered).has_value());
  BOOST_TEST((ticket(id).priority == store::TicketPriority::high));
  BOOST_TEST(ticket(id).entries == 1u);
}

BOOST_AUTO_TEST_CASE(who_leaves_gives_his_tickets_back) {
  join(ana);
  store::Ticket his, waits, done;
  his.assignee = waits.assignee = done.assignee = ana;
  waits.status = store::TicketStatus::waiting;
  done.status = store::TicketStatus::solved;
  auto const open_one = open_ticket(his), other = open_ticket(his), waiting_one = open_ticket(waits), solved_one = open_ticket(done);
  for (auto id : {open_one, other, waiting_one, solved_one}) say(id, "x");
  MailboxId const mine = mailbox(DeskPlace::mine, ana);
  int slices = 1;
  while (leave(ana, 1)) ++slices;
  BOOST_TEST(slices == 4);  // two open, one waiting, and the last
  for (auto id : {open_one, other}) {
    BOOST_TEST(!ticket(id).assignee.value);
    BOOST_TEST((ticket(id).mailbox == mailbox(DeskPlace::unassigned)));
  }
  BOOST_TEST(!ticket(waiting_one).assignee.value);
  BOOST_TEST((ticket(waiting_one).mailbox == mailbox(DeskPlace::waiting)));
  BOOST_TEST((ticket(solved_one).assignee == ana));
  store->read([&](store::Snapshot const& s) {
    BOOST_TEST(!store::find_mailbox(s, mine));
    for (auto const& name : store::list_subscriptions(s, ana)) BOOST_TEST(!name.starts_with("Support/"));
  });
}

BOOST_AUTO_TEST_CASE(who_comes_back_gets_a_place_with_a_validity_of_its_own) {
  join(ana);
  auto validity = [&] {
    return store->read([&](store::Snapshot const& s) { return find_visible_mailbox(s, ana, "Support/Mine")->uid_validity; });
  };
  auto const before = validity();
  BOOST_TEST(!leave(ana));
  join(ana);
  BOOST_TEST((validity() != before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mc::center
