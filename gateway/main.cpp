// message-center <noun> <verb> …: finds the command's row, reads its arguments, and carries it out here or
// in the running server.
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>

#include "core/log.h"
#include "core/text.h"
#include "gateway/commands.h"
#include "gateway/control.h"
#include "gateway/desk.h"
#include "gateway/server.h"

namespace {

using namespace mc;
using namespace mc::gateway;

constexpr char default_config[] = "/etc/message-center/message-center.toml";

std::string name_of(Command const& command) {
  return std::string(command.noun) + (command.verb.empty() ? "" : " " + std::string(command.verb));
}

void print_commands(std::FILE* to) {
  std::fputs("message-center: one mailbox for all that a marketplace says to its users\n\n"
             "usage: message-center <command> [--config FILE]     (default " , to);
  std::fprintf(to, "%s)\n\n", default_config);
  for (Command const& command : commands())
    std::fprintf(to, "  %-16s %s\n", name_of(command).c_str(), std::string(command.help).c_str());
  std::fputs("\nmessage-center <command> --help says more.\n", to);
}

void print_help(Command const& command, std::FILE* to) {
  std::fprintf(to, "usage: message-center %s %s\n\n%s\n", name_of(command).c_str(),
               std::string(command.usage).c_str(), std::string(command.help).c_str());
  for (Option const& option : command.options)
    std::fprintf(to, "  %-18s %s\n", write_option(option.name).c_str(), std::string(option.help).c_str());
  std::fprintf(to, "  --%-16s %s\n", "config", "the configuration file");
}

int usage_error(std::string_view why) {
  std::fprintf(stderr, "message-center: %s\n", std::string(why).c_str());
  return exit_usage;
}

int unknown_command(std::string_view noun, std::string_view verb) {
  std::vector<std::string_view> names;
  bool known_noun = false;
  for (Command const& command : commands()) known_noun |= command.noun == noun;
  for (Command const& command : commands())
    if (!known_noun)
      names.push_back(command.noun);
    else if (command.noun == noun)
      names.push_back(command.verb);
  auto near = closest(known_noun ? verb : noun, names);
  std::string text = "no such command: " + printable(noun, 40) + (known_noun ? " " + printable(verb, 40) : "");
  if (near) text += "; did you mean " + (known_noun ? std::string(noun) + " " : std::string()) + std::string(*near) + "?";
  return usage_error(text + " (message-center --help lists all)");
}

// Takes --config FILE and --help out of the words, wherever they stand.
struct Typed {
  std::vector<std::string> words;
  std::string config = default_config;
  bool help = false, broken = false;
};

Typed read_typed(int count, char** values) {
  Typed typed;
  for (int i = 1; i < count; ++i) {
    std::string_view word = values[i];
    if (word == "--help" || word == "-h")
      typed.help = true;
    else if (word.starts_with("--config="))
      typed.config = word.substr(9);
    else if (word == "--config" && i + 1 < count)
      typed.config = values[++i];
    else if (word == "--config")
      typed.broken = true;
    else
      typed.words.emplace_back(word);
  }
  return typed;
}

std::string author() {
  passwd const* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : std::to_string(::getuid());
}

int print(std::string_view out, std::string_view err, int exit) {
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fwrite(err.data(), 1, err.size(), stderr);
  return std::fflush(stdout) == 0 ? exit : exit_refused;
}

// The running server does it if there is one; otherwise this process takes the store.
int run_on_store(Command const& command, Arguments const& arguments, std::string const& config_file) {
  auto config = get_config(config_file);
  if (!config) return exit_refused;
  bool json = arguments.has("json");
  if (auto answer = ask_server(control_path(*config), command, arguments, json))
    return print(answer->out, answer->err, answer->exit);
  set_log_level(LogLevel::warning);
  auto foundation = Foundation::make(*config, 1, FirstPolicy::stored);
  if (!foundation) return usage_error(foundation.error().text), exit_refused;
  Desk desk{*config, (*foundation)->context()};
  Output out(json);
  int exit = command.desk(desk, arguments, out);
  return print(out.out(), out.err(), exit);
}

int run(int count, char** values) {
  Typed typed = read_typed(count, values);
  if (typed.broken) return usage_error("--config wants a file");
  if (typed.words.empty()) {
    print_commands(typed.help ? stdout : stderr);
    return typed.help ? exit_done : exit_usage;
  }
  std::string noun = typed.words[0], verb = typed.words.size() > 1 ? typed.words[1] : "";
  Command const* command = find_command(noun, verb);
  if (!command) return unknown_command(noun, verb);
  if (typed.help) return print_help(*command, stdout), exit_done;
  std::span<std::string const> rest(typed.words);
  rest = rest.subspan(command->verb.empty() ? 1 : 2);
  auto arguments = parse_arguments(rest, command->options, command->least_words, command->most_words);
  if (!arguments) {
    print_help(*command, stderr);
    return usage_error(arguments.error().text);
  }
  arguments->author = author();
  if (command->prepare)
    if (auto prepared = command->prepare(*arguments); !prepared) {
      bool misused = prepared.error().code == Errc::syntax;
      return usage_error(prepared.error().text), misused ? exit_usage : exit_refused;
    }
  if (command->reads_input && !arguments->has("password-file")) {
    if (::isatty(STDIN_FILENO)) std::fputs("Password: ", stderr);
    std::getline(std::cin, arguments->input);
  }
  if (command->desk) return run_on_store(*command, *arguments, typed.config);
  Output out(arguments->has("json"));
  int exit = command->local(typed.config, *arguments, out);
  return print(out.out(), out.err(), exit);
}

}  // namespace

int main(int count, char** values) {
  try {
    return run(count, values);
  } catch (std::exception const& fault) {
    std::fprintf(stderr, "message-center: %s\n", fault.what());
    return 1;
  }
}
