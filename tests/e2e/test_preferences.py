"""What users set and admins set for them: masks and locks over a change of the policy, addresses and their codes, times,
groups; with the real program, its policy file and a receiving server."""

import re
import unittest

from clients import deliver, folder, folders_with_mail, message
from harness import Gateway, wait_for
from sink import Sink, parse

LOCK = ('"payment.sent"           = { tab = "alerts",  label = "Payment sent", keep = "2y"',
        '"payment.sent" = { tab = "alerts", label = "Payment sent", email = "always", folder = "always", keep = "2y"')
BETA = """
[[rule]]
name = "beta-stays-home"
kind = "override"
when = { type = "rate.raised", group = "beta" }
set  = { email = false, folder = true }
why  = "Testers read these here."
"""


def setUpModule():
    global sink, gateway, shipped
    sink = Sink()
    gateway = Gateway(["boss:admin"], smarthost=sink.address, clock=True).start()
    shipped = gateway.policy.read_text()
    unittest.addModuleCleanup(sink.stop)
    unittest.addModuleCleanup(gateway.stop)


class Case(unittest.TestCase):
    """Each test has a user of its own: self.jane."""

    count = 0

    def setUp(self):
        Case.count += 1
        self.jane = f"jane{Case.count}"
        self.ext, self.new = f"{self.jane}@ext.test", f"{self.jane}@new.test"
        gateway.add_user(self.jane)

    def set(self, scope, *value):
        return gateway.checked("prefs", "set", self.jane, scope, *value).out

    def get(self, scope):
        return gateway.json("prefs", "get", self.jane, scope)

    def refuse(self, scope, *value):
        outcome = gateway.command("prefs", "set", self.jane, scope, *value)
        self.assertEqual(outcome.code, 1, outcome)
        self.assertEqual(outcome.out, "")
        self.assertTrue(outcome.err.startswith("message-center: "), outcome.err)
        return outcome.err

    def show(self):
        return gateway.json("user", "show", self.jane)

    def deliver(self, kind="payment.sent"):
        amount = "40.00 USD" if kind == "payment.sent" else None
        reply = deliver(gateway, self.jane, message("News", kind, amount))
        self.assertEqual(reply.code, 250, reply)
        gateway.drained()

    def code(self, address, count=1):
        """The code in the newest of `count` mails to this address."""
        mail = sink.wait(count, address)[-1]
        self.assertEqual(mail.sender, "")
        return re.search(rb"Your code: (\d{6})\r\n", mail.octets)[1].decode()

    def use_policy(self, text):
        gateway.policy.write_text(text)
        gateway.reload("event=reloaded what=policy")
        self.addCleanup(self.restore_policy)

    def restore_policy(self):
        if gateway.policy.read_text() != shipped:
            gateway.policy.write_text(shipped)
            gateway.reload("event=reloaded what=policy")


class Locks(Case):
    def test_a_lock_masks_a_choice_and_its_end_brings_it_back(self):
        self.set("type:payment.sent", "none")
        self.use_policy(shipped.replace(*LOCK))
        line = self.get("type:payment.sent")
        self.assertEqual(line["choice"], "none")
        self.assertRegex(line["effect"], r"^locked by the policy: always both; your choice from \d{4}-\d\d-\d\d comes back "
                                         r"when the lock goes$")
        self.deliver()
        self.assertEqual(len(sink.to(self.ext)), 1)
        self.assertEqual(folders_with_mail(gateway, self.jane), {"Account Alerts": 1})
        self.assertIn("always", self.refuse("type:payment.sent", "center"))
        self.restore_policy()
        self.assertRegex(self.get("type:payment.sent")["effect"], "^none: your choice of ")
        self.deliver()
        self.assertEqual(len(sink.to(self.ext)), 1)
        self.assertEqual(folders_with_mail(gateway, self.jane), {"Account Alerts": 1})

    def test_a_choice_for_a_type_that_is_gone_stays_listed_until_it_is_removed(self):
        self.set("type:hire.ended", "center")
        self.use_policy("\n".join(line for line in shipped.splitlines() if not line.startswith('"hire.ended"')) + "\n")
        listed = {line["scope"]: line for line in gateway.json("prefs", "get", self.jane)}
        self.assertEqual(listed["type:hire.ended"]["choice"], "center")
        self.assertIn("no type of the policy any more", listed["type:hire.ended"]["effect"])
        self.set("type:hire.ended", "default")
        self.assertNotIn("type:hire.ended", {line["scope"] for line in gateway.json("prefs", "get", self.jane)})

    def test_choices_that_make_no_sense_are_refused_with_a_guess(self):
        self.assertIn("did you mean payment.sent?", self.refuse("type:payment.snet", "both"))
        self.assertIn("did you mean type:payment.sent?", self.refuse("payment.sent", "both"))
        self.assertIn("did you mean quiet?", self.refuse("quite", "off"))
        self.assertIn("use both, email, center, none or default", self.refuse("tab:alerts", "perhaps"))
        self.assertIn("one line of text", self.refuse("tab:alerts", "both\r\nx"))
        self.assertEqual(gateway.command("prefs", "set", self.jane, "zone").code, 2)
        self.assertEqual(gateway.command("prefs", "get").code, 2)
        self.assertEqual(gateway.command("prefs", "get", self.jane, "nothing").code, 1)


