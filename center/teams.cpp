#include "center/teams.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "center/automatic.h"
#include "center/counterparts.h"
#include "center/post.h"
#include "center/relay.h"
#include "center/rewrite.h"
#include "center/trace.h"
#include "core/log.h"
#include "core/text.h"
#include "store/mailboxes.h"
#include "store/thread_ids.h"

namespace mc::center {

namespace {

constexpr std::string_view team_type = "team.message";
constexpr std::size_t most_looked_up = 100;  // Message-IDs of one mail

// A mail on its way to a team.
struct Circular {
  Context const& context;
  store::Transaction& tx;
  Addressed const& mail;
  store::Team const& team;
  store::User const& author;
  std::string shown;  // its Message-ID for all but the author

  store::Thread thread() const { return {store::Thread::Kind::team, team.id.value}; }
  Settings const& settings() const { return context.settings; }
};

Error not_a_member() { return fail(Errc::forbidden, "5.7.1 Only members of the team may write to it"); }

// ---- who wrote it

// The platform may write in a member's name.
Result<store::User> find_author(store::Snapshot const& s, Settings const& settings, Addressed const& mail) {
  Submitter const& submitter = mail.envelope.submitter;
  std::optional<store::User> user;
  auto const& from = mail.prepared.summary.from;
  if (submitter.kind == SubmitterKind::user || submitter.kind == SubmitterKind::agent)
    user = store::find_user(s, submitter.user);
  else if (submitter.kind == SubmitterKind::platform && from.size() == 1 && is_our_domain(settings, from[0].host))
    user = store::find_user(s, from[0].mailbox);
  if (!user) return not_a_member();
  return *user;
}

// ---- the header

// [phrase] "<" list-id ">"                                       RFC 2919, 3; the id itself is never encoded
std::string write_team_list_id(store::Team const& team, Settings const& settings) {
  std::string phrase = shown_name(team);
  std::erase_if(phrase, [](char c) { return std::string_view("<>\"\\(),;:@").find(c) != std::string_view::npos; });
  return phrase + " <" + team.slug + ".teams." + settings.domain + '>';
}

NewHeader header_for(Circular const& c, UserId reader) {
  mail::Summary const& summary = c.mail.prepared.summary;
  std::string const name = shown_name(c.team);
  NewHeader header;
  header.from = team_address(c.settings(), c.team, shown_name(c.author, written_name(c.mail.prepared)));
  header.to = {team_address(c.settings(), c.team, name)};
  header.subject = summary.subject;
  bool const own = reader == c.author.id && !summary.message_id.empty();
  header.message_id = own ? summary.message_id : c.shown;
  ThreadFields fields = thread_fields(c.tx, c.thread(), summary, reader);
  header.in_reply_to = std::move(fields.in_reply_to);
  header.references = std::move(fields.references);
  header.fields.emplace_back("List-Id", write_team_list_id(c.team, c.settings()));
  header.fields.emplace_back("List-Post", "<mailto:team-" + c.team.slug + '@' + c.settings().domain + '>');
  return header;
}

// Who wrote what this mail answers: they know those messages under other ids.
std::set<UserId> find_answered(Circular const& c) {
  std::set<UserId> out;
  mail::Summary const& summary = c.mail.prepared.summary;
  std::size_t looked_up = 0;
  for (auto const* ids : {&summary.in_reply_to, &summary.references})
    for (auto id = ids->rbegin(); id != ids->rend() && looked_up < 2 * most_looked_up; ++id, ++looked_up)
      if (auto known = store::find_thread_message(c.tx, c.thread(), *id); known && known->author) out.insert(known->author);
  return out;
}

// ---- the copies

// One message and all who get it. Stays where it is: its parts refer to each other.
struct Edition {
  Edition(Circular const& c, Envelope const& envelope, NewHeader const& header)
      : prepared(rewrite(c.mail.prepared, header)),
        facts(envelope, prepared, c.mail.now, c.context.zones),
        message{envelope, prepared, facts, c.mail.policy, c.mail.now},
        delivery(c.context, c.tx, message) {}
  Edition(Edition const&) = delete;
  Edition& operator=(Edition const&) = delete;

  Prepared const prepared;
  MessageFacts const facts;
  Addressed const message;
  Delivery delivery;
};

class Editions {
 public:
  Editions(Circular const& c, std::size_t members) : c_(c), answered_(find_answered(c)), envelope_(make_envelope(c, members)) {}

  Result<Outcome> deliver_to(store::User const& member) {
    bool const to_author = c_.team.replies == store::TeamReplies::author;
    bool const own = to_author || answered_.contains(member.id);
    auto& edition = editions_[own ? member.id : UserId()];
    if (!edition) {
      NewHeader header = header_for(c_, own ? member.id : UserId());
      header.reply_to = {reply_to(member, to_author)};
      edition = std::make_unique<Edition>(c_, envelope_, header);
    }
    return edition->delivery.deliver_to(member, Recipient{address_of(c_.settings(), member.login)});
  }
  void finish() {
    for (auto& [reader, edition] : editions_) edition->delivery.finish();
  }

