// net/line_buffer.h - what a peer sent and nobody has consumed yet.
//
// IMAP and SMTP sessions read into one InputBuffer and take lines and literals out of it. It
// grows by need up to a limit, scans each octet for a line end only once (a peer that sends
// one octet at a time costs no more), and gives all its memory back when asked while empty.
//
// Lifetime: views stay valid until the next call of prepare(), release() or clear().
// Knows nothing of sockets. Not thread-safe.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace mc::net {

class InputBuffer {
 public:
  explicit InputBuffer(std::size_t limit) : limit_(limit) {}

  // Room for at least one and preferably `wanted` more octets, never beyond the limit in all;
  // empty when full(). Invalidates views.
  std::span<char> prepare(std::size_t wanted = 4096);
  void commit(std::size_t read);  // the first `read` octets of that room are filled

  std::string_view data() const { return {memory_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  // The limit is reached: no line or literal longer than this will ever fit.
  bool full() const { return size() >= limit_; }
  std::size_t limit() const { return limit_; }

  struct Line {
    std::string_view text;  // without its line end
    bool crlf = false;      // ended by CRLF, not by a bare LF
  };
  // The next whole line, consumed; absent while its LF has not arrived. A CR inside stays in text.
  std::optional<Line> take_line();
  // Up to `n` octets, consumed; fewer only when there are no more.
  std::string_view take(std::size_t n);
  // Consumes through the next LF, whatever its length; false (and everything consumed) if it has not come
  // yet: read more and call again. The way out of a line that is too long.
  bool skip_line();

  void release();  // frees the memory if empty; call before sleeping
  void clear();    // forgets everything, overwritten first: after STARTTLS, after a password

 private:
  void consume(std::size_t n);

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t limit_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t scanned_ = 0;  // no LF in [begin_, scanned_)
};

}  // namespace mc::net
