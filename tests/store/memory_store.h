// tests/store/memory_store.h - the store's transaction over a std::map, for tests of what is
// written against store/engine.h. Stricter than any engine: whatever it gave is made useless
// by the next write, and a cursor must seek again after one.
#pragma once
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "store/engine.h"

namespace mc::store::test {

class MemoryStore final : public Transaction {
 public:
  std::optional<std::string_view> get(std::string_view key) const override {
    auto at = map_.find(key);
    if (at == map_.end()) return std::nullopt;
    return lend(at->second);
  }
  std::unique_ptr<Cursor> cursor() const override { return std::make_unique<MapCursor>(*this); }

  void put(std::string_view key, std::string_view value) override {
    std::string k(key), v(value);  // before what was lent goes
    written();
    map_.insert_or_assign(std::move(k), std::move(v));
  }
  char* put_reserve(std::string_view key, std::size_t size) override {
    std::string k(key);
    written();
    return map_.insert_or_assign(std::move(k), std::string(size, '\xEE')).first->second.data();
  }
  bool del(std::string_view key) override {
    std::string k(key);
    written();
    return map_.erase(k) > 0;
  }
  std::uint64_t next_id(Counter counter) override { return ++counters_[static_cast<std::size_t>(counter)]; }
  Time now() const override { return time; }
  void publish(std::uint64_t topic) override { topics.insert(topic); }
  void keep() override {}

  std::size_t size() const { return map_.size(); }
  std::map<std::string, std::string, std::less<>> const& entries() const { return map_; }
  // Damages one octet of a value.
  void flip(std::string_view key, std::size_t at) { map_.find(key)->second.at(at) ^= 1; }
  std::size_t writes() const { return generation_; }

  bool strict = true;  // false: lends its own strings, for long tests of something else
  Time time{Millis(1'700'000'000'000)};
  std::set<std::uint64_t> topics;

 private:
  using Map = std::map<std::string, std::string, std::less<>>;

  class MapCursor final : public Cursor {
   public:
    explicit MapCursor(MemoryStore const& store) : store_(store) {}
    bool seek(std::string_view key) override { return place(store_.map_.lower_bound(key)); }
    bool next() override { return check(), place(std::next(at_)); }
    bool prev() override {
      check();
      if (at_ == store_.map_.begin()) return valid_ = false;
      return place(std::prev(at_));
    }
    bool seek_last_below(std::string_view key) override {
      auto at = store_.map_.lower_bound(key);
      if (at == store_.map_.begin()) return valid_ = false;
      return place(std::prev(at));
    }
    std::string_view key() const override { return check(), store_.lend(at_->first); }
    std::string_view value() const override { return check(), store_.lend(at_->second); }

   private:
    bool place(Map::const_iterator at) {
      at_ = at;
      generation_ = store_.generation_;
      return valid_ = at != store_.map_.end();
    }
    void check() const {
      if (!valid_ || generation_ != store_.generation_) throw std::logic_error("a cursor was used without a seek");
    }
    MemoryStore const& store_;
    Map::const_iterator at_;
    std::size_t generation_ = 0;
    bool valid_ = false;
  };

  // A copy that lives until the next write, where the real engine would give its own page.
  std::string_view lend(std::string const& s) const {
    return strict ? std::string_view(*lent_.emplace_back(std::make_unique<std::string>(s))) : std::string_view(s);
  }
  void written() {
    for (auto& s : lent_) std::fill(s->begin(), s->end(), '\xDD');
    lent_.clear();
    ++generation_;
  }

  Map map_;
  mutable std::vector<std::unique_ptr<std::string>> lent_;
  std::array<std::uint64_t, counter_count> counters_{};
  std::size_t generation_ = 0;
};

}  // namespace mc::store::test
