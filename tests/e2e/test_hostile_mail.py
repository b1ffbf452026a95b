"""Odd, broken and hostile messages: kept octet for octet, described in valid IMAP, at bounded cost."""

import re
import time
import unittest

from clients import Smtp, dotted, message
from harness import DOMAIN, SOURCE, Gateway
from imap_wire import Malformed, Wire, check_envelope, check_structure, parse_fetch

CORPUS = SOURCE.parent / "shared/corpus/mime4j"
MEMORY = 400 << 20
SECONDS = 20  # a generous bound for one message on a machine that does other things too


def setUpModule():
    global gateway
    gateway = Gateway(["jane"]).start()
    unittest.addModuleCleanup(gateway.stop)


class Case(unittest.TestCase):
    def setUp(self):
        self.user = f"u{time.monotonic_ns()}"
        gateway.add_user(self.user, more=["--unverified"])

    def tearDown(self):
        self.assertIsNone(gateway.process.poll(), f"the gateway has died:\n{gateway.last_words()}")
        self.assertLess(gateway.memory(), MEMORY)

    def deliver(self, octets, chunked=False):
        with Smtp(gateway, "lmtp", timeout=120) as lmtp:
            if not chunked:
                return lmtp.mail("", [f"{self.user}@{DOMAIN}"], octets)[0]
            lmtp.command("MAIL FROM:<>")
            lmtp.command(f"RCPT TO:<{self.user}@{DOMAIN}>")
            lmtp.send(b"BDAT %d LAST\r\n" % len(octets) + octets)
            return lmtp.reply()

    def last(self, items):
        """FETCH items of the newest message in Updates, parsed."""
        with Wire(gateway, user=self.user, timeout=120) as wire:
            self.assertTrue(wire.command("EXAMINE Updates").startswith(b"OK"))
            done = wire.command(f"FETCH * ({items})")
            self.assertTrue(done.startswith(b"OK"), done)
            (line,) = [line for line in wire.untagged if b" FETCH (" in line[:30]]
            return parse_fetch(line)

    def check_last(self, octets):
        """The newest message is these octets, described in valid IMAP."""
        start = time.monotonic()
        found = self.last("RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE")
        check_envelope(found["ENVELOPE"])
        check_structure(found["BODY"])
        check_structure(found["BODYSTRUCTURE"])
        whole = self.last("BODY.PEEK[]")["BODY[]"]
        self.assertTrue(whole.endswith(octets), "BODY[] does not end with what was sent")
        self.assertEqual(int(found["RFC822.SIZE"]), len(whole))
        self.assertLess(time.monotonic() - start, SECONDS)
        return found

    def accepted(self, octets):
        reply = self.deliver(octets)
        self.assertEqual(reply.code, 250, reply)
        return self.check_last(octets)


class Corpus(Case):
    @unittest.skipUnless(CORPUS.is_dir(), f"{CORPUS} is not there")
    def test_every_message_of_the_corpus_comes_back_as_it_was_sent(self):
        refused = []
        for path in sorted(CORPUS.glob("*.msg")):
            octets = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
            octets += b"" if octets.endswith(b"\r\n") else b"\r\n"
            with self.subTest(file=path.name):
                reply = self.deliver(octets)
                if re.search(rb"\r(?!\n)", octets):
                    self.assertEqual(reply.code, 550, reply)
                    refused.append(path.name)
                    continue
                self.assertEqual(reply.code, 250, reply)
                self.check_last(octets)
        with Wire(gateway, user=self.user) as wire:
            wire.command("STATUS Updates (MESSAGES)")
            kept = len(list(CORPUS.glob("*.msg"))) - len(refused)
            self.assertIn(b"MESSAGES %d)" % kept, wire.untagged[0])
        if refused:
            print(f"     refused for bare CR, as they should be: {', '.join(refused)}")

    @unittest.skipUnless(CORPUS.is_dir(), f"{CORPUS} is not there")
    def test_messages_read_in_pieces_are_the_same(self):
        path = max(CORPUS.glob("*.msg"), key=lambda p: p.stat().st_size)
        octets = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
        self.accepted(octets)
        whole, pieces = self.last("BODY.PEEK[]")["BODY[]"], b""
        while piece := self.last(f"BODY.PEEK[]<{len(pieces)}.1999>")[f"BODY[]<{len(pieces)}>"]:
            pieces += piece
        self.assertEqual(pieces, whole)


