"""mutt, typed at through a terminal."""

import os
import pty
import shutil
import signal
import subprocess
import threading
import unittest

from clients import Mailbox, deliver, folder, message
from harness import DOMAIN, PASSWORD, Gateway, certificates, temporary_directory

RC = """set imap_user="jane" imap_pass="{password}" folder="{url}/" spoolfile="{url}/INBOX"
set certificate_file="{certs}/ca.crt" ssl_starttls=yes ssl_force_tls=yes
set smtp_url="smtp://jane@localhost:{smtp}/" smtp_pass="{password}" from="jane@{domain}" hostname="client.test"
set header_cache="" message_cachedir="" tmpdir="{home}" mbox_type=Maildir record="=Sent"
set delete=yes move=no confirmappend=no confirmcreate=no wait_key=no mark_old=no quit=yes beep=no
set sleep_time=0 timeout=5 abort_noattach=no mail_check_stats=no imap_check_subscribed=no pager_stop=yes
set crypt_use_gpgme=no crypt_autosign=no send_charset="utf-8" charset="utf-8"
"""


def setUpModule():
    global gateway
    if not shutil.which("mutt"):
        raise unittest.SkipTest("mutt is not installed")
    gateway = Gateway(["jane", "tom"]).start()
    unittest.addModuleCleanup(gateway.stop)
    for number in (1, 2, 3):
        assert deliver(gateway, "jane", message(f"Rate {number}", "rate.raised")).code == 250
        assert deliver(gateway, "jane", message(f"Interview {number}", "interview.message")).code == 250


class Mutt(unittest.TestCase):
    def prepare(self, tls):
        """(base URL, configuration file, environment) of a fresh home."""
        home = temporary_directory("mc-mutt-")
        scheme, service = ("imaps", "imaps") if tls == "implicit" else ("imap", "imap")
        url = f"{scheme}://localhost:{gateway.ports[service]}"
        rc = home / "muttrc"
        rc.write_text(RC.format(password=PASSWORD, url=url, certs=certificates(), smtp=gateway.ports["submission"],
                                domain=DOMAIN, home=home))
        return url, rc, {**os.environ, "TERM": "vt100", "HOME": str(home), "LC_ALL": "C.UTF-8", "LINES": "30",
                         "COLUMNS": "100"}

    def mutt(self, where, keys, tls="starttls", seconds=20):
        """Opens a folder and types `keys` as mutt's own macro language writes them."""
        url, rc, environment = self.prepare(tls)
        command = ["mutt", "-n", "-F", str(rc), "-e", f'push "{keys}"', "-f", f"{url}/{where}"]
        terminal, theirs = pty.openpty()
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
                                   start_new_session=True)
        os.close(theirs)
        screen = bytearray()
        reader = threading.Thread(target=self.drain, args=(terminal, screen), daemon=True)
        reader.start()
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.fail(f"mutt did not end; its screen: {bytes(screen[-3000:])}")
        finally:
            reader.join(5)
            os.close(terminal)
        self.assertEqual(code, 0, bytes(screen[-3000:]))
        return screen.decode("utf-8", "replace")

    @staticmethod
    def drain(terminal, screen):
        while True:
            try:
                octets = os.read(terminal, 65536)
            except OSError:
                return
            if not octets:
                return
            screen += octets

    def flags(self, name):
        return {m.body.split(b"Subject: ")[1].split(b"\r\n")[0].decode(): set(m.flags) - {"\\Recent"}
                for m in folder(gateway, "jane", name)}

    def test_1_it_reads_and_flags_messages_in_account_alerts(self):
        piped = temporary_directory("mc-piped-") / "message"
        self.mutt("Account Alerts", f"<first-entry><display-message><exit><pipe-message>cat > {piped}<enter><next-entry>"
                                    "<flag-message><sync-mailbox><exit>")
        self.assertIn(b"\n\nText.", piped.read_bytes())
        self.assertEqual(self.flags("Account Alerts"), {"Rate 1": {"\\Seen"}, "Rate 2": {"\\Flagged"}, "Rate 3": set()})

    def test_2_it_copies_a_message_out_of_account_alerts_but_not_into_it(self):
        before = folder(gateway, "jane", "Account Alerts")
        self.mutt("Account Alerts", "<first-entry><copy-message>=Archive<enter><exit>", tls="implicit")
        self.assertEqual([m.body for m in folder(gateway, "jane", "Archive")], [before[0].body])
        self.mutt("Archive", "<first-entry><copy-message>=Updates<enter><exit>", tls="implicit")
        self.assertEqual(folder(gateway, "jane", "Updates"), [])
        self.assertEqual(len(folder(gateway, "jane", "Account Alerts")), 3)

    def test_3_it_deletes_and_moves_messages_in_the_inbox(self):
        self.mutt("INBOX", "<first-entry><delete-message><next-entry><save-message>=Trash<enter><sync-mailbox><exit>")
        left = self.flags("INBOX")
        moved = self.flags("Trash")
        self.assertEqual(len(left), 1)
        self.assertEqual(len(moved), 1)
        self.assertNotIn("Interview 1", {**left, **moved})

    def test_4_it_searches_and_creates_a_folder(self):
        self.mutt("INBOX", "<limit>~s Interview<enter><first-entry><copy-message>=MadeByMutt<enter><exit>")
        with Mailbox(gateway, "jane") as mailbox:
            self.assertIn("MadeByMutt", mailbox.folders())
        self.assertEqual(len(folder(gateway, "jane", "MadeByMutt")), 1)

    def test_5_it_sends_a_message_and_keeps_a_copy_in_sent(self):
        _, rc, environment = self.prepare("starttls")
        done = subprocess.run(["mutt", "-n", "-F", rc, "-s", "From mutt", f"tom@{DOMAIN}"], env=environment, timeout=30,
                              input="Hello Tom, grüße.\n".encode(), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        (copy,) = folder(gateway, "tom", "INBOX")
        self.assertIn(b"Subject: From mutt\r\n", copy.body)
        self.assertEqual(len(folder(gateway, "jane", "Sent")), 1)


if __name__ == "__main__":
    unittest.main()
