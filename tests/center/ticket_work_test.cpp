#include "center/ticket_work.h"

#include "core/text.h"
#include "tests/center/fixture.h"

using namespace mc;
using namespace mc::center;

BOOST_AUTO_TEST_SUITE(ticket_work)

BOOST_AUTO_TEST_CASE(texts_are_cut_by_characters_and_stay_one_line) {
  BOOST_TEST(cut_ticket_text("Größe", 3) == "Grö");
  BOOST_TEST(cut_ticket_text("Größe", 5) == "Größe");
  BOOST_TEST(cut_ticket_text("", 5).empty());
  std::string const cut = cut_ticket_text("a\r\nb\xff" + std::string(100'000, 'x'), 10);
  BOOST_TEST((cut.size() == 10u && cut.find('\n') == std::string::npos && is_utf8(cut)));
  std::string emoji;
  for (int i = 0; i < 300; ++i) emoji += "\xF0\x9F\x98\x80";
  BOOST_TEST(cut_ticket_text(emoji, 200).size() == 800u);
}

BOOST_AUTO_TEST_CASE(moments_are_written_for_people) { BOOST_TEST(write_moment(noon) == "2026-11-23 12:00 UTC"); }

BOOST_FIXTURE_TEST_CASE(tokens_say_whose_they_are_and_what_they_answer, CenterFixture) {
  auto op = [&](store::Transaction& tx) -> Result<int> {
    TicketWork work{context, tx, policy.get(), noon, "m"};
    store::Ticket ticket;
    ticket.id = store::TicketId(7);
    ticket.participants = {{jane, "jane@ext.test", "", true, noon}, {UserId(), "carol@else.test", "", true, noon}};
    auto read = [&](mail::Address const& address) {
      return read_ticket_token(*store::find_token(tx, std::string_view(address.mailbox).substr(2)));
    };
    mail::Address const desk = issue_desk_address(work, ticket.id, 3), note = issue_note_address(work, ticket.id, 4);
    mail::Address const hers = issue_reply_address(work, ticket, 1, 5), strangers = issue_reply_address(work, ticket, 2, 6);
    BOOST_TEST((desk.mailbox.starts_with("t-") && note.mailbox.starts_with("n-") && hers.mailbox.size() == 28u));
    BOOST_TEST((read(desk).is_desk() && read(desk).entry == 3u && !read(desk).note && read(desk).ticket == ticket.id));
    BOOST_TEST((read(note).is_desk() && read(note).note && read(note).entry == 4u));
    BOOST_TEST((read(hers).user == jane && !read(hers).is_desk() && read(hers).entry == 5u));
    BOOST_TEST((!read(strangers).user && read(strangers).place == 2u && !read(strangers).is_desk() && read(strangers).entry == 6u));
    return 0;
  };
  BOOST_TEST(store->write_and_wait(op).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
