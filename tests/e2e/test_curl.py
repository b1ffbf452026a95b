"""curl as an IMAP and SMTP client."""

import shutil
import subprocess
import unittest

from clients import deliver, folder, message
from harness import DOMAIN, PASSWORD, Gateway, certificates


def setUpModule():
    global gateway
    if not shutil.which("curl"):
        raise unittest.SkipTest("curl is not installed")
    gateway = Gateway(["jane", "tom"]).start()
    unittest.addModuleCleanup(gateway.stop)
    for number in (1, 2, 3):
        octets = message(f"Rate {number}", "rate.raised", body=f"The new rate is {number}.\n")
        assert deliver(gateway, "jane", octets).code == 250


class Curl(unittest.TestCase):
    def curl(self, path, *words, tls="starttls", code=0, user=f"jane:{PASSWORD}", stdin=None):
        """Octets that curl printed. tls: no, starttls, implicit."""
        scheme, service = ("imaps", "imaps") if tls == "implicit" else ("imap", "imap")
        return self.run_curl(f"{scheme}://localhost:{gateway.ports[service]}/{path}", words, tls, code, user, stdin)

    def run_curl(self, url, words, tls, code, user, stdin):
        safe = {"no": [], "starttls": ["--ssl-reqd"], "implicit": []}[tls]
        done = subprocess.run(["curl", "-sS", "-4", "--max-time", "30", "--cacert", str(certificates() / "ca.crt"), *safe,
                               "--user", user, "--url", url, *words], input=stdin, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_it_lists_the_folders_with_and_without_tls(self):
        for tls in ("no", "starttls", "implicit"):
            with self.subTest(tls=tls):
                listed = self.curl("", tls=tls)
                for name in (b"INBOX", b'"Account Alerts"', b"Updates", b"Tickets", b"Sent", b"Drafts", b"Trash",
                             b"Archive"):
                    self.assertIn(name, listed)

    def test_it_fetches_a_message_whole_by_number_and_by_uid_and_in_parts(self):
        (whole, *_) = folder(gateway, "jane", "Account Alerts")
        self.assertEqual(self.curl("Account%20Alerts;MAILINDEX=1"), whole.body)
        self.assertEqual(self.curl(f"Account%20Alerts;UID={whole.uid}", tls="implicit"), whole.body)
        self.assertEqual(self.curl("Account%20Alerts;MAILINDEX=1;SECTION=TEXT"), b"The new rate is 1.\r\n")
        header = self.curl("Account%20Alerts;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)")
        self.assertEqual(header, b"Subject: Rate 1\r\n\r\n")
        self.curl("Account%20Alerts;MAILINDEX=99", code=78)

    def test_it_uploads_a_message_that_comes_back_unchanged(self):
        octets = message("Appended", sender=f"jane@{DOMAIN}", body="Line.\n.\n" + "y" * 50_000 + "\n")
        file = gateway.directory / "upload"
        file.write_bytes(octets)
        self.curl("Drafts", "--upload-file", str(file))
        self.assertEqual([m.body for m in folder(gateway, "jane", "Drafts")], [octets])
        self.curl("Account%20Alerts", "--upload-file", str(file), code=25)

    def test_it_searches(self):
        self.assertEqual(self.curl("Account%20Alerts?SUBJECT%20%22Rate%202%22").strip(), b"* SEARCH 2")
        self.assertEqual(self.curl("Account%20Alerts?BODY%20rate").strip(), b"* SEARCH 1 2 3")
        self.assertEqual(self.curl("Account%20Alerts?FROM%20nobody").strip(), b"* SEARCH")

    def test_custom_commands_work(self):
        self.assertIn(b"MESSAGES 3", self.curl("", "--request", 'STATUS "Account Alerts" (MESSAGES UIDNEXT)'))
        self.assertIn(b"FLAGS (\\Flagged", self.curl("Account%20Alerts", "--request", "STORE 3 +FLAGS (\\Flagged)"))
        self.assertIn(b"ENVELOPE", self.curl("Account%20Alerts", "--request", "FETCH 1:* (ENVELOPE BODYSTRUCTURE)"))
        self.curl("", "--request", "CREATE Projects/2026")
        self.assertIn(b"Projects/2026", self.curl("", "--request", 'LIST "" *'))
        self.curl("", "--request", "DELETE INBOX", code=21)
        self.curl("", "--request", "NONSENSE", code=21)

    def test_a_wrong_password_is_refused(self):
        self.curl("", user="jane:wrong", code=67)
        self.curl("", user=f"nobody:{PASSWORD}", code=67)

    def send(self, service, tls, to, code=0):
        url = f"{'smtps' if tls == 'implicit' else 'smtp'}://localhost:{gateway.ports[service]}/client.test"
        octets = message(f"By {service} {tls}", sender=f"jane@{DOMAIN}")
        words = ["--mail-from", f"jane@{DOMAIN}", "--mail-rcpt", to, "--upload-file", "-"]
        self.run_curl(url, words, tls, code, f"jane:{PASSWORD}", octets)
        return octets

    def test_it_sends_by_submission_with_and_without_tls(self):
        for service, tls in (("submission", "no"), ("submission", "starttls"), ("submissions", "implicit")):
            with self.subTest(service=service, tls=tls):
                octets = self.send(service, tls, f"tom@{DOMAIN}")
                self.assertTrue(folder(gateway, "tom", "INBOX")[-1].body.endswith(octets.split(b"\r\n\r\n", 1)[1]))
        self.send("submission", "starttls", "victim@elsewhere.test", code=55)


if __name__ == "__main__":
    unittest.main()
