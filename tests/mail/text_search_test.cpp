#include "mail/text_search.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

#include "core/text.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

std::vector<Needle> needles(std::initializer_list<std::string_view> texts) {
  std::vector<Needle> out;
  for (auto text : texts) out.emplace_back(text);
  return out;
}

// What is found when `octets` come in pieces of `size`.
TextSearch::Mask search_text(std::vector<Needle> const& wanted, std::string_view octets,
                             TransferEncoding encoding, std::string_view charset, std::size_t size) {
  TextSearch search(wanted);
  search.begin(encoding, charset, (TextSearch::Mask{1} << wanted.size()) - 1);
  for (std::size_t at = 0; at < octets.size(); at += size) search.feed(octets.substr(at, size));
  search.end();
  return search.found();
}

BOOST_AUTO_TEST_SUITE(text_search)

BOOST_AUTO_TEST_CASE(folding_is_that_of_fold) {
  std::mt19937 random(1);
  std::string_view const letters[] = {"A", "z", "@", "[",  "`",    "{", "\x7F",
                                      "Ä", "ß", "ﬁ", "日", "\xFF", " ", "M"};
  for (int i = 0; i < 2000; ++i) {
    std::string text, folded = "before";
    for (auto n = random() % 40; n > 0; --n) text += letters[random() % (i % 2 ? std::size(letters) : 7)];
    append_folded(folded, text);
    BOOST_TEST_CONTEXT(text) BOOST_REQUIRE(folded == "before" + fold(text));
  }
}

BOOST_AUTO_TEST_CASE(every_letter_folds_like_fold_alone_and_among_others) {
  std::string all;
  for (char32_t c = 0x80; c < 0x10000; c = c == 0xD7FF ? 0xE000 : c + 1) {
    std::string letter, folded;
    append_utf8(letter, c);
    append_folded(folded, letter);
    if (folded != fold(letter)) BOOST_ERROR("U+" << std::hex << static_cast<unsigned>(c));
    if (c < 0x600 || c % 97 == 0) all += letter + (c % 5 == 0 ? "A" : "");
  }
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string text, folded;
    for (auto n = random() % 12; n > 0; --n)
      append_utf8(text, (random() % 4 ? 0x80 : 0x2000) + random() % 0x500);
    append_folded(folded, text);
    BOOST_REQUIRE(folded == fold(text));
  }
  std::string folded;
  append_folded(folded, all);
  BOOST_TEST(folded == fold(all));
}

BOOST_AUTO_TEST_CASE(texts_are_found_however_encoded_and_wherever_cut) {
  struct Row {
    std::string_view octets;
    TransferEncoding encoding;
    std::string_view charset;
  };
  using enum TransferEncoding;
  Row const rows[] = {
      {"plain text with a Needle in it", seven_bit, "us-ascii"},
      {"Gr\xC3\xBC\xC3\x9F"
       "e and a NEEDLE in it",
       eight_bit, "utf-8"},
      {"Gr\xFC\xDF"
       "e and a NEEDLE in it",
       eight_bit, "iso-8859-1"},
      {"Gr\xFC\xDF"
       "e and a NEEDLE in it",
       eight_bit, "us-ascii"},
      {"Gr=FC=DFe and a NEE=\r\nDLE in it", quoted_printable, "iso-8859-1"},
      {"R3LDvMOfZSBhbmQgYSBO\r\nRUVETEUgaW4gaXQ=", base64, "utf-8"},
      {"a needle +AG4-, Gr+APwA3w-e", seven_bit, "utf-7"},
      {std::string_view("n\0e\0e\0d\0l\0e\0 \0i\0n\0 \0g\0r\0\xFC\0\xDF\0e\0", 30), binary, "utf-16le"},
  };
  auto wanted = needles({"nEEDLE", "absent"});
  for (Row const& row : rows)
    for (std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{1000}})
      BOOST_TEST_CONTEXT(row.charset << ' ' << row.octets << " in pieces of " << size)
  BOOST_TEST(search_text(wanted, row.octets, row.encoding, row.charset, size) == 1u);
  auto german = needles({"GRÜSSE"});
  for (std::size_t i = 1; i < std::size(rows); ++i)
    BOOST_TEST_CONTEXT(rows[i].charset << ' ' << rows[i].octets)
  BOOST_TEST(search_text(german, rows[i].octets, rows[i].encoding, rows[i].charset, 3) == 1u);
}

BOOST_AUTO_TEST_CASE(each_needle_is_found_by_itself) {
  auto wanted = needles({"one", "two", "three"});
  BOOST_TEST(search_text(wanted, "one and three", TransferEncoding::seven_bit, "utf-8", 4) == 5u);
  BOOST_TEST(search_text(wanted, "", TransferEncoding::base64, "utf-8", 4) == 0u);
}

BOOST_AUTO_TEST_CASE(headers_are_searched_decoded_field_by_field) {
  std::string_view const block =
      "Subject: a long\r\n  fold\r\nFrom: =?utf-8?q?J=C3=B6rg?= <j@example.org>\r\nX-Tab : a\tb\r\nX: raw "
      "\xC3\x84\r\n\r\n"
      "body";
  auto wanted = needles({"A LONG  FOLD", "jörg <j@", "subject: a", "x-tab: a b", "raw ä", "body", "b\nx"});
  TextSearch search(wanted);
  BOOST_TEST(search.in_header(block, 0x7F) == 0x1Fu);
  BOOST_TEST(search.in_header(block, 0x02) == 0x02u);
}

// The two ways to search agree on every message.
BOOST_AUTO_TEST_CASE(finds_what_text_contains_finds) {
  std::mt19937 random(7);
  auto wanted = needles({"needle", "grüße", "a b", "x", "content"});
  std::string_view const bits[] = {"needle",
                                   "NEE",
                                   "DLE",
                                   "Gr\xC3\xBC\xC3\x9F"
                                   "e",
                                   " a",
                                   " b ",
                                   "\r\n",
                                   "=\r\n",
                                   "=20",
                                   "\xFC",
                                   "content",
                                   "x",
                                   "\t",
                                   "=?utf-8?q?needle?=",
                                   ": ",
                                   "bmVlZGxl"};
  std::string_view const encodings[] = {"7bit", "8bit", "quoted-printable", "base64"};
  std::string_view const charsets[] = {"us-ascii", "utf-8", "iso-8859-1", "nonsense"};
  for (int i = 0; i < 500; ++i) {
    std::string octets = "A: ";
    for (auto n = random() % 8; n > 0; --n) octets += bits[random() % 6];
    octets += "\r\nContent-Type: text/plain; charset=" + std::string(charsets[random() % 4]) +
              "\r\nContent-Transfer-Encoding: " + std::string(encodings[random() % 4]) + "\r\n\r\n";
    for (auto n = random() % 20; n > 0; --n) octets += bits[random() % std::size(bits)];
    Summary summary = summarize(octets);
    TextSearch search(wanted);
    TextSearch::Mask all = 0x1F, found = search.in_header(octets, all);
    for (Part const& part : summary.parts) {
      if (!part.is_text()) continue;
      search.begin(part.encoding, part.charset, all & ~found);
      search.feed(slice(octets, part.body()));
      search.end();
      found |= search.found();
    }
    for (std::size_t n = 0; n < wanted.size(); ++n) BOOST_TEST_CONTEXT(octets << " needle " << n)
    BOOST_TEST(((found >> n & 1) != 0) == text_contains(octets, summary.parts, wanted[n], MatchScope::all));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::mail
