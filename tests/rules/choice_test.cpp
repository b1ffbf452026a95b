#include "rules/choice.h"

#include "tests/rules/support.h"

using namespace mc;
using namespace mc::rules;
using namespace mc::rules::test;

BOOST_AUTO_TEST_SUITE(choice)

BOOST_AUTO_TEST_CASE(what_each_type_allows) {
  PolicyPtr policy = shipped();
  auto allowed = [&](std::string_view type) {
    std::string out;
    for (Wish wish : allowed_wishes(*policy, policy->find_type(type)))
      out += std::string(to_string(wish)) + " ";
    return out;
  };
  BOOST_TEST(allowed("payment.sent") == "both email center none default ");
  BOOST_TEST(allowed("ticket.reply") == "both email center default ");
  BOOST_TEST(allowed("payment_method.changed") == "both default ");
  BOOST_TEST(allowed("terms.changed") == "both email default ");
}

BOOST_AUTO_TEST_CASE(refusals_are_in_words) {
  PolicyPtr policy = shipped();
  struct Row {
    std::string_view scope;
    Wish wish;
    Errc code;
    std::string_view words;
  };
  for (Row const& row :
       {Row{"type:payment_method.changed", Wish::none, Errc::forbidden,
            "always emailed and always kept in the folder"},
        {"type:payment_method.changed", Wish::center, Errc::forbidden, "is always emailed"},
        {"type:payment_method.changed", Wish::email, Errc::forbidden, "is always kept in the folder"},
        {"type:ticket.reply", Wish::none, Errc::forbidden, "cannot be switched off altogether"},
        {"tab:tickets", Wish::none, Errc::forbidden, "No message of the tab tickets could follow this"},
        {"type:payment.snt", Wish::both, Errc::not_found, "did you mean payment.sent?"}})
    BOOST_TEST_CONTEXT(row.scope) {
      auto result = check_choice(*policy, *parse_scope(row.scope), row.wish);
      BOOST_REQUIRE(!result);
      BOOST_TEST((result.error().code == row.code));
      BOOST_TEST_INFO(result.error().text);
      BOOST_TEST(contains(result.error().text, row.words));
    }
  BOOST_TEST(bool(check_choice(*policy, *parse_scope("tab:alerts"), Wish::none)));
  BOOST_TEST(bool(check_choice(*policy, *parse_scope("type:gone"), Wish::default_)));
}

BOOST_AUTO_TEST_CASE(scopes) {
  PolicyPtr policy = shipped();
  for (std::string_view text : {"type:payment.sent", "tab:inbox"}) {
    BOOST_REQUIRE(bool(get_scope(*policy, text)));
    BOOST_TEST(write_scope(*get_scope(*policy, text)) == text);
  }
  for (std::string_view text : {"", "type:", "tab:", "payment.sent", "TAB:inbox", "tab:inbx", "type:x"})
    BOOST_TEST_CONTEXT(text) BOOST_TEST(!get_scope(*policy, text));
  BOOST_TEST(contains(get_scope(*policy, "tab:inbx").error().text, "did you mean inbox?"));
}

BOOST_AUTO_TEST_CASE(wishes_round_trip) {
  for (std::string_view word : {"both", "email", "center", "none", "default"}) {
    Wish wish = *parse_wish(word);
    BOOST_TEST(to_string(wish) == word);
    BOOST_TEST((wish_of(make_choice(wish, {}, ChoiceSource::web)) == wish));
  }
  BOOST_TEST(!parse_wish("Both"));
  BOOST_TEST(!wish_of(Choice{true, std::nullopt, {}, ChoiceSource::web}));
}

BOOST_AUTO_TEST_CASE(choices_are_found_replaced_and_removed) {
  Choices choices;
  for (std::string_view scope : {"type:b", "type:a", "tab:inbox", "type:c"})
    choices.set(*parse_scope(scope), make_choice(Wish::none, {}, ChoiceSource::web));
  choices.set(*parse_scope("type:b"), make_choice(Wish::both, {}, ChoiceSource::admin));
  BOOST_TEST((wish_of(*choices.find_type("b")) == Wish::both));
  BOOST_TEST(!choices.find_type("d"));
  BOOST_TEST(!choices.find_tab(Tab::alerts));
  BOOST_TEST(choices.list().size() == 4u);
  for (auto const& [scope, choice] : choices.list())
    choices.set(scope, make_choice(Wish::default_, {}, ChoiceSource::web));
  BOOST_TEST(choices.empty());
}

BOOST_AUTO_TEST_SUITE_END()
