#include "net/resolver.h"

#include <ares.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>

#include "core/text.h"

namespace mc::net {

namespace {

enum class Type : std::uint16_t { a = 1, cname = 5, mx = 15, aaaa = 28 };

constexpr std::size_t max_looked_at = 200;  // records of one answer
constexpr int max_aliases = 8, max_questions = 4;

struct Record {
  std::string owner;
  Type type;
  std::string name;  // CNAME, MX
  std::uint16_t preference = 0;
  asio::ip::address ip;
};

struct Reply {
  int status = ARES_ETIMEOUT;
  std::string octets;
};

// A message from the network: reads nothing beyond its end, whatever the lengths in it say.
class MessageReader {
 public:
  explicit MessageReader(std::string const& octets) : octets_(octets) {}

  // header question* answer*                                        RFC 1035, 4.1
  std::vector<Record> answers() {
    std::vector<Record> out;
    skip(4);
    std::size_t const questions = u16(), answers = u16();
    skip(4);
    for (std::size_t i = 0; i < questions && good_; ++i) {
      (void)name();
      skip(4);
    }
    for (std::size_t i = 0; i < std::min(answers, max_looked_at) && good_; ++i)
      if (auto record = answer()) out.push_back(std::move(*record));
    return out;
  }

 private:
  std::size_t left() const { return octets_.size() - at_; }
  void skip(std::size_t count) {
    good_ = good_ && count <= left();
    if (good_) at_ += count;
  }
  std::uint16_t u16() {
    std::size_t const from = at_;
    skip(2);
    if (!good_) return 0;
    auto octet = [&](std::size_t i) { return static_cast<unsigned char>(octets_[from + i]); };
    return static_cast<std::uint16_t>(octet(0) << 8 | octet(1));
  }
  // Lower case; "" is the root.
  std::string name() {
    char* expanded = nullptr;
    long used = 0;
    auto const* base = reinterpret_cast<unsigned char const*>(octets_.data());
    good_ = good_ && left() > 0 &&
            ares_expand_name(base + at_, base, static_cast<int>(octets_.size()), &expanded, &used) == ARES_SUCCESS;
    if (!good_) return {};
    std::string out = to_lower(expanded);
    ares_free_string(expanded);
    skip(static_cast<std::size_t>(used));
    return out;
  }
  template <class Address>
  asio::ip::address ip(std::size_t length) {
    typename Address::bytes_type octets{};
    if (length != octets.size()) return {};
    std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(at_), length, octets.begin());
    return Address(octets);
  }
  // name type class ttl rdlength rdata                              RFC 1035, 4.1.3
  std::optional<Record> answer() {
    Record r;
    r.owner = name();
    r.type = static_cast<Type>(u16());
    skip(6);
    std::size_t const length = u16();
    if (!good_ || length > left()) return good_ = false, std::nullopt;
    std::size_t const end = at_ + length;
    if (r.type == Type::mx) r.preference = u16();
    if (r.type == Type::mx || r.type == Type::cname) r.name = name();
    if (r.type == Type::a) r.ip = ip<asio::ip::address_v4>(length);
    if (r.type == Type::aaaa) r.ip = ip<asio::ip::address_v6>(length);
    if (!good_ || at_ > end) return good_ = false, std::nullopt;
    at_ = end;
    return r;
  }

  std::string const& octets_;
  std::size_t at_ = 0;
  bool good_ = true;
};

bool is_usable(Record const& r) {
  if (r.type == Type::mx) return r.name.empty() || is_host_name(r.name);
  return !r.ip.is_unspecified() && !r.ip.is_multicast();
}

// The records of `name`, or of what it is an alias of; `name` is then that.
std::vector<Record> select(std::vector<Record> const& records, std::string& name, Type type) {
  for (int i = 0; i < max_aliases; ++i) {
    auto alias = std::find_if(records.begin(), records.end(),
                              [&](Record const& r) { return r.type == Type::cname && r.owner == name; });
    if (alias == records.end() || !is_host_name(alias->name)) break;
    name = alias->name;
  }
  std::vector<Record> out;
  for (Record const& r : records)
    if (r.type == type && r.owner == name && is_usable(r) && out.size() < Resolver::max_records) out.push_back(r);
  return out;
}

DnsStatus status_of(int status) {
  if (status == ARES_SUCCESS) return DnsStatus::found;
  if (status == ARES_ENODATA) return DnsStatus::nothing;
  return status == ARES_ENOTFOUND ? DnsStatus::no_name : DnsStatus::temporary;
}

bool prepare_library() {
  static bool const done = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  return done;
}

}  // namespace

