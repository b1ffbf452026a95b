// imap/enum_set.h - a set of enumerators, for option lists of the grammar.
#pragma once
#include <cstdint>
#include <initializer_list>

namespace mc::imap {

// Requires: every enumerator's value is below 32.
template <class E>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(std::initializer_list<E> members) {
    for (E e : members) insert(e);
  }
  constexpr bool contains(E e) const { return (bits_ & bit(e)) != 0; }
  constexpr void insert(E e) { bits_ |= bit(e); }
  constexpr void erase(E e) { bits_ &= ~bit(e); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(EnumSet const&) const = default;

 private:
  static constexpr std::uint32_t bit(E e) { return std::uint32_t{1} << static_cast<unsigned>(e); }
  std::uint32_t bits_ = 0;
};

}  // namespace mc::imap
