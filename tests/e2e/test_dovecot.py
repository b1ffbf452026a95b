"""The IMAP transcripts, run against Debian's Dovecot: what we expect of ourselves is what IMAP says."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness

CONFIG = """
base_dir = {run}
state_dir = {run}
log_path = {directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = mdbox:{directory}/mail/%n
first_valid_uid = 1
mail_max_userip_connections = 0
namespace inbox {{
  inbox = yes
  prefix =
  separator = /
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={directory}/home/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def test_program():
    for preset in ("asan", "debug"):
        path = harness.SOURCE / "build" / preset / "tests" / "test_imap"
        if path.exists():
            return path
    return None


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as peer:
            return peer.recv(4) == b"* OK"
    except OSError:
        return False


class Dovecot(unittest.TestCase):
    def setUp(self):
        if not shutil.which("dovecot"):
            self.skipTest("Dovecot is not installed")
        self.program = test_program()
        if self.program is None:
            self.skipTest("the IMAP tests are not built")
        # Short, for the socket paths in it; readable by Dovecot's own users.
        self.directory = Path(tempfile.mkdtemp(prefix="mc-dc-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.directory.chmod(0o755)
        mail = pwd.getpwnam("mail")
        for name in ("mail", "home"):
            (self.directory / name).mkdir()
            os.chown(self.directory / name, mail.pw_uid, mail.pw_gid)
        self.port = harness.free_port()
        config = self.directory / "dovecot.conf"
        config.write_text(CONFIG.format(run=self.directory / "run", directory=self.directory, port=self.port))
        self.server = subprocess.Popen(["dovecot", "-F", "-c", config], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        harness.wait_for("Dovecot to answer", lambda: answers(self.port))

    def stop(self):
        self.server.terminate()
        self.server.wait(10)

    def test_the_imap_transcripts_hold_for_dovecot_too(self):
        environment = dict(os.environ, MC_TRANSCRIPT_SERVER=f"127.0.0.1:{self.port}", MC_TRANSCRIPT_USER="t%",
                           MC_TRANSCRIPT_PASSWORD="secret")
        done = subprocess.run([self.program, "--run_test=transcripts", "--report_level=short"], env=environment,
                              capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
