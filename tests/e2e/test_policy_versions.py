"""Policies change: applied, rolled back, replayed, and edited on disk under a running server."""

import concurrent.futures
import os
import signal

from clients import deliver, folder, message
from harness import Gateway, wait_for
from policy_case import BAD, Case, GOOD, OFF, SHIPPED, place, with_rate_raised


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
