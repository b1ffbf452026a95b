"""A private Postfix: its own configuration, queue, data and log; it shares nothing with an installed one."""

import grp
import os
import shutil
import signal
import subprocess

from harness import DOMAIN, free_port, temporary_directory, wait_for

MASTER = """127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
maillog_file = {base}/log/maillog
maillog_file_prefixes = {base}
syslog_name = mc-e2e
myhostname = mta.{domain}
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = {domain}
relay_transport = {lmtp}
relayhost = [127.0.0.1]:{sink}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_client_connection_count_limit = 0
lmtp_send_xforward_command = yes
lmtp_tls_security_level = {tls}
smtp_tls_security_level = none
smtputf8_enable = yes
message_size_limit = 100000000
minimal_backoff_time = 300s
default_process_limit = 20
biff = no
"""


class Postfix:
    """`lmtp`: where mail for our domain goes, as Postfix writes it (lmtp:inet:host:port, lmtp:unix:/path)."""

    def __init__(self, lmtp, sink_port, port=None, tls="none"):
        self.base = temporary_directory("mc-postfix-")
        self.port = port or free_port()
        for name in ("conf", "spool", "data", "log"):
            (self.base / name).mkdir()
        shutil.chown(self.base / "data", "postfix")
        (self.base / "conf/master.cf").write_text(MASTER.format(port=self.port))
        (self.base / "conf/main.cf").write_text(
            MAIN.format(base=self.base, domain=DOMAIN, lmtp=lmtp, sink=sink_port, tls=tls))

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def run(self, program, *words):
        return subprocess.run([f"/usr/sbin/{program}", "-c", self.base / "conf", *words], capture_output=True, text=True,
                              timeout=60)

    def start(self):
        done = self.run("postfix", "start")
        if done.returncode != 0:
            raise AssertionError(f"postfix did not start: {done.stdout}{done.stderr}{self.log()}")
        return self

    def stop(self):
        """Ends the master and what it started."""
        pid_file = self.base / "spool/pid/master.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text())
        self.run("postfix", "stop")
        try:
            os.kill(pid, 0)
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def log(self):
        file = self.base / "log/maillog"
        return file.read_text(errors="replace") if file.exists() else ""

    def wait_in_log(self, text, seconds=30):
        """The log's lines that hold `text`, once there is one."""
        return wait_for(f"{text!r} in Postfix's log:\n{self.log()[-2000:]}",
                        lambda: [line for line in self.log().splitlines() if text in line], seconds)

    def queue(self):
        return self.run("postqueue", "-j").stdout.strip()


def allow_postfix(socket_path):
    """What an admin does with a group: the mail system may write to the gateway's socket (mode 0660)."""
    os.chown(socket_path, -1, grp.getgrnam("postfix").gr_gid)
