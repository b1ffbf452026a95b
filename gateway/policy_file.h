// gateway/policy_file.h - the configured policy file ([server] policy), and the cases beside it: read and put in force.
//
// A file is put in force once. The store remembers what was last taken from it, and a start, SIGHUP or a change on disk
// does something only when file and cases are not that any more. So what `rules apply` and `rules rollback` put in force
// survives a restart, although the file on disk still holds another text; the next edit of the file wins again.
//
// What is refused changes nothing: the version in force stays, the problems are logged, and postmaster gets them by mail,
// once for each text. Any thread that may block; calls wait for each other.
#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "center/context.h"
#include "center/policy_store.h"
#include "core/result.h"

namespace mc::gateway {

// policy.toml -> policy.tests.toml: where the cases of a policy file are looked for.
std::string tests_beside(std::string const& policy_file);
// policy.tests.toml -> policy.toml; absent for other names.
std::optional<std::string> policy_beside(std::string const& tests_file);
// The one absolute name of a file, links followed as far as it exists.
std::string real_path(std::string const& file);

// Problems for the log, where an event is one line.
std::string on_one_line(std::string_view problems);

struct PolicyText {
  std::string text, tests;  // tests empty: there is no such file
};
// Fails: not_found (no policy file; or cases that cannot be read), too_big.
Result<PolicyText> read_policy_text(std::string const& policy_file);

class PolicyFile {
 public:
  explicit PolicyFile(std::string path) : path_(std::move(path)) {}

  struct Refused {
    std::string mark;  // of what was refused (center::make_file_mark)
    Error error;       // all problems, as the command line prints them
  };
  struct Attempt {
    std::optional<center::InstalledPolicy> installed;  // absent: refused, or nothing new in the file
    std::optional<Refused> refused;
  };
  enum class Take { if_new, always };
  // Into the store, before there is anything that could run or be told.
  Attempt install(store::Store& store, rules::Zones const& zones, Take take);

  // In a running Message Center, because somebody asked: SIGHUP. Fails: with the problems, every time.
  Result<void> reload(center::Context const& context);
  // The same because the directory changed: says nothing about what was looked at before, or a file that is gone.
  void look_again(center::Context const& context);
  // The mail about a refusal by another PolicyFile's install(). Requires: no other call is under way.
  void tell_refused(center::Context const& context, Refused const& refused);

  std::string const& path() const { return path_; }

 private:
  using Install = std::function<Result<center::InstalledPolicy>(center::PolicyCandidate const&)>;
  Attempt attempt(store::Store& store, Take take, Install const& install);
  Attempt take_over(center::Context const& context);

  std::string path_;
  std::mutex mutex_;
  std::string last_seen_;  // mark
};

}  // namespace mc::gateway
