// net/timers.h - deadlines for thousands of connections on one thread.
//
// A steady_timer for each connection would cost an allocation and a kernel call at every wait.
// Here a Deadline is a node of an ordered tree kept by its io_context, and moving it to a later
// time, which every command does, only writes a number: the node is put right when its old
// time comes. One steady_timer a thread sleeps until the earliest node.
//
// The steady_timer may sleep towards a deadline disarmed since: io_context::run() returns by
// itself only when all Deadlines of the context are destroyed.
//
// Thread rule: everything on the thread that runs the io_context.
#pragma once
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>
#include <chrono>

namespace mc::net {

namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;
inline constexpr SteadyTime never = SteadyTime::max();

class Timers;

// Derive from it, arm it, and on_deadline() is called once, not earlier than the time armed.
// on_deadline() may arm again and may destroy the object. Destroying it disarms it.
class Deadline {
 public:
  explicit Deadline(asio::io_context& context);
  Deadline(Deadline const&) = delete;
  Deadline& operator=(Deadline const&) = delete;

  void arm(SteadyTime due);  // `never` disarms
  void disarm() { due_ = never; }
  bool armed() const { return due_ != never; }

 protected:
  virtual ~Deadline();
  virtual void on_deadline() = 0;

 private:
  friend class Timers;
  struct Earlier {
    bool operator()(Deadline const& a, Deadline const& b) const { return a.filed_ < b.filed_; }
  };
  using Hook = boost::intrusive::set_member_hook<boost::intrusive::optimize_size<true>>;

  Timers& timers_;
  Hook hook_;
  SteadyTime filed_ = never;  // where the tree has it; never later than due_ while linked
  SteadyTime due_ = never;
};

// The tree of one io_context; made by the first Deadline that needs it.
class Timers final : public asio::execution_context::service {
 public:
  using key_type = Timers;
  static inline asio::execution_context::id id;
  explicit Timers(asio::execution_context& context);

 private:
  friend class Deadline;
  using Tree = boost::intrusive::multiset<
      Deadline, boost::intrusive::member_hook<Deadline, Deadline::Hook, &Deadline::hook_>,
      boost::intrusive::compare<Deadline::Earlier>, boost::intrusive::constant_time_size<false>>;

  void shutdown() override;
  void file(Deadline& deadline);  // puts it where due_ says
  void remove(Deadline& deadline);
  void sleep();  // until the earliest node
  void fire();   // all that is due

  Tree tree_;
  asio::steady_timer timer_;
  SteadyTime sleeping_until_ = never;
  bool firing_ = false;
  bool shut_down_ = false;
};

}  // namespace mc::net
