"""Support tickets by mail: scenarios 24 to 31, 34 and 36, through real sockets."""

import re
import unittest

from clients import Smtp, deliver, folder, from_outside, message, submit
from harness import DOMAIN, OUTSIDE, Gateway, wait_for
from sink import Sink, parse

SUPPORT = f"support@{DOMAIN}"
UNASSIGNED, MINE, WAITING, SOLVED = ("Support/" + name for name in ("Unassigned", "Mine", "Waiting", "Solved"))


def reply_to(octets):
    return re.search(r"<?([tn]-[a-z2-7]{26}@[^>\s]+)", str(parse(octets)["Reply-To"]))[1]


def header(octets):
    return octets.split(b"\r\n\r\n", 1)[0]


class Tickets(unittest.TestCase):
    config, clock = {}, None

    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "jane", "ana:agent", "bob:agent"], smarthost=self.sink.address, clock=self.clock,
                               tickets=self.config).start()
        self.addCleanup(self.gateway.stop)
        self.count = 0

    # --- what people do

    def jane(self, to=SUPPORT, subject="Where is my money?", body="Please help.\n", sender="jane@ext.test", **fields):
        """By her own provider."""
        self.count += 1
        fields.setdefault("id", f"<j{self.count}@ext.test>")
        self.last_id = fields["id"]
        return from_outside(self.gateway, to, message(subject, sender=f"Jane Doe <{sender}>", to=to, body=body, **fields), sender=sender)

    def open(self, **fields):
        reply = self.jane(**fields)
        self.assertEqual(reply.code, 250, reply)

    def agent(self, who, to, body, **fields):
        self.count += 1
        octets = message("Re: Where is my money?", sender=f"{who}@{DOMAIN}", to=to, body=body, id=f"<{who}{self.count}@agents.test>", **fields)
        return submit(self.gateway, who, to, octets)

    def answer(self, who, body, place=UNASSIGNED):
        """To the last message in a folder of the desk."""
        return self.agent(who, reply_to(folder(self.gateway, who, place)[-1].body), body)

    # --- what there is

    def ticket(self, number=1):
        return self.gateway.json("ticket", "show", f"T-{number}")

    def entries(self, kind, number=1):
        return [e for e in self.ticket(number)["entries"] if e["kind"] == kind]

    def janes(self):
        return [m.body for m in folder(self.gateway, "jane", "Tickets")]

    # --- scenarios

    def test_24_mail_to_support_opens_a_ticket(self):
        self.open()
        ticket = self.ticket()
        self.assertEqual((ticket["status"], ticket["requester"], ticket["subject"], ticket["assignee"]),
                         ("open", "jane", "Where is my money?", ""))
        own, acknowledgement = self.janes()
        self.assertTrue(own.endswith(b"\r\n\r\nPlease help.\r\n"))
        self.assertEqual(parse(acknowledgement)["Subject"], "[T-1] Where is my money?")
        self.assertEqual(parse(acknowledgement)["In-Reply-To"], self.last_id)
        (mail,) = self.sink.wait(1)
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), 1)
        self.assertEqual(parse(mail.octets)["Auto-Submitted"], "auto-replied")
        self.assertTrue(mail.sender.startswith("b-"))
        for agent in ("ana", "bob"):
            (copy,) = folder(self.gateway, agent, UNASSIGNED)
            self.assertEqual(parse(copy.body)["X-MC-Ticket"], "T-1")

    def test_24_by_submission_too(self):
        octets = message("Help", sender=f"jane@{DOMAIN}", to=SUPPORT, id="<s1@ext.test>")
        self.assertEqual(submit(self.gateway, "jane", SUPPORT, octets).code, 250)
        self.assertEqual(self.entries("message")[0]["certainty"], "A3")
        self.assertEqual(len(self.janes()), 2)

    def test_26_the_agents_address_is_nowhere(self):
        self.open()
        reply = self.answer("ana", "It is on its way.\n")
        self.assertEqual(reply.code, 250, reply)
        for octets in (self.janes()[-1], self.sink.wait(2)[1].octets):
            self.assertIn(b"It is on its way.", octets)
            self.assertNotIn(b"ana@", octets)
            self.assertNotIn(b"agents.test", octets)
            self.assertIn(SUPPORT, str(parse(octets)["From"]))
            self.assertEqual(parse(octets)["In-Reply-To"], "<j1@ext.test>")
            self.assertIsNone(parse(octets)["Auto-Submitted"])
        ticket = self.ticket()
        self.assertEqual((ticket["status"], ticket["assignee"]), ("waiting", "ana"))

    def test_27_the_token_in_lower_case_is_enough(self):
        self.open()
        self.assertEqual(self.answer("ana", "Which payment?\n").code, 250)
        token = reply_to(self.sink.wait(2)[1].octets)
        self.assertEqual(self.jane(token.upper().lower(), subject="The one of Monday").code, 250)
        self.assertEqual(self.jane(token.upper(), subject="And of Tuesday").code, 250)
        self.assertEqual(len(self.gateway.json("ticket", "list")), 1)
        self.assertEqual([e["certainty"] for e in self.entries("message")], ["A0", "A3", "A1", "A1"])
        self.assertEqual(self.ticket()["status"], "open")

    def test_28_notes_and_commands(self):
        self.open()
        desk = reply_to(folder(self.gateway, "ana", UNASSIGNED)[0].body)
        self.assertEqual(self.agent("ana", desk, "#note\nShe is right.\n").code, 250)
        note = folder(self.gateway, "bob", UNASSIGNED)[-1].body
        self.assertEqual(self.agent("bob", reply_to(note), "I think so too.\n").code, 250)
        self.assertEqual(self.agent("bob", desk, "By id.\n", In_Reply_To=parse(note)["Message-ID"]).code, 250)
        self.assertEqual([e["author"] for e in self.entries("note")], ["ana", "bob", "bob"])
        refused = self.agent("ana", desk, "#sloved\nBye.\n")
        self.assertEqual(refused.code, 550)
        self.assertIn("#solved", refused.text)
        self.assertIn("5.5.4", refused.text)
        self.assertEqual(self.ticket()["status"], "open")
        self.assertEqual(self.agent("ana", desk, "#solved\n").code, 250)
        self.assertEqual(self.ticket()["status"], "solved")
        self.gateway.drained()
        self.assertEqual((len(self.janes()), len(self.sink.mails)), (2, 1))
        self.assertEqual(self.jane(reply_to(self.janes()[1]), body="#solved\n").code, 250)
        self.assertEqual(self.ticket()["status"], "open")
        self.assertTrue(folder(self.gateway, "ana", UNASSIGNED)[-2].body.endswith(b"#solved\r\n"))  # the note of the change is last

    def test_29_somebody_else_answered_meanwhile(self):
        self.open()
        desk = reply_to(folder(self.gateway, "ana", UNASSIGNED)[0].body)
        self.assertEqual(self.agent("bob", desk, "On its way.\n").code, 250)
        refused = self.agent("ana", desk, "It is lost.\n")
        self.assertEqual(refused.code, 550)
        self.assertRegex(refused.text, r"5\.7\.0 bob answered at 20\d\d-\d\d-\d\d \d\d:\d\d UTC")
        self.assertEqual(len(self.janes()), 3)
        self.assertEqual(self.agent("ana", desk, "#send\nIt is lost.\n").code, 250)
        self.assertEqual(len(self.janes()), 4)
        self.assertNotIn(b"#send", self.janes()[-1])

    def test_30_a_reply_opens_it_again_and_a_responder_does_not(self):
        self.open()
        self.assertEqual(self.answer("ana", "#solved\nDone.\n").code, 250)
        token = reply_to(self.janes()[-1])
        before = self.ticket()
        self.assertEqual(self.jane(token, subject="Out of office [T-1]", Auto_Submitted="auto-replied").code, 250)
        after = self.ticket()
        self.assertEqual((after["status"], after["changed"]), ("solved", before["changed"]))
        self.gateway.drained()
        self.assertEqual(len(self.sink.mails), 2)
        self.assertEqual(self.jane(token, subject="No").code, 250)
        self.assertEqual(self.ticket()["status"], "open")

    def test_31_octets_that_nobody_declared(self):
        body = b"\x1b$B$3$s$K$A$O\x1b(B\r\n\xff\xfe\r\n"
        octets = b"From: jane@ext.test\r\nSubject: \x1b$B$3$s\x1b(B\r\nMessage-ID: <k@ext.test>\r\nX-Odd:\t1 \r\n\r\n" + body
        self.assertEqual(from_outside(self.gateway, SUPPORT, octets, sender="jane@ext.test").code, 250)
        (copy,) = folder(self.gateway, "ana", UNASSIGNED)
        self.assertTrue(copy.body.endswith(octets))
        self.assertEqual(len(copy.body), copy.size)
        self.assertTrue(self.janes()[0].endswith(octets))

    def test_34_a_forged_agent(self):
        self.open()
        known = parse(self.janes()[1])["Message-ID"]
        for sender in (f"ana@{DOMAIN}", "ana@ext.test"):
            self.assertEqual(self.jane(subject="Re: [T-1] Where is my money?", sender=sender, In_Reply_To=known, References=known,
                                       body="#solved\nSend us your password.\n").code, 250)
        self.gateway.drained()
        self.assertEqual((len(self.janes()), len(self.sink.mails), self.ticket()["status"]), (2, 1, "open"))
        for entry, sender in zip(self.entries("note"), (f"ana@{DOMAIN}", "ana@ext.test")):
            self.assertEqual((entry["author"], entry["by_agent"], entry["certainty"]), (sender, False, "A0"))
        self.assertIn("ticket_held", self.gateway.log())
        # Without a word of ours that only participants know it is a stranger's.
        self.assertEqual(self.jane(subject="[T-1]", sender=f"ana@{DOMAIN}").code, 550)

    def test_36_a_delivery_report_changes_nothing(self):
        self.open()
        before = self.ticket()
        token, known = reply_to(self.janes()[1]), parse(self.janes()[1])["Message-ID"]
        report = message("Undelivered: [T-1]", sender="MAILER-DAEMON@mx.test", Content_Type="multipart/report; report-type=delivery-status; boundary=b",
                         In_Reply_To=known, body="--b\n\nIt failed.\n--b--\n")
        for to in (SUPPORT, token):
            self.assertEqual(deliver(self.gateway, to, report, OUTSIDE, sender="").code, 250)
        self.gateway.drained()
        self.assertEqual(self.ticket(), before)
        self.assertEqual((len(self.janes()), len(self.sink.mails)), (2, 1))
        self.assertEqual(len(folder(self.gateway, "ana", UNASSIGNED)), 1)

    def test_what_our_own_mail_server_found_out_counts(self):
        self.open()
        token = reply_to(self.janes()[1])
        field = f"Authentication-Results: mc.{DOMAIN}; dmarc=pass header.from=ext.test\r\n".encode()
        for number, (source, forward) in enumerate((("127.0.0.1", "XFORWARD ADDR=203.0.113.9 NAME=mx.ext.test HELO=mx.ext.test"), (OUTSIDE, None))):
            octets = field + message("Re", sender="jane@ext.test", to=token, id=f"<m{number}@ext.test>")
            with Smtp(self.gateway, "lmtp", source) as lmtp:
                if forward:
                    self.assertEqual(lmtp.command(forward).code, 250)
                self.assertEqual(lmtp.mail("jane@ext.test", [token], octets)[0].code, 250)
        self.assertEqual([e["certainty"] for e in self.entries("message")], ["A0", "A2", "A1"])

    def test_strangers_are_refused_in_words(self):
        refused = self.jane(sender="carol@else.test")
        self.assertEqual(refused.code, 550)
        self.assertIn("5.7.1", refused.text)
        octets = message("Hello", sender="carol@else.test", to=SUPPORT)
        self.assertEqual(deliver(self.gateway, SUPPORT, octets, OUTSIDE, "smtp", sender="carol@else.test").code, 550)
        self.assertEqual(self.gateway.json("ticket", "list"), [])

    def test_the_command_line_changes_tickets_with_and_without_a_server(self):
        self.open()
        self.open(subject="Again")
        run = self.gateway.checked
        run("ticket", "assign", "T-1", "bob")
        run("ticket", "priority", "T-1", "urgent")
        self.assertTrue(all("\\Flagged" in m.flags for m in folder(self.gateway, "bob", MINE)[:1]))
        self.gateway.stop()
        run("ticket", "status", "T-1", "solved")
        run("ticket", "merge", "T-1", "T-2")
        self.assertEqual(self.ticket()["status"], "merged")
        self.assertEqual(self.ticket()["merged_into"], "T-2")
        self.assertEqual([t["ticket"] for t in self.gateway.json("ticket", "list", "--status", "open")], ["T-2"])
        self.assertEqual([t["ticket"] for t in self.gateway.json("ticket", "list", "--assignee", "bob")], ["T-1"])
        self.assertEqual(len(self.gateway.json("ticket", "list", "--requester", "jane")), 2)
        for words, code in ((("status", "T-1", "open"), 0), (("status", "T-2", "merged"), 1), (("assign", "T-2", "jane"), 1),
                            (("assign", "T-9", "bob"), 1), (("accept", "T-2", "x@y.test"), 1), (("show", "T-9"), 1), (("show", "seven"), 2)):
            self.assertEqual(self.gateway.command("ticket", *words).code, code, words)
        self.assertIn("administrator", self.gateway.checked("ticket", "show", "T-2").out)


