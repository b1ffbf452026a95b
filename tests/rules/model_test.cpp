// The precedence told a second time, as slowly and plainly as possible, and compared with decide()
// on random policies, messages, people and choices.
#include <map>
#include <random>
#include <set>

#include "core/text.h"
#include "rules/decide.h"
#include "rules/record.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  unsigned upto(unsigned n) { return engine_() % n; }  // 0 … n-1
  bool one_in(unsigned n) { return upto(n) == 0; }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[upto(static_cast<unsigned>(from.size()))];
  }
  std::optional<bool> maybe() { return one_in(3) ? std::nullopt : std::optional(one_in(2)); }

 private:
  std::mt19937 engine_;
};

// ---- a policy as plain data, and as TOML

struct ModelType {
  std::string name, tab, email, folder;
  bool drop, urgent, needs_amount;
};
struct ModelConditions {
  std::string type, tab, sender;  // globs; empty: not asked
  std::optional<bool> urgent;
  std::optional<int> at_least_usd;  // whole dollars; other currencies twice that
  std::optional<int> older_than_h, younger_than_d;
};
struct ModelRule {
  std::string name;
  bool is_override, even_locked, enabled;
  ModelConditions when;
  std::optional<ModelConditions> unless;
  std::optional<bool> email, folder;
};
struct ModelBlock {
  std::string name, sender, subject, not_subject, type;  // globs; empty: not asked
  bool enabled;
};
struct ModelPolicy {
  std::vector<std::pair<std::string, std::string>> old_names;  // old name, what it stands for
  std::vector<ModelBlock> blocks;
  std::vector<ModelType> types;
  std::vector<ModelRule> rules;
  std::string unclassified_email;
};

ModelConditions random_conditions(Dice& dice, bool at_least_one) {
  ModelConditions c;
  do {
    if (dice.one_in(3)) c.type = dice.pick<std::string>({"a.*", "*.x", "b.?", "*"});
    if (dice.one_in(6)) c.sender = dice.pick<std::string>({"*@x.test", "jo@*"});
    if (dice.one_in(5)) c.tab = dice.pick<std::string>({"alerts", "updates"});
    if (dice.one_in(5)) c.urgent = dice.one_in(2);
    if (dice.one_in(4)) c.at_least_usd = 100;
    if (dice.one_in(5)) c.older_than_h = 48;
    if (dice.one_in(5)) c.younger_than_d = 14;
  } while (at_least_one && c.type.empty() && c.tab.empty() && c.sender.empty() && !c.urgent &&
           !c.at_least_usd && !c.older_than_h && !c.younger_than_d);
  return c;
}

// o.1 may stand for o.2 or o.3, o.2 for o.3: no circles. In any order in the file.
void add_old_names(Dice& dice, ModelPolicy& policy) {
  std::vector<std::string> known{"a.x", "a.y", "b.x", "b.y"};
  for (std::string name : {"o.3", "o.2", "o.1"}) {
    if (dice.one_in(3)) continue;
    std::string target = known[dice.upto(static_cast<unsigned>(known.size()))];
    auto at = policy.old_names.begin() + (dice.one_in(2) ? 0 : static_cast<long>(policy.old_names.size()));
    policy.old_names.insert(at, {name, target});
    known.push_back(name);
    known.push_back(name);  // chains are the interesting case
  }
}

void add_blocks(Dice& dice, ModelPolicy& policy) {
  for (unsigned i = 0, n = dice.upto(4); i < n; ++i) {
    ModelBlock block{"c" + std::to_string(i), "", "", "", "", !dice.one_in(5)};
    if (!dice.one_in(3)) block.sender = dice.pick<std::string>({"*@x.test", "jo@*", "*"});
    if (dice.one_in(2)) block.subject = dice.pick<std::string>({"*paid*", "re:*", "*"});
    if (dice.one_in(3)) block.not_subject = dice.pick<std::string>({"*paid*", "re:*"});
    block.type = dice.pick<std::string>({"a.x", "a.y", "b.x", "b.y"});
    policy.blocks.push_back(block);
  }
}

