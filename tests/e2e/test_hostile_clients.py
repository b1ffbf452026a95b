"""Clients that talk nonsense, too much, too slowly, too often or never listen; others notice nothing of it."""

import contextlib
import socket
import ssl
import threading
import time
import unittest

from clients import Mailbox, Smtp, deliver, folder, message
from harness import DOMAIN, Gateway, wait_for
from imap_wire import Wire

MEMORY = 400 << 20


class Case(unittest.TestCase):
    limits = {}

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(["jane", "tom"], limits=cls.limits, smtp={"max_message_size": "16MiB"}).start()
        cls.addClassCleanup(cls.gateway.stop)

    def tearDown(self):
        self.assertIsNone(self.gateway.process.poll(), f"the gateway has died:\n{self.gateway.last_words()}")
        self.assertLess(self.gateway.memory(), MEMORY)
        self.assert_serves()

    def assert_serves(self):
        """Others are served as if nothing had happened."""
        with Mailbox(self.gateway, "tom") as mailbox:
            self.assertEqual(mailbox.noop()[0], "OK")

    def smtp(self, service="lmtp", **more):
        smtp = Smtp(self.gateway, service, **more)
        self.addCleanup(smtp.close)
        return smtp

    def wire(self, **more):
        wire = Wire(self.gateway, **more)
        self.addCleanup(wire.close)
        return wire


class MailServers(Case):
    limits = {"recipients_per_broadcast": 1000}

    def test_unknown_and_misplaced_commands_are_refused_and_the_conversation_goes_on(self):
        smtp = self.smtp("smtp", greet=False)
        for line, codes in ((b"HELLO x", {500}), (b"", {500}), (b"MAIL FROM:<a@b>", {503}), (b"RCPT TO:<a@b>", {503}),
                            (b"DATA", {503}), (b"EHLO", {501}), (b"EHLO x", {250}), (b"RCPT TO:<a@b>", {503}),
                            (b"DATA", {503}), (b"MAIL FROM:a@b c", {501, 553, 555}), (b"MAIL FROM:<a@b> X=Y", {555}),
                            (b"MAIL FROM:<a\0b@c>", {500}), (b"MAIL FROM:<\xff@c>", {500}), (b"NOOP", {250})):
            with self.subTest(line=line):
                self.assertIn(smtp.command(line).code, codes)

    def test_after_too_many_errors_the_connection_ends(self):
        smtp = self.smtp("smtp")
        codes = [smtp.command("NONSENSE").code for _ in range(20)]
        self.assertEqual(codes, [500] * 19 + [421])
        self.assertEqual(smtp.reply().code, 0)

    def test_lines_without_end_are_thrown_away_and_refused(self):
        smtp = self.smtp("smtp")
        self.assertEqual(smtp.command("NOOP " + "x" * 100_000).code, 500)
        self.assertEqual(smtp.command("NOOP").code, 250)
        for _ in range(64):
            smtp.send(b"x" * (1 << 20))
        self.assertLess(self.gateway.memory(), MEMORY)
        self.assertEqual(smtp.command("").code, 500)
        self.assertEqual(smtp.command("NOOP").code, 250)

    def test_a_message_far_over_the_limit_is_taken_off_the_wire_and_refused(self):
        smtp = self.smtp("smtp")
        smtp.command("MAIL FROM:<>")
        self.assertEqual(smtp.command(f"RCPT TO:<jane@{DOMAIN}>").code, 250)
        smtp.command("DATA")
        for _ in range(40):
            smtp.send((b"x" * 1022 + b"\r\n") * 1024)
        smtp.send(b".\r\n")
        self.assertEqual(smtp.reply().code, 552)
        self.assertEqual(smtp.command("NOOP").code, 250)
        self.assertIn(smtp.command("BDAT 99999999999 LAST").code, (552, 501, 503))
        self.assertEqual(smtp.reply().code, 0)

    def test_a_thousand_recipients_are_taken_and_more_come_later(self):
        smtp = self.smtp()
        smtp.command("MAIL FROM:<>")
        smtp.send("".join(f"RCPT TO:<jane@{DOMAIN}>\r\n" for _ in range(1010)))
        codes = [smtp.reply().code for _ in range(1010)]
        self.assertEqual((codes.count(250), codes.count(452)), (1000, 10))
        smtp.command("DATA")
        smtp.send(b"Subject: often\r\n\r\nx\r\n.\r\n")
        self.assertEqual({smtp.reply().code for _ in range(1000)}, {250})
        self.assertEqual(len([m for m in folder(self.gateway, "jane", "Updates") if b"Subject: often" in m.body]), 1)

    def test_who_tries_many_names_is_sent_away(self):
        smtp = self.smtp("smtp", source="127.0.0.9", timeout=120)
        smtp.command("MAIL FROM:<a@ext.test>")
        smtp.send("".join(f"RCPT TO:<guess{n}@{DOMAIN}>\r\n" for n in range(22)))
        codes = [smtp.reply().code for _ in range(22)]
        self.assertEqual(set(codes), {550})

    def test_tls_nonsense_ends_only_its_own_connection(self):
        for service in ("imaps", "submissions"):
            with socket.create_connection(("127.0.0.1", self.gateway.ports[service]), 10) as plain:
                plain.sendall(b"EHLO x\r\n" * 100)
                with contextlib.suppress(ConnectionError):
                    while plain.recv(4096):
                        pass
        smtp = self.smtp("submission")
        self.assertEqual(smtp.command("STARTTLS").code, 220)
        smtp.send(b"\x16\x03\x01\xff\xff" + b"\0" * 4096)
        context = ssl._create_unverified_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, OSError)):
            with socket.create_connection(("127.0.0.1", self.gateway.ports["imaps"]), 10) as plain:
                context.wrap_socket(plain)