class Shapes(Case):
    def test_ten_thousand_nested_parts_are_one_message(self):
        lines = [b"From: a@ext.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"]
        lines += [b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(10_000)]
        self.accepted(b"".join(lines))
        self.accepted(b"From: a@ext.test\r\nMIME-Version: 1.0\r\n"
                      + b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + b"\r\nend\r\n")

    def test_a_hundred_thousand_parts_are_one_message(self):
        head = b"From: a@ext.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        self.accepted(head + b"--b\r\n\r\nx\r\n" * 100_000 + b"--b--\r\n")

    def test_headers_that_never_end_and_addresses_in_addresses_are_kept(self):
        for name, head in (("groups in groups", b"To: " + b"a:" * 50_000 + b"\r\n"),
                           ("a hundred thousand fields", b"X: y\r\n" * 100_000),
                           ("one field of a megabyte", b"Subject: " + b"x" * (1 << 20) + b"\r\n"),
                           ("ten thousand addresses", b"To: " + b", ".join(b"a%d@ext.test" % n for n in range(10_000))),
                           ("comments in comments", b"From: " + b"(" * 50_000 + b"\r\n"),
                           ("a folded field", b"Subject: x" + b"\r\n y" * 50_000 + b"\r\n"),
                           ("many parameters", b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n"),
                           ("encoded words", b"Subject: " + b"=?utf-8?q?x?= " * 20_000 + b"\r\n"),
                           ("a long foreign parameter", b"Content-Type: x/y; " + b"\xe9" * 20_000 + b"=1\r\n")):
            with self.subTest(name):
                head += b"" if head.endswith(b"\r\n") else b"\r\n"
                self.accepted(head + b"From: a@ext.test\r\n\r\nbody\r\n")

    def test_empty_and_nearly_empty_messages_are_kept(self):
        for octets in (b"\r\n", b"x\r\n", b":\r\n", b" \r\n\r\n", b"Subject:\r\n", b"\r\n\r\n\r\n", b".\r\n", b"..\r\n"):
            with self.subTest(octets=octets):
                self.accepted(octets)
        self.assertEqual(self.deliver(b"no line end", chunked=True).code, 250)
        self.check_last(b"no line end")

    def test_nul_and_octets_of_no_charset_are_kept(self):
        every = bytes(n for n in range(256) if n not in b"\r\n")
        for octets in (message("x").replace(b"Text.", every), b"Subject: " + every + b"\r\n\r\nx\r\n",
                       b"From: \xff\xfe <\x80@\xc3>\r\nTo: \xed\xa0\x80@x\r\nContent-Type: text/\xf5; \xc0=\x00\r\n\r\n"):
            with self.subTest(start=octets[:30]):
                self.accepted(octets)

    def test_hostile_names_do_not_break_out_of_their_strings(self):
        octets = (b'From: "a\\"b\\\\" <"x y\\"z"@ext.test>\r\nTo: =?utf-8?q?=0D=0A=22=29_NIL?= <t@ext.test>\r\n'
                  b'Subject: =?utf-8?b?DQoqIEJZRQ0K?=\r\nMessage-ID: <"){5}@x>\r\n'
                  b'Content-Type: multipart/mixed; boundary="b\\"b"; name="=?utf-8?q?=0D=0Ax?="\r\n\r\n'
                  b'--b"b\r\nContent-Disposition: attachment; filename*=utf-8\'\'%0D%0A%22x\r\n\r\n1\r\n--b"b--\r\n')
        self.accepted(octets)

    def test_parts_say_where_they_are(self):
        octets = (b"From: a@ext.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npre\r\n"
                  b"--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
                  b"Subject: inner\r\n\r\ninner text\r\n--b--\r\npost\r\n")
        self.accepted(octets)
        found = self.last("BODY.PEEK[1] BODY.PEEK[2.HEADER] BODY.PEEK[2.1] BODY.PEEK[1.MIME] BODY.PEEK[9]")
        self.assertEqual([found[f"BODY[{part}]"] for part in ("1", "2.HEADER", "2.1", "1.MIME")],
                         [b"first", b"Subject: inner\r\n\r\n", b"inner text", b"Content-Type: text/plain\r\n\r\n"])
        self.assertIn(found["BODY[9]"], (None, b""))


class Smuggling(Case):
    def test_only_crlf_dot_crlf_ends_a_message_and_a_bare_cr_or_lf_refuses_it(self):
        smuggled = f"MAIL FROM:<>\r\nRCPT TO:<{self.user}@{DOMAIN}>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n".encode()
        for end in (b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\n.\r\r\n", b"\n.\n\r\n"):
            with self.subTest(end=end), Smtp(gateway, "lmtp") as lmtp:
                lmtp.command("MAIL FROM:<>")
                lmtp.command(f"RCPT TO:<{self.user}@{DOMAIN}>")
                self.assertEqual(lmtp.command("DATA").code, 354)
                lmtp.send(b"Subject: outer\r\n\r\nx" + end + smuggled + b"\r\n.\r\nNOOP\r\n")
                self.assertEqual(lmtp.reply().code, 550)
                self.assertEqual(lmtp.reply().code, 250)  # NOOP: in step
                self.assertEqual(lmtp.command("QUIT").code, 221)
        with Wire(gateway, user=self.user) as wire:
            wire.command("STATUS Updates (MESSAGES)")
            self.assertIn(b"MESSAGES 0", wire.untagged[0])

    def test_a_chunk_with_bare_line_ends_is_refused_too(self):
        self.assertEqual(self.deliver(b"Subject: x\n\ny\n", chunked=True).code, 550)
        self.assertEqual(self.deliver(b"Subject: x\r\n\r\ny\r", chunked=True).code, 550)

    def test_dots_are_taken_off_and_never_end_a_message_early(self):
        octets = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nx.\r\n. \r\n"
        self.accepted(octets)
        self.assertTrue(dotted(octets).count(b"\r\n.\r\n") == 1)

    def test_a_loop_is_broken(self):
        octets = b"".join(b"Received: from a by b%d; Mon, 23 Nov 2026 15:00:00 +0000\r\n" % n for n in range(60))
        self.assertEqual(self.deliver(octets + message()).code, 554)


class TheJudge(unittest.TestCase):
    def test_the_judge_of_these_tests_finds_faults(self):
        for line in (b'* 1 FETCH (FLAGS (\\Seen)', b'* 1 FETCH (BODY[] {5}\r\nabc)\r\n', b'* 1 FETCH (A "x\r\ny")\r\n',
                     b'* 1 FETCH (A "\xff")\r\n', b"* 1 FETCH (A ()) \r\n", b"* 1 FETCH (A B))\r\n"):
            with self.subTest(line=line), self.assertRaises(Malformed):
                parse_fetch(line)
        self.assertEqual(parse_fetch(b'* 1 FETCH (FLAGS (\\Seen a) BODY[1] {2}\r\n") X NIL)\r\n'),
                         {"FLAGS": [b"\\Seen", b"a"], "BODY[1]": b'")', "X": None})
        with self.assertRaises(Malformed):
            check_envelope([None] * 2 + [[]] + [None] * 7)
        with self.assertRaises(Malformed):
            check_structure([[b"text", b"plain"], b"mixed"])


if __name__ == "__main__":
    unittest.main()
