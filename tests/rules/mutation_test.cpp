// The shipped policy damaged in every small way: nothing crashes, and what still loads either reads otherwise
// or is reported. show() says everything a policy means, so two that read the same are the same.
#include <random>
#include <regex>

#include "core/text.h"
#include "rules/speak.h"
#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

namespace {

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  for (std::string_view line : split(text, '\n')) lines.emplace_back(line);
  return lines;
}

std::string join(std::vector<std::string> const& lines) {
  std::string out;
  for (std::string const& line : lines) out += line + "\n";
  return out;
}

// All that a policy means, without the lines where it stands.
std::string reading(Policy const& policy) {
  static std::regex const line("line [0-9]+");
  return std::regex_replace(show(policy), line, "line N");
}

struct Shipped {
  std::string text = shipped_text();
  std::string reads = reading(*load(text));
};

// Whatever loads must decide and speak without harm, and must not lose a message.
void exercise(Policy const& policy) {
  for (std::string_view type :
       {"payment.sent", "hire.started", "ticket.reply", "feature.announced", "nothing"}) {
    Decision d = decide(policy, message(type, "1000 USD"), jane(), {});
    BOOST_REQUIRE((d.email.value() || d.folder.value()));
    explain(policy, d);
  }
}

enum class Fate { refused, warned, changed, unchanged };

Fate fate_of(std::string const& text, Shipped const& shipped) {
  PolicyLoad loaded = parse_policy(text, "policy.toml");
  BOOST_REQUIRE((loaded.policy == nullptr) == has_errors(loaded.problems));
  write_problems(loaded.problems, "policy.toml", text);
  if (!loaded.policy) return Fate::refused;
  exercise(*loaded.policy);
  if (!loaded.problems.empty()) return Fate::warned;
  return reading(*loaded.policy) == shipped.reads ? Fate::unchanged : Fate::changed;
}

bool is_remark(std::string_view line) {
  line = trim(line);
  return line.empty() || line[0] == '#';
}

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  unsigned upto(unsigned n) { return engine_() % n; }
  bool one_in(unsigned n) { return upto(n) == 0; }

 private:
  std::mt19937 engine_;
};

