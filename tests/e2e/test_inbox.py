"""Mail between users (scenario 32): nobody's address, client or host reaches another; answers find their way."""

import base64
import re
import unittest

from clients import Mailbox, Smtp, deliver, folder, message, submit
from harness import DOMAIN, OUTSIDE, Gateway
from sink import Sink, parse

LEAKS = (b"jane@", b"jane.doe", b"private", b"janes-laptop", b"203.0.113.", b"198.51.100.", b"192.0.2.", b"provider.test", b"FancyMail",
         b"Doe Ltd", b"me.test", b"DKIM", b"127.0.0.", b"Originating")
TALKATIVE = {"User_Agent": "FancyMail 1.2", "X_Mailer": "FancyMail", "Organization": "Doe Ltd", "Reply_To": "private@provider.test",
             "X_Originating_IP": "[203.0.113.5]", "DKIM_Signature": "v=1; d=provider.test; s=x; b=abc",
             "Received": "from janes-laptop.local ([203.0.113.5]) by smtp.provider.test; Mon, 23 Nov 2026 14:59:00 +0000"}
PDF = bytes(range(256)) * 40


def address_of(octets, field="From"):
    return str(parse(octets)[field]).split("<")[-1].rstrip(">")


def inbox(gateway, login):
    return [m.body for m in folder(gateway, login, "INBOX")]


class Case(unittest.TestCase):
    limits = {}
    clock = None

    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "eve"], smarthost=self.sink.address, limits=self.limits, clock=self.clock)
        self.addCleanup(self.gateway.stop)
        self.gateway.add_user("jane", email="jane.doe@provider.test", more=("--name", "Jane D."))
        self.gateway.add_user("bob", more=("--name", "Bob Builder"))
        self.gateway.start()
        for login in ("bob", "eve", "jane"):
            self.gateway.checked("prefs", "set", login, "tab:inbox", "both")
        self.count = 0

    # --- what people do

    def letter(self, author, to, subject="Sketches", body="Hello there.\n", **fields):
        self.count += 1
        fields.setdefault("id", f"<{author}{self.count}@{author}s-laptop.local>")
        return message(subject, sender=fields.pop("sender", f"{author}@{DOMAIN}"), to=to, body=body, **TALKATIVE, **fields)

    def write(self, author, to, *more, **fields):
        reply = submit(self.gateway, author, to, self.letter(author, to if "@" in to else f"{to}@{DOMAIN}", **fields), *more)
        self.assertEqual(reply.code, 250, reply)

    def by_provider(self, to, octets, service):
        """Through the company's MTA, which says by XFORWARD where the mail came from."""
        with Smtp(self.gateway, service) as smtp:
            known = smtp.command("XFORWARD NAME=janes-laptop.local ADDR=203.0.113.7 PROTO=ESMTP HELO=janes-laptop.local SOURCE=REMOTE")
            self.assertEqual(known.code, 250, known)
            replies = smtp.mail("jane.doe@provider.test", [to], octets)
            return replies[0] if smtp.lmtp else replies

    def check_hides_jane(self, octets):
        for leak in LEAKS:
            self.assertNotIn(leak.lower(), octets.lower())

    def copies_of_bob(self, count):
        """His folder's last copy and the external one."""
        copies = inbox(self.gateway, "bob")
        self.assertEqual(len(copies), count)
        mail = self.external("bob@ext.test", count)
        return copies[-1], mail

    def external(self, address, count):
        for entry in self.gateway.queue():
            if entry["state"] == "waiting":
                self.gateway.checked("queue", "retry", entry["id"])
        return self.sink.wait(count, address)[-1]


