"""Plain clients: SMTP and LMTP as one likes to speak them, and an IMAP user's view of his folders."""

import base64
import hashlib
import hmac
import imaplib
import os
import re
import socket
import ssl
from collections import namedtuple

from harness import DOMAIN, OUTSIDE, PASSWORD, certificates

imaplib._MAXLINE = 64 << 20
Reply = namedtuple("Reply", "code text")
Message = namedtuple("Message", "uid flags body size")


def tls_context():
    return ssl.create_default_context(cafile=str(certificates() / "ca.crt"))


class Smtp:
    """A conversation over SMTP, submission or LMTP; service: a key of Gateway.ports, or "lmtp-unix"."""

    def __init__(self, gateway, service="lmtp", source="127.0.0.1", greet=True, timeout=30):
        self.lmtp = service.startswith("lmtp")
        if service == "lmtp-unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(gateway.lmtp_socket))
        else:
            where = ("127.0.0.1", gateway.ports[service])
            self.socket = socket.create_connection(where, timeout, source_address=(source, 0))
        if service == "submissions":
            self.socket = tls_context().wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()
        self.hello = self.command("LHLO me.test" if self.lmtp else "EHLO me.test") if greet else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets if isinstance(octets, bytes) else octets.encode())

    def reply(self):
        """The next reply; code 0 when the peer has gone."""
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                return Reply(0, "\n".join(lines))
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            lines.append(text[4:])
            if text[3:4] != "-":
                return Reply(int(text[:3]), "\n".join(lines))

    def command(self, line):
        self.send(line + "\r\n" if isinstance(line, str) else line + b"\r\n")
        return self.reply()

    def start_tls(self):
        assert self.command("STARTTLS").code == 220
        self.file.close()
        self.socket = tls_context().wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        return self.command("EHLO me.test")

    def login(self, user, password=PASSWORD):
        return self.command("AUTH PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())

    def scram(self, user, password=PASSWORD):
        """AUTH SCRAM-SHA-256; also checks that the server knows the password (RFC 5802)."""
        encode = lambda octets: base64.b64encode(octets).decode()
        first = f"n={user},r={encode(os.urandom(18))}"
        challenge = self.command("AUTH SCRAM-SHA-256 " + encode(("n,," + first).encode()))
        if challenge.code != 334:
            return challenge
        server_first = base64.b64decode(challenge.text).decode()
        nonce, salt, count = re.fullmatch(r"r=(.*),s=(.*),i=(\d+)", server_first).groups()
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(count))
        digest = lambda key, text: hmac.new(key, text, hashlib.sha256).digest()
        final = f"c=biws,r={nonce}"
        signed = ",".join([first, server_first, final]).encode()
        client_key = digest(salted, b"Client Key")
        proof = bytes(a ^ b for a, b in zip(client_key, digest(hashlib.sha256(client_key).digest(), signed)))
        answer = self.command(encode(f"{final},p={encode(proof)}".encode()))
        if answer.code != 334:
            return answer
        expected = b"v=" + base64.b64encode(digest(digest(salted, b"Server Key"), signed))
        assert base64.b64decode(answer.text) == expected, "the server could not prove itself"
        return self.command("")

    def mail(self, sender, recipients, octets, parameters=""):
        """One transaction. LMTP: a reply for each recipient; SMTP: one, of whatever refused or accepted it."""
        reply = self.command(f"MAIL FROM:<{sender}>{parameters}")
        if reply.code != 250:
            return [reply] * len(recipients) if self.lmtp else reply
        answers = [self.command(f"RCPT TO:<{one}>") for one in recipients]
        if not any(answer.code == 250 for answer in answers):
            self.command("RSET")
            return answers if self.lmtp else answers[0]
        data = self.command("DATA")
        assert data.code == 354, data
        self.send(dotted(octets))
        if not self.lmtp:
            return self.reply()
        return [self.reply() if answer.code == 250 else answer for answer in answers]


