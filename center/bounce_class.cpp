#include "center/bounce_class.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.h"

namespace mc::center {

namespace {

constexpr std::size_t max_words = 2'000;  // of a reply that are looked at

// A refusal of the message says little of the address, and may be our own side's fault: it counts for half.
constexpr double full_weight = 1, half_weight = 0.5;

constexpr BounceClass hard(std::string_view what) { return {BounceKind::hard, what, 0}; }
constexpr BounceClass soft(std::string_view what) { return {BounceKind::soft, what, full_weight}; }
constexpr BounceClass lesser(std::string_view what) { return {BounceKind::soft, what, half_weight}; }
constexpr BounceClass ours(std::string_view what) { return {BounceKind::soft, what, 0}; }  // our own side's fault

// --- a reply, taken apart

struct Status {
  unsigned klass = 0, subject = 0, detail = 0;
};

unsigned take_number(std::string_view& text, std::size_t most_digits) {
  unsigned value = 0;
  for (; most_digits > 0 && !text.empty() && is_digit(text.front()); --most_digits, text.remove_prefix(1))
    value = value * 10 + static_cast<unsigned>(text.front() - '0');
  return value;
}

// status-code = ("2" / "4" / "5") "." 1*3DIGIT "." 1*3DIGIT                                 RFC 3463, 2
std::optional<Status> take_status(std::string_view text) {
  Status s;
  auto digit = [&] { return !text.empty() && is_digit(text.front()); };
  auto dot = [&] {
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
    return digit();
  };
  if (!digit()) return std::nullopt;
  s.klass = take_number(text, 1);
  if (!dot()) return std::nullopt;
  s.subject = take_number(text, 3);
  if (!dot()) return std::nullopt;
  s.detail = take_number(text, 3);
  if (digit()) return std::nullopt;
  return s;
}

struct Reply {
  unsigned code = 0;  // 0: none
  std::optional<Status> status;
  std::string_view words;  // all of it
};

// reply = [ "smtp;" ] [ 3DIGIT ( SP / "-" ) ] [ status-code ] text
Reply read_reply(std::string_view text) {
  text = trim(text.substr(0, max_words));
  if (istarts_with(text, "smtp;")) text = trim(text.substr(5));
  Reply reply;
  reply.words = text;
  bool coded = text.size() >= 3 && std::all_of(text.begin(), text.begin() + 3, is_digit) &&
               (text.size() == 3 || text[3] == ' ' || text[3] == '-');
  if (coded) {
    reply.code = take_number(text, 3);
    text = trim(text.substr(text.empty() ? 0 : 1));
    if (text.starts_with('#')) text.remove_prefix(1);  // qmail: "550 #5.1.1 …"
  }
  reply.status = take_status(text);
  if (reply.status && reply.status->subject == 0) reply.status.reset();  // "5.0.0" says nothing
  return reply;
}

unsigned class_of(Reply const& reply) { return reply.code ? reply.code / 100 : reply.status ? reply.status->klass : 0; }

// --- what status codes say

constexpr unsigned any_detail = ~0u;
struct StatusRow {
  unsigned subject, detail;
  BounceClass is;
  bool vague = false;  // used for this and that: words decide, if they are known
};
// Of class 5; the first that fits.
constexpr std::array status_rows{
    StatusRow{1, 5, lesser("refused")},                       // "valid"
    StatusRow{1, 7, ours("our sender address refused")},
    StatusRow{1, 8, ours("our sender address refused")},
    StatusRow{1, 9, lesser("refused")},                       // a relay that does not speak ESMTP
    StatusRow{1, 20, lesser("refused")},                      // Exchange: From with several addresses
    StatusRow{1, 90, ours("our own limit is reached")},     // Exchange Online
    StatusRow{1, 2, hard("no such domain")},
    StatusRow{1, 6, hard("address moved")},
    StatusRow{1, 10, hard("the domain takes no mail")},       // also Exchange: no such recipient
    StatusRow{1, any_detail, hard("no such address")},
    StatusRow{2, 0, soft("mailbox in trouble"), true},
    StatusRow{2, 1, hard("mailbox disabled")},
    StatusRow{2, 2, soft("mailbox full")},
    StatusRow{2, 3, lesser("message refused")},               // too big for the mailbox
    StatusRow{2, any_detail, soft("mailbox in trouble")},
    StatusRow{3, 0, soft("their mail system in trouble"), true},
    StatusRow{3, 4, lesser("message refused")},
    StatusRow{3, any_detail, soft("their mail system in trouble")},
    StatusRow{4, 1, soft("no answer from their server"), true},  // Exchange Online: "Recipient address rejected"
    StatusRow{4, 4, hard("no way to the domain")},
    StatusRow{4, 310, hard("no such domain")},                // Exchange Online
    StatusRow{4, any_detail, soft("no way there at the moment")},
    StatusRow{5, any_detail, lesser("refused"), true},        // Outlook.com: 550 5.5.0 mailbox unavailable
    StatusRow{6, any_detail, lesser("message refused")},
    StatusRow{7, any_detail, lesser("refused by policy")},
};

StatusRow const* find_row(Status const& status) {
  for (StatusRow const& row : status_rows)
    if (row.subject == status.subject && (row.detail == any_detail || row.detail == status.detail)) return &row;
  return nullptr;
}

// --- what words say

struct WordRow {
  std::string_view words;
  BounceClass is;
};
constexpr BounceClass full = soft("mailbox full"), policy = lesser("refused by policy");
constexpr BounceClass unknown = hard("no such address"), disabled = hard("mailbox disabled"), no_domain = hard("no such domain");

// Whatever the status says: 5.2.1 is also said of mailboxes that get too much at once, 5.1.1 of full ones.
constexpr std::array overriding{
    WordRow{"receiving mail at a rate", soft("too much at once")},
    WordRow{"receiving mail too quickly", soft("too much at once")},
    WordRow{"mailbox full", full},
    WordRow{"mailbox is full", full},
    WordRow{"over quota", full},
    WordRow{"overquota", full},
    WordRow{"quota exceeded", full},
    WordRow{"exceeded storage", full},
    WordRow{"out of storage space", full},
    WordRow{"relaying denied", ours("not relayed")},
    WordRow{"relay access denied", ours("not relayed")},
    WordRow{"relay not permitted", ours("not relayed")},
    WordRow{"unable to relay", ours("not relayed")},
};

// The first that is in the text.
constexpr std::array word_rows{
    WordRow{"recipient address rejected: access denied", unknown},  // Exchange Online, 5.4.1
    WordRow{"quota", full},
    WordRow{"insufficient storage", full},
    WordRow{"not enough storage", full},
    WordRow{"postfach voll", full},
    WordRow{"boîte aux lettres pleine", full},
    WordRow{"buzón lleno", full},
    WordRow{"relay", policy},
    WordRow{"spam", policy},
    WordRow{"policy", policy},
    WordRow{"block", policy},
    WordRow{"denied", policy},
    WordRow{"banned", policy},
    WordRow{"blacklist", policy},
    WordRow{"reputation", policy},
    WordRow{"virus", policy},
    WordRow{"too big", lesser("message refused")},
    WordRow{"too large", lesser("message refused")},
    WordRow{"size limit", lesser("message refused")},
    WordRow{"user unknown", unknown},
    WordRow{"unknown user", unknown},
    WordRow{"no such user", unknown},
    WordRow{"no such mailbox", unknown},
    WordRow{"no such address", unknown},
    WordRow{"no such recipient", unknown},
    WordRow{"no such account", unknown},
    WordRow{"no mailbox here", unknown},
    WordRow{"no mailbox by that name", unknown},
    WordRow{"mailbox not found", unknown},
    WordRow{"user not found", unknown},
    WordRow{"address not found", unknown},
    WordRow{"recipient not found", unknown},
    WordRow{"recipientnotfound", unknown},
    WordRow{"mailbox unavailable", unknown},
    WordRow{"does not exist", unknown},
    WordRow{"doesn't exist", unknown},
    WordRow{"do not exist", unknown},
    WordRow{"not listed in", unknown},  // Domino: "… Domino Directory", "public Name & Address Book"
    WordRow{"not a known user", unknown},
    WordRow{"not a valid mailbox", unknown},
    WordRow{"invalid recipient", unknown},
    WordRow{"invalid mailbox", unknown},
    WordRow{"unknown address", unknown},
    WordRow{"unknown recipient", unknown},
    WordRow{"recipient unknown", unknown},
    WordRow{"unrouteable address", unknown},
    WordRow{"unknown local-part", unknown},
    WordRow{"doesn't have a yahoo", unknown},
    WordRow{"n'existe pas", unknown},
    WordRow{"no existe", unknown},
    WordRow{"existiert nicht", unknown},
    WordRow{"wurde nicht gefunden", unknown},
    WordRow{"見つかりません", unknown},
    WordRow{"account is disabled", disabled},
    WordRow{"account disabled", disabled},
    WordRow{"mailbox disabled", disabled},
    WordRow{"mailbox is disabled", disabled},
    WordRow{"account has been disabled", disabled},
    WordRow{"administrative disabled", disabled},  // qmail-ldap
    WordRow{"mailbox is inactive", disabled},
    WordRow{"account is inactive", disabled},
    WordRow{"account has been suspended", disabled},
    WordRow{"host or domain name not found", no_domain},
    WordRow{"couldn't find any host named", no_domain},
    WordRow{"domain not found", no_domain},
    WordRow{"no such domain", no_domain},
    WordRow{"unknown domain", no_domain},
    WordRow{"retry timeout exceeded", soft("given up after many tries")},
    WordRow{"message expired", soft("given up after many tries")},
    WordRow{"timed out", soft("given up after many tries")},
    WordRow{"connection refused", soft("given up after many tries")},
};

template <std::size_t size>
BounceClass find_words(std::array<WordRow, size> const& rows, std::string_view text) {
  for (WordRow const& row : rows)
    if (ifind(text, row.words) != std::string_view::npos) return row.is;
  return {};
}

// --- what bare codes say                                                                RFC 5321, 4.2.3; RFC 7504

BounceClass classify_code(unsigned code, Asked asked) {
  bool const refuses = code == 550 || code == 551 || code == 553;
  if (code == 556) return hard("the domain takes no mail");
  if (refuses && asked == Asked::recipient) return unknown;
  if (code == 552) return full;
  if (code / 100 == 4) return soft("given up after many tries");
  return lesser("refused");
}

BounceClass classify(Reply const& reply, Asked asked) {
  unsigned const klass = class_of(reply);
  if (klass != 4 && klass != 5) return {};
  BounceClass const over = find_words(overriding, reply.words);
  if (over.kind != BounceKind::none) return over;
  if (klass == 4 || (reply.status && reply.status->klass == 4)) {
    bool const is_full = reply.status && reply.status->subject == 2 && reply.status->detail == 2;
    return is_full ? full : soft("given up after many tries");
  }
  StatusRow const* row = reply.status ? find_row(*reply.status) : nullptr;
  if (row && !row->vague) return row->is;
  BounceClass const said = find_words(word_rows, reply.words);
  if (said.kind != BounceKind::none) return said;
  if (row) return row->is;
  return classify_code(reply.code, asked);
}

bool is_vague(Reply const& reply) {
  StatusRow const* row = reply.status ? find_row(*reply.status) : nullptr;
  return !row || row->vague;
}

}  // namespace

std::string_view to_string(BounceKind kind) {
  static constexpr std::array<std::string_view, 3> names{"none", "soft", "hard"};
  return names.at(static_cast<std::size_t>(kind));
}

BounceClass classify_reply(std::string_view reply, Asked asked) { return classify(read_reply(reply), asked); }

// Words of policy ("relay", "block") mean something in a reply only; in a text they are anybody's.
BounceClass classify_words(std::string_view text) {
  text = text.substr(0, max_words);
  BounceClass const over = find_words(overriding, text);
  if (over.kind != BounceKind::none) return over;
  for (WordRow const& row : word_rows)
    if (row.is.weight != half_weight && ifind(text, row.words) != std::string_view::npos) return row.is;
  return {};
}

BounceClass classify_status(std::string_view status, std::string_view diagnosis) {
  Reply const by_status = read_reply(status), by_reply = read_reply(diagnosis);
  if (by_status.status && !is_vague(by_status)) {
    BounceClass const over = find_words(overriding, by_reply.words);
    return over.kind != BounceKind::none ? over : classify(by_status, Asked::unknown);
  }
  if (class_of(by_reply) == 4 || class_of(by_reply) == 5) {
    bool const more = by_reply.status && !is_vague(by_reply);
    BounceClass const said = classify(by_reply, Asked::unknown);
    if (more || !by_status.status || said.kind == BounceKind::hard) return said;
  }
  BounceClass const said = classify_words(by_reply.words);
  if (said.kind != BounceKind::none) return said;
  return by_status.status ? classify(by_status, Asked::unknown) : lesser("failed");
}

bool is_about_mailbox(std::string_view text) {
  auto const status = read_reply(text).status;
  return status && (status->subject == 1 || status->subject == 2);
}

bool has_status(std::string_view reply) { return read_reply(reply).status.has_value(); }

}  // namespace mc::center
