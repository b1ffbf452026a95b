// Whatever people and agents do in whatever order: nothing internal gets out, and the copies lie where they belong.
#include <cstdlib>
#include <map>
#include <random>

#include "mail/decode.h"
#include "mail/headers.h"
#include "store/retention.h"
#include "tests/center/ticket_fixture.h"

using namespace mc;
using namespace mc::center;
using Kind = store::TicketEntry::Kind;

BOOST_AUTO_TEST_SUITE(tickets_model)

namespace {

struct Model : TicketFixture {
  std::mt19937 random;
  int count = 0;

  std::size_t any(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); }
  UserId agent() { return any(2) ? ana : bert; }
  std::uint64_t some_ticket() { return 1 + any(tickets()); }

  Mail mail(std::string body) {
    Mail m = janes("<m" + std::to_string(++count) + "@ext.test>");
    m.body = std::move(body);
    return m;
  }

  // --- what may happen; refusals are as good as anything

  void jane_writes() {
    Mail m = mail("PUBLIC\r\n");
    if (any(3) == 0) m.subject = "Re: [T-" + std::to_string(some_ticket()) + "] x";
    if (any(4) == 0) m.more = "Auto-Submitted: auto-replied\r\n";
    if (any(4) == 0) m.more += "Cc: carol@else.test\r\n";
    auto const mine = janes_tickets();
    std::string to = "support@example.test";
    if (!mine.empty() && any(3)) to = reply_or(mine[any(mine.size())], to);
    if (!mine.empty() && any(4) == 0) m.in_reply_to = field(mine[any(mine.size())], "Message-ID");
    (void)outside(m, {to}).has_value();
  }
  void stranger_writes() {
    Mail m = mail("SECRET of a stranger\r\n");
    m.from = any(2) ? "mallory@evil.test" : "ana@example.test";
    auto const mine = janes_tickets();
    if (mine.empty()) return;
    std::string const& known = mine[any(mine.size())];
    m.in_reply_to = field(known, "Message-ID");
    (void)outside(m, {any(2) ? reply_or(known, "support@example.test") : "support@example.test"}).has_value();
  }
  void agent_writes() {
    auto const all = entries(some_ticket());
    if (all.empty()) return;
    auto const& entry = all[any(all.size())];
    if (!entry.mailbox) return;
    static char const* const bodies[] = {"PUBLIC\r\n", "#note\r\nSECRET\r\n", "#solved\r\n", "#send\r\n#solved\r\nPUBLIC\r\n",
                                         "#waiting\r\n#assign bert\r\nPUBLIC\r\n", "#open\r\n", "#assign nobody\r\n", "#sloved\r\nSECRET\r\n",
                                         "#priority urgent\r\n", "#accept carol@else.test\r\n"};
    std::string const copy = message(entry.mailbox, entry.uid);
    std::string const to = reply_to(copy);
    Mail m = mail(to.starts_with("n-") ? "SECRET\r\n" : bodies[any(std::size(bodies))]);
    if (any(2)) m.in_reply_to = field(copy, "Message-ID");
    // Answering what is internal is internal, whatever the address.
    bool const internal = entry.kind != Kind::message;
    if (internal && !m.body.starts_with('#')) m.body = "SECRET\r\n";
    if (internal && has_word(m.body, "PUBLIC")) m.body.replace(m.body.find("PUBLIC"), 6, "SECRET");
    (void)submit(agent(), m, {to}).has_value();
  }
  void agent_changes() {
    TicketChange change;
    if (any(2)) change.status = static_cast<store::TicketStatus>(any(3));
    if (any(2)) change.assignee = any(3) ? agent() : UserId();
    if (any(3) == 0) change.priority = static_cast<store::TicketPriority>(any(4));
    store::TicketId const id(some_ticket());
    (void)store->write_and_wait([&](store::Transaction& tx) { return change_ticket(context, tx, id, change, agent(), clock.now()); }).has_value();
  }
  void agent_merges() {
    store::TicketId const from(some_ticket()), into(some_ticket());
    (void)store->write_and_wait([&](store::Transaction& tx) { return merge_tickets(context, tx, from, into, agent(), clock.now()); }).has_value();
  }
  void agent_drafts() {
    UserId const who = agent();
    mail::Summary draft;
    draft.in_reply_to = {"<m" + std::to_string(1 + any(static_cast<std::size_t>(count) + 1)) + "@ext.test>"};
    Uid const uid(static_cast<std::uint32_t>(1 + any(5)));
    bool const gone = any(2) == 0;
    auto op = [&](store::Transaction& tx) -> Result<int> {
      MailboxId const drafts = store::find_mailbox(tx, who, "Drafts")->id;
      if (gone)
        note_draft_gone(context, tx, drafts, UidSet{{uid.value, uid.value}});
      else
        note_draft(context, tx, who, drafts, uid, draft, clock.now());
      return 0;
    };
    BOOST_REQUIRE(store->write_and_wait(op).has_value());
  }
  void time_passes() {
    clock.advance(std::chrono::minutes(any(600)));
    auto op = [&](store::Transaction& tx) -> Result<bool> { return mark_overdue(context, tx, clock.now(), 10); };
    BOOST_REQUIRE(store->write_and_wait(op).has_value());
  }

