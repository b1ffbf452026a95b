// SEARCH against brute force: several hundred generated messages, whose contents the test knows without
// reading them, and criteria whose answer it computes from that.
#include "imap/search.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/text.h"
#include "imap/date.h"
#include "store/accounts.h"
#include "store/bodies.h"
#include "store/messages.h"
#include "test_client.h"
#include "test_server.h"

namespace mc::imap {
namespace {

// Words no two of which have anything in common, and another way to write each.
struct Word {
  std::string_view written;
  std::string_view asked;
  bool ascii;
  std::string_view latin1;  // "" where there is none
};
constexpr Word words[] = {
    {"apple", "APPLE", true, "apple"},
    {"Two words", "two WORDS", true, "Two words"},
    {"k=3D&amp;v", "K=3D&AMP;V", true, "k=3D&amp;v"},
    {"Grüße", "GRÜSSE", false,
     "Gr\xFC\xDF"
     "e"},
    {"ÆTHER", "æther", false, "\xC6THER"},
    {"δοκιμή", "ΔΟΚΙΜΉ", false, ""},
    {"日本語", "日本語", false, ""},
};
constexpr std::size_t word_count = std::size(words);
using WordSet = std::set<std::size_t>;

struct Message {
  std::uint32_t uid = 0;
  std::string octets;
  std::set<std::string> flags;
  std::int64_t day = 0;  // internal date
  std::optional<std::int64_t> sent;
  WordSet from, to, subject, color, body;
  bool has_subject = false, has_color = false;
};

using Random = std::mt19937;
std::size_t pick(Random& random, std::size_t n) {
  return random() % n;
}

std::string quoted_printable(std::string_view s) {
  std::string out;
  std::size_t column = 0;
  for (char c : s) {
    if (c == '\r' || c == '\n') {
      out += c;
      column = 0;
      continue;
    }
    if (column > 60) out += "=\r\n", column = 0;
    bool plain = c >= 33 && c <= 126 && c != '=';
    if (plain)
      out += c, ++column;
    else
      out += '=' + to_upper(hex(std::string(1, c))), column += 3;
  }
  return out;
}

std::string base64_lines(std::string_view s) {
  std::string all = base64(s), out;
  for (std::size_t at = 0; at < all.size(); at += 76) out += all.substr(at, 76) + "\r\n";
  return out;
}

// One field's value with these words, encoded where it must be.
std::string field_text(Random& random, WordSet const& chosen) {
  std::string out = "plain";
  for (std::size_t w : chosen) {
    out += pick(random, 3) == 0 ? "\r\n " : " ";
    if (words[w].ascii)
      out += words[w].written;
    else
      out += "=?utf-8?B?" + base64(words[w].written) + "?= end";
  }
  return out;
}

// A text part, header fields included. Latin-1 takes only what it can say.
std::string text_part(Random& random, WordSet& chosen, std::size_t filler) {
  auto how = pick(random, 6);
  bool latin1 = how == 4;
  if (latin1) std::erase_if(chosen, [](std::size_t w) { return words[w].latin1.empty(); });
  bool ascii = std::all_of(chosen.begin(), chosen.end(), [](std::size_t w) { return words[w].ascii; });
  std::string text = "Dear reader,\r\n";
  for (std::size_t i = 0; i < filler; ++i)
    text += "nothing of note stands in line " + std::to_string(i) + "\r\n";
  for (std::size_t w : chosen) {
    text += "then comes ";
    text += latin1 ? words[w].latin1 : words[w].written;
    text += ".\r\n";
  }
  std::string type = "Content-Type: text/plain; charset=";
  if (how == 5 && ascii) return type + "us-ascii\r\n\r\n" + text;
  if (how == 0) return type + "utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text;
  if (how == 1) return type + "utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(text);
  if (latin1)
    return type + "iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
           quoted_printable(text);
  return type + "utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted_printable(text);
}

WordSet some_words(Random& random) {
  WordSet out;
  for (auto n = pick(random, 3); n > 0; --n) out.insert(pick(random, word_count));
  return out;
}

std::string body_of(Random& random, Message& message, std::size_t filler) {
  auto shape = pick(random, 4);
  if (shape < 2) return text_part(random, message.body, filler);
  std::string out = "Content-Type: multipart/mixed; boundary=bb\r\n\r\nprologue\r\n--bb\r\n";
  out += text_part(random, message.body, filler) + "\r\n--bb\r\n";
  if (shape == 2) {  // no text: what is in it is not found
    out += "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    out += base64_lines("apple Two words Grüße");
  } else {
    WordSet inner = some_words(random), in_subject = some_words(random);
    out += "Content-Type: message/rfc822\r\n\r\nSubject: " + field_text(random, in_subject) + "\r\n";
    out += text_part(random, inner, 1);
    message.body.insert(inner.begin(), inner.end());
    message.body.insert(in_subject.begin(), in_subject.end());
  }
  return out + "\r\n--bb--\r\n";
}

constexpr std::string_view flag_names[] = {"\\Seen",    "\\Answered", "\\Flagged",
                                           "\\Deleted", "\\Draft",    "Later"};
constexpr std::int64_t first_day = 19'700;  // in 2023

std::string day_text(std::int64_t day) {
  return write_date(Day(std::chrono::days(day)));
}

Message make_message(Random& random, std::uint32_t uid) {
  Message m;
  m.uid = uid;
  for (auto name : flag_names)
    if (pick(random, 3) == 0) m.flags.emplace(name);
  m.day = first_day + static_cast<std::int64_t>(pick(random, 6));
  m.from = some_words(random);
  m.to = some_words(random);
  m.body = some_words(random);
  m.octets = "From: " + field_text(random, m.from) + " <someone@example.org>\r\n";
  m.octets += "TO: " + field_text(random, m.to) + " <other@example.org>\r\n";
  if ((m.has_subject = pick(random, 4) != 0)) {
    m.subject = some_words(random);
    m.octets += "subject: " + field_text(random, m.subject) + "\r\n";
  }
  if ((m.has_color = pick(random, 3) == 0)) {
    m.color = some_words(random);
    m.octets += "X-Color: " + field_text(random, m.color) + "\r\n";
  }
  if (pick(random, 5) != 0) {
    m.sent = first_day + static_cast<std::int64_t>(pick(random, 6));
    std::string day = day_text(*m.sent);
    std::replace(day.begin(), day.end(), '-', ' ');
    m.octets += "Date: " + day + " 23:30:00 -0800\r\n";
  }
  std::size_t filler = uid % 100 == 50 ? 12'000 : uid % 20 == 10 ? 900 : pick(random, 20);
  m.octets += "MIME-Version: 1.0\r\n" + body_of(random, m, filler);
  return m;
}

// A criterion in IMAP's words, and what it means.
struct Criterion {
  std::string text;
  std::function<bool(Message const&)> holds;
};

std::string literal(std::string_view s) {
  return '{' + std::to_string(s.size()) + "+}\r\n" + std::string(s);
}

bool in_header(Message const& m, std::size_t w) {
  return m.from.contains(w) || m.to.contains(w) || m.subject.contains(w) || m.color.contains(w);
}

std::vector<Criterion> word_criteria(std::size_t w) {
  std::string asked = literal(words[w].asked);
  return {
      {"FROM " + asked, [w](Message const& m) { return m.from.contains(w); }},
      {"TO " + asked, [w](Message const& m) { return m.to.contains(w); }},
      {"CC " + asked, [](Message const&) { return false; }},
      {"SUBJECT " + asked, [w](Message const& m) { return m.subject.contains(w); }},
      {"HEADER x-color " + asked, [w](Message const& m) { return m.color.contains(w); }},
      {"BODY " + asked, [w](Message const& m) { return m.body.contains(w); }},
      {"TEXT " + asked, [w](Message const& m) { return m.body.contains(w) || in_header(m, w); }},
  };
}

std::vector<Criterion> day_criteria(std::int64_t day) {
  std::string d = ' ' + day_text(day);
  return {
      {"BEFORE" + d, [day](Message const& m) { return m.day < day; }},
      {"ON" + d, [day](Message const& m) { return m.day == day; }},
      {"SINCE" + d, [day](Message const& m) { return m.day >= day; }},
      {"SENTBEFORE" + d, [day](Message const& m) { return m.sent && *m.sent < day; }},
      {"SENTON" + d, [day](Message const& m) { return m.sent && *m.sent == day; }},
      {"SENTSINCE" + d, [day](Message const& m) { return m.sent && *m.sent >= day; }},
  };
}

// Every key of RFC 3501 and RFC 9051 that needs no second client.
std::vector<Criterion> all_criteria() {
  std::vector<Criterion> out;
  auto add = [&](std::vector<Criterion> more) { out.insert(out.end(), more.begin(), more.end()); };
  for (std::size_t w = 0; w < word_count; ++w) add(word_criteria(w));
  for (std::int64_t day = first_day - 1; day < first_day + 7; ++day) add(day_criteria(day));
  for (auto name : flag_names) {
    bool keyword = name[0] != '\\';
    std::string upper = keyword ? "KEYWORD later" : to_upper(name.substr(1));
    std::string without = keyword ? "UNKEYWORD LATER" : "UN" + upper;
    std::string flag(name);
    out.push_back({upper, [flag](Message const& m) { return m.flags.contains(flag); }});
    out.push_back({without, [flag](Message const& m) { return !m.flags.contains(flag); }});
  }
  add({
      {"ALL", [](Message const&) { return true; }},
      {"KEYWORD Unknown", [](Message const&) { return false; }},
      {"RECENT", [](Message const&) { return true; }},
      {"OLD", [](Message const&) { return false; }},
      {"NEW", [](Message const& m) { return !m.flags.contains("\\Seen"); }},
      {"LARGER 1500", [](Message const& m) { return m.octets.size() > 1500; }},
      {"SMALLER 1500", [](Message const& m) { return m.octets.size() < 1500; }},
      {"HEADER Subject \"\"", [](Message const& m) { return m.has_subject; }},
      {"SUBJECT \"\"", [](Message const& m) { return m.has_subject; }},
      {"HEADER X-Color \"\"", [](Message const& m) { return m.has_color; }},
      {"TEXT \"\"", [](Message const&) { return true; }},
      {"5,3:1,280:*", [](Message const& m) { return m.uid <= 3 || m.uid == 5 || m.uid >= 280; }},
      {"UID 100:120,7", [](Message const& m) { return m.uid == 7 || (m.uid >= 100 && m.uid <= 120); }},
      {"MODSEQ 1", [](Message const&) { return true; }},
      {"TEXT someone@example.org", [](Message const&) { return true; }},
      {"BODY someone@example.org", [](Message const&) { return false; }},
      {"TEXT \"from: plain\"", [](Message const&) { return true; }},
  });
  return out;
}

Criterion combine(Random& random, std::vector<Criterion> const& leaves, int depth) {
  if (depth == 0) return leaves[pick(random, leaves.size())];
  auto a = combine(random, leaves, depth - 1), b = combine(random, leaves, depth - 1);
  auto how = pick(random, 3);
  if (how == 0) return {"NOT (" + a.text + ')', [a](Message const& m) { return !a.holds(m); }};
  if (how == 1)
    return {"OR (" + a.text + ") (" + b.text + ')',
            [a, b](Message const& m) { return a.holds(m) || b.holds(m); }};
  return {'(' + a.text + ' ' + b.text + ')', [a, b](Message const& m) { return a.holds(m) && b.holds(m); }};
}

struct Mailbox {
  static constexpr std::uint32_t size = 300;
  Mailbox() : client(server.connect()) {
    Random random(17);
    for (std::uint32_t uid = 1; uid <= size; ++uid) {
      messages.push_back(make_message(random, uid));
      Message const& m = messages.back();
      std::string flags;
      for (auto const& flag : m.flags) flags += (flags.empty() ? "" : " ") + flag;
      std::string date = write_date_time(Time(std::chrono::days(m.day) + std::chrono::hours(23)));
      server.append("jane", "INBOX", m.octets, '(' + flags + ')', '"' + date + '"');
    }
    client.read_line();
    client.command("l", "LOGIN jane secret");
    client.command("s", "SELECT INBOX");
  }