class Inbox(Case):
    def test_32_neither_sees_the_others_address_and_replies_arrive(self):
        self.write("jane", "bob", sender=f"Jane <jane@{DOMAIN}>")
        copy, mail = self.copies_of_bob(1)
        for octets in (copy, mail.octets):
            self.check_hides_jane(octets)
            self.assertEqual(parse(octets)["From"], f'"Jane D." <{address_of(copy)}>')
        self.assertNotIn("jane", mail.sender + mail.helo)
        token = address_of(copy)
        self.assertRegex(token, r"^c-[a-z2-7]{26}@example\.test$")
        self.write("bob", token, subject="Re: Sketches", In_Reply_To=str(parse(copy)["Message-ID"]))
        answer = inbox(self.gateway, "jane")[-1]
        self.assertNotIn(b"bob@", answer)
        self.assertEqual(parse(answer)["In-Reply-To"], "<jane1@janes-laptop.local>")
        self.assertRegex(address_of(answer), r"^c-[a-z2-7]{26}@")
        for number, service in enumerate(("smtp", "lmtp"), 2):
            with self.subTest(service):
                reply = self.by_provider(address_of(answer), self.letter("jane", address_of(answer), subject="Re: Re: Sketches",
                                         sender="Jane <jane.doe@provider.test>", In_Reply_To=str(parse(answer)["Message-ID"])), service)
                self.assertEqual(reply.code, 250, reply)
                copy, mail = self.copies_of_bob(number)
                self.check_hides_jane(copy)
                self.check_hides_jane(mail.octets)
                self.assertEqual(address_of(copy), token)
                self.assertEqual(parse(copy)["In-Reply-To"], "<bob2@bobs-laptop.local>")

    def test_an_address_of_a_conversation_works_for_one_user_only(self):
        self.write("jane", "bob")
        token = address_of(inbox(self.gateway, "bob")[0])
        self.assertEqual(submit(self.gateway, "eve", token, self.letter("eve", token)).code, 550)
        self.assertEqual(submit(self.gateway, "jane", token, self.letter("jane", token)).code, 550)
        forged = self.letter("eve", token, sender="eve@ext.test")
        self.assertEqual(deliver(self.gateway, token, forged, OUTSIDE, sender="eve@ext.test").code, 550)
        self.assertEqual(deliver(self.gateway, "c-" + "a" * 26 + f"@{DOMAIN}", forged, OUTSIDE, sender="eve@ext.test").code, 550)
        self.assertEqual(inbox(self.gateway, "jane"), [])

    def test_all_of_three_are_answered(self):
        octets = self.letter("jane", f"bob@{DOMAIN}", Cc=f"eve@{DOMAIN}")
        with Smtp(self.gateway, "submission") as smtp:
            smtp.login("jane")
            self.assertEqual(smtp.mail(f"jane@{DOMAIN}", [f"bob@{DOMAIN}", f"eve@{DOMAIN}"], octets).code, 250)
        (at_bob,), (at_eve,) = inbox(self.gateway, "bob"), inbox(self.gateway, "eve")
        everybody = [address_of(at_bob), address_of(at_bob, "Cc")]
        self.assertNotIn(b"eve@", at_bob)
        self.assertNotIn(b"bob@", at_eve)
        answer = self.letter("bob", everybody[0], subject="Re: Sketches", Cc=everybody[1], In_Reply_To=str(parse(at_bob)["Message-ID"]))
        with Smtp(self.gateway, "submission") as smtp:
            smtp.login("bob")
            self.assertEqual(smtp.mail(f"bob@{DOMAIN}", everybody, answer).code, 250)
        (at_jane,), (_, at_eve_too) = inbox(self.gateway, "jane"), inbox(self.gateway, "eve")
        self.assertEqual(parse(at_jane)["In-Reply-To"], "<jane1@janes-laptop.local>")
        self.assertEqual(parse(at_eve_too)["In-Reply-To"], parse(at_eve)["Message-ID"])
        self.assertEqual(address_of(at_eve_too, "Cc"), address_of(at_eve))
        for copy in (at_jane, at_eve_too):
            self.assertNotIn(b"bob@", copy)

    def test_an_attachment_arrives_octet_by_octet(self):
        encoded = re.sub(r"(.{76})", r"\1\n", base64.b64encode(PDF).decode())
        body = f"--=_b\nContent-Type: text/plain\n\nSee.\n--=_b\nContent-Type: application/pdf; name=a.pdf\n" \
               f"Content-Disposition: attachment; filename=a.pdf\nContent-Transfer-Encoding: base64\n\n{encoded}\n--=_b--\n"
        self.write("jane", "bob", body=body, MIME_Version="1.0", Content_Type='multipart/mixed; boundary="=_b"')
        copy = inbox(self.gateway, "bob")[0]
        self.assertTrue(copy.endswith(body.replace("\n", "\r\n").encode()))
        self.assertEqual(parse(copy).get_payload(1).get_payload(decode=True), PDF)

    def test_an_interview_of_the_platform_is_continued_by_both_sides(self):
        octets = message("Interview", "interview.message", sender=f"Jane via us <noreply@{DOMAIN}>", to=f"bob@{DOMAIN}", id="<i@app.test>",
                         X_MC_Counterpart="jane", X_MC_Conversation="interview-7")
        self.assertEqual(deliver(self.gateway, "bob", octets).code, 250)
        invited = inbox(self.gateway, "bob")[0]
        self.assertNotIn(b"jane@", invited)
        self.assertNotIn(b"Counterpart", invited)
        self.assertNotIn(b"interview-7", invited)
        token = address_of(invited)
        self.write("bob", token, subject="Re: Interview", In_Reply_To=str(parse(invited)["Message-ID"]))
        answer = inbox(self.gateway, "jane")[0]
        self.assertEqual(parse(answer)["X-MC-Type"], "interview.message")
        reply = self.by_provider(address_of(answer), self.letter("jane", address_of(answer), subject="Re: Interview",
                                 sender="jane.doe@provider.test", In_Reply_To=str(parse(answer)["Message-ID"])), "smtp")
        self.assertEqual(reply.code, 250, reply)
        last = inbox(self.gateway, "bob")[-1]
        self.check_hides_jane(last)
        self.assertEqual(address_of(last), token)
        self.assertEqual(parse(last)["In-Reply-To"], "<bob1@bobs-laptop.local>")

    def test_who_is_blocked_is_refused_in_neutral_words(self):
        self.write("jane", "bob")
        self.gateway.checked("user", "block", "bob", "jane")
        self.assertEqual(self.gateway.json("user", "show", "bob")["blocked"], "jane")
        refused = submit(self.gateway, "jane", "bob", self.letter("jane", f"bob@{DOMAIN}"))
        self.assertEqual(refused.code, 550)
        self.assertIn("does not take mail from you", refused.text)
        self.assertNotIn("block", refused.text.lower())
        self.write("eve", "bob")
        self.assertEqual(self.gateway.command("user", "block", "bob", "jane").code, 1)
        self.assertEqual(self.gateway.command("user", "block", "bob", "bob").code, 1)
        self.assertEqual(self.gateway.command("user", "block", "bob", "nobody").code, 1)
        self.gateway.checked("user", "unblock", "bob", "jane")
        self.assertEqual(self.gateway.command("user", "unblock", "bob", "jane").code, 1)
        self.write("jane", "bob")
        self.assertEqual(len(inbox(self.gateway, "bob")), 3)


    def test_a_user_blocks_by_the_only_address_he_knows(self):
        self.write("jane", "bob")
        token = address_of(inbox(self.gateway, "bob")[0])
        entry = "/private/vendor/message-center/blocked"
        with Mailbox(self.gateway, "bob") as bob:
            self.assertEqual(bob.xatom("SETMETADATA", '""', f'({entry} "{token}")')[0], "OK")
            self.assertEqual(bob.xatom("GETMETADATA", '""', entry)[0], "OK")
            said = b" ".join(line for line in bob.response("METADATA")[1] if line)
            self.assertIn(token.encode(), said)
            self.assertNotIn(b"jane", said.lower())
            self.assertEqual(bob.xatom("SETMETADATA", '""', f'({entry} "nobody")')[0], "NO")
            refused = submit(self.gateway, "jane", "bob", self.letter("jane", f"bob@{DOMAIN}"))
            self.assertEqual(refused.code, 550)
            self.write("eve", "bob")
            self.assertEqual(bob.xatom("SETMETADATA", '""', f"({entry} NIL)")[0], "OK")
        self.write("jane", "bob")

    def test_what_our_mta_says_of_the_author_counts(self):
        self.write("bob", "jane")
        token = address_of(inbox(self.gateway, "jane")[0])
        for word, code in (("pass", 250), ("fail", 550)):
            octets = f"Authentication-Results: mc.{DOMAIN}; dmarc={word} header.from=provider.test\r\n".encode() + \
                self.letter("jane", token, sender="jane.doe@provider.test")
            self.assertEqual(self.by_provider(token, octets, "lmtp").code, code, word)
        self.assertEqual(len(inbox(self.gateway, "bob")), 1)

    def test_out_of_office_goes_no_further(self):
        self.write("bob", "jane")
        token = address_of(inbox(self.gateway, "jane")[0])
        away = self.letter("jane", token, sender="jane.doe@provider.test", Auto_Submitted="auto-replied")
        self.assertEqual(self.by_provider(token, away, "smtp").code, 250)
        self.assertEqual(inbox(self.gateway, "bob"), [])


