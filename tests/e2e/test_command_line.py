"""The command line: every command while the server runs and while it does not; exit codes; what is said."""

import json
import re
import unittest

from clients import Mailbox, deliver, message
from harness import PASSWORD, Gateway, certificates, run_binary, temporary_directory, wait_for

NOUNS = ("config check", "user add", "user list", "user show", "user set", "user verify", "user suppress", "user password", "user disable", "user enable",
         "user delete", "rules check", "rules show", "rules explain", "rules test",
         "rules diff", "rules apply", "rules log", "rules rollback", "prefs get", "prefs set", "why", "queue list", "queue status",
         "queue show", "queue retry", "queue hold", "queue release", "queue drop", "store stats", "store backup",
         "serve", "demo")


class Common:
    """Run twice: with the server running and without."""

    running = False

    @classmethod
    def setUpClass(cls):
        # Nothing listens at the smarthost: external mail waits.
        cls.gateway = Gateway(["boss:admin", "jane"], smarthost="127.0.0.1:1", limits={"retry_first": "1h"}).start()
        cls.addClassCleanup(cls.gateway.stop)
        octets = message("A payment", "payment.sent", "40.00 USD", id="<pay@example.test>")
        assert deliver(cls.gateway, "jane", octets).code == 250
        wait_for("a first attempt", lambda: any(e["attempts"] == "1" for e in cls.gateway.queue()))
        if not cls.running:
            cls.gateway.stop()

    def run_command(self, *words, code=0, stdin=b""):
        outcome = self.gateway.command(*words, stdin=stdin)
        self.assertEqual(outcome.code, code, f"{words}: {outcome}")
        if code:
            self.assertIn("message-center: ", outcome.err)
        else:
            self.assertEqual(outcome.err, "", words)
        return outcome

    def run_json(self, *words):
        return self.run_command(*words, "--json").json()

    def refuse(self, *words, stdin=b""):
        return self.run_command(*words, code=1, stdin=stdin).err

    def jane_waits(self):
        (entry,) = [e for e in self.run_json("queue", "list") if e["recipient"] == "jane@ext.test"]
        return entry

    def test_user_add_takes_the_password_from_standard_input_and_show_and_list_tell_of_him(self):
        self.run_command("user", "add", "Tom", "--email", "tom@ext.test", "--name", "Tom Ä", "--zone", "Europe/Berlin",
                         "--group", "a, b", stdin=b"secret\n")
        shown = self.run_json("user", "show", "tom")
        self.assertEqual((shown["login"], shown["email"], shown["address"], shown["role"], shown["state"]),
                         ("tom", "tom@ext.test", "verified", "user", "enabled"))
        self.assertEqual((shown["name"], shown["zone"]), ("Tom Ä", "Europe/Berlin"))
        self.assertEqual(shown["Account Alerts"], "0 messages, 0 unseen")
        self.assertIn("tom", [user["login"] for user in self.run_json("user", "list")])
        self.assertIn("tom@ext.test", self.run_command("user", "list").out)
        self.assertIn("Europe/Berlin", self.run_command("user", "show", "TOM").out)

    def test_user_add_refuses_in_words(self):
        add = lambda *words, stdin=b"secret\n": self.refuse("user", "add", *words, stdin=stdin)
        self.assertRegex(add("jane", "--email", "j@ext.test"), "exists|taken|already")
        self.assertIn("ordinary address", add("nomail"))
        self.assertIn("role", add("x", "--email", "x@ext.test", "--role", "king"))
        self.assertIn("password", add("x", "--email", "x@ext.test", stdin=b"\n"))
        self.assertIn("address", add("x", "--email", "not-an-address"))
        for login in ("a b", "a@b", "../x", "", "x" * 300, "support", "abuse", "team-x", "t-" + "a" * 26):
            with self.subTest(login=login):
                add(login, "--email", "x@ext.test")

    def test_a_user_can_be_disabled_enabled_and_deleted(self):
        self.gateway.add_user("leaver")
        self.run_command("user", "disable", "leaver")
        self.assertEqual(self.run_json("user", "show", "leaver")["state"], "disabled")
        self.run_command("user", "enable", "leaver")
        self.assertEqual(self.run_json("user", "show", "leaver")["state"], "enabled")
        self.run_command("user", "delete", "leaver")
        for verb in ("show", "disable", "enable", "delete"):
            self.assertRegex(self.refuse("user", verb, "leaver"), "(?i)no (such )?user")
        self.refuse("user", "password", "leaver", stdin=b"x\n")

    def test_prefs_are_set_shown_and_refused(self):
        self.gateway.add_user("chooser")
        self.run_command("prefs", "set", "chooser", "type:payment.sent", "center")
        self.run_command("prefs", "set", "chooser", "tab:alerts", "email")
        lines = {line["scope"]: line for line in self.run_json("prefs", "get", "chooser")}
        self.assertEqual(lines["type:payment.sent"]["choice"], "center")
        self.assertEqual(lines["type:payment.sent"]["source"], "admin")
        self.assertEqual(lines["tab:alerts"]["choice"], "email")
        self.assertEqual(lines["tab:updates"]["choice"], "default")
        self.run_command("prefs", "set", "chooser", "type:payment.sent", "default")
        self.assertIn("type:payment.sent", self.run_command("prefs", "get", "chooser").out)
        self.refuse("prefs", "set", "chooser", "type:payment.sent", "sometimes")
        self.assertIn("payment.sent", self.refuse("prefs", "set", "chooser", "type:payment.snt", "both"))
        self.refuse("prefs", "set", "chooser", "payment.sent", "both")
        self.refuse("prefs", "set", "nobody", "tab:alerts", "both")
        self.refuse("prefs", "get", "nobody")

    def test_why_explain_and_rules_show_answer(self):
        (answer,) = self.run_json("why", "jane", "<pay@example.test>")
        self.assertEqual(answer["type"], "payment.sent")
        self.assertEqual(self.run_json("why", "jane", "--most", "1")[0]["message_id"], answer["message_id"])
        self.assertIn("A payment", self.run_command("why", "jane").out)
        self.assertIn("payment.sent", self.run_command("rules", "show").out)
        explained = self.run_json("rules", "explain", "--user", "jane", "--type", "hire.confirmed", "--time",
                                  "2020-01-01T00:00:00Z")
        self.assertIn("stale-mail-stays-home", json.dumps(explained))
        file = self.gateway.directory / "asked.eml"
        file.write_bytes(message("x", "payment.sent", "2000.00 USD"))
        self.assertIn("large-amounts", self.run_command("rules", "explain", "--user", "jane", "--message", file).out)
        self.refuse("why", "nobody")
        self.refuse("why", "jane", "<unknown@id>")
        self.refuse("why", "jane", "--most", "0")
        self.refuse("rules", "explain", "--user", "nobody", "--type", "x")
        self.refuse("rules", "explain", "--type", "x")
        self.refuse("rules", "explain", "--user", "jane", "--type", "x", "--at", "yesterday")

    def test_the_queue_can_be_listed_shown_held_released_and_retried(self):
        entry = self.jane_waits()
        self.assertEqual((entry["recipient"], entry["state"]), ("jane@ext.test", "queued"))
        self.assertIn("jane@ext.test", self.run_command("queue", "list").out)
        self.assertEqual(self.run_json("queue", "show", entry["id"])["mail"], entry["mail"])
        self.assertIn(entry["mail"], self.run_command("queue", "show", entry["id"]).out)
        self.run_command("queue", "hold", entry["id"])
        self.assertEqual(self.jane_waits()["state"], "held")
        self.refuse("queue", "retry", entry["id"])
        self.run_command("queue", "release", entry["id"])
        self.refuse("queue", "release", entry["id"])
        self.run_command("queue", "retry", entry["id"])
        self.run_command("queue", "retry", "all")
        for verb in ("show", "hold", "release", "retry", "drop"):
            self.refuse("queue", verb, "999999")
            self.refuse("queue", verb, "first")

    def test_the_store_tells_its_size_and_is_backed_up_to_a_directory_that_serves(self):
        self.assertGreater(int(self.run_json("store", "stats")["entries"]), 0)
        self.assertIn("used octets", self.run_command("store", "stats").out)
        copy = temporary_directory() / "backup"
        self.run_command("store", "backup", copy)
        self.assertTrue(any(copy.iterdir()))
        self.refuse("store", "backup", copy)  # never over another one
        other = Gateway()
        other.data.mkdir()
        copy.rename(other.data / "store")
        self.assertIn("jane", [user["login"] for user in other.json("user", "list")])

    def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(self):
        for words in ((), ("nonsense",), ("user",), ("user", "nonsense"), ("user", "show"), ("user", "show", "a", "b"),
                      ("user", "list", "--nonsense"), ("user", "add", "x", "--email"), ("prefs", "set", "jane"),
                      ("queue", "retry"), ("why",), ("user", "show", "jane", "-x"), ("rules", "check")):
            with self.subTest(words=words):
                outcome = self.gateway.command(*words)
                self.assertEqual(outcome.code, 2, outcome)
                self.assertNotEqual(outcome.err, "")
                self.assertEqual(outcome.out, "")
        self.assertIn("did you mean user list?", self.gateway.command("user", "lst").err)
        self.assertIn("did you mean --json?", self.gateway.command("user", "list", "--jsn").err)

    def test_no_trace_of_a_password_stays_on_disk_or_in_the_log(self):
        self.gateway.add_user("secretive")
        self.run_command("user", "password", "secretive", stdin=b"very-unusual-word-1\n")
        files = [p for p in self.gateway.directory.rglob("*") if p.is_file() and p.name != "password"]
        holding = [p.name for p in files if b"very-unusual-word-1" in p.read_bytes()]
        self.assertEqual(holding, [])


