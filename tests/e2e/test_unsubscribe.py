"""Unsubscribing from within a mail: by link as a provider does it, by the page's button, by mail; and what hostile HTTP comes to."""

import re
import socket
import ssl
import subprocess
import unittest

from clients import deliver, folder, from_outside, message, tls_context
from harness import DOMAIN, SOURCE, Gateway, certificates, temporary_directory, wait_for
from sink import Sink, parse

HOST = f"mc.{DOMAIN}"
ONE_CLICK = "List-Unsubscribe=One-Click"


class Web:
    """Raw octets over TLS."""

    def __init__(self, gateway, source="127.0.0.1"):
        raw = socket.create_connection(("127.0.0.1", gateway.ports["web"]), 10, source_address=(source, 0))
        self.socket = tls_context().wrap_socket(raw, server_hostname="localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def rest(self):
        """All that comes until the server closes."""
        octets = b""
        while piece := self.socket.recv(65536):
            octets += piece
        return octets

    def answer(self):
        """One answer with its body: (status, head, body)."""
        octets = b""
        while b"\r\n\r\n" not in octets:
            piece = self.socket.recv(65536)
            if not piece:
                return 0, octets.decode(), b""
            octets += piece
        head, body = octets.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])
        while len(body) < length:
            body += self.socket.recv(65536)
        return int(head[9:12]), head.decode(), body


