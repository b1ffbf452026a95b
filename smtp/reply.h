// smtp/reply.h - replies, and the one table from Errc to an SMTP code (RFC 5321, 4.2; RFC 3463). Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace mc::smtp {

struct Reply {
  int code = 250;
  std::string status;              // enhanced status code, "2.1.0"; empty where none belongs (220, 354, EHLO)
  std::vector<std::string> lines;  // at least one
  bool close = false;              // the connection ends after it

  Reply(int c, std::string s, std::string text) : code(c), status(std::move(s)), lines{std::move(text)} {}
  Reply(int c, std::string s, std::vector<std::string> l)
      : code(c), status(std::move(s)), lines(std::move(l)) {}
  Reply closing() && {
    close = true;
    return std::move(*this);
  }
};

// Appends all lines with CRLF; text is made printable.
void write_reply(Reply const& reply, std::string& out);

// Where an Error came up; the same Errc has different codes for an address and for content.
enum class Stage { command, address, content };
// An error text that begins with an enhanced status code ("5.4.6 A loop") brings its own.
Reply reply_for(Error const& error, Stage stage);

}  // namespace mc::smtp
