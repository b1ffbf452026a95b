"""The gateway as a part of Postfix, set up as docs/postfix.md says: the blocks of that page are what runs here."""

import re
import shutil
import smtplib
import subprocess
import unittest
from types import SimpleNamespace

from clients import Smtp, folder, message
from harness import DOMAIN, OUTSIDE, PASSWORD, certificates, temporary_directory, wait_for
from milter import Milter
from postfix import PluginPostfix, block
from sink import Sink, parse
from test_postfix import missing

NAME = f"mx.{DOMAIN}"


def setUpModule():
    if missing():
        raise unittest.SkipTest(missing())
    global sink, milter, postfix, gateway
    sink = Sink()
    unittest.addModuleCleanup(sink.stop)
    milter = Milter(NAME, passing={"ext.test"})
    unittest.addModuleCleanup(milter.stop)
    postfix = PluginPostfix(sink.port, milter.address)
    gateway = postfix.gateway(["boss:admin", "jane", "tom", "gone", "app:platform"])
    gateway.checked("user", "disable", "gone")
    gateway.start()
    unittest.addModuleCleanup(gateway.stop)
    postfix.start()
    unittest.addModuleCleanup(postfix.stop)


class Case(unittest.TestCase):
    def smtp(self, source=OUTSIDE):
        smtp = smtplib.SMTP("127.0.0.1", postfix.port, "client.test", 60, (source, 0))
        self.addCleanup(smtp.close)
        return smtp

    def wait_in_folder(self, user, name, subject):
        (copy,) = wait_for(f"{subject} in {name} of {user}\n{postfix.log()[-1500:]}", lambda: [
            m for m in folder(gateway, user, name) if parse(m.body)["Subject"] == subject])
        return copy


class FromTheWorld(Case):
    def rcpt(self, address, source=OUTSIDE):
        smtp = self.smtp(source)
        smtp.ehlo_or_helo_if_needed()
        smtp.mail("stranger@ext.test")
        return smtp.rcpt(address)

    def test_unknown_addresses_are_refused_while_the_sender_is_there_and_users_sound_the_same(self):
        answers = [self.rcpt(f"{name}@{DOMAIN}") for name in ("nobody", "jane", "b-aaaaaaaaaaaaaaaaaaaaaaaaaa")]
        for code, text in answers:
            self.assertEqual(code, 550, text)
        texts = {re.sub(rb"<[^>]*>", b"<>", text) for _, text in answers}
        self.assertEqual(len(texts), 1, texts)
        self.assertIn(b"No such address here", texts.pop())
        self.assertEqual(self.rcpt(f"postmaster@{DOMAIN}")[0], 250)

    def test_nothing_is_relayed_for_strangers(self):
        self.assertEqual(self.rcpt("victim@elsewhere.test")[0], 554)

    def test_a_report_of_a_bounce_from_outside_reaches_its_mail_by_the_token(self):
        gateway.add_user("moved")
        self.smtp("127.0.0.1").sendmail(f"noreply@{DOMAIN}", [f"moved@{DOMAIN}"], message("Who bounces", "rate.raised"))
        token = sink.wait(1, "moved@ext.test")[0].sender
        self.assertEqual(self.rcpt(token.upper().replace("EXAMPLE.TEST", DOMAIN))[0], 250)
        report = ("From: MAILER-DAEMON@ext.test\r\nTo: x\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
                  "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                  "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; ext.test\r\n\r\n"
                  "Final-Recipient: rfc822; moved@ext.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n")
        self.smtp().sendmail("", [token], report)
        wait_for("the address is suppressed",
                 lambda: gateway.json("user", "show", "moved").get("address") == "suppressed"
                 or "suppress" in str(gateway.json("user", "show", "moved")))

    def test_unsubscribing_by_mail_works_through_postfix(self):
        self.smtp("127.0.0.1").sendmail(f"noreply@{DOMAIN}", [f"tom@{DOMAIN}"], message("News", "feature.announced"))
        mail = wait_for("the external copy", lambda: [m for m in sink.to("tom@ext.test") if parse(m.octets)["Subject"] == "News"])[0]
        address = re.search(r"mailto:([^>?]+)", str(parse(mail.octets)["List-Unsubscribe"])).group(1)
        self.smtp().sendmail("tom@ext.test", [address], message("unsubscribe", sender="tom@ext.test"))
        wait_for("the choice", lambda: "unsubscribe" in str(gateway.json("prefs", "get", "tom")))