ModelPolicy random_policy(Dice& dice) {
  ModelPolicy policy;
  for (std::string name : {"a.x", "a.y", "b.x", "b.y"}) {
    ModelType type{
        name,          dice.pick<std::string>({"alerts", "updates"}), "", "", !dice.one_in(3), dice.one_in(4),
        dice.one_in(3)};
    type.email = dice.pick<std::string>({"on", "off", "always", "never"});
    type.folder = dice.pick<std::string>({"on", "off", "always"});
    policy.types.push_back(type);
  }
  for (unsigned i = 0, n = dice.upto(7); i < n; ++i) {
    ModelRule rule;
    rule.name = "r" + std::to_string(i);
    rule.is_override = dice.one_in(2);
    rule.even_locked = rule.is_override && dice.one_in(4);
    rule.enabled = !dice.one_in(8);
    rule.when = random_conditions(dice, false);
    if (dice.one_in(3)) rule.unless = random_conditions(dice, true);
    do {
      rule.email = dice.maybe();
      rule.folder = dice.maybe();
    } while (!rule.email && !rule.folder);
    policy.rules.push_back(rule);
  }
  add_old_names(dice, policy);
  add_blocks(dice, policy);
  policy.unclassified_email = dice.pick<std::string>({"on", "off", "always", "never"});
  return policy;
}

std::string toml(ModelConditions const& c) {
  std::vector<std::string> parts;
  if (!c.type.empty()) parts.push_back("type = \"" + c.type + "\"");
  if (!c.sender.empty()) parts.push_back("sender = \"" + c.sender + "\"");
  if (!c.tab.empty()) parts.push_back("tab = \"" + c.tab + "\"");
  if (c.urgent) parts.push_back(std::string("urgent = ") + (*c.urgent ? "true" : "false"));
  if (c.at_least_usd)
    parts.push_back("amount = { at_least = { USD = \"" + std::to_string(*c.at_least_usd) + "\", \"*\" = \"" +
                    std::to_string(*c.at_least_usd * 2) + ".00\" } }");
  if (c.older_than_h) parts.push_back("older_than = \"" + std::to_string(*c.older_than_h) + "h\"");
  if (c.younger_than_d)
    parts.push_back("account_age = { less_than = \"" + std::to_string(*c.younger_than_d) + "d\" }");
  std::string out;
  for (auto const& part : parts) out += (out.empty() ? " " : ", ") + part;
  return "{" + out + " }";
}

std::string toml(ModelBlock const& b) {
  std::string when;
  if (!b.sender.empty()) when += "sender = \"" + b.sender + "\"";
  if (!b.subject.empty()) when += std::string(when.empty() ? "" : ", ") + "subject = \"" + b.subject + "\"";
  return "[[classify]]\nname = \"" + b.name + "\"\nwhen = { " + when + " }\n" +
         (b.not_subject.empty() ? "" : "unless = { subject = \"" + b.not_subject + "\" }\n") +
         "set = { type = \"" + b.type + "\" }\nenabled = " + (b.enabled ? "true" : "false") + "\n";
}

