"""An address that bounces gets no mail until it is verified again, however the bounce comes; what is no bounce changes nothing."""

import re
import unittest

from clients import deliver, folder, folders_with_mail, from_outside, message
from harness import DOMAIN, Gateway, wait_for
from smarthost_case import SmarthostCase
from sink import Sink, parse

PAYMENT = dict(type="payment.sent", amount="40.00 USD")
FAILED = dict(type="payment.failed", amount="40.00 USD")


def dsn(to, action="failed", status="5.1.1", diagnosis="smtp; 550 5.1.1 no such user"):
    return (f"From: MAILER-DAEMON@ext.test\r\nTo: {to}\r\nSubject: Undelivered\r\nAuto-Submitted: auto-replied\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
            "--b\r\nContent-Type: text/plain\r\n\r\nIt did not work.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.ext.test\r\n\r\n"
            f"Final-Recipient: rfc822; jane@ext.test\r\nAction: {action}\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: {diagnosis}\r\n\r\n--b--\r\n").encode()


class Bounces(SmarthostCase):
    def deliver(self, subject, **fields):
        reply = deliver(self.gateway, "jane", message(subject, **(fields or PAYMENT)))
        self.assertEqual(reply.code, 250, reply)

    def subjects(self, name="Account Alerts"):
        return [str(parse(m.body)["Subject"]) for m in folder(self.gateway, "jane", name)]

    def notices(self):
        return [s for s in self.subjects() if "does not work" in s]

    def state(self):
        return next(u for u in self.gateway.json("user", "list") if u["login"] == "jane")

    def suppressed(self):
        return "suppressed" in self.state().values()

    def assert_no_mail_of_any_type(self):
        """payment.failed is urgent, terms.changed is locked to email: neither goes; both are kept."""
        have = len(self.sink.mails)
        attempts = self.sink.attempts
        self.sink.mode = "accept"
        self.gateway.checked("prefs", "set", "jane", "type:payment.sent", "email")
        self.deliver("It failed", **FAILED)
        self.deliver("New terms", type="terms.changed")
        self.deliver("Only by email")
        self.gateway.drained()
        self.assertEqual((len(self.sink.mails), self.sink.attempts), (have, attempts))
        self.assertIn("It failed", self.subjects())
        self.assertIn("Only by email", self.subjects())
        self.assertIn("New terms", self.subjects("Updates"))
        self.assertEqual(len(self.notices()), 1)

    def assert_verifying_lifts_it(self):
        self.gateway.checked("user", "verify", "jane")
        self.assertFalse(self.suppressed())
        self.deliver("It failed again", **FAILED)
        self.gateway.drained()
        self.assertEqual(parse(self.sink.mails[-1].octets)["Subject"], "It failed again")

    # --- scenario 22

    def test_22_a_refusal_of_the_address_in_the_dialogue(self):
        self.sink.mode = "refuse"
        self.deliver("A payment")
        self.gateway.drained()
        wait_for("the address is suppressed", self.suppressed)
        self.assertIn("A payment", self.subjects())
        self.assert_no_mail_of_any_type()
        self.assert_verifying_lifts_it()

    def test_22_a_report_to_the_return_path_from_outside(self):
        self.deliver("A payment")
        (mail,) = self.sink.wait(1)
        self.gateway.drained()
        self.assertEqual(from_outside(self.gateway, mail.sender.upper(), dsn(mail.sender), sender="").code, 250)
        self.assertTrue(self.suppressed())
        (notice,) = [m for m in folder(self.gateway, "jane", "Account Alerts") if b"does not work" in m.body]
        self.assertIn(b"no such user", notice.body)
        self.assertIn(b"jane@ext.test", notice.body)
        self.assertEqual(parse(notice.body)["X-MC-Type"], "account.address_suppressed")
        self.assert_no_mail_of_any_type()
        self.assert_verifying_lifts_it()

    # --- around it

    def test_what_waits_in_the_queue_is_not_sent_any_more(self):
        self.deliver("The first")
        (mail,) = self.sink.wait(1)
        self.gateway.drained()
        self.sink.mode = "defer"
        self.gateway.checked("prefs", "set", "jane", "type:payment.sent", "email")
        self.deliver("Waits")
        wait_for("an attempt", lambda: any(e["attempts"] == "1" for e in self.gateway.queue()))
        self.assertEqual(from_outside(self.gateway, mail.sender, dsn(mail.sender), sender="").code, 250)
        self.assertEqual(self.gateway.queue(), [])
        self.assertIn("Waits", self.subjects())

    def test_a_bounce_in_words_counts_too(self):
        self.deliver("A payment")
        (mail,) = self.sink.wait(1)
        text = ("Hi. This is the qmail-send program at mx.ext.test.\nI'm afraid I wasn't able to deliver your message.\n\n"
                "<jane@ext.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n")
        words = message("failure notice", sender="MAILER-DAEMON@mx.ext.test", body=text)
        self.assertEqual(from_outside(self.gateway, mail.sender, words, sender="joe@ext.test").code, 250)
        self.assertFalse(self.suppressed())
        self.assertEqual(from_outside(self.gateway, mail.sender, words, sender="").code, 250)
        self.assertTrue(self.suppressed())

    def test_what_is_no_bounce_of_the_address_changes_nothing(self):
        self.deliver("A payment")
        (mail,) = self.sink.wait(1)
        self.gateway.drained()
        before = folders_with_mail(self.gateway, "jane")
        away = message("Away until Monday", sender="jane@ext.test", body="550 5.1.1 user unknown\n", Auto_Submitted="auto-replied")
        for octets in (dsn(mail.sender, action="delayed"), dsn(mail.sender, action="relayed", status="2.0.0"),
                       dsn(mail.sender, action="expanded"), dsn(mail.sender, status="5.2.2", diagnosis="smtp; 552 full"), away):
            self.assertEqual(from_outside(self.gateway, mail.sender, octets, sender="").code, 250)
        wrong = f"b-{'a' * 26}@{DOMAIN}"
        self.assertEqual(from_outside(self.gateway, wrong, dsn(wrong), sender="").code, 550)
        self.assertFalse(self.suppressed())
        self.assertEqual(folders_with_mail(self.gateway, "jane"), before)
        self.assertEqual(folders_with_mail(self.gateway, "boss"), {})
        self.deliver("Another")
        self.sink.wait(2)

    def test_a_report_repeated_tells_the_user_once(self):
        self.deliver("A payment")
        (mail,) = self.sink.wait(1)
        for _ in range(10):
            self.assertEqual(from_outside(self.gateway, mail.sender, dsn(mail.sender), sender="").code, 250)
        self.assertEqual(len(self.notices()), 1)
        events = [e["kind"] for e in self.gateway.why("jane")[-1]["events"]]
        self.assertEqual(events.count("bounced"), 5)

    def test_it_stays_suppressed_over_a_restart(self):
        self.sink.mode = "refuse"
        self.deliver("A payment")
        wait_for("the address is suppressed", self.suppressed)
        self.assertEqual(self.gateway.stop(), 0)
        self.gateway.start()
        self.assertTrue(self.suppressed())
        self.assert_no_mail_of_any_type()


