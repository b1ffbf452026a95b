"""External mail: a smarthost that is down, refuses or forgets; restarts at the worst moment; what comes back."""

import ssl
import subprocess
import unittest
from urllib.parse import quote

from clients import deliver, folder, folders_with_mail, from_outside, message
from harness import DOMAIN, SOURCE, Gateway, certificates, temporary_directory, wait_for
from smarthost_case import SmarthostCase
from sink import Sink, parse

PAYMENT = dict(type="payment.sent", amount="40.00 USD")


class Outbox(SmarthostCase):
    def deliver(self, subject="A payment", **more):
        reply = deliver(self.gateway, "jane", message(subject, **{**PAYMENT, **more}))
        self.assertEqual(reply.code, 250, reply)

    def attempted(self, count=1):
        """The waiting mails, once each was tried that often."""
        tried = lambda: (q := self.gateway.queue()) and all(int(e["attempts"]) >= count for e in q) and q
        return wait_for(f"{count} attempts", tried)

    def kinds(self):
        return [event["kind"] for event in self.gateway.why("jane")[0]["events"]]

    def test_15_killed_between_the_acknowledgement_and_the_sending_it_arrives_once_after_the_restart(self):
        self.sink.close()
        self.deliver()
        self.gateway.kill()
        self.sink.open()
        self.gateway.start()
        self.gateway.checked("queue", "retry", "all")
        self.sink.wait(1)
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), 1)
        self.assertEqual(folders_with_mail(self.gateway, "jane"), {"Account Alerts": 1})

    def test_23_while_the_smarthost_is_down_mail_waits_and_arrives_once_when_it_is_back(self):
        self.sink.close()
        for number in range(3):
            self.deliver(f"Payment {number}")
        waiting = self.attempted()
        self.assertEqual(len(waiting), 3)
        self.assertIn("efused", waiting[0]["last reply"])
        self.assertGreater(waiting[0]["due"], waiting[0]["queued"])
        self.sink.open()
        self.gateway.checked("queue", "retry", "all")
        self.sink.wait(3)
        self.gateway.drained()
        self.assertEqual(sorted(parse(m.octets)["Subject"] for m in self.sink.mails),
                         ["Payment 0", "Payment 1", "Payment 2"])
        self.assertEqual(self.kinds().count("deferred"), 1)
        self.assertEqual(self.kinds().count("sent"), 1)

    def test_23_not_now_is_tried_again_later(self):
        self.sink.mode = "defer"
        self.deliver()
        (waiting,) = self.attempted()
        self.assertIn("451", waiting["last reply"])
        self.sink.mode = "accept"
        self.gateway.checked("queue", "retry", waiting["id"])
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), 1)

    def test_23_a_smarthost_that_hangs_up_without_an_answer_is_tried_again(self):
        self.sink.mode = "drop"
        self.deliver()
        self.attempted()
        self.sink.mode = "accept"
        self.gateway.checked("queue", "retry", "all")
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), 1)

    def test_23_a_permanent_refusal_ends_it_without_a_bounce_and_the_folder_keeps_the_message(self):
        self.sink.mode = "refuse"
        self.gateway.checked("prefs", "set", "jane", "type:payment.sent", "email")
        self.deliver()
        self.gateway.drained()
        self.assertEqual(self.sink.attempts, 1)
        self.assertIn("bounced", [event["kind"] for event in self.gateway.why("jane")[-1]["events"]])
        # "No such user": the user is told, and the address is left alone (test_bounces.py).
        subjects = [parse(m.body)["Subject"] for m in folder(self.gateway, "jane", "Account Alerts")]
        self.assertEqual(subjects, ["A payment", "Your email address does not work: jane@ext.test"])
        self.assertEqual(folders_with_mail(self.gateway, "boss"), {})
        self.gateway.checked("user", "verify", "jane")
        self.sink.mode = "accept"
        self.deliver("Another")
        self.gateway.drained()
        self.assertEqual([parse(m.octets)["Subject"] for m in self.sink.mails], ["Another"])

    def test_a_held_mail_waits_until_released_and_a_dropped_one_never_leaves(self):
        self.sink.close()
        self.deliver("Held")
        self.deliver("Dropped")
        entries = {self.gateway.json("queue", "show", e["id"])["id"]: e for e in self.attempted()}
        held, dropped = sorted(entries, key=int)
        self.gateway.checked("queue", "hold", held)
        self.gateway.checked("queue", "drop", dropped)
        self.sink.open()
        self.assertEqual(self.gateway.command("queue", "retry", held).code, 1)
        self.gateway.checked("queue", "retry", "all")
        self.deliver("Fence")
        self.sink.wait(1)
        self.assertEqual([parse(m.octets)["Subject"] for m in self.sink.mails], ["Fence"])
        self.assertEqual([(e["id"], e["state"]) for e in self.gateway.queue() if e["id"] == held], [(held, "held")])
        self.gateway.checked("queue", "release", held)
        self.gateway.drained()
        self.assertEqual([parse(m.octets)["Subject"] for m in self.sink.mails], ["Fence", "Held"])
        self.assertEqual(folders_with_mail(self.gateway, "jane"), {"Account Alerts": 3})

    def test_the_queue_survives_an_orderly_restart(self):
        self.sink.close()
        self.deliver()
        self.attempted()
        self.assertEqual(self.gateway.stop(), 0)
        self.assertEqual(len(self.gateway.queue()), 1)
        self.gateway.checked("queue", "retry", "all")
        self.sink.open()
        self.gateway.start()
        self.sink.wait(1)

    def test_a_bounce_to_our_return_path_is_noted_on_the_decision_and_never_answered(self):
        self.deliver()
        (mail,) = self.sink.wait(1)
        report = (f"From: MAILER-DAEMON@ext.test\r\nTo: {mail.sender}\r\nSubject: Undelivered [T-1]\r\n"
                  "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                  "--b\r\nContent-Type: text/plain\r\n\r\nNot now.\r\n"
                  "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.ext.test\r\n\r\n"
                  "Final-Recipient: rfc822; jane@ext.test\r\nAction: failed\r\nStatus: 5.2.2\r\n"
                  "Diagnostic-Code: smtp; 552 mailbox full\r\n\r\n--b--\r\n").encode()
        before = folders_with_mail(self.gateway, "jane")
        reply = from_outside(self.gateway, mail.sender.upper(), report, sender="")
        self.assertEqual(reply.code, 250, reply)
        events = self.gateway.why("jane")[0]["events"]
        self.assertTrue(any(e["kind"] == "bounced" and "mailbox full" in e["text"] for e in events), events)
        # 36: it changes nothing else and tells nobody.
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), 1)
        self.assertEqual(folders_with_mail(self.gateway, "jane"), before)
        self.assertEqual(folders_with_mail(self.gateway, "boss"), {})

    def test_36_a_report_with_a_ticket_number_to_an_address_nobody_was_given_is_refused(self):
        report = message("Undelivered Mail [T-1]", sender="MAILER-DAEMON@ext.test", Auto_Submitted="auto-replied")
        for address in (f"t-{'a' * 26}@{DOMAIN}", f"b-{'a' * 26}@{DOMAIN}", f"n-{'a' * 26}@{DOMAIN}"):
            self.assertEqual(from_outside(self.gateway, address, report, sender="").code, 550)
        self.gateway.drained()
        self.assertEqual(self.sink.mails, [])
        self.assertEqual(folders_with_mail(self.gateway, "jane"), {})

    def test_an_unverified_address_gets_no_mail_and_the_folder_keeps_it(self):
        self.gateway.add_user("new", more=["--unverified"])
        self.gateway.checked("prefs", "set", "new", "type:rate.raised", "email")
        self.assertEqual(deliver(self.gateway, "new", message("Rate", "rate.raised")).code, 250)
        self.gateway.drained()
        self.assertEqual(self.sink.to("new@ext.test"), [])
        self.assertEqual(len(folder(self.gateway, "new", "Account Alerts")), 1)

    def test_what_is_sent_is_what_came_in_also_with_dots_and_eight_bit_octets(self):
        body = ".\n..two\n.end\nGrüße 你好\n" + "x" * 990 + "\n"
        self.deliver(body=body, Content_Type="text/plain; charset=utf-8")
        (mail,) = self.sink.wait(1)
        self.assertTrue(mail.octets.endswith(b"\r\n\r\n" + body.replace("\n", "\r\n").encode()), mail.octets[-200:])
        (kept,) = folder(self.gateway, "jane", "Account Alerts")
        self.assertTrue(kept.body.endswith(b"\r\n\r\n" + body.replace("\n", "\r\n").encode()))


