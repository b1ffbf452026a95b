// gateway/arguments.h - what was typed after `message-center`, checked against a command's row.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace mc::gateway {

enum class OptionKind {
  flag,   // --json
  value,  // --email ADDR
  file,   // --password-file F: its content is what the command gets, so that the running server can use it
};

struct Option {
  std::string_view name;  // without the dashes; of one letter: -m WHY
  OptionKind kind = OptionKind::value;
  std::string_view help;
};

struct Arguments {
  std::vector<std::string> words;              // positional
  std::map<std::string, std::string> options;  // flags hold ""
  std::string input;                           // standard input, for commands that read it
  std::string author;                          // who runs the command

  bool has(std::string_view name) const { return options.count(std::string(name)) != 0; }
  std::string get(std::string_view name, std::string_view otherwise = {}) const {
    auto at = options.find(std::string(name));
    return at == options.end() ? std::string(otherwise) : at->second;
  }
};

std::string write_option(std::string_view name);  // "--user", "-m"

// Fails: syntax, for exit code 2: an unknown option (with a guess), a missing value, too few or too
// many words. `files` are read here.
Result<Arguments> parse_arguments(std::span<std::string const> typed, std::span<Option const> options,
                                  std::size_t least_words, std::size_t most_words);

}  // namespace mc::gateway
