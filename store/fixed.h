// store/fixed.h - integers of fixed layout inside values: little-endian, at any address. Pure.
#pragma once
#include <bit>
#include <cstring>

namespace mc::store {

static_assert(std::endian::native == std::endian::little, "the store's values are little-endian");

template <class T>
T load(char const* at) {
  T v;
  std::memcpy(&v, at, sizeof v);
  return v;
}

template <class T>
void save(char* at, T v) {
  std::memcpy(at, &v, sizeof v);
}

}  // namespace mc::store
