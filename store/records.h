// store/records.h - FlatBuffers as they stand in the store: read in place, never copied.
//
// The engine gives values at even addresses only, FlatBuffers would like multiples of eight.
// Every processor this runs on reads unaligned integers; records.fbs holds no vector of
// scalars wider than an octet, so that no loop over them can be compiled into aligned
// vector loads; and the build turns off the sanitizer's check of alignment, and that alone.
#pragma once
#include <flatbuffers/flatbuffers.h>

#include <string>
#include <string_view>

#include "core/clock.h"
#include "store/engine.h"
#include "store/records_generated.h"

namespace mc::store {

template <class T>
T const& record_of(std::string_view value) {
  return *flatbuffers::GetRoot<T>(value.data());
}

inline std::string_view view_of(flatbuffers::String const* s) {
  return s ? std::string_view{s->data(), s->size()} : std::string_view{};
}
inline std::string string_of(flatbuffers::String const* s) { return std::string(view_of(s)); }
inline std::string_view view_of(flatbuffers::Vector<std::uint8_t> const* v) {
  return v ? std::string_view{reinterpret_cast<char const*>(v->data()), v->size()} : std::string_view{};
}
inline std::string string_of(flatbuffers::Vector<std::uint8_t> const* v) { return std::string(view_of(v)); }

// Times are stored in milliseconds since 1970.
inline std::int64_t ms_of(Time t) { return t.time_since_epoch().count(); }
inline Time time_of(std::int64_t ms) { return Time(Millis(ms)); }

using Builder = flatbuffers::FlatBufferBuilder;

// Absent for "", which reads back as "".
inline flatbuffers::Offset<flatbuffers::String> text_in(Builder& b, std::string_view s) {
  return s.empty() ? flatbuffers::Offset<flatbuffers::String>{} : b.CreateString(s.data(), s.size());
}
inline flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> octets_in(Builder& b, std::string_view s) {
  if (s.empty()) return {};
  return b.CreateVector(reinterpret_cast<std::uint8_t const*>(s.data()), s.size());
}
inline std::string_view finished(Builder const& b) {
  return {reinterpret_cast<char const*>(b.GetBufferPointer()), b.GetSize()};
}

}  // namespace mc::store
