"""What admins see of a policy before it takes force: check, test, explain; and that a bad one never does."""

import re

from clients import deliver, message
from harness import SOURCE, run_binary, wait_for
from policy_case import BAD, Case, GOOD, OFF, SHIPPED, place


class Typo(Case):
    """Scenario 16."""

    def setUp(self):
        super().setUp()
        self.bad = SHIPPED.replace(GOOD, BAD)

    def refused_by_file(self, text, event="policy_not_loaded"):
        """Saves it as the configured file and waits until it was refused."""
        before = self.gateway.log().count(event)
        self.gateway.policy.write_text(text)
        wait_for(f"{event} in the log", lambda: self.gateway.log().count(event) > before)

    def test_check_names_line_column_caret_and_a_guess(self):
        file = self.write("new.toml", self.bad)
        outcome = run_binary("rules", "check", file)
        self.assertEqual(outcome.code, 1)
        self.assert_names_the_typo(outcome.out, file, self.bad)

    def test_apply_refuses_it_and_changes_nothing(self):
        self.gateway.start()
        before = self.log()
        outcome = self.apply(self.bad, code=1)
        self.assert_names_the_typo(outcome.out, self.gateway.directory / "new.toml", self.bad)
        self.assertIn("version 1 stays in force", outcome.err)
        self.assertEqual(self.log(), before)
        self.assertEqual(self.text_in_force(), SHIPPED)
        self.gateway.stop()
        self.assert_names_the_typo(self.apply(self.bad, code=1).out, self.gateway.directory / "new.toml", self.bad)
        self.assertEqual(self.log(), before)

    def test_on_sighup_the_version_stays_and_postmaster_is_told_once(self):
        self.gateway.start()
        self.gateway.policy.write_text(self.bad)
        self.gateway.reload("reload_failed")
        self.gateway.reload("reload_failed")
        line, column = place(self.bad, "emial")
        self.assertIn(f"policy.toml:{line}:{column}: error", self.gateway.log())
        self.assertEqual((self.version(), self.text_in_force()), (1, SHIPPED))
        (alert,) = self.alerts()
        self.assertIn("X-MC-Type: system.policy_refused", alert)
        self.assertIn("Version 1 stays in force", alert)
        self.assert_names_the_typo(alert.replace("=\r\n", ""), self.gateway.policy, self.bad)
        self.assertEqual(deliver(self.gateway, "jane", message("Rate", "rate.raised")).code, 250)
        self.assertEqual(self.gateway.why("jane")[0]["policy_version"], 1)

    def test_a_watched_file_is_refused_and_taken_over_when_it_is_mended(self):
        self.gateway.start()
        self.refused_by_file(self.bad)
        (alert,) = wait_for("an alert", self.alerts)
        self.assert_names_the_typo(alert, self.gateway.policy, self.bad)
        self.assertEqual((self.version(), self.text_in_force()), (1, SHIPPED))
        self.refused_by_file(self.bad + "# another text\n")
        wait_for("a second alert", lambda: len(self.alerts()) == 2)
        self.write("policy.toml", OFF)
        wait_for("version 2", lambda: self.version() == 2)
        newest = self.log()[0]
        self.assertEqual((newest["author"], newest["why"]), ("policy file", f"loaded from {self.gateway.policy}"))
        self.refused_by_file(self.bad)  # it was mended in between: that is news again
        wait_for("a third alert", lambda: len(self.alerts()) == 3)

    def test_a_start_with_a_bad_file_runs_the_stored_version_and_tells_once(self):
        self.gateway.start()
        self.gateway.stop()
        self.gateway.policy.write_text(self.bad)
        for _ in range(2):
            self.gateway.start()
            self.assertEqual((self.version(), self.text_in_force()), (1, SHIPPED))
            self.assertEqual(len(self.alerts()), 1)
            self.gateway.stop()
        self.assertEqual(self.gateway.log().count("policy_not_loaded"), 2)  # once for each start

    def test_an_alert_reaches_postmaster_also_under_a_policy_that_does_not_know_its_type(self):
        self.gateway.policy.write_text("\n".join(line for line in SHIPPED.splitlines() if '"system.' not in line) + "\n")
        self.gateway.start()
        self.refused_by_file("format = 2\n")
        wait_for("the alert", self.alerts)
        self.assertEqual(self.gateway.why("boss")[0]["type"], "unclassified")

    def test_a_configuration_that_does_not_load_on_sighup_is_told_once_without_its_lines(self):
        self.gateway.start()
        good = self.gateway.config.read_text()
        self.gateway.config.write_text(good.replace("[external]", '[external]\nsmarthots = "smtp://u:secret@h:25"'))
        self.gateway.reload("reload_failed what=limits")
        self.gateway.reload("reload_failed what=limits")
        (alert,) = self.alerts("Not reloaded: limits")
        self.assertIn("smarthots", alert)
        self.assertNotIn("secret", alert + self.gateway.log())
        self.gateway.config.write_text(good)
        self.gateway.reload("event=reloaded what=limits")