std::string toml(ModelPolicy const& policy) {
  std::string out = "format = 1\n[defaults]\nkeep = \"forever\"\n[unclassified]\nemail = \"" +
                    policy.unclassified_email + "\"\n[type]\n";
  auto word = [](bool b) { return b ? "true" : "false"; };
  for (ModelType const& t : policy.types)
    out += "\"" + t.name + "\" = { label = \"x\", tab = \"" + t.tab + "\", email = \"" + t.email +
           "\", folder = \"" + t.folder + "\", drop = " + word(t.drop) + ", urgent = " + word(t.urgent) +
           (t.needs_amount ? ", requires = \"amount\"" : "") + " }\n";
  if (!policy.old_names.empty()) out += "[alias]\n";
  for (auto const& [name, target] : policy.old_names) out += "\"" + name + "\" = \"" + target + "\"\n";
  for (ModelBlock const& b : policy.blocks) out += toml(b);
  for (ModelRule const& r : policy.rules) {
    out += "[[rule]]\nname = \"" + r.name + "\"\nkind = \"" + (r.is_override ? "override" : "default") +
           "\"\nwhen = " + toml(r.when) + "\n";
    if (r.unless) out += "unless = " + toml(*r.unless) + "\n";
    std::string set;
    if (r.email) set += std::string("email = ") + word(*r.email);
    if (r.folder) set += std::string(set.empty() ? "" : ", ") + "folder = " + word(*r.folder);
    out += "set = { " + set + " }\nenabled = " + word(r.enabled) + "\n" +
           (r.even_locked ? "even_locked = true\n" : "");
  }
  return out;
}

// ---- one case

struct ModelCase {
  std::optional<std::string> type;
  std::string amount;  // empty: none
  std::optional<std::string> sender, subject;
  Submitter source = Submitter::platform;
  std::optional<int> age_h;
  std::optional<int> account_d;
  bool urgent = false;
  AddressState address = AddressState::verified;
  std::map<std::string, std::pair<std::optional<bool>, std::optional<bool>>> choices;
};

ModelCase random_case(Dice& dice) {
  ModelCase c;
  if (!dice.one_in(4))
    c.type = dice.pick<std::string>({"a.x", "a.y", "b.x", "b.y", "c.z", "o.1", "o.2", "o.3"});
  if (!dice.one_in(5)) c.sender = dice.pick<std::string>({"jo@x.test", "Jo@y.test", "al@X.test", ""});
  if (!dice.one_in(5)) c.subject = dice.pick<std::string>({"You were PAID", "Re: paid", "hello"});
  if (dice.one_in(6)) c.source = static_cast<Submitter>(dice.upto(5));
  c.amount = dice.pick<std::string>({"", "99.99 USD", "100 USD", "150 EUR", "200.00 EUR", "1,000 USD"});
  if (!dice.one_in(4)) c.age_h = dice.pick<int>({0, 48, 49});
  if (!dice.one_in(4)) c.account_d = dice.pick<int>({13, 14});
  c.urgent = dice.one_in(5);
  if (dice.one_in(4)) c.address = static_cast<AddressState>(dice.upto(5));
  for (std::string scope :
       {"type:a.x", "type:a.y", "type:b.x", "type:o.1", "type:o.2", "type:o.3", "tab:alerts", "tab:updates"})
    if (dice.one_in(2))
      c.choices[scope] = dice.one_in(3) ? std::pair(std::optional(false), std::optional(false))
                                        : std::pair(dice.maybe(), dice.maybe());
  return c;
}

// ---- the model

struct Model {
  ModelPolicy const& policy;
  ModelCase const& c;
  ModelType const* type = nullptr;

