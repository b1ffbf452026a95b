"""Postfix as the company's mail system: before us over LMTP, and after us as the smarthost."""

import os
import shutil
import smtplib
import unittest

from clients import folder, folders_with_mail, message
from harness import DOMAIN, OUTSIDE, Gateway, free_port, wait_for
from postfix import Postfix, allow_postfix
from sink import Sink, parse


def missing():
    if not shutil.which("/usr/sbin/postfix"):
        return "Postfix is not installed"
    return "Postfix wants root" if os.getuid() != 0 else None


class Common:
    trusted = '"127.0.0.1/32"'

    @classmethod
    def setUpClass(cls):
        if missing():
            raise unittest.SkipTest(missing())
        cls.sink = Sink()
        cls.addClassCleanup(cls.sink.stop)
        port = free_port()
        cls.gateway = Gateway(["boss:admin", "jane", "tom"], smarthost=f"127.0.0.1:{port}", trusted=cls.trusted).start()
        cls.addClassCleanup(cls.gateway.stop)
        cls.postfix = Postfix(cls.lmtp(), cls.sink.port, port).start()
        cls.addClassCleanup(cls.postfix.stop)

    def smtp(self, source="127.0.0.1"):
        smtp = smtplib.SMTP("127.0.0.1", self.postfix.port, "client.test", 30, (source, 0))
        self.addCleanup(smtp.close)
        return smtp

    def wait_in_folder(self, user, name, subject):
        return wait_for(f"{subject} in {name} of {user}\n{self.postfix.log()[-1500:]}", lambda: [
            m for m in folder(self.gateway, user, name) if parse(m.body)["Subject"] == subject])

    def test_platform_mail_arrives_through_postfix_and_goes_out_through_it(self):
        octets = message("Paid by the platform", "payment.sent", "40.00 USD")
        self.smtp().sendmail(f"noreply@{DOMAIN}", [f"jane@{DOMAIN}"], octets)
        (copy,) = self.wait_in_folder("jane", "Account Alerts", "Paid by the platform")
        self.assertEqual(parse(copy.body)["X-MC-Type"], "payment.sent")
        (mail,) = wait_for("the external copy", lambda: [
            m for m in self.sink.to("jane@ext.test") if parse(m.octets)["Subject"] == "Paid by the platform"])
        self.assertTrue(mail.sender.startswith("b-") and mail.sender.endswith(f"@{DOMAIN}"))
        self.gateway.drained()
        self.assertEqual(self.gateway.why("jane")[-1]["events"][-1]["kind"], "sent")

    def test_outside_mail_is_outside_also_through_postfix(self):
        forged = message("From a stranger", "payment.sent", "1.00 USD", sender="thief@ext.test")
        self.smtp(OUTSIDE).sendmail("thief@ext.test", [f"postmaster@{DOMAIN}"], forged)
        (copy,) = self.wait_in_folder("boss", "INBOX", "From a stranger")
        self.assertNotEqual(parse(copy.body)["X-MC-Type"], "payment.sent")
        self.assertIn("[127.0.0.2]", parse(copy.body)["Received"])

    def test_an_outsider_writing_to_a_user_gets_a_bounce_and_the_user_nothing(self):
        self.smtp(OUTSIDE).sendmail("lost@ext.test", [f"tom@{DOMAIN}"], message("Psst", sender="lost@ext.test"))
        (bounce,) = self.sink.wait(1, "lost@ext.test")
        self.assertEqual(bounce.sender, "")
        self.assertIn(b"550", bounce.octets)
        self.assertEqual([m for m in folder(self.gateway, "tom", "INBOX") if b"Psst" in m.body], [])

    def test_an_unknown_user_bounces_and_the_good_one_beside_him_gets_the_message_once(self):
        octets = message("For two", "rate.raised")
        self.smtp().sendmail("sender@ext.test", [f"nobody@{DOMAIN}", f"tom@{DOMAIN}"], octets)
        (copy,) = self.wait_in_folder("tom", "Account Alerts", "For two")
        bounce = self.sink.wait(1, "sender@ext.test")[0]
        self.assertIn(b"nobody@example.test", bounce.octets)
        self.assertNotIn(b"tom@example.test", bounce.octets.split(b"message/delivery-status")[1].split(b"--")[0])
        lines = self.postfix.wait_in_log(f"to=<tom@{DOMAIN}>")
        self.assertTrue(any("status=sent (250 2.1.5" in line for line in lines), lines)

    def test_mail_with_an_international_address_is_delivered_and_not_bounced(self):
        octets = message("Grüße", "rate.raised", sender="jürgen@ext.test")
        smtp = self.smtp()
        smtp.ehlo_or_helo_if_needed()
        smtp.sendmail("jürgen@ext.test", [f"tom@{DOMAIN}"], octets, ["SMTPUTF8", "BODY=8BITMIME"])
        self.postfix.wait_in_log("from=<jürgen@ext.test>")
        wanted = lambda: [m for m in folder(self.gateway, "tom", "Account Alerts") if "jürgen".encode() in m.body]
        wait_for("the message in the folder", wanted)
        self.assertEqual(self.sink.to("jürgen@ext.test"), [])

    def test_a_hundred_messages_over_kept_connections_arrive_once_each(self):
        user = "many"
        self.gateway.add_user(user)
        smtp = self.smtp()
        for number in range(100):
            smtp.sendmail(f"noreply@{DOMAIN}", [f"{user}@{DOMAIN}"], message(f"No {number}", "rate.raised"))
        wait_for("100 messages", lambda: folders_with_mail(self.gateway, user).get("Account Alerts", 0) >= 100, 60)
        self.sink.wait(100, "many@ext.test", 60)
        subjects = sorted(parse(m.body)["Subject"] for m in folder(self.gateway, user, "Account Alerts"))
        self.assertEqual(subjects, sorted(f"No {n}" for n in range(100)))
        self.assertEqual(sorted(parse(m.octets)["Subject"] for m in self.sink.to("many@ext.test")), subjects)


