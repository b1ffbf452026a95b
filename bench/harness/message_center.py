"""Our gateway with a private configuration."""

import json
import time
from pathlib import Path

from .base import DOMAIN, PASSWORD, BenchError, Server, checked, make_certificate

CONFIG = """
[server]
hostname = "mc.{domain}"
domain   = "{domain}"
data     = "{data}"
policy   = "{policy}"
[tls]
certificate = "{certificate}"
key         = "{key}"
[imap]
listen     = ["127.0.0.1:0"]
listen_tls = ["127.0.0.1:0"]
plaintext_login = "loopback"
[smtp]
listen  = ["127.0.0.1:0"]
lmtp    = ["127.0.0.1:0"]
trusted = ["127.0.0.0/8"]
[external]
smarthost = "127.0.0.1:9"
[limits]
{limits}
"""

# A type that only ever goes to INBOX: nothing but the delivery is measured.
TYPE = """
[type."bench.message"]
tab = "inbox"
label = "Benchmark"
email = "never"
folder = "always"
keep = "forever"
"""

MINIMAL_POLICY = """
format = 1
[defaults]
email = "on"
folder = "on"
[unclassified]
tab = "updates"
email = "on"
folder = "always"
report_to = "postmaster"
"""

# What a load of thousands of connections from one address needs.
LIMITS = {"connections": 16000, "connections_per_address": 16000, "connections_per_loopback": 16000}


class MessageCenter(Server):
    name = "message-center"

    def __init__(self, directory: Path, binary: Path, shipped_policy: Path):
        super().__init__(directory)
        self.binary = binary
        self.shipped_policy = shipped_policy
        self.data = directory / "data"
        self.config = directory / "message-center.toml"

    def prepare(self, users: list[str]) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        certificate, key = make_certificate(self.directory.parent / "tls")
        policy = self.directory / "policy.toml"
        shipped = self.shipped_policy.read_text() if self.shipped_policy.exists() else MINIMAL_POLICY
        policy.write_text(shipped + TYPE)
        self.config.write_text(CONFIG.format(
            domain=DOMAIN, data=self.data, policy=policy, certificate=certificate, key=key,
            limits="\n".join(f"{name} = {value}" for name, value in LIMITS.items())))
        if (self.directory / "users.done").exists():
            return
        self.data.mkdir(exist_ok=True)
        password = self.directory / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        for user in users:
            self.run_command("user", "add", user, "--email", f"{user}@elsewhere.test", "--password-file", password)
        (self.directory / "users.done").touch()

    def run_command(self, *words) -> str:
        return checked([self.binary, *words, "--config", self.config])

    def command(self) -> list[str]:
        return [str(self.binary), "serve", "--config", str(self.config)]

    def start(self) -> None:
        (self.data / "listening.json").unlink(missing_ok=True)
        self.addresses = {}
        super().start()

    def wait_until_ready(self) -> None:
        listening = self.data / "listening.json"
        deadline = time.monotonic() + self.start_seconds
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"{self.name} did not start:\n{self.last_words()}")
            try:
                self.addresses = self.read_listening(json.loads(listening.read_text()))
                return super().wait_until_ready()
            except (FileNotFoundError, json.JSONDecodeError):
                time.sleep(0.05)

    @staticmethod
    def read_listening(content: dict) -> dict[str, str]:
        """The first TCP entry of each service; an entry is a port or "host:port"."""
        addresses = {}
        for service in ("imap", "imaps", "lmtp", "smtp"):
            entries = [str(entry) for entry in content.get(service, [])]
            tcp = [entry for entry in entries if not entry.startswith("unix:")]
            if not tcp:
                raise BenchError(f"listening.json names no {service}: {content}")
            addresses[service] = tcp[0] if ":" in tcp[0] else f"127.0.0.1:{tcp[0]}"
        return addresses
