#include "bench/imap_client.h"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace mc::bench {
namespace {

// literal = "{" number ["+"] "}" CRLF at the end of a line               RFC 9051, 9
std::optional<std::size_t> literal_at_end(std::string_view line) {
  if (line.empty() || line.back() != '}') return std::nullopt;
  std::size_t const open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  std::size_t size = 0;
  auto const [end, error] = std::from_chars(line.data() + open + 1, line.data() + line.size() - 1, size);
  if (error != std::errc()) return std::nullopt;
  return size;
}

// The number after `name` and a space anywhere in `line`; -1 if it is not there.
long number_after(std::string_view line, std::string_view name) {
  std::size_t const at = line.find(name);
  if (at == std::string_view::npos) return -1;
  long value = -1;
  std::from_chars(line.data() + at + name.size(), line.data() + line.size(), value);
  return value;
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    words += text[i] == ' ' && i + 1 < text.size() && text[i + 1] != ' ';
  return words;
}

}  // namespace

ImapClient::ImapClient(sockaddr_in const& address, bool tls) : fd_(connect_to(address)), buffer_(256 * 1024) {
  if (tls) {
    ssl_ = make_tls(fd_.get());
    if (SSL_connect(ssl_.get()) != 1) fail("TLS handshake failed");
  }
  std::string const greeting(read_line());
  if (!greeting.starts_with("* OK")) fail("no IMAP greeting: " + greeting);
}

void ImapClient::send(std::string_view data) {
  if (!ssl_) return send_all(fd_.get(), data);
  while (!data.empty()) {
    int const sent = SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size()));
    if (sent <= 0) fail("TLS write failed");
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// Reads more behind end_; moves or enlarges the buffer only when it is full.
void ImapClient::refill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size()) {
    if (begin_ == 0) buffer_.resize(buffer_.size() * 2);
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  char* const at = buffer_.data() + end_;
  std::size_t const room = buffer_.size() - end_;
  ssize_t const got =
      ssl_ ? SSL_read(ssl_.get(), at, static_cast<int>(room)) : ::recv(fd_.get(), at, room, 0);
  if (got <= 0) fail("the server closed the connection");
  end_ += static_cast<std::size_t>(got);
  consumed_ += static_cast<std::size_t>(got);
}

// The next line without its CRLF; valid until the next read.
std::string_view ImapClient::read_line() {
  for (std::size_t scanned = 0;;) {
    char const* const start = buffer_.data() + begin_;
    void const* const nl = std::memchr(start + scanned, '\n', end_ - begin_ - scanned);
    if (nl != nullptr) {
      auto const length = static_cast<std::size_t>(static_cast<char const*>(nl) - start);
      begin_ += length + 1;
      if (length == 0 || start[length - 1] != '\r') fail("a line without CRLF");
      return {start, length - 1};
    }
    scanned = end_ - begin_;
    refill();
  }
}

void ImapClient::skip_literal(std::size_t size) {
  while (size > end_ - begin_) {
    size -= end_ - begin_;
    begin_ = end_;
    refill();
  }
  begin_ += size;
}

void ImapClient::tally_line(std::string_view line, std::string_view item, Tally& tally) {
  if (line.starts_with("* BYE")) fail("the server says " + std::string(line));
  if (line.starts_with("* SEARCH")) return void(tally.hits += count_words(line.substr(8)));
  if (line.starts_with("* LIST ")) return void(++tally.lists);
  if (line.starts_with("* STATUS ")) return void(tally.status_messages = number_after(line, "MESSAGES "));
  if (line.starts_with("* CAPABILITY ")) return void(capabilities_ = std::string(line.substr(12)) + " ");
  if (line.size() < 3 || line[2] < '0' || line[2] > '9') return;
  std::uint64_t number = 0;
  char const* const end = std::from_chars(line.data() + 2, line.data() + line.size(), number).ptr;
  std::string_view const rest(end, static_cast<std::size_t>(line.data() + line.size() - end));
  if (rest == " EXISTS") tally.exists = static_cast<long>(number);
  if (!rest.starts_with(" FETCH ")) return;
  ++tally.fetches;
  tally.sequence_sum += number;
  if (item.empty() || rest.find(item) == std::string_view::npos) return;
  ++tally.items;
  if (item == "RFC822.SIZE ") tally.size_sum += static_cast<std::uint64_t>(number_after(rest, item));
}

Tally ImapClient::read_tagged(std::string_view item) {
  Tally tally;
  consumed_ = end_ - begin_;
  for (;;) {
    std::string_view line = read_line();
    if (!line.starts_with("* ")) {
      std::size_t const space = line.find(' ');
      std::string_view const answer = space == std::string_view::npos ? "" : line.substr(space + 1);
      if (!answer.starts_with("OK")) fail("the server says " + std::string(line));
      tally.ok_text = answer;
      tally.octets = consumed_ - (end_ - begin_);
      return tally;
    }
    tally_line(line, item, tally);
    while (auto const size = literal_at_end(line)) {
      skip_literal(*size);
      tally.literal_octets += *size;
      line = read_line();
    }
  }
}

Tally ImapClient::run(std::string_view command, std::string_view item) {
  std::string line = next_tag();
  line.append(" ").append(command).append("\r\n");
  send(line);
  return read_tagged(item);
}

void ImapClient::read_continuation() {
  std::string const line(read_line());
  if (!line.starts_with("+")) fail("no continuation but " + line);
}

void ImapClient::login(std::string const& user, std::string const& password) {
  run("LOGIN " + user + " " + password);
  capabilities_.clear();
}

bool ImapClient::has_capability(std::string_view name) {
  if (capabilities_.empty()) run("CAPABILITY");
  return capabilities_.find(" " + std::string(name) + " ") != std::string::npos;
}

}  // namespace mc::bench
