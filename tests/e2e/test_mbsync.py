"""mbsync keeps 2,000 messages the same on both sides, interrupted and resumed."""

import os
import re
import shutil
import signal
import subprocess
import time
import unittest
from collections import Counter
from pathlib import Path

from clients import Mailbox, deliver, message
from harness import PASSWORD, Gateway, certificates, temporary_directory, wait_for

RC = """IMAPAccount mc
Host localhost
Port {port}
User jane
Pass "{password}"
SSLType {tls}
CertificateFile "{certs}/ca.crt"
AuthMechs PLAIN

IMAPStore far
Account mc

MaildirStore near
Path {base}/mail/
Inbox {base}/mail/INBOX
SubFolders Verbatim

Channel mc
Far :far:
Near :near:
Patterns INBOX Reports Work Work/* Notes "Account Alerts"
Create Both
Expunge Both
Remove None
SyncState *
Sync All
"""
EACH = 500


def body(number):
    return message(f"Message {number}", body=f"Number {number}.\n" + "text " * (number % 300) + "\n", X_Test=f"n{number}")


def number_of(octets):
    return int(re.search(rb"X-Test: n(\d+)", octets)[1])


@unittest.skipUnless(shutil.which("mbsync"), "mbsync is not installed")
class TwoThousandMessages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(["jane"]).start()
        cls.addClassCleanup(cls.gateway.stop)
        cls.base = temporary_directory("mc-mbsync-")
        (cls.base / "mail").mkdir()
        (cls.base / "rc").write_text(RC.format(port=cls.gateway.ports["imap"], password=PASSWORD, tls="STARTTLS",
                                               certs=certificates(), base=cls.base))
        cls.fill_far()
        cls.fill_near()

    @classmethod
    def fill_far(cls):
        """INBOX and Reports on the server, by pipelined APPEND; five alerts by LMTP."""
        with Mailbox(cls.gateway, "jane") as mailbox:
            mailbox.create("Reports")
            for name, start in (("INBOX", 0), ("Reports", EACH)):
                batch = b""
                for number in range(start, start + EACH):
                    octets = body(number)
                    batch += b"x%d APPEND %s {%d+}\r\n%s\r\n" % (number, name.encode(), len(octets), octets)
                mailbox.send(batch)
                for _ in range(EACH):
                    line = mailbox.readline()
                    while not line.startswith(b"x"):
                        line = mailbox.readline()
                    assert b" OK [APPENDUID " in line, line
        for number in range(9000, 9005):
            assert deliver(cls.gateway, "jane", message("Rate", "rate.raised", X_Test=f"n{number}")).code == 250

    @classmethod
    def fill_near(cls):
        """Work/Deep and Notes on the client."""
        for name, start in (("Work/Deep", 2 * EACH), ("Notes", 3 * EACH)):
            folder = cls.base / "mail" / name
            for part in ("cur", "new", "tmp"):
                (folder / part).mkdir(parents=True)
            for number in range(start, start + EACH):
                (folder / "cur" / f"{number}.e2e.host:2,S").write_bytes(body(number).replace(b"\r\n", b"\n"))

    def command(self):
        return ["mbsync", "-c", str(self.base / "rc"), "mc"]

    def sync(self, resumed=False):
        done = subprocess.run(self.command(), capture_output=True, timeout=180, env={**os.environ, "HOME": str(self.base)})
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, said)
        if not resumed:  # after a kill -9 it says what it lost track of
            self.assertNotRegex(said.lower(), "warning|error")

    def near(self, name):
        """{number: flag letters} of a Maildir; fails on a double."""
        found = {}
        for part in ("cur", "new"):
            for path in (self.base / "mail" / name / part).iterdir():
                number = number_of(path.read_bytes())
                self.assertNotIn(number, found, f"{number} is twice in {name}")
                found[number] = "".join(sorted(path.name.rpartition(":2,")[2])) if ":2," in path.name else ""
        return found

    def far(self, name):
        letters = {"\\Seen": "S", "\\Flagged": "F", "\\Answered": "R", "\\Draft": "D", "\\Deleted": "T"}
        with Mailbox(self.gateway, "jane") as mailbox:
            messages = mailbox.messages(name)
        counts = Counter(number_of(m.body) for m in messages)
        self.assertEqual([n for n, count in counts.items() if count > 1], [], f"doubles in {name}")
        return {number_of(m.body): "".join(sorted(letters[f] for f in m.flags if f in letters)) for m in messages}

    def assert_equal_sides(self, sizes):
        for name, size in sizes.items():
            with self.subTest(folder=name):
                far, near = self.far(name), self.near(name)
                self.assertEqual(len(far), size)
                self.assertEqual(far, near)

    def near_count(self):
        return sum(1 for path in (self.base / "mail").rglob("cur/*")) + sum(
            1 for path in (self.base / "mail").rglob("new/*"))

    def interrupt_when(self, moved):
        """Runs mbsync and kills it once `moved` messages have come to our side (or it has ended)."""
        start = self.near_count()
        process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "HOME": str(self.base)})
        wait_for(f"{moved} messages moved", lambda: process.poll() is not None or self.near_count() - start >= moved, 60)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

    def file_of(self, name, number):
        (path,) = [p for p in (self.base / "mail" / name).rglob(f"*/*") if p.parent.name in ("cur", "new")
                   and number_of(p.read_bytes()) == number]
        return path

    def test_interrupted_resumed_and_changed_on_both_sides_they_end_up_equal(self):
        for moved in (100, 300):
            self.interrupt_when(moved)
        self.sync(resumed=True)
        sizes = {"INBOX": EACH, "Reports": EACH, "Work/Deep": EACH, "Notes": EACH, "Account Alerts": 5}
        self.assert_equal_sides(sizes)

        with Mailbox(self.gateway, "jane") as mailbox:
            mailbox.enter("INBOX")
            mailbox.store("1:50", "+FLAGS", "(\\Flagged \\Seen)")
            mailbox.store("51:60", "+FLAGS", "(\\Deleted)")
            mailbox.expunge()
            mailbox.append("Notes", "(\\Answered)", None, body(5000))
        for number in range(2 * EACH, 2 * EACH + 20):
            path = self.file_of("Work/Deep", number)
            path.rename(path.parent / (path.name + "T"))
        path = self.file_of("Notes", 3 * EACH)
        path.rename(path.parent / re.sub(":2,.*", ":2,FS", path.name))
        path = self.file_of("Account Alerts", 9000)
        path.rename(Path(str(path.parent).replace("/new", "/cur")) / (path.name.partition(":2,")[0] + ":2,S"))
        (self.base / "mail/Reports/new/fresh.e2e.host").write_bytes(body(5001).replace(b"\r\n", b"\n"))
        self.sync()
        self.assert_equal_sides({"INBOX": EACH - 10, "Reports": EACH + 1, "Work/Deep": EACH - 20, "Notes": EACH + 1,
                                 "Account Alerts": 5})
        self.assertEqual(self.far("Notes")[3 * EACH], "FS")
        self.assertEqual(self.near("Notes")[5000], "R")
        self.assertEqual(self.far("Account Alerts")[9000], "S")
        start = time.monotonic()
        self.sync()
        self.assertLess(time.monotonic() - start, 30, "a sync without news")


if __name__ == "__main__":
    unittest.main()
