"""External copies as mail providers want them: signatures that another implementation takes, one From of ours, footers."""

import itertools
import re
import subprocess
import unittest

import dkim_check
from clients import Smtp, deliver, dotted, folder, message, submit
from harness import DOMAIN, SOURCE, Gateway, certificates, temporary_directory
from sink import Sink, parse

POLICY = """format = 1
[defaults]
footer = "Sent by the Market. Gr\u00fc\u00dfe!\\nNo more of these: {unsubscribe}\\nSettings: {settings}"
[type]
"news" = { tab = "updates", label = "News", unsubscribe = true }
"bare" = { tab = "updates", label = "Bare", footer = "off" }
"user.message" = { tab = "inbox", label = "Messages", footer = "off" }
"""
SETTINGS = "https://market.test/settings?a=1&b=2"


def with_keys(gateway, more=""):
    """Two keys, one of each kind."""
    subprocess.run([SOURCE / "certs/make-dkim-keys", "--dir", gateway.directory], check=True, stdout=subprocess.DEVNULL)
    add(gateway, f'[[dkim]]\nselector = "r2026"\nkey = "dkim-rsa.pem"\n[[dkim]]\nselector = "e2026"\nkey = "dkim-ed25519.pem"\n{more}')


def add(gateway, text):
    gateway.config.write_text(gateway.config.read_text() + text)


