"""Replies as mail programs write them (tests/corpus/replies), from a user's own provider and from an agent's client."""

import unittest

import replies
from clients import folder, from_outside, message, submit
from harness import DOMAIN, Gateway
from sink import Sink, parse

QUESTION = message("Charged twice", sender="Jane Doe <jane@ext.test>", to=f"support@{DOMAIN}", id="<question@janes-laptop.ext.test>",
                   body="I was charged twice.\n")
ASKED = "jane@ext.test"


def reply_to(octets):
    return parse(octets)["Reply-To"].split("<")[-1].rstrip(">")


def holds(octets, mark):
    """Is the word in a decoded part of the message, or in the name of one?"""
    return any(mark.encode() in (part.get_payload(decode=True) or b"") or mark in str(part.get_filename())
               for part in parse(octets).walk())


def content(octets):
    return octets.split(b"\r\n\r\n", 1)[1]


class Replies(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "ana:agent", "jane", "bob"], smarthost=self.sink.address).start()
        self.addCleanup(self.gateway.stop)

    def fill(self, name, to, parent, subject, sender, mark):
        return replies.fill(name, sender=sender, to=to, subject=subject, parent=parent, mark=mark,
                            message_id=f"<{mark.lower()}@client.ext.test>")

    def test_each_reply_of_a_requester_lands_in_his_ticket_as_it_came(self):
        self.assertEqual(from_outside(self.gateway, f"support@{DOMAIN}", QUESTION, ASKED).code, 250)
        tickets = len(self.gateway.json("ticket", "list"))
        acknowledgement = [m.body for m in folder(self.gateway, "jane", "Tickets") if f"[T-{tickets}]".encode() in m.body][0]
        token, parent = reply_to(acknowledgement), parse(acknowledgement)["Message-ID"]
        for number, name in enumerate(replies.names()):
            with self.subTest(name):
                mark = f"MARK{number:02}X"
                octets = self.fill(name, token, parent, f"Re: [T-{tickets}] Charged twice", "Jane Doe <jane@ext.test>", mark)
                answer = from_outside(self.gateway, token.lower(), octets, ASKED)
                self.assertEqual(answer.code, 250, answer)
                mine = [m.body for m in folder(self.gateway, "jane", "Tickets") if holds(m.body, mark)]
                self.assertEqual(len(mine), 1)
                self.assertTrue(mine[0].endswith(octets), "BODY[] does not end with the octets that came")
                theirs = [m.body for m in folder(self.gateway, "ana", "Support/Unassigned") if holds(m.body, mark)]
                self.assertEqual(len(theirs), 1)
                self.assertTrue(theirs[0].endswith(content(octets)))
        listed = self.gateway.json("ticket", "list")
        self.assertEqual(len(listed), tickets, "a reply opened another ticket")
        self.assertEqual(next(t for t in listed if t["ticket"] == f"T-{tickets}")["status"], "open",
                         "a requester's words are no commands")

    def test_each_answer_of_an_agents_client_reaches_the_requester_without_a_trace_of_her(self):
        question = QUESTION.replace(b"<question@", b"<another-question@").replace(b"charged twice.", b"charged again.")
        self.assertEqual(from_outside(self.gateway, f"support@{DOMAIN}", question, ASKED).code, 250)
        shown = [m.body for name in ("Support/Unassigned", "Support/Mine", "Support/Waiting")
                 for m in folder(self.gateway, "ana", name) if b"charged again" in m.body][0]
        token, parent = reply_to(shown), parse(shown)["Message-ID"]
        for position, name in enumerate(n for n in replies.names() if n != "requester-writes-a-hash"):
            if name == "protonmail-reply-token-only":
                continue  # "#solved" is not at its beginning, but the words around it are a customer's
            with self.subTest(name):
                mark = f"SAYS{position:02}X"
                octets = self.fill(name, token, parent, "Re: [T-1] Charged twice", f"ana@{DOMAIN}", mark)
                octets = octets.replace(b"jane@ext.test", b"someone@ext.test")
                answer = submit(self.gateway, "ana", token, octets, " BODY=8BITMIME")
                self.assertEqual(answer.code, 250, answer)
                got = [m.body for m in folder(self.gateway, "jane", "Tickets") if holds(m.body, mark)]
                self.assertEqual(len(got), 1)
                self.assertNotIn(b"ana@", got[0])
                self.assertNotIn(b"client.ext.test", got[0].split(b"\r\n\r\n", 1)[0])
                self.assertEqual(parse(got[0])["From"].split("<")[-1].rstrip(">"), f"support@{DOMAIN}")
                self.assertTrue(got[0].endswith(content(octets)), "the content is not what she wrote")

    def test_each_message_between_users_arrives_whole_and_without_its_authors_header(self):
        for number, name in enumerate(replies.names()):
            with self.subTest(name):
                mark = f"TELL{number:02}X"
                octets = self.fill(name, f"bob@{DOMAIN}", f"<no-{number}@ext.test>", "Sketches", f"Jane Doe <jane@{DOMAIN}>", mark)
                octets = octets.replace(b"jane@ext.test", b"someone@ext.test")
                answer = submit(self.gateway, "jane", "bob", octets, " BODY=8BITMIME")
                self.assertEqual(answer.code, 250, answer)
                got = [m.body for m in folder(self.gateway, "bob", "INBOX") if holds(m.body, mark)]
                self.assertEqual(len(got), 1)
                header = got[0].split(b"\r\n\r\n", 1)[0]
                for leak in (b"jane@", b"client.ext.test", b"Mutt", b"Thunderbird", b"iPhone", b"Apple Mail (", b"Autocrypt"):
                    self.assertNotIn(leak, header)
                self.assertTrue(got[0].endswith(content(octets)))


if __name__ == "__main__":
    unittest.main()
