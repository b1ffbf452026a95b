"""Debian's Dovecot with a private configuration: mdbox, durable saves, no limits in the way.

Processes are kept and reused (service_count = 0) and there are always some waiting:
what its documentation advises for speed. The variants `idle` and `hibernate` have one
process a connection, as Debian ships it, `hibernate` moving idle ones to imap-hibernate.
"""

import pwd
import shutil
import tempfile
from pathlib import Path

from .base import PASSWORD, Server, free_port, make_certificate

USER = "mail"  # owns the mailboxes
FIRST_IDLE_UID = 61000  # the idle variants give every user a uid: inotify instances are counted by uid

CONFIG = """
base_dir = {run}
state_dir = {run}
instance_name = mc-bench-{variant}
log_path = {directory}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
mail_location = mdbox:{directory}/mail/%n
mail_fsync = always
first_valid_uid = 1
last_valid_uid = 0
disable_plaintext_auth = no
auth_mechanisms = plain
auth_username_format = %Ln
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
default_process_limit = 6000
default_client_limit = 16000
default_vsz_limit = 0
verbose_proctitle = no
auth_verbose = no
mail_max_userip_connections = 0
namespace inbox {{
  inbox = yes
  prefix =
  separator = /
}}
{accounts}
service anvil {{
  client_limit = 16000
}}
service auth {{
  client_limit = 16000
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  process_limit = 2
  client_limit = 12000
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  user = {lmtp_user}
  service_count = 0
  process_min_avail = 4
  process_limit = 200
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol lmtp {{
  auth_socket_path = auth-userdb
}}
{imap_service}
"""

STATIC_ACCOUNTS = """
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={directory}/home/%n allow_all_users=yes
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
"""

FILE_ACCOUNTS = """
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {directory}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {directory}/users
}}
service auth {{
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
"""

FAST_IMAP = """
service imap {
  service_count = 0
  process_min_avail = 4
  process_limit = 6000
}
"""

IDLE_IMAP = """
service imap {
  process_limit = 6000
}
"""

HIBERNATING_IMAP = """
imap_hibernate_timeout = 2s
service imap {
  process_limit = 6000
  unix_listener imap-master {
    mode = 0666
  }
}
service imap-hibernate {
  client_limit = 16000
  unix_listener imap-hibernate {
    mode = 0666
  }
}
"""

IMAP_SERVICES = {"fast": FAST_IMAP, "idle": IDLE_IMAP, "hibernate": HIBERNATING_IMAP}


class Dovecot(Server):
    name = "dovecot"

    def __init__(self, directory: Path, variant: str = "fast"):
        super().__init__(directory)
        self.variant = variant
        self.run = None
        if variant == "hibernate":
            self.name = "dovecot-hibernate"

    def prepare(self, users: list[str]) -> None:
        for name in ("mail", "home"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        account = pwd.getpwnam(USER)
        per_user = self.variant != "fast"
        for index, user in enumerate(users):
            uid, gid = (FIRST_IDLE_UID + index,) * 2 if per_user else (account.pw_uid, account.pw_gid)
            for name in ("mail", "home"):
                path = self.directory / name / user
                path.mkdir(exist_ok=True)
                shutil.chown(path, uid, gid)
        if per_user:
            lines = [f"{user}:{{PLAIN}}{PASSWORD}:{FIRST_IDLE_UID + i}:{FIRST_IDLE_UID + i}::{self.directory}/home/{user}::"
                     for i, user in enumerate(users)]
            (self.directory / "users").write_text("\n".join(lines) + "\n")
            (self.directory / "users").chmod(0o644)

    def start(self) -> None:
        # Socket paths must be short, so they do not live beside the mail.
        self.run = Path(tempfile.mkdtemp(prefix="mcb-"))
        self.run.chmod(0o755)
        self.addresses = {name: f"127.0.0.1:{free_port()}" for name in ("imap", "imaps", "lmtp")}
        ports = {name: address.rpartition(":")[2] for name, address in self.addresses.items()}
        certificate, key = make_certificate(self.directory.parent / "tls")
        accounts = STATIC_ACCOUNTS if self.variant == "fast" else FILE_ACCOUNTS
        self.config = self.directory / "dovecot.conf"
        self.config.write_text(CONFIG.format(
            run=self.run, directory=self.directory, variant=self.variant, certificate=certificate, key=key,
            lmtp_user=USER if self.variant == "fast" else "root",
            accounts=accounts.format(password=PASSWORD, user=USER, directory=self.directory),
            imap_service=IMAP_SERVICES[self.variant], **ports))
        super().start()

    def command(self) -> list[str]:
        return ["dovecot", "-F", "-c", str(self.config)]

    def stop(self) -> None:
        super().stop()
        if self.run:
            shutil.rmtree(self.run, ignore_errors=True)
            self.run = None
