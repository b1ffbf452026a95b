// Retention against a naive model: random arrivals, flags, moves, policies and clock steps.
#include <map>
#include <random>
#include <set>

#include "tests/center/retention_fixture.h"

namespace mc::center {
namespace {

// Knows every message, and of the policy only what was promised.
struct Model {
  struct Message {
    std::string subject;
    UserId user;
    std::uint32_t uid = 0;
    Time arrival{};
    bool flagged = false, mine = false;  // moved to his own folder
    Time looked_at{};                    // exempt until a day after this
  };
  struct Term {
    Millis keep{};
    std::optional<Millis> next;
    Time from{};
  };
  std::map<std::string, Term> terms;
  std::map<std::string, std::vector<Message>> messages;  // by type

  void follow(std::map<std::string, Millis> const& policy, Time now) {
    for (auto const& [type, keep] : policy) {
      auto [at, fresh] = terms.try_emplace(type, Term{keep, {}, {}});
      Term& t = at->second;
      if (keep >= t.keep)
        t = {keep, {}, {}};
      else if (!t.next || keep < *t.next)
        t.next = keep, t.from = now + keep_notice;
      else
        t.next = keep;
      if (t.next && now >= t.from) t = {*t.next, {}, {}};
    }
  }
  void expire(Time now) {
    for (auto& [type, all] : messages) {
      Millis const keep = terms[type].keep;
      std::erase_if(all, [&](Message& m) {
        if (m.mine || m.arrival + keep > now || now < m.looked_at + flagged_again) return false;
        if (m.flagged) m.looked_at = now;
        return !m.flagged;
      });
    }
  }
};

struct World : RetentionFixture {
  explicit World(unsigned seed) : dice(seed) {
    use_policy();
  }
  unsigned below(unsigned n) { return static_cast<unsigned>(dice() % n); }

  void use_policy() {
    std::string types;
    for (auto const& [type, keep] : wanted) types += kept_for(std::to_string(keep / days(1)) + "d", type);
    policy.swap(install(policy_text(types)));
    follow();
    model.follow(wanted, clock.now());
  }
  void arrive() {
    std::string const type = below(2) ? "news" : "offers";
    bool const to_bob = below(2);
    Model::Message m{"s" + std::to_string(++serial), to_bob ? bob : jane, 0, clock.now(), false, false, Time(-days(9999))};
    deliver(mail(type, m.subject), to_bob ? "bob@example.test" : "jane@example.test");
    m.uid = ++last_uid[m.user];
    model.messages[type].push_back(m);
  }
  Model::Message* any() {
    auto& all = model.messages[below(2) ? "news" : "offers"];
    return all.empty() ? nullptr : &all[below(static_cast<unsigned>(all.size()))];
  }
  void change_flag() {
    auto* m = any();
    if (!m || m->mine) return;
    m->flagged = !m->flagged;
    flag(m->user, m->uid, store::flag::flagged, m->flagged ? store::FlagChange::add : store::FlagChange::remove);
  }
  void move() {
    auto* m = any();
    if (!m || m->mine) return;
    m->mine = true;
    write([&](store::Transaction& tx) {
      auto archive = store::find_mailbox(tx, m->user, "Archive");
      return store::move_messages(tx, *store::find_mailbox_of_kind(tx, m->user, MailboxKind::updates), UidSet{{m->uid, m->uid}}, archive->id);
    });
  }
  void change_policy() {
    wanted[below(2) ? "news" : "offers"] = days(3 + below(40));
    use_policy();
  }
  void step_clock() {
    static constexpr Millis steps[] = {1min, 12h, days(1), days(3), days(8), -1h};
    clock.advance(steps[below(6)]);
    keep_house(1 + below(7));
    model.follow(wanted, clock.now());
    model.expire(clock.now());
  }
  std::multiset<std::string> subjects(UserId user, std::string const& name) {
    std::multiset<std::string> out;
    store->read([&](store::Snapshot const& s) {
      auto found = store::find_mailbox(s, user, name);
      store::MailboxReader(s, found->id).for_each(UidSet{{1, 0xFFFFFFFF}}, [&](store::Entry const& e) {
        std::string text;
        store::read_message(s, e.message, {0, e.size}, text);
        auto at = text.find("Subject: ") + 9;
        out.insert(text.substr(at, text.find('\r', at) - at));
      });
    });
    return out;
  }
  void compare() {
    for (UserId user : {jane, bob}) {
      std::multiset<std::string> kept, mine;
      for (auto const& [type, all] : model.messages)
        for (auto const& m : all)
          if (m.user == user) (m.mine ? mine : kept).insert(m.subject);
      BOOST_REQUIRE((subjects(user, "Updates") == kept));
      BOOST_REQUIRE((subjects(user, "Archive") == mine));
    }
  }

  std::mt19937 dice;
  std::map<std::string, Millis> wanted{{"news", days(30)}, {"offers", days(10)}};
  Model model;
  std::map<UserId, std::uint32_t> last_uid;
  int serial = 0;
};

BOOST_AUTO_TEST_SUITE(retention_model)

BOOST_AUTO_TEST_CASE(exactly_the_right_messages_are_there_after_every_step) {
  for (unsigned seed = 1; seed <= 4; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      World world(seed);
      for (int i = 0; i < 150; ++i) {
        BOOST_TEST_INFO("step " << i);
        switch (world.below(10)) {
          case 0: case 1: case 2: world.arrive(); break;
          case 3: case 4: world.change_flag(); break;
          case 5: world.move(); break;
          case 6: world.change_policy(); break;
          default: world.step_clock();
        }
        world.compare();
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace mc::center