def dotted(octets):
    """As it goes over the wire after DATA, with the end of data."""
    stuffed = re.sub(rb"(?m)^\.", b"..", octets)
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def message(subject="Hello", type=None, amount=None, sender=f"noreply@{DOMAIN}", body="Text.\n", to=None, **fields):
    """A message as octets; X-MC-* by keyword: event="e1" is X-MC-Event-Id, time=… X-MC-Time."""
    lines = [f"From: {sender}", f"To: {to or 'someone@' + DOMAIN}", f"Subject: {subject}",
             "Date: Mon, 23 Nov 2026 15:00:00 +0000"]
    known = {"X-MC-Type": type, "X-MC-Amount": amount, "X-MC-Event-Id": fields.pop("event", None),
             "X-MC-Time": fields.pop("time", None), "Message-ID": fields.pop("id", None)}
    lines += [f"{name}: {value}" for name, value in known.items() if value is not None]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\n".join(lines) + "\n\n" + body).replace("\n", "\r\n").encode()


def deliver(gateway, user, octets, source="127.0.0.1", service="lmtp", sender=f"noreply@{DOMAIN}"):
    """One message for one address, by LMTP unless `service` says otherwise; the reply."""
    with Smtp(gateway, service, source) as lmtp:
        replies = lmtp.mail(sender, [user if "@" in user else f"{user}@{DOMAIN}"], octets)
        return replies[0] if lmtp.lmtp else replies


def from_outside(gateway, address, octets, sender="stranger@ext.test"):
    return deliver(gateway, address, octets, OUTSIDE, sender=sender)


def submit(gateway, user, to, octets, parameters=""):
    """By submission with AUTH, as a mail client does it; the reply."""
    with Smtp(gateway, "submission") as smtp:
        assert smtp.login(user).code == 235
        return smtp.mail(f"{user}@{DOMAIN}", [to if "@" in to else f"{to}@{DOMAIN}"], octets, parameters)


class Mailbox(imaplib.IMAP4):
    """A user's mail client."""

    def __init__(self, gateway, user, password=PASSWORD):
        super().__init__("127.0.0.1", gateway.ports["imap"], timeout=60)
        self._encoding = "utf-8"
        plain = f"\0{user}\0{password}".encode()
        self.authenticate("PLAIN", lambda _: plain)

    def folders(self):
        return [re.search(rb'"/" "?(.*?)"?$', line).group(1).decode() for line in self.list()[1]]

    def enter(self, folder, readonly=False):
        kind, data = self.select(f'"{folder}"', readonly)
        assert kind == "OK", data
        return int(data[0])

    def counts(self, folder):
        """(messages, unseen)"""
        line = self.status(f'"{folder}"', "(MESSAGES UNSEEN)")[1][0].decode()
        return int(re.search(r"MESSAGES (\d+)", line)[1]), int(re.search(r"UNSEEN (\d+)", line)[1])

    def messages(self, folder):
        """All of a folder, unread ones left unread."""
        if self.enter(folder, readonly=True) == 0:
            return []
        data = self.uid("FETCH", "1:*", "(FLAGS RFC822.SIZE BODY.PEEK[])")[1]
        found = []
        for head, body in (item for item in data if isinstance(item, tuple)):
            text = head.decode()
            flags = re.search(r"FLAGS \(([^)]*)\)", text)[1].split()
            found.append(Message(int(re.search(r"UID (\d+)", text)[1]), flags, body,
                                 int(re.search(r"RFC822.SIZE (\d+)", text)[1])))
        return found


def folder(gateway, user, name):
    """What `user` has in a folder, seen by a fresh session."""
    with Mailbox(gateway, user) as mailbox:
        return mailbox.messages(name)


def folders_with_mail(gateway, user):
    """{folder: count} of those that hold something."""
    with Mailbox(gateway, user) as mailbox:
        counts = {name: mailbox.counts(name)[0] for name in mailbox.folders()}
    return {name: count for name, count in counts.items() if count}
