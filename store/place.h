// store/place.h - finds records of one table by key, where the next one asked for is often
// the next one stored: a step is tried before a search. Inside store/ only.
#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "store/engine.h"

namespace mc::store {

class Place {
 public:
  explicit Place(Snapshot const& s) : snapshot_(s) {}

  // Lifetime: as of Cursor::value().
  std::optional<std::string_view> find(std::string_view key) {
    if (!cursor_) cursor_ = snapshot_.cursor();
    if (placed_ && cursor_->key() == key) return cursor_->value();
    if (placed_ && cursor_->key() < key && (placed_ = cursor_->next()) && cursor_->key() == key)
      return cursor_->value();
    placed_ = cursor_->seek(key);
    if (!placed_ || cursor_->key() != key) return std::nullopt;
    return cursor_->value();
  }

 private:
  Snapshot const& snapshot_;
  std::unique_ptr<Cursor> cursor_;
  bool placed_ = false;
};

}  // namespace mc::store