class Warnings(Case):
    """Scenario 17."""

    NEVER = ('[[rule]]\nname = "first"\nkind = "override"\nwhen = { tab = "alerts" }\nset = { email = true }\nwhy = "x"\n\n'
             '[[rule]]\nname = "second"\nkind = "override"\nwhen = { type = "hire.confirmed" }\nset = { email = false }\n'
             'why = "x"\n\n[[rule]]\nname = "large')

    def test_a_rule_that_can_never_fire_is_warned_of_with_both_lines(self):
        text = SHIPPED.replace('[[rule]]\nname = "large', self.NEVER, 1)
        first, second = (place(text, f'[[rule]]\nname = "{name}"')[0] for name in ("first", "second"))
        outcome = run_binary("rules", "check", self.write("new.toml", text))
        self.assertEqual(outcome.code, 0)
        (warning,) = [line for line in outcome.out.splitlines() if "warning" in line and "second" in line]
        self.assertIn(f'new.toml:{second}:1: warning: rule "second" in line {second} ', warning)
        self.assertIn(f'rule "first" in line {first} ', warning)
        self.assertIn(warning, self.apply(text).out)

    def test_an_amount_rule_that_covers_only_usd_is_warned_of(self):
        text = SHIPPED.replace('{ USD = "1000.00", EUR = "900.00", "*" = "900.00" }', '{ USD = "1000.00" }')
        self.assertNotEqual(text, SHIPPED)
        outcome = run_binary("rules", "check", self.write("new.toml", text))
        self.assertEqual(outcome.code, 0)
        self.assertRegex(outcome.out, r"warning: .*(currenc|\*|USD)")


class Explain(Case):
    """Scenario 18, and the time at which the mail would leave."""

    def setUp(self):
        super().setUp()
        self.gateway.start()

    def explain(self, *words):
        return self.gateway.checked("rules", "explain", "--user", "jane", *words).out

    def test_each_field_has_value_layer_place_and_what_lost(self):
        self.gateway.checked("prefs", "set", "jane", "type:payment.sent", "none")
        said = self.explain("--type", "payment.sent", "--amount", "1200 USD")
        rule = place(SHIPPED, '[[rule]]\nname = "large')[0]
        type_line = place(SHIPPED, '"payment.sent"')[0]
        lines = [re.split(r"  +", line.strip()) for line in said.splitlines()]
        self.assertIn(["field", "value", "layer", "reason", "from"], lines)
        self.assertIn(["email", "yes", "override-rule", "rule", f"policy.toml:{rule} large-amounts-always-email"], lines)
        self.assertIn(["lost", "yes", "type-default", "type-on", f"policy.toml:{type_line} payment.sent"], lines)
        (folder_row,) = [line for line in lines if line[0] == "folder"]
        self.assertEqual(folder_row[1:4], ["no", "type-choice", "choice"])
        self.assertRegex(folder_row[4], r"^choice type:payment.sent of \d{4}-.*Z \(admin\)$")
        self.assertIn(["lost", "no", "type-choice", "choice"], [line[:4] for line in lines])
        self.assertIn("leaves: at once", said)

    def test_a_type_that_is_not_in_the_catalogue_is_explained_with_a_guess(self):
        said = self.explain("--type", "payment.snt")
        self.assertIn("unclassified", said)
        self.assertIn("did you mean payment.sent?", said)

    def test_what_a_mail_would_wait_for_is_said(self):
        self.gateway.add_user("ute", zone="Europe/Berlin")
        night = ("--type", "system.maintenance", "--at", "2026-11-24T02:00:00Z")
        said = self.gateway.checked("rules", "explain", "--user", "ute", *night).out
        self.assertIn("leaves: 2026-11-24T07:00:00.000Z (08:00 Europe/Berlin); waits for: ", said)
        departure = self.gateway.json("rules", "explain", "--user", "ute", *night)["departure"]
        self.assertEqual(departure, {"at": "2026-11-24T07:00:00.000Z", "waits": ["window"]})
        departure = self.gateway.json("rules", "explain", "--user", "ute", "--type", "team.message", "--at",
                                      "2026-11-24T12:00:00Z")["departure"]
        self.assertEqual(departure, {"at": "2026-11-24T12:15:00.000Z", "waits": ["unread"]})

    def test_at_is_the_moment_of_arrival_and_time_the_one_the_message_gives(self):
        hire = ("--type", "hire.confirmed")
        self.assertNotIn("stale-mail", self.explain(*hire, "--at", "2020-01-01T00:00:00Z"))
        self.assertIn("stale-mail", self.explain(*hire, "--time", "2020-01-01T00:00:00Z"))
        self.assertNotIn("stale-mail", self.explain(*hire, "--at", "2020-01-02T00:00:00Z", "--time", "2020-01-01T00:00:00Z"))
        self.assertIn("stale-mail", self.explain(*hire, "--at", "2020-01-04T00:00:00Z", "--time", "2020-01-01T00:00:00Z"))