 private:
  mail::Address reply_to(store::User const& member, bool to_author) const {
    if (!to_author) return team_address(c_.settings(), c_.team, shown_name(c_.team));
    return counterpart_address(c_.settings(), c_.tx, member.id, c_.author, c_.mail.now);
  }

  // Nothing of the client's or its host's. With more than one recipient no copy says for whom it is: they stay one message.
  static Envelope make_envelope(Circular const& c, std::size_t members) {
    Envelope e;
    e.submitter = {SubmitterKind::user, c.author.id, c.author.login};
    e.trace.protocol = "LOCAL";
    e.mail_id = c.mail.envelope.mail_id;
    e.type = team_type;
    e.smtputf8 = c.mail.envelope.smtputf8;
    e.eight_bit = c.mail.envelope.eight_bit;
    e.recipients.resize(std::max<std::size_t>(2, members));
    return e;
  }

  Circular const& c_;
  std::set<UserId> const answered_;
  Envelope const envelope_;
  std::map<UserId, std::unique_ptr<Edition>> editions_;  // by whose it is alone; 0: everybody else's
};

// His own copy, as he knows it.
Result<void> file_for_author(Circular const& c) {
  auto const inbox = store::find_mailbox_of_kind(c.tx, c.author.id, store::MailboxKind::inbox);
  if (!inbox) return {};
  Prepared const copy = rewrite(c.mail.prepared, header_for(c, c.author.id));
  std::string const lines = write_return_path("") + write_field("X-MC-Type", team_type);
  auto filed = file_copy(c.tx, c.mail.policy, *inbox, copy, lines, store::flag::seen, team_type, c.mail.now);
  if (!filed) return filed.error();
  return {};
}

Result<std::size_t> distribute(Circular const& c) {
  std::vector<UserId> const members = store::present_members(c.tx, c.team.id);
  Editions editions(c, members.size());
  std::size_t copies = 0;
  Result<void> failed;
  for (UserId id : members) {
    auto const member = store::find_user(c.tx, id);
    if (!member || id == c.author.id || store::is_blocked(c.tx, id, c.author.id)) continue;
    auto done = editions.deliver_to(*member);
    if (!done) failed = done.error();
    copies += done.has_value();
  }
  editions.finish();
  if (!failed && copies == 0) return failed.error();
  return copies;
}

Outcome outcome_of(Circular const& c, std::string text) {
  Outcome out;
  out.text = std::move(text);
  out.login = "team-" + c.team.slug;
  out.type = team_type;
  out.folder = true;
  return out;
}

std::optional<Result<Outcome>> hold_automatic(Circular const& c) {
  // A client need not name a reverse path.
  std::string const path = address_of(c.settings(), c.author.login);
  Automatic const automatic = classify_automatic(c.mail.prepared.summary, c.mail.prepared.octets, path, c.settings().domain);
  if (!automatic) return std::nullopt;
  log_info("not_distributed", {{"mail", c.mail.envelope.mail_id}, {"team", c.team.slug}, {"kind", to_string(automatic.kind)},
                               {"sign", automatic.reason}});
  bool const answer = automatic.kind == AutomaticKind::auto_replied || automatic.kind == AutomaticKind::bounce;
  if (answer) return Result<Outcome>(outcome_of(c, "Taken; automatic answers are not distributed"));
  return Result<Outcome>(fail(Errc::forbidden, "5.7.1 Mail that no person wrote is not distributed (" +
                                                   std::string(automatic.reason) + ')'));
}

}  // namespace

std::string shown_name(store::Team const& team) { return team.name.empty() ? team.slug : team.name; }

mail::Address team_address(Settings const& settings, store::Team const& team, std::string name) {
  return {std::move(name), "team-" + team.slug, settings.domain};
}

Result<void> check_may_post(store::Snapshot const& s, store::Team const& team, UserId author) {
  if (!author || !store::is_member(s, team.id, author)) return not_a_member();
  if (team.post == store::TeamPost::owner && team.owner != author)
    return fail(Errc::forbidden, "5.7.1 Only the owner of the team may write to it");
  return {};
}

Result<void> check_may_post(store::Snapshot const& s, store::Team const& team, Submitter const& submitter) {
  if (submitter.kind == SubmitterKind::platform) return {};
  if (submitter.kind == SubmitterKind::outside) return not_a_member();
  return check_may_post(s, team, submitter.user);
}

Result<Outcome> deliver_to_team(Context const& context, store::Transaction& tx, Addressed const& mail, store::Team const& team,
                                Recipient const&) {
  auto const author = find_author(tx, context.settings, mail);
  if (!author) return author.error();
  if (auto may = check_may_post(tx, team, author->id); !may) return may.error();
  Circular const circular{context, tx, mail, team, *author, shown_message_id(context.settings, mail.envelope)};
  if (auto held = hold_automatic(circular)) return *std::move(held);
  if (store::find_thread_message(tx, circular.thread(), circular.shown)) return outcome_of(circular, "Delivered to the team");
  auto const copies = distribute(circular);
  if (!copies) return copies.error();
  if (auto filed = file_for_author(circular); !filed) return filed.error();
  store::put_thread_message(tx, {circular.thread(), 0, author->id, mail.prepared.summary.message_id, circular.shown, mail.now});
  return outcome_of(circular, "Delivered to the team");
}

}  // namespace mc::center