class Addresses(Case):
    def test_a_new_address_is_used_once_its_code_was_shown(self):
        said = self.set("address", self.new)
        self.assertIn(f"{self.new} waits for the code mailed to it", said)
        code = self.code(self.new)
        self.assertNotIn(code, said)
        shown = self.show()
        self.assertEqual((shown["email"], shown["address"], shown["pending address"]), (self.ext, "verified", self.new))
        self.deliver("rate.raised")
        self.assertEqual((len(sink.to(self.ext)), len(sink.to(self.new))), (1, 1))
        said = self.set("code", code)
        self.assertNotIn(code, said)
        shown = self.show()
        self.assertEqual((shown["email"], shown["address"], shown["pending address"]), (self.new, "verified", ""))
        self.deliver("rate.raised")
        (_, notice) = sink.to(self.ext)
        self.assertEqual(parse(notice.octets)["Subject"], "Your email address was changed")
        self.assertNotIn(b"new.test", notice.octets)
        self.assertEqual(len(sink.to(self.new)), 3)  # the code, the notice, the news
        copies = [parse(copy.body)["X-MC-Type"] for copy in folder(gateway, self.jane, "Account Alerts")]
        self.assertEqual(sorted(copies), ["account.address_changed", "rate.raised", "rate.raised"])

    def test_wrong_codes_count_also_over_a_restart_and_the_fifth_is_the_last(self):
        self.set("address", self.new)
        code = self.code(self.new)
        wrong = f"{(int(code) + 1) % 1000000:06}"
        for left in (4, 3):
            self.assertIn(f"tries left: {left}", self.refuse("code", wrong))
        gateway.kill()
        gateway.start()
        for left in (2, 1):
            self.assertIn(f"tries left: {left}", self.refuse("code", wrong))
        self.refuse("code", wrong)
        self.assertIn("too many", self.refuse("code", code))
        self.assertEqual(self.show()["email"], self.ext)
        self.set("address", self.new)
        self.set("code", self.code(self.new, 2))
        self.assertEqual(self.show()["email"], self.new)

    def test_a_code_is_good_for_a_day_and_three_may_be_asked_for_in_an_hour(self):
        for count in (1, 2, 3):
            self.set("address", self.new)
            code = self.code(self.new, count)
        self.assertIn("minutes", self.refuse("address", self.new))
        gateway.advance(hours=25)
        self.assertIn("24 hours", self.refuse("code", code))
        self.set("address", self.new)
        self.set("code", self.code(self.new, 4))
        self.assertEqual(self.show()["email"], self.new)

    def test_what_cannot_be_an_external_address_is_refused_and_mails_nothing(self):
        before = len(sink.mails)
        for address in ("jane", "a b@ext.test", "jäne@ext.test", "a@b@c@d@e@f", "x@[127.0.0.1]", "x@localhost", "x@ext.test\r\nBcc: y@z.test"):
            with self.subTest(address=address):
                self.refuse("address", address)
        for address in (f"{self.jane}@example.test", "BOSS@EXAMPLE.TEST"):
            self.assertIn("never an external recipient", self.refuse("address", address))
        gateway.drained()
        self.assertEqual(len(sink.mails), before)

    def test_a_suppression_is_lifted_by_the_users_code_or_by_the_admins_word(self):
        for lift in ("code", "verify"):
            gateway.checked("user", "suppress", self.jane)
            self.assertEqual(self.show()["address"], "suppressed")
            self.assertIn("suppressed", self.get("address")["effect"])
            self.assertIn("mail to your address came back", self.get("type:rate.raised")["effect"])
            before = len(sink.to(self.ext))
            self.deliver("payment_method.changed")
            self.assertEqual(len(sink.to(self.ext)), before)
            if lift == "code":
                self.set("address", self.ext)
                self.set("code", self.code(self.ext, before + 1))
            else:
                gateway.checked("user", "verify", self.jane)
            self.assertEqual(self.show()["address"], "verified")
            before = len(sink.to(self.ext))
            self.deliver("payment_method.changed")
            self.assertEqual(len(sink.to(self.ext)), before + 1)


