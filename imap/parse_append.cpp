#include "imap/parse_append.h"

#include "imap/parse_command.h"

namespace mc::imap {

namespace {

// append-data = literal / literal8 / "UTF8" SP "(" literal8 ")"         RFC 9051, 9; RFC 6855, 4
void read_data(Cursor& in, AppendMessage& message) {
  message.utf8 = in.try_word("UTF8");
  if (message.utf8) {
    in.sp();
    in.open();
  }
  auto data = message.utf8 ? in.literal8() : in.any_literal();
  if (message.utf8) in.close();
  message.octets = data.octets;
  message.binary = data.binary;
}

// append-message = [SP flag-list] [SP date-time] SP append-data         RFC 3502, 6.3.11
AppendMessage read_message(Cursor& in) {
  AppendMessage message;
  in.sp();
  if (in.peek() == '(') {
    message.flags = in.flag_list();
    in.sp();
  }
  if (in.peek() == '"') {
    message.date = in.date_time();
    in.sp();
  }
  read_data(in, message);
  return message;
}

}  // namespace

// append = "APPEND" SP mailbox 1*append-message                         RFC 3502, 6.3.11
Result<AppendArgs> parse_append(Cursor in) {
  AppendArgs args;
  in.sp();
  args.mailbox = in.mailbox();
  do {
    if (args.messages.size() == max_append_messages) in.fail(Errc::limit, "Too many messages in one APPEND");
    args.messages.push_back(read_message(in));
  } while (in.ok() && !in.at_end());
  return in.finish(std::move(args));
}

std::optional<std::string> find_append_mailbox(std::string_view start, Dialect dialect) {
  auto head = parse_command(start, dialect);
  if (!head || head->name != "APPEND") return std::nullopt;
  head->args.sp();
  auto name = head->args.mailbox();
  head->args.sp();
  if (!head->args.ok()) return std::nullopt;
  return name;
}

}  // namespace mc::imap
