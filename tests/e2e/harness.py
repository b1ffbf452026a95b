"""A gateway under test: its directory, configuration, process and command line.

Everything lives in a temporary directory and on free ports; nothing outside is touched. Nothing here sleeps:
whatever takes time is waited for by asking again until a deadline (`wait_for`).
"""

import atexit
import datetime
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("MESSAGE_CENTER", SOURCE / "build/release/message-center"))
PASSWORD = "open-sesame"
DOMAIN = "example.test"
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
OUTSIDE = "127.0.0.2"  # a source address that is not in `trusted`

_certificates = None


def wait_for(what, condition, seconds=20):
    """The first true value of `condition()`; fails saying `what` did not happen."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def temporary_directory(name="mc-e2e-"):
    path = Path(tempfile.mkdtemp(prefix=name))
    path.chmod(0o755)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def certificates():
    """Directory with ca.crt, server.crt and server.key, made once a run."""
    global _certificates
    if _certificates is None:
        _certificates = temporary_directory("mc-certs-")
        subprocess.run([SOURCE / "certs/make-certs", "--dir", _certificates], check=True, stdout=subprocess.DEVNULL)
    return _certificates


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def daytime_zone():
    """A time zone where it is about noon now, so that no rule of day and night holds mail back."""
    ahead = 12 - datetime.datetime.now(datetime.timezone.utc).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


class Outcome:
    """What a command said and how it ended."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


def run_binary(*words, stdin=b"", env=None):
    done = subprocess.run([BINARY, *map(str, words)], input=stdin, capture_output=True, timeout=60, env=env)
    return Outcome(done)


class Gateway:
    """One installation. `users`: logins made before the first start, each with PASSWORD, an address
    <login>@ext.test and a time zone where it is day; "ana:agent" gives a role. `clock`: True, or a time like
    "2026-11-23T22:00:00Z" to start at, puts the gateway under a clock that advance() and set_clock() move; it runs on
    by itself in between. `policy`: the text of another policy than the shipped one. Users made under a moved clock need
    their own `zone`."""

    def __init__(self, users=(), smarthost=None, limits=None, smtp=None, external=None, trusted='"127.0.0.1/32"',
                 clock=None, policy=None, web=None, auth=None, tickets=None):
        self.directory = temporary_directory()
        self.environment = None
        if clock:
            self.clock_file = self.directory / "clock"
            self.environment = {**os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME_NO_CACHE": "1",
                                "FAKETIME_TIMESTAMP_FILE": str(self.clock_file), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            self.set_clock(clock if isinstance(clock, str) else self.real_time())
        self.config = self.directory / "message-center.toml"
        self.policy = self.directory / "policy.toml"
        self.data = self.directory / "data"
        self.log_file = self.directory / "serve.log"
        self.lmtp_socket = self.directory / "lmtp.sock"
        self.limits, self.smtp, self.trusted = limits or {}, smtp or {}, trusted
        self.external = {**({"smarthost": smarthost} if smarthost else {}), **(external or {})}
        self.process = None
        self.ports = {}
        self.web, self.auth, self.tickets = web or {}, auth or {}, tickets or {}
        self.policy.write_text(policy or (SOURCE / "rules/policy.toml").read_text())
        (self.directory / "password").write_text(PASSWORD + "\n")
        self.write_config()
        for user in users:
            login, _, role = user.partition(":")
            self.add_user(login, role or "user")

    def lmtp_line(self):
        return "" if "lmtp" in self.smtp else f'lmtp           = ["127.0.0.1:0", "unix:{self.lmtp_socket}"]'

    def write_config(self):
        table = lambda values: "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        certs = certificates()
        self.config.write_text(f"""[server]
hostname = "mc.{DOMAIN}"
domain   = "{DOMAIN}"
data     = "data"
policy   = "policy.toml"
threads  = 2
postmaster = "boss"
[tls]
certificate = "{certs}/server.crt"
key         = "{certs}/server.key"
[imap]
listen     = ["127.0.0.1:0"]
listen_tls = ["127.0.0.1:0"]
[smtp]
listen         = ["127.0.0.1:0"]
submission     = ["127.0.0.1:0"]
submission_tls = ["127.0.0.1:0"]
{self.lmtp_line()}
trusted        = [{self.trusted}]
{table(self.smtp)}[auth]
{table(self.auth)}[external]
{table(self.external)}[web]
{table(self.web)}[tickets]
{table(self.tickets)}[limits]
{table(self.limits)}""")

    def command(self, *words, stdin=b""):
        """message-center WORDS --config …"""
        return run_binary(*words, "--config", self.config, stdin=stdin, env=self.environment)

    # --- the clock it lives by

    @staticmethod
    def real_time():
        return datetime.datetime.now(datetime.timezone.utc)

    def set_clock(self, time):
        """To a moment: a datetime, or text like "2026-11-24T08:00:00Z"."""
        if isinstance(time, str):
            time = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
        self._set_offset((time - self.real_time()).total_seconds())

    def advance(self, seconds=0, **units):
        """Forward (or back) by seconds, or by days=, hours=, minutes= …"""
        self._set_offset(self.clock_offset + seconds + datetime.timedelta(**units).total_seconds())

    def now(self):
        return self.real_time() + datetime.timedelta(seconds=self.clock_offset if self.environment else 0)

    def _set_offset(self, seconds):
        self.clock_offset = seconds
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(f"{seconds:+.3f}\n")
        fresh.rename(self.clock_file)  # never half a file

    def checked(self, *words):
        outcome = self.command(*words)
        if outcome.code != 0:
            raise AssertionError(f"{' '.join(map(str, words))}: {outcome}")
        return outcome

    def json(self, *words):
        return self.checked(*words, "--json").json()

    def add_user(self, login, role="user", email=None, zone=None, more=()):
        self.checked("user", "add", login, "--email", email or f"{login}@ext.test", "--role", role, "--zone",
                     zone or daytime_zone(), "--password-file", self.directory / "password", *more)

    # --- the process

    def start(self, words=("serve",)):
        listening = self.data / "listening.json"
        listening.unlink(missing_ok=True)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([BINARY, *words, "--config", self.config], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=self.environment)
        atexit.register(self.kill)

        def started():
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended by itself ({self.process.returncode}):\n{self.last_words()}")
            return listening.exists()
        wait_for("the gateway accepts connections", started, 60)
        self.ports = {name: next((p for p in ends if isinstance(p, int)), None)
                      for name, ends in json.loads(listening.read_text()).items()}
        return self

    def kill(self):
        """kill -9"""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end it within 30 s:\n{self.last_words()}")

    def reload(self, event):
        """SIGHUP, then waits for a log line with `event` that was not there before."""
        before = self.log().count(event)
        self.process.send_signal(signal.SIGHUP)
        wait_for(f"{event} in the log after SIGHUP", lambda: self.log().count(event) > before)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def last_words(self):
        return "\n".join(self.log().splitlines()[-20:])

    def memory(self):
        """Octets of memory of its own, without the pages of the store's file."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return int(status["RssAnon"].split()[0]) * 1024

    # --- what is in it

    def why(self, login, message_id=None):
        return self.json("why", login, *([message_id] if message_id else []))

    def queue(self):
        return self.json("queue", "list")

    def drained(self):
        """Waits until nothing is queued: whatever was to leave now has left. What waits for its time stays."""
        wait_for("the queue of external mail is empty",
                 lambda: all(e["state"] == "waiting" for e in self.queue()), 30)