class Settings(Case):
    def test_zone_quiet_hours_digest_and_pause_are_kept_and_shown(self):
        for scope, typed, kept, effect in (
                ("zone", ["Europe/Berlin"], "Europe/Berlin", r"Europe/Berlin: it is \d{4}-"),
                ("quiet", ["22:00-07:00"], "22:00-07:00", r"between 22:00 and 07:00 \(Europe/Berlin\)"),
                ("digest", ["daily", "08:00"], "daily 08:00", "every day at 08:00"),
                ("digest", ["daily 09:30"], "daily 09:30", "every day at 09:30"),
                ("digest", ["hourly"], "hourly", "once an hour"),
                ("pause", ["3d"], None, "waits until")):
            with self.subTest(scope=scope, typed=typed):
                self.assertRegex(self.set(scope, *typed), effect)
                line = self.get(scope)
                self.assertRegex(line["effect"], effect)
                if kept:
                    self.assertEqual(line["choice"], kept)
        gateway.stop()
        try:
            shown = self.show()  # also without the server
            self.assertEqual((shown["zone"], shown["quiet"], shown["digest"]), ("Europe/Berlin", "22:00-07:00", "hourly"))
            self.assertRegex(shown["pause"], r"^\d{4}-\d\d-\d\dT")
            for scope, off in (("zone", "default"), ("quiet", "off"), ("digest", "off"), ("pause", "off")):
                self.set(scope, off)
                self.assertEqual(self.get(scope)["choice"], off)
        finally:
            gateway.start()

    def test_times_and_zones_that_make_no_sense_are_refused(self):
        for scope, value in (("quiet", "25:00-07:00"), ("quiet", "7:5"), ("quiet", "08:00-08:00"), ("digest", "weekly"),
                             ("digest", "daily 24:00"), ("pause", "2y"), ("pause", "2020-01-01"), ("pause", "soon"),
                             ("zone", "../../etc/passwd"), ("zone", "Europe/Berln"), ("zone", "x" * 5000)):
            with self.subTest(scope=scope, value=value[:40]):
                self.refuse(scope, value)
        self.assertIn("did you mean Europe/Berlin?", self.refuse("zone", "europe/berlin"))

    def test_a_pause_is_over_by_itself(self):
        self.set("pause", "1h")
        self.assertNotEqual(self.get("pause")["choice"], "off")
        gateway.advance(hours=2)
        self.assertEqual(self.get("pause")["choice"], "off")


class Accounts(Case):
    def test_groups_are_set_listed_and_asked_by_rules(self):
        self.use_policy(shipped + BETA)
        self.deliver("rate.raised")
        self.assertEqual(len(sink.to(self.ext)), 1)
        gateway.checked("user", "set", self.jane, "--group", "beta, staff")
        self.assertEqual(self.show()["groups"], "beta, staff")
        self.assertIn("rule beta-stays-home", self.get("type:rate.raised")["effect"])
        logins = lambda group: [user["login"] for user in gateway.json("user", "list", "--group", group)]
        self.assertEqual(logins("beta"), [self.jane])
        self.assertEqual(logins("bet"), [])
        self.deliver("rate.raised")
        self.assertEqual(len(sink.to(self.ext)), 1)
        self.assertEqual(len(folder(gateway, self.jane, "Account Alerts")), 2)
        gateway.checked("user", "set", self.jane, "--group", "")
        self.assertEqual(self.show()["groups"], "")
        self.deliver("rate.raised")
        self.assertEqual(len(sink.to(self.ext)), 2)

    def test_user_set_changes_what_is_given_and_nothing_else(self):
        gateway.checked("user", "set", self.jane, "--name", "Jane Ä", "--zone", "Asia/Tokyo", "--role", "agent")
        shown = self.show()
        self.assertEqual((shown["name"], shown["zone"], shown["role"], shown["email"], shown["address"]),
                         ("Jane Ä", "Asia/Tokyo", "agent", self.ext, "verified"))
        gateway.checked("user", "set", self.jane, "--email", self.new, "--unverified")
        shown = self.show()
        self.assertEqual((shown["email"], shown["address"], shown["name"]), (self.new, "unverified", "Jane Ä"))
        (notice,) = sink.wait(1, self.ext)
        self.assertEqual(parse(notice.octets)["Subject"], "Your email address was changed")
        gateway.checked("user", "set", self.jane, "--email", self.new)
        self.assertEqual(self.show()["address"], "verified")

    def test_user_set_refuses_in_words(self):
        for words in (["--group", "Beta"], ["--group", "a" * 65], ["--group", ",".join(f"g{i}" for i in range(65))],
                      ["--zone", "Nowhere/At/All"], ["--role", "king"], ["--email", "nobody"], ["--email", ""],
                      ["--email", "x@y.test\r\nz"], ["--name", "a\r\nb"], ["--name", "x" * 1000]):
            with self.subTest(words=words):
                outcome = gateway.command("user", "set", self.jane, *words)
                self.assertEqual(outcome.code, 1, outcome)
        self.assertEqual(gateway.command("user", "set", self.jane).code, 2)
        self.assertEqual(gateway.command("user", "set", "nobody", "--name", "x").code, 1)
        self.assertEqual(gateway.command("user", "verify", "nobody").code, 1)
        self.assertEqual(gateway.command("user", "add", "newcomer", "--email", "x@ext.test", "--zone", "Nope",
                                         stdin=b"secret\n").code, 1)


if __name__ == "__main__":
    unittest.main()
