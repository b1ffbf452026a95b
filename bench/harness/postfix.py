"""Debian's Postfix with a private configuration, as far as accepting into its queue.

Everything accepted goes to the hold queue: Postfix has done all that its 250 promises and
the queue manager takes nothing of the processor afterwards, which is to its advantage.
"""

from pathlib import Path

from .base import DOMAIN, BenchError, Server, checked, free_port

MAIN = """
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = {directory}/maillog.log
maillog_file_prefixes = {directory}
myhostname = mc.{domain}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relay_domains = {domain}
relay_recipient_maps =
alias_maps =
local_recipient_maps =
smtpd_client_restrictions = check_client_access static:HOLD
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
default_process_limit = 200
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix(Server):
    name = "postfix"

    def prepare(self, users: list[str]) -> None:
        etc = self.directory / "etc"
        for name in ("etc", "queue", "data"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        checked(["chown", "postfix", self.directory / "data"])
        self.addresses = {"smtp": f"127.0.0.1:{free_port()}"}
        port = self.addresses["smtp"].rpartition(":")[2]
        (etc / "main.cf").write_text(MAIN.format(directory=self.directory, domain=DOMAIN))
        (etc / "master.cf").write_text(MASTER.format(port=port))

    def command(self) -> list[str]:
        return ["postfix", "-c", str(self.directory / "etc"), "start-fg"]

    def queued(self) -> int:
        """Messages in the hold queue, counted in its directory."""
        hold = self.directory / "queue" / "hold"
        if not hold.is_dir():
            raise BenchError("Postfix has no hold queue")
        return sum(1 for path in hold.rglob("*") if path.is_file())
