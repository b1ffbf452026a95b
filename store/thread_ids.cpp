#include "store/thread_ids.h"

#include "core/crypto.h"
#include "store/keys.h"
#include "store/records.h"

namespace mc::store {

namespace {

// Longer ones are no Message-IDs: a line has 998 octets (RFC 5322, 2.1.1).
constexpr std::size_t max_message_id = 998;

unsigned char letter(Thread::Kind kind) { return static_cast<unsigned char>(kind); }

Key key_of(Thread thread, std::string_view message_id) {
  return key::thread_message(letter(thread.kind), thread.id, sha256(message_id));
}
Key time_key(ThreadMessage const& m) {
  return key::thread_time(ms_of(m.at), letter(m.thread.kind), m.thread.id, sha256(m.shown));
}

ThreadMessage parse(Thread thread, std::string_view value) {
  fb::ThreadMessage const& r = record_of<fb::ThreadMessage>(value);
  ThreadMessage m;
  m.thread = thread;
  m.number = r.number();
  m.author = UserId(r.author());
  m.original = string_of(r.original());
  m.shown = string_of(r.shown());
  m.at = time_of(r.at());
  return m;
}

std::string write(ThreadMessage const& m) {
  Builder b(256);
  auto original = text_in(b, m.original), shown = text_in(b, m.shown);
  b.Finish(fb::CreateThreadMessage(b, m.number, m.author.value, original, shown, ms_of(m.at)));
  return std::string(finished(b));
}

std::vector<std::string_view> ids_of(ThreadMessage const& m) {
  std::vector<std::string_view> ids{m.shown};
  if (!m.original.empty() && m.original != m.shown) ids.emplace_back(m.original);
  return ids;
}

void remove(Transaction& tx, ThreadMessage const& m) {
  for (std::string_view id : ids_of(m)) {
    tx.del(key_of(m.thread, id));
    tx.del(key::thread_id(letter(m.thread.kind), sha256(id), m.thread.id));
  }
  tx.del(time_key(m));
}

}  // namespace

void put_thread_message(Transaction& tx, ThreadMessage const& message) {
  ThreadMessage m = message;
  for (std::string* id : {&m.shown, &m.original}) {
    if (id->size() > max_message_id) id->clear();
    auto const known = find_thread_message(tx, m.thread, *id);
    if (known && known->author == m.author) remove(tx, *known);
    if (known && known->author != m.author) id->clear();
  }
  if (m.shown.empty()) m.shown = m.original;
  if (m.shown.empty()) return;
  std::string const value = write(m);
  for (std::string_view id : ids_of(m)) {
    tx.put(key_of(m.thread, id), value);
    tx.put(key::thread_id(letter(m.thread.kind), sha256(id), m.thread.id), {});
  }
  tx.put(time_key(m), {});
}

std::optional<ThreadMessage> find_thread_message(Snapshot const& s, Thread thread, std::string_view message_id) {
  if (message_id.empty() || message_id.size() > max_message_id) return std::nullopt;
  auto value = s.get(key_of(thread, message_id));
  if (!value) return std::nullopt;
  return parse(thread, *value);
}

std::vector<ThreadMessage> find_thread_messages(Snapshot const& s, Thread::Kind kind, std::string_view message_id,
                                                std::size_t most) {
  std::vector<ThreadMessage> out;
  if (message_id.empty() || message_id.size() > max_message_id) return out;
  Key const prefix = key::thread_ids(letter(kind), sha256(message_id));
  s.scan(prefix, [&](std::string_view key, std::string_view) {
    if (out.size() >= most) return false;
    Thread const thread{kind, number_in_key<std::uint64_t>(key, prefix.view().size())};
    if (auto message = find_thread_message(s, thread, message_id)) out.push_back(std::move(*message));
    return true;
  });
  return out;
}

std::size_t forget_thread_messages(Transaction& tx, Time before, std::size_t most) {
  std::size_t gone = 0;
  Key const prefix = key::table(Table::thread_time), end = key::thread_times_until(ms_of(before));
  auto cursor = tx.cursor();
  while (gone < most && cursor->seek(prefix) && cursor->key() < end.view()) {
    std::string const place(cursor->key());
    auto const value = tx.get(key::thread_message_at(place));
    if (value) remove(tx, parse({static_cast<Thread::Kind>(place[9]), number_in_key<std::uint64_t>(place, 10)}, *value));
    tx.del(place);
    ++gone;
  }
  return gone;
}

}  // namespace mc::store
