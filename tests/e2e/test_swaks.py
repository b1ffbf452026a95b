"""Submission as mail programs do it: swaks, plain sockets, SCRAM."""

import shutil
import subprocess
import unittest
from email.header import decode_header, make_header

from clients import Smtp, dotted, folder, folders_with_mail, message, submit, tls_context
from harness import DOMAIN, OUTSIDE, PASSWORD, Gateway, certificates
from sink import parse

MAX = 256 * 1024


def setUpModule():
    global gateway
    gateway = Gateway(["boss:admin", "jane", "tom", "app:platform"], smtp={"max_message_size": "256KiB"}).start()
    unittest.addModuleCleanup(gateway.stop)


@unittest.skipUnless(shutil.which("swaks"), "swaks is not installed")
class Swaks(unittest.TestCase):
    def swaks(self, service, *words, source="127.0.0.1", to=f"tom@{DOMAIN}", sender=f"jane@{DOMAIN}"):
        """(exit code, transcript)"""
        done = subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port", str(gateway.ports[service]), "--local-interface", source,
             "--ehlo", "client.test", "--timeout", "20", "--from", sender, "--to", to, "--header-From", sender,
             *words], capture_output=True, timeout=60)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    def sent(self, subject, user="tom", name="INBOX"):
        return [m for m in folder(gateway, user, name) if f"Subject: {subject}\r\n".encode() in m.body]

    def login(self, mechanism="PLAIN", user="jane", password=PASSWORD):
        return ("--auth", mechanism, "--auth-user", user, "--auth-password", password)

    def test_starttls_and_a_password_send_a_message(self):
        code, said = self.swaks("submission", "--tls", "--tls-verify", "--tls-ca-path", str(certificates() / "ca.crt"),
                                *self.login(), "--header", "Subject: By STARTTLS")
        self.assertEqual(code, 0, said)
        (copy,) = self.sent("By STARTTLS")
        self.assertIn(b"This is a test mailing", copy.body)
        self.assertNotIn(b"client.test", copy.body)  # the sender's machine is nobody's business

    def test_implicit_tls_works_too(self):
        code, said = self.swaks("submissions", "--tls-on-connect", *self.login(), "--header", "Subject: By TLS")
        self.assertEqual(code, 0, said)
        self.assertEqual(len(self.sent("By TLS")), 1)

    def test_auth_login_works_where_it_is_offered(self):
        code, said = self.swaks("submission", "--tls", *self.login("LOGIN"), "--header", "Subject: By LOGIN")
        offered = any("AUTH" in line and "LOGIN" in line for line in said.splitlines() if "250" in line)
        self.assertEqual(code == 0, offered, said)

    def test_a_wrong_password_is_refused(self):
        code, said = self.swaks("submission", "--tls", *self.login(password="wrong"))
        self.assertEqual(code, 28, said)
        self.assertIn("535 5.7.8", said)

    def test_without_a_password_nothing_is_taken(self):
        code, said = self.swaks("submission")
        self.assertNotEqual(code, 0)
        self.assertIn("530 5.7.0", said)

    def test_relaying_is_refused_to_everybody(self):
        for words, service, source in ((self.login(), "submission", "127.0.0.1"), ((), "smtp", OUTSIDE),
                                       ((), "smtp", "127.0.0.1")):
            with self.subTest(service=service, source=source):
                code, said = self.swaks(service, *words, source=source, to="victim@elsewhere.test")
                self.assertEqual(code, 24, said)
                self.assertIn("550 5.7.1", said)

    def test_the_port_for_mail_servers_knows_no_passwords(self):
        code, said = self.swaks("smtp", *self.login())
        self.assertNotEqual(code, 0)
        self.assertNotIn("AUTH PLAIN", said.split("EHLO")[1].split("->")[0])

    def test_the_platform_submits_with_a_password_what_users_may_not(self):
        code, said = self.swaks("submission", "--tls", *self.login(user="app"), "--header", "Subject: Rate",
                                "--add-header", "X-MC-Type: rate.raised", sender=f"noreply@{DOMAIN}")
        self.assertEqual(code, 0, said)
        self.assertEqual(len(self.sent("Rate", name="Account Alerts")), 1)

    def test_nobody_sends_in_the_name_of_another(self):
        code, said = self.swaks("submission", "--tls", *self.login(), sender=f"boss@{DOMAIN}")
        self.assertNotEqual(code, 0)
        self.assertIn("550 5.7.1", said)
        code, said = self.swaks("submission", "--tls", *self.login(), "--header-From", f"boss@{DOMAIN}")
        self.assertEqual(code, 26, said)

    def test_pipelining_works(self):
        code, said = self.swaks("submission", "--tls", "--pipeline", *self.login(), "--header", "Subject: Pipelined")
        self.assertEqual(code, 0, said)
        self.assertEqual(len(self.sent("Pipelined")), 1)

    def test_xclient_of_a_trusted_proxy_gives_the_rights_of_the_client_behind_it(self):
        for address, allowed in (("192.0.2.7", False), ("127.0.0.1", True)):
            with self.subTest(address=address):
                code, said = self.swaks("smtp", "--xclient-addr", address, "--xclient-name", "client.elsewhere.test",
                                        "--header", f"Subject: From {address}")
                self.assertEqual(code == 0, allowed, said)
        code, said = self.swaks("smtp", "--xclient-addr", "127.0.0.1", source=OUTSIDE)
        self.assertNotEqual(code, 0)
        self.assertNotIn("-XCLIENT", said.replace("XCLIENT ADDR", ""))

    def test_a_message_over_the_limit_is_refused_whether_announced_or_not(self):
        file = gateway.directory / "long"
        file.write_text("x\n" * (MAX // 2))
        code, said = self.swaks("submission", "--tls", *self.login(), "--body", f"@{file}")
        self.assertEqual(code, 26, said)
        self.assertIn("552 5.3.4", said)
        with Smtp(gateway, "submission") as smtp:
            smtp.login("jane")
            self.assertIn(f"SIZE {MAX}", smtp.hello.text)
            self.assertEqual(smtp.command(f"MAIL FROM:<jane@{DOMAIN}> SIZE={MAX + 1}").code, 552)
            self.assertEqual(smtp.command(f"MAIL FROM:<jane@{DOMAIN}> SIZE={MAX}").code, 250)


class Conversations(unittest.TestCase):
    def test_scram_works_and_the_server_proves_itself(self):
        for service in ("submission", "submissions"):
            with self.subTest(service=service), Smtp(gateway, service) as smtp:
                self.assertIn("SCRAM-SHA-256", smtp.hello.text)
                self.assertEqual(smtp.scram("jane").code, 235)
                self.assertEqual(smtp.mail(f"jane@{DOMAIN}", [f"tom@{DOMAIN}"], message(sender=f"jane@{DOMAIN}")).code,
                                 250)
        for user, password in (("jane", "wrong"), ("nobody", PASSWORD)):
            with self.subTest(user=user), Smtp(gateway, "submission") as smtp:
                self.assertEqual(smtp.scram(user, password).code, 535)

    def test_a_password_beyond_ascii_works_with_plain_and_scram(self):
        gateway.add_user("umlaut")
        gateway.command("user", "password", "umlaut", stdin="pa ß'wörd\"\\\n".encode())
        with Smtp(gateway, "submission") as smtp:
            self.assertEqual(smtp.login("umlaut", "pa ß'wörd\"\\").code, 235)
        with Smtp(gateway, "submission") as smtp:
            self.assertEqual(smtp.scram("umlaut", "pa ß'wörd\"\\").code, 235)

    def test_what_was_said_before_starttls_is_forgotten(self):
        with Smtp(gateway, "submission") as smtp:
            self.assertEqual(smtp.login("jane").code, 235)
            smtp.command(f"MAIL FROM:<jane@{DOMAIN}>")
            hello = smtp.start_tls()
            self.assertNotIn("STARTTLS", hello.text)
            self.assertEqual(smtp.command(f"RCPT TO:<tom@{DOMAIN}>").code, 530)
        with Smtp(gateway, "submission") as smtp:  # commands hidden behind STARTTLS in one packet
            smtp.send("STARTTLS\r\nEHLO injected\r\nNOOP\r\n")
            self.assertEqual(smtp.reply().code, 220)
            smtp.file.close()
            smtp.socket = tls_context().wrap_socket(smtp.socket, server_hostname="localhost")
            smtp.file = smtp.socket.makefile("rb")
            self.assertEqual(smtp.command("AUTH PLAIN").code, 503)  # no EHLO was said inside
            self.assertEqual(smtp.command("NOOP").code, 250)

    def test_smtputf8_carries_international_addresses(self):
        octets = message("Ünïcode", sender=f"Jane <jane@{DOMAIN}>", to=f"Töm <tom@{DOMAIN}>")
        self.assertEqual(submit(gateway, "jane", "tom", octets, " SMTPUTF8 BODY=8BITMIME").code, 250)
        subjects = [str(make_header(decode_header(parse(m.body)["Subject"]))) for m in folder(gateway, "tom", "INBOX")]
        self.assertIn("Ünïcode", subjects)
        with Smtp(gateway, "submission") as smtp:
            smtp.login("jane")
            smtp.command(f"MAIL FROM:<jane@{DOMAIN}>")
            self.assertEqual(smtp.command(f"RCPT TO:<töm@{DOMAIN}>").code, 553)
            smtp.command("RSET")
            smtp.command(f"MAIL FROM:<jane@{DOMAIN}> SMTPUTF8")
            self.assertEqual(smtp.command(f"RCPT TO:<töm@{DOMAIN}>").code, 550)

    def test_chunks_make_the_same_message_as_data(self):
        gateway.add_user("chunky")
        octets = message("Chunks", "rate.raised", body=".\n..\nend without a dot line\n")
        with Smtp(gateway, "lmtp") as lmtp:
            for cut in (1, 7, len(octets) // 2):
                lmtp.command(f"MAIL FROM:<noreply@{DOMAIN}>")
                lmtp.command(f"RCPT TO:<chunky@{DOMAIN}>")
                lmtp.send(f"BDAT {cut}\r\n".encode() + octets[:cut] + f"BDAT {len(octets) - cut} LAST\r\n".encode()
                          + octets[cut:])
                self.assertEqual([lmtp.reply().code, lmtp.reply().code], [250, 250])
            lmtp.mail(f"noreply@{DOMAIN}", [f"chunky@{DOMAIN}"], octets)
        copies = folder(gateway, "chunky", "Account Alerts")
        self.assertEqual(len(copies), 4)
        self.assertTrue(all(m.body.endswith(octets) for m in copies))

    def test_smtp_is_all_or_nothing_and_lmtp_answers_for_each(self):
        gateway.add_user("first")
        octets = message("Two", "rate.raised")
        with Smtp(gateway, "lmtp") as lmtp:
            replies = lmtp.mail("", [f"first@{DOMAIN}", f"nobody@{DOMAIN}", f"tom@{DOMAIN}"], octets)
            self.assertEqual([r.code for r in replies], [250, 550, 250])
        self.assertEqual(folders_with_mail(gateway, "first"), {"Account Alerts": 1})

    def test_a_null_sender_and_quoted_addresses_are_understood(self):
        with Smtp(gateway, "lmtp") as lmtp:
            for address in (f'"tom"@{DOMAIN}', f"TOM@{DOMAIN.upper()}", f"@relay.test:tom@{DOMAIN}"):
                with self.subTest(address=address):
                    self.assertEqual(lmtp.mail("", [address], message("To Tom", "rate.raised"))[0].code, 250)

    def test_a_success_report_comes_to_who_asks_for_it(self):
        with Smtp(gateway, "submission") as smtp:
            smtp.login("jane")
            smtp.command(f"MAIL FROM:<jane@{DOMAIN}> RET=HDRS ENVID=abc")
            self.assertEqual(smtp.command(f"RCPT TO:<tom@{DOMAIN}> NOTIFY=SUCCESS,FAILURE").code, 250)
            smtp.command("DATA")
            smtp.send(dotted(message("Report me", sender=f"jane@{DOMAIN}")))
            self.assertEqual(smtp.reply().code, 250)
        with_report = [m for name in folders_with_mail(gateway, "jane") for m in folder(gateway, "jane", name)]
        self.assertTrue(any(b"report-type" in m.body and b"Action: delivered" in m.body for m in with_report))


if __name__ == "__main__":
    unittest.main()
