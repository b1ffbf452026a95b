"""The agents' desk in mail clients: what everybody sees of a ticket that one of them moves."""

import json
import os
import re
import shutil
import subprocess
import unittest

import test_imapflow
import test_mutt
from clients import Mailbox, folder, from_outside, message
from harness import DOMAIN, PASSWORD, Gateway, certificates, temporary_directory, wait_for
from imap_wire import Wire


def new_gateway(case):
    gateway = Gateway(["jane", "ana:agent", "bob:agent"]).start()
    case.addCleanup(gateway.stop)
    return gateway


def ask(gateway, subject, number):
    """jane's mail to support@ from her own address."""
    reply = from_outside(gateway, f"support@{DOMAIN}",
                         message(subject, sender="jane@ext.test", to=f"support@{DOMAIN}", id=f"<{number}@ext.test>"),
                         sender="jane@ext.test")
    assert reply.code == 250, reply


def counts(gateway, agent):
    """{place: messages} of the desk as the agent sees it."""
    with Mailbox(gateway, agent) as mailbox:
        return {name.removeprefix("Support/"): mailbox.counts(name)[0]
                for name in mailbox.folders() if name.startswith("Support/")}


def texts(gateway, agent, place):
    return [m.body.decode("utf-8", "replace") for m in folder(gateway, agent, f"Support/{place}")]


class Idle:
    """A session that waits in a mailbox and says what it was told."""

    def __init__(self, gateway, user, place):
        self.wire = Wire(gateway, user=user)
        assert self.wire.command(f"SELECT Support/{place}").startswith(b"OK")
        self.wire.send("i IDLE\r\n")
        assert self.wire.line().startswith(b"+")

    def expect(self, *lines):
        """These, in this order, whatever stands between."""
        for line in lines:
            while (got := self.wire.line()) != line.encode() + b"\r\n":
                assert got, f"the connection ended before {line}"

    def done(self):
        self.wire.send("DONE\r\n")
        answer = self.wire.answer("i")
        self.wire.close()
        return answer


