// Bounces in words: which server writes so, and what it says (center/bounce_report.h).
#include <algorithm>
#include <array>

#include "center/bounce_report.h"
#include "core/text.h"

namespace mc::center {

namespace {

// How servers begin that write no machine-readable part, and where the copy of our own mail begins in it.
struct Wording {
  std::string_view says, copy;
};
constexpr std::array wordings{
    Wording{"This is the qmail-send program", "--- Below this line is a copy of the message"},  // also qmail-ldap
    Wording{"This is an error report from yahoo", "--- Below this line is a copy of the message"},
    Wording{"unable to deliver your message to the following address", "--- Below this line is a copy of the message"},
    Wording{"created automatically by mail delivery software", "------ This is a copy of"},  // Exim
    Wording{"had permanent fatal errors", "----- Original message follows"},                 // Sendmail
    Wording{"This is the Postfix program at host", "------ Forwarded Message"},
    Wording{"This is the mail system at host", "------ Forwarded Message"},
    Wording{"This is the Sendmail program", "----- Original message follows"},
    Wording{"did not reach some or all of the intended recipients", "Original message headers"},  // Exchange
    Wording{"Delivery has failed to these recipients", "Original message headers"},
    Wording{"couldn't be delivered", "Original Message Headers"},  // Microsoft 365
    Wording{"Fehler bei der Nachrichtenzustellung", "Ursprüngliche Nachrichtenkopfzeilen"},
    Wording{"konnte nicht zugestellt werden", "Ursprüngliche Nachrichtenkopfzeilen"},
    Wording{"Échec de la remise", "En-têtes de message d'origine"},
    Wording{"n'a pas pu être remis", "En-têtes de message d'origine"},
    Wording{"No se pudo entregar", "Encabezados de mensaje originales"},
    Wording{"Error de entrega", "Encabezados de mensaje originales"},
    Wording{"配信できませんでした", "元のメッセージ ヘッダー"},
    Wording{"Delivery to the following recipient failed permanently", "----- Original message -----"},  // Gmail
    Wording{"** Address not found **", "----- Original message -----"},
    Wording{"** Message not delivered **", "----- Original message -----"},
    Wording{"** Message blocked **", "----- Original message -----"},
    Wording{"was not delivered to:", "------ Original message"},  // Lotus Domino
    Wording{"Delivery Failure Report", "------ Original message"},  // IBM Notes
    Wording{"trying to deliver the mail to the following recipients", "------ Original message"},  // Amazon SES
    Wording{"could not be delivered to the following recipient", "------ Original message"},       // Mailgun
    Wording{"had PERMANENT fatal delivery errors", "--- Original message follows"},                // MDaemon
    Wording{"identified this message as undeliverable", "--- Original message follows"},
    Wording{"was undeliverable", "------ Original message"},  // IronPort
};

// What says that it is not over yet: another try follows, or nothing failed.
constexpr std::array<std::string_view, 16> delays{
    "has not yet been delivered",     "delivery attempts will continue", "will be retried",
    "will retry",                     "will keep trying",                "warning message only",
    "could not send message for past", "still being retried",            "delivery incomplete",
    "has been delayed",               "is delayed",                      "verzögert",
    "retardée",                       "se ha retrasado",                 "配信が遅れて",
    "successfully delivered"};

constexpr std::size_t most_quoted = 30;  // replies in one text that are looked at

bool says(std::string_view text, std::string_view words) { return ifind(text, words) != std::string_view::npos; }

// What stands before the copy of our own mail, if a server is known by it. Absent: nobody's words.
std::optional<std::string_view> find_own_words(std::string_view text) {
  for (Wording const& wording : wordings) {
    auto const at = ifind(text, wording.says);
    if (at == std::string_view::npos) continue;
    auto const copy = ifind(text.substr(at), wording.copy);
    return copy == std::string_view::npos ? text : text.substr(0, at + copy);
  }
  return std::nullopt;
}

// Does a word begin here that is a reply's code ("550 …") or status ("5.1.1")? No date ("5.1.26"), no address ("5.1.1.7").
bool begins_reply(std::string_view text, std::size_t at) {
  bool const word = at == 0 || std::string_view(" \t\r\n(<>:#;'\"[").find(text[at - 1]) != std::string_view::npos;
  if (!word || at + 4 > text.size()) return false;
  std::string_view const rest = text.substr(at);
  if (is_digit(rest[1]) && is_digit(rest[2])) return rest[3] == ' ' || rest[3] == '-';
  if (rest[1] != '.' || !is_digit(rest[2])) return false;
  auto const end = rest.find_first_not_of("0123456789.");
  std::string_view const number = rest.substr(0, end);
  auto const parts = split(number.ends_with('.') ? number.substr(0, number.size() - 1) : number, '.');
  if (parts.size() != 3) return false;
  auto const subject = parse_number(parts[1]), detail = parse_number(parts[2]);
  return subject && detail && *subject <= 7 && (*detail <= 20 || (*detail >= 100 && *detail < 1000));
}

// One paragraph from here on, white space collapsed.
std::string read_paragraph(std::string_view text, std::size_t at) {
  std::string out;
  int line_ends = 0;
  for (char c : text.substr(at, 400)) {
    bool const space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    line_ends = c == '\n' ? line_ends + 1 : space ? line_ends : 0;
    if (line_ends > 1) break;
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  return printable(trim(out), 300);
}

// The first reply quoted that is hard, else the first. A bare code is believed with words that say it.
std::optional<Failure> find_quoted_reply(std::string_view text) {
  std::optional<Failure> first;
  std::size_t looked_at = 0;
  for (std::size_t at = text.find_first_of("45"); at != std::string_view::npos; at = text.find_first_of("45", at + 1)) {
    if (!begins_reply(text, at)) continue;
    if (++looked_at > most_quoted) break;
    std::string reply = read_paragraph(text, at);
    BounceClass const is = classify_reply(reply, Asked::unknown);
    if (is.kind == BounceKind::none || (first && is.kind != BounceKind::hard)) continue;
    first = Failure{is, std::move(reply)};
    if (is.kind == BounceKind::hard) break;
  }
  return first;
}

}  // namespace

std::optional<Failure> find_failure_in_words(std::string_view text, bool known) {
  auto const words = find_own_words(text);
  if (!words && !known) return std::nullopt;
  std::string_view const said = words.value_or(text);
  if (std::any_of(delays.begin(), delays.end(), [&](std::string_view delay) { return says(said, delay); })) return std::nullopt;
  if (auto quoted = find_quoted_reply(said)) return quoted;
  if (!words) return std::nullopt;
  BounceClass const is = classify_words(said);
  if (is.kind == BounceKind::none) return std::nullopt;
  return Failure{is, std::string(is.what)};
}

}  // namespace mc::center
