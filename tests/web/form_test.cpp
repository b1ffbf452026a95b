#include "web/form.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace mc::web;

namespace {

constexpr char name[] = "List-Unsubscribe";

std::string part(std::string const& disposition, std::string const& value) {
  return "--B\r\nContent-Disposition: " + disposition + "\r\n\r\n" + value + "\r\n";
}

std::string found(std::string const& type, std::string const& body) {
  return find_form_value(type, body, name).value_or("(none)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(form)

BOOST_AUTO_TEST_CASE(the_field_is_found_in_either_kind_of_form) {
  std::string const url = "application/x-www-form-urlencoded", multi = "multipart/form-data; boundary=B";
  std::string const wanted = part("form-data; name=\"List-Unsubscribe\"", "One-Click");
  struct Row {
    std::string type, body, value;
  };
  Row const rows[] = {
      {url, "List-Unsubscribe=One-Click", "One-Click"},
      {url, "List-Unsubscribe=One-Click\r\n", "One-Click"},
      {"Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=b&List-Unsubscribe=One-Click", "One-Click"},
      {url, "List%2dUnsubscribe=One%2DClick", "One-Click"},
      {url, "List-Unsubscribe=One+Click", "One Click"},
      {url, "List-Unsubscribe=%zz%4", "%zz%4"},
      {url, "list-unsubscribe=One-Click", "(none)"},
      {url, "List-Unsubscribe", "(none)"},
      {url, "", "(none)"},
      {url, "&&&=&", "(none)"},
      {multi, wanted + "--B--\r\n", "One-Click"},
      {multi, part("form-data; name=other", "x") + wanted + "--B--", "One-Click"},
      {"multipart/form-data; charset=x; boundary=\"B\"", wanted + "--B--\r\n", "One-Click"},
      {multi, part("form-data; name=List-Unsubscribe; filename=x", "One-Click") + "--B--", "One-Click"},
      {multi, "--B\r\ncontent-disposition: form-data; name=\"List-Unsubscribe\"\r\nX: y\r\n\r\n\r\n--B--", ""},
      {multi, part("form-data; name=\"x\"; y=\"name=List-Unsubscribe\"", "z") + "--B--", "(none)"},
      {multi, "--B--\r\n", "(none)"},
      {multi, "--B\r\n", "(none)"},
      {multi, "--C\r\n\r\n\r\n--C--", "(none)"},
      {multi, "", "(none)"},
      {"multipart/form-data", wanted, "(none)"},
      {"multipart/form-data; boundary=", wanted, "(none)"},
      {"text/plain", "List-Unsubscribe=One-Click", "(none)"},
      {"", "List-Unsubscribe=One-Click", "(none)"},
  };
  for (Row const& row : rows)
    BOOST_TEST_CONTEXT(row.type + " " + row.body) { BOOST_TEST(found(row.type, row.body) == row.value); }
}

BOOST_AUTO_TEST_CASE(any_octets_are_taken) {
  std::string const whole = part("form-data; name=\"List-Unsubscribe\"", "One-Click") + "--B--";
  for (std::size_t i = 0; i <= whole.size(); ++i) {
    (void)found("multipart/form-data; boundary=B", whole.substr(0, i));
    (void)found("multipart/form-data; boundary=B", whole.substr(i));
    (void)found("multipart/form-data; boundary=" + whole.substr(0, i), whole);
    (void)found(whole.substr(i), whole);
  }
}

BOOST_AUTO_TEST_SUITE_END()
