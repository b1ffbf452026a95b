"""Annotations and preferences from mail clients (RFC 5464): imaplib with raw commands, ImapFlow, octets by hand."""

import json
import os
import re
import shutil
import subprocess
import time
import unittest

from clients import Mailbox, deliver, folders_with_mail, message
from harness import DOMAIN, PASSWORD, Gateway, certificates
from imap_wire import Wire
from sink import Sink
from test_imapflow import NODE, install

OURS = "/private/vendor/message-center"


def setUpModule():
    global sink, gateway
    sink = Sink()
    gateway = Gateway(["boss:admin"], smarthost=sink.address).start()
    unittest.addModuleCleanup(sink.stop)
    unittest.addModuleCleanup(gateway.stop)


class Client(Mailbox):
    """imaplib, which has no calls for it."""

    def put(self, mailbox, *pairs):
        """pairs: (entry, value or None). The tagged answer: (status, text)."""
        values = " ".join(name + " " + ("NIL" if value is None else f'"{value}"') for name, value in pairs)
        return self.answer("SETMETADATA", f'"{mailbox}"', f"({values})")

    def get(self, mailbox, *entries, options=()):
        """{entry: value} of one GETMETADATA."""
        status, text = self.answer("GETMETADATA", *options, f'"{mailbox}"', "(" + " ".join(entries) + ")")
        assert status == "OK", text
        _, lines = self.response("METADATA")
        found = " ".join(line.decode() for line in lines if line)
        return dict(re.findall(r'(/\S+) "([^"]*)"', found))

    def answer(self, name, *words):
        status, data = self.xatom(name, *words)
        return status, data[0].decode()


class Case(unittest.TestCase):
    """Each test has a user of its own: self.jane."""

    def setUp(self):
        self.jane = "jane" + re.sub(r"\W", "", self.id().rpartition(".")[2])[-24:].replace("_", "")
        gateway.add_user(self.jane)

    def client(self):
        client = Client(gateway, self.jane)
        self.addCleanup(client.shutdown)
        return client

    def payment(self):
        octets = message("A payment", "payment.sent", "40.00 USD", id=f"<{time.monotonic_ns()}@{DOMAIN}>")
        self.assertEqual(deliver(gateway, self.jane, octets).code, 250)

    def external(self):
        gateway.drained()
        return len(sink.to(f"{self.jane}@ext.test"))

    def preference(self, scope):
        (line,) = [line for line in gateway.json("prefs", "get", self.jane) if line["scope"] == scope]
        return line