// The values of the file outside remarks: strings, numbers, dates, times, true and false.
std::vector<std::pair<std::size_t, std::size_t>> values_of(std::string const& text) {
  static std::regex const value(
      "= *(\"[^\"]*\"|true|false|[0-9][0-9:TZ.-]*)|[\\[,] *(\"[^\"]*\")(?= *[,\\]])");
  std::vector<std::pair<std::size_t, std::size_t>> found;
  std::size_t start = 0;
  for (std::string const& whole : lines_of(text)) {
    std::string code = whole.substr(0, whole.find('#'));
    for (std::sregex_iterator at(code.begin(), code.end(), value), end; at != end; ++at) {
      int group = (*at)[1].matched ? 1 : 2;
      found.emplace_back(start + static_cast<std::size_t>(at->position(group)),
                         static_cast<std::size_t>(at->length(group)));
    }
    start += whole.size() + 1;
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mutation)

// What is written out although it holds without being written.
bool says_the_default(std::string_view line) {
  for (std::string_view said :
       {"email  = \"on\"", "folder = \"on\"", "drop   = true", "tab       = \"updates\"",
        "email     = \"on\"", "folder    = \"always\"", "report_to = \"postmaster\""})
    if (line.starts_with(said)) return true;
  return false;
}

BOOST_AUTO_TEST_CASE(every_line_of_the_shipped_policy_matters) {
  Shipped const shipped;
  std::vector<std::string> const lines = lines_of(shipped.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto fewer = lines;
    fewer.erase(fewer.begin() + static_cast<long>(i));
    bool idle = is_remark(lines[i]) || says_the_default(lines[i]) ||
                lines[i] == "[unclassified]                 # no type, or an unknown one: never lost";
    BOOST_TEST_CONTEXT("without line " << i + 1 << ": " << lines[i]) {
      Fate fate = fate_of(join(fewer), shipped);
      if (!is_remark(lines[i]) && !idle) BOOST_TEST((fate != Fate::unchanged));
      if (is_remark(lines[i])) BOOST_TEST((fate == Fate::unchanged));
    }
  }
}

BOOST_AUTO_TEST_CASE(cutting_the_shipped_policy_anywhere_never_crashes) {
  Shipped const shipped;
  for (std::size_t n = 0; n < shipped.text.size(); n += 7) fate_of(shipped.text.substr(0, n), shipped);
}

// Every value, replaced by many others: the policy reads otherwise, or it is said what is wrong.
BOOST_AUTO_TEST_CASE(no_changed_value_is_accepted_without_effect) {
  Shipped const shipped;
  std::vector<std::pair<std::size_t, std::size_t>> const values = values_of(shipped.text);
  BOOST_TEST(values.size() > 130u);
  std::size_t changed = 0, told = 0;
  for (auto const& [at, size] : values) {
    std::string const old = shipped.text.substr(at, size);
    for (std::string const& value :
         {std::string("\"off\""), std::string("\"never\""), std::string("\"\""), std::string("\"x y\""),
          std::string("true"), std::string("false"), std::string("0"), std::string("7"),
          std::string("\"7d\""), std::string("\"-1\""), std::string("2031-01-01"), std::string("09:30:00"),
          std::string("[]"), std::string("{}"), '"' + old.substr(1), old + "x"}) {
      if (value == old) continue;
      std::string text = shipped.text;
      text.replace(at, size, value);
      Fate fate = fate_of(text, shipped);
      changed += fate == Fate::changed;
      told += fate == Fate::refused || fate == Fate::warned;
      bool idle = fate == Fate::unchanged;
      if (idle) BOOST_TEST_MESSAGE(old << " -> " << value);
      BOOST_TEST(!idle, "at " << at << ": " << old << " -> " << value);
    }
  }
  BOOST_TEST(changed > 200u);
  BOOST_TEST(told > 1500u);
}

BOOST_AUTO_TEST_CASE(no_misspelt_key_is_ever_accepted) {
  std::string const text = shipped_text();
  unsigned keys = 0;
  // A key is a bare word followed by "=" outside comments and strings; the shipped file has no other.
  for (std::size_t equals = text.find('='); equals != text.npos; equals = text.find('=', equals + 1)) {
    std::size_t line = text.rfind('\n', equals) + 1;
    if (text.substr(line, equals - line).find('#') != std::string::npos) continue;
    std::size_t end = text.find_last_not_of(' ', equals - 1);
    if (text[end] == '"') continue;  // the name of a type, or "*"
    std::string broken = text;
    broken.insert(end + 1, "x");
    BOOST_TEST_CONTEXT(broken.substr(line, 80)) {
      PolicyLoad loaded = parse_policy(broken, "policy.toml");
      BOOST_TEST(!loaded.policy);
      BOOST_TEST(!loaded.problems.empty());
    }
    ++keys;
  }
  BOOST_TEST(keys > 80u);
}

BOOST_AUTO_TEST_CASE(flipped_values_are_refused_or_understood) {
  Shipped const shipped;
  std::string const& text = shipped.text;
  std::vector<std::pair<std::string, std::vector<std::string>>> const flips = {
      {"\"on\"", {"\"off\"", "\"always\"", "\"never\"", "\"ON\"", "true", "1", "[]"}},
      {"\"off\"", {"\"never\"", "\"Off\"", "false"}},
      {"true", {"false", "\"true\"", "0", "{}"}},
      {"\"alerts\"", {"\"inbox\"", "\"Alerts\"", "7"}},
      {"\"2y\"", {"\"2\"", "2", "\"forever\"", "\"-2y\"", "\"\""}},
      {"\"override\"", {"\"default\"", "\"\"", "true"}},
      {"\"1000.00\"", {"\"-1\"", "\"1e9\"", "1000.0", "\"0\""}},
      {"08:00:00", {"20:00:00", "24:00:00", "\"08:00\"", "08:00:01"}},
  };
  for (auto const& [from, to] : flips)
    for (std::size_t pos = text.find(from); pos != text.npos; pos = text.find(from, pos + 1))
      for (std::string const& value : to) {
        std::string flipped = text;
        flipped.replace(pos, from.size(), value);
        BOOST_TEST_CONTEXT(from << " at " << pos << " -> " << value) fate_of(flipped, shipped);
      }
}

BOOST_AUTO_TEST_CASE(random_damage_never_crashes) {
  Shipped const shipped;
  std::string const& text = shipped.text;
  std::string const octets = "{}[]\"'=.,#\n\\ *0aZ\t\x80\xff";
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    Dice dice(seed);
    std::string damaged = text;
    for (unsigned i = 0, n = 1 + dice.upto(4); i < n; ++i) {
      std::size_t pos = dice.upto(static_cast<unsigned>(damaged.size()));
      char c = octets[dice.upto(static_cast<unsigned>(octets.size()))];
      if (dice.one_in(2))
        damaged[pos] = c;
      else
        damaged.insert(pos, 1, c);
    }
    BOOST_TEST_CONTEXT("seed " << seed) fate_of(damaged, shipped);
  }
}

BOOST_AUTO_TEST_SUITE_END()