  std::string expected(Criterion const& criterion) const {
    std::string out = "* SEARCH";
    for (Message const& m : messages)
      if (criterion.holds(m)) out += ' ' + std::to_string(m.uid);
    return out + '\n';
  }
  // The SEARCH line, without a MODSEQ.
  std::string search(std::string const& criteria) {
    std::string answer = client.command("x", "UID SEARCH CHARSET UTF-8 " + criteria);
    std::size_t line = answer.find("* SEARCH");
    if (line == answer.npos) return answer;
    answer = answer.substr(line, answer.find('\n', line) - line);
    return answer.substr(0, answer.find(" (MODSEQ")) + '\n';
  }

  TestServer server;
  std::vector<Message> messages;
  TestClient client;
};

BOOST_AUTO_TEST_SUITE(search)

BOOST_AUTO_TEST_CASE(every_key_finds_what_brute_force_finds) {
  Mailbox mailbox;
  for (Criterion const& criterion : all_criteria()) BOOST_TEST_CONTEXT(criterion.text)
  BOOST_TEST(mailbox.search(criterion.text) == mailbox.expected(criterion));
}

BOOST_AUTO_TEST_CASE(combinations_find_what_brute_force_finds) {
  Mailbox mailbox;
  Random random(4711);
  auto leaves = all_criteria();
  for (int i = 0; i < 120; ++i) {
    Criterion criterion = combine(random, leaves, 1 + i % 3);
    BOOST_TEST_CONTEXT(criterion.text)
    BOOST_TEST(mailbox.search(criterion.text) == mailbox.expected(criterion));
  }
}

// More than two slices, and an answer of more than one write: every third of 25,000 copies is flagged.
BOOST_AUTO_TEST_CASE(a_large_mailbox_is_searched_in_slices_without_a_seam) {
  constexpr std::uint32_t count = 25'000;
  TestServer server;
  server.append("jane", "INBOX", "Subject: first\r\n\r\nThe word is porcupine.\r\n", "(\\Seen)", "");
  auto filled = server.context().store.write_and_wait([&](store::Transaction& tx) -> Result<void> {
    UserId jane = store::find_user_id(tx, "jane").value();
    MailboxId inbox = store::find_mailbox(tx, jane, "INBOX")->id;
    auto first = store::MailboxReader(tx, inbox).find(Uid(1)).value();
    for (std::uint32_t uid = 2; uid <= count; ++uid) {
      store::add_reference(tx, first.message);
      store::NewMessage copy{first.message, first.size, uid % 3 == 0 ? store::flag::flagged : 0, first.date};
      if (auto appended = store::append(tx, inbox, copy); !appended) return appended.error();
    }
    return {};
  });
  BOOST_REQUIRE(filled.has_value());
  TestClient client(server.connect());
  client.read_line();
  client.command("l", "LOGIN jane secret");
  client.command("s", "SELECT INBOX");
  std::string expected = "* SEARCH";
  for (std::uint32_t n = 3; n <= count; n += 3) expected += ' ' + std::to_string(n);
  BOOST_TEST(client.command("a", "SEARCH FLAGGED") == expected + "\na OK SEARCH completed\n");
  BOOST_TEST(client.command("b", "SEARCH FLAGGED TEXT PORCUPINE") == expected + "\nb OK SEARCH completed\n");
  BOOST_TEST(client.command("c", "UID SEARCH RETURN (COUNT MIN MAX) NOT FLAGGED BODY porcupine") ==
             "* ESEARCH (TAG \"c\") UID MIN 1 MAX 25000 COUNT 16667\nc OK UID SEARCH completed\n");
}

BOOST_AUTO_TEST_CASE(too_many_texts_are_refused) {
  std::string criteria;
  TestServer server;
  TestClient client(server.connect());
  client.read_line();
  client.command("l", "LOGIN jane secret");
  client.command("s", "SELECT INBOX");
  for (int i = 0; i < 65; ++i) criteria += (i ? " TEXT a" : "TEXT a") + std::to_string(i);
  BOOST_TEST(client.command("x", "SEARCH " + criteria).starts_with("x NO [LIMIT]"));
}

BOOST_AUTO_TEST_CASE(what_we_put_before_a_message_belongs_to_its_header) {
  TestServer server;
  server.deliver("jane", "INBOX", "X-MC-Type: payment.sent\r\n", "Subject: money\r\n\r\nHello\r\n");
  TestClient client(server.connect());
  client.read_line();
  client.command("l", "LOGIN jane secret");
  client.command("s", "SELECT INBOX");
  for (std::string criteria :
       {"HEADER X-MC-Type PAYMENT", "TEXT payment.sent", "SUBJECT money", "BODY hello"})
    BOOST_TEST_CONTEXT(criteria)
  BOOST_TEST(client.command("x", "SEARCH " + criteria).starts_with("* SEARCH 1\n"));
  BOOST_TEST(client.command("x", "SEARCH BODY payment").starts_with("* SEARCH\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::imap
