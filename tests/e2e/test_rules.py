"""What admins do with the policy: check, test, apply, roll back, replay, and edit the file under a running server."""

import concurrent.futures
import os
import re
import signal
import unittest

from clients import deliver, folder, message
from harness import SOURCE, Gateway, run_binary, wait_for

SHIPPED = (SOURCE / "rules/policy.toml").read_text()
GOOD, BAD = 'label = "Rate raised"', 'label = "Rate raised", emial = "off"'


def with_rate_raised(more, text=SHIPPED):
    """The shipped policy with more said of the type rate.raised."""
    assert GOOD in text
    return text.replace(GOOD, f"{GOOD}, {more}")


OFF = with_rate_raised('email = "off"')


def place(text, part):
    """(line, column) of a part of a text, from 1."""
    before = text[:text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class Case(unittest.TestCase):
    """A gateway of its own for each test, not started."""

    def setUp(self):
        self.gateway = Gateway(["boss:admin", "jane"])
        self.addCleanup(self.gateway.stop)

    def write(self, name, text):
        file = self.gateway.directory / name
        file.write_text(text)
        return file

    def apply(self, text, why="a test", code=0, name="new.toml"):
        outcome = self.gateway.command("rules", "apply", self.write(name, text), "-m", why)
        self.assertEqual(outcome.code, code, outcome)
        return outcome

    def log(self):
        return self.gateway.json("rules", "log")

    def version(self):
        """The one in force."""
        (line,) = [line for line in self.log() if line["in_force"] == "yes"]
        return int(line["version"])

    def text_in_force(self):
        return self.gateway.checked("rules", "show", "--text").out

    def alerts(self, subject="Policy refused"):
        # Alerts are in the postmaster's Account Alerts; of a policy that does not know them, in Updates.
        mails = folder(self.gateway, "boss", "Account Alerts") + folder(self.gateway, "boss", "Updates")
        return [mail.body.decode() for mail in mails if f"Subject: {subject}" in mail.body.decode()]

    def assert_names_the_typo(self, said, file, text):
        line, column = place(text, "emial")
        lines = said.splitlines()
        at = next(i for i, one in enumerate(lines) if one.startswith(f"{file}:{line}:{column}: error: "))
        self.assertIn('"emial"', lines[at])
        self.assertEqual(lines[at + 1].index("emial"), lines[at + 2].index("^"))
        self.assertIn('did you mean "email"?', lines[at + 2])


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


class Versions(Case):
    """Scenario 19: apply and rollback."""

    def test_every_decision_made_while_versions_change_cites_one_of_them_and_nothing_is_lost(self):
        self.gateway.start()
        workers, each, changes = 4, 50, 12
        self.apply(OFF)  # even versions say no, odd ones yes

        def deliver_many(worker):
            return [deliver(self.gateway, "jane", message(f"{worker}.{i}", "rate.raised")).code for i in range(each)]

        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            running = [pool.submit(deliver_many, worker) for worker in range(workers)]
            for change in range(changes):
                self.apply(SHIPPED if change % 2 == 0 else OFF)
            codes = [code for future in running for code in future.result()]
        self.assertEqual(codes, [250] * workers * each)
        decisions = self.gateway.json("why", "jane", "--most", "1000")
        self.assertEqual(len(decisions), workers * each)
        self.assertEqual(len(folder(self.gateway, "jane", "Account Alerts")), workers * each)
        versions = {int(line["version"]) for line in self.log()}
        self.assertEqual(versions, set(range(1, 2 + changes + 1)))
        for decision in decisions:
            self.assertIn(decision["policy_version"], versions)
            email = next(f for f in decision["fields"] if f["field"] == "email")
            self.assertEqual(email["value"], decision["policy_version"] % 2 == 1, decision)
        self.assertGreater(len({d["policy_version"] for d in decisions}), 1)

    def test_whoever_changes_it_at_the_same_time_the_newest_version_runs(self):
        self.gateway.start()
        self.apply(OFF)
        texts = [with_rate_raised(f'keep = "{days}d"') for days in range(30, 40)]

        def apply():
            return [self.apply(text, name="applied.toml") for text in texts]

        def roll_back():
            return [self.gateway.checked("rules", "rollback", "2" if i % 2 else "1") for i in range(10)]

        def edit():
            for i, text in enumerate(texts):
                self.gateway.policy.write_text(text + "# edited\n")
                self.gateway.process.send_signal(signal.SIGHUP)

        def deliver_many():
            return [deliver(self.gateway, "jane", message(f"{i}", "rate.raised")).code for i in range(100)]

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = [pool.submit(work) for work in (apply, roll_back, edit, deliver_many)]
            results = [future.result() for future in running]
        self.assertEqual(results[-1], [250] * 100)
        last = texts[-1] + "# edited\n"
        wait_for("the last edit is a version", lambda: any(
            self.gateway.checked("rules", "show", line["version"], "--text").out == last for line in self.log()))
        newest = self.log()[0]
        self.assertEqual(newest["in_force"], "yes")
        # What runs is read aloud without a version, what is stored with one.
        self.assertEqual(self.gateway.checked("rules", "show").out,
                         self.gateway.checked("rules", "show", newest["version"]).out)
        versions = {int(line["version"]) for line in self.log()}
        self.assertEqual(versions, set(range(1, int(newest["version"]) + 1)))
        self.assertLessEqual({d["policy_version"] for d in self.gateway.json("why", "jane", "--most", "1000")}, versions)

    def test_an_applied_version_decides_at_once_and_says_who_and_why(self):
        self.gateway.start()
        self.assertIn("version 2 is in force", self.apply(OFF, "raises are in the folder").out)
        deliver(self.gateway, "jane", message("Rate", "rate.raised"))
        self.assertEqual(self.gateway.why("jane")[0]["policy_version"], 2)
        newest, first = self.log()
        self.assertEqual((newest["version"], newest["why"], newest["in_force"]), ("2", "raises are in the folder", "yes"))
        self.assertTrue(newest["author"] and newest["at"].endswith("Z"))
        self.assertEqual((first["author"], first["in_force"]), ("policy file", "no"))
        self.assertEqual(int(newest["types"]), SHIPPED.count(" tab = ", 0, SHIPPED.index("[unclassified]")))
        self.assertEqual(int(newest["rules"]), SHIPPED.count("\n[[rule]]"))
        self.assertIn("already", self.apply(OFF).out)
        self.assertEqual(self.version(), 2)

    def test_rollback_makes_a_new_version_with_the_old_text(self):
        for running in (True, False):
            gateway = self.gateway = Gateway(["boss:admin"])
            self.addCleanup(gateway.stop)
            with self.subTest(running=running):
                if running:
                    gateway.start()
                self.apply(OFF)
                self.assertIn("version 3 is in force", gateway.checked("rules", "rollback", "1").out)
                self.assertEqual(self.text_in_force(), SHIPPED)
                self.assertEqual(gateway.checked("rules", "show", "2", "--text").out, OFF)
                self.assertEqual(self.log()[0]["why"], "rollback to 1")
                gateway.checked("rules", "rollback", "2", "-m", "they asked for it")
                self.assertEqual(self.log()[0]["why"], "rollback to 2: they asked for it")
                self.assertEqual((self.version(), self.text_in_force()), (4, OFF))
                for unknown in ("0", "5", "-1", "one", "99999999999999999999999"):
                    outcome = gateway.command("rules", "rollback", "--", unknown)
                    self.assertEqual(outcome.code, 1)
                    self.assertIn("there are 1 to 4", outcome.err)
                self.assertEqual(self.version(), 4)

    def test_apply_wants_a_reason_and_a_file(self):
        file = self.write("new.toml", OFF)
        for words in ((file,), (file, "-m"), (file, "-m", " "), ("-m", "x"), (file, "--m", "x"), (file, "-x", "y")):
            with self.subTest(words=words):
                self.assertEqual(self.gateway.command("rules", "apply", *words).code, 2)
        for words in (("/nowhere", "-m", "x"), (self.gateway.directory, "-m", "x"), (file, "-m", "x" * 501),
                      (file, "-m", "two\nlines"), (file, "-m", "x", "--tests", "/nowhere")):
            with self.subTest(words=words):
                self.assertEqual(self.gateway.command("rules", "apply", *words).code, 1)

    def test_a_file_that_is_no_text_is_refused_in_words(self):
        self.gateway.start()
        for octets in (b"", b"\xff\xfe\x00", b"format = 1\n\0", b"[" * 100_000, b"#" * (1 << 20) + b"\nformat = 1\n"):
            with self.subTest(octets=octets[:10]):
                file = self.gateway.directory / "new.toml"
                file.write_bytes(octets)
                outcome = self.gateway.command("rules", "apply", file, "-m", "x")
                self.assertEqual(outcome.code, 1, outcome)
                self.assertIn("new.toml", outcome.out + outcome.err)
        self.assertEqual(self.version(), 1)


class FileOnDisk(Case):
    """What of the configured file counts when other versions were applied."""

    def edit(self, text):
        self.gateway.policy.write_text(text)

    def test_an_applied_version_stays_over_restart_and_sighup_although_the_file_says_otherwise(self):
        self.gateway.start()
        self.apply(OFF)
        self.gateway.reload("event=reloaded what=policy")
        self.assertEqual(self.version(), 2)
        self.assertIn("holds another text, which was loaded before", self.gateway.checked("rules", "log").out)
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual((self.version(), self.text_in_force()), (2, OFF))
        os.utime(self.gateway.policy)  # touched, not changed
        self.gateway.reload("event=reloaded what=policy")
        self.assertEqual(self.version(), 2)

    def test_the_next_edit_of_the_file_is_loaded(self):
        self.gateway.start()
        self.apply(OFF)
        edited = with_rate_raised("urgent = true")
        self.edit(edited)
        wait_for("version 3", lambda: self.version() == 3)
        self.assertEqual(self.text_in_force(), edited)
        self.gateway.checked("rules", "rollback", "1")
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual((self.version(), self.text_in_force()), (4, SHIPPED))

    def test_an_edit_while_nothing_runs_is_loaded_by_the_start_and_not_by_commands(self):
        self.gateway.start()
        self.gateway.stop()
        self.edit(OFF)
        self.assertEqual(self.version(), 1)
        self.assertIn("was not loaded yet", self.gateway.checked("rules", "log").out)
        self.gateway.start()
        self.assertEqual((self.version(), self.text_in_force()), (2, OFF))

    def test_applying_the_configured_file_itself_counts_as_loading_it(self):
        self.gateway.start()
        self.apply(OFF)
        outcome = self.gateway.checked("rules", "apply", self.gateway.directory / "." / "policy.toml", "-m", "back")
        self.assertIn("version 3 is in force", outcome.out)
        self.gateway.stop()
        self.edit(OFF)
        self.gateway.checked("rules", "apply", self.gateway.policy, "-m", "while it was down")
        self.assertEqual(self.version(), 4)
        self.gateway.checked("rules", "rollback", "1")
        self.gateway.start()
        self.assertEqual((self.version(), self.text_in_force()), (5, SHIPPED))

    def test_copying_what_was_applied_over_the_file_makes_no_version_of_its_own(self):
        self.gateway.start()
        self.apply(OFF, "with a reason")
        self.assertIn("note: ", self.gateway.checked("rules", "log").out)
        self.edit(OFF)
        wait_for("the file is taken over", lambda: "note: " not in self.gateway.checked("rules", "log").out)
        self.gateway.reload("event=reloaded what=policy")
        self.gateway.stop()
        self.gateway.start()
        self.assertEqual((self.version(), self.log()[0]["why"]), (2, "with a reason"))

    def test_a_file_renamed_over_it_and_a_turned_link_are_noticed(self):
        self.gateway.start()
        self.write("policy.new", OFF).rename(self.gateway.policy)
        wait_for("version 2", lambda: self.version() == 2)
        elsewhere = self.gateway.directory / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "p.toml").write_text(SHIPPED)
        link = self.gateway.directory / "link"
        link.symlink_to(elsewhere / "p.toml")
        link.rename(self.gateway.policy)
        wait_for("version 3", lambda: self.version() == 3)
        (elsewhere / "p.toml").write_text(OFF)
        wait_for("version 4", lambda: self.version() == 4)

    def test_a_file_that_is_gone_changes_nothing(self):
        self.gateway.start()
        self.gateway.policy.unlink()
        wait_for("a note", lambda: "policy_file_gone" in self.gateway.log())
        self.assertEqual(self.version(), 1)
        self.gateway.reload("reload_failed")
        self.edit(OFF)
        wait_for("version 2", lambda: self.version() == 2)

    def test_the_cases_beside_the_file_are_run_and_watched_too(self):
        self.gateway.start()
        case = 'now = 2026-11-23T12:00:00Z\n[[test]]\nname = "a raise"\nmessage = {{ type = "rate.raised" }}\nexpect = {{ email = {} }}\n'
        self.write("policy.tests.toml", case.format("true"))
        wait_for("version 2", lambda: self.version() == 2)
        self.assertEqual(self.log()[0]["cases"], "yes")
        self.edit(OFF)
        (alert,) = wait_for("an alert", self.alerts)
        self.assertIn("a raise: email: expected yes, got no", alert)
        self.assertEqual(self.version(), 2)
        self.write("policy.tests.toml", case.format("false"))
        wait_for("version 3", lambda: self.version() == 3)
        self.assertEqual(self.text_in_force(), OFF)


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


