"""A private Postfix: its own configuration, queue, data and log; it shares nothing with an installed one."""

import grp
import os
import re
import shutil
import signal
import subprocess
import tomllib

from harness import DOMAIN, SOURCE, Gateway, certificates, free_port, temporary_directory, wait_for

SERVICES = """cleanup unix n - n - 0 cleanup
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

SMTPD = "127.0.0.1:{port} inet n - n - - smtpd\n"

# What any Postfix has, here in a directory of its own.
BASE = """compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
maillog_file = {base}/log/maillog
maillog_file_prefixes = {base}
syslog_name = mc-e2e
myhostname = {name}.{domain}
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
relayhost = [127.0.0.1]:{sink}
smtpd_client_connection_count_limit = 0
smtp_tls_security_level = none
minimal_backoff_time = 300s
default_process_limit = 20
biff = no
"""

MAIN = """relay_domains = {domain}
relay_transport = {lmtp}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions =
lmtp_send_xforward_command = yes
lmtp_tls_security_level = {tls}
smtputf8_enable = yes
message_size_limit = 100000000
"""


class Postfix:
    """`lmtp`: where mail for our domain goes, as Postfix writes it (lmtp:inet:host:port, lmtp:unix:/path)."""

    def __init__(self, lmtp, sink_port, port=None, tls="none"):
        self.make_directories()
        self.port = port or free_port()
        self.write(SMTPD.format(port=self.port) + SERVICES,
                   BASE.format(base=self.base, name="mta", domain=DOMAIN, sink=sink_port)
                   + MAIN.format(domain=DOMAIN, lmtp=lmtp, tls=tls))

    def make_directories(self):
        self.base = temporary_directory("mc-postfix-")
        for name in ("conf", "spool", "data", "log"):
            (self.base / name).mkdir()
        shutil.chown(self.base / "data", "postfix")

    def write(self, master, main):
        (self.base / "conf/master.cf").write_text(master)
        (self.base / "conf/main.cf").write_text(main)

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


PAGE = (SOURCE / "docs/postfix.md").read_text()


def block(name, page=PAGE):
    """The one code block of docs/postfix.md that is for the file of this name."""
    (text,) = re.findall(rf"^```{re.escape(name)}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return text


def replaced(text, replacements):
    """Each of them must be there: the page and the tests cannot part."""
    for old, new in replacements.items():
        if old not in text:
            raise AssertionError(f"docs/postfix.md does not say {old!r}")
        text = text.replace(old, new)
    return text


class PluginPostfix(Postfix):
    """As docs/postfix.md describes it. `port`: from the world; `submission`: with a password; `back`: from the gateway."""

    SOCKETS = "/var/spool/postfix/message-center"

    def __init__(self, sink_port, milter):
        self.make_directories()
        self.sockets = self.base / "spool/message-center"
        subprocess.run(["install", "-d", "-o", "root", "-g", "postfix", "-m", "2750", self.sockets], check=True)
        self.port, self.submission, self.back = free_port(), free_port(), free_port()
        certs = certificates()
        base = BASE.format(base=self.base, name="mx", domain=DOMAIN, sink=sink_port)
        base += (f"smtpd_tls_cert_file = {certs}/server.crt\nsmtpd_tls_key_file = {certs}/server.key\n"
                 "address_verify_poll_delay = 1s\n")
        self.write(
            replaced(block("master.cf"), {"smtp       inet": f"127.0.0.1:{self.port} inet",
                                          "submission inet": f"127.0.0.1:{self.submission} inet",
                                          "127.0.0.1:2525 inet": f"127.0.0.1:{self.back} inet"}) + SERVICES,
            base + replaced(block("main.cf"), {"inet:127.0.0.1:8893": milter}))

    def gateway(self, users, **more):
        """A gateway configured as the page says."""
        said = replaced(block("toml"), {self.SOCKETS: str(self.sockets), "127.0.0.1:2525": f"127.0.0.1:{self.back}"})
        config = tomllib.loads(said)
        trusted = ", ".join(f'"{peer}"' for peer in config["smtp"].pop("trusted"))
        return Gateway(users, smtp=config["smtp"], auth=config["auth"], external=config["external"], trusted=trusted, **more)


def allow_postfix(socket_path):
    """What an admin does with a group: the mail system may write to the gateway's socket (mode 0660)."""
    os.chown(socket_path, -1, grp.getgrnam("postfix").gr_gid)