class OverTcp(Common, unittest.TestCase):
    @classmethod
    def lmtp(cls):
        return f"lmtp:inet:127.0.0.1:{cls.gateway.ports['lmtp']}"

    def test_mail_waits_in_postfix_while_we_are_down(self):
        self.gateway.stop()
        self.smtp().sendmail(f"noreply@{DOMAIN}", [f"jane@{DOMAIN}"], message("While away", "rate.raised"))
        self.postfix.wait_in_log("status=deferred")
        self.gateway.start()
        (self.postfix.base / "conf/main.cf").write_text(
            (self.postfix.base / "conf/main.cf").read_text() + f"relay_transport = {self.lmtp()}\n")
        self.postfix.run("postfix", "reload")
        self.postfix.run("postqueue", "-f")
        (copy,) = self.wait_in_folder("jane", "Account Alerts", "While away")


class OverAUnixSocket(Common, unittest.TestCase):
    trusted = '"unix", "127.0.0.1/32"'

    @classmethod
    def lmtp(cls):
        allow_postfix(cls.gateway.lmtp_socket)
        return f"lmtp:unix:{cls.gateway.lmtp_socket}"


class WithStarttls(unittest.TestCase):
    def test_postfix_speaks_tls_to_our_lmtp(self):
        if missing():
            self.skipTest(missing())
        with Sink() as sink:
            gateway = Gateway(["jane"]).start()
            self.addCleanup(gateway.stop)
            postfix = Postfix(f"lmtp:inet:127.0.0.1:{gateway.ports['lmtp']}", sink.port, tls="encrypt").start()
            self.addCleanup(postfix.stop)
            smtp = smtplib.SMTP("127.0.0.1", postfix.port, "client.test", 30)
            smtp.sendmail(f"noreply@{DOMAIN}", [f"jane@{DOMAIN}"], message("Encrypted", "rate.raised"))
            smtp.quit()
            postfix.wait_in_log("status=sent")
            (copy,) = folder(gateway, "jane", "Account Alerts")
            self.assertIn("LMTPS", parse(copy.body)["Received"])


if __name__ == "__main__":
    unittest.main()