class Replay(Case):
    """rules diff --replay, with numbers that are known."""

    def setUp(self):
        super().setUp()
        self.gateway.start()
        for i in range(6):
            deliver(self.gateway, "jane", message(f"Raise {i}", "rate.raised"))
        for i in range(4):
            deliver(self.gateway, "jane", message(f"Payment {i}", "payment.sent", "40.00 USD", X_Campaign="autumn"))
        deliver(self.gateway, "jane", message("Large", "payment.sent", "2000.00 USD"))

    def diff(self, text, *words, gateway=None):
        return self.gateway.json("rules", "diff", self.write("new.toml", text), *words)

    def test_what_would_differ_is_counted_by_change_type_and_cause(self):
        changed = OFF.replace('USD = "1000.00"', 'USD = "3000.00"').replace(
            'label = "Payment sent"', 'label = "Payment sent", email = "off"')
        for running in (True, False):
            with self.subTest(running=running):
                report = self.diff(changed, "--replay", "7d")
                self.assertEqual((report["decided"], report["changed"]), (11, 11))
                (change,) = report["changes"]
                self.assertEqual((change["field"], change["from"], change["to"], change["count"]), ("email", "on", "off", 11))
                self.assertEqual(change["types"], {"rate.raised": 6, "payment.sent": 5})
                line = place(changed, '"payment.sent"')[0]
                file = self.gateway.directory / "new.toml"
                self.assertEqual(change["causes"][f"rule large-amounts-always-email -> type default ({file}:{line})"], 1)
                self.assertEqual(change["causes"][f"type default -> type default ({file}:{line})"], 4)
                self.assertLessEqual(len(report["samples"]), 10)
                self.assertEqual({sample["login"] for sample in report["samples"]}, {"jane"})
            self.gateway.stop()

    def test_the_same_policy_differs_nowhere(self):
        self.assertEqual(self.diff(SHIPPED)["changed"], 0)
        self.assertEqual(self.diff(SHIPPED)["decided"], 11)

    def test_it_changes_nothing_and_sends_nothing(self):
        before = (self.log(), self.gateway.queue(), len(self.gateway.why("jane")))
        self.diff(OFF, "--replay", "7d")
        self.assertEqual((self.log(), self.gateway.queue(), len(self.gateway.why("jane"))), before)

    def test_headers_are_read_from_stored_messages(self):
        rule = ('[[rule]]\nname = "no-campaigns"\nkind = "override"\nwhen = { header = { X-Campaign = "aut*" } }\n'
                'set = { email = false }\nwhy = "x"\n\n[[rule]]\nname = "large')
        report = self.diff(SHIPPED.replace('[[rule]]\nname = "large', rule))
        self.assertEqual((report["changed"], report["without_content"]), (4, 0))

    def test_people_read_sentences(self):
        said = self.gateway.checked("rules", "diff", self.write("new.toml", OFF), "--replay", "7d").out
        self.assertIn("11 decisions since ", said)
        self.assertIn("6 differ", said)
        self.assertIn("email on -> off: 6 (rate.raised 6)", said)
        self.assertIn("Raise 5", said)
        self.assertRegex(said, r"decisions a second")

    def test_wrong_use_is_said(self):
        file = self.write("new.toml", SHIPPED.replace(GOOD, BAD))
        outcome = self.gateway.command("rules", "diff", file, "--replay", "7d")
        self.assertEqual(outcome.code, 1)
        self.assert_names_the_typo(outcome.out, file, file.read_text())
        for span in ("seven", "0d", "-7d", ""):
            self.assertEqual(self.gateway.command("rules", "diff", self.write("a.toml", OFF), f"--replay={span}").code, 1)

    def test_before_there_is_a_store_nothing_can_be_replayed(self):
        outcome = Gateway().command("rules", "diff", self.write("new.toml", OFF))
        self.assertEqual(outcome.code, 1)
        self.assertIn("no store", outcome.err)


if __name__ == "__main__":
    unittest.main()
