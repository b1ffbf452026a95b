#include "rules/amount.h"

#include <algorithm>

#include "core/text.h"

namespace mc::rules {

std::optional<Currency> parse_currency(std::string_view text) {
  Currency currency;
  if (text.size() != currency.letters.size()) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return std::nullopt;
  std::copy(text.begin(), text.end(), currency.letters.begin());
  return currency;
}

std::optional<std::int64_t> parse_decimal(std::string_view text) {
  constexpr std::size_t max_whole = 14, max_fraction = 4;  // 10^18 ten-thousandths fit 63 bits
  std::size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == text.npos ? std::string_view("0") : text.substr(point + 1);
  if (whole.empty() || whole.size() > max_whole || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
  if (fraction.empty() || fraction.size() > max_fraction) return std::nullopt;
  if (!std::all_of(whole.begin(), whole.end(), is_digit)) return std::nullopt;
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  std::int64_t units = 0;
  for (char c : whole) units = units * 10 + (c - '0');
  for (std::size_t i = 0; i < max_fraction; ++i)
    units = units * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return units;
}

std::optional<Amount> parse_amount(std::string_view text) {
  std::size_t space = text.find(' ');
  if (space == text.npos) return std::nullopt;
  auto units = parse_decimal(text.substr(0, space));
  auto currency = parse_currency(text.substr(space + 1));
  if (!units || !currency) return std::nullopt;
  return Amount{*units, *currency};
}

std::string write_decimal(std::int64_t units) {
  std::string fraction = std::to_string(Amount::scale + units % Amount::scale).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(units / Amount::scale) + '.' + fraction;
}

std::string write_amount(Amount const& amount) {
  return write_decimal(amount.units) + ' ' + std::string(amount.currency.text());
}

}  // namespace mc::rules
