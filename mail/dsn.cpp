#include <algorithm>
#include <array>
#include <cstdio>

#include "core/crypto.h"
#include "core/text.h"
#include "core/time_text.h"
#include "mail/body_text.h"
#include "mail/compose.h"
#include "mail/headers.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t most_header_returned = 65536;

struct ActionWords {
  DsnAction action;
  std::string_view keyword;  // RFC 3464, 2.3.3
  std::string_view words;
};
constexpr auto actions = std::to_array<ActionWords>({
    {DsnAction::failed, "failed", "could not be delivered"},
    {DsnAction::delayed, "delayed", "could not be delivered yet; we keep trying"},
    {DsnAction::delivered, "delivered", "was delivered"},
    {DsnAction::relayed, "relayed", "was handed to a server that sends no confirmations"},
    {DsnAction::expanded, "expanded", "was delivered to a list and sent on"},
});

ActionWords const& words_of(DsnAction action) {
  return *std::find_if(actions.begin(), actions.end(), [&](auto const& row) { return row.action == action; });
}

// Printable ASCII on one line: anything else as '?'.
std::string ascii_line(std::string_view s) {
  std::string out(trim(s));
  for (char& c : out)
    if (c < 0x20 || c == 0x7F) c = static_cast<unsigned char>(c) < 0x80 ? ' ' : '?';
  return out;
}

// utf-8-addr-xtext: "\x{" hex of the character "}"                 RFC 6533, 3
std::string write_recipient(std::string_view address) {
  if (is_ascii(address)) return "rfc822; " + ascii_line(address);
  std::string valid, out = "utf-8; ";
  append_valid_utf8(valid, address);
  for (std::string_view rest = valid; !rest.empty();) {
    auto n = utf8_sequence(rest);
    auto lead = static_cast<unsigned char>(rest[0]);
    if (n == 1) {
      out += lead > 0x20 && lead < 0x7F && lead != '\\' ? rest[0] : '?';
    } else {
      char32_t c = lead & (0xFFu >> (n + 1));
      for (char tail : rest.substr(1, n - 1)) c = c << 6 | (static_cast<unsigned char>(tail) & 0x3F);
      char text[16];
      std::snprintf(text, sizeof text, "\\x{%X}", static_cast<unsigned>(c));
      out += text;
    }
    rest.remove_prefix(n);
  }
  return out;
}

void write_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += name;
  out += ": ";
  out += encode_header(value, name.size() + 2);
  out += "\r\n";
}

std::string with_type(std::string_view type, std::string_view value) {
  return value.empty() ? std::string() : std::string(type) + "; " + ascii_line(value);
}

// per-message-fields                                               RFC 3464, 2.2
std::string write_message_fields(DsnReport const& report) {
  std::string out;
  write_field(out, "Original-Envelope-Id", ascii_line(report.envelope_id));
  write_field(out, "Reporting-MTA", with_type("dns", report.reporting_mta));
  if (report.arrival) write_field(out, "Arrival-Date", write_rfc5322_date(*report.arrival));
  return out;
}

// per-recipient-fields                                             RFC 3464, 2.3
std::string write_recipient_fields(DsnRecipient const& recipient) {
  std::string out;
  write_field(out, "Original-Recipient", ascii_line(recipient.original_recipient));
  write_field(out, "Final-Recipient", write_recipient(recipient.final_recipient));
  write_field(out, "Action", words_of(recipient.action).keyword);
  write_field(out, "Status", ascii_line(recipient.status));
  write_field(out, "Remote-MTA", with_type("dns", recipient.remote_mta));
  write_field(out, "Diagnostic-Code", with_type("smtp", recipient.diagnostic));
  if (recipient.last_attempt)
    write_field(out, "Last-Attempt-Date", write_rfc5322_date(*recipient.last_attempt));
  if (recipient.will_retry_until && recipient.action == DsnAction::delayed)
    write_field(out, "Will-Retry-Until", write_rfc5322_date(*recipient.will_retry_until));
  return out;
}

std::string write_words(DsnReport const& report) {
  if (!report.text.empty()) return report.text;
  std::string out = "This is the mail system at " + ascii_line(report.reporting_mta) + ".\n";
  for (auto const& recipient : report.recipients) {
    out += "\nYour message to <" + recipient.final_recipient + "> ";
    out += words_of(recipient.action).words;
    out += ".\n";
    if (!recipient.diagnostic.empty()) out += "  " + ascii_line(recipient.diagnostic) + '\n';
  }
  return out;
}

// The worst there is to say names the report.
std::string_view subject_of(DsnReport const& report) {
  auto any = [&](DsnAction action) {
    return std::any_of(report.recipients.begin(), report.recipients.end(),
                       [&](auto const& r) { return r.action == action; });
  };
  if (any(DsnAction::failed)) return "Undelivered mail returned to sender";
  return any(DsnAction::delayed) ? "Delayed mail (still being tried)" : "Mail delivery report";
}

std::string_view returned_header(std::string_view message) {
  auto block = message.substr(0, header_end(message));
  if (block.size() <= most_header_returned) return block;
  return block.substr(0, block.rfind('\n', most_header_returned) + 1);
}

struct Returned {
  std::string part;  // MIME header and body
  bool eight_bit = false;
};

// The message itself, or its header if that is asked for or if it cannot travel as it is.
Returned write_returned(DsnReport const& report) {
  if (report.ret == DsnReturn::full) {
    auto lines = with_crlf(report.message);
    if (is_mail_text(lines)) {
      bool eight_bit = !is_ascii(lines);
      std::string part = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: ";
      part += eight_bit ? "8bit\r\n\r\n" : "7bit\r\n\r\n";
      return {part + lines, eight_bit};
    }
  }
  return {write_text_part("text/rfc822-headers", returned_header(report.message)), false};
}

}  // namespace

std::string compose_delivery_status(DsnReport const& report) {
  auto boundary = "=_" + base32_lower(random_octets(20));
  auto delimiter = "\r\n--" + boundary + "\r\n";
  auto returned = write_returned(report);
  std::string out;
  write_field(out, "Date", write_rfc5322_date(report.date));
  out += "From: " + encode_addresses({report.from}, 6) + "\r\n";
  auto to = decode_addresses(report.to);
  if (!to.empty()) out += "To: " + encode_addresses({to.front()}, 4) + "\r\n";
  write_field(out, "Subject", subject_of(report));
  out += "Message-ID: " + make_message_id(report.reporting_mta) + "\r\n";
  out += "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n";
  out += "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" + boundary + "\"\r\n";
  if (returned.eight_bit) out += "Content-Transfer-Encoding: 8bit\r\n";
  out += delimiter;
  std::string words;
  append_valid_utf8(words, write_words(report));
  out += write_text_part("text/plain; charset=utf-8", words);
  out += delimiter;
  out += "Content-Type: message/delivery-status\r\n\r\n" + write_message_fields(report);
  for (auto const& recipient : report.recipients) out += "\r\n" + write_recipient_fields(recipient);
  out += delimiter;
  out += returned.part;
  out += "\r\n--" + boundary + "--\r\n";
  return out;
}

}  // namespace mc::mail