FULL = dict(status="5.2.2", diagnosis="smtp; 552 5.2.2 full")


class BouncesOverTime(unittest.TestCase):
    """Soft bounces: an address is given up by and by, and forgiven the same way."""

    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "jane"], smarthost=self.sink.address, clock=True,
                               limits={"retry_first": "1h", "retry_most": "2h", "bounce_score": 3}).start()
        self.addCleanup(self.gateway.stop)

    def bounce(self, subject, **report):
        """One payment goes out, and a report on it comes back."""
        have = len(self.sink.mails)
        self.assertEqual(deliver(self.gateway, "jane", message(subject, **PAYMENT)).code, 250)
        mail = self.sink.wait(have + 1)[-1]
        self.gateway.drained()
        self.assertEqual(from_outside(self.gateway, mail.sender, dsn(mail.sender, **report), sender="").code, 250)

    def jane(self):
        return self.gateway.json("user", "show", "jane")

    def score(self):
        return self.jane()["bounces"]

    def notices(self):
        return [m for m in folder(self.gateway, "jane", "Account Alerts") if b"does not work" in m.body]

    def last_bounce(self):
        return [e["text"] for d in self.gateway.why("jane") for e in d["events"] if e["kind"] == "bounced"]

    def test_soft_bounces_of_three_days_are_too_many_and_the_timeline_counts_them(self):
        self.bounce("One", **FULL)
        self.assertRegex(self.score(), "^1 of 3, last .*552 5.2.2 full")
        self.bounce("One more that day", **FULL)
        self.assertRegex(self.score(), "^1 of 3")
        for day in (2, 3):
            self.gateway.advance(days=1)
            self.bounce(f"Day {day}", **FULL)
            self.assertEqual(self.jane()["address"], "verified")
        self.gateway.advance(days=1)
        self.bounce("Day 4", **FULL)
        self.assertEqual(self.jane()["address"], "suppressed")
        self.assertEqual(len(self.notices()), 1)
        words = self.last_bounce()
        self.assertTrue(any("soft (mailbox full): score 1 of 3" in w for w in words), words)
        self.assertTrue(any(w.endswith("one a day counts") for w in words), words)
        self.assertTrue(any(w.endswith("the address is suppressed") for w in words), words)

    def test_soft_bounces_far_apart_are_forgotten(self):
        for week in range(6):
            self.bounce(f"Week {week}", **FULL)
            self.gateway.advance(days=14)
        self.assertEqual(self.jane()["address"], "verified")
        self.assertRegex(self.score(), "^1( of|\\.0 of)")
        self.gateway.advance(days=90)
        wait_for("the score is forgotten", lambda: self.score() == "0 of 3")

    def test_a_suppressed_address_gets_its_code_and_nothing_else(self):
        self.bounce("A payment")
        self.assertEqual(self.jane()["address"], "suppressed")
        self.assertRegex(self.score(), "^3 of 3, hard, suppressed")
        have = len(self.sink.mails)
        self.assertEqual(deliver(self.gateway, "jane", message("It failed", **FAILED)).code, 250)
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), have)
        for number in range(3):
            self.gateway.checked("prefs", "set", "jane", "address", "jane@ext.test")
            self.gateway.advance(hours=2)
        mails = self.sink.wait(have + 3)
        self.assertEqual({tuple(m.recipients) for m in mails[have:]}, {("jane@ext.test",)})
        self.assertEqual({str(parse(m.octets)["Subject"]) for m in mails[have:]}, {"Confirm your email address"})
        refused = self.gateway.command("prefs", "set", "jane", "address", "jane@ext.test")
        self.assertEqual(refused.code, 1)
        self.assertIn("tomorrow", refused.err)
        code = re.search(r"Your code: (\d{6})", parse(mails[-1].octets).get_payload()).group(1)
        self.gateway.checked("prefs", "set", "jane", "code", code)
        self.assertEqual((self.jane()["address"], self.score()), ("verified", "0 of 3"))
        self.assertEqual(deliver(self.gateway, "jane", message("It failed again", **FAILED)).code, 250)
        self.assertEqual(parse(self.sink.wait(have + 4)[-1].octets)["Subject"], "It failed again")

    def test_a_late_report_on_mail_from_before_the_verification_changes_nothing(self):
        self.assertEqual(deliver(self.gateway, "jane", message("Before", **PAYMENT)).code, 250)
        (before,) = self.sink.wait(1)
        self.bounce("A payment")
        self.assertEqual(self.jane()["address"], "suppressed")
        self.gateway.advance(hours=1)
        self.gateway.checked("user", "verify", "Jane@ext.test")
        self.assertEqual(self.gateway.command("user", "verify", "nobody@ext.test").code, 1)
        self.assertEqual(from_outside(self.gateway, before.sender, dsn(before.sender), sender="").code, 250)
        self.assertEqual((self.jane()["address"], self.score()), ("verified", "0 of 3"))

    def give_up(self):
        """A payment whose attempts all failed until its lifetime is over; what is said of the last."""
        self.assertEqual(deliver(self.gateway, "jane", message("A payment", **PAYMENT)).code, 250)
        wait_for("an attempt", lambda: any(e["attempts"] != "0" for e in self.gateway.queue()))
        self.gateway.advance(days=6)
        wait_for("it is given up", lambda: self.gateway.queue() == [])
        (words,) = self.last_bounce()
        self.assertIn("given up after its lifetime", words)
        return words

    def test_a_mailbox_that_stays_full_until_it_is_given_up_counts(self):
        self.sink.mode = "full"
        self.assertIn("452 4.2.2 Mailbox full; soft (mailbox full): score 1 of 3", self.give_up())
        self.assertRegex(self.score(), "^1 of 3")

    def test_what_nobody_could_be_asked_about_is_not_held_against_the_address(self):
        self.sink.close()
        self.assertNotIn("score", self.give_up())
        self.assertEqual(self.score(), "0 of 3")



if __name__ == "__main__":
    unittest.main()
