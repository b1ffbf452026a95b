"""A receiving mail server that does what it is told: the other end of external mail.

    with Sink() as sink: …; sink.mode = "defer"; sink.wait(1)

Modes: accept; defer (451 after the content); refuse (550 to RCPT); full (452 to RCPT); drop (closes after the content without a word);
busy (421 instead of a greeting).
`answers`: {domain: reply to RCPT for it}. `held`: domains whose content is not answered until let_go(). `dsn`: announces DSN.
`tls` (an ssl.SSLContext) is offered by STARTTLS; with `login` = (user, password) it asks for TLS and AUTH first.
close() and open() take the server down and up again on the same port.
"""

import asyncio
import base64
import email
import threading
from collections import Counter, namedtuple

from harness import wait_for

Mail = namedtuple("Mail", "sender recipients octets helo parameters")


def parse(octets):
    return email.message_from_bytes(octets)


class Sink:
    def __init__(self, mode="accept", port=0, tls=None, login=None, host="127.0.0.1", dsn=False):
        self.tls, self.login, self.host, self.dsn = tls, login, host, dsn
        self.answers, self.held, self.connections = {}, set(), 0
        self.asked, self.together, self.most_together = Counter(), Counter(), Counter()  # by domain: RCPTs, contents at once
        self.mode, self.port, self.mails, self.attempts = mode, port, [], 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server, self._writers = None, set()
        self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def open(self):
        self._server = self._run(asyncio.start_server(self._serve, self.host, self.port, limit=1 << 26))
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self):
        async def close():
            if self._server:
                self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
        self._run(close())
        self._server = None

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def to(self, recipient):
        """Mails received for one address."""
        return [mail for mail in list(self.mails) if recipient in mail.recipients]

    def wait(self, count, recipient=None, seconds=20):
        found = lambda: self.to(recipient) if recipient else list(self.mails)
        wait_for(f"{count} external mails, have {len(found())}", lambda: len(found()) >= count, seconds)
        return found()

    def settle(self):
        """After a sender was killed: takes what it had sent in full, until its connections are gone."""
        wait_for("the receiver to see its connections end", lambda: not self._writers)

    async def _serve(self, reader, writer):
        self._writers.add(writer)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):  # also TLS that failed
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _talk(self, reader, writer):
        async def say(text):
            writer.write(text.encode() + b"\r\n")
            await writer.drain()
        self.connections += 1
        if self.mode == "busy":
            await say("421 4.3.2 Busy")
            return
        await say("220 sink.ext.test ESMTP")
        parameters = []
        helo, sender, recipients, safe, known = "", None, [], not self.tls, not self.login
        while line := await reader.readline():
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            verb = text.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                helo = text[5:]
                await say("250-sink.ext.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                          "250-ENHANCEDSTATUSCODES" + ("\r\n250-DSN" if self.dsn else "") + ("" if safe else "\r\n250-STARTTLS")
                          + ("\r\n250-AUTH PLAIN" if safe and not known else "") + "\r\n250 SIZE 100000000")
            elif verb == "STARTTLS":
                await say("220 2.0.0 Go ahead")
                await writer.start_tls(self.tls)
                safe = True
            elif verb == "AUTH" and safe:
                given = base64.b64decode(text.split(" ")[2]).decode().split("\0")[1:]
                known = tuple(given) == self.login
                await say("235 2.7.0 Welcome" if known else "535 5.7.8 Wrong")
            elif verb == "MAIL" and not (safe and known):
                await say("530 5.7.0 TLS and a password first")
            elif verb == "MAIL":
                sender, recipients = text.split("<", 1)[1].split(">")[0], []
                parameters = [text.split(">", 1)[1].strip()]
                await say("250 2.1.0 Ok")
            elif verb == "RCPT" and self.mode == "refuse":
                self.attempts += 1
                await say("550 5.1.1 No such user here")
            elif verb == "RCPT" and self.mode == "full":
                self.attempts += 1
                await say("452 4.2.2 Mailbox full")
            elif verb == "RCPT":
                recipient = text.split("<", 1)[1].split(">")[0]
                domain = recipient.split("@")[1].lower()
                self.asked[domain] += 1
                if domain not in self.answers:
                    recipients.append(recipient)
                    parameters.append(text.split(">", 1)[1].strip())
                await say(self.answers.get(domain, "250 2.1.5 Ok"))
            elif verb == "DATA" and not recipients:
                await say("554 5.5.1 No valid recipients")
            elif verb == "DATA":
                await say("354 Go ahead")
                octets = await self._content(reader)
                self.attempts += 1
                await self._hold(recipients[0].split("@")[1].lower())
                if self.mode == "drop":
                    return
                if self.mode == "defer":
                    await say("451 4.3.0 Not now")
                else:
                    self.mails.append(Mail(sender, recipients, octets, helo, parameters))
                    await say("250 2.0.0 Ok: taken")
            elif verb == "QUIT":
                await say("221 2.0.0 Bye")
                return
            elif verb in ("RSET", "NOOP"):
                await say("250 2.0.0 Ok")
            else:
                await say("502 5.5.1 Not here")

    async def _hold(self, domain):
        self.together[domain] += 1
        self.most_together[domain] = max(self.most_together[domain], self.together[domain])
        try:
            while domain in self.held:
                await asyncio.sleep(0.01)
        finally:
            self.together[domain] -= 1

    def let_go(self, domain):
        self.held.discard(domain)

    async def _content(self, reader):
        lines = []
        while (line := await reader.readuntil(b"\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)