class Preferences(Case):
    def test_a_tab_set_to_center_keeps_the_next_payment_in_the_folder_only(self):
        self.payment()
        self.assertEqual(self.external(), 1)
        client = self.client()
        self.assertEqual(client.put("", (f"{OURS}/tab/alerts", "center"))[0], "OK")
        self.payment()
        self.assertEqual(self.external(), 1)
        self.assertEqual(folders_with_mail(gateway, self.jane), {"Account Alerts": 2})
        line = self.preference("tab:alerts")
        self.assertEqual((line["choice"], line["source"]), ("center", "client"))
        email = next(f for f in gateway.why(self.jane)[0]["fields"] if f["field"] == "email")
        self.assertEqual(email["layer"], "tab-choice")
        self.assertIn("(client)", email["detail"])
        self.assertEqual(client.put("", (f"{OURS}/tab/alerts", None))[0], "OK")
        self.payment()
        self.assertEqual(self.external(), 2)

    def test_the_choice_of_a_folder_is_its_tabs(self):
        client = self.client()
        self.assertEqual(client.put("Account Alerts", (f"{OURS}/choice", "email"))[0], "OK")
        self.assertEqual(self.preference("tab:alerts")["choice"], "email")
        self.payment()
        self.assertEqual((self.external(), folders_with_mail(gateway, self.jane)), (1, {}))
        self.assertEqual(client.put("Sent", (f"{OURS}/choice", "email"))[0], "NO")

    def test_what_the_policy_forbids_is_refused_in_words_and_nothing_of_it_is_done(self):
        client = self.client()
        status, text = client.put("", (f"{OURS}/type/rate.raised", "center"),
                                  (f"{OURS}/type/payment_method.changed", "none"))
        self.assertEqual(status, "NO")
        self.assertRegex(text, r"\[NOPERM\] .*always emailed.*cannot be changed")
        self.assertEqual(self.preference("type:rate.raised")["choice"], "default")
        status, text = client.put("", (f"{OURS}/type/payment.snt", "center"))
        self.assertEqual(status, "NO")
        self.assertIn("did you mean payment.sent?", text)
        for client in (client, self.client()):
            self.assertEqual(client.get("", f"{OURS}/type/payment_method.changed"),
                             {f"{OURS}/type/payment_method.changed": "both"})

    def test_another_client_sees_it_and_so_does_one_after_a_restart(self):
        first, second = self.client(), self.client()
        self.assertEqual(first.put("", (f"{OURS}/type/rate.raised", "email"), ("/private/comment", "mine"))[0], "OK")
        self.assertEqual(first.put("Updates", ("/shared/comment", "ours"))[0], "OK")
        wanted = {f"{OURS}/type/rate.raised": "email", "/private/comment": "mine"}
        self.assertEqual(second.get("", *wanted), wanted)
        gateway.stop()
        gateway.start()
        third = self.client()
        self.assertEqual(third.get("", *wanted), wanted)
        self.assertEqual(third.get("Updates", "/shared", options=["(DEPTH infinity)"]), {"/shared/comment": "ours"})

    def test_every_type_and_tab_is_listed_with_what_holds(self):
        found = self.client().get("", OURS, options=["(DEPTH infinity)"])
        scopes = {name[len(OURS) + 1:].replace("/", ":", 1) for name in found}
        listed = {line["scope"] for line in gateway.json("prefs", "get", self.jane)}
        self.assertEqual(scopes, listed - {"code"})
        types = {name: value for name, value in found.items() if "/type/" in name}
        self.assertGreater(len(types), 20)
        self.assertLessEqual(set(types.values()), {"both", "email", "center", "none"})

    def test_an_address_is_changed_with_the_code_mailed_to_it_and_wrong_codes_count(self):
        client, new = self.client(), f"{self.jane}@new.test"
        self.assertEqual(client.put("", (f"{OURS}/address", new))[0], "OK")
        gateway.drained()
        (mail,) = sink.to(new)
        code = re.search(rb"Your code: (\d{6})\r\n", mail.octets)[1].decode()
        wrong = f"{(int(code) + 1) % 1000000:06}"
        status, text = client.put("", ("/private/comment", "x"), (f"{OURS}/code", wrong))
        self.assertEqual((status, text), ("NO", "[CANNOT] A code is set by itself"))
        status, text = client.put("", (f"{OURS}/code", wrong))
        self.assertEqual(status, "NO")
        self.assertIn("tries left: 4", text)
        self.assertEqual(client.get("", "/private/comment", f"{OURS}/code", f"{OURS}/address"),
                         {f"{OURS}/address": f"{self.jane}@ext.test"})
        self.assertEqual(client.put("", (f"{OURS}/code", code))[0], "OK")
        self.assertEqual(client.get("", f"{OURS}/address"), {f"{OURS}/address": new})

    def test_times_are_set_seen_on_the_command_line_and_taken_back(self):
        client = self.client()
        self.assertEqual(client.put("", (f"{OURS}/zone", "Asia/Tokyo"), (f"{OURS}/quiet", "22:00-07:00"),
                                    (f"{OURS}/digest", "daily 08:00"))[0], "OK")
        for scope, value in (("zone", "Asia/Tokyo"), ("quiet", "22:00-07:00"), ("digest", "daily 08:00")):
            self.assertEqual(self.preference(scope)["choice"], value)
        gateway.checked("prefs", "set", self.jane, "quiet", "23:00-06:00")
        self.assertEqual(client.get("", f"{OURS}/quiet"), {f"{OURS}/quiet": "23:00-06:00"})
        status, text = client.put("", (f"{OURS}/digest", None), (f"{OURS}/zone", "Asia/Tokio"))
        self.assertEqual((status, text[:9]), ("NO", "[CANNOT] "))
        self.assertEqual(self.preference("digest")["choice"], "daily 08:00")
        self.assertEqual(client.put("", (f"{OURS}/zone", None), (f"{OURS}/quiet", None), (f"{OURS}/digest", None))[0], "OK")
        self.assertEqual([self.preference(scope)["choice"] for scope in ("zone", "quiet", "digest")],
                         ["default", "off", "off"])

    def test_the_site_tells_who_runs_it(self):
        client = self.client()
        found = client.get("", "/shared/admin", "/shared/comment")
        self.assertEqual(found["/shared/admin"], f"mailto:postmaster@{DOMAIN}")
        self.assertIn(DOMAIN, found["/shared/comment"])
        status, text = client.put("", ("/shared/comment", "x"))
        self.assertEqual(status, "NO")
        self.assertIn("[NOPERM]", text)