class AuthenticationResults(Case):
    forged = f"{NAME}; dmarc=pass header.from=bank.test"

    def fields(self, subject, sender, **more):
        self.smtp().sendmail("stranger@ext.test", [f"postmaster@{DOMAIN}"], message(subject, sender=sender, **more))
        return parse(self.wait_in_folder("boss", "INBOX", subject).body).get_all("Authentication-Results", [])

    def test_only_what_our_milter_said_is_shown(self):
        (field,) = self.fields("Checked", "someone@ext.test", Authentication_Results=self.forged)
        self.assertIn("dmarc=pass", field)
        self.assertIn("header.from=ext.test", field)
        (field,) = self.fields("Failed", "ceo@bank.test", Authentication_Results=self.forged)
        self.assertIn("dmarc=fail", field)

    def test_a_forged_field_is_gone_even_where_the_milter_says_nothing(self):
        self.assertEqual(self.fields("unchecked mail", "ceo@bank.test", Authentication_Results=self.forged), [])

    def test_the_words_of_others_are_left_alone(self):
        other = "mail.far.test; spf=pass smtp.mailfrom=far.test"
        self.assertEqual(len(self.fields("From afar", "someone@ext.test", Authentication_Results=other)), 2)

    def test_past_postfix_nothing_in_our_name_is_believed(self):
        lmtp = Smtp(SimpleNamespace(lmtp_socket=postfix.sockets / "lmtp"), "lmtp-unix")
        self.addCleanup(lmtp.close)
        lmtp.command("XFORWARD ADDR=192.0.2.9 SOURCE=REMOTE")
        twice = message("Two fields", sender="a@ext.test")
        twice = b"".join(b"Authentication-Results: mx.example.test; dmarc=%s header.from=ext.test\r\n" % word
                         for word in (b"fail", b"pass")) + twice
        self.assertEqual(lmtp.mail("a@ext.test", [f"postmaster@{DOMAIN}"], twice)[0].code, 250)
        shown = parse(self.wait_in_folder("boss", "INBOX", "Two fields").body).get_all("Authentication-Results")
        self.assertEqual(["dmarc=fail" in field for field in shown], [True])
        with Smtp(gateway, "smtp", OUTSIDE) as smtp:
            reply = smtp.mail("a@ext.test", [f"postmaster@{DOMAIN}"], twice.replace(b"Two fields", b"No fields"))
            self.assertEqual(reply.code, 250)
        shown = parse(self.wait_in_folder("boss", "INBOX", "No fields").body).get_all("Authentication-Results")
        self.assertIsNone(shown)


