#include "mail/decode.h"

#include <boost/test/unit_test.hpp>

#include "mail/charset.h"
#include "mail/transfer.h"

using namespace mc;
using namespace mc::mail;

BOOST_AUTO_TEST_SUITE(decode)

BOOST_AUTO_TEST_CASE(transfer_encodings_by_name) {
  BOOST_CHECK(parse_transfer_encoding("") == TransferEncoding::seven_bit);
  BOOST_CHECK(parse_transfer_encoding(" BASE64 ") == TransferEncoding::base64);
  BOOST_CHECK(parse_transfer_encoding("8bit; x") == TransferEncoding::eight_bit);
  BOOST_CHECK(parse_transfer_encoding("x-uue") == TransferEncoding::uuencode);
  BOOST_CHECK(parse_transfer_encoding("rot13") == TransferEncoding::unknown);
  BOOST_CHECK(decode_transfer("x", TransferEncoding::unknown).error().code == Errc::unsupported);
}

namespace {
struct Row {
  TransferEncoding encoding;
  std::string_view octets, expected;
};
constexpr auto b64 = TransferEncoding::base64;
constexpr auto qp = TransferEncoding::quoted_printable;
constexpr Row rows[] = {
    {b64, "SGVsbG8=", "Hello"},
    {b64, "SGVs\r\nbG8=\r\n", "Hello"},
    {b64, "SG*Vs bG8", "Hello"},  // bad characters, padding missing
    {b64, "SGk=SGk=", "HiHi"},    // goes on after padding
    {b64, "SGkhSGk=\r\n====\r\n", "Hi!Hi"},
    {b64, "S", ""},
    {qp, "a=3Db=3db", "a=b=b"},
    {qp, "soft=\r\nbreak", "softbreak"},
    {qp, "soft= \t\r\nbreak", "softbreak"},
    {qp, "soft=\nbreak", "softbreak"},
    {qp, "trail \t\r\nx", "trail\r\nx"},
    {qp, "a b\tc", "a b\tc"},
    {qp, "bad=ZZ=4", "bad=ZZ=4"},  // not escapes: text
    {qp, "==3D", "=="},
    {qp, "=\r x", "=\r x"},
    {qp, "end=", "end="},
    {TransferEncoding::eight_bit, "\xFF\0", "\xFF"},
    {TransferEncoding::uuencode, "begin 644 f\n#0V%T\n`\nend\n", "Cat"},
};
}  // namespace

