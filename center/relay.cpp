#include "center/relay.h"

#include <algorithm>

#include "center/automatic.h"
#include "center/counterparts.h"
#include "center/rewrite.h"
#include "center/storm_guard.h"
#include "center/teams.h"
#include "core/log.h"
#include "core/text.h"
#include "mail/headers.h"
#include "store/teams.h"
#include "store/thread_ids.h"

namespace mc::center {

namespace {

constexpr std::size_t most_named = 50;        // others named to each reader of one mail; a mass mailing names nobody
constexpr std::size_t most_conversations = 20;  // of two users, looked at for a Message-ID
constexpr std::size_t max_context = 200;

// One person's mail on its way to another.
struct Letter {
  Context const& context;
  store::Transaction& tx;
  Addressed const& mail;
  store::User const& author;
  store::User const& reader;
  store::Conversation conversation;
  bool of_platform = false;

  store::Thread thread() const { return {store::Thread::Kind::conversation, conversation.id.value}; }
  Settings const& settings() const { return context.settings; }
};

Error not_yours() {
  return fail(Errc::forbidden, "5.7.1 This address works for one user only, who writes from an address of his own");
}

bool is_person(SubmitterKind kind) { return kind == SubmitterKind::user || kind == SubmitterKind::agent; }

// ---- who else is in it

// The user an address of the header leads its author to; 0: none.
UserId find_named(store::Snapshot const& s, Target const& target, UserId author) {
  if (target.kind == Target::Kind::user) return target.user;
  if (target.kind != Target::Kind::conversation || target.token.user != author) return {};
  auto const conversation = store::find_conversation(s, store::ConversationId(target.token.subject));
  return conversation ? conversation->other(author) : UserId();
}

// To and Cc as the reader may see and use them: users by a token of his, teams of the author; nobody else.
class Named {
 public:
  explicit Named(Letter const& letter) : letter_(letter), seen_{letter.author.id, letter.reader.id} {}

  void add(mail::Address const& address) {
    if (!is_our_domain(letter_.settings(), address.host)) return;
    auto const target = find_target(letter_.tx, letter_.settings(), address.spec());
    if (!target) return;
    if (target->kind == Target::Kind::team) return add_team(target->team);
    if (UserId const user = find_named(letter_.tx, *target, letter_.author.id)) add_user(user);
  }
  std::vector<mail::Address> take() { return std::move(out_); }

 private:
  void add_user(UserId id) {
    if (std::find(seen_.begin(), seen_.end(), id) != seen_.end()) return;
    seen_.push_back(id);
    auto const user = store::find_user(letter_.tx, id);
    if (!user) return;
    out_.push_back(counterpart_address(letter_.settings(), letter_.tx, letter_.reader.id, *user, letter_.mail.now));
  }
  void add_team(store::TeamId id) {
    auto const team = store::find_team(letter_.tx, id);
    if (!team || !store::is_member(letter_.tx, id, letter_.author.id)) return;
    mail::Address address{team->name.empty() ? team->slug : team->name, "team-" + team->slug, letter_.settings().domain};
    if (std::find(out_.begin(), out_.end(), address) == out_.end()) out_.push_back(std::move(address));
  }