class SmarthostWithTls(unittest.TestCase):
    def start(self, password="p@ss/wörd", ca_file=None):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates() / "server.crt", certificates() / "server.key")
        self.sink = Sink(tls=context, login=("relay@x", "p@ss/wörd"))
        self.addCleanup(self.sink.stop)
        user, secret = quote("relay@x", safe=""), quote(password, safe="")
        external = {"tls": "required", "ca_file": str(ca_file or certificates() / "ca.crt")}
        self.gateway = Gateway(["jane"], smarthost=f"smtp://{user}:{secret}@localhost:{self.sink.port}",
                               external=external, limits={"retry_first": "1h"}).start()
        self.addCleanup(self.gateway.stop)
        self.assertEqual(deliver(self.gateway, "jane", message(**PAYMENT)).code, 250)

    def test_it_speaks_starttls_checks_the_certificate_and_logs_in(self):
        self.start()
        self.sink.wait(1)
        self.gateway.drained()

    def test_to_a_server_of_another_name_or_authority_nothing_is_sent_and_the_mail_waits(self):
        other = temporary_directory()
        subprocess.run([SOURCE / "certs/make-certs", "--dir", other], check=True, stdout=subprocess.DEVNULL)
        self.start(ca_file=other / "ca.crt")
        wait_for("a first attempt", lambda: self.gateway.queue()[0]["attempts"] == "1")
        self.assertEqual(self.sink.mails, [])

    def test_a_wrong_password_of_ours_loses_no_mail(self):
        self.start(password="wrong")
        wait_for("a first attempt", lambda: self.gateway.queue()[0]["attempts"] == "1")
        self.assertIn("535", self.gateway.queue()[0]["last reply"])
        self.assertEqual(self.sink.mails, [])


if __name__ == "__main__":
    unittest.main()
