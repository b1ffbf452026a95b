// gateway/commands.h - the command line as one table: message-center <noun> <verb> …
//
// A command that works on the store gets a Desk. While the server runs, the command is carried out by
// it (gateway/control.h); otherwise in this process, which then takes the store itself.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "gateway/arguments.h"
#include "gateway/config.h"
#include "gateway/output.h"
#include "smtp/sender.h"

namespace mc::gateway {

struct Desk {
  Config const& config;
  center::Context& context;
  std::function<std::optional<smtp::SenderStatus>()> sender = {};  // what it is doing; empty: none runs
};

using DeskHandler = int (*)(Desk& desk, Arguments const& arguments, Output& out);
// In this process, also while the server runs: needs no store, or only reads it.
using LocalHandler = int (*)(std::string const& config_file, Arguments const& arguments, Output& out);
// Before a DeskHandler, in the process where it was typed: reads the files it names, so that the running server need
// not find them. Fails: syntax (exit 2), anything else (exit 1).
using Preparation = Result<void> (*)(Arguments& arguments);

struct Command {
  std::string_view noun, verb;   // verb empty: the noun stands alone
  std::string_view usage;        // what follows them
  std::string_view help;         // one sentence
  std::size_t least_words, most_words;
  std::span<Option const> options;
  DeskHandler desk = nullptr;    // one of the two
  LocalHandler local = nullptr;
  bool reads_input = false;      // a password from standard input unless --password-file is given
  Preparation prepare = nullptr;
};

std::span<Command const> commands();
Command const* find_command(std::string_view noun, std::string_view verb);

// The handlers, by family.
int user_add(Desk&, Arguments const&, Output&);
int user_list(Desk&, Arguments const&, Output&);
int user_show(Desk&, Arguments const&, Output&);
int user_set(Desk&, Arguments const&, Output&);
int user_verify(Desk&, Arguments const&, Output&);
int user_suppress(Desk&, Arguments const&, Output&);
int user_password(Desk&, Arguments const&, Output&);
int user_disable(Desk&, Arguments const&, Output&);
int user_enable(Desk&, Arguments const&, Output&);
int user_delete(Desk&, Arguments const&, Output&);
int user_block(Desk&, Arguments const&, Output&);
int user_unblock(Desk&, Arguments const&, Output&);
int team_add(Desk&, Arguments const&, Output&);
int team_list(Desk&, Arguments const&, Output&);
int team_show(Desk&, Arguments const&, Output&);
int team_set(Desk&, Arguments const&, Output&);
int team_delete(Desk&, Arguments const&, Output&);
int team_member(Desk&, Arguments const&, Output&);
int rules_check(std::string const&, Arguments const&, Output&);
int rules_show(Desk&, Arguments const&, Output&);
int rules_explain(Desk&, Arguments const&, Output&);
int rules_test(std::string const&, Arguments const&, Output&);
int rules_diff(std::string const&, Arguments const&, Output&);
Result<void> prepare_apply(Arguments&);
int rules_apply(Desk&, Arguments const&, Output&);
int rules_log(Desk&, Arguments const&, Output&);
int rules_rollback(Desk&, Arguments const&, Output&);
int prefs_get(Desk&, Arguments const&, Output&);
int prefs_set(Desk&, Arguments const&, Output&);
int why(Desk&, Arguments const&, Output&);
int queue_list(Desk&, Arguments const&, Output&);
int queue_status(Desk&, Arguments const&, Output&);
int queue_show(Desk&, Arguments const&, Output&);
int queue_retry(Desk&, Arguments const&, Output&);
int queue_hold(Desk&, Arguments const&, Output&);
int queue_release(Desk&, Arguments const&, Output&);
int queue_drop(Desk&, Arguments const&, Output&);
int ticket_list(Desk&, Arguments const&, Output&);
int ticket_show(Desk&, Arguments const&, Output&);
int ticket_assign(Desk&, Arguments const&, Output&);
int ticket_status(Desk&, Arguments const&, Output&);
int ticket_priority(Desk&, Arguments const&, Output&);
int ticket_accept(Desk&, Arguments const&, Output&);
int ticket_merge(Desk&, Arguments const&, Output&);
int store_stats(Desk&, Arguments const&, Output&);
int store_backup(Desk&, Arguments const&, Output&);
int config_check(std::string const&, Arguments const&, Output&);
int dkim_dns(std::string const&, Arguments const&, Output&);
int doctor_postfix(std::string const&, Arguments const&, Output&);
int serve(std::string const&, Arguments const&, Output&);
int demo(std::string const&, Arguments const&, Output&);

}  // namespace mc::gateway
