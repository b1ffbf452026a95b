#include "store/tickets.h"

#include <boost/test/unit_test.hpp>

#include "memory_store.h"
#include "sample.h"
#include "store/accounts.h"
#include "store/mailboxes.h"

using namespace mc;
using namespace mc::store;
using namespace mc::store::test;

BOOST_AUTO_TEST_SUITE(tickets)

namespace {

Time at(std::int64_t ms) { return Time(Millis(ms)); }
using Ids = std::vector<std::uint64_t>;

struct Fixture {
  MemoryStore tx;

  TicketId open(std::uint64_t requester, std::int64_t ms, TicketStatus status = TicketStatus::open) {
    Ticket t;
    t.subject = "Where is my money?";
    t.status = status;
    t.participants = {{UserId(requester), requester ? "" : "stranger@ext.test", "Name", true, at(ms)}};
    t.opened = t.changed = at(ms);
    return add_ticket(tx, t);
  }
  template <class F>
  void change(TicketId id, F&& f) {
    Ticket t = *find_ticket(tx, id);
    f(t);
    update_ticket(tx, t);
  }
  Ids list(TicketFilter const& filter, TicketId before = {}, std::size_t most = 100) {
    Ids out;
    for (Ticket const& t : list_tickets(tx, filter, before, most)) out.push_back(t.id.value);
    return out;
  }
  Ids overdue(std::int64_t now) {
    Ids out;
    for (TicketId id : list_overdue(tx, at(now), 100)) out.push_back(id.value);
    return out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_field_of_a_ticket_comes_back, Fixture) {
  Ticket t;
  t.subject = "Größe";
  t.status = TicketStatus::merged;
  t.priority = TicketPriority::high;
  t.assignee = UserId(5);
  t.participants = {{UserId(2), "jane@ext.test", "Jane", true, at(1)}, {UserId(), "carol@ext.test", "", false, at(2)}};
  t.opened = at(1), t.changed = at(3), t.answer_due = at(4), t.first_answer = at(5), t.solved = at(6);
  t.overdue = true;
  t.merged_into = TicketId(9);
  t.mailbox = MailboxId(7);
  TicketId const id = add_ticket(tx, t);
  BOOST_TEST(id.value == 1u);
  Ticket const got = *find_ticket(tx, id);
  BOOST_TEST((got.subject == t.subject && got.status == t.status && got.priority == t.priority));
  BOOST_TEST((got.assignee == t.assignee && got.opened == t.opened && got.changed == t.changed));
  BOOST_TEST((got.answer_due == t.answer_due && got.first_answer == t.first_answer && got.solved == t.solved));
  BOOST_TEST((got.overdue && got.merged_into == t.merged_into && got.mailbox == t.mailbox && got.entries == 0u));
  BOOST_REQUIRE(got.participants.size() == 2u);
  Participant const& carol = got.participants[1];
  BOOST_TEST((got.participants[0].user == UserId(2) && got.participants[0].accepted && got.participants[0].name == "Jane"));
  BOOST_TEST((!carol.user && carol.address == "carol@ext.test" && !carol.accepted && carol.joined == at(2)));
}

BOOST_FIXTURE_TEST_CASE(every_field_of_an_entry_comes_back, Fixture) {
  TicketId const id = open(2, 1);
  TicketEntry e;
  e.kind = TicketEntry::Kind::note;
  e.at = at(5);
  e.author = UserId(3);
  e.author_address = "x@ext.test";
  e.by_agent = e.automatic = true;
  e.message_id = "<a@x>", e.shown_id = "<b@x>", e.mail_id = "m", e.text = "held";
  e.raw = MessageId(4), e.mailbox = MailboxId(8), e.uid = Uid(6);
  e.certainty = 2;
  BOOST_TEST(add_entry(tx, id, e).entries == 1u);
  TicketEntry const got = *find_entry(tx, id, 1);
  BOOST_TEST((got.number == 1u && got.kind == e.kind && got.at == e.at && got.author == e.author));
  BOOST_TEST((got.author_address == e.author_address && got.by_agent && got.automatic && got.message_id == e.message_id));
  BOOST_TEST((got.shown_id == e.shown_id && got.mail_id == e.mail_id && got.text == e.text && got.raw == e.raw));
  BOOST_TEST((got.mailbox == e.mailbox && got.uid == e.uid && got.certainty == 2));
}

BOOST_FIXTURE_TEST_CASE(numbers_rise_by_one_without_gaps, Fixture) {
  BOOST_TEST(open(2, 1).value == 1u);
  BOOST_TEST(open(2, 2).value == 2u);
  TicketEntry e;
  for (std::uint32_t n = 1; n <= 300; ++n) BOOST_TEST(add_entry(tx, TicketId(1), e).entries == n);
  BOOST_TEST(e.number == 300u);
  auto some = list_entries(tx, TicketId(1), 254, 3);
  BOOST_REQUIRE(some.size() == 3u);
  BOOST_TEST(some[0].number == 255u);
  BOOST_TEST(some[2].number == 257u);
  BOOST_TEST(list_entries(tx, TicketId(2)).empty());
}

BOOST_FIXTURE_TEST_CASE(lists_are_last_changed_first_and_go_on_where_they_ended, Fixture) {
  for (std::int64_t ms : {10, 30, 20, 30}) open(2, ms);
  BOOST_TEST(list({}) == (Ids{4, 2, 3, 1}), boost::test_tools::per_element());
  BOOST_TEST(list({}, {}, 2) == (Ids{4, 2}), boost::test_tools::per_element());
  BOOST_TEST(list({}, TicketId(2), 2) == (Ids{3, 1}), boost::test_tools::per_element());
  change(TicketId(1), [](Ticket& t) { t.changed = at(99); });
  BOOST_TEST(list({}) == (Ids{1, 4, 2, 3}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(filters_by_status_assignee_and_requester, Fixture) {
  open(2, 10), open(3, 20), open(0, 30), open(2, 40, TicketStatus::solved);
  change(TicketId(2), [](Ticket& t) { t.assignee = UserId(7); });
  change(TicketId(1), [](Ticket& t) { t.participants.push_back({UserId(3), "", "", true, at(1)}); });
  auto status = [&](TicketStatus s) { return list({s, {}, {}}); };
  BOOST_TEST(status(TicketStatus::open) == (Ids{3, 2, 1}), boost::test_tools::per_element());
  BOOST_TEST(status(TicketStatus::solved) == (Ids{4}), boost::test_tools::per_element());
  BOOST_TEST(list({{}, UserId(7), {}}) == (Ids{2}), boost::test_tools::per_element());
  BOOST_TEST(list({TicketStatus::open, UserId(), {}}) == (Ids{3, 1}), boost::test_tools::per_element());
  BOOST_TEST(list({{}, {}, UserId(2)}) == (Ids{4, 1}), boost::test_tools::per_element());
  BOOST_TEST(list({{}, {}, UserId(3)}) == (Ids{2}), boost::test_tools::per_element());
  change(TicketId(2), [](Ticket& t) { t.status = TicketStatus::waiting, t.assignee = UserId(); });
  BOOST_TEST(status(TicketStatus::open) == (Ids{3, 1}), boost::test_tools::per_element());
  BOOST_TEST(list({{}, UserId(7), {}}).empty());
}

BOOST_FIXTURE_TEST_CASE(a_promise_runs_out_once_and_only_for_open_tickets_without_an_answer, Fixture) {
  for (std::uint64_t i = 1; i <= 4; ++i) {
    open(2, 1);
    change(TicketId(i), [&](Ticket& t) { t.answer_due = at(100 * static_cast<std::int64_t>(i)); });
  }
  BOOST_TEST(overdue(99).empty());
  BOOST_TEST(overdue(250) == (Ids{1, 2}), boost::test_tools::per_element());
  change(TicketId(1), [](Ticket& t) { t.overdue = true; });
  change(TicketId(2), [](Ticket& t) { t.first_answer = at(50); });
  change(TicketId(3), [](Ticket& t) { t.status = TicketStatus::waiting; });
  BOOST_TEST(overdue(1000) == (Ids{4}), boost::test_tools::per_element());
  change(TicketId(3), [](Ticket& t) { t.status = TicketStatus::open; });
  BOOST_TEST(overdue(1000) == (Ids{3, 4}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_copy_is_found_by_its_place_also_after_it_moved, Fixture) {
  TicketId const id = open(2, 1);
  TicketEntry e;
  e.mailbox = MailboxId(8), e.uid = Uid(6);
  add_entry(tx, id, e);
  auto place = find_ticket_place(tx, MailboxId(8), Uid(6));
  BOOST_TEST((place && place->ticket == id && place->entry == 1u));
  e.mailbox = MailboxId(9), e.uid = Uid(1);
  update_entry(tx, id, e);
  BOOST_TEST(!find_ticket_place(tx, MailboxId(8), Uid(6)));
  BOOST_TEST(find_ticket_place(tx, MailboxId(9), Uid(1)).has_value());
  e.mailbox = {}, e.uid = {};
  update_entry(tx, id, e);
  BOOST_TEST(!find_ticket_place(tx, MailboxId(9), Uid(1)));
}

BOOST_FIXTURE_TEST_CASE(merged_tickets_lead_to_the_one_that_counts, Fixture) {
  for (int i = 0; i < 4; ++i) open(2, 1);
  auto merge = [&](std::uint64_t from, std::uint64_t into) {
    change(TicketId(from), [&](Ticket& t) { t.status = TicketStatus::merged, t.merged_into = TicketId(into); });
  };
  merge(1, 2), merge(2, 4), merge(3, 4);
  BOOST_TEST(find_open_end(tx, TicketId(1))->id.value == 4u);
  BOOST_TEST(find_open_end(tx, TicketId(4))->id.value == 4u);
  BOOST_TEST(!find_open_end(tx, TicketId(5)));
  Ids merged;
  for (TicketId id : list_merged(tx, TicketId(4), 10)) merged.push_back(id.value);
  BOOST_TEST(merged == (Ids{2, 3, 1}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_a_mail_did_is_known_by_ticket, Fixture) {
  put_ticket_mail(tx, TicketId(1), "mail abc", 7);
  BOOST_TEST(find_ticket_mail(tx, TicketId(1), "mail abc").value() == 7u);
  BOOST_TEST(!find_ticket_mail(tx, TicketId(2), "mail abc"));
  BOOST_TEST(!find_ticket_mail(tx, TicketId(1), "mail abd"));
}

BOOST_FIXTURE_TEST_CASE(drafts_share_one_note, Fixture) {
  put_ticket_writing(tx, TicketId(1), {MailboxId(5), MailboxId(8), Uid(3), 2});
  put_ticket_draft(tx, MailboxId(5), Uid(10), TicketId(1));
  put_ticket_draft(tx, MailboxId(5), Uid(11), TicketId(1));
  auto const writing = find_ticket_writing(tx, TicketId(1), MailboxId(5));
  BOOST_TEST((writing && writing->mailbox == MailboxId(8) && writing->uid == Uid(3) && writing->drafts_count == 2u));
  BOOST_TEST(list_ticket_writings(tx, TicketId(1)).size() == 1u);
  BOOST_TEST(take_ticket_drafts(tx, MailboxId(5), UidSet{{11, 20}}).size() == 1u);
  BOOST_TEST(take_ticket_drafts(tx, MailboxId(5), UidSet{{1, 20}}).size() == 1u);
  BOOST_TEST(take_ticket_drafts(tx, MailboxId(5), UidSet{{1, 20}}).empty());
  put_ticket_writing(tx, TicketId(1), {MailboxId(5), {}, {}, 0});
  BOOST_TEST(list_ticket_writings(tx, TicketId(1)).empty());
}

BOOST_FIXTURE_TEST_CASE(participants_copies_are_listed, Fixture) {
  put_ticket_copy(tx, TicketId(1), {MailboxId(5), Uid(2), DecisionId(9)});
  put_ticket_copy(tx, TicketId(1), {MailboxId(4), Uid(7), {}});
  put_ticket_copy(tx, TicketId(2), {MailboxId(4), Uid(8), {}});
  auto const copies = list_ticket_copies(tx, TicketId(1));
  BOOST_REQUIRE(copies.size() == 2u);
  BOOST_TEST((copies[0].mailbox == MailboxId(4) && copies[0].uid == Uid(7) && !copies[0].decision));
  BOOST_TEST((copies[1].decision == DecisionId(9)));
}

BOOST_FIXTURE_TEST_CASE(the_tickets_of_a_deleted_account_stay_without_it, Fixture) {
  User user;
  user.login = "jane";
  user.email = "jane@ext.test";
  UserId const jane = *add_user(tx, user);
  for (int i = 0; i < 9; ++i) open(jane.value, i);
  open(jane.value + 1, 9);
  change(TicketId(10), [&](Ticket& t) {
    t.assignee = jane;
    t.participants.push_back({jane, "jane@ext.test", "Jane", true, at(1)});
  });
  BOOST_TEST(delete_user(tx, "jane").has_value());
  int slices = 0;
  while (reclaim_deleted(tx, 2)) BOOST_REQUIRE(++slices < 100);
  BOOST_TEST(slices > 2);
  BOOST_TEST(list({{}, {}, jane}).empty());
  Ticket const first = *find_ticket(tx, TicketId(1));
  BOOST_TEST((!first.participants[0].user && first.participants[0].name == "Name" && !first.participants[0].accepted));
  Ticket const last = *find_ticket(tx, TicketId(10));
  BOOST_TEST((!last.assignee && last.participants[1].address.empty() && last.participants[0].user));
  BOOST_TEST(list({}).size() == 10u);
}

BOOST_AUTO_TEST_CASE(words_of_status_and_priority_are_read_back) {
  for (std::string_view word : {"open", "waiting", "solved"}) BOOST_TEST(to_string(*parse_ticket_status(word)) == word);
  for (std::string_view word : {"low", "normal", "high", "urgent"})
    BOOST_TEST(to_string(*parse_ticket_priority(word)) == word);
  for (std::string_view word : {"merged", "", "Open", "closed"}) BOOST_TEST(!parse_ticket_status(word));
  BOOST_TEST(!parse_ticket_priority("huge"));
}

BOOST_AUTO_TEST_SUITE_END()