class Desk(unittest.TestCase):
    def test_a_ticket_moved_to_mine_is_assigned_and_gone_for_the_others_at_once(self):  # scenario 25
        gateway = new_gateway(self)
        ask(gateway, "Where is my money?", 1)
        ask(gateway, "Another one", 2)
        self.assertEqual(counts(gateway, "ana"), {"Unassigned": 2, "Mine": 0, "Waiting": 0, "Solved": 0})
        bob, ana_elsewhere = Idle(gateway, "bob", "Unassigned"), Idle(gateway, "ana", "Mine")
        with Wire(gateway, user="ana") as ana:
            ana.command("SELECT Support/Unassigned")
            answer = ana.command("UID MOVE 1 Support/Mine")
            self.assertTrue(answer.startswith(b"OK"), answer)
            told = b"".join(ana.untagged)
            self.assertRegex(told, rb"(?s)\* OK \[COPYUID \d+ 1 1\].*\* 1 EXPUNGE\r\n")
        bob.expect("* 1 EXPUNGE")
        ana_elsewhere.expect("* 2 EXISTS")
        self.assertTrue(bob.done().startswith(b"OK"))
        self.assertTrue(ana_elsewhere.done().startswith(b"OK"))
        self.assertEqual(counts(gateway, "bob"), {"Unassigned": 1, "Mine": 0, "Waiting": 0, "Solved": 0})
        mail, note = texts(gateway, "ana", "Mine")
        self.assertIn("Where is my money?", mail)
        self.assertIn("assigned to ana", note)
        self.assertIn("X-MC-Internal: event", note)

    def test_a_user_sees_nothing_of_it(self):
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        with Mailbox(gateway, "jane") as jane:
            self.assertEqual([name for name in jane.folders() if "Support" in name], [])
            self.assertEqual(jane.counts("Tickets")[0] > 0, True)
        with Wire(gateway, user="jane") as jane:
            jane.command("NAMESPACE")
            self.assertEqual(jane.untagged, [b'* NAMESPACE (("" "/")) NIL NIL\r\n'])
            for name in ("Support/Unassigned", "Support/Mine", "Support/NoSuch"):
                for command in (f"SELECT {name}", f"EXAMINE {name}", f"STATUS {name} (MESSAGES)"):
                    self.assertEqual(jane.command(command), b"NO [NONEXISTENT] No such mailbox")

    def test_flagged_is_urgent_for_everybody(self):
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        bob = Idle(gateway, "bob", "Unassigned")
        with Wire(gateway, user="ana") as ana:
            ana.command("SELECT Support/Unassigned")
            self.assertTrue(ana.command("STORE 1 +FLAGS (\\Flagged)").startswith(b"OK"))
        bob.expect("* 1 FETCH (FLAGS (\\Flagged \\Recent))", "* 2 EXISTS")  # recent: bob saw it first
        bob.done()
        self.assertIn("priority urgent", texts(gateway, "bob", "Unassigned")[1])

    def test_who_writes_an_answer_is_seen(self):
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        draft = message("Re: Help", sender=f"ana@{DOMAIN}", to="x@ext.test", In_Reply_To="<1@ext.test>")
        bob = Idle(gateway, "bob", "Unassigned")
        with Wire(gateway, user="ana") as ana:
            append = f"APPEND Drafts (\\Draft) {{{len(draft)}+}}\r\n".encode() + draft
            self.assertIn(b"APPENDUID", ana.command(append))
            bob.expect("* 2 EXISTS")
            self.assertIn("ana is writing", texts(gateway, "bob", "Unassigned")[1])
            ana.command("SELECT Drafts")
            ana.command("UID STORE 1 +FLAGS.SILENT (\\Deleted)")
            ana.command("UID EXPUNGE 1")
        bob.expect("* 2 EXPUNGE")
        bob.done()
        self.assertEqual(counts(gateway, "bob")["Unassigned"], 1)

    def test_who_is_no_agent_any_more_leaves_his_tickets_to_the_others(self):
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        with Wire(gateway, user="ana") as ana, Wire(gateway, user="bob") as bob:
            ana.command("SELECT Support/Unassigned")
            self.assertTrue(ana.command("MOVE 1 Support/Mine").startswith(b"OK"))
            ana.command("SELECT Support/Mine")
            bob.command("SELECT Support/Unassigned")
            gateway.checked("user", "set", "ana", "--role", "user")
            self.assertIn(b"* BYE", ana.ended())
            bob.command("NOOP")
            self.assertTrue(any(line.endswith(b" EXISTS\r\n") for line in bob.untagged), bob.untagged)
        with Mailbox(gateway, "ana") as ana:
            self.assertEqual([name for name in ana.folders() if "Support" in name], [])
        gateway.checked("user", "set", "ana", "--role", "agent")
        self.assertEqual(counts(gateway, "ana")["Mine"], 0)

    def test_a_deleted_agents_tickets_are_everybodys(self):
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        with Mailbox(gateway, "ana") as ana:
            ana.enter("Support/Unassigned")
            self.assertEqual(ana.uid("MOVE", "1", "Support/Mine")[0], "OK")
        before = counts(gateway, "bob")
        self.assertEqual(before["Unassigned"], 0)
        gateway.checked("user", "delete", "ana")
        self.assertGreaterEqual(counts(gateway, "bob")["Unassigned"], 2)

    def test_a_disabled_agent_is_out_at_once_and_his_tickets_are_everybodys(self):
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        bob = Idle(gateway, "bob", "Unassigned")
        with Wire(gateway, user="ana") as ana:
            ana.command("SELECT Support/Unassigned")
            self.assertTrue(ana.command("MOVE 1 Support/Waiting").startswith(b"OK"))
            ana.command("SELECT Support/Waiting")
            self.assertTrue(ana.command("MOVE 1 Support/Mine").startswith(b"OK"))
            gateway.checked("user", "disable", "ana")
            self.assertIn(b"* BYE", ana.ended())
        bob.expect("* 1 EXPUNGE", "* 4 EXISTS")  # jane's mail and the notes of three changes
        self.assertTrue(bob.done().startswith(b"OK"))
        self.assertEqual(counts(gateway, "bob"), {"Unassigned": 4, "Mine": 0, "Waiting": 0, "Solved": 0})
        (ticket,) = gateway.json("ticket", "list")
        self.assertEqual((ticket["assignee"], ticket["status"]), ("", "open"))

    def test_who_waits_never_sees_a_stale_queue(self):
        gateway = new_gateway(self)
        for number in range(1, 5):
            ask(gateway, f"Question {number}", number)
        waiting = [Idle(gateway, agent, "Unassigned") for agent in ("ana", "bob")]
        with Wire(gateway, user="ana") as ana, Wire(gateway, user="bob") as bob:
            for wire in (ana, bob):
                wire.command("SELECT Support/Unassigned")
            self.assertTrue(ana.command("UID MOVE 2 Support/Mine").startswith(b"OK"))
            self.assertTrue(bob.command("UID MOVE 4 Support/Mine").startswith(b"OK"))
            self.assertEqual(ana.command("UID MOVE 4 Support/Mine"), b"OK Nothing to do")
            self.assertTrue(bob.command("UID COPY 1 Support/Solved").startswith(b"OK"))
        for idle in waiting:
            idle.expect("* 2 EXPUNGE", "* 3 EXPUNGE", "* 1 EXPUNGE")
            self.assertTrue(idle.done().startswith(b"OK"))
        self.assertEqual(counts(gateway, "ana"), {"Unassigned": 1, "Mine": 2, "Waiting": 0, "Solved": 2})
        self.assertEqual(counts(gateway, "bob"), {"Unassigned": 1, "Mine": 2, "Waiting": 0, "Solved": 2})

    def test_curl_moves_a_ticket(self):
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        url = f"imap://localhost:{gateway.ports['imap']}"
        curl = ["curl", "-sS", "--ssl-reqd", "--cacert", str(certificates() / "ca.crt"), "--user", f"ana:{PASSWORD}"]
        listed = subprocess.run([*curl, f"{url}/", "-X", 'LIST "" "Support/*"'], capture_output=True, text=True, timeout=30)
        self.assertIn("Support/Unassigned", listed.stdout, listed.stderr)
        moved = subprocess.run([*curl, f"{url}/Support%2FUnassigned", "-X", "UID MOVE 1 Support/Solved"],
                               capture_output=True, text=True, timeout=30)
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.assertIn("COPYUID", moved.stdout)
        self.assertEqual(counts(gateway, "bob"), {"Unassigned": 0, "Mine": 0, "Waiting": 0, "Solved": 2})
        refused = subprocess.run([*curl[:-1], f"jane:{PASSWORD}", f"{url}/Support%2FSolved", "-X", "NOOP"],
                                 capture_output=True, text=True, timeout=30)
        self.assertNotEqual(refused.returncode, 0)


