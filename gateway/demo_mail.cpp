#include "gateway/demo_mail.h"

#include <boost/asio/ip/tcp.hpp>

#include "core/text.h"
#include "core/time_text.h"

namespace mc::gateway {

namespace {

struct Sample {
  std::string_view submitter, recipient, type, amount, from, subject, text;
  int minutes_ago;
};

constexpr std::string_view market = "Agora Marketplace <noreply@{domain}>";

constexpr Sample samples[] = {
    {"app", "jane", "hire.confirmed", "", market, "You were hired: Logo for Bergmann Bakery",
     "Hello Jane,\n\nTom Bergmann confirmed your contract \"Logo for Bergmann Bakery\" at a fixed price of 480.00 EUR.\n"
     "The first milestone (three drafts) is due on Friday. The amount is in escrow.\n\nYour Agora team\n", 1380},
    {"app", "jane", "rate.raised", "", market, "Your hourly rate is now 52.00 USD",
     "Hello Jane,\n\nNorthwind Ltd. agreed to your new hourly rate for \"Product illustrations\": 52.00 USD (was 45.00 USD),\n"
     "from Monday on.\n", 1200},
    {"app", "jane", "payment.sent", "480.00 EUR", market, "Payment of 480.00 EUR from Tom Bergmann",
     "Hello Jane,\n\nTom Bergmann released 480.00 EUR for \"Logo for Bergmann Bakery\".\n\n"
     "  Amount   480.00 EUR\n  Fee       48.00 EUR\n  Balance  432.00 EUR\n\nIt is available in your account now.\n", 700},
    {"app", "jane", "payment.sent", "2350.00 USD", market, "Payment of 2,350.00 USD from Northwind Ltd.",
     "Hello Jane,\n\nNorthwind Ltd. paid invoice 2026-114 for \"Product illustrations\": 2,350.00 USD.\n", 640},
    {"app", "tom", "payment.failed", "129.90 EUR", market, "Your card was declined: 129.90 EUR",
     "Hello Tom,\n\nyour bank declined the payment of 129.90 EUR for \"Menu design\". The contract goes on; please check\n"
     "your payment method within three days.\n", 600},
    {"app", "jane", "withdrawal.requested", "900.00 USD", market, "Withdrawal of 900.00 USD requested",
     "Hello Jane,\n\na withdrawal of 900.00 USD to your account ending in 4411 was requested just now.\n"
     "If this was not you, answer this mail or call us at once.\n", 420},
    {"app", "jane", "withdrawal.confirmed", "900.00 USD", market, "900.00 USD are on their way",
     "Hello Jane,\n\nyour withdrawal of 900.00 USD was sent to your bank. It usually arrives within two working days.\n", 300},
    {"app", "tom", "payment_method.changed", "", market, "A payment method was changed",
     "Hello Tom,\n\nthe card ending in 0078 was replaced by the card ending in 5120.\n"
     "If this was not you, tell us at once.\n", 290},
    {"app", "jane", "system.maintenance", "", market, "Maintenance on Sunday, 02:00 to 04:00 UTC",
     "On Sunday between 02:00 and 04:00 UTC payments and messages may be late. Nothing will be lost.\n", 900},
    {"app", "tom", "system.maintenance", "", market, "Maintenance on Sunday, 02:00 to 04:00 UTC",
     "On Sunday between 02:00 and 04:00 UTC payments and messages may be late. Nothing will be lost.\n", 900},
    {"app", "jane", "feature.announced", "", market, "New: milestones with several deliverables",
     "You can now split a milestone into deliverables, each with its own date and amount.\n", 860},
    {"app", "jane", "ticket.opened", "", market, "[T-1204] We got your question about the invoice",
     "Hello Jane,\n\nwe received your question \"Which VAT number goes on invoice 2026-114?\" and will answer within a day.\n", 500},
    {"app", "jane", "ticket.reply", "", market, "Re: [T-1204] We got your question about the invoice",
     "Hello Jane,\n\nplease use your own VAT number; the marketplace is not the seller. You find it under Settings, Taxes.\n\n"
     "Ana, Agora support\n", 240},
    {"app", "jane", "interview.message", "", "Tom Bergmann <tom@{domain}>", "Interview: Web shop for Kaffeerösterei Süd",
     "Hello Jane,\n\nI would like to talk to you about \"Web shop for Kaffeerösterei Süd\".\n"
     "Proposed times: Tuesday 10:00, Wednesday 15:30 (Europe/Berlin).\n", 180},
    {"app", "jane", "team.invitation", "", market, "Join the team \"Acme Design\"?",
     "Hello Jane,\n\nTom Bergmann invites you to the team \"Acme Design\" (4 members).\n", 150},
    {"app", "jane", "team.message", "", market, "Acme Design: kick-off on Thursday",
     "Tom wrote to the team:\n\nKick-off is on Thursday at 09:00. Please bring your sketches.\n", 90},
    {"app", "jane", "voucher.granted", "", market, "A voucher for you",
     "This message has a type that the policy does not know yet: it is kept in Updates and emailed, never lost.\n", 80},
    {"tom", "team-acme", "", "", "Tom Bergmann <tom@{domain}>", "Kick-off on Thursday",
     "Hello all,\n\nkick-off is on Thursday at 09:00. Please bring your sketches.\n\nTom\n", 85},
    {"jane", "support", "", "", "Jane Moreau <jane@{domain}>", "The withdrawal of Monday has not arrived",
     "Hello,\n\nmy bank has not seen the 900.00 USD yet. Can you look where they are?\n\nJane\n", 75},
    {"tom", "jane", "", "", "Tom Bergmann <tom@{domain}>", "Sketches for the logo?",
     "Hi Jane,\n\nthe bakery would love a warmer brown. Could you send the sketches before Thursday?\n\nTom\n", 60},
    {"jane", "tom", "", "", "Jane Moreau <jane@{domain}>", "Re: Sketches for the logo?",
     "Hi Tom,\n\nof course, you get them tomorrow morning.\n\nJane\n", 30},
};

std::string replace_domain(std::string_view text, std::string_view domain) {
  std::string out(text);
  if (auto at = out.find("{domain}"); at != std::string::npos) out.replace(at, 8, domain);
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string encoded_subject(std::string_view subject) {
  for (char c : subject)
    if (static_cast<unsigned char>(c) > 126) return "=?utf-8?B?" + base64(subject) + "?=";
  return std::string(subject);
}

// A plain dialogue with a server that is expected to agree.
class Dialogue {
 public:
  explicit Dialogue(DemoPort const& port) { stream_.connect(port.host, port.port); }

  // Sends a line and reads the whole reply; empty: it has the wanted class, else the reply.
  std::string say(std::string_view line, char wanted) {
    if (!line.empty()) stream_ << line << "\r\n" << std::flush;
    std::string reply;
    do {
      if (!std::getline(stream_, reply)) return "the connection broke";
    } while (reply.size() > 3 && reply[3] == '-');
    return reply.starts_with(wanted) ? std::string() : reply;
  }
  void send(std::string_view octets) { stream_ << octets; }

 private:
  boost::asio::ip::tcp::iostream stream_;
};

std::string submit_one(Dialogue& server, DemoMail const& mail, std::string_view domain) {
  std::string at = '@' + std::string(domain);
  if (auto no = server.say("MAIL FROM:<" + std::string(mail.submitter) + at + ">", '2'); !no.empty()) return no;
  if (auto no = server.say("RCPT TO:<" + std::string(mail.recipient) + at + ">", '2'); !no.empty()) return no;
  if (auto no = server.say("DATA", '3'); !no.empty()) return no;
  server.send(mail.octets);  // no line of the samples begins with a dot
  return server.say(".", '2');
}

}  // namespace

std::vector<DemoMail> make_demo_mail(std::string_view domain, Time now) {
  std::vector<DemoMail> out;
  std::size_t number = 0;
  for (Sample const& s : samples) {
    std::string id = "demo-" + std::to_string(++number);
    std::string head = "From: " + replace_domain(s.from, domain) + "\r\nTo: " + std::string(s.recipient) + '@' +
                       std::string(domain) + "\r\nSubject: " + encoded_subject(s.subject) +
                       "\r\nDate: " + write_rfc5322_date(now - std::chrono::minutes(s.minutes_ago)) +
                       "\r\nMessage-ID: <" + id + "@app." + std::string(domain) +
                       ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: 8bit\r\n";
    if (!s.type.empty()) {
      head += "X-MC-Type: " + std::string(s.type) + "\r\nX-MC-Event-Id: " + id + "\r\n";
      if (!s.amount.empty()) head += "X-MC-Amount: " + std::string(s.amount) + "\r\n";
    }
    out.push_back({s.submitter, s.recipient, std::string(s.type), head + "\r\n" + with_crlf(s.text)});
  }
  return out;
}

std::string submit_demo_mail(std::vector<DemoMail> const& mails, std::string_view domain, DemoPort const& port,
                             std::string_view password) {
  for (DemoMail const& mail : mails) {
    Dialogue server(port);
    std::string login(mail.submitter);
    std::string plain = base64('\0' + login + '\0' + std::string(password));
    if (auto no = server.say("", '2'); !no.empty()) return no;
    if (auto no = server.say("EHLO demo.localhost", '2'); !no.empty()) return no;
    if (auto no = server.say("AUTH PLAIN " + plain, '2'); !no.empty()) return no;
    if (auto no = submit_one(server, mail, domain); !no.empty()) return no;
    server.say("QUIT", '2');
  }
  return {};
}

}  // namespace mc::gateway
