// DATA (RFC 5321, 4.1.1.4) and BDAT (RFC 3030): the content of a message, into Intake.
#include <algorithm>

#include "core/log.h"
#include "core/text.h"
#include "smtp/session.h"

namespace mc::smtp {

namespace {

constexpr std::size_t content_read = 32 * 1024;
constexpr std::uint64_t memory_step = 256 * 1024;
constexpr std::size_t replies_together = 256;  // of LMTP, in one write
constexpr std::uint64_t timely = std::uint64_t{16} << 20;  // octets for each Limits::data_time

net::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

std::unique_ptr<Content> make_content(Session& session, Framing framing) {
  return std::make_unique<Content>(framing, session.limits().max_message_size, session.server().memory,
                                   steady_now());
}

// Room for `more` octets, in steps and doubling, paid from the memory budget; without it nothing is kept.
void make_room(Content& content, std::size_t more) {
  DataReader& reader = content.reader;
  if (reader.fault() != ContentFault::none) {
    content.memory.drop();
    return;
  }
  std::uint64_t const needed = reader.kept() + more;
  if (needed <= reader.capacity() && content.memory.try_cover(memory_step)) return;
  std::uint64_t const room =
      needed <= memory_step ? memory_step : std::max<std::uint64_t>(needed, 2 * reader.capacity());
  std::uint64_t const steps = (room + memory_step - 1) / memory_step * memory_step;
  if (!content.memory.try_cover(steps)) {
    reader.discard(ContentFault::no_memory);
    content.memory.drop();
  } else if (needed > memory_step) {
    reader.reserve(steps);
  }
}

// How many of the octets belonged to the content.
std::size_t take_octets(Content& content, std::string_view octets) {
  make_room(content, octets.size());
  std::size_t const taken = content.reader.feed(octets);
  content.octets += taken;
  return taken;
}

// Waits for more of the content. Absent: there is more; else the reply that ends the session.
asio::awaitable<std::optional<Reply>> more_content(Session& session, Content const& content) {
  auto const until = content.began + session.limits().data_time * (1 + content.octets / timely);
  for (;;) {
    auto const arrived = co_await session.arrive(until, content_read);
    if (arrived == Session::Arrived::input) co_return std::nullopt;
    if (arrived != Session::Arrived::stop)
      co_return session.gone(arrived);  // a message under way is finished
  }
}

// Absent: nothing is wrong with the content.
std::optional<Reply> refusal(Session const& session, ContentFault fault) {
  switch (fault) {
    case ContentFault::none:
      break;
    case ContentFault::bare_line_end:
      return Reply(550, "5.5.2",
                   "A line ends with CR or LF alone; only CRLF ends a line. Nothing was stored");
    case ContentFault::too_big:
      return Reply(552, "5.3.4",
                   "At most " + std::to_string(session.limits().max_message_size) + " octets, please");
    case ContentFault::no_memory:
      return Reply(452, "4.3.1", "Too much mail at once, try again later");
  }
  return std::nullopt;
}

center::Envelope make_envelope(center::Trace trace, Transaction& transaction) {
  center::Envelope envelope;
  envelope.trace = std::move(trace);
  envelope.submitter = std::move(transaction.submitter);
  envelope.mail_id = center::new_mail_id();
  envelope.reverse_path = std::move(transaction.mail.path);
  envelope.recipients = transaction.recipients.all();
  envelope.ret = transaction.mail.ret;
  envelope.envid = std::move(transaction.mail.envid);
  envelope.smtputf8 = transaction.mail.smtputf8;
  envelope.eight_bit = transaction.mail.eight_bit;
  return envelope;
}

using Outcomes = std::vector<Result<center::Delivered>>;

// SMTP: one reply for all recipients (RFC 5321, 4.2.1).
Reply common_reply(Session& session, Outcomes const& outcomes, std::string const& mail_id) {
  for (auto const& outcome : outcomes)
    if (!outcome) return reply_for(outcome.error(), Stage::content);
  session.forgive();
  std::string text = outcomes.size() == 1 ? outcomes.front()->text
                                          : "Accepted for " + std::to_string(outcomes.size()) + " recipients";
  return Reply(250, "2.0.0", "Ok: " + text + " (" + mail_id + ")");
}

// LMTP: one for each RCPT that was accepted, in that order (RFC 2033, 4.2).
asio::awaitable<Reply> each_reply(Session& session, Transaction const& transaction, Outcomes const& outcomes) {
  std::optional<Reply> last;
  std::size_t said = 0;
  for (std::uint32_t index : transaction.accepted) {
    if (last) session.put(*last);
    if (++said % replies_together == 0) co_await session.flush();
    auto const& outcome = outcomes[index];
    if (outcome) session.forgive();
    last = outcome ? Reply(250, "2.1.5", '<' + transaction.recipients.all()[index].address + "> " + outcome->text)
                   : reply_for(outcome.error(), Stage::content);
  }
  co_return std::move(*last);
}

// The same for everybody.
asio::awaitable<Reply> refuse_all(Session& session, Transaction const& transaction, Reply reply) {
  log_info("content_refused", {{"from", transaction.submitter.name}, {"reply", reply.lines.front()}});
  if (session.is_lmtp())
    for (std::size_t i = 1; i < transaction.accepted.size(); ++i) {
      session.put(reply);
      if (i % replies_together == 0) co_await session.flush();
    }
  co_return reply;
}

// The content is here: stored durably, or refused, when this returns. The transaction is over either way.
Answer conclude(Session& session, Content& content) {
  center::Trace trace = session.trace();
  std::unique_ptr<Transaction> const transaction = session.take_transaction();
  session.content_is_over();
  if (auto refused = refusal(session, content.reader.fault()))
    co_return co_await refuse_all(session, *transaction, std::move(*refused));
  center::Envelope envelope = make_envelope(std::move(trace), *transaction);
  std::string const mail_id = envelope.mail_id;
  std::string octets = content.reader.take();
  auto operation = session.server().intake.accept(std::move(envelope), std::move(octets), !session.is_lmtp());
  Outcomes outcomes = co_await net::shield(std::move(operation));
  if (session.is_lmtp()) co_return co_await each_reply(session, *transaction, outcomes);
  co_return common_reply(session, outcomes, mail_id);
}

std::size_t replies_at_the_end(Session& session) {
  return session.is_lmtp() ? session.transaction()->accepted.size() : 1;
}

// `size` octets of a chunk, into `content` or, without one, nowhere.
asio::awaitable<std::optional<Reply>> read_chunk(Session& session, Content& content, std::uint64_t size) {
  while (size > 0) {
    if (session.input().empty()) {
      auto lost = co_await more_content(session, content);
      if (lost) co_return lost;
    }
    std::string_view octets = session.input().data().substr(0, size);
    std::size_t const taken = take_octets(content, octets);
    session.input().take(taken);
    size -= taken;
  }
  co_return std::nullopt;
}

constexpr Needs bdat_needs = need::hello | need::auth | need::mail | need::rcpt;

// A chunk that is refused before anyone looks into it: its octets come all the same.
Answer discard_chunk(Session& session, std::uint64_t size, Reply reply) {
  auto nowhere = make_content(session, Framing::counted);
  nowhere->reader.discard(ContentFault::too_big);
  session.content_begins(1);
  auto lost = co_await read_chunk(session, *nowhere, size);
  session.content_is_over();
  if (lost) co_return std::move(*lost);
  co_return reply;
}

}  // namespace

Answer verb_data(Session& session, std::string_view) {
  session.content_begins(replies_at_the_end(session) + 1);
  session.put(Reply(354, "", "Go ahead, end with a line that holds only a dot"));
  auto content = make_content(session, Framing::dots);
  for (;;) {
    if (!session.input().empty()) session.input().take(take_octets(*content, session.input().data()));
    if (content->reader.ended()) break;
    auto lost = co_await more_content(session, *content);
    if (lost) co_return std::move(*lost);
  }
  co_return co_await conclude(session, *content);
}

Answer verb_bdat(Session& session, std::string_view arguments) {
  auto parsed = parse_bdat(arguments);
  // How much comes after it cannot be known: what follows must not be taken for commands.
  if (auto* refused = std::get_if<Reply>(&parsed)) co_return std::move(*refused).closing();
  BdatArguments const chunk = std::get<BdatArguments>(parsed);
  if (chunk.size / 4 > session.limits().max_message_size)
    co_return Reply(552, "5.3.4", "Far too big to be even thrown away").closing();
  if (auto refused = session.missing(bdat_needs, {}))
    co_return co_await discard_chunk(session, chunk.size, std::move(*refused));

  Transaction& transaction = *session.transaction();
  if (!transaction.chunks) transaction.chunks = make_content(session, Framing::counted);
  Content& content = *transaction.chunks;
  session.content_begins(chunk.last ? replies_at_the_end(session) : 1);
  content.began = steady_now() - session.limits().data_time * (content.octets / timely);
  auto lost = co_await read_chunk(session, content, chunk.size);
  if (lost) co_return std::move(*lost);
  if (chunk.last) {
    content.reader.finish();
    co_return co_await conclude(session, content);
  }
  session.content_is_over();
  bool const sound =
      content.reader.fault() == ContentFault::none || content.reader.fault() == ContentFault::bare_line_end;
  if (!sound) co_return *refusal(session, content.reader.fault());
  co_return Reply(250, "2.0.0", std::to_string(chunk.size) + " octets received");
}

}  // namespace mc::smtp