class Annotations(Case):
    def test_octets_of_any_kind_come_back_as_they_were(self):
        with Wire(gateway, user=self.jane) as wire:
            for value in (bytes(range(256)), "Grüße\r\n".encode(), b"\xff" * 65_536, b""):
                put = b'SETMETADATA "" (/private/x ~{%d+}\r\n%s)' % (len(value), value)
                self.assertEqual(wire.command(put)[:2], b"OK")
                self.assertEqual(wire.command('GETMETADATA "" /private/x')[:2], b"OK")
                (line,) = wire.untagged
                found = line[len(b'* METADATA "" (/private/x '):-len(b")\r\n")]
                self.assertEqual(found.partition(b"}\r\n")[2] if value else found, value or b'""')

    def test_too_much_is_refused_with_its_code_and_the_connection_goes_on(self):
        with Wire(gateway, user=self.jane) as wire:
            large = b'SETMETADATA INBOX (/private/x {70000+}\r\n' + b"x" * 70_000 + b")"
            self.assertTrue(wire.command(large).startswith(b"NO [METADATA MAXSIZE 65536]"))
            self.assertTrue(wire.command("SETMETADATA INBOX (/private/x {70000}").startswith(b"NO [METADATA MAXSIZE"))
            many = " ".join(f"/private/{i} NIL" if i < 250 else f'/private/{i} "x"' for i in range(450))
            self.assertEqual(wire.command(f"SETMETADATA INBOX ({many})")[:2], b"OK")
            self.assertTrue(wire.command('SETMETADATA INBOX (/private/x "1")').startswith(b"NO [METADATA TOOMANY]"))
            self.assertEqual(wire.command('SETMETADATA INBOX (/private/250 NIL /private/x "1")')[:2], b"OK")

    def test_annotations_follow_a_rename_and_go_with_the_mailbox(self):
        client = self.client()
        client.create("Work")
        self.assertEqual(client.put("Work", ("/private/comment", "x"))[0], "OK")
        client.rename("Work", "Play")
        self.assertEqual(client.get("Play", "/private/comment"), {"/private/comment": "x"})
        client.delete("Play")
        client.create("Play")
        self.assertEqual(client.get("Play", "/private/comment"), {})
        self.assertEqual(client.put("Work", ("/private/comment", "x"))[0], "NO")

    def test_one_users_are_nobody_elses(self):
        self.assertEqual(self.client().put("", ("/private/comment", "mine"))[0], "OK")
        self.assertEqual(Client(gateway, "boss").get("", "/private/comment"), {})


class ImapFlow(Case):
    def test_its_compiler_and_parser_agree_with_the_server(self):
        if not shutil.which("npm"):
            self.skipTest("npm is not installed")
        install()
        done = subprocess.run(["node", NODE / "metadata.mjs", str(gateway.ports["imap"]), self.jane, PASSWORD],
                              capture_output=True, text=True, timeout=120,
                              env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificates() / "ca.crt")})
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = json.loads(done.stdout)
        self.assertTrue(seen["capable"])
        self.assertEqual(seen["set"], {"done": True}, seen)
        self.assertEqual(seen["get"], {"/private/comment": "Grüße", "/shared/comment": "two\r\nlines"})
        self.assertEqual((seen["remove"], seen["removed"]), ({"done": True}, {}))
        self.assertEqual(seen["choose"], {"done": True})
        self.assertEqual(seen["chosen"][f"{OURS}/tab/updates"], "center")
        self.assertEqual(len(seen["chosen"]), 4)
        self.assertIn("always emailed", seen["refused"]["response"])
        self.assertEqual(self.preference("tab:updates")["source"], "client")


if __name__ == "__main__":
    unittest.main()