def multipart(kind, *parts):
    body = "".join(f"--b{kind}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary=b{kind}\n\n{body}--b{kind}--\n"


PLAIN = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nHello, plain.\n"
HTML = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>Hello, page=20</p></bo=\ndy></html>\n"
FILE = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n"


numbers = itertools.count()


def mail_of(type, rest, sender="Bob <bob@elsewhere.test>"):
    head = f"From: {sender}\nTo: jane@{DOMAIN}\nSubject: s\nX-MC-Type: {type}\nX-MC-Event-Id: secret-{next(numbers)}\nBcc: hidden@x.test\nMIME-Version: 1.0\n"
    return (head + rest).replace("\n", "\r\n").encode()


def texts(mail):
    """{subtype: text} of a parsed mail's text parts."""
    return {part.get_content_subtype(): part.get_payload(decode=True).decode(part.get_content_charset() or "ascii")
            for part in mail.walk() if part.get_content_maintype() == "text"}


class ExternalForm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sink = Sink()
        cls.gateway = Gateway(["boss:admin", "jane", "tom"], smarthost=cls.sink.address, policy=POLICY,
                              web={"listen_tls": ["127.0.0.1:0"], "settings": SETTINGS})
        with_keys(cls.gateway)
        cls.gateway.start()
        cls.records = {record["name"]: record["text"] for record in cls.gateway.json("dkim", "dns")}

    @classmethod
    def tearDownClass(cls):
        assert cls.gateway.stop() == 0
        cls.sink.stop()

    def sent(self, octets, user="jane"):
        """The external copy, as octets, its signatures checked."""
        have = len(self.sink.mails)
        self.assertEqual(deliver(self.gateway, user, octets).code, 250)
        return self.checked(self.sink.wait(have + 1)[-1].octets)

    def checked(self, octets):
        self.assertEqual(dkim_check.check(octets, self.records), [True, True])
        for name in ("From", "Date", "Message-ID", "Subject", "Feedback-ID"):
            self.assertEqual(len(parse(octets).get_all(name, [])), 1, name)
        return octets

    def signed_fields(self, octets):
        return [re.sub(r"\s", "", field).lower().split(";h=")[1].split(";")[0].split(":")
                for field in parse(octets).get_all("DKIM-Signature")]

    # --- signatures

    def test_a_mail_has_two_good_signatures_over_what_matters(self):
        octets = self.sent(mail_of("news", PLAIN))
        for fields in self.signed_fields(octets):
            for name in ("to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "list-id",
                         "list-unsubscribe", "list-unsubscribe-post", "feedback-id", "auto-submitted"):
                self.assertIn(name, fields)
            self.assertEqual(fields.count("from"), 2)
        tags = [re.sub(r"\s", "", field) for field in parse(octets).get_all("DKIM-Signature")]
        self.assertEqual(sorted(re.search("a=([^;]*)", t)[1] for t in tags), ["ed25519-sha256", "rsa-sha256"])
        self.assertTrue(all(f"d={DOMAIN};" in t and "c=relaxed/relaxed" in t for t in tags))

    def test_a_changed_mail_has_none(self):
        octets = self.sent(mail_of("news", PLAIN))
        self.assertEqual(dkim_check.check(octets.replace(b"Hello", b"Hallo"), self.records), [False, False])
        self.assertEqual(dkim_check.check(b"From: x@y.test\r\n" + octets, self.records), [False, False])
        self.assertEqual(dkim_check.check(octets.replace(b"List-Unsubscribe: <https", b"List-Unsubscribe: <http"), self.records), [False, False])

    def test_odd_octets_are_signed_as_they_arrive(self):
        for body in ("", "\n\n\n", ".\n..\n. x\n", " \t\n x  y \t\n\n", "x" * 990 + "\n", "no end"):
            with self.subTest(body=body):
                self.sent(mail_of("bare", "Content-Type: text/plain\n\n" + body))

    def test_a_large_mail_is_signed(self):
        line = "A" * 76 + "\n"
        octets = self.sent(mail_of("bare", "Content-Type: text/plain\n\n" + line * 300_000))
        self.assertGreater(len(octets), 20 << 20)

    def test_reports_with_the_null_return_path_are_signed_too(self):
        have = len(self.sink.mails)
        with Smtp(self.gateway) as lmtp:
            self.assertEqual(lmtp.command("MAIL FROM:<app@elsewhere.test>").code, 250)
            self.assertEqual(lmtp.command(f"RCPT TO:<jane@{DOMAIN}> NOTIFY=SUCCESS").code, 250)
            lmtp.command("DATA")
            lmtp.send(dotted(mail_of("bare", PLAIN)))
            self.assertEqual(lmtp.reply().code, 250)
        self.sink.wait(have + 2)
        (report,) = self.sink.to("app@elsewhere.test")
        self.assertEqual(report.sender, "")
        mail = parse(self.checked(report.octets))
        self.assertEqual(mail.get_content_type(), "multipart/report")
        self.assertRegex(mail["Feedback-ID"], rf"^report:system:\d+:{DOMAIN}$")

    def test_the_return_path_is_of_our_domain(self):
        self.sent(mail_of("bare", PLAIN))
        self.assertRegex(self.sink.mails[-1].sender, rf"^b-[a-z2-7]{{26}}@{DOMAIN}$")

    # --- header

    def test_a_foreign_from_becomes_ours_and_is_answered_as_before(self):
        octets = mail_of("news", PLAIN)
        mail = parse(self.sent(octets))
        self.assertEqual(mail["From"], f"Bob <notifications@{DOMAIN}>")
        self.assertEqual(mail["Reply-To"], "Bob <bob@elsewhere.test>")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertRegex(mail["Feedback-ID"], rf"^news:updates:\d+:{DOMAIN}$")
        self.assertEqual(mail.get_all("X-MC-Type"), ["news"])
        self.assertEqual(len(mail.get_all("X-MC-Why")), 1)
        for name in ("Bcc", "X-MC-Event-Id", "Return-Path"):
            self.assertIsNone(mail[name], name)
        self.assertNotIn("Bcc", mail.as_string())
        kept = folder(self.gateway, "jane", "Updates")[-1].body
        self.assertTrue(kept.endswith(octets), "the folder's copy is as it came")

    def test_nobody_answers_at_the_address_in_from(self):
        reply = deliver(self.gateway, "notifications", mail_of("news", PLAIN), source="127.0.0.2")
        self.assertEqual(reply.code, 550)
        self.assertIn("5.1.1", reply.text)

    def test_no_from_and_five_become_one(self):
        for number in (0, 5):
            octets = b"".join(b"From: a%d@elsewhere.test\r\n" % i for i in range(number)) + b"Subject: x\r\nX-MC-Type: bare\r\n\r\nHi\r\n"
            self.assertEqual(parse(self.sent(octets))["From"], f"Message Center <notifications@{DOMAIN}>")

    def test_what_a_user_writes_keeps_its_from_and_is_not_automatic(self):
        have = len(self.sink.mails)
        octets = f"From: Tom <tom@{DOMAIN}>\r\nTo: jane@{DOMAIN}\r\nSubject: Hi\r\n\r\nHi Jane\r\n".encode()
        self.assertEqual(submit(self.gateway, "tom", "jane", octets).code, 250)
        mail = parse(self.checked(self.sink.wait(have + 1)[-1].octets))
        self.assertTrue(mail["From"].endswith(f"@{DOMAIN}>"))
        self.assertIsNone(mail["Auto-Submitted"])

    # --- footers

    def links(self, mail):
        return re.search("<(https://[^>]*)>", mail["List-Unsubscribe"])[1]

    def assert_plain_footer(self, text, link):
        self.assertTrue(text.rstrip("\r\n").endswith(
            f"\r\n\r\nSent by the Market. Gr\u00fc\u00dfe!\r\nNo more of these: {link}\r\nSettings: {SETTINGS}"), text)

    def test_a_footer_with_the_links_of_this_copy_in_every_encoding(self):
        for charset, encoding, body in (("utf-8", "8bit", "Hello"), ("utf-8", "quoted-printable", "Hello=\n"),
                                        ("iso-8859-15", "quoted-printable", "Gr=FC=DFe\n"), ("utf-8", "base64", "SGVsbG8=\n"),
                                        ("windows-1252", "base64", "SGVsbG8NCg==\n")):
            with self.subTest(charset=charset, encoding=encoding):
                mail = parse(self.sent(mail_of("news", f"Content-Type: text/plain; charset={charset}\n"
                                                       f"Content-Transfer-Encoding: {encoding}\n\n{body}")))
                self.assert_plain_footer(texts(mail)["plain"], self.links(mail))

    def test_both_alternatives_get_it_and_the_link_works(self):
        mail = parse(self.sent(mail_of("news", multipart("mixed", multipart("alternative", PLAIN, HTML), FILE))))
        found = texts(mail)
        self.assert_plain_footer(found["plain"], self.links(mail))
        self.assertIn(f'<a href="{self.links(mail)}">', found["html"])
        self.assertIn('<a href="https://market.test/settings?a=1&#38;b=2">', found["html"])
        self.assertTrue(found["html"].rstrip().endswith("</div>\r\n</body></html>"), found["html"])
        self.gateway.add_user("uma")
        mail = parse(self.sent(mail_of("news", PLAIN), "uma"))
        page = subprocess.run(["curl", "-sS", "--max-time", "20", "--cacert", certificates() / "ca.crt", "--resolve",
                               f"mc.{DOMAIN}:{self.gateway.ports['web']}:127.0.0.1", "-d", "List-Unsubscribe=One-Click",
                               "-o", "/dev/null", "-w", "%{http_code}", self.links(mail)], capture_output=True, text=True)
        self.assertEqual(page.stdout, "200", page.stderr)

    def test_what_is_signed_or_cannot_hold_it_is_left_as_it_is(self):
        signature = "Content-Type: application/pgp-signature\n\nx\n"
        for rest in (multipart("signed", PLAIN, signature), multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nx\n", FILE),
                     "Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\nAAAA\n",
                     "Content-Type: text/plain\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\nHello\n",
                     "Content-Type: text/plain; charset=us-ascii\n\nHello\n"):
            with self.subTest(rest=rest):
                octets = mail_of("news", rest)
                out = self.sent(octets)
                self.assertTrue(out.endswith(octets.split(b"\r\n\r\n", 1)[1]))
        signed = mail_of("news", "DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=from; bh=; b=\n" + PLAIN, f"Market <noreply@{DOMAIN}>")
        have = len(self.sink.mails)
        self.assertEqual(deliver(self.gateway, "jane", signed).code, 250)
        out = self.sink.wait(have + 1)[-1].octets
        self.assertEqual(dkim_check.check(out, self.records), [True, True, False])
        self.assertTrue(out.endswith(b"Hello, plain.\r\n"))

    def test_a_type_without_footer_has_none(self):
        self.assertTrue(self.sent(mail_of("bare", PLAIN)).endswith(b"Hello, plain.\r\n"))


class Keys(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "jane"], smarthost=self.sink.address, policy=POLICY)

    def algorithms(self, count):
        self.assertEqual(deliver(self.gateway, "jane", mail_of("bare", PLAIN)).code, 250)
        fields = parse(self.sink.wait(count, "jane@ext.test")[-1].octets).get_all("DKIM-Signature", [])
        return sorted(re.search("a=([^;]*)", field)[1] for field in fields)

    def test_without_keys_mail_leaves_unsigned_and_there_is_nothing_to_publish(self):
        self.gateway.start()
        self.addCleanup(self.gateway.stop)
        self.assertEqual(self.algorithms(1), [])
        self.assertEqual(self.gateway.command("dkim", "dns").code, 1)

    def test_keys_come_and_change_with_sighup_and_bad_ones_are_told(self):
        plain = self.gateway.config.read_text()
        self.gateway.start()
        self.addCleanup(self.gateway.stop)
        with_keys(self.gateway)
        self.gateway.reload('what="DKIM keys"')
        self.assertEqual(self.algorithms(1), ["ed25519-sha256", "rsa-sha256"])
        key = self.gateway.directory / "dkim-rsa.pem"
        key.chmod(0o644)
        checked = self.gateway.command("config", "check")
        self.assertEqual(checked.code, 1)
        self.assertIn("everyone on this machine may read or change it", checked.err)
        self.gateway.reload("reload_failed")
        self.assertEqual(len(self.algorithms(2)), 2)
        self.gateway.config.write_text(plain)
        self.gateway.reload('what="DKIM keys"')
        self.assertEqual(self.algorithms(3), [])

    def test_a_key_that_cannot_be_read_keeps_the_server_from_starting(self):
        add(self.gateway, '[[dkim]]\nselector = "x"\nkey = "nowhere.pem"\n')
        for words in (("serve",), ("config", "check")):
            outcome = self.gateway.command(*words)
            self.assertEqual(outcome.code, 1)
            self.assertIn("nowhere.pem (selector x): No such file or directory", outcome.err)

    def test_wrong_entries_are_errors_with_their_place(self):
        for text, problem in (('[[dkim]]\nselector = "x"\n', "needs both selector and key"),
                              ('[[dkim]]\nselector = "a b"\nkey = "k"\n', "is no selector"),
                              ('[[dkim]]\nselector = "x"\nkey = "k"\n' * 2, "stands twice"),
                              ('[[dkim]]\nselector = "x"\nkey = "k"\nkye = 1\n', "unknown key"),
                              ('[dkim]\nselector = "x"\n', "as in [[dkim]]")):
            self.gateway.write_config()
            add(self.gateway, text)
            outcome = self.gateway.command("config", "check")
            self.assertEqual(outcome.code, 1)
            self.assertIn(problem, outcome.out + outcome.err)

    def test_the_zone_lines_hold_strings_of_at_most_255_octets(self):
        with_keys(self.gateway, f'[[dkim]]\nselector = "e2026"\nkey = "dkim-ed25519.pem"\ndomain = "mail.{DOMAIN}"\n')
        lines = self.gateway.checked("dkim", "dns").out.splitlines()
        self.assertEqual([line.split()[0] for line in lines],
                         [f"r2026._domainkey.{DOMAIN}.", f"e2026._domainkey.{DOMAIN}.", f"e2026._domainkey.mail.{DOMAIN}."])
        self.assertTrue(all(len(piece) <= 255 for line in lines for piece in re.findall('"([^"]*)"', line)))


if __name__ == "__main__":
    unittest.main()
