#include "gateway/arguments.h"

#include <algorithm>

#include "core/text.h"
#include "gateway/config.h"

namespace mc::gateway {

namespace {

Error unknown_option(std::string_view name, std::span<Option const> options) {
  std::vector<std::string_view> names;
  for (Option const& option : options) names.push_back(option.name);
  auto near = name.size() > 1 ? closest(name, names) : std::nullopt;  // any letter is near any other
  return fail(Errc::syntax, "unknown option " + write_option(printable(name, 60)) +
                                (near ? "; did you mean " + write_option(*near) + "?" : std::string()));
}

}  // namespace

std::string write_option(std::string_view name) { return (name.size() == 1 ? "-" : "--") + std::string(name); }

Result<Arguments> parse_arguments(std::span<std::string const> typed, std::span<Option const> options,
                                  std::size_t least_words, std::size_t most_words) {
  Arguments out;
  bool only_words = false;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    std::string_view word = typed[i];
    if (only_words || word.size() < 2 || word[0] != '-') {
      out.words.emplace_back(word);
      continue;
    }
    if (word == "--") {
      only_words = true;
      continue;
    }
    // option = "--" name [ "=" value ] / "-" letter             a name of one letter has one dash
    bool is_short = word.size() == 2;
    if (!is_short && !word.starts_with("--")) return fail(Errc::syntax, "unknown option " + printable(word, 60));
    auto equals = word.find('=');
    std::string name(is_short ? word.substr(1) : word.substr(2, equals == std::string_view::npos ? equals : equals - 2));
    if (!is_short && name.size() == 1) return fail(Errc::syntax, "unknown option --" + printable(name, 60));
    auto row = std::find_if(options.begin(), options.end(), [&](Option const& o) { return o.name == name; });
    if (row == options.end()) return unknown_option(name, options);
    std::string value;
    if (row->kind != OptionKind::flag) {
      if (equals != std::string_view::npos)
        value = word.substr(equals + 1);
      else if (i + 1 < typed.size())
        value = typed[++i];
      else
        return fail(Errc::syntax, write_option(name) + " wants a value");
    }
    if (row->kind == OptionKind::file) {
      auto text = read_file(value);
      if (!text) return text.error();
      value = std::move(*text);
    }
    out.options[name] = std::move(value);
  }
  if (out.words.size() < least_words) return fail(Errc::syntax, "something is missing");
  if (out.words.size() > most_words) return fail(Errc::syntax, "too many words: " + printable(out.words[most_words], 60));
  return out;
}

}  // namespace mc::gateway
