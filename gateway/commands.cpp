#include "gateway/commands.h"

#include <algorithm>
#include <array>

namespace mc::gateway {

namespace {

constexpr Option json{"json", OptionKind::flag, "print JSON"};
constexpr std::array user_add_options{
    Option{"email", OptionKind::value, "the user's ordinary address, for external copies"},
    Option{"role", OptionKind::value, "user (default), agent, platform or admin"},
    Option{"name", OptionKind::value, "display name"},
    Option{"zone", OptionKind::value, "time zone, e.g. Europe/Berlin (default: UTC)"},
    Option{"group", OptionKind::value, "groups, separated by commas"},
    Option{"password-file", OptionKind::file, "first line is the password (default: standard input)"},
    Option{"unverified", OptionKind::flag, "the address is not known to be the user's: no mail goes there"},
};
constexpr std::array user_set_options{
    Option{"email", OptionKind::value, "the user's ordinary address, known to be his unless --unverified"},
    Option{"unverified", OptionKind::flag, "the address is not known to be the user's: no mail goes there"},
    Option{"role", OptionKind::value, "user, agent, platform or admin"},
    Option{"name", OptionKind::value, "display name"},
    Option{"zone", OptionKind::value, "time zone, e.g. Europe/Berlin; default: the site's"},
    Option{"group", OptionKind::value, "all his groups, separated by commas; \"\": none"},
};
constexpr std::array user_list_options{json, Option{"group", OptionKind::value, "only those in this group"}};
constexpr std::array password_options{
    Option{"password-file", OptionKind::file, "first line is the password (default: standard input)"},
};
constexpr std::array json_options{json};
constexpr std::array why_options{json, Option{"most", OptionKind::value, "how many, newest first (default 20)"}};
constexpr std::array explain_options{
    json,
    Option{"user", OptionKind::value, "the recipient's login"},
    Option{"type", OptionKind::value, "the message type"},
    Option{"amount", OptionKind::value, "e.g. \"1200.00 USD\""},
    Option{"at", OptionKind::value, "as if it arrived then (RFC 3339; default: now)"},
    Option{"time", OptionKind::value, "when the thing happened, as X-MC-Time says (RFC 3339)"},
    Option{"message", OptionKind::file, "a message file: its X-MC-* fields, subject and headers count"},
};
constexpr Option reason{"m", OptionKind::value, "why; kept with the version"};
constexpr std::array show_options{Option{"text", OptionKind::flag, "the file as it was applied, instead of sentences"}};
constexpr std::array test_options{
    Option{"policy", OptionKind::value, "the policy file (default: x.toml beside x.tests.toml, else the policy in force)"},
    json,
};
constexpr std::array diff_options{
    json,
    Option{"replay", OptionKind::value, "how far back, e.g. 36h (default: 7d)"},
};
constexpr std::array apply_options{
    reason,
    Option{"tests", OptionKind::value, "a cases file (default: FILE's .tests.toml beside it, if there is one)"},
    json,
};
constexpr std::array log_options{json, Option{"most", OptionKind::value, "how many, newest first (default 100)"}};
constexpr std::array rollback_options{reason, json};
constexpr Option to_domain{"domain", OptionKind::value, "only mail to this domain"};
constexpr std::array queue_list_options{
    to_domain,
    Option{"state", OptionKind::value, "only this: queued, held or waiting"},
    json,
};
constexpr std::array queue_retry_options{to_domain};
constexpr std::array doctor_options{
    json,
    Option{"postconf", OptionKind::value, "Postfix's postconf (default: /usr/sbin/postconf)"},
    Option{"config-dir", OptionKind::value, "the directory of its main.cf (default: Postfix's own)"},
};
constexpr std::array team_options{
    Option{"owner", OptionKind::value, "the login of its owner, who is always a member"},
    Option{"post", OptionKind::value, "who may write to it: members (default) or owner"},
    Option{"replies", OptionKind::value, "where an answer goes: team (default) or author"},
    Option{"name", OptionKind::value, "as shown (default: SLUG)"},
};
constexpr std::array ticket_list_options{
    Option{"status", OptionKind::value, "only these: open, waiting, solved or merged"},
    Option{"assignee", OptionKind::value, "only this agent's; nobody: those of none"},
    Option{"requester", OptionKind::value, "only those this user opened"},
    Option{"most", OptionKind::value, "how many, last changed first (default 100)"},
    json,
};
constexpr std::array demo_options{
    Option{"dir", OptionKind::value, "where to keep the demo's data (default: demo-data)"},
    Option{"certs", OptionKind::value, "where certs/make-certs put the certificates (default: certs)"},
};

constexpr std::array table{
    Command{"serve", "", "", "Runs the gateway until SIGTERM; SIGHUP reloads policy, limits and certificates.", 0, 0, {}, nullptr, serve},
    Command{"demo", "", "[--dir D] [--certs D]", "Makes demo accounts and messages, then serves on loopback.", 0, 0, demo_options, nullptr, demo},
    Command{"config", "check", "", "Reads the configuration and names every problem with line and column.", 0, 0, {}, nullptr, config_check},
    Command{"dkim", "dns", "[--json]", "Prints the TXT records that make the signatures of external mail good.", 0, 0, json_options, nullptr, dkim_dns},
    Command{"doctor", "postfix", "[--postconf PATH] [--config-dir DIR] [--json]", "Checks that Postfix hands over what it should and takes what is sent; names the lines to add.", 0, 0, doctor_options, nullptr, doctor_postfix},
    Command{"user", "add", "LOGIN --email ADDR [--role R] [--password-file F] [--unverified]", "Makes an account with its folders.", 1, 1, user_add_options, user_add, nullptr, true},
    Command{"user", "list", "[--group G] [--json]", "Lists the accounts.", 0, 0, user_list_options, user_list},
    Command{"user", "show", "LOGIN [--json]", "Shows one account and its folders.", 1, 1, json_options, user_show},
    Command{"user", "set", "LOGIN [--email ADDR [--unverified]] [--role R] [--name N] [--zone Z] [--group A,B]", "Changes what is given.", 1, 1, user_set_options, user_set},
    Command{"user", "verify", "LOGIN|ADDRESS", "The address is good: external mail goes there (again).", 1, 1, {}, user_verify},
    Command{"user", "suppress", "LOGIN", "His address is bad: no external mail until it is verified again.", 1, 1, {}, user_suppress},
    Command{"user", "password", "LOGIN [--password-file F]", "Sets a new password.", 1, 1, password_options, user_password, nullptr, true},
    Command{"user", "disable", "LOGIN", "Ends logging in; mail still arrives.", 1, 1, {}, user_disable},
    Command{"user", "enable", "LOGIN", "Allows logging in again.", 1, 1, {}, user_enable},
    Command{"user", "delete", "LOGIN", "Deletes the account with all its mail.", 1, 1, {}, user_delete},
    Command{"user", "block", "LOGIN OTHER", "LOGIN gets no mail of OTHER, who is told so when he writes.", 2, 2, {}, user_block},
    Command{"user", "unblock", "LOGIN OTHER", "Ends that.", 2, 2, {}, user_unblock},
    Command{"team", "add", "SLUG --owner LOGIN [--post owner|members] [--replies team|author] [--name N]", "Makes a team with the address team-SLUG@.", 1, 1, team_options, team_add},
    Command{"team", "list", "[--json]", "Lists the teams.", 0, 0, json_options, team_list},
    Command{"team", "show", "SLUG [--json]", "Shows one team and who is in it.", 1, 1, json_options, team_show},
    Command{"team", "set", "SLUG [--owner LOGIN] [--post owner|members] [--replies team|author] [--name N]", "Changes what is given.", 1, 1, team_options, team_set},
    Command{"team", "delete", "SLUG", "Ends a team; what was written stays with its readers.", 1, 1, {}, team_delete},
    Command{"team", "member", "add SLUG LOGIN | remove SLUG LOGIN | list SLUG [--json]", "Who is in a team, and who was.", 2, 3, json_options, team_member},
    Command{"rules", "check", "FILE", "Names every error and warning in a policy file.", 1, 1, {}, nullptr, rules_check},
    Command{"rules", "show", "[VERSION] [--text]", "Reads the policy in force, or an older one, aloud.", 0, 1, show_options, rules_show},
    Command{"rules", "explain", "--user U (--type T | --message F) [--amount A] [--at TIME] [--time TIME] [--json]", "What would be decided, by whom, what would lose, and when the mail would leave.", 0, 0, explain_options, rules_explain},
    Command{"rules", "test", "FILE [--policy FILE] [--json]", "Runs a cases file: what must become of which message.", 1, 1, test_options, nullptr, rules_test},
    Command{"rules", "diff", "FILE [--replay 7d] [--json]", "Decides what was decided before again by this file; sends and changes nothing.", 1, 1, diff_options, nullptr, rules_diff},
    Command{"rules", "apply", "FILE -m WHY [--tests FILE] [--json]", "Checks and tests a policy file and puts it in force.", 1, 1, apply_options, rules_apply, nullptr, false, prepare_apply},
    Command{"rules", "log", "[--most N] [--json]", "Lists the versions of the policy, newest first.", 0, 0, log_options, rules_log},
    Command{"rules", "rollback", "VERSION [-m WHY] [--json]", "Puts an old version in force again, as a new one.", 1, 1, rollback_options, rules_rollback},
    Command{"prefs", "get", "LOGIN [SCOPE] [--json]", "Shows a user's choices and settings, and what holds.", 1, 2, json_options, prefs_get},
    Command{"prefs", "set", "LOGIN SCOPE both|email|center|none|default|VALUE", "Sets a choice (SCOPE is type:<name> or tab:<tab>) or a setting (zone, quiet, digest, pause, address, code).", 3, 4, {}, prefs_set},
    Command{"why", "", "LOGIN [MESSAGE-ID] [--json]", "Why did the user (not) get this? A timeline for each message.", 1, 2, why_options, why},
    Command{"queue", "list", "[--domain D] [--state S] [--json]", "Lists external mail that waits.", 0, 0, queue_list_options, queue_list},
    Command{"queue", "status", "[--json]", "The next servers, and the domains that are left in peace for a while.", 0, 0, json_options, queue_status},
    Command{"queue", "show", "ID [--json]", "Shows one waiting mail.", 1, 1, json_options, queue_show},
    Command{"queue", "retry", "ID|all|--domain D", "Tries now, whatever is known of the domain.", 0, 1, queue_retry_options, queue_retry},
    Command{"queue", "hold", "ID", "Keeps it back until released.", 1, 1, {}, queue_hold},
    Command{"queue", "release", "ID", "Ends a hold.", 1, 1, {}, queue_release},
    Command{"queue", "drop", "ID", "Removes it; the folder copy stays.", 1, 1, {}, queue_drop},
    Command{"ticket", "list", "[--status S] [--assignee LOGIN|nobody] [--requester LOGIN] [--most N] [--json]", "Lists support tickets, last changed first.", 0, 0, ticket_list_options, ticket_list},
    Command{"ticket", "show", "T-n [--json]", "Shows one ticket: who takes part, what was said and what happened.", 1, 1, json_options, ticket_show},
    Command{"ticket", "assign", "T-n LOGIN|nobody", "Gives it to an agent.", 2, 2, {}, ticket_assign},
    Command{"ticket", "status", "T-n open|waiting|solved", "Sets where it stands.", 2, 2, {}, ticket_status},
    Command{"ticket", "priority", "T-n low|normal|high|urgent", "Sets how urgent it is.", 2, 2, {}, ticket_priority},
    Command{"ticket", "accept", "T-n ADDRESS", "Lets somebody who wrote to it, or was named in Cc, take part.", 2, 2, {}, ticket_accept},
    Command{"ticket", "merge", "T-n T-m", "Makes the first a part of the second; its numbers and addresses lead there.", 2, 2, {}, ticket_merge},
    Command{"store", "stats", "[--json]", "Size and use of the store.", 0, 0, json_options, store_stats},
    Command{"store", "backup", "DIR", "Writes a consistent copy to a new directory while the server runs.", 1, 1, {}, store_backup},
};

}  // namespace

std::span<Command const> commands() { return table; }

Command const* find_command(std::string_view noun, std::string_view verb) {
  auto at = std::find_if(table.begin(), table.end(),
                         [&](Command const& c) { return c.noun == noun && (c.verb.empty() || c.verb == verb); });
  return at == table.end() ? nullptr : &*at;
}

}  // namespace mc::gateway
