#include "gateway/policy_file.h"

#include <filesystem>

#include "core/log.h"
#include "core/text.h"
#include "gateway/alert.h"
#include "gateway/config.h"
#include "rules/cases.h"
#include "store/decisions.h"

namespace mc::gateway {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".toml", tests_suffix = ".tests.toml";
constexpr char author[] = "policy file";

Alert make_alert(center::Context const& context, std::string const& path, std::string const& problems) {
  Alert alert;
  alert.type = "system.policy_refused";
  alert.subject = "Policy refused: " + path;
  alert.text = "The policy file was refused. Version " + to_string(context.policy.get().version) +
               " stays in force, and all mail goes on by it.\n\n" + problems +
               "\nAs soon as the file is mended and saved, the running server takes it over. What is wrong is also said by\n\n"
               "    message-center rules check " + path + "\n"
               "    message-center rules test " + tests_beside(path) + "\n\n"
               "This is not told again for the same text.\n";
  return alert;
}

// "loaded from /etc/message-center/policy.toml", cut at the left where the store's limit asks for it.
std::string loaded_from(std::string const& path) {
  std::string_view shown = path;
  if (shown.size() > 400) shown.remove_prefix(shown.size() - 400);
  return "loaded from " + printable(shown, 400);
}

void forget_refusal(store::Store& store, std::string const& loaded) {
  auto operation = [&](store::Transaction& tx) -> Result<void> {
    store::put_policy_file_marks(tx, {loaded, {}});
    return {};
  };
  if (auto done = store.write_and_wait(operation); !done)
    log_warning("policy_marks_not_written", {{"reason", done.error().text}});
}

}  // namespace

std::string tests_beside(std::string const& policy_file) {
  std::string_view stem = policy_file;
  if (stem.ends_with(suffix)) stem.remove_suffix(suffix.size());
  return std::string(stem).append(tests_suffix);
}

std::optional<std::string> policy_beside(std::string const& tests_file) {
  if (!tests_file.ends_with(tests_suffix)) return std::nullopt;
  return tests_file.substr(0, tests_file.size() - tests_suffix.size()).append(suffix);
}

std::string on_one_line(std::string_view problems) {
  std::string out;
  for (std::string_view line : split(problems, '\n'))
    if (!trim(line).empty()) out.append(out.empty() ? "" : " | ").append(trim(line));
  return out;
}

std::string real_path(std::string const& file) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(file, error), error);
  return error ? file : path.string();
}

Result<PolicyText> read_policy_text(std::string const& policy_file) {
  auto text = read_file(policy_file, rules::max_policy_octets);
  if (!text) return text.error();
  std::error_code error;
  std::string tests_file = tests_beside(policy_file);
  if (!fs::exists(tests_file, error)) return PolicyText{std::move(*text), {}};
  auto tests = read_file(tests_file, rules::max_cases_octets);
  if (!tests) return tests.error();
  return PolicyText{std::move(*text), std::move(*tests)};
}

// Requires: mutex_ is held.
PolicyFile::Attempt PolicyFile::attempt(store::Store& store, Take take, Install const& install) {
  Result<PolicyText> read = read_policy_text(path_);
  if (!read) {
    last_seen_ = center::make_file_mark(read.error().text, {});
    return {{}, Refused{last_seen_, read.error()}};
  }
  last_seen_ = center::make_file_mark(read->text, read->tests);
  auto marks = store.read([](store::Snapshot const& s) { return store::find_policy_file_marks(s); });
  if (take == Take::if_new && marks.loaded == last_seen_) {
    if (!marks.refused.empty()) forget_refusal(store, marks.loaded);
    return {};
  }
  auto installed =
      install({read->text, path_, read->tests, tests_beside(path_), author, loaded_from(path_), last_seen_});
  if (!installed) return {{}, Refused{last_seen_, installed.error()}};
  return {std::move(*installed), {}};
}

PolicyFile::Attempt PolicyFile::install(store::Store& store, rules::Zones const& zones, Take take) {
  std::lock_guard lock(mutex_);
  return attempt(store, take, [&](center::PolicyCandidate const& c) { return center::install_policy(store, zones, c); });
}

PolicyFile::Attempt PolicyFile::take_over(center::Context const& context) {
  Attempt done = attempt(context.store, Take::if_new,
                         [&](center::PolicyCandidate const& c) { return center::apply_policy(context, c); });
  if (done.refused) tell_refused(context, *done.refused);
  return done;
}

Result<void> PolicyFile::reload(center::Context const& context) {
  std::lock_guard lock(mutex_);
  Attempt done = take_over(context);
  if (done.refused) return done.refused->error;
  PolicyVersion version = context.policy.get().version;
  if (!done.installed)
    log_info("policy_file_unchanged", {{"file", path_}, {"in_force", to_string(version)}});
  return {};
}

void PolicyFile::look_again(center::Context const& context) {
  std::lock_guard lock(mutex_);
  std::error_code error;
  if (!fs::exists(path_, error)) {
    log_warning("policy_file_gone", {{"file", path_}, {"kept", "the version in force"}});
    return;
  }
  std::string seen = last_seen_;
  Attempt done = take_over(context);
  if (done.refused && last_seen_ != seen)
    log_error("policy_not_loaded", {{"file", path_},
                                    {"problems", on_one_line(done.refused->error.text)},
                                    {"running_version", to_string(context.policy.get().version)}});
}

void PolicyFile::tell_refused(center::Context const& context, Refused const& refused) {
  last_seen_ = refused.mark;
  Alert alert = make_alert(context, path_, refused.error.text);
  auto operation = [&](store::Transaction& tx) -> Result<void> {
    auto marks = store::find_policy_file_marks(tx);
    if (marks.refused == refused.mark) return {};
    store::put_policy_file_marks(tx, {marks.loaded, refused.mark});
    put_alert(context, tx, alert);
    return {};
  };
  if (auto done = context.store.write_and_wait(operation); !done)
    log_error("alert_not_sent", {{"subject", alert.subject}, {"reason", done.error().text}});
}

}  // namespace mc::gateway