  std::optional<double> dollars() const {
    std::map<std::string, double> known{
        {"99.99 USD", 99.99}, {"100 USD", 100}, {"150 EUR", 75}, {"200.00 EUR", 100}};
    auto found = known.find(c.amount);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  // What a name stands for in the end, and after how many steps.
  std::pair<std::string, int> resolve(std::string name) const {
    for (int steps = 0;; ++steps) {
      auto found = std::find_if(policy.old_names.begin(), policy.old_names.end(),
                                [&](auto const& o) { return o.first == name; });
      if (found == policy.old_names.end()) return {name, steps};
      name = found->second;
    }
  }

  static bool like(std::string const& glob, std::optional<std::string> const& text) {
    return text && glob_match(glob, *text);
  }

  // The name of the type that a block gives to plain mail; empty: none does.
  std::string from_blocks() const {
    for (ModelBlock const& b : policy.blocks) {
      bool no = !b.enabled || (!b.sender.empty() && !like(b.sender, c.sender)) ||
                (!b.subject.empty() && !like(b.subject, c.subject)) ||
                (!b.not_subject.empty() && like(b.not_subject, c.subject));
      if (!no) return b.type;
    }
    return {};
  }

  void find_type() {
    std::string name;
    if (c.type)
      name = resolve(*c.type).first;
    else if (c.source == Submitter::platform)
      name = from_blocks();
    for (ModelType const& t : policy.types)
      if (name == t.name) type = &t;
  }

  // The scope of the type's choice: its own, or of the nearest old name that has one.
  std::string type_scope() const {
    std::string own = "type:" + type->name, best = own;
    if (has_choice(own)) return own;
    int nearest = 99;
    for (auto const& [name, target] : policy.old_names) {
      auto [end, steps] = resolve(name);
      if (end == type->name && steps < nearest && has_choice("type:" + name))
        best = "type:" + name, nearest = steps;
    }
    return best;
  }
  bool has_choice(std::string const& scope) const {
    auto found = c.choices.find(scope);
    return found != c.choices.end() && (found->second.first || found->second.second);
  }

  bool malformed() const { return type && type->needs_amount && !dollars(); }
  bool known() const { return type && !malformed(); }
  std::string tab() const { return type ? type->tab : "updates"; }

  bool matches(ModelConditions const& w) const {
    if (!w.type.empty() && !(type && glob_match(w.type, type->name))) return false;
    if (!w.tab.empty() && w.tab != tab()) return false;
    if (!w.sender.empty() && !like(w.sender, c.sender)) return false;
    if (w.urgent && *w.urgent != (c.urgent || (type && type->urgent))) return false;
    if (w.at_least_usd && !(dollars() && *dollars() >= *w.at_least_usd)) return false;
    if (w.older_than_h && !(c.age_h && *c.age_h > *w.older_than_h)) return false;
    return !w.younger_than_d || (c.account_d && *c.account_d < *w.younger_than_d);
  }

  std::optional<std::pair<bool, std::string>> by_rules(bool overrides, bool email,
                                                       bool must_pass_lock) const {
    for (ModelRule const& r : policy.rules) {
      auto value = email ? r.email : r.folder;
      if (!value || !r.enabled || r.is_override != overrides || (must_pass_lock && !r.even_locked)) continue;
      if (matches(r.when) && !(r.unless && matches(*r.unless))) return std::pair(*value, "rule " + r.name);
    }
    return std::nullopt;
  }

  std::optional<bool> chosen(std::string const& scope, bool email) const {
    auto found = c.choices.find(scope);
    if (found == c.choices.end() || malformed()) return std::nullopt;
    return email ? found->second.first : found->second.second;
  }

  // Layers 2 to 7.
  std::pair<bool, std::string> field(bool email) const {
    std::string setting =
        !known() ? (email ? policy.unclassified_email : "always") : (email ? type->email : type->folder);
    if (setting == "always" || setting == "never") {
      if (auto v = by_rules(true, email, true)) return *v;
      return {setting == "always", known() ? "type lock" : malformed() ? "malformed" : "unclassified"};
    }
    if (auto v = by_rules(true, email, false)) return *v;
    if (type)
      if (auto v = chosen(type_scope(), email)) return {*v, "your choice for " + type->name};
    if (auto v = chosen("tab:" + tab(), email)) return {*v, "your choice for tab " + tab()};
    if (auto v = by_rules(false, email, false)) return *v;
    return {setting == "on", known() ? "type default" : malformed() ? "malformed" : "unclassified"};
  }

  bool wants_nothing() const {
    if (!known() || !type->drop) return false;
    for (bool email : {true, false}) {
      auto value = chosen(type_scope(), email);
      if (!value) value = chosen("tab:" + tab(), email);
      if (value != false) return false;
    }
    return true;
  }

  std::array<std::pair<bool, std::string>, 2> decide() {
    find_type();
    auto email = field(true), folder = field(false);
    if (c.address != AddressState::verified) {
      std::map<AddressState, std::string> why{{AddressState::unverified, "unverified"},
                                              {AddressState::suppressed, "suppressed"},
                                              {AddressState::ours, "is ours"},
                                              {AddressState::missing, "missing"}};
      email = {false, "address " + why[c.address]};
    }
    if (!email.first && !folder.first && !wants_nothing()) folder = {true, "nothing else remained"};
    return {email, folder};
  }
};

// ---- the same case for decide()

struct RealCase {
  Facts facts;
  Person person;
  Choices choices;
};

RealCase real(ModelCase const& c) {
  RealCase out;
  out.facts.arrival = at("2026-11-23T12:00:00Z");
  if (c.type) out.facts.type = *c.type;
  if (c.sender) out.facts.sender = *c.sender;
  if (c.subject) out.facts.subject = *c.subject;
  out.facts.source = c.source;
  if (!c.amount.empty()) out.facts.set_amount(c.amount);
  if (c.age_h) out.facts.time = out.facts.arrival - std::chrono::hours(*c.age_h);
  out.facts.urgent = c.urgent;
  if (c.account_d) out.person.created = out.facts.arrival - std::chrono::days(*c.account_d);
  out.person.address = c.address;
  for (auto const& [scope, fields] : c.choices)
    out.choices.set(*parse_scope(scope), {fields.first, fields.second, out.facts.arrival, ChoiceSource::web});
  return out;
}

void check_record(Policy const& policy, RealCase const& c, Decision const& decision) {
  DecisionRecord record{make_inputs(c.facts, c.person), decision};
  std::string octets = write_record(record);
  auto back = parse_record(octets);
  BOOST_REQUIRE(back);
  BOOST_REQUIRE((*back == record));
  BOOST_REQUIRE(fits(*back, policy));
  BOOST_REQUIRE(octets.size() < 200);
  Facts facts = back->inputs.facts();
  BOOST_REQUIRE((decide(policy, facts, back->inputs.person("x"), back->choices(policy)) == decision));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(decide_agrees_with_the_plain_model) {
  unsigned cases = 0, neither = 0, passed_locks = 0, classified = 0, renamed = 0;
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    Dice dice(seed);
    ModelPolicy plain = random_policy(dice);
    std::string text = toml(plain);
    PolicyLoad loaded = parse_policy(text, "policy.toml");
    if (!loaded.policy)
      BOOST_FAIL("seed " << seed << ": " << write_problems(loaded.problems, "policy.toml", text));
    for (int i = 0; i < 40; ++i) {
      ModelCase c = random_case(dice);
      RealCase r = real(c);
      Decision d = decide(*loaded.policy, r.facts, r.person, r.choices);
      auto expected = Model{plain, c}.decide();
      for (Field field : both_fields) {
        auto const& [value, why] = expected[static_cast<std::size_t>(field)];
        if (d.get(field).value() != value || why_header(*loaded.policy, d, field) != why)
          BOOST_FAIL("seed " << seed << " case " << i << " " << to_string(field) << ": expected " << value
                             << " by " << why << "\n"
                             << explain(*loaded.policy, d) << text);
        passed_locks += d.get(field).won.layer == Layer::override_rule && !d.get(field).losers().empty() &&
                        d.get(field).losers()[0].layer == Layer::type_lock;
      }
      classified += static_cast<bool>(d.classified);
      renamed += d.email.won.reason == Reason::choice_renamed;
      neither += !d.email.value() && !d.folder.value();
      ++cases;
      check_record(*loaded.policy, r, d);
    }
  }
  BOOST_TEST(cases == 60'000u);
  BOOST_TEST(neither > 500u);  // the interesting corners were reached
  BOOST_TEST(passed_locks > 500u);
  BOOST_TEST(classified > 500u);
  BOOST_TEST(renamed > 500u);
}

BOOST_AUTO_TEST_SUITE_END()
