#include "smtp/reply.h"

#include <array>

#include "core/text.h"

namespace mc::smtp {

namespace {

struct Face {
  int code;
  std::string_view status;
};
struct Row {
  Errc errc;
  Face command, address, content;
};

constexpr std::array<Row, 13> faces{{
    {Errc::syntax, {501, "5.5.4"}, {553, "5.1.3"}, {550, "5.6.0"}},
    {Errc::not_found, {550, "5.1.1"}, {550, "5.1.1"}, {550, "5.1.1"}},
    {Errc::exists, {550, "5.7.1"}, {550, "5.7.1"}, {550, "5.7.1"}},
    {Errc::forbidden, {550, "5.7.1"}, {550, "5.7.1"}, {550, "5.7.1"}},
    {Errc::auth_failed, {535, "5.7.8"}, {535, "5.7.8"}, {535, "5.7.8"}},
    {Errc::auth_required, {530, "5.7.0"}, {530, "5.7.0"}, {530, "5.7.0"}},
    {Errc::limit, {452, "4.5.3"}, {452, "4.5.3"}, {452, "4.5.3"}},
    {Errc::too_big, {552, "5.3.4"}, {552, "5.3.4"}, {552, "5.3.4"}},
    {Errc::no_space, {452, "4.3.1"}, {452, "4.3.1"}, {452, "4.3.1"}},
    {Errc::conflict, {554, "5.6.0"}, {554, "5.6.0"}, {554, "5.6.0"}},
    {Errc::unsupported, {504, "5.5.4"}, {504, "5.5.4"}, {554, "5.6.1"}},
    {Errc::unavailable, {451, "4.3.0"}, {451, "4.3.0"}, {451, "4.3.0"}},
    {Errc::internal, {451, "4.3.0"}, {451, "4.3.0"}, {451, "4.3.0"}},
}};

// status-code = class "." subject "." detail                      RFC 3463, 2
std::size_t own_status_length(std::string_view text) {
  auto space = text.find(' ');
  std::string_view word = text.substr(0, space);
  if (space == std::string_view::npos || word.size() < 5 || word.size() > 9) return 0;
  if ((word[0] != '4' && word[0] != '5') || word[1] != '.') return 0;
  auto dot = word.find('.', 2);
  if (dot == std::string_view::npos) return 0;
  return parse_number(word.substr(2, dot - 2)) && parse_number(word.substr(dot + 1)) ? word.size() : 0;
}

}  // namespace

void write_reply(Reply const& reply, std::string& out) {
  for (std::size_t i = 0; i < reply.lines.size(); ++i) {
    out += std::to_string(reply.code);
    out += i + 1 < reply.lines.size() ? '-' : ' ';
    if (!reply.status.empty()) out += reply.status + ' ';
    out += printable(reply.lines[i], 480);
    out += "\r\n";
  }
}

Reply reply_for(Error const& error, Stage stage) {
  Face face{451, "4.3.0"};
  for (Row const& row : faces)
    if (row.errc == error.code)
      face = stage == Stage::command ? row.command : stage == Stage::address ? row.address : row.content;
  std::string_view text = error.text;
  if (std::size_t own = own_status_length(text)) {
    // A loop is a failed transaction, whatever Errc carried it; too much of one sender is his to wait for.
    int code = text.starts_with("5.4.6") ? 554 : text.starts_with("4.7.1") ? 450 : face.code;
    return Reply(code, std::string(text.substr(0, own)), std::string(text.substr(own + 1)));
  }
  return Reply(face.code, std::string(face.status), std::string(text));
}

}  // namespace mc::smtp