class WhileTheServerRuns(Common, unittest.TestCase):
    running = True

    def can_log_in(self, login, password):
        try:
            Mailbox(self.gateway, login, password).logout()
            return True
        except Mailbox.error:
            return False

    def test_a_new_password_and_a_disabled_account_count_at_once(self):
        self.gateway.add_user("changer")
        self.assertTrue(self.can_log_in("changer", PASSWORD))
        self.run_command("user", "password", "changer", stdin="neues-Paßwort\n".encode())
        self.assertFalse(self.can_log_in("changer", PASSWORD))
        self.assertTrue(self.can_log_in("changer", "neues-Paßwort"))
        session = Mailbox(self.gateway, "changer", "neues-Paßwort")
        self.run_command("user", "disable", "changer")
        self.assertFalse(self.can_log_in("changer", "neues-Paßwort"))
        with self.assertRaises((Mailbox.abort, Mailbox.error, OSError)):
            for _ in range(3):  # the open session ends too, at the latest at its next commands
                session.noop()
        session.shutdown()
        self.assertEqual(deliver(self.gateway, "changer", message()).code, 250)

    def test_a_second_server_on_the_same_data_is_refused(self):
        outcome = self.gateway.command("serve")
        self.assertEqual(outcome.code, 1)
        self.assertNotEqual(outcome.err, "")
        self.assertTrue(self.run_json("user", "list"))

    def test_the_control_socket_is_for_its_owner_only(self):
        self.assertEqual((self.gateway.data / "control.sock").stat().st_mode & 0o777, 0o600)


