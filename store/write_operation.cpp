#include "store/write_operation.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

namespace mc::store {
namespace {

// Operations of one executor; if the function that holds them is destroyed without having
// run, they are abandoned.
class Completion {
 public:
  explicit Completion(WriteOperation* first) : first_(first) {}
  Completion(Completion&& other) noexcept : first_(std::exchange(other.first_, nullptr)) {}
  Completion(Completion const&) = delete;
  Completion& operator=(Completion const&) = delete;
  ~Completion() {
    while (auto* op = pop()) op->abandon();
  }

  void operator()() {
    while (first_ && first_->next) complete_first_of_several();
    if (auto* op = pop()) op->complete();
  }

 private:
  // A caller's exception leaves through the context's run(); the others must not suffer.
  void complete_first_of_several() {
    auto const executor = first_->executor();
    try {
      pop()->complete();
    } catch (...) {
      boost::asio::post(executor, Completion(std::exchange(first_, nullptr)));
      throw;
    }
  }
  WriteOperation* pop() {
    auto* op = first_;
    if (op) first_ = op->next;
    return op;
  }

  WriteOperation* first_;
};

struct Group {
  boost::asio::any_io_executor executor;
  WriteOperation *first, *last;
};

void add(std::vector<Group>& groups, WriteOperation* op) {
  op->next = nullptr;
  auto executor = op->executor();
  if (!executor) return op->complete();
  auto const same = [&](Group const& g) { return g.executor == executor; };
  auto const group = std::find_if(groups.begin(), groups.end(), same);
  if (group == groups.end())
    groups.push_back({std::move(executor), op, op});
  else
    group->last = group->last->next = op;
}

}  // namespace

void complete_soon(std::span<WriteOperation* const> operations) {
  std::vector<Group> groups;
  for (auto* op : operations) add(groups, op);
  for (auto& group : groups) boost::asio::post(group.executor, Completion(group.first));
}

}  // namespace mc::store
