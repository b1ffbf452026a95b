// tests/center/ticket_fixture.h - a requester, two agents, and mail between them.
#pragma once
#include "center/desk.h"
#include "center/tickets.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "tests/center/fixture.h"

namespace mc::center {

struct TicketFixture : CenterFixture {
  UserId ana = add("ana", "ana@home.test", store::Role::agent);
  UserId bert = add("bert", "", store::Role::agent);

  // --- mails

  struct Mail {
    std::string from, to = "support@example.test", subject = "Where is my money?", id, in_reply_to, more, body = "Please help.\r\n";
    std::string write() const {
      std::string out = "From: " + from + "\r\nTo: " + to + "\r\nSubject: " + subject + "\r\n";
      if (!id.empty()) out += "Message-ID: " + id + "\r\n";
      if (!in_reply_to.empty()) out += "In-Reply-To: " + in_reply_to + "\r\nReferences: " + in_reply_to + "\r\n";
      return out + "Date: Mon, 23 Nov 2026 11:59:00 +0000\r\n" + more + "\r\n" + body;
    }
  };

  Envelope envelope(std::vector<std::string> recipients, std::string reverse_path) {
    Envelope e = from_platform(std::move(recipients));
    e.submitter = {};
    e.reverse_path = std::move(reverse_path);
    return e;
  }
  Envelope logged_in(UserId user, std::vector<std::string> recipients) {
    auto account = store->read([&](store::Snapshot const& s) { return *store::find_user(s, user); });
    Envelope e = envelope(std::move(recipients), account.login + "@example.test");
    e.submitter.kind = account.role == store::Role::user ? SubmitterKind::user : SubmitterKind::agent;
    e.submitter.user = user;
    e.submitter.name = account.login;
    return e;
  }

  Result<Delivered> outside(Mail const& mail, std::vector<std::string> recipients = {"support@example.test"},
                            std::optional<std::string> reverse_path = {}) {
    if (!reverse_path) {
      auto const from = mail::decode_addresses(mail.from);
      reverse_path = from.empty() ? "someone@ext.test" : from[0].spec();
    }
    return accept(envelope(std::move(recipients), *std::move(reverse_path)), mail.write())[0];
  }
  Result<Delivered> submit(UserId user, Mail mail, std::vector<std::string> recipients = {"support@example.test"}) {
    Envelope e = logged_in(user, std::move(recipients));
    mail.from = e.reverse_path;
    return accept(std::move(e), mail.write())[0];
  }

  // Jane writes from her own provider.
  Mail janes(std::string id = "<j1@ext.test>") {
    Mail mail;
    mail.from = "Jane Doe <jane@ext.test>";
    mail.id = std::move(id);
    return mail;
  }
  void open_by_jane() { BOOST_REQUIRE(outside(janes()).has_value()); }

  // To the address that the agents' copy of an entry has.
  Result<Delivered> answer(UserId agent, std::string body, std::uint32_t to_entry = 1, std::string more = {}) {
    Mail mail;
    mail.body = std::move(body);
    mail.id = "<" + std::to_string(++mails_) + "@agent.test>";
    mail.more = std::move(more);
    return submit(agent, mail, {reply_to(on_desk(to_entry))});
  }
  Result<Delivered> jane_replies(std::string to, std::string body = "More.\r\n", std::string from = "jane@ext.test") {
    Mail mail = janes("<r" + std::to_string(++mails_) + "@ext.test>");
    mail.from = std::move(from);
    mail.subject = "whatever";
    mail.body = std::move(body);
    return outside(mail, {std::move(to)});
  }

  // --- what there is

  store::Ticket ticket(std::uint64_t id = 1) {
    auto found = store->read([&](store::Snapshot const& s) { return store::find_ticket(s, store::TicketId(id)); });
    BOOST_REQUIRE(found.has_value());
    return *found;
  }
  std::size_t tickets() {
    return store->read([&](store::Snapshot const& s) { return store::list_tickets(s, {}, {}, 1000).size(); });
  }
  std::vector<store::TicketEntry> entries(std::uint64_t id = 1) {
    return store->read([&](store::Snapshot const& s) { return store::list_entries(s, store::TicketId(id)); });
  }
  store::TicketEntry last(store::TicketEntry::Kind kind, std::uint64_t id = 1) {
    auto all = entries(id);
    std::erase_if(all, [&](store::TicketEntry const& e) { return e.kind != kind; });
    BOOST_REQUIRE(!all.empty());
    return all.back();
  }
  std::string events(std::uint64_t id = 1) {
    std::string out;
    for (store::TicketEntry const& e : entries(id))
      if (e.kind == store::TicketEntry::Kind::event) out += e.text + '\n';
    return out;
  }

  std::string message(MailboxId mailbox, Uid uid) {
    return store->read([&](store::Snapshot const& s) {
      std::string out;
      auto const entry = store::MailboxReader(s, mailbox).find(uid);
      if (entry) store::read_message(s, entry->message, {0, entry->size}, out);
      return out;
    });
  }
  std::string on_desk(std::uint32_t number, std::uint64_t id = 1) {
    auto const entry = store->read([&](store::Snapshot const& s) { return store::find_entry(s, store::TicketId(id), number); });
    BOOST_REQUIRE(entry.has_value());
    return message(entry->mailbox, entry->uid);
  }
  std::size_t at(DeskPlace place, UserId agent = {}) {
    auto op = [&](store::Transaction& tx) -> Result<std::size_t> {
      return store::state_of(tx, get_desk_mailbox(tx, place, agent, clock.now())).exists;
    };
    return store->write_and_wait(op).value();
  }
  std::vector<std::string> janes_tickets() { return folder(jane, store::MailboxKind::tickets); }

  // Header fields of what jane got last.
  static std::string field(std::string const& message, std::string_view name) {
    auto value = mail::find_header(message, name);
    return value ? mail::unfold(*value) : std::string();
  }
  static std::string reply_to(std::string const& message) {
    auto addresses = mail::decode_addresses(field(message, "Reply-To"));
    BOOST_REQUIRE(addresses.size() == 1u);
    return addresses[0].spec();
  }

 private:
  int mails_ = 0;
};

}  // namespace mc::center