  Letter const& letter_;
  std::vector<UserId> seen_;
  std::vector<mail::Address> out_;
};

std::vector<mail::Address> others_for(Letter const& letter) {
  mail::Summary const& summary = letter.mail.prepared.summary;
  if (letter.of_platform || letter.mail.envelope.recipients.size() > most_named) return {};
  if (summary.to.size() + summary.cc.size() > most_named) return {};
  Named named(letter);
  for (auto const* field : {&summary.to, &summary.cc})
    for (mail::Address const& address : *field) named.add(address);
  return named.take();
}

// ---- the Message-IDs its reader knows

// Of a message in another conversation, or a team, that he takes part in.
std::string find_elsewhere(store::Snapshot const& s, std::string const& id, UserId reader) {
  for (store::ThreadMessage const& m : store::find_thread_messages(s, store::Thread::Kind::conversation, id, 1)) {
    if (m.author == reader) return id_for(m, reader);
    if (!m.author) continue;
    for (store::Conversation const& c : store::list_conversations(s, m.author, reader, most_conversations))
      if (auto known = store::find_thread_message(s, {store::Thread::Kind::conversation, c.id.value}, id))
        return id_for(*known, reader);
  }
  for (store::ThreadMessage const& m : store::find_thread_messages(s, store::Thread::Kind::team, id, 3))
    if (store::is_member(s, store::TeamId(m.thread.id), reader)) return id_for(m, reader);
  return {};
}

ThreadFields threading(Letter const& letter) {
  return thread_fields(letter.mail.prepared.summary, [&](std::string const& id) {
    if (auto known = store::find_thread_message(letter.tx, letter.thread(), id)) return id_for(*known, letter.reader.id);
    return find_elsewhere(letter.tx, id, letter.reader.id);
  });
}

// ---- the copy

std::string name_of_author(Letter const& letter) { return shown_name(letter.author, written_name(letter.mail.prepared)); }

NewHeader header_of(Letter const& letter) {
  mail::Summary const& summary = letter.mail.prepared.summary;
  NewHeader header;
  header.from = counterpart_address(letter.settings(), letter.conversation, letter.reader.id, name_of_author(letter));
  header.to = {{letter.reader.display_name, letter.reader.login, letter.settings().domain}};
  header.cc = others_for(letter);
  header.subject = summary.subject;
  header.message_id = shown_message_id(letter.settings(), letter.mail.envelope);
  ThreadFields fields = threading(letter);
  header.in_reply_to = std::move(fields.in_reply_to);
  header.references = std::move(fields.references);
  if (!summary.auto_submitted.empty() && summary.auto_submitted != "no")
    header.fields.emplace_back("Auto-Submitted", summary.auto_submitted.starts_with("auto-replied") ? "auto-replied" : "auto-generated");
  return header;
}

// A policy may have lost the type since the conversation began.
std::string type_of(Letter const& letter) {
  bool const known = static_cast<bool>(letter.mail.policy.policy->find_type(letter.conversation.type));
  return known ? letter.conversation.type : std::string(ordinary_type);
}

// Of a copy: no word of the client, its host or the author's address. What the platform hands in is named as ever.
Envelope envelope_of(Letter const& letter) {
  Envelope const& given = letter.mail.envelope;
  Envelope e;
  e.submitter = given.submitter;
  e.trace = given.trace;
  if (!letter.of_platform) {
    bool const agent = given.submitter.kind == SubmitterKind::agent;
    e.submitter = {agent ? SubmitterKind::agent : SubmitterKind::user, letter.author.id, letter.author.login};
    e.trace = {};
    e.trace.protocol = "LOCAL";
    e.type = type_of(letter);
  }
  e.personal = true;
  e.mail_id = given.mail_id;
  e.smtputf8 = given.smtputf8;
  e.eight_bit = given.eight_bit;
  e.recipients = {Recipient{address_of(letter.settings(), letter.reader.login)}};
  return e;
}

void note_message(Letter& letter, std::string const& shown) {
  store::Conversation& c = letter.conversation;
  ++c.messages;
  c.changed = letter.mail.now;
  store::update_conversation(letter.tx, c);
  UserId const author = letter.of_platform ? UserId() : letter.author.id;
  store::put_thread_message(letter.tx, {letter.thread(), c.messages, author, letter.mail.prepared.summary.message_id, shown,
                                        letter.mail.now});
}

Result<Outcome> deliver_copy(Letter const& letter, NewHeader const& header) {
  Prepared const copy = rewrite(letter.mail.prepared, header);
  Envelope const envelope = envelope_of(letter);
  MessageFacts const own(envelope, copy, letter.mail.now, letter.context.zones);
  std::string const sender = header.from.spec();
  // The platform's mail is decided by what the platform said of it, which stands in its own header.
  Addressed const message{envelope, copy, letter.of_platform ? letter.mail.facts : own, letter.mail.policy, letter.mail.now, sender};
  Delivery delivery(letter.context, letter.tx, message);
  auto done = delivery.deliver_to(letter.reader, envelope.recipients[0]);
  delivery.finish();
  return done;
}

// How the reader wants it kept is none of the author's business.
Outcome accepted(Letter const& letter, std::string text) {
  Outcome out;
  out.text = std::move(text);
  out.login = letter.reader.login;
  out.type = letter.conversation.type;
  return out;
}

Result<Outcome> pass_on(Letter letter) {
  NewHeader const header = header_of(letter);
  auto done = deliver_copy(letter, header);
  if (!done || done->duplicate) return done;
  note_message(letter, header.message_id);
  if (!letter.of_platform) done->text = "Delivered";
  return done;
}

// ---- named more than once

// Is he in a team that this mail goes to as well? Then he gets the team's copy.
bool gets_it_by_team(Letter const& letter) {
  for (Recipient const& recipient : letter.mail.envelope.recipients) {
    if (!istarts_with(recipient.address, "team-")) continue;
    auto const target = find_target(letter.tx, letter.settings(), recipient.address);
    if (!target || target->kind != Target::Kind::team || !store::is_member(letter.tx, target->team, letter.reader.id)) continue;
    auto const team = store::find_team(letter.tx, target->team);
    if (team && check_may_post(letter.tx, *team, letter.author.id)) return true;
  }
  return false;
}

// By another of his addresses in the same envelope.
bool got_it(Letter const& letter) {
  if (letter.mail.envelope.recipients.size() == 1) return false;
  std::string const shown = shown_message_id(letter.settings(), letter.mail.envelope);
  for (store::Conversation const& c :
       store::list_conversations(letter.tx, letter.author.id, letter.reader.id, most_conversations))
    if (store::find_thread_message(letter.tx, {store::Thread::Kind::conversation, c.id.value}, shown)) return true;
  return false;
}

Result<Outcome> relay(Letter letter) {
  if (gets_it_by_team(letter)) return accepted(letter, "Delivered by the team's address");
  if (got_it(letter)) return accepted(letter, "Delivered");
  return pass_on(std::move(letter));
}

// ---- what no person wrote

// Absent: pass it on. What a program answered goes no further; other mail of programs goes back, so that a person who is
// taken for one learns of it.
std::optional<Result<Outcome>> hold_automatic(Addressed const& mail, Settings const& settings) {
  bool const person = is_person(mail.envelope.submitter.kind);
  std::string const path = person ? address_of(settings, mail.envelope.submitter.name) : mail.envelope.reverse_path;  // a client may name none
  Automatic const automatic = classify_automatic(mail.prepared.summary, mail.prepared.octets, path, settings.domain);
  if (!automatic) return std::nullopt;
  bool const answer = automatic.kind == AutomaticKind::auto_replied || automatic.kind == AutomaticKind::bounce;
  if (!answer && person) return std::nullopt;
  log_info("not_relayed", {{"mail", mail.envelope.mail_id}, {"kind", to_string(automatic.kind)}, {"sign", automatic.reason}});
  if (answer) return Result<Outcome>(Outcome{.text = "Taken; automatic answers are not passed on", .type = std::string(ordinary_type)});
  return Result<Outcome>(fail(Errc::forbidden, "5.7.1 Mail that no person wrote is not passed on (" + std::string(automatic.reason) + ')'));
}

// ---- the platform's

// A field of the platform's, on one line.
std::string platform_field(Prepared const& mail, std::string_view name) {
  auto const value = mail::find_header(mail.octets, name);
  return value ? std::string(trim(mail::unfold(*value))) : std::string();
}

// Who the mail is from in truth; absent: nobody who can be answered.
std::optional<store::User> find_platform_author(store::Snapshot const& s, Settings const& settings, Prepared const& mail) {
  std::string login = platform_field(mail, "X-MC-Counterpart");
  if (login.empty()) {
    auto const& from = mail.summary.from;
    if (from.size() != 1 || !is_our_domain(settings, from[0].host)) return std::nullopt;
    login = from[0].mailbox;
  }
  auto user = store::find_user(s, login_of(settings, login));
  bool const person = user && (user->role == store::Role::user || user->role == store::Role::agent);
  return person ? user : std::nullopt;
}

// A conversation of the two that knows what this mail answers.
std::optional<store::Conversation> find_answered(store::Snapshot const& s, mail::Summary const& summary, UserId a, UserId b) {
  std::vector<std::string> ids = summary.in_reply_to;
  ids.insert(ids.end(), summary.references.rbegin(), summary.references.rend());
  if (ids.size() > most_conversations) ids.resize(most_conversations);
  if (ids.empty()) return std::nullopt;
  for (store::Conversation const& c : store::list_conversations(s, a, b, most_conversations))
    for (std::string const& id : ids)
      if (store::find_thread_message(s, {store::Thread::Kind::conversation, c.id.value}, id)) return c;
  return std::nullopt;
}

// "interview.invited" is answered by "interview.message", if there is such a type of the Inbox tab; a team's invitation is
// no mail of the team.
std::string answer_type(rules::Policy const& policy, std::string_view type) {
  std::string const message = std::string(type.substr(0, type.find('.'))) + ".message";
  auto const known = policy.find_type(message);
  bool const fits = known && policy.type(known).tab == rules::Tab::inbox && message != "team.message";
  return fits ? message : std::string(ordinary_type);
}

store::Conversation platform_conversation(store::Transaction& tx, Addressed const& mail, std::string_view type, UserId author,
                                          UserId reader) {
  mail::Summary const& summary = mail.prepared.summary;
  std::string about = printable(platform_field(mail.prepared, "X-MC-Conversation"), max_context);
  if (about.empty())
    if (auto answered = find_answered(tx, summary, author, reader)) return *answered;
  if (about.empty() && type != ordinary_type)
    about = !summary.references.empty()    ? summary.references.front()
            : !summary.in_reply_to.empty() ? summary.in_reply_to.front()
                                           : summary.message_id;
  return store::get_conversation(tx, author, reader, about, answer_type(*mail.policy.policy, type), mail.now);
}

}  // namespace

std::string shown_message_id(Settings const& settings, Envelope const& envelope) {
  return '<' + envelope.mail_id + '@' + settings.hostname + '>';
}

std::string_view written_name(Prepared const& mail) {
  auto const& from = mail.summary.from;
  return from.size() == 1 ? std::string_view(from[0].name) : std::string_view();
}

Result<store::User> find_writer(store::Snapshot const& s, Settings const& settings, Submitter const& submitter,
                                Prepared const& mail, UserId holder) {
  auto user = store::find_user(s, holder);
  if (!user || !user->enabled) return not_yours();
  if (is_person(submitter.kind)) {
    if (submitter.user != holder) return not_yours();
    return *user;
  }
  auto const& from = mail.summary.from;
  if (from.size() != 1 || mail::find_headers(mail.octets, "From").size() != 1) return not_yours();
  std::string const address = from[0].spec();
  bool const in_his_name = submitter.kind == SubmitterKind::platform && iequals(address, address_of(settings, user->login));
  bool const his = !user->email.empty() && user->email_state == store::AddressState::verified && iequals(address, user->email);
  if (!in_his_name && (!his || mail.auth.dmarc == "fail")) return not_yours();
  return *user;
}

Result<void> check_may_write(store::Snapshot const& s, Submitter const& submitter, Target const& target,
                             std::string_view address) {
  bool const person = is_person(submitter.kind);
  if (target.kind == Target::Kind::user) return person ? check_takes_mail(s, submitter.user, target.user) : Result<void>();
  if (target.kind != Target::Kind::conversation) return {};
  auto const conversation = store::find_conversation(s, store::ConversationId(target.token.subject));
  UserId const holder = target.token.user;
  if (!conversation || !conversation->takes_part(holder)) return unknown_address(address);
  if (person && submitter.user != holder) return not_yours();
  if (!store::find_user(s, conversation->other(holder))) return unknown_address(address);
  return person ? check_takes_mail(s, holder, conversation->other(holder)) : Result<void>();
}

Result<Outcome> relay_to_user(Context const& context, store::Transaction& tx, Addressed const& mail, store::User const& to,
                              Recipient const& recipient) {
  auto const author = store::find_user(tx, mail.envelope.submitter.user);
  if (!author) return fail(Errc::forbidden, "5.7.1 This account is gone");
  if (author->id == to.id) {
    Delivery delivery(context, tx, mail);
    auto done = delivery.deliver_to(to, recipient);
    delivery.finish();
    return done;
  }
  if (auto takes = check_takes_mail(tx, author->id, to.id); !takes) return takes.error();
  if (auto held = hold_automatic(mail, context.settings)) return *std::move(held);
  auto conversation = store::get_conversation(tx, author->id, to.id, {}, ordinary_type, mail.now);
  return relay({context, tx, mail, *author, to, std::move(conversation)});
}

Result<Outcome> relay_in_conversation(Context const& context, store::Transaction& tx, Addressed const& mail, Target const& target,
                                      Recipient const& recipient) {
  auto conversation = store::find_conversation(tx, store::ConversationId(target.token.subject));
  UserId const holder = target.token.user;
  if (!conversation || !conversation->takes_part(holder)) return unknown_address(recipient.address);
  auto const author = find_writer(tx, context.settings, mail.envelope.submitter, mail.prepared, holder);
  if (!author) return author.error();
  auto const reader = store::find_user(tx, conversation->other(holder));
  if (!reader) return unknown_address(recipient.address);
  if (auto takes = check_takes_mail(tx, holder, reader->id); !takes) return takes.error();
  if (auto held = hold_automatic(mail, context.settings)) return *std::move(held);
  if (mail.envelope.submitter.kind == SubmitterKind::outside)
    if (auto calm = check_storm(context.settings, tx, author->login, conversation->id.value, mail.now); !calm) return calm.error();
  // The other side's token may have been revoked meanwhile: then he gets another.
  auto current = store::get_conversation(tx, conversation->low, conversation->high, conversation->context, conversation->type, mail.now);
  return relay({context, tx, mail, *author, *reader, std::move(current)});
}

std::optional<Result<Outcome>> relay_from_platform(Context const& context, store::Transaction& tx, Addressed const& mail,
                                                   store::User const& to, Recipient const&) {
  rules::Policy const& policy = *mail.policy.policy;
  auto const type = policy.find_type(mail.facts.facts().type.value_or(std::string_view()));
  if (!type || policy.type(type).tab != rules::Tab::inbox) return std::nullopt;
  auto const author = find_platform_author(tx, context.settings, mail.prepared);
  if (!author || author->id == to.id) return std::nullopt;
  if (auto takes = check_takes_mail(tx, author->id, to.id); !takes) return Result<Outcome>(takes.error());
  auto conversation = platform_conversation(tx, mail, policy.type(type).name, author->id, to.id);
  return pass_on({context, tx, mail, *author, to, std::move(conversation), true});
}

}  // namespace mc::center