class Submission(Case):
    def swaks(self, *words, sender=f"jane@{DOMAIN}", to="friend@ext.test", password=PASSWORD, user="jane", mechanism="PLAIN"):
        done = subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port", str(postfix.submission), "--local-interface", OUTSIDE, "--ehlo", "client.test",
             "--timeout", "30", "--tls", "--tls-verify", "--tls-ca-path", str(certificates() / "ca.crt"), "--auth", mechanism,
             "--auth-user", user, "--auth-password", password, "--from", sender, "--to", to, "--header-From", sender, *words],
            capture_output=True, timeout=90)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    def test_our_passwords_are_good_for_postfix(self):
        for mechanism in ("PLAIN", "LOGIN"):
            with self.subTest(mechanism=mechanism):
                code, said = self.swaks("--header", f"Subject: By {mechanism}", mechanism=mechanism)
                self.assertEqual(code, 0, said)
                wait_for("the mail outside", lambda: [m for m in sink.to("friend@ext.test")
                                                      if parse(m.octets)["Subject"] == f"By {mechanism}"])
        self.assertIn("event=auth_login", gateway.log())
        postfix.wait_in_log("sasl_username=jane")

    def test_scram_goes_through_postfix_too(self):
        for password, code in ((PASSWORD, 235), ("wrong", 535)):
            smtp = Smtp(SimpleNamespace(ports={"submission": postfix.submission}), "submission", OUTSIDE)
            self.addCleanup(smtp.close)
            self.assertNotIn("AUTH", smtp.hello.text)
            self.assertIn("SCRAM-SHA-256", smtp.start_tls().text)
            self.assertEqual(smtp.scram("jane", password).code, code)

    def test_wrong_unknown_and_disabled_are_refused_alike(self):
        said = set()
        for user, password in (("jane", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
            code, text = self.swaks(user=user, password=password)
            self.assertEqual(code, 28, text)
            said.add(re.search(r"535 .*", text).group(0))
        self.assertEqual(len(said), 1, said)
        self.assertIn("Wrong login or password", said.pop())

    def test_nobody_sends_in_the_name_of_another(self):
        code, said = self.swaks(sender=f"tom@{DOMAIN}")
        self.assertEqual(code, 24, said)
        self.assertIn("not owned by user jane", said)

    def test_mail_to_users_is_refused_at_once_by_this_way(self):
        code, said = self.swaks(to=f"tom@{DOMAIN}")
        self.assertEqual(code, 24, said)
        self.assertIn("550", said)

    def test_logins_survive_a_restart_of_the_gateway(self):
        self.assertEqual(self.swaks()[0], 0)
        self.assertEqual(gateway.stop(), 0)
        self.assertFalse((postfix.sockets / "auth").exists())
        gateway.start()
        code, said = self.swaks()
        self.assertEqual(code, 0, said)


class Outwards(Case):
    def test_external_mail_leaves_through_postfix_and_its_filters_are_not_asked(self):
        self.smtp("127.0.0.1").sendmail(f"noreply@{DOMAIN}", [f"jane@{DOMAIN}"], message("Paid", "payment.sent", "40.00 USD"))
        self.wait_in_folder("jane", "Account Alerts", "Paid")
        mail = wait_for("the external copy", lambda: [m for m in sink.to("jane@ext.test") if parse(m.octets)["Subject"] == "Paid"])[0]
        self.assertTrue(mail.sender.startswith("b-"))
        received = parse(mail.octets).get_all("Received")
        self.assertIn(f"by {NAME} (Postfix)", received[0])
        postfix.wait_in_log("postfix/message-center/smtpd")
        gateway.drained()

    def test_one_that_cannot_have_it_bounces_alone(self):
        octets = message("Same event", "rate.raised", event="e-plugin")
        self.smtp("127.0.0.1").sendmail(f"noreply@{DOMAIN}", [f"tom@{DOMAIN}"], octets)
        self.wait_in_folder("tom", "Account Alerts", "Same event")
        other = message("Same event", "rate.raised", event="e-plugin", body="Something else.\n")
        self.smtp("127.0.0.1").sendmail("ops@ext.test", [f"tom@{DOMAIN}", f"jane@{DOMAIN}"], other)
        self.wait_in_folder("jane", "Account Alerts", "Same event")
        (bounce,) = sink.wait(1, "ops@ext.test")
        self.assertIn(b"5.6.0", bounce.octets)
        self.assertNotIn(b"jane@", bounce.octets.split(b"message/delivery-status")[1].split(b"--")[0])


class Doctor(Case):
    def doctor(self, directory, *words, config=None):
        return gateway.command("doctor", "postfix", "--config-dir", directory, *words)

    def broken(self, main="", master=lambda text: text):
        """A copy of the configuration with lines added to main.cf and master.cf changed."""
        directory = temporary_directory("mc-postfix-broken-")
        for name in ("main.cf", "master.cf"):
            shutil.copy(postfix.base / "conf" / name, directory)
        lines = (directory / "main.cf").read_text().splitlines(keepends=True)
        names = {line.split("=")[0].strip() for line in main.splitlines()}
        kept = [line for line in lines if line.split("=")[0].strip() not in names]
        (directory / "main.cf").write_text("".join(kept) + main)
        (directory / "master.cf").write_text(master((directory / "master.cf").read_text()))
        return directory

    def test_a_postfix_set_up_as_the_page_says_is_well(self):
        outcome = self.doctor(postfix.base / "conf")
        self.assertEqual(outcome.code, 0, outcome)
        found = self.doctor(postfix.base / "conf", "--json").json()
        self.assertEqual([f for f in found if f["state"] != "ok"], [])
        self.assertGreaterEqual(len(found), 16)

    def test_what_is_not_well_is_named_with_the_line_that_mends_it(self):
        no_filter = lambda text: text.replace("  -o content_filter=\n", "  -o content_filter=smtp:[127.0.0.1]:10024\n")
        no_relay = lambda text: text.replace("smtpd_relay_restrictions=permit_mynetworks,reject", "smtpd_relay_restrictions=reject")
        rows = [
            ("relay_domains = other.test\n", None, "domain", "relay_domains = example.test"),
            (f"mydestination = localhost, {DOMAIN}\n", None, "local delivery", "mydestination = localhost"),
            ("relay_transport = lmtp:inet:127.0.0.1:24\n", None, "transport", "relay_transport = lmtp:unix:message-center/lmtp"),
            ("relay_transport = smtp:[127.0.0.1]\n", None, "transport", "relay_transport = lmtp:unix:message-center/lmtp"),
            ("lmtp_send_xforward_command = no\n", None, "xforward", "lmtp_send_xforward_command = yes"),
            ("smtpd_recipient_restrictions = permit_mynetworks\n", None, "recipients", "check_recipient_access inline:{example.test="),
            ("unverified_recipient_reject_code = 450\n", None, "recipient code", "unverified_recipient_reject_code = 550"),
            ("address_verify_sender = probe@example.test\n", None, "recipient probes", "address_verify_sender = double-bounce"),
            ("message_size_limit = 99000000\n", None, "message size", "message_size_limit = 52428800"),
            ("smtputf8_enable = no\n", None, "smtputf8", "smtputf8_enable = yes"),
            ("header_checks =\n", None, "authentication results", "header_checks = regexp:"),
            ("smtpd_sasl_type = cyrus\n", None, "logins", "smtpd_sasl_type = dovecot"),
            ("smtpd_sasl_path = private/auth\n", None, "logins", "smtpd_sasl_path = message-center/auth"),
            ("mail_owner = nobody\n", None, "lmtp socket", "install -d"),
            ("", no_filter, "smarthost filters", "-o content_filter="),
            ("", lambda text: text.replace("-o smtpd_sasl_auth_enable=yes\n", "-o syslog_name=x\n"), "logins", "-o smtpd_sasl_auth_enable=yes"),
        ]
        for main, master, check, line in rows:
            with self.subTest(main=main, check=check):
                outcome = self.doctor(self.broken(main, master or (lambda text: text)), "--json")
                self.assertEqual(outcome.code, 1, outcome)
                (found,) = [f for f in outcome.json() if f["check"] == check]
                self.assertIn(found["state"], ("missing", "wrong"))
                self.assertIn(line, found["add"])

    def test_missing_and_wrong_are_told_apart_and_people_can_read_it(self):
        directory = self.broken("lmtp_send_xforward_command = no\n")
        outcome = self.doctor(directory)
        self.assertEqual(outcome.code, 1)
        self.assertRegex(outcome.out, r"(?m)^wrong +xforward +Postfix does not say")
        self.assertIn("xforward, in main.cf:\n  lmtp_send_xforward_command = yes\n", outcome.out)
        text = (directory / "main.cf").read_text().replace("lmtp_send_xforward_command = no\n", "")
        (directory / "main.cf").write_text(text)
        self.assertRegex(self.doctor(directory).out, r"(?m)^missing +xforward ")

    def test_a_smarthost_that_does_not_take_our_mail_is_found_out(self):
        text = gateway.config.read_text()
        self.addCleanup(gateway.config.write_text, text)
        for port, says in ((postfix.port, None), (1, "cannot be reached")):
            gateway.config.write_text(text.replace(f"127.0.0.1:{postfix.back}", f"127.0.0.1:{port}"))
            found = {f["check"]: f for f in self.doctor(postfix.base / "conf", "--json").json()}
            if says:
                self.assertEqual(found["smarthost"]["state"], "wrong")
                self.assertIn(says, found["smarthost"]["says"])
        sink.mode = "refuse"
        self.addCleanup(setattr, sink, "mode", "accept")
        gateway.config.write_text(text.replace(f"127.0.0.1:{postfix.back}", sink.address))
        found = {f["check"]: f for f in self.doctor(postfix.base / "conf", "--json").json()}
        self.assertIn("refuses to relay: 550", found["smarthost"]["says"])

    def test_without_postfix_it_says_so(self):
        outcome = gateway.command("doctor", "postfix", "--postconf", "/nowhere/postconf")
        self.assertEqual(outcome.code, 1)
        self.assertIn("cannot run /nowhere/postconf", outcome.err)

    def test_the_page_is_whole(self):
        for name in ("toml", "main.cf", "master.cf"):
            self.assertTrue(block(name).strip())


if __name__ == "__main__":
    unittest.main()