class Limits(Case):
    limits = {"user_messages_per_hour": 2, "user_recipients_per_day": 5}
    clock = True

    def test_more_than_the_limit_in_an_hour_waits(self):
        self.write("jane", "bob")
        self.write("jane", "eve")
        refused = submit(self.gateway, "jane", "bob", self.letter("jane", f"bob@{DOMAIN}"))
        self.assertEqual(refused.code, 450)
        self.assertTrue(refused.text.startswith("4.7.1 "), refused.text)
        self.write("bob", "jane")
        self.assertEqual(deliver(self.gateway, "jane", message("Paid", "payment.sent", "1.00 USD")).code, 250)
        self.gateway.advance(hours=1, seconds=1)
        self.write("jane", "bob")

    def test_more_recipients_than_the_limit_in_a_day_wait(self):
        def write(count):
            with Smtp(self.gateway, "submission") as smtp:
                smtp.login("jane")
                return smtp.mail(f"jane@{DOMAIN}", ([f"bob@{DOMAIN}", f"eve@{DOMAIN}", f"boss@{DOMAIN}"])[:count], self.letter("jane", "all"))
        self.assertEqual(write(3).code, 250)
        refused = write(3)
        self.assertEqual(refused.code, 450)
        self.assertIn("recipients a day", refused.text)
        self.assertEqual(write(2).code, 250)
        self.gateway.advance(days=1, seconds=1)
        self.assertEqual(write(3).code, 250)


if __name__ == "__main__":
    unittest.main()
