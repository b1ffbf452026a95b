// gateway/demo_mail.h - the sample mail of the demo: one or more messages of every type of the shipped policy,
// as a marketplace would send them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace mc::gateway {

struct DemoMail {
  std::string_view submitter;  // login
  std::string_view recipient;  // login
  std::string type;            // empty: between people
  std::string octets;          // a whole message
};

// `domain`: of the addresses. The messages' own times lie within the day before `now`; their ids are the same
// at every start, so submitting them again adds nothing.
std::vector<DemoMail> make_demo_mail(std::string_view domain, Time now);

struct DemoPort {
  std::string host, port;
};
// Submits them through the submission port on loopback, each as its submitter. Empty: all were taken; else what
// the server said.
std::string submit_demo_mail(std::vector<DemoMail> const& mails, std::string_view domain, DemoPort const& port,
                             std::string_view password);

}  // namespace mc::gateway