class MailClients(Case):
    def test_nonsense_is_bad_and_the_conversation_goes_on(self):
        wire = self.wire(user="jane")
        for line in (b"NONSENSE", b"SELECT", b"SELECT \xff\xfe", b"SELECT a b c", b"FETCH 1 FLAGS", b"UID", b"UID NONSENSE",
                     b"LOGIN jane x", b"STARTTLS x", b"APPEND", b"STATUS INBOX (", b"LIST", b'LIST "" "', b"ENABLE",
                     b"SEARCH ALL\0", b"STORE 1 FLAGS x", b"CREATE \"\\x\"", b"NOOP x", b"COPY 1"):
            with self.subTest(line=line):
                self.assertRegex(wire.command(line), rb"^(BAD|NO) .")
        wire.send(b"\r\n\r\nnotag\r\n")
        self.assertRegex(wire.line(), rb"^(\*|notag) BAD ")
        wire.send(b"+ x\r\n")
        self.assertRegex(wire.line(), rb" BAD ")
        self.assertTrue(wire.command("NOOP").startswith(b"OK"))

    def test_bad_sets_and_names_are_refused(self):
        deliver(self.gateway, "jane", message("x", "rate.raised"))
        wire = self.wire(user="jane")
        self.assertTrue(wire.command('SELECT "Account Alerts"').startswith(b"OK"))
        for line in ("FETCH 0 FLAGS", "FETCH 1:2:3 FLAGS", "FETCH 4294967296 FLAGS", "FETCH 1, FLAGS", "FETCH ,1 FLAGS",
                     "FETCH -1 FLAGS", "FETCH 1:0 FLAGS", "FETCH * 1 FLAGS", "STORE 1:x +FLAGS (a)", "UID FETCH a FLAGS",
                     "FETCH 1 BODY[0]", "FETCH 1 BODY[1..2]", "FETCH 1 BODY[]<5>", "FETCH 1 BODY[]<0.0>", "FETCH 1 (FLAGS",
                     "STORE 1 +FLAGS (\\Recent)", "STORE 1 +FLAGS (\\Nonsense)", "SEARCH CHARSET x-none SUBJECT a",
                     "SEARCH BEFORE 31-Foo-2026", "FETCH 99 FLAGS", "COPY 1 nowhere"):
            with self.subTest(line=line):
                self.assertRegex(wire.command(line), rb"^(BAD|NO) ")
        for name in ("&AAA", "&", "&&-", "&ZeVnLIqe", "a/&AGEAYg-", "&2D0-", "&AG4-"):
            with self.subTest(name=name):
                self.assertRegex(wire.command(f'CREATE "{name}"'), rb"^(BAD|NO) ")
        for name in ("", "/", "a//b", "/a", "x" * 5000, "/".join("abcdefghijklmnopqrstuvwxyz0123456789")):
            with self.subTest(name=name[:40]):
                self.assertRegex(wire.command(f'CREATE "{name}"'), rb"^(BAD|NO) ")
        self.assertTrue(wire.command("UID FETCH 4294967295 FLAGS").startswith(b"OK"))
        self.assertTrue(wire.command("FETCH 1:* (FLAGS)").startswith(b"OK"))

    def test_before_login_nothing_but_a_login_is_possible_and_large_literals_are_not_waited_for(self):
        wire = self.wire()
        for line in ("SELECT INBOX", "LIST \"\" *", "FETCH 1 FLAGS", "STATUS INBOX (MESSAGES)", "IDLE", "APPEND x {5+}\r\nhello"):
            with self.subTest(line=line):
                self.assertRegex(wire.command(line), rb"^(BAD|NO) ")
        self.assertRegex(wire.command("LOGIN {100000}"), rb"^(BAD|NO) ")
        self.assertTrue(wire.command("NOOP").startswith(b"OK"))
        wire.send(b"x LOGIN {99999999999999999999}\r\n")
        self.assertRegex(wire.line(), rb"BAD|NO|BYE")
        for octets in (b"y LOGIN {4294967295+}\r\n" + b"z" * 100_000, b"q" * 1_000_000):
            other = self.wire()
            with contextlib.suppress(ConnectionError):
                for _ in range(10):
                    other.send(octets)
            other.ended()

    def test_huge_and_unfinished_literals_cost_nothing(self):
        wires, taken = [self.wire(user="jane") for _ in range(20)], 0
        for number, wire in enumerate(wires):
            self.assertRegex(wire.command("APPEND INBOX {99999999999}"), rb"^NO \[TOOBIG\]|^BAD|^NO")
            wire.send(b"u%d APPEND INBOX {16000000}\r\n" % number)
            answer = wire.line()
            self.assertRegex(answer, rb"^\+ |^u\d+ NO \[LIMIT\]")
            taken += answer.startswith(b"+ ")
            if answer.startswith(b"+ "):
                wire.send(b"x" * 100_000)
        self.assertGreaterEqual(taken, 5)
        self.assertLess(self.gateway.memory(), MEMORY)
        for wire in wires:
            wire.close()

    def test_a_hundred_thousand_brackets_do_not_exhaust_it(self):
        for text in ("SEARCH " + "(" * 30_000, "SEARCH " + "NOT " * 15_000 + "ALL", "SEARCH " + "OR ALL " * 9_000 + "ALL",
                     "LIST " + "(" * 60_000, "FETCH 1 " + "(" * 30_000, "ID " + "(" * 30_000,
                     "FETCH 1 BODY[" + "1." * 20_000 + "1]", "FETCH " + "1," * 30_000 + "1 FLAGS"):
            with self.subTest(text=text[:20]):
                wire = self.wire(user="jane")
                wire.command("EXAMINE INBOX")
                self.assertRegex(wire.command(text), rb"^(OK|BAD|NO) ")

    def test_a_peer_that_does_not_read_costs_bounded_memory(self):
        octets = message("Large", "rate.raised", body="x" * 900 + "\n" + ("y" * 70 + "\n") * 100_000)
        self.gateway.add_user("large", more=["--unverified"])
        self.assertEqual(deliver(self.gateway, "large", octets).code, 250)
        deaf = []
        for _ in range(30):
            wire = self.wire(user="large")
            wire.command('EXAMINE "Account Alerts"')
            wire.send(b"".join(b"d%d FETCH 1:* BODY.PEEK[]\r\n" % n for n in range(20)))
            deaf.append(wire)
        for _ in range(10):
            self.assert_serves()
            self.assertLess(self.gateway.memory(), MEMORY)
        (copy,) = folder(self.gateway, "large", "Account Alerts")  # those who listen get it meanwhile
        self.assertTrue(copy.body.endswith(octets))


