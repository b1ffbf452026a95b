// center/replay_tally.h - counts what differs between decisions on record and those made again; for replay.cpp only.
#pragma once
#include <map>
#include <string>
#include <tuple>

#include "center/replay.h"
#include "rules/decide.h"
#include "store/decisions.h"

namespace mc::center {

class ReplayTally {
 public:
  // Lifetime: of both, until finish().
  ReplayTally(rules::Policy const& policy, ReplayReport& report, std::size_t samples)
      : policy_(policy), report_(report), most_samples_(samples) {}

  void compare(store::Snapshot const& s, store::DecisionRecord const& record, rules::Policy const& old,
               rules::Decision const& was, rules::Decision const& is);
  void finish();  // fills in report.changes

 private:
  struct Difference {
    std::string field, from, to, was_why, is_why;
  };
  struct Sampled {  // of one cause and type
    unsigned count = 0;
    std::string mail_id;  // the last
  };
  void count(store::Snapshot const& s, store::DecisionRecord const& record, std::string const& type,
             Difference const& difference);
  bool wants_sample(store::DecisionRecord const& record, std::string const& kind);
  void take_sample(store::Snapshot const& s, store::DecisionRecord const& record, std::string const& type,
                   Difference const& difference);

  rules::Policy const& policy_;
  ReplayReport& report_;
  std::size_t most_samples_;
  std::map<std::tuple<std::string, std::string, std::string>, ReplayChange> changes_;
  std::map<std::string, Sampled> sampled_;
};

}  // namespace mc::center