struct Resolver::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& c, Options o) : context(c), options(std::move(o)), timer(c) {}
  ~Impl() {
    if (channel) ares_destroy(channel);
  }

  Result<void> open();
  asio::awaitable<DnsAnswer<Record>> look_up(std::string name, Type type);
  asio::awaitable<Reply> ask(std::string name, Type type);

  // One of c-ares' sockets, which stay its own.
  struct Socket {
    Socket(asio::io_context& context, int fd) : descriptor(context, fd) {}
    asio::posix::stream_descriptor descriptor;
    std::array<bool, 2> wanted{}, waiting{};  // input, output
  };
  enum Side : std::size_t { input, output };

  static void on_socket(void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Impl*>(self)->watch(fd, readable != 0, writable != 0);
  }
  void watch(int fd, bool readable, bool writable);
  void wait(std::shared_ptr<Socket> const& socket, Side side);
  void process(int readable, int writable);
  void set_timer();

  asio::io_context& context;
  Options options;
  ares_channel channel = nullptr;
  std::map<int, std::shared_ptr<Socket>> sockets;
  asio::steady_timer timer;
};

// --- c-ares and Asio

Result<void> Resolver::Impl::open() {
  if (!prepare_library()) return fail(Errc::internal, "the resolver library does not start");
  ares_options raw{};
  raw.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  raw.timeout = static_cast<int>(options.timeout.count());
  raw.tries = static_cast<int>(options.tries);
  raw.sock_state_cb = &Impl::on_socket;
  raw.sock_state_cb_data = this;
  int const mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  if (int status = ares_init_options(&channel, &raw, mask); status != ARES_SUCCESS)
    return fail(Errc::internal, std::string("the resolver does not start: ") + ares_strerror(status));
  if (options.servers.empty()) return {};
  std::string list;
  for (Endpoint const& server : options.servers) list += (list.empty() ? "" : ",") + write_endpoint(server);
  if (int status = ares_set_servers_ports_csv(channel, list.c_str()); status != ARES_SUCCESS)
    return fail(Errc::syntax, "resolver " + list + ": " + ares_strerror(status));
  return {};
}

void Resolver::Impl::watch(int fd, bool readable, bool writable) {
  auto at = sockets.find(fd);
  if (!readable && !writable) {
    if (at == sockets.end()) return;
    at->second->wanted = {};
    at->second->descriptor.release();  // c-ares closes it
    sockets.erase(at);
    return;
  }
  if (at == sockets.end()) at = sockets.emplace(fd, std::make_shared<Socket>(context, fd)).first;
  std::shared_ptr<Socket> const socket = at->second;
  socket->wanted = {readable, writable};
  wait(socket, input);
  wait(socket, output);
}

void Resolver::Impl::wait(std::shared_ptr<Socket> const& socket, Side side) {
  if (!socket->wanted[side] || socket->waiting[side]) return;
  socket->waiting[side] = true;
  auto const kind = side == input ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
  socket->descriptor.async_wait(kind, [weak = weak_from_this(), socket, side](boost::system::error_code error) {
    socket->waiting[side] = false;
    auto self = weak.lock();
    if (error || !self || !socket->wanted[side]) return;
    int const fd = socket->descriptor.native_handle();
    self->process(side == input ? fd : ARES_SOCKET_BAD, side == output ? fd : ARES_SOCKET_BAD);
    self->wait(socket, side);
  });
}

void Resolver::Impl::process(int readable, int writable) {
  ares_process_fd(channel, readable, writable);
  set_timer();
}

