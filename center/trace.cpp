#include "center/trace.h"

#include <algorithm>

#include "core/text.h"
#include "core/time_text.h"
#include "mail/compose.h"

namespace mc::center {

namespace {

// A word as it may stand in a Received field: what is not plain is replaced.
std::string trace_word(std::string_view word) {
  std::string out = printable(word, 255);
  for (char& c : out)
    if (c == '(' || c == ')' || c == ';' || c == ' ' || c == '\\' || c == '"' || static_cast<unsigned char>(c) > 126)
      c = '?';
  return out;
}

std::string from_clause(Envelope const& envelope) {
  if (envelope.submitter.user || (envelope.trace.helo.empty() && envelope.trace.peer.empty())) return {};
  std::string helo = trace_word(envelope.trace.helo);
  std::string peer = envelope.trace.peer.empty() ? "" : " ([" + envelope.trace.peer + "])";
  return "from " + (helo.empty() ? std::string("unknown") : helo) + peer + ' ';
}

}  // namespace

std::string write_field(std::string_view name, std::string_view value) {
  constexpr std::size_t columns = 78;
  std::string out(name);
  out += ": ";
  std::size_t column = out.size();
  while (!value.empty()) {
    auto end = value.find(' ', 1);
    std::string_view word = value.substr(0, end);
    if (column + word.size() > columns && word.starts_with(' ')) {
      out += "\r\n";
      column = 0;
    }
    out += word;
    column += word.size();
    value.remove_prefix(word.size());
  }
  return out += "\r\n";
}

std::string write_received(Envelope const& envelope, std::string_view hostname, std::string_view recipient, Time now) {
  std::string value = from_clause(envelope) + "by " + std::string(hostname) + " with " + envelope.trace.protocol;
  if (!envelope.trace.tls.empty()) value += " (" + envelope.trace.tls + ")";
  value += " id " + envelope.mail_id;
  if (!recipient.empty() && std::all_of(recipient.begin(), recipient.end(), [](char c) { return c > ' ' && c < 127; }))
    value += " for <" + std::string(recipient) + ">";
  return write_field("Received", value + "; " + write_rfc5322_date(now));
}

std::string write_return_path(std::string_view reverse_path) {
  return "Return-Path: <" + printable(reverse_path, 320) + ">\r\n";
}

std::string write_list_id(std::string_view label, std::string_view type, std::string_view tab,
                          std::string_view domain) {
  std::string id(type);
  std::replace_if(id.begin(), id.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  return mail::encode_header(label) + " <" + id + '.' + std::string(tab) + '.' + std::string(domain) + '>';
}

}  // namespace mc::center