class WhileNoServerRuns(Common, unittest.TestCase):
    pass


class WithoutAnyStore(unittest.TestCase):
    def test_help_names_every_command_and_each_has_its_own(self):
        everything = run_binary("--help")
        self.assertEqual(everything.code, 0)
        for name in NOUNS:
            with self.subTest(command=name):
                self.assertIn(name, everything.out)
                outcome = run_binary(*name.split(), "--help")
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                self.assertTrue(outcome.out.startswith(f"usage: message-center {name}"), outcome.out)

    def test_config_check_is_content_with_a_good_file(self):
        gateway = Gateway()
        self.assertIn("no errors", gateway.checked("config", "check").out)

    def test_config_check_names_line_and_column_and_guesses(self):
        gateway = Gateway()
        good = gateway.config.read_text()
        wrong = {'hostname = "mc.example.test"': ('hostnam = "x"', "hostname"),
                 'threads  = 2': ('threads  = "two"', "whole number"),
                 'trusted        = ["127.0.0.1/32"]': ('trusted = ["300.1.1.1"]', ""),
                 'listen     = ["127.0.0.1:0"]': ('listen = ["127.0.0.1:70000"]', ""),
                 '[limits]': ('[limits]\nlogin_time = "soon"', "duration"),
                 '[tls]': ('[tsl]', "tls")}
        for line, (bad, hint) in wrong.items():
            with self.subTest(bad=bad):
                gateway.config.write_text(good.replace(line, bad, 1))
                outcome = gateway.command("config", "check")
                said = outcome.out + outcome.err
                self.assertEqual(outcome.code, 1, said)
                number = gateway.config.read_text().splitlines().index(bad.splitlines()[-1]) + 1
                self.assertRegex(said, re.escape(f"{gateway.config}:{number}:") + r"\d+: error: ")
                self.assertIn(hint, said)
                self.assertEqual(gateway.command("serve").code, 1)
                self.assertEqual(gateway.command("user", "list").code, 1)

    def test_config_check_looks_into_the_policy_and_the_certificates(self):
        gateway = Gateway()
        good = gateway.policy.read_text()
        gateway.policy.write_text(good.replace("[defaults]", "[defalts]"))
        self.assertEqual(gateway.command("config", "check").code, 1)
        gateway.policy.write_text(good)
        gateway.config.write_text(gateway.config.read_text().replace("server.key", "missing.key"))
        self.assertEqual(gateway.command("config", "check").code, 1)
        self.assertEqual(run_binary("config", "check", "--config", "/nowhere").code, 1)

    def test_rules_check_needs_no_server_and_no_configuration(self):
        gateway = Gateway()
        outcome = run_binary("rules", "check", gateway.policy)
        self.assertEqual(outcome.code, 0)
        self.assertIn("no errors", outcome.out)
        self.assertEqual(run_binary("rules", "check", "/nowhere").code, 1)

    def test_a_store_of_garbage_is_refused_and_left_alone(self):
        gateway = Gateway(["jane"])
        file = max((p for p in (gateway.data / "store").iterdir() if p.is_file()), key=lambda p: p.name == "data.mdb")
        file.write_bytes(b"garbage" * 2000)
        outcome = gateway.command("user", "list")
        self.assertEqual(outcome.code, 1)
        self.assertNotEqual(outcome.err, "")
        self.assertEqual(file.read_bytes(), b"garbage" * 2000)

    def test_the_demo_makes_accounts_with_mail_and_serves_them(self):
        gateway = Gateway()
        self.assertEqual(run_binary("demo", "--dir", gateway.directory, "--certs", "/nowhere").code, 1)
        gateway.start(["demo", "--dir", gateway.directory, "--certs", certificates()])
        wait_for("the demo says that it is up", lambda: "Message Center is up" in gateway.log(), 60)
        with Mailbox(gateway, "jane", "demo") as mailbox:
            for name in ("INBOX", "Account Alerts", "Updates"):
                self.assertGreater(mailbox.counts(name)[0], 0, name)
        self.assertEqual(gateway.stop(), 0)

    def test_sigterm_says_goodbye_to_mail_clients_and_exits_0(self):
        gateway = Gateway(["jane"]).start()
        client = Mailbox(gateway, "jane")
        self.assertEqual(gateway.stop(), 0)
        self.assertTrue(client.readline().startswith(b"* BYE"))
        client.shutdown()
        self.assertFalse((gateway.data / "listening.json").exists())


if __name__ == "__main__":
    unittest.main()
