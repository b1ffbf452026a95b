// rules/facts.h - everything a decision may depend on, handed in by the caller.
//
// The rule engine reads no clock, no store and no time zone database: what is not here does
// not exist for it. Plain values; text is borrowed and must outlive the call it is passed to.
#pragma once
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "rules/amount.h"
#include "rules/words.h"

namespace mc::rules {

// Knows the offsets of IANA time zones ("Europe/Berlin"). Pure in its arguments; any thread.
class Zones {
 public:
  virtual ~Zones() = default;
  // Local time minus UTC in `zone` at `at`; absent for a zone it does not know.
  virtual std::optional<std::chrono::minutes> offset(std::string_view zone, Time at) const = 0;
};

// One message. Absent means the submitter did not say.
struct Facts {
  std::optional<std::string_view> type;         // as submitted
  std::optional<std::string_view> amount_text;  // as submitted
  std::optional<Amount> amount;                 // amount_text parsed; absent when unparsable
  std::optional<Time> time;                     // when the thing happened (X-MC-Time)
  Time arrival{};                               // when the message reached us: the "now" of every rule
  Submitter source = Submitter::platform;
  std::uint64_t size = 0;                   // octets
  std::optional<std::string_view> sender;   // the address in From, without its display name
  std::optional<std::string_view> subject;  // decoded
  bool urgent = false;                      // said by the submitter; a type may be urgent by itself
  std::span<std::pair<std::string_view, std::string_view> const> headers;  // name, unfolded value
  Zones const* zones = nullptr;                                            // absent: only UTC is known

  // What subject and headers have at all, made once for all recipients by sieve_texts() (rules/quick.h); absent: it is
  // found out by each decision that asks. Requires: neither is changed afterwards.
  struct TextSieves {
    std::uint64_t subject = 0, headers = 0, ends = 0;
  };
  std::optional<TextSieves> sieves;

  void set_amount(std::string_view text) {
    amount_text = text;
    amount = parse_amount(text);
  }
};

// The recipient.
struct Person {
  std::string_view login;
  std::optional<Time> created;
  std::span<std::string const> groups;
  std::string_view zone = "UTC";
  AddressState address = AddressState::verified;
};

// What a user (or somebody for him) said about a scope. Sparse: an absent field follows the rest.
struct Choice {
  std::optional<bool> email;
  std::optional<bool> folder;
  Time at{};
  ChoiceSource source = ChoiceSource::web;

  std::optional<bool> get(Field field) const { return field == Field::email ? email : folder; }
  bool operator==(Choice const&) const = default;
};

// scope = "type:" name / "tab:" tab
struct Scope {
  std::optional<Tab> tab;  // present: the whole tab
  std::string type;        // else this type; it need not exist any more
  bool operator==(Scope const&) const = default;
};
std::optional<Scope> parse_scope(std::string_view text);  // absent when malformed or an unknown tab
std::string write_scope(Scope const& scope);

// All choices of one user.
class Choices {
 public:
  void set(Scope const& scope, Choice const& choice);  // a choice with neither field removes it
  Choice const* find_type(std::string_view name) const;
  Choice const* find_tab(Tab tab) const;
  bool empty() const;
  std::vector<std::pair<Scope, Choice>> list() const;  // tabs first, then types by name

 private:
  std::array<std::optional<Choice>, tab_count> tabs_;
  std::vector<std::pair<std::string, Choice>> types_;  // sorted by name
};

}  // namespace mc::rules
