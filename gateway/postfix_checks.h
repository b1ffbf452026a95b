// gateway/postfix_checks.h - does a Postfix hand us what it should, and take what we send? One table of checks.
//
// Pure but for the functions of the situation, which ask Postfix's tables, the smarthost and the file system.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config.h"
#include "gateway/postfix_view.h"

namespace mc::gateway {

enum class CheckState {
  ok,
  note,     // works, but worth knowing
  missing,  // nothing is said about it
  wrong,    // something else is
};
std::string_view to_string(CheckState state);

struct Finding {
  std::string check;  // the row's name
  CheckState state = CheckState::ok;
  std::string says;   // a sentence
  std::string file;   // where `add` belongs: "main.cf", "master.cf", "message-center.toml"; empty: nothing is to be added
  std::string add;    // the line
};

struct PostfixSituation {
  PostfixView const& postfix;
  Config const& ours;
  std::vector<std::string> lmtp;  // where we listen really, as endpoints
  PostfixLookup lookup;
  // Absent: this one of [external] smarthost, as written there, would take mail for elsewhere from us; else what it says.
  std::function<std::optional<std::string>(std::string const& smarthost)> ask_smarthost;
  // Absent: Postfix's user may connect to this socket; else why not.
  std::function<std::optional<std::string>(std::string const& path)> socket_trouble;
};

// Every check that applies, in the order of the table.
std::vector<Finding> check_postfix(PostfixSituation const& situation);

}  // namespace mc::gateway
