// tests/center/preferences_fixture.h - one user's preferences as the service gives and takes them.
#pragma once
#include <functional>

#include "center/preferences.h"
#include "core/text.h"
#include "tests/center/fixture.h"

namespace mc::center {

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct PreferencesFixture : CenterFixture {
  Result<void> try_set(UserId user, std::string scope, std::string value,
                       rules::ChoiceSource source = rules::ChoiceSource::web) {
    auto op = [&](store::Transaction& tx) {
      return set_preference(tx, context, policy.get(), user, scope, value, source, clock.now());
    };
    return store->write_and_wait(op);
  }
  std::string refusal(std::string scope, std::string value) {
    auto done = try_set(jane, scope, value);
    return done ? "" : done.error().text;
  }
  Errc code_of(std::string scope, std::string value) {
    auto done = try_set(jane, scope, value);
    BOOST_REQUIRE(!done);
    return done.error().code;
  }
  void set(std::string scope, std::string value) {
    auto done = try_set(jane, scope, value);
    BOOST_REQUIRE_MESSAGE(done.has_value(), scope << ": " << (done ? std::string() : done.error().text));
  }
  PreferenceLine get(std::string_view scope) {
    auto line = store->read([&](store::Snapshot const& s) {
      return get_preference(s, context, *policy.get().policy, jane, scope);
    });
    BOOST_REQUIRE_MESSAGE(line.has_value(), scope << ": " << (line ? std::string() : line.error().text));
    return *line;
  }
  std::vector<PreferenceLine> list() {
    return store->read(
        [&](store::Snapshot const& s) { return list_preferences(s, context, *policy.get().policy, jane); });
  }
  store::User user(UserId id) {
    return *store->read([&](store::Snapshot const& s) { return store::find_user(s, id); });
  }
  void change(UserId id, std::function<void(store::User&)> how) {
    auto op = [&](store::Transaction& tx) {
      auto user = store::find_user(tx, id);
      how(*user);
      return store::update_user(tx, *user);
    };
    BOOST_REQUIRE(store->write_and_wait(op).has_value());
  }
  // The shipped policy with one line of text replaced.
  void use_policy(std::string_view from, std::string_view to) {
    std::string text = read_whole(MC_SOURCE_DIR "/rules/policy.toml");
    auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    policy.swap(install(text.replace(at, from.size(), to)));
  }
  void use_shipped_policy() { policy.swap(install(read_whole(MC_SOURCE_DIR "/rules/policy.toml"))); }

  std::size_t stored_choices() {
    return store->read([&](store::Snapshot const& s) { return store::list_choices(s, jane).size(); });
  }
  // External mail that waits for `address`, newest last.
  std::vector<std::string> mails_to(std::string_view address) {
    std::vector<std::string> mails;
    for (auto const& entry : queue())
      if (entry.recipient == address) mails.push_back(external(entry));
    return mails;
  }
  std::string mailed_code(std::string_view address) {
    auto mails = mails_to(address);
    BOOST_REQUIRE(!mails.empty());
    auto at = mails.back().find("Your code: ");
    BOOST_REQUIRE(at != std::string::npos);
    return mails.back().substr(at + 11, 6);
  }
  static std::string another(std::string code) {
    code[5] = code[5] == '9' ? '0' : static_cast<char>(code[5] + 1);
    return code;
  }
};

}  // namespace mc::center