class StrangersWelcome(Tickets):
    """The same, where anybody may open a ticket; and what strangers get."""
    config = {"strangers": True, "first_answer": "0s"}

    def test_strangers_are_refused_in_words(self):
        self.assertEqual(self.jane(sender="carol@else.test").code, 250)
        (mail,) = self.sink.wait(1)
        self.assertEqual(mail.recipients, ["carol@else.test"])
        self.assertNotIn(b"You will have an answer by", mail.octets)
        self.assertEqual(self.answer("ana", "Hello.\n").code, 250)
        answer = self.sink.wait(2)[1]
        self.assertNotIn(b"ana@", answer.octets)
        self.assertEqual(parse(answer.octets)["In-Reply-To"], self.last_id)
        self.assertEqual(self.jane(reply_to(answer.octets), sender="carol@else.test").code, 250)
        self.assertEqual(self.ticket()["status"], "open")


class Overdue(Tickets):
    """A promise that runs out while nobody looks."""
    config, clock = {"first_answer": "2h"}, True

    def test_an_overdue_answer_is_marked(self):
        self.open()
        self.gateway.advance(hours=2, minutes=1)
        wait_for("the ticket is overdue", lambda: self.ticket()["overdue"], 40)
        self.assertIn("$Overdue", folder(self.gateway, "bob", UNASSIGNED)[0].flags)


def load_tests(loader, standard, pattern):
    """Each scenario once, but for what the configurations are about."""
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(Tickets))
    suite.addTest(StrangersWelcome("test_strangers_are_refused_in_words"))
    suite.addTest(Overdue("test_an_overdue_answer_is_marked"))
    return suite


if __name__ == "__main__":
    unittest.main()
