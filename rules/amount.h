// rules/amount.h - an exact amount of money. No conversion, no floating point.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mc::rules {

// Three upper-case letters (ISO 4217's shape; any such code is accepted).
struct Currency {
  std::array<char, 3> letters{};
  auto operator<=>(Currency const&) const = default;
  std::string_view text() const { return {letters.data(), letters.size()}; }
};

struct Amount {
  static constexpr std::int64_t scale = 10'000;
  std::int64_t units = 0;  // ten-thousandths, never negative
  Currency currency;
  bool operator==(Amount const&) const = default;
};

// currency = 3UPPER
std::optional<Currency> parse_currency(std::string_view text);
// decimal = ( "0" / NONZERO *13DIGIT ) [ "." 1*4DIGIT ]      in ten-thousandths
std::optional<std::int64_t> parse_decimal(std::string_view text);
// amount = decimal SP currency
// Nothing else: no sign, no separators, no exponent, no other order, no white space around.
std::optional<Amount> parse_amount(std::string_view text);

std::string write_decimal(std::int64_t units);   // at least two decimals: "1000.00", "0.125"
std::string write_amount(Amount const& amount);  // "1000.00 USD"

}  // namespace mc::rules
