#include "center/ticket_commands.h"

#include <boost/test/unit_test.hpp>

#include "center/rewrite.h"
#include "center/ticket_text.h"

using namespace mc;
using namespace mc::center;

BOOST_AUTO_TEST_SUITE(ticket_commands)

BOOST_AUTO_TEST_CASE(commands_stand_before_any_other_text) {
  auto none = parse_ticket_commands("Hello\n#solved\n");
  BOOST_TEST((none && !none->any && !none->status && none->rest == "Hello\n#solved\n"));
  auto all = parse_ticket_commands(
      "\r\n  #SOLVED \r\n\r\n#Assign Bob\r\n#priority HIGH\r\n#accept <a@b.test>\r\n#accept c@d.test\r\n#merge t-12\r\n#send\r\n#note\r\n\r\n \r\nText\r\n# not one\r\n");
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST((all->any && all->note && all->send && all->status == store::TicketStatus::solved));
  BOOST_TEST((all->assign == "bob" && all->priority == store::TicketPriority::high && all->merge == store::TicketId(12)));
  BOOST_TEST(all->accept == (std::vector<std::string>{"a@b.test", "c@d.test"}), boost::test_tools::per_element());
  BOOST_TEST(all->rest == "Text\r\n# not one\r\n");
  auto odd = parse_ticket_commands("\xEF\xBB\xBF\xC2\xA0#waiting\xC2\xA0\nx");
  BOOST_TEST((odd && odd->status == store::TicketStatus::waiting && odd->rest == "x"));
}

BOOST_AUTO_TEST_CASE(what_is_no_command_is_refused_with_the_list) {
  for (std::string_view text : {"#sloved", "#", "# solved", "#solved!", "#assign", "#assign a b", "#priority", "#priority urgently", "#accept bob",
                                "#merge 0", "#merge", "#note x", "#solved\n#waiting", "#assign a\n#assign b", "#1 is broken"}) {
    auto refused = parse_ticket_commands(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!refused.has_value());
      BOOST_TEST(refused.error().text.starts_with("5.5.4 "));
      for (std::string_view name : {"#note", "#solved", "#waiting", "#open", "#assign LOGIN|me|nobody", "#priority low|normal|high|urgent",
                                    "#accept ADDRESS", "#merge T-n", "#send"})
        BOOST_TEST(refused.error().text.find(name) != std::string::npos, name);
      BOOST_TEST(refused.error().text.find('\n') == std::string::npos);
    }
  }
  BOOST_TEST(parse_ticket_commands("#solved\n#solved\n").has_value());
}

BOOST_AUTO_TEST_CASE(quotations_and_signatures_say_nothing) {
  for (std::string_view text : {"", "\r\n \r\n", "> quoted\n> more\n", "Jane wrote:\n> quoted\n", "\nOn Mon, 23 Nov 2026 at 12:00, Jane\n<t-x@y.test> wrote:\n\n> Please\n>\n> help\n",
                                "-- \nAna\nSupport\n", "> q\n-- \r\nAna", "-----Original Message-----\nFrom: x\n", "\xC2\xA0\n"})
    BOOST_TEST(!says_anything(text), text);
  for (std::string_view text : {"Yes\n", "> quoted\nYes\n", "Dear Jane,\nhere it is:\n> quoted\n", "Jane wrote:\nYes\n", "On Monday it worked:\nyes\n",
                                "Jane wrote:\n> quoted\n\nI agree.\n"})
    BOOST_TEST(says_anything(text), text);
}

BOOST_AUTO_TEST_CASE(subjects_lose_their_tags) {
  struct Row {
    std::string_view subject, bare;
  };
  for (Row const& row : {Row{"Re: [T-1] Money", "Money"}, Row{"AW: [T-1] Money", "Money"}, Row{"Fwd: Re: [T-12] Money", "Money"},
                         Row{"SV: Money [T-3]", "Money"}, Row{"[T-1] Re: [t-1] RE[2]: Money", "Money"}, Row{"Money", "Money"},
                         Row{"[T-x] Money", "[T-x] Money"}, Row{"Regarding money", "Regarding money"}, Row{"", ""}, Row{"Re:", ""}})
    BOOST_TEST(bare_subject(row.subject) == row.bare, row.subject);
}

namespace {

Prepared mail_of(std::string const& header, std::string const& body) {
  return prepare("From: a@b.test\r\n" + header + "\r\n" + body, Trust::other, "mc.example.test");
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_text_is_found_in_any_shape) {
  BOOST_TEST(first_text(mail_of("", "#note\r\n")) == "#note\r\n");
  BOOST_TEST(first_text(mail_of("Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n", "IwBuAG8AdABlAA0ACgA=\r\n")) ==
             "#note\r\n");
  BOOST_TEST(first_text(mail_of("X-MC-Type: hidden\r\nContent-Type: text/html\r\n",
                                "<html><head><style>p {}</style></head><body><div>#note</div>\r\n<div>#assign&nbsp;me<br>Hello<br/>there &amp; "
                                "here</div><blockquote>old</blockquote></body></html>\r\n"))
                 .find("#note\n") != std::string::npos);
  std::string const forwarded = "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n#note\r\n--b\r\n\r\nmine\r\n--b--\r\n";
  BOOST_TEST(first_text(mail_of("Content-Type: multipart/mixed; boundary=b\r\n", forwarded)) == "mine");
  BOOST_TEST(first_text(mail_of("Content-Type: application/pdf\r\n", "#note\r\n")).empty());
}

BOOST_AUTO_TEST_CASE(html_alone_is_read_by_lines) {
  std::string const text = first_text(mail_of("Content-Type: text/html\r\n", "<div>#solved</div><div><br></div><div>On 1 May Jane wrote:<br></div><blockquote>old\r\n text</blockquote>"));
  auto commands = parse_ticket_commands(text);
  BOOST_REQUIRE(commands.has_value());
  BOOST_TEST((commands->status == store::TicketStatus::solved));
  BOOST_TEST(!says_anything(commands->rest), commands->rest);
}

BOOST_AUTO_TEST_CASE(the_text_is_replaced_in_all_its_forms_and_the_rest_stays) {
  std::string const body =
      "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\r\n#solved\r\nHello\r\n"
      "--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n#solved\r\n"
      "--r\r\nContent-Type: image/png\r\nContent-ID: <i>\r\n\r\nPNG\r\n--r--\r\n--a--\r\n"
      "--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\n#inside\r\n--m\r\nContent-Type: text/plain; name=log.txt\r\n\r\n#log\r\n--m--\r\n";
  Prepared const mail = mail_of("X-MC-Forged: 1\r\nContent-Type: multipart/mixed; boundary=m\r\n", body);
  BOOST_TEST(has_attachments(mail));
  std::string const content = with_text(mail, "Hello\n");
  BOOST_TEST(content.find("#solved") == std::string::npos);
  Prepared const anew = prepare(content, Trust::other, "mc.example.test");
  std::vector<std::string> types;
  for (mail::Part const& part : anew.summary.parts) types.push_back(part.type + '/' + part.subtype);
  BOOST_TEST(types == (std::vector<std::string>{"multipart/mixed", "text/plain", "image/png", "message/rfc822", "text/plain", "text/plain"}),
             boost::test_tools::per_element());
  BOOST_TEST(first_text(anew) == "Hello\r\n");
  BOOST_TEST(!has_attachments(mail_of("", "x")));
}

BOOST_AUTO_TEST_SUITE_END()
