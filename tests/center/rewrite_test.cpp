#include "center/rewrite.h"

#include "fixture.h"
#include "store/keys.h"

using namespace mc;
using namespace mc::center;

namespace {

Prepared prepared(std::string octets) { return prepare(std::move(octets), Trust::other, "mc.example.test"); }

std::string const jane_writes =
    "Received: from janes-laptop.ext.test ([192.0.2.7]) by smtp.ext.test; Mon, 23 Nov 2026 12:00:00 +0100\r\n"
    "From: Jane <jane@ext.test>\r\n"
    "To: c-token@example.test\r\n"
    "Cc: someone@ext.test\r\n"
    "Date: Mon, 23 Nov 2026 13:00:00 +0100\r\n"
    "Message-ID: <1234@janes-laptop.ext.test>\r\n"
    "User-Agent: JaneMail 7\r\n"
    "X-Originating-IP: [192.0.2.7]\r\n"
    "Importance: High\r\n"
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    "Mime-Version: 1.0\r\n"
    "Content-Type: multipart/mixed;\r\n boundary=\"b1\"\r\n"
    "\r\n"
    "--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nH\xC3\xA4llo\r\n"
    "--b1\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n"
    "--b1--\r\n";

NewHeader relayed() {
  NewHeader header;
  header.from = {"Jane Doe", "c-other", "example.test"};
  header.to = {{"Bob", "bob", "example.test"}};
  header.subject = "Grüße";
  header.message_id = "<new@mc.example.test>";
  header.references = {"<a@mc.example.test>"};
  header.in_reply_to = "<a@mc.example.test>";
  return header;
}

std::string content_of(std::string const& octets) { return octets.substr(octets.find("\r\n\r\n") + 4); }

// As the store shows it.
std::string stored(CenterFixture& f, Prepared const& p) {
  std::string out;
  BOOST_REQUIRE(f.store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    out.clear();
    MessageId const id = store::make_message(tx, put_body(tx, p), "X-Prefix: 1\r\n", {}, {});
    store::read_message(tx, id, {0, ~std::uint64_t{0} >> 1}, out);
    return {};
  }));
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rewriting, CenterFixture)

BOOST_AUTO_TEST_CASE(nothing_of_the_authors_header_is_left_but_what_describes_the_content) {
  Prepared const source = prepared(jane_writes);
  std::string const shown = stored(*this, rewrite(source, relayed()));
  for (std::string_view leak : {"ext.test", "192.0.2.7", "JaneMail", "1234", "+0100", "c-token"})
    BOOST_TEST(shown.find(leak) == std::string::npos, leak << " in " << shown);
  for (std::string_view kept : {"boundary=\"b1\"", "Mime-Version: 1.0\r\n", "Importance: high\r\n", "From: Jane Doe <c-other@example.test>\r\n",
                                "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n", "References: <a@mc.example.test>\r\n"})
    BOOST_TEST(shown.find(kept) != std::string::npos, kept << " not in " << shown);
  BOOST_TEST(content_of(shown) == content_of(jane_writes));
}

