#include "mail/insert_text.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "core/text.h"
#include "mail/body_text.h"

namespace mc::mail {
namespace {

using enum TransferEncoding;

std::string spliced(std::string octets, std::optional<Insertion> const& insertion) {
  if (!insertion) return "(none)";
  return octets.replace(insertion->begin, insertion->end - insertion->begin, insertion->text);
}

std::string append(std::string const& octets, TransferEncoding encoding, std::string_view charset, std::string_view lines) {
  return spliced(octets, append_lines({octets, encoding, charset}, lines));
}

std::string insert(std::string const& octets, TransferEncoding encoding, std::string_view charset, std::string_view html) {
  return spliced(octets, insert_html({octets, encoding, charset}, html));
}

struct Row {
  std::string octets;
  TransferEncoding encoding;
  std::string charset, words, expected;
};

BOOST_AUTO_TEST_CASE(lines_go_to_the_end_of_plain_text) {
  std::string const umlaut = "Gr\xC3\xBC\xC3\x9F" "e\n";
  Row const rows[] = {
      {"Hi\r\n", seven_bit, "us-ascii", "Bye\n", "Hi\r\n\r\nBye\r\n"},
      {"Hi", seven_bit, "us-ascii", "Bye\n", "Hi\r\n\r\nBye"},
      {"", seven_bit, "us-ascii", "Bye\n", "Bye\r\n"},
      {"Hi\r\n", eight_bit, "utf-8", "a\n\nb\n", "Hi\r\n\r\na\r\n\r\nb\r\n"},
      {"Hi\r\n", eight_bit, "utf-8", umlaut, "Hi\r\n\r\nGr\xC3\xBC\xC3\x9F" "e\r\n"},
      {"Hi\r\n", eight_bit, "iso-8859-1", umlaut, "Hi\r\n\r\nGr\xFC\xDF" "e\r\n"},
      {"Hi\r\n", eight_bit, "windows-1252", "\xE2\x82\xAC\n", "Hi\r\n\r\n\x80\r\n"},
      {"Hi\r\n", eight_bit, "iso-8859-1", "\xE2\x82\xAC\n", "(none)"},
      {"Hi\r\n", eight_bit, "iso-8859-15", "\xE2\x82\xAC\n", "Hi\r\n\r\n\xA4\r\n"},
      {"Hi\r\n", eight_bit, "us-ascii", umlaut, "(none)"},
      {"Hi\r\n", seven_bit, "utf-8", umlaut, "(none)"},
      {"Hi\r\n", eight_bit, "utf-16", "Bye\n", "(none)"},
      {"Hi\r\n", seven_bit, "iso-2022-jp", "Bye\n", "(none)"},
      {"Hi\r\n", seven_bit, "x-unheard-of", "Bye\n", "(none)"},
      {"Hi\r\n", uuencode, "us-ascii", "Bye\n", "(none)"},
      {"Hi\r\n", unknown, "us-ascii", "Bye\n", "(none)"},
      {"Hi=\r\n", quoted_printable, "utf-8", umlaut, "Hi=\r\n\r\n\r\nGr=C3=BC=C3=9Fe\r\n"},
      {"Hi=", quoted_printable, "utf-8", "Bye\n", "Hi=\r\n\r\n\r\nBye"},
      {"Hi\r\n", quoted_printable, "iso-8859-1", umlaut, "Hi\r\n\r\nGr=FC=DFe\r\n"},
      {"a=3D", quoted_printable, "utf-8", "x=y\n", "a=3D\r\n\r\nx=3Dy"},
      {"SGkNCg==\r\n", base64, "utf-8", "Bye\n", "SGkN\r\nCg0KQnllDQo=\r\n"},
      {"SGkNCg==", base64, "utf-8", "Bye\n", "SGkN\r\nCg0KQnllDQo="},
      {"SGkhDQoK\r\n", base64, "utf-8", "Bye\n", "SGkhDQoK\r\nDQpCeWUNCg==\r\n"},
      {"SGk*\r\n", base64, "utf-8", "Bye\n", "(none)"},
      {"SGk=SGk=\r\n", base64, "utf-8", "Bye\n", "(none)"},
      {"SGk\r\n", base64, "utf-8", "Bye\n", "(none)"},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.octets << " " << to_string(row.encoding) << " " << row.charset)
      BOOST_TEST(append(row.octets, row.encoding, row.charset, row.words) == row.expected);
}

BOOST_AUTO_TEST_CASE(html_goes_before_the_end_of_the_page) {
  Row const rows[] = {
      {"<p>Hi</p></BODY></html>\r\n", seven_bit, "us-ascii", "<i>\n", "<p>Hi</p>\r\n<i>\r\n</BODY></html>\r\n"},
      {"<p>Hi</p></html>", eight_bit, "utf-8", "<i>\n", "<p>Hi</p>\r\n<i>\r\n</html>"},
      {"<p>Hi</p>", eight_bit, "utf-8", "<i>\n", "<p>Hi</p>\r\n<i>\r\n"},
      {"</body></body>", eight_bit, "utf-8", "<i>\n", "</body>\r\n<i>\r\n</body>"},
      {"<p>=C3=BC</p></bo=\r\ndy>\r\n", quoted_printable, "utf-8", "<a b=\"c\">\n",
       "<p>=C3=BC</p>\r\n<a b=3D\"c\">\r\n</bo=\r\ndy>\r\n"},
      {"<p>x</p>=\r\n=3C/body>", quoted_printable, "utf-8", "<i>\n", "<p>x</p>=\r\n\r\n<i>\r\n=3C/body>"},
      {"PGI+PC9ib2R5Pg==\r\n", base64, "utf-8", "<i>\n", "PGI+\r\nDQo8aT4NCjwvYm9keT4=\r\n"},
      {"<p>", eight_bit, "utf-16le", "<i>\n", "(none)"},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.octets << " " << to_string(row.encoding))
      BOOST_TEST(insert(row.octets, row.encoding, row.charset, row.words) == row.expected);
}

// Whatever the text and its encoding: decoded, it is what it was, with the words in their place.
BOOST_AUTO_TEST_CASE(decoded_the_text_is_what_it_was_and_the_words) {
  std::mt19937 random(7);
  constexpr std::string_view alphabet = "ab =<>/\t.\xC3\xBC";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto n = random() % 120; n > 0; --n) {
      text += alphabet[random() % alphabet.size()];
      if (random() % 15 == 0) text += "\r\n";
      if (random() % 40 == 0) text += "</body>";
    }
    bool const packed = random() % 2 == 0;
    std::string octets;
    if (packed) {
      std::string const all = mc::base64(text);
      std::size_t const width = 4 + random() % 70;
      for (std::size_t i = 0; i < all.size(); i += width) octets += all.substr(i, width) + "\r\n";
    } else {
      octets = mail::quoted_printable(text);
    }
    auto const encoding = packed ? TransferEncoding::base64 : TransferEncoding::quoted_printable;
    BOOST_TEST_CONTEXT(octets) {
      std::string const before = *decode_transfer(octets, encoding);
      std::string const plain = *decode_transfer(append(octets, encoding, "utf-8", "End.\n"), encoding);
      BOOST_TEST(plain.starts_with(before.substr(0, before.find_last_not_of(" \t\r\n") + 1)));
      BOOST_TEST(std::string(trim(plain)).ends_with("End."));
      std::string const page = *decode_transfer(insert(octets, encoding, "utf-8", "<hr>\n"), encoding);
      auto const at = page.find("<hr>\r\n");
      BOOST_REQUIRE(at != std::string::npos);
      auto squeeze = [](std::string s) {
        std::erase_if(s, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
        return s;
      };
      BOOST_TEST(squeeze(page.substr(0, at) + page.substr(at + 6)) == squeeze(before));
      auto const tag = before.rfind("</body");
      BOOST_TEST(page.substr(at + 6, 6) == (tag == std::string::npos ? "" : "</body"));
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_as_html_are_ascii_and_escaped_with_links) {
  std::string const html = html_lines("a < \"b\" & \xC3\xBC\n\nSee https://x.test/a?b=1&c=2.\n");
  BOOST_TEST(html.find("a &#60; &#34;b&#34; &#38; &#252;<br>\n<br>\n") != std::string::npos);
  BOOST_TEST(html.find("See <a href=\"https://x.test/a?b=1&#38;c=2\">https://x.test/a?b=1&#38;c=2</a>.<br>\n</div>") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(pgp_in_the_text_is_found_behind_every_encoding) {
  std::string const text = "x\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n";
  BOOST_TEST(has_inline_pgp({text, seven_bit, "utf-8"}));
  std::string const packed = mc::base64(text);
  BOOST_TEST(has_inline_pgp({packed, base64, "utf-8"}));
  BOOST_TEST(has_inline_pgp({"-----BEGIN=20P=\r\nGP", quoted_printable, "utf-8"}));
  BOOST_TEST(!has_inline_pgp({"BEGIN PGP", seven_bit, "utf-8"}));
}

}  // namespace
}  // namespace mc::mail
