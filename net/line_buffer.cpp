#include "net/line_buffer.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace mc::net {

namespace {
constexpr std::size_t smallest = 512;
}

std::span<char> InputBuffer::prepare(std::size_t wanted) {
  std::size_t const used = size();
  if (used >= limit_) return {};
  wanted = std::clamp<std::size_t>(wanted, 1, limit_ - used);
  if (begin_ > 0 && capacity_ - end_ < wanted) {
    std::memmove(memory_.get(), memory_.get() + begin_, used);
    scanned_ -= std::min(scanned_, begin_);
    begin_ = 0;
    end_ = used;
  }
  if (capacity_ - end_ < wanted) {
    std::size_t const larger = std::min(limit_, std::max({smallest, used + wanted, capacity_ * 2}));
    auto memory = std::make_unique_for_overwrite<char[]>(larger);
    if (used) std::memcpy(memory.get(), memory_.get(), used);
    memory_ = std::move(memory);
    capacity_ = larger;
  }
  return {memory_.get() + end_, std::min(capacity_ - end_, limit_ - used)};
}

void InputBuffer::commit(std::size_t read) {
  assert(read <= capacity_ - end_);
  end_ += read;
}

void InputBuffer::consume(std::size_t n) {
  begin_ += n;
  scanned_ = std::max(scanned_, begin_);
}

// line = *OCTET-but-LF LF; the CR before the LF belongs to the line end
std::optional<InputBuffer::Line> InputBuffer::take_line() {
  scanned_ = std::max(scanned_, begin_);
  std::string_view const all(memory_.get(), end_);
  auto const lf = all.find('\n', scanned_);
  if (lf == all.npos) {
    scanned_ = end_;
    return std::nullopt;
  }
  Line line{all.substr(begin_, lf - begin_), false};
  if (line.text.ends_with('\r')) {
    line.text.remove_suffix(1);
    line.crlf = true;
  }
  consume(lf + 1 - begin_);
  return line;
}

std::string_view InputBuffer::take(std::size_t n) {
  auto const taken = data().substr(0, n);
  consume(taken.size());
  return taken;
}

bool InputBuffer::skip_line() {
  auto const lf = data().find('\n');
  consume(lf == std::string_view::npos ? size() : lf + 1);
  return lf != std::string_view::npos;
}

void InputBuffer::release() {
  if (!empty()) return;
  memory_.reset();
  capacity_ = begin_ = end_ = scanned_ = 0;
}

void InputBuffer::clear() {
  if (memory_) ::explicit_bzero(memory_.get(), capacity_);
  begin_ = end_ = scanned_ = 0;
  release();
}

}  // namespace mc::net