class Cases(Case):
    """rules test, and cases at apply."""

    CASES = ('now = 2026-11-23T12:00:00Z\n\n[[test]]\nname = "a raise is emailed"\nmessage = { type = "rate.raised" }\n'
             'expect = { email = true }\n\n[[test]]\nname = "and kept"\nmessage = { type = "rate.raised" }\n'
             'expect = { folder = true }\n')

    def test_the_shipped_cases_pass_for_the_shipped_policy(self):
        outcome = run_binary("rules", "test", SOURCE / "rules/policy.tests.toml")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertIn("passed", outcome.out)

    def test_a_failure_names_line_case_and_difference(self):
        policy, cases = self.write("x.toml", OFF), self.write("x.tests.toml", self.CASES)
        for words in ((cases,), (policy,), (cases, "--policy", policy)):
            with self.subTest(words=words):
                outcome = run_binary("rules", "test", *words)
                self.assertEqual(outcome.code, 1)
                self.assertIn(f"{cases}:3: a raise is emailed: email: expected yes, got no", outcome.out)
                self.assertIn("1 of 2 cases failed", outcome.out)
        result = run_binary("rules", "test", cases, "--json").json()
        self.assertEqual((result["passed"], result["failed"][0]["name"], result["failed"][0]["line"]),
                         (1, "a raise is emailed", 3))

    def test_without_a_policy_beside_it_the_one_in_force_is_tested(self):
        cases = self.write("mine.tests.toml", self.CASES)
        self.assertEqual(self.gateway.command("rules", "test", cases).code, 0)
        self.gateway.start()
        self.assertIn("version 1, in force", self.gateway.checked("rules", "test", cases).out)
        self.apply(OFF)
        self.assertEqual(self.gateway.command("rules", "test", cases).code, 1)

    def test_config_check_runs_the_cases_beside_the_policy(self):
        cases = self.gateway.policy.with_name("policy.tests.toml")
        cases.write_text(self.CASES)
        self.assertEqual(self.gateway.command("config", "check").code, 0)
        cases.write_text(self.CASES.replace("email = true", "email = false"))
        outcome = self.gateway.command("config", "check")
        self.assertEqual(outcome.code, 1)
        self.assertIn(f"{cases}:3: a raise is emailed: email: expected no, got yes", outcome.out)

    def test_what_cannot_be_run_is_said(self):
        self.assertEqual(run_binary("rules", "test", "/nowhere.tests.toml").code, 1)
        self.write("x.toml", SHIPPED.replace(GOOD, BAD))
        outcome = run_binary("rules", "test", self.write("x.tests.toml", self.CASES))
        self.assertEqual(outcome.code, 1)
        self.assertIn("emial", outcome.out)
        outcome = self.gateway.command("rules", "test", self.gateway.policy)  # has no cases beside it
        self.assertEqual(outcome.code, 1)
        self.assertIn("policy.tests.toml", outcome.err)

    def test_apply_runs_the_cases_and_keeps_them_for_a_rollback(self):
        self.gateway.start()
        self.write("new.tests.toml", self.CASES)
        self.assertIn("2 cases passed", self.apply(SHIPPED).out)
        outcome = self.apply(OFF, code=1)
        self.assertIn("a raise is emailed: email: expected yes, got no", outcome.out)
        self.assertEqual(self.version(), 2)
        other = self.write("other.tests.toml", self.CASES.replace("email = true", "email = false"))
        file = self.gateway.directory / "new.toml"
        self.gateway.checked("rules", "apply", file, "-m", "other cases", "--tests", other)
        self.assertEqual((self.version(), self.log()[0]["cases"]), (3, "yes"))
        self.assertIn("2 cases passed", self.gateway.checked("rules", "rollback", "2").out)
