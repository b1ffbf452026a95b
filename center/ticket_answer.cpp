// Mail of agents: answers, internal notes, commands.
#include "center/desk.h"
#include "center/ticket_changes.h"
#include "center/ticket_commands.h"
#include "center/ticket_copies.h"
#include "center/ticket_mail.h"
#include "center/ticket_notes.h"
#include "center/ticket_post.h"
#include "center/ticket_text.h"
#include "center/trace.h"
#include "core/log.h"
#include "core/text.h"

namespace mc::center {

namespace {

using Kind = store::TicketEntry::Kind;
using store::Ticket;
using store::TicketStatus;

constexpr std::size_t text_looked_at = 64 << 10;  // for commands

// What an agent wants, all of it possible.
struct Plan {
  TicketCommands commands;
  TicketChange change;          // said in commands
  std::optional<Ticket> into;   // to be merged
  bool says_something = false;  // besides commands
  bool internal = false;

  bool is_public() const { return says_something && !internal; }
};

Result<TicketCommands> read_commands(Prepared const& mail) {
  auto commands = parse_ticket_commands(first_text(mail, text_looked_at));
  if (!commands || !commands->any) return commands;
  return parse_ticket_commands(first_text(mail));  // the whole text behind them
}

// A later public answer of another agent than this one to what is being answered.
std::optional<store::TicketEntry> find_collision(TicketWork const& work, TicketMail const& in) {
  if (!in.aim.answered) return std::nullopt;
  Ticket const& ticket = *in.aim.ticket;
  bool const same = in.aim.answered_in == ticket.id;
  std::optional<store::TicketEntry> last;
  for (store::TicketEntry& entry : store::list_entries(work.tx, ticket.id, same ? in.aim.answered->number : 0)) {
    bool const answer = entry.kind == Kind::message && entry.by_agent && entry.author != in.sender.user;
    if (answer && (same || entry.at > in.aim.answered->at)) last = std::move(entry);
  }
  return last;
}

Result<void> check_public(TicketWork const& work, TicketMail const& in, Plan const& plan) {
  Ticket const& ticket = *in.aim.ticket;
  if (auto other = plan.commands.send ? std::nullopt : find_collision(work, in))
    return fail(Errc::forbidden, "5.7.0 " + name_of_actor(work.tx, other->author) + " answered at " +
                                     write_moment(other->at) +
                                     ", after the message you answer; look at it, or add the line #send at the top");
  if (plan.commands.accept.empty() && !has_listeners(work.tx, ticket, 0))
    return fail(Errc::not_found, "5.1.1 Nobody who could be answered takes part in " + write_ticket_id(ticket.id) +
                                     " any more; #note is possible");
  return {};
}

Result<void> check_commands(TicketWork const& work, TicketMail const& in, Plan& plan) {
  plan.change.status = plan.commands.status;
  plan.change.priority = plan.commands.priority;
  if (plan.commands.assign) {
    auto const assignee = find_assignee(work, *plan.commands.assign, in.sender.user);
    if (!assignee) return assignee.error();
    plan.change.assignee = *assignee;
  }
  for (std::string const& address : plan.commands.accept)
    if (auto good = check_accept(work, *in.aim.ticket, address); !good)
      return fail(Errc::forbidden, "5.5.4 " + good.error().text + "; nothing was done");
  if (!plan.commands.merge) return {};
  auto into = check_merge(work, *in.aim.ticket, *plan.commands.merge);
  if (!into) return fail(Errc::forbidden, "5.5.4 " + into.error().text + "; nothing was done");
  plan.into = *std::move(into);
  return {};
}

Result<Plan> make_plan(TicketWork const& work, TicketMail const& in) {
  auto commands = read_commands(in.mail.prepared);
  if (!commands) return commands.error();
  Plan plan;
  plan.commands = *std::move(commands);
  plan.internal = in.aim.internal || plan.commands.note;
  plan.says_something = !plan.commands.any || says_anything(plan.commands.rest) || has_attachments(in.mail.prepared);
  if (auto good = check_commands(work, in, plan); !good) return good.error();
  if (plan.is_public())
    if (auto good = check_public(work, in, plan); !good) return good.error();
  return plan;
}

// What an answer changes besides what is said: it waits for the requester now, and is the agent's who answered.
TicketChange with_answer(Ticket const& ticket, TicketChange change, UserId agent) {
  if (!change.status && ticket.status == TicketStatus::open) change.status = TicketStatus::waiting;
  if (!change.assignee && !ticket.assignee) change.assignee = agent;
  return change;
}

void note_first_answer(TicketWork& work, Ticket& ticket) {
  if (ticket.first_answer != Time{}) return;
  ticket.first_answer = work.now;
  if (ticket.overdue) mark_copies(work, ticket);
}

// Under our header and without commands; what the agent wrote is kept as it came.
void post_answer(TicketWork& work, Ticket const& ticket, TicketMail const& in, Plan const& plan,
                 store::TicketEntry const& entry) {
  mail::Address const from = support_address(work.settings());
  Prepared const& whole = in.mail.prepared;
  auto post = [&](Prepared const& content) {
    post_to_participants(work, ticket, {content, whole.summary, from, entry.number, entry.shown_id, 0});
  };
  if (!plan.commands.any) return post(whole);
  Prepared const rest = prepare(with_text(whole, plan.commands.rest), Trust::other, work.settings().authserv());
  post(rest);
}

void add_answer(TicketWork& work, Ticket& ticket, TicketMail const& in, Plan const& plan) {
  store::TicketEntry entry = make_mail_entry(work, in, plan.internal ? Kind::note : Kind::message);
  entry.by_agent = true;
  std::uint32_t const number = ticket.entries + 1;
  mail::Address const reply_to =
      plan.internal ? issue_note_address(work, ticket.id, number) : issue_desk_address(work, ticket.id, number);
  std::string const lines = plan.internal ? write_field("X-MC-Internal", "note") : std::string();
  // A note may be for the one whose ticket it is.
  bool const seen = !plan.internal || !ticket.assignee || ticket.assignee == in.sender.user;
  file_on_desk(work, ticket, entry, view_for_agents(work, ticket, in, reply_to, lines), seen);
  add_mail_entry(work, ticket, entry, in);
  if (plan.is_public()) post_answer(work, ticket, in, plan, entry);
}

std::string words_on_outcome(Ticket const& ticket, Plan const& plan) {
  std::string const id = write_ticket_id(ticket.id);
  if (!plan.says_something) return "Done; nothing was sent (" + id + ')';
  return plan.internal ? "Noted on " + id + ", for agents only" : "Answered " + id;
}

}  // namespace

Result<UserId> find_assignee(TicketWork const& work, std::string_view name, UserId me) {
  if (name == "me") return me;
  if (name == "nobody") return UserId();
  auto const user = store::find_user_id(work.tx, login_of(work.settings(), name));
  if (!user || !is_agent(work.tx, *user))
    return fail(Errc::forbidden, "5.5.4 There is no agent " + printable(name, 64) + "; nothing was done");
  return *user;
}

Result<Outcome> take_agents_mail(TicketWork& work, TicketMail const& in) {
  auto const plan = make_plan(work, in);
  if (!plan) return plan.error();
  UserId const agent = in.sender.user;
  Ticket ticket = *in.aim.ticket;
  for (std::string const& address : plan->commands.accept) accept_checked(work, ticket, address, agent);
  TicketChange const change = plan->is_public() ? with_answer(ticket, plan->change, agent) : plan->change;
  if (plan->is_public()) note_first_answer(work, ticket);
  std::string const words = apply_change(work, ticket, change);
  ticket.changed = work.now;
  store::update_ticket(work.tx, ticket);
  if (plan->says_something) add_answer(work, ticket, in, *plan);
  if (!words.empty()) add_event(work, ticket, agent, name_of_actor(work.tx, agent) + ": " + words, true);
  if (!plan->says_something) note_taken_mail(work, ticket.id, ticket.entries, in.mail);
  log_info("ticket_agent", {{"mail", work.mail_id},
                            {"ticket", write_ticket_id(ticket.id)},
                            {"agent", name_of_actor(work.tx, agent)},
                            {"public", plan->is_public() ? "yes" : "no"},
                            {"changes", words}});
  Outcome const outcome = ticket_outcome(words_on_outcome(ticket, *plan), in.sender);
  if (plan->into) merge_checked(work, ticket, *plan->into, agent);
  return outcome;
}

}  // namespace mc::center
