#include "imap/fetch_large.h"

#include <algorithm>

#include "mail/transfer.h"

namespace mc::imap {

namespace {

using store::OctetRange;

void read_octets(Session& session, MessageId id, OctetRange range, std::string& out) {
  std::size_t before = out.size();
  session.store().read([&](store::Snapshot const& s) { store::MessageReader(s).read(id, range, out); });
  if (out.size() - before != range.end - range.begin)
    throw store::StorageBroken("message " + to_string(id) + " is shorter than its index says");
}

// The next octets of `range` from `at` on, as many as memory is meant for.
OctetRange next_chunk(Session& session, OctetRange range, std::uint64_t at) {
  return {at, std::min(range.end, at + session.limits().body_chunk)};
}

asio::awaitable<void> stream_plain(Session& session, LargeItem const& item) {
  std::uint64_t size = item.range.end - item.range.begin;
  item.literal8 ? session.out().literal8_header(size) : session.out().literal_header(size);
  for (std::uint64_t at = item.range.begin; at < item.range.end;) {
    OctetRange chunk = next_chunk(session, item.range, at);
    read_octets(session, item.message, chunk, session.out().buffer());
    at = chunk.end;
    co_await session.flush_unfinished();
  }
}

// Hands the decoded octets [begin, end) to the client, or only counts them.
class Decoding {
 public:
  Decoding(LargeItem const& item, OctetRange wanted) : decoder_(item.encoding), wanted_(wanted) {}
  void feed(std::string_view octets, bool last, std::string* out) {
    piece_.clear();
    decoder_.feed(octets, piece_);
    if (last) decoder_.finish(piece_);
    if (out && count_ < wanted_.end && count_ + piece_.size() > wanted_.begin) {
      std::uint64_t from = wanted_.begin > count_ ? wanted_.begin - count_ : 0;
      std::uint64_t to = std::min<std::uint64_t>(piece_.size(), wanted_.end - count_);
      out->append(piece_, from, to - from);
    }
    count_ += piece_.size();
  }
  std::uint64_t count() const { return count_; }
  bool satisfied() const { return count_ >= wanted_.end; }

 private:
  mail::TransferDecoder decoder_;
  OctetRange wanted_;
  std::string piece_;
  std::uint64_t count_ = 0;
};

asio::awaitable<std::uint64_t> decoded_size(Session& session, LargeItem const& item) {
  Decoding decoding(item, {0, ~std::uint64_t{0}});
  std::string encoded;
  for (std::uint64_t at = item.range.begin; at < item.range.end;) {
    OctetRange chunk = next_chunk(session, item.range, at);
    encoded.clear();
    read_octets(session, item.message, chunk, encoded);
    at = chunk.end;
    decoding.feed(encoded, at == item.range.end, nullptr);
    co_await session.breathe();
  }
  co_return decoding.count();
}

asio::awaitable<void> stream_decoded(Session& session, LargeItem const& item) {
  std::uint64_t size = co_await decoded_size(session, item);
  if (item.size_only) {
    session.out().number(size);
    co_return;
  }
  OctetRange wanted = clip({0, size}, item.partial);
  session.out().literal8_header(wanted.end - wanted.begin);
  Decoding decoding(item, wanted);
  std::string encoded;
  for (std::uint64_t at = item.range.begin; at < item.range.end && !decoding.satisfied();) {
    OctetRange chunk = next_chunk(session, item.range, at);
    encoded.clear();
    read_octets(session, item.message, chunk, encoded);
    at = chunk.end;
    decoding.feed(encoded, at == item.range.end, &session.out().buffer());
    co_await session.flush_unfinished();
  }
}

}  // namespace

asio::awaitable<void> stream_large(Session& session, std::vector<LargeItem> items, bool first) {
  for (LargeItem const& item : items) {
    if (!first) session.out().sp();
    first = false;
    session.out().raw(item.label);
    co_await session.flush_unfinished();
    if (item.encoding == mail::TransferEncoding::binary)
      co_await stream_plain(session, item);
    else
      co_await stream_decoded(session, item);
  }
  session.out().raw(")\r\n");
}

}  // namespace mc::imap