class WithMutt(unittest.TestCase):
    """It has no MOVE of its own: it says COPY, STORE \\Deleted, EXPUNGE."""

    mutt = test_mutt.Mutt.mutt
    drain = staticmethod(test_mutt.Mutt.drain)

    def prepare(self, tls):
        home = temporary_directory("mc-mutt-")
        url = f"imap://localhost:{self.gateway.ports['imap']}"
        rc = home / "muttrc"
        rc.write_text(test_mutt.RC.format(password=PASSWORD, url=url, certs=certificates(), domain=DOMAIN, home=home,
                                          smtp=self.gateway.ports["submission"]).replace("jane", "ana"))
        return url, rc, {**os.environ, "TERM": "vt100", "HOME": str(home), "LC_ALL": "C.UTF-8", "LINES": "30",
                         "COLUMNS": "100"}

    def test_saving_to_a_place_of_the_desk_moves_the_ticket(self):
        if not shutil.which("mutt"):
            self.skipTest("mutt is not installed")
        self.gateway = new_gateway(self)
        ask(self.gateway, "First", 1)
        ask(self.gateway, "Second", 2)
        self.mutt("Support/Unassigned", "<first-entry><save-message>=Support/Waiting<enter><sync-mailbox><exit>")
        self.assertEqual(counts(self.gateway, "bob"), {"Unassigned": 1, "Mine": 0, "Waiting": 2, "Solved": 0})
        self.assertIn("X-MC-Ticket: T-2", texts(self.gateway, "bob", "Unassigned")[0])

    def test_deleting_does_no_harm(self):
        if not shutil.which("mutt"):
            self.skipTest("mutt is not installed")
        self.gateway = new_gateway(self)
        ask(self.gateway, "First", 1)
        self.mutt("Support/Unassigned", "<first-entry><delete-message><sync-mailbox><exit>")
        self.assertEqual(counts(self.gateway, "bob")["Unassigned"], 1)


class WithImapFlow(unittest.TestCase):
    def test_it_moves_and_is_refused_what_is_no_gesture(self):
        if not shutil.which("npm"):
            self.skipTest("npm is not installed")
        test_imapflow.install()
        gateway = new_gateway(self)
        ask(gateway, "Help", 1)
        done = subprocess.run(["node", test_imapflow.NODE / "desk.mjs", str(gateway.ports["imap"]), "ana", PASSWORD],
                              capture_output=True, text=True, timeout=120,
                              env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificates() / "ca.crt")})
        self.assertEqual(done.returncode, 0, f"{done.stderr}\n{gateway.last_words()}")
        seen = json.loads(done.stdout)
        boxes = {box["path"]: box["subscribed"] for box in seen["list"]}
        for place in ("Unassigned", "Mine", "Waiting", "Solved"):
            self.assertTrue(boxes[f"Support/{place}"], boxes)
        self.assertEqual(seen["unassigned"]["exists"], 1)
        self.assertNotIn("\\Deleted", seen["unassigned"]["permanent"])
        self.assertEqual(seen["move"]["uidMap"], {"1": 1})
        self.assertEqual(seen["arrived"], {"count": 2})
        self.assertEqual(seen["left"], {"exists": 0})
        self.assertEqual(len(seen["subjects"]), 2)
        self.assertEqual(seen["flagged"], [1, 2, 3])
        self.assertEqual(seen["copyOut"]["uidMap"], {"1": 1})
        self.assertEqual(seen["stays"]["messages"], 3)
        for name in ("moveOut", "append", "create", "remove"):
            self.assertTrue(seen[name] is False or "error" in seen[name], f"{name} was not refused: {seen[name]}")


if __name__ == "__main__":
    unittest.main()