class Slowness(Case):
    limits = {"login_time": "2s", "command_time": "2s", "data_time": "2s", "wrong_passwords": 2, "idle_time": "2s"}

    def closed(self, read, seconds=15):
        """Reads until the server has hung up; what it said."""
        start = time.monotonic()
        said = read()
        self.assertLess(time.monotonic() - start, seconds)
        return said

    def test_who_says_nothing_is_sent_away(self):
        wire, smtp = self.wire(), self.smtp("submission", greet=False)
        self.assertIn(b"BYE", self.closed(wire.ended))
        self.assertEqual(self.closed(smtp.reply).code, 421)
        with socket.create_connection(("127.0.0.1", self.gateway.ports["imaps"]), 20) as silent:
            self.closed(lambda: silent.recv(100))
        wire = self.wire(user="jane")
        self.assertIn(b"BYE", self.closed(wire.ended))

    def test_one_octet_at_a_time_does_not_stretch_the_time_given(self):
        def drip(sock, octets):
            with contextlib.suppress(OSError):
                for n in range(len(octets)):
                    sock.sendall(octets[n:n + 1])
                    if stop.wait(0.1):
                        return
        stop = threading.Event()
        self.addCleanup(stop.set)
        wire, smtp, data = self.wire(), self.smtp("smtp"), self.smtp("lmtp")
        data.command("MAIL FROM:<>")
        data.command(f"RCPT TO:<jane@{DOMAIN}>")
        data.command("DATA")
        for sock in (wire.socket, smtp.socket, data.socket):
            threading.Thread(target=drip, args=(sock, b"x" * 300), daemon=True).start()
        self.closed(wire.ended)
        self.assertIn(self.closed(smtp.reply).code, (0, 421))
        self.assertIn(self.closed(data.reply).code, (0, 421, 451))

    def test_wrong_passwords_in_a_row_take_longer_and_end_the_connection(self):
        wire = self.wire()
        self.assertTrue(wire.command("LOGIN jane wrong").startswith(b"NO [AUTHENTICATIONFAILED]"))
        start = time.monotonic()
        wire.command("LOGIN jane wrong")
        self.assertGreater(time.monotonic() - start, 0.9)
        self.assertTrue(wire.ended().startswith(b"* BYE"))
        smtp = self.smtp("submission")
        self.assertEqual(smtp.login("jane", "wrong").code, 535)
        self.assertIn(smtp.login("nobody", "wrong").code, (421, 0))


