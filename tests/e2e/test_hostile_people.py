"""People and programs that mean no good, or know no better: forged authors, guessed tokens, everything at once."""

import unittest

from clients import Smtp, folder, from_outside, message, submit
from harness import DOMAIN, OUTSIDE, Gateway
from sink import parse

SUPPORT = f"support@{DOMAIN}"
TOKEN = "a" * 26


class HostilePeople(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(["boss:admin", "ana:agent", "jane", "bob", "carol"])
        self.gateway.checked("team", "add", "acme", "--owner", "jane")
        self.gateway.checked("team", "member", "add", "acme", "bob")
        self.gateway.start()
        self.addCleanup(self.gateway.stop)

    def tickets(self):
        return self.gateway.json("ticket", "list")

    def open_ticket(self):
        octets = message("Help", sender="Jane <jane@ext.test>", to=SUPPORT, id="<help@janes>")
        self.assertEqual(from_outside(self.gateway, SUPPORT, octets, "jane@ext.test").code, 250)
        (copy,) = [m.body for m in folder(self.gateway, "jane", "Tickets") if b"[T-1]" in m.body]
        return parse(copy)["Reply-To"].split("<")[-1].rstrip(">")

    def inbox(self, user, word):
        return [m for m in folder(self.gateway, user, "INBOX") if word in m.body]

    def test_who_is_nobody_or_five_opens_no_ticket(self):
        five = ", ".join(f"Jane <jane@ext.test{i}>" for i in range(4)) + ", Jane <jane@ext.test>"
        for sender in (five, "", "undisclosed:;", "Jane <jane@ext.test> <jane@ext.test>,,x"):
            with self.subTest(sender):
                answer = from_outside(self.gateway, SUPPORT, message("Hello", sender=sender, to=SUPPORT), "jane@ext.test")
                self.assertEqual(answer.code, 550, answer)
        self.assertEqual(self.tickets(), [])

    def test_a_user_has_one_from_and_it_is_his(self):
        for sender in (f"jane@{DOMAIN}, ana@{DOMAIN}", f"Jane <ana@{DOMAIN}>", "", f"=?utf-8?q?jane=40{DOMAIN}?= <x@y.test>"):
            with self.subTest(sender):
                self.assertEqual(submit(self.gateway, "jane", "bob", message("Hi", sender=sender)).code, 550)
        self.assertEqual(self.inbox("bob", b"Hi"), [])

    def test_a_subject_of_ten_megabytes_is_a_ticket_with_a_short_one(self):
        octets = message("S" * 10_000_000, sender="Jane <jane@ext.test>", to=SUPPORT)
        answer = from_outside(self.gateway, SUPPORT, octets, "jane@ext.test")
        self.assertEqual(answer.code, 250, answer)
        (ticket,) = self.tickets()
        self.assertLessEqual(len(ticket["subject"]), 200)
        (copy,) = folder(self.gateway, "ana", "Support/Unassigned")
        self.assertTrue(copy.body.endswith(octets))

    def test_everything_at_once_is_one_entry_and_one_copy_each(self):
        token = self.open_ticket()
        octets = message("Everything", sender=f"Jane <jane@{DOMAIN}>", to=SUPPORT, body="All of you!\n", id="<all@janes>")
        with Smtp(self.gateway, "submission") as smtp:
            self.assertEqual(smtp.login("jane").code, 235)
            recipients = [SUPPORT, f"team-acme@{DOMAIN}", token, token.upper(), f"bob@{DOMAIN}", f"carol@{DOMAIN}"]
            answer = smtp.mail(f"jane@{DOMAIN}", recipients, octets)
        self.assertEqual(answer.code, 250, answer)
        self.assertEqual([t["ticket"] for t in self.tickets()], ["T-1"])
        messages = [m for m in folder(self.gateway, "ana", "Support/Unassigned") if b"All of you!" in m.body]
        self.assertEqual(len(messages), 1)
        self.assertEqual(len(self.inbox("bob", b"All of you!")), 1)
        self.assertEqual(len(self.inbox("carol", b"All of you!")), 1)

    def test_guessed_tokens_are_refused_in_the_words_for_unknown_users(self):
        with Smtp(self.gateway, "smtp", OUTSIDE, timeout=60) as smtp:
            self.assertEqual(smtp.command("MAIL FROM:<x@ext.test>").code, 250)
            texts = set()
            for kind in "tncbu":
                answer = smtp.command(f"RCPT TO:<{kind}-{TOKEN}@{DOMAIN}>")
                self.assertEqual(answer.code, 550)
                texts.add(answer.text.replace(f"{kind}-{TOKEN}", "…"))
            answer = smtp.command(f"RCPT TO:<jane@{DOMAIN}>")
            texts.add(answer.text.replace("jane", "…"))
            self.assertEqual(len(texts), 1, texts)

    def test_the_token_of_a_deleted_user_is_nobodys(self):
        token = self.open_ticket()
        self.gateway.checked("user", "delete", "jane")
        octets = message("Re: Help", sender="Jane <jane@ext.test>", to=token)
        self.assertEqual(from_outside(self.gateway, token, octets, "jane@ext.test").code, 550)
        self.assertEqual(from_outside(self.gateway, SUPPORT, octets, "jane@ext.test").code, 550)  # a stranger by now

    def test_the_token_of_a_merged_ticket_leads_to_the_one_that_counts(self):
        token = self.open_ticket()
        second = message("Help again", sender="Jane <jane@ext.test>", to=SUPPORT, id="<again@janes>")
        self.assertEqual(from_outside(self.gateway, SUPPORT, second, "jane@ext.test").code, 250)
        self.gateway.checked("ticket", "merge", "T-1", "T-2")
        octets = message("Re: Help", sender="Jane <jane@ext.test>", to=token, body="To the first address.\n")
        self.assertEqual(from_outside(self.gateway, token, octets, "jane@ext.test").code, 250)
        entries = self.gateway.checked("ticket", "show", "T-2").out
        self.assertIn("open", entries)
        self.assertTrue([m for m in folder(self.gateway, "ana", "Support/Unassigned") if b"To the first address." in m.body])

    def test_a_foreign_author_with_a_real_token_is_shown_to_agents_only(self):
        token = self.open_ticket()
        octets = message("Re: [T-1] Help", sender="Mallory <mallory@evil.test>", to=token, body="Send it to my account.\n")
        self.assertEqual(from_outside(self.gateway, token, octets, "mallory@evil.test").code, 250)
        self.assertFalse([m for m in folder(self.gateway, "jane", "Tickets") if b"my account" in m.body])
        (held,) = [m.body for m in folder(self.gateway, "ana", "Support/Unassigned") if b"my account" in m.body]
        self.assertIn("held", parse(held)["X-MC-Internal"])


if __name__ == "__main__":
    unittest.main()
