// center/facts.h - from a message and who sent it to what the rules ask about.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "center/context.h"
#include "center/prepared.h"
#include "center/submitter.h"
#include "core/crypto.h"
#include "core/result.h"
#include "mail/headers.h"
#include "rules/facts.h"
#include "store/accounts.h"

namespace mc::center {

// One message's facts, independent of the recipient. Lifetime: of the Prepared it was made from.
class MessageFacts {
 public:
  // X-MC-* are honoured from the platform only; what people write to each other is "user.message".
  MessageFacts(Envelope const& envelope, Prepared const& prepared, Time now, rules::Zones const& zones);
  MessageFacts(MessageFacts const&) = delete;
  MessageFacts& operator=(MessageFacts const&) = delete;

  rules::Facts const& facts() const { return facts_; }
  std::string const& event_id() const { return event_id_; }  // empty: none
  // Of the content that a resubmission must repeat: all but Date, Message-ID and trace fields.
  Sha256 const& content_hash() const { return content_hash_; }
  std::string const& from() const { return from_; }  // for the decision record

 private:
  std::string_view keep(std::string text);
  void read_fields(std::string_view octets);
  void read_platform_field(std::string_view name, std::string_view value);

  std::deque<std::string> texts_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  rules::Facts facts_;
  std::string event_id_, from_;
  Sha256 content_hash_{};
};

// A field's value on one line. What had to be unfolded is kept in `texts`, by which it lives.
std::string_view value_of(mail::HeaderField const& field, std::deque<std::string>& texts);

// What the rules know of a recipient. Lifetime: views into `user` and `settings`.
rules::Person make_person(store::User const& user, Settings const& settings);
rules::Choices make_choices(std::vector<store::StoredChoice> const& stored);

}  // namespace mc::center