def own_address():
    """An address of this machine that is not loopback; nothing is sent to find it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]
    return None


class Crowds(Case):
    limits = {"connections_per_loopback": 60, "connections_per_address": 50, "connections": 500}

    def test_a_thousand_connections_from_one_address_leave_room_for_others(self):
        stranger = own_address()
        if stranger is None:
            self.skipTest("this machine has no address but loopback")
        witness = Mailbox(self.gateway, "jane")
        self.addCleanup(witness.shutdown)
        crowd, greeted, refused = [], 0, 0
        for number in range(1000):
            service = ("imap", "smtp", "lmtp")[number % 3]
            peer = socket.create_connection(("127.0.0.1", self.gateway.ports[service]), 30,
                                            source_address=(stranger, 0))
            crowd.append(peer)
            first = peer.recv(200)
            greeted += first.startswith((b"* OK", b"220 "))
            refused += first.startswith((b"* BYE", b"421 ")) or first == b""
        self.assertEqual((greeted, refused), (50, 950))
        self.assertEqual(witness.noop()[0], "OK")
        self.assertEqual(deliver(self.gateway, "jane", message("x", "rate.raised")).code, 250)
        for peer in crowd:
            peer.close()

        def room():
            with contextlib.suppress(Exception), Wire(self.gateway, source=stranger) as wire:
                return wire.greeting.startswith(b"* OK")
        wait_for("room again for that address", room)

    def test_limits_are_taken_anew_from_the_file_on_sighup(self):
        with Wire(self.gateway, source="127.0.0.4") as first:
            self.gateway.limits = {**self.limits, "connections_per_loopback": 1}
            self.gateway.write_config()
            self.gateway.reload("event=reloaded what=limits")
            with Wire(self.gateway, source="127.0.0.4") as second:
                self.assertTrue(second.greeting.startswith(b"* BYE [LIMIT]"), second.greeting)
            self.assertTrue(first.command("NOOP").startswith(b"OK"))
        self.gateway.limits = self.limits
        self.gateway.write_config()
        self.gateway.reload("event=reloaded what=limits")


if __name__ == "__main__":
    unittest.main()