class Unsubscribe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sink = Sink()
        cls.gateway = Gateway(["boss:admin"], smarthost=cls.sink.address, web={"listen_tls": ["127.0.0.1:0"]}).start()

    @classmethod
    def tearDownClass(cls):
        assert cls.gateway.stop() == 0
        cls.sink.stop()

    def news(self, user):
        """A mail of a type one can unsubscribe from, as a new user got it outside: (parsed, link, address)."""
        self.gateway.add_user(user)
        return self.more_news(user)

    def more_news(self, user):
        have = len(self.sink.to(f"{user}@ext.test"))
        self.assertEqual(deliver(self.gateway, user, message("News", "feature.announced")).code, 250)
        mail = parse(self.sink.wait(have + 1, f"{user}@ext.test")[-1].octets)
        links = re.findall(r"<([^>]*)>", mail["List-Unsubscribe"])
        return mail, links[0], links[1].removeprefix("mailto:").split("?")[0]

    def curl(self, url, *words):
        """(status, headers, body)"""
        done = subprocess.run(["curl", "-sS", "-i", "--max-time", "20", "--cacert", certificates() / "ca.crt", "--resolve",
                               f"{HOST}:{self.gateway.ports['web']}:127.0.0.1", *words, url], capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, body = done.stdout.decode().split("\r\n\r\n", 1)
        return int(head.split()[1]), head, body

    def choice(self, user):
        lines = self.gateway.json("prefs", "get", user)
        return next(line for line in lines if line["scope"] == "type:feature.announced")

    def assert_off(self, user):
        self.assertEqual(self.choice(user)["source"], "unsubscribe-link")
        have = len(self.sink.to(f"{user}@ext.test"))
        self.assertEqual(deliver(self.gateway, user, message("More news", "feature.announced")).code, 250)
        self.gateway.drained()
        self.assertEqual(len(self.sink.to(f"{user}@ext.test")), have)
        self.assertIn("More news", [parse(m.body)["Subject"] for m in folder(self.gateway, user, "Updates")])

    # --- scenario 21

    def test_21_the_external_copy_has_both_links_and_one_click(self):
        mail, link, address = self.news("anna")
        self.assertRegex(link, rf"^https://{re.escape(HOST)}:{self.gateway.ports['web']}/unsubscribe/[a-z2-7]{{26}}$")
        self.assertRegex(address, rf"^u-[a-z2-7]{{26}}@{re.escape(DOMAIN)}$")
        self.assertEqual(mail["List-Unsubscribe-Post"], ONE_CLICK)
        self.assertEqual(len(mail.get_all("List-Unsubscribe")), 1)
        (kept,) = folder(self.gateway, "anna", "Updates")
        self.assertIsNone(parse(kept.body)["List-Unsubscribe"])

    def test_21_a_post_without_cookies_switches_the_email_off_and_the_folder_goes_on(self):
        _, link, _ = self.news("bert")
        status, head, body = self.curl(link, "-d", ONE_CLICK)
        self.assertEqual(status, 200)
        self.assertNotIn("set-cookie", head.lower())
        self.assertIn("New features", body)
        self.assert_off("bert")
        status, _, body = self.curl(link, "-d", ONE_CLICK)
        self.assertEqual(status, 200)
        self.assertIn("already", body)

    def test_21_a_get_by_a_scanner_changes_nothing(self):
        _, link, _ = self.news("cleo")
        before = self.choice("cleo")
        for words in ((), ("-I",), ("-A", "Mozilla/5.0 (compatible; scanner)"), ("-G", "-d", ONE_CLICK)):
            status, head, body = self.curl(link, *words)
            self.assertEqual(status, 200)
        for field in ("cache-control: no-store", "content-security-policy: default-src 'none'", "x-content-type-options: nosniff",
                      "referrer-policy: no-referrer", "strict-transport-security: "):
            self.assertIn(field, head.lower())
        self.assertIn('<form method="post">', body)
        self.assertEqual(self.choice("cleo"), before)
        self.more_news("cleo")

    def test_the_pages_button_and_multipart_do_the_same(self):
        _, link, _ = self.news("dora")
        name, value = re.search(r'name="([^"]*)" value="([^"]*)"', self.curl(link)[2]).groups()
        self.assertEqual(self.curl(link, "--data-urlencode", f"{name}={value}")[0], 200)
        self.assert_off("dora")
        _, link, _ = self.news("dave")
        self.assertEqual(self.curl(link.upper().replace("HTTPS", "https").replace("/UNSUBSCRIBE/", "/unsubscribe/"), "-F", ONE_CLICK)[0], 200)
        self.assert_off("dave")

    def test_a_post_that_says_something_else_changes_nothing(self):
        _, link, _ = self.news("ella")
        for words in (("-d", "x=y"), ("-d", ""), ("-d", ONE_CLICK, "-H", "Content-Type: text/plain")):
            self.assertEqual(self.curl(link, *words)[0], 400)
        self.more_news("ella")

    def test_a_mail_to_the_address_switches_it_off_an_automatic_one_does_not(self):
        _, _, address = self.news("fred")
        unsubscribe = message("unsubscribe", sender="fred@ext.test")
        self.assertEqual(from_outside(self.gateway, address, unsubscribe, sender="").code, 250)
        vacation = message("Away", sender="fred@ext.test", Auto_Submitted="auto-replied")
        self.assertEqual(from_outside(self.gateway, address, vacation, sender="fred@ext.test").code, 250)
        self.more_news("fred")
        self.assertEqual(from_outside(self.gateway, address.upper(), unsubscribe, sender="fred@ext.test").code, 250)
        self.assert_off("fred")

    def test_links_and_addresses_nobody_was_given_do_not_exist(self):
        self.news("gina")
        sender = self.sink.to("gina@ext.test")[0].sender
        base = f"https://{HOST}:{self.gateway.ports['web']}/unsubscribe/"
        for token in ("x", "a" * 26, sender[2:28], "%2e%2e"):
            for words in ((), ("-d", ONE_CLICK)):
                self.assertEqual(self.curl(base + token, *words)[0], 404, token)
        self.assertEqual(from_outside(self.gateway, f"u-{'a' * 26}@{DOMAIN}", message()).code, 550)
        self.assertEqual(self.choice("gina")["choice"], "default")

    def test_what_the_policy_locks_by_now_is_refused_in_words(self):
        sink = Sink()
        self.addCleanup(sink.stop)
        gateway = Gateway(["boss:admin", "hugo"], smarthost=sink.address, web={"listen_tls": ["127.0.0.1:0"]}).start()
        self.addCleanup(gateway.stop)
        self.assertEqual(deliver(gateway, "hugo", message("News", "feature.announced")).code, 250)
        link = re.search(r"<(https[^>]*)>", parse(sink.wait(1)[0].octets)["List-Unsubscribe"])[1]
        text = re.sub(r'"feature.announced" .*', '"feature.announced" = { tab = "updates", label = "News", email = "always" }',
                      gateway.policy.read_text())
        gateway.policy.write_text(text)
        gateway.checked("rules", "apply", gateway.policy, "-m", "locked")
        done = subprocess.run(["curl", "-sS", "--cacert", certificates() / "ca.crt", "--resolve",
                               f"{HOST}:{gateway.ports['web']}:127.0.0.1", "-w", "%{http_code}", "-d", ONE_CLICK, link],
                              capture_output=True, timeout=30)
        self.assertTrue(done.stdout.endswith(b"409"), done)
        self.assertIn(b"cannot be switched off", done.stdout)

    # --- the server itself

    def test_the_token_is_in_no_log_line(self):
        _, link, _ = self.news("ines")
        token = link.rsplit("/", 1)[1]
        self.curl(link)
        self.curl(link, "-d", ONE_CLICK)
        self.curl(link + "/", "-d", ONE_CLICK)
        wait_for("the requests in the log", lambda: "event=unsubscribed user=ines" in self.gateway.log())
        self.assertIn("route=/unsubscribe/*", self.gateway.log())
        self.assertNotIn(token, self.gateway.log())

    def test_hostile_requests_are_refused_and_end_the_connection(self):
        host = b"Host: x\r\n"
        post = b"POST / HTTP/1.1\r\n" + host
        refused = [
            (400, b"GET / HTTP/1.1\r\n\r\n"),
            (400, b"GET / HTTP/1.1\r\n" + host + host + b"\r\n"),
            (400, b"GET / HTTP/1.1\nHost: x\n\n"),
            (400, b"GET / HTTP/1.1\r\n" + host + b"X: a\r\n b\r\n\r\n"),
            (400, b"GET / HTTP/1.1\r\n" + host + b"X: a\0b\r\n\r\n"),
            (400, b"GET / HTTP/1.1\r\n" + host + b"Content-Length: 4\r\n\r\nbody"),
            (400, post + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody"),
            (400, post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (411, post + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (501, post + b"Transfer-Encoding: xchunked, chunked\r\n\r\n0\r\n\r\n"),
            (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (413, post + b"Content-Length: 1000000\r\n\r\n"),
            (414, b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + host + b"\r\n"),
            (431, b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 100 + b"\r\n"),
            (431, b"GET / HTTP/1.1\r\n" + host + b"X: " + b"y" * 20000 + b"\r\n\r\n"),
            (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            (400, b"EHLO me\r\n\r\n"),
        ]
        hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        for status, octets in refused:
            with self.subTest(octets[:80]), Web(self.gateway) as web:
                web.send(octets + hidden)
                answer = web.rest()
                self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), answer[:100])
                self.assertIn(b"\r\nConnection: close\r\n", answer)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1)

    def test_requests_are_answered_in_order_also_pipelined_and_octet_by_octet(self):
        requests = (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
                    b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" b"GET /no HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for step in (len(requests), 1):
            with Web(self.gateway) as web:
                for at in range(0, len(requests), step):
                    web.send(requests[at:at + step])
                answer = web.rest()
                self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", answer), [b"200", b"200", b"405", b"404"])
                self.assertIn(b"\r\nAllow: GET, HEAD\r\n", answer)

    def test_there_is_no_plain_http_and_a_fault_harms_nobody_else(self):
        with socket.create_connection(("127.0.0.1", self.gateway.ports["web"]), 10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                self.assertNotIn(b"HTTP", plain.recv(1000))
            except ConnectionResetError:
                pass
        with Web(self.gateway) as half:
            half.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            with Web(self.gateway) as web:
                web.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                status, _, body = web.answer()
                self.assertEqual((status, body), (200, b"ok\n"))

    def test_too_many_connections_from_one_address_are_closed(self):
        gateway = Gateway(web={"listen_tls": ["127.0.0.1:0"]}, limits={"connections_per_loopback": 2}).start()
        self.addCleanup(gateway.stop)
        with Web(gateway), Web(gateway):
            with self.assertRaises((OSError, ssl.SSLError)):
                Web(gateway)
        wait_for("a place is free again", lambda: self.reached(gateway))

    @staticmethod
    def reached(gateway):
        try:
            Web(gateway).socket.close()
            return True
        except OSError:
            return False

    def test_a_new_certificate_is_used_after_sighup(self):
        gateway = Gateway(web={"listen_tls": ["127.0.0.1:0"]})
        own = temporary_directory()
        make = [SOURCE / "certs/make-certs", "--dir"]
        subprocess.run([*make, own], check=True, stdout=subprocess.DEVNULL)
        gateway.config.write_text(gateway.config.read_text().replace(str(certificates()), str(own)))
        gateway.start()
        self.addCleanup(gateway.stop)
        certificate = lambda: ssl.get_server_certificate(("127.0.0.1", gateway.ports["web"]))
        before = certificate()
        other = temporary_directory()
        subprocess.run([*make, other], check=True, stdout=subprocess.DEVNULL)
        for name in ("server.key", "server.crt"):
            (own / name).write_bytes((other / name).read_bytes())
        gateway.reload("event=reloaded what=certificate")
        self.assertNotEqual(certificate(), before)


class WithoutWeb(unittest.TestCase):
    def test_without_a_web_address_the_mail_has_only_the_way_by_mail(self):
        sink = Sink()
        self.addCleanup(sink.stop)
        gateway = Gateway(["boss:admin", "jane"], smarthost=sink.address).start()
        self.addCleanup(gateway.stop)
        self.assertNotIn("web", gateway.ports)
        self.assertEqual(deliver(gateway, "jane", message("News", "feature.announced")).code, 250)
        mail = parse(sink.wait(1)[0].octets)
        self.assertRegex(mail["List-Unsubscribe"], r"^<mailto:u-[a-z2-7]{26}@[^>]*>$")
        self.assertIsNone(mail["List-Unsubscribe-Post"])

    def test_a_configured_address_is_the_base_of_links_and_a_wrong_one_an_error(self):
        sink = Sink()
        self.addCleanup(sink.stop)
        gateway = Gateway(["boss:admin", "jane"], smarthost=sink.address,
                          web={"listen_tls": ["127.0.0.1:0"], "url": "https://mail.example.test/"}).start()
        self.addCleanup(gateway.stop)
        self.assertEqual(deliver(gateway, "jane", message("News", "feature.announced")).code, 250)
        self.assertIn("<https://mail.example.test/unsubscribe/", parse(sink.wait(1)[0].octets)["List-Unsubscribe"])
        gateway.web["url"] = "http://mail.example.test"
        gateway.write_config()
        outcome = gateway.command("config", "check")
        self.assertEqual(outcome.code, 1)
        self.assertIn("malformed address of the web pages", outcome.out + outcome.err)


if __name__ == "__main__":
    unittest.main()