BOOST_AUTO_TEST_CASE(contents_come_out_of_their_encodings) {
  for (auto const& row : rows) BOOST_TEST_CONTEXT(row.octets) {
      BOOST_TEST(*decode_transfer(row.octets, row.encoding) == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(decoding_split_at_every_octet_is_the_same) {
  for (auto const& row : rows)
    for (std::size_t cut = 0; cut <= row.octets.size(); ++cut)
      BOOST_TEST_CONTEXT(row.octets << " cut at " << cut) {
        TransferDecoder decoder(row.encoding);
        std::string out;
        decoder.feed(row.octets.substr(0, cut), out);
        decoder.feed(row.octets.substr(cut), out);
        decoder.finish(out);
        BOOST_TEST(out == row.expected);
      }
}

BOOST_AUTO_TEST_CASE(text_in_many_charsets_becomes_utf8) {
  struct Text {
    std::string_view charset, octets, expected;
  };
  for (auto const& row : std::initializer_list<Text>{
           {"utf-8", "\xC3\xA4", "\xC3\xA4"},
           {"utf-8", "a\xE4z", "a\xEF\xBF\xBDz"},
           {"iso-8859-1", "\xE4\x80", "\xC3\xA4\xE2\x82\xAC"},  // as everywhere: windows-1252
           {"windows-1251", "\xCF", "\xD0\x9F"},
           {"koi8-r", "\xF0", "\xD0\x9F"},
           {"iso-2022-jp", "\x1B$B$\"\x1B(B", "\xE3\x81\x82"},
           {"shift_jis", "\x82\xA0", "\xE3\x81\x82"},
           {"euc-kr", "\xB0\xA1", "\xEA\xB0\x80"},
           {"gb2312", "\xC4\xE3", "\xE4\xBD\xA0"},
           {"big5", "\xA7\x41", "\xE4\xBD\xA0"},
           {"utf-16le", std::string_view("a\0\xE4\0", 4), "a\xC3\xA4"},
           {"no-such-charset", "\xC3\xA4", "\xC3\xA4"},
           {"no-such-charset", "\xE4", "\xC3\xA4"},
           {"us-ascii", "\xC3\xA4", "\xC3\xA4"},
           {"", "\xE4", "\xC3\xA4"},
       })
    BOOST_TEST_CONTEXT(row.charset) {
      BOOST_TEST(decode_text(row.octets, TransferEncoding::eight_bit, row.charset) == row.expected);
      std::string out;
      CharsetDecoder decoder(row.charset);
      for (char c : row.octets) decoder.feed({&c, 1}, out);
      decoder.finish(out);
      BOOST_TEST(out == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(every_charset_offered_can_be_read) {
  for (auto name : charsets()) BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(to_utf8("", name).has_value());
    }
  BOOST_TEST(*to_utf8("a\xE4", "ISO-8859-1") == "a\xC3\xA4");
  for (auto name : {"x-nothing", "utf-8//IGNORE", "", "ISO-2022-CN-EXT"}) BOOST_TEST_CONTEXT(name) {
      BOOST_CHECK(to_utf8("a", name).error().code == Errc::unsupported);
    }
}

// RFC 2047, 8: the table of displays.
BOOST_AUTO_TEST_CASE(encoded_words_as_the_rfc_displays_them) {
  struct Word {
    std::string_view value, expected;
  };
  for (auto const& row : std::initializer_list<Word>{
           {"=?ISO-8859-1?Q?a?=", "a"},
           {"=?ISO-8859-1?Q?a?= b", "a b"},
           {"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
           {"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"},
           {"=?ISO-8859-1?Q?a?=\r\n =?ISO-8859-1?Q?b?=", "ab"},
           {"=?ISO-8859-1?Q?a_b?=", "a b"},
           {"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
           {"=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"},
           {"=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "\xC3\xA4"},  // a character cut in two
           {"=?utf-8?b?w6Q?=", "\xC3\xA4"},
           {"=?utf-8?Q?=C3=A4?=", "\xC3\xA4"},
           {"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "\xE3\x81\x82"},
           {"x =?utf-8?q?y", "x =?utf-8?q?y"},
           {"=?utf-8?x?y?=", "=?utf-8?x?y?="},
           {"=??q?y?=", "=??q?y?="},
           {"=?", "=?"},
           {" plain  text ", "plain  text"},
           {"raw \xE4 and \xC3\xA4", "raw \xC3\xA4 and \xC3\x83\xC2\xA4"},
           {"a\tb\x01"
            "c",
            "a b c"},
       })
    BOOST_TEST_CONTEXT(row.value) {
      BOOST_TEST(decode_header(row.value) == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(message_ids_are_what_stands_in_angle_brackets) {
  auto ids = parse_message_ids("<a@b>\r\n <c@d> junk <unclosed <e f@g> <> <x");
  BOOST_TEST(ids == (std::vector<std::string>{"<a@b>", "<c@d>", "<ef@g>"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(dates_current_obsolete_and_odd) {
  using namespace std::chrono;
  struct Date {
    std::string_view text;
    sys_seconds time;
    int offset;
  };
  auto at = [](int y, unsigned m, unsigned d, int h, int mi, int s) {
    return sys_days(year(y) / m / d) + hours(h) + minutes(mi) + seconds(s);
  };
  for (auto const& row : std::initializer_list<Date>{
           {"Fri, 21 Nov 1997 09:55:06 -0600", at(1997, 11, 21, 15, 55, 6), -360},
           {"21 Nov 97 09:55:06 GMT", at(1997, 11, 21, 9, 55, 6), 0},
           {"Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland Time)", at(1969, 2, 14, 3, 2, 0),
            -210},
           {"Mon, 1 Jan 01 00:00:00 EST", at(2001, 1, 1, 5, 0, 0), -300},
           {"1 January 2024 10:00 +0530", at(2024, 1, 1, 4, 30, 0), 330},
           {"Wed, 31 Dec 2008 23:59:60 +0000", at(2009, 1, 1, 0, 0, 0), 0},
       })
    BOOST_TEST_CONTEXT(row.text) {
      auto date = parse_date(row.text);
      BOOST_REQUIRE(date.has_value());
      BOOST_CHECK(date->time == row.time);
      BOOST_TEST(date->offset_minutes == row.offset);
    }
  for (auto text : {"", "garbage", "99 Foo 2024 10:00:00 +0000", "32 Jan 2024 10:00:00 +0000"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(!parse_date(text).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
