// rules/footer.h - the words that external copies of a type end with, as admins write them.
//
//   footer      = *( text / placeholder )          lines ended by LF; no other control characters
//   placeholder = "{unsubscribe}" / "{settings}"   no other use of braces
//
// Every copy has its own links, so placeholders get their values when it leaves (center/footer.h). Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace mc::rules {

inline constexpr std::size_t max_footer = 2000, max_footer_line = 300;

enum class Placeholder : std::uint8_t { unsubscribe, settings };

// Fails: syntax, in words (empty, an unknown placeholder, a lone brace, a control character, a line too long).
Result<void> check_footer(std::string_view footer);

bool asks_for(std::string_view footer, Placeholder placeholder);

// The lines with values in place of placeholders; a line that has one without a value is left out, and with it the
// empty lines before it if nothing follows. Each line ends with LF. Requires: check_footer() took it.
using PlaceholderValue = std::function<std::string(Placeholder)>;  // empty: none
std::string fill_footer(std::string_view footer, PlaceholderValue const& value);

}  // namespace mc::rules
