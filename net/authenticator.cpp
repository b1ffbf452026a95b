#include "net/authenticator.h"

namespace mc::net {

namespace {

// Counts one more while it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count), before_(count_++) {}
  Counted(Counted const&) = delete;
  Counted& operator=(Counted const&) = delete;
  ~Counted() { --count_; }
  std::size_t before() const { return before_; }

 private:
  std::atomic<std::size_t>& count_;
  std::size_t before_;
};

Error refused() {
  return fail(Errc::auth_failed, "Authentication failed");
}

}  // namespace

Authenticator::Authenticator(CredentialSource const& credentials, WorkerPool& workers, Config config)
    : credentials_(credentials), workers_(workers), config_(config), cache_(config.cache) {}

boost::asio::awaitable<Result<void>> Authenticator::check(std::string login, std::string password) {
  auto const found = credentials_.find(login);
  bool const possible = found && found->enabled && !found->password_hash.empty();
  std::string const stored = possible ? found->password_hash : std::string();
  if (possible && cache_.contains(login, password, stored)) co_return Result<void>();
  Counted const pending(pending_);
  if (pending.before() >= config_.max_pending)
    co_return fail(Errc::unavailable, "Too many logins at the moment, try again later");
  auto job = [&] { return verify_password(possible ? stored : dummy_password_hash(), password); };
  bool const right = co_await workers_.run(job);
  if (!right || !possible) co_return refused();
  cache_.insert(login, password, stored);
  co_return Result<void>();
}

}  // namespace mc::net
