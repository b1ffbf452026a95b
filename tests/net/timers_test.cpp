#include "net/timers.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <string>

#include "tests/net/support.h"

using namespace mc::net;
using namespace std::chrono_literals;

namespace {

SteadyTime in(std::chrono::milliseconds d) {
  return std::chrono::steady_clock::now() + d;
}

class Recorder final : public Deadline {
 public:
  Recorder(asio::io_context& context, std::string name, std::string& log)
      : Deadline(context), name_(std::move(name)), log_(log) {}
  ~Recorder() override = default;
  std::function<void()> then;

 private:
  void on_deadline() override {
    log_ += name_;
    if (then) then();
  }
  std::string name_;
  std::string& log_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(timers)

BOOST_AUTO_TEST_CASE(deadlines_fire_in_order_of_time) {
  asio::io_context context(1);
  std::string log;
  Recorder a(context, "a", log), b(context, "b", log), c(context, "c", log);
  a.arm(in(30ms));
  b.arm(in(10ms));
  c.arm(in(20ms));
  context.run();
  BOOST_TEST(log == "bca");
}

BOOST_AUTO_TEST_CASE(a_deadline_moved_later_fires_once_and_not_before) {
  asio::io_context context(1);
  std::string log;
  Recorder a(context, "a", log), b(context, "b", log);
  a.arm(in(5ms));
  b.arm(in(20ms));
  a.arm(in(40ms));
  context.run();
  BOOST_TEST(log == "ba");
}

BOOST_AUTO_TEST_CASE(a_deadline_moved_earlier_fires_early) {
  asio::io_context context(1);
  std::string log;
  Recorder a(context, "a", log);
  a.arm(in(1h));
  a.arm(in(1ms));
  context.run();
  BOOST_TEST(log == "a");
}

BOOST_AUTO_TEST_CASE(a_disarmed_deadline_never_fires) {
  asio::io_context context(1);
  std::string log;
  Recorder a(context, "a", log), b(context, "b", log);
  a.arm(in(1ms));
  b.arm(in(10ms));
  a.disarm();
  context.run();
  BOOST_TEST(log == "b");
  BOOST_TEST(!a.armed());
}

BOOST_AUTO_TEST_CASE(destroying_the_last_deadline_lets_the_context_end) {
  asio::io_context context(1);
  std::string log;
  auto a = std::make_unique<Recorder>(context, "a", log);
  a->arm(in(1h));
  a.reset();
  context.run();  // must return at once
  BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(on_deadline_may_arm_again_and_may_destroy_itself_and_others) {
  asio::io_context context(1);
  std::string log;
  auto a = std::make_unique<Recorder>(context, "a", log);
  auto b = std::make_unique<Recorder>(context, "b", log);
  auto c = std::make_unique<Recorder>(context, "c", log);
  auto const now = in(1ms);
  a->arm(now);
  b->arm(now + 1us);
  c->arm(now + 2us);
  int again = 2;
  a->then = [&] {
    if (again-- > 0) a->arm(in(1ms));
    if (again == 0) {
      c.reset();
      b.reset();
      a.reset();
    }
  };
  context.run();
  BOOST_TEST(std::count(log.begin(), log.end(), 'a') == 2);
}

BOOST_AUTO_TEST_CASE(a_context_may_be_destroyed_with_deadlines_armed_in_its_handlers) {
  std::string log;
  {
    asio::io_context context(1);
    auto a = std::make_shared<Recorder>(context, "a", log);
    a->arm(in(1h));
    asio::post(context, [a] {});
  }
  BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_SUITE_END()