  static std::string reply_or(std::string const& message, std::string otherwise) {
    auto addresses = mail::decode_addresses(field(message, "Reply-To"));
    return addresses.empty() ? otherwise : addresses[0].spec();
  }
  static bool has_word(std::string const& text, std::string_view word) { return text.find(word) != std::string::npos; }

  // --- what always holds

  void check_copies() {
    auto op = [&](store::Transaction& tx) -> Result<int> {
      std::map<MailboxId, std::size_t> copies;
      std::size_t closed = 0, noted = 0;
      for (store::Ticket const& t : store::list_tickets(tx, {}, {}, 1000)) {
        store::Ticket const counts = *store::find_open_end(tx, t.id);
        MailboxId const place = get_place_for(tx, counts, clock.now());
        BOOST_TEST((counts.mailbox == place));
        BOOST_TEST((counts.solved != Time{}) == (counts.status == store::TicketStatus::solved));
        auto const all = store::list_entries(tx, t.id);
        BOOST_TEST(all.size() == t.entries);
        for (store::TicketEntry const& e : all) {
          BOOST_TEST((e.mailbox == place));
          auto const found = store::find_ticket_place(tx, e.mailbox, e.uid);
          BOOST_TEST((found && found->ticket == t.id && found->entry == e.number));
          auto const copy = store::MailboxReader(tx, e.mailbox).find(e.uid);
          BOOST_REQUIRE(copy.has_value());
          BOOST_TEST(((copy->flags & store::flag::flagged) != 0) == (counts.priority == store::TicketPriority::urgent));
          auto const overdue = store::find_keyword(*store::find_mailbox(tx, place), "$Overdue");
          BOOST_TEST((overdue && (copy->flags >> *overdue & 1)) == (counts.overdue && counts.first_answer == Time{}));
          ++copies[place];
        }
        copies[place] += store::list_ticket_writings(tx, t.id).size();
        if (counts.solved != Time{}) closed += all.size() + store::list_ticket_copies(tx, t.id).size();
      }
      for (std::string const& order : store::kept_types(tx)) noted += store::list_kept(tx, order, Time::max(), 10'000).size();
      BOOST_TEST(noted == closed);
      for (store::MailboxInfo const& mailbox : store::list_mailboxes(tx, desk_owner))
        BOOST_TEST(store::state_of(tx, mailbox.id).exists == copies[mailbox.id]);
      return 0;
    };
    BOOST_REQUIRE(store->write_and_wait(op).has_value());
  }
  void check_secrets() {
    std::vector<std::string> seen = janes_tickets();
    for (store::OutboxEntry const& entry : queue()) seen.push_back(external(entry));
    for (std::string const& message : seen)
      for (std::string_view word : {"SECRET", "ana@", "bert@", "#note", "#solved", "#assign", "#send", "X-MC-Internal", "mallory"})
        BOOST_TEST(!has_word(message, word), word << " in\n" << message);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_internal_gets_out_and_copies_lie_where_they_belong) {
  using Step = void (Model::*)();
  static constexpr Step steps[] = {&Model::jane_writes,   &Model::jane_writes,  &Model::stranger_writes, &Model::agent_writes, &Model::agent_writes,
                                   &Model::agent_writes,  &Model::agent_changes, &Model::agent_merges,    &Model::agent_drafts, &Model::time_passes};
  unsigned const seeds = std::getenv("TICKET_SEEDS") ? static_cast<unsigned>(std::atoi(std::getenv("TICKET_SEEDS"))) : 6;
  for (unsigned seed = 1; seed <= seeds; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      Model model;
      model.context.settings.storm_limit = 0;
      model.random.seed(seed);
      model.open_by_jane();
      for (int i = 0; i < 80; ++i) {
        BOOST_TEST_CONTEXT("step " << i) {
          (model.*steps[model.any(std::size(steps))])();
          model.check_copies();
        }
      }
      model.check_secrets();
    }
}

BOOST_AUTO_TEST_SUITE_END()