BOOST_AUTO_TEST_CASE(the_summary_is_that_of_the_whole_written_out) {
  for (std::string const& octets : {jane_writes, std::string("From: a@b\r\n\r\n"), std::string("From: a@b\r\nSubject: no end"),
                                    std::string("\r\nonly text\r\n"), std::string("X-MC-Type: forged\r\nFrom: a@b\r\n\r\nhi\r\n")}) {
    BOOST_TEST_CONTEXT(octets) {
      Prepared const source = prepared(octets);
      for (Prepared const& derived :
           {rewrite(source, relayed()), put_lines_before(source, "Reply-To: t-x@example.test\r\n", {"Reply-To", "Subject"})}) {
        std::string const whole = stored(*this, derived).substr(std::string_view("X-Prefix: 1\r\n").size());
        mail::Summary const expected = mail::summarize(whole);
        BOOST_TEST(derived.summary.size == whole.size());
        BOOST_TEST(derived.summary.envelope == expected.envelope);
        BOOST_TEST(derived.summary.bodystructure == expected.bodystructure);
        BOOST_TEST(derived.summary.header_size == expected.header_size);
        BOOST_TEST(derived.summary.preview == expected.preview);
        BOOST_REQUIRE(derived.summary.parts.size() == expected.parts.size());
        for (std::size_t i = 0; i < expected.parts.size(); ++i) {
          BOOST_TEST((derived.summary.parts[i].header() == expected.parts[i].header()));
          BOOST_TEST((derived.summary.parts[i].body() == expected.parts[i].body()));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(any_slice_of_a_derived_message_is_that_slice_of_the_whole) {
  std::string octets = jane_writes;
  for (int i = 0; i < 300; ++i) octets += "a line that makes it longer than one chunk " + std::to_string(i) + "\r\n";
  Prepared const source = prepared(octets);
  Prepared const derived = put_lines_before(source, "Reply-To: t-x@example.test\r\n", {"Date"});
  BOOST_REQUIRE(store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    MessageId const id = store::make_message(tx, put_body(tx, derived), "X-Prefix: 1\r\n", {}, {});
    std::string whole;
    store::read_message(tx, id, {0, ~std::uint64_t{0} >> 1}, whole);
    for (std::size_t begin = 0; begin < whole.size(); begin += 97)
      for (std::size_t size : {std::size_t{1}, std::size_t{40}, std::size_t{5000}}) {
        std::string piece;
        store::read_message(tx, id, {begin, begin + size}, piece);
        BOOST_REQUIRE(piece == whole.substr(begin, size));
      }
    return {};
  }));
}

BOOST_AUTO_TEST_CASE(lines_in_front_replace_the_senders_fields_of_that_name_and_nothing_else) {
  std::string const octets = "Subject: hi\r\nReply-To: evil@ext.test,\r\n other@ext.test\r\nX-MC-Why: forged\r\n\r\nbody\r\n";
  Prepared const source = prepared(octets);
  std::string const shown = stored(*this, put_lines_before(source, "Reply-To: t-x@example.test\r\n", {"reply-to"}));
  BOOST_TEST(shown == "X-Prefix: 1\r\nReply-To: t-x@example.test\r\nSubject: hi\r\n\r\nbody\r\n");
}

BOOST_AUTO_TEST_CASE(octets_are_stored_once_and_go_with_the_last_who_shows_them) {
  std::string octets = jane_writes;
  octets += std::string(100'000, 'x') + "\r\n";
  Prepared const source = prepared(octets);
  MessageId first, second;
  BOOST_REQUIRE(store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    first = store::make_message(tx, put_body(tx, rewrite(source, relayed())), {}, {}, {});
    second = store::make_message(tx, put_body(tx, put_lines_before(source, "Reply-To: a@b\r\n", {})), {}, {}, {});
    return {};
  }));
  auto bodies = [&] {
    return store->read([](store::Snapshot const& s) {
      std::size_t chunks = 0;
      s.scan(store::key::table(store::Table::body_chunk), [&](std::string_view, std::string_view) { return ++chunks, true; });
      return chunks;
    });
  };
  std::size_t const once = (octets.size() + store::chunk_octets - 1) / store::chunk_octets;
  BOOST_TEST(bodies() == once);
  auto drop = [&](MessageId id) {
    BOOST_REQUIRE(store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
      store::drop_reference(tx, id);
      return {};
    }));
  };
  drop(first);
  BOOST_TEST(bodies() == once);
  drop(second);
  BOOST_TEST(bodies() == 0u);
}

BOOST_AUTO_TEST_CASE(a_subject_loses_its_tag_and_what_mail_programs_put_before_it) {
  struct Row {
    std::string_view subject, bare;
  };
  for (Row row : {Row{"Help", "Help"}, {"Re: Help", "Help"}, {"RE: AW: Fwd: Help", "Help"}, {"Re[2]: Help", "Help"}, {"Re: [T-12] Help", "Help"},
                  {"[T-12] Re: Help", "Help"}, {"[t-1] Help [T-2]", "Help"}, {"Antwort: Hilfe", "Hilfe"}, {"回复：你好", "你好"},
                  {"Re : Help", "Help"}, {"Regarding: Help", "Regarding: Help"}, {"[T-x] Help", "[T-x] Help"}, {"[T-]", "[T-]"}, {"", ""}, {"Re:", ""},
                  {"Reply", "Reply"}, {"[T-1", "[T-1"}})
    BOOST_TEST(bare_subject(row.subject) == row.bare, row.subject);
}

BOOST_AUTO_TEST_CASE(each_reader_is_told_the_ids_that_he_knows) {
  store::Thread const thread{store::Thread::Kind::conversation, 7};
  BOOST_REQUIRE(store->write_and_wait([&](store::Transaction& tx) -> Result<void> {
    store::put_thread_message(tx, {thread, 1, jane, "<1@janes-laptop>", "<r1@mc>", clock.now()});
    store::put_thread_message(tx, {thread, 2, bob, "<2@bobs-phone>", "<r2@mc>", clock.now()});
    return {};
  }));
  mail::Summary reply;
  reply.in_reply_to = {"<r2@mc>"};
  reply.references = {"<1@janes-laptop>", "<unknown@janes-laptop>", "<r2@mc>"};
  store->read([&](store::Snapshot const& s) {
    ThreadFields const for_bob = thread_fields(s, thread, reply, bob);
    BOOST_TEST(for_bob.in_reply_to == "<2@bobs-phone>");
    BOOST_TEST((for_bob.references == std::vector<std::string>{"<r1@mc>", "<2@bobs-phone>"}));
    ThreadFields const elsewhere = thread_fields(s, {store::Thread::Kind::conversation, 8}, reply, bob);
    BOOST_TEST(elsewhere.in_reply_to == "");
    BOOST_TEST(elsewhere.references.empty());
  });
}

BOOST_AUTO_TEST_SUITE_END()