void Resolver::Impl::set_timer() {
  timeval storage{};
  timeval* const left = ares_timeout(channel, nullptr, &storage);
  if (!left) {
    timer.cancel();
    return;
  }
  timer.expires_after(std::chrono::seconds(left->tv_sec) + std::chrono::microseconds(left->tv_usec) + Millis(1));
  timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    auto self = weak.lock();
    if (!error && self) self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

namespace {

// One question under way. The coroutine that asked sleeps on `done`, so that it belongs to its io_context.
struct Question {
  explicit Question(asio::io_context& context) : done(context) {}
  asio::steady_timer done;
  bool answered = false;
  Reply reply;
};

void on_answer(void* raw, int status, int, unsigned char* octets, int length) {
  std::unique_ptr<std::shared_ptr<Question>> const held(static_cast<std::shared_ptr<Question>*>(raw));
  if (status == ARES_EDESTRUCTION) return;
  Question& question = **held;
  question.answered = true;
  question.reply.status = status;
  if (octets && length > 0) question.reply.octets.assign(reinterpret_cast<char const*>(octets), static_cast<std::size_t>(length));
  question.done.cancel();
}

}  // namespace

asio::awaitable<Reply> Resolver::Impl::ask(std::string name, Type type) {
  auto self = shared_from_this();
  auto question = std::make_shared<Question>(context);
  question->done.expires_after(options.whole_time);
  auto* held = new std::shared_ptr<Question>(question);
  ares_query(channel, name.c_str(), 1, static_cast<int>(type), &on_answer, held);
  set_timer();
  if (!question->answered) co_await question->done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return question->reply;
}

// --- look-ups

asio::awaitable<DnsAnswer<Record>> Resolver::Impl::look_up(std::string name, Type type) {
  DnsAnswer<Record> answer;
  name = to_lower(name);
  if (name.ends_with('.')) name.pop_back();
  answer.status = DnsStatus::no_name;
  if (!is_host_name(name)) co_return answer;
  for (int i = 0; i < max_questions; ++i) {
    std::string const asked = name;
    Reply const reply = co_await ask(name, type);
    answer.status = status_of(reply.status);
    if (answer.status == DnsStatus::temporary) answer.trouble = "DNS: " + asked + ": " + ares_strerror(reply.status);
    if (answer.status != DnsStatus::found) co_return answer;
    answer.records = select(MessageReader(reply.octets).answers(), name, type);
    if (!answer.records.empty()) co_return answer;
    answer.status = DnsStatus::nothing;
    if (name == asked) co_return answer;
  }
  answer.status = DnsStatus::temporary;
  answer.trouble = "DNS: too many aliases";
  co_return answer;
}

Result<std::unique_ptr<Resolver>> Resolver::make(asio::io_context& context, Options options) {
  auto impl = std::make_shared<Impl>(context, std::move(options));
  if (auto opened = impl->open(); !opened) return opened.error();
  return std::unique_ptr<Resolver>(new Resolver(std::move(impl)));
}

Resolver::~Resolver() = default;

asio::awaitable<DnsAnswer<MxRecord>> Resolver::mx(std::string name) {
  auto impl = impl_;
  DnsAnswer<Record> const found = co_await impl->look_up(std::move(name), Type::mx);
  DnsAnswer<MxRecord> answer;
  answer.status = found.status;
  answer.trouble = found.trouble;
  for (Record const& r : found.records) answer.records.push_back({r.preference, r.name});
  co_return answer;
}

asio::awaitable<DnsAnswer<asio::ip::address>> Resolver::addresses(std::string name) {
  auto impl = impl_;
  DnsAnswer<Record> const six = co_await impl->look_up(name, Type::aaaa);
  DnsAnswer<Record> const four = co_await impl->look_up(name, Type::a);
  DnsAnswer<asio::ip::address> answer;
  for (std::size_t i = 0; i < std::max(six.records.size(), four.records.size()); ++i) {
    if (i < six.records.size()) answer.records.push_back(six.records[i].ip);
    if (i < four.records.size()) answer.records.push_back(four.records[i].ip);
  }
  answer.status = DnsStatus::found;
  if (!answer.records.empty()) co_return answer;
  // The worst that one of them said: what was not answered may be there.
  answer.status = std::max(six.status, four.status);
  answer.trouble = six.trouble.empty() ? four.trouble : six.trouble;
  co_return answer;
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (std::string_view label : split(name, '.')) {
    bool const sound = !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), [](char c) {
      return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
    });
    if (!sound) return false;
  }
  return true;
}

}  // namespace mc::net
