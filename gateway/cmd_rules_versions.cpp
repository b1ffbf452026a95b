// rules show|apply|log|rollback: the versions of the policy, and what makes a new one
#include "center/policy_store.h"
#include "core/text.h"
#include "core/time_text.h"
#include "gateway/commands.h"
#include "gateway/policy_file.h"
#include "rules/cases.h"
#include "rules/speak.h"
#include "store/decisions.h"

namespace mc::gateway {

namespace {

std::string in_force(Desk& desk) { return "version " + to_string(desk.context.policy.get().version); }

// Whatever became of it, and the exit code.
int install(Desk& desk, center::PolicyCandidate const& candidate, Output& out) {
  auto installed = center::apply_policy(desk.context, candidate);
  if (!installed) {
    out.print(installed.error().text);
    if (!installed.error().text.ends_with('\n')) out.print("\n");
    return out.refuse(candidate.file + " was refused; " + in_force(desk) + " stays in force");
  }
  std::string version = to_string(installed->version);
  if (out.json()) {
    out.show({{"version", "new", "cases"}, {{version, installed->is_new ? "yes" : "no", std::to_string(installed->cases)}}});
    return exit_done;
  }
  out.print(installed->warnings);
  if (installed->cases > 0) out.say(std::to_string(installed->cases) + " cases passed");
  if (candidate.tests.empty()) out.say("no cases: nothing tested but the text itself");
  out.say(installed->is_new ? "version " + version + " is in force"
                            : "version " + version + " is in force and has this text and these cases already");
  return exit_done;
}

// What the words before the server need of the files.
Result<void> read_files(Arguments& arguments) {
  std::string const& file = arguments.words[0];
  auto beside = read_policy_text(file);
  if (!beside) return beside.error();
  arguments.options["text"] = beside->text;
  arguments.options["path"] = real_path(file);
  arguments.options["file-mark"] = base64(center::make_file_mark(beside->text, beside->tests));
  std::string tests_file = arguments.get("tests", tests_beside(file));
  arguments.options["tests-file"] = tests_file;
  if (!arguments.has("tests")) {
    arguments.options["tests"] = beside->tests;
    return {};
  }
  auto tests = read_file(tests_file, rules::max_cases_octets);
  if (!tests) return tests.error();
  if (tests->empty()) return fail(Errc::not_found, tests_file + " is empty");
  arguments.options["tests"] = std::move(*tests);
  return {};
}

std::string difference_on_disk(Desk& desk) {
  auto marks = desk.context.store.read([](store::Snapshot const& s) { return store::find_policy_file_marks(s); });
  std::string const& path = desk.config.server.policy;
  auto on_disk = read_policy_text(path);
  if (!on_disk) return on_disk.error().text;
  auto latest = desk.context.store.read([](store::Snapshot const& s) { return store::latest_policy(s); });
  if (latest && latest->text == on_disk->text && latest->tests == on_disk->tests) return {};
  std::string mark = center::make_file_mark(on_disk->text, on_disk->tests);
  if (mark == marks.refused) return path + " holds a text that was refused";
  if (mark == marks.loaded) return path + " holds another text, which was loaded before; it is loaded again when it is edited or applied";
  return path + " holds another text, which was not loaded yet";
}

// `word` empty: the newest. Fails: not_found.
Result<store::PolicyText> find_version(Desk& desk, std::string_view word) {
  auto latest = desk.context.store.read([](store::Snapshot const& s) { return store::latest_policy(s); });
  if (!latest) return fail(Errc::not_found, "no policy was ever stored");
  if (word.empty()) return std::move(*latest);
  auto number = parse_number(word);
  auto found = desk.context.store.read([&](store::Snapshot const& s) {
    return number ? store::find_policy(s, PolicyVersion(*number)) : std::nullopt;
  });
  if (found) return std::move(*found);
  return fail(Errc::not_found, "no version " + printable(word, 40) + "; there are 1 to " + to_string(latest->version));
}

}  // namespace

int rules_show(Desk& desk, Arguments const& arguments, Output& out) {
  if (arguments.words.empty() && !arguments.has("text")) {
    out.print(rules::show(*desk.context.policy.get().policy));
    return exit_done;
  }
  auto stored = find_version(desk, arguments.words.empty() ? std::string() : arguments.words[0]);
  if (!stored) return out.refuse(stored.error().text);
  if (arguments.has("text")) return out.print(stored->text), exit_done;
  rules::LoadOptions options;
  options.version = stored->version;
  rules::PolicyLoad load = rules::parse_policy(stored->text, "policy.toml", options);
  if (load) return out.print(rules::show(*load.policy)), exit_done;
  out.print(rules::write_problems(load.problems, "policy.toml", stored->text));
  return out.refuse("version " + to_string(stored->version) + " no longer loads; --text prints it as it is");
}

Result<void> prepare_apply(Arguments& arguments) {
  if (trim(arguments.get("m")).empty()) return fail(Errc::syntax, "why? Say it with -m \"…\": it is kept with the version");
  return read_files(arguments);
}

int rules_apply(Desk& desk, Arguments const& arguments, Output& out) {
  center::PolicyCandidate candidate;
  candidate.text = arguments.get("text");
  candidate.file = arguments.words[0];
  candidate.tests = arguments.get("tests");
  candidate.tests_file = arguments.get("tests-file");
  candidate.author = arguments.author;
  candidate.why = trim(arguments.get("m"));
  if (arguments.get("path") == real_path(desk.config.server.policy))
    candidate.file_mark = parse_base64(arguments.get("file-mark")).value_or("");
  return install(desk, candidate, out);
}

int rules_rollback(Desk& desk, Arguments const& arguments, Output& out) {
  auto old = find_version(desk, arguments.words[0]);
  if (!old) return out.refuse(old.error().text);
  std::string name = "version " + to_string(old->version), words(trim(arguments.get("m")));
  center::PolicyCandidate candidate;
  candidate.text = old->text;
  candidate.file = name;
  candidate.tests = old->tests;
  candidate.tests_file = "cases of " + name;
  candidate.author = arguments.author;
  candidate.why = "rollback to " + to_string(old->version) + (words.empty() ? "" : ": " + words);
  return install(desk, candidate, out);
}

int rules_log(Desk& desk, Arguments const& arguments, Output& out) {
  auto most = parse_number(arguments.get("most", "100"));
  if (!most || *most == 0 || *most > 10'000) return out.refuse("--most wants a number from 1 to 10000");
  Listing listing{{"version", "at", "author", "why", "in_force", "types", "rules", "cases"}, {}};
  for (center::PolicyLogLine const& line : center::list_policy_versions(desk.context.store, *most))
    listing.rows.push_back({to_string(line.version), write_rfc3339(line.at), printable(line.author), printable(line.why, 500),
                            line.in_force ? "yes" : "no", line.loads ? std::to_string(line.types) : "?",
                            line.loads ? std::to_string(line.rules) : "?", line.has_tests ? "yes" : "no"});
  out.list(listing);
  if (std::string note = difference_on_disk(desk); !note.empty()) out.say("note: " + note);
  return exit_done;
}

}  // namespace mc::gateway
