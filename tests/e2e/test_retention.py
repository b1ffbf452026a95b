"""How long messages stay: expiry as clients see it, what exempts, notice before a shorter time, restarts in between.

The gateway's clock is moved; what it does by itself within ten seconds is waited for. "Nothing happened" is asked
only after a canary, a message of a type kept for a day, has gone: so a round of the housekeeping has been.
"""

import re
import unittest

from clients import Mailbox, Smtp, deliver, folder, message
from harness import DOMAIN, Gateway, wait_for
from imap_wire import Wire
from sink import Sink, parse

POLICY = """format = 1
[defaults]
email  = "off"
folder = "on"
[type]
"news"     = {{ tab = "updates", label = "News", keep = "{news}" }}
"offers"   = {{ tab = "updates", label = "Offers", keep = "{offers}" }}
"both"     = {{ tab = "updates", label = "By both ways", keep = "30d", email = "always" }}
"lasting"  = {{ tab = "updates", label = "Lasting", keep = "forever" }}
"canary"   = {{ tab = "alerts", label = "Canary", keep = "1d" }}
"system.retention_notice" = {{ tab = "inbox", label = "Messages about to expire", drop = false, keep = "90d" }}
[unclassified]
tab       = "updates"
email     = "off"
folder    = "always"
report_to = "postmaster"
"""


def setUpModule():
    global sink, gateway
    sink = Sink()
    gateway = Gateway(["boss:admin", "jane", "bob", "canary"], smarthost=sink.address, clock=True,
                      policy=POLICY.format(news="30d", offers="60d"))
    gateway.start()
    unittest.addModuleCleanup(sink.stop)
    unittest.addModuleCleanup(gateway.stop)


def send(user, subject, type="news"):
    reply = deliver(gateway, user, message(subject, type, id=f"<{subject}@app.test>", body=f"Text of {subject}.\n"))
    assert reply.code == 250, reply


def subjects(user, name="Updates"):
    return sorted(parse(one.body)["Subject"] for one in folder(gateway, user, name))


def mark(user, subject, flags, change="+FLAGS"):
    with Mailbox(gateway, user) as mailbox:
        mailbox.enter("Updates")
        (found,) = mailbox.uid("SEARCH", "SUBJECT", subject)[1]
        kind, data = mailbox.uid("STORE", found.decode(), change, flags)
        assert kind == "OK", data


def a_round_has_been():
    """After moving the clock by a day or more: everything that is due has gone."""
    wait_for("the canary is gone", lambda: subjects("canary", "Account Alerts") == [], 30)


class Case(unittest.TestCase):
    def setUp(self):
        for user in ("jane", "bob"):
            with Mailbox(gateway, user) as mailbox:
                for name in ("Updates", "INBOX"):
                    if mailbox.enter(name):
                        mailbox.store("1:*", "+FLAGS", r"\Deleted")
                        mailbox.expunge()

    def pass_days(self, days):
        send("canary", "tweet", "canary")
        gateway.advance(days=days)
        a_round_has_been()

    def use(self, **keeps):
        gateway.policy.write_text(POLICY.format(**{"news": "30d", "offers": "60d", **keeps}))
        gateway.reload("reloaded")


class Expiry(Case):
    def test_20_on_day_30_it_leaves_by_expunge_and_vanished_and_its_decision_remains(self):
        for subject in ("first", "starred", "second"):
            send("jane", subject)
        send("jane", "stays", "lasting")
        mark("jane", "starred", r"(\Flagged)")
        mark("jane", "first", r"(\Seen)")
        self.pass_days(29)
        self.assertEqual(subjects("jane"), ["first", "second", "starred", "stays"])
        with Wire(gateway, user="jane") as idling, Wire(gateway, user="jane") as quick:
            self.assertTrue(idling.command("SELECT Updates").startswith(b"OK"))
            quick.command("ENABLE QRESYNC")
            self.assertTrue(quick.command("SELECT Updates").startswith(b"OK"))
            uids = {}
            quick.command('FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])')
            for line in quick.untagged:
                if found := re.search(rb"UID (\d+).*Subject: (\w+)", line, re.S):
                    uids[found[2].decode()] = int(found[1])
            idling.send("i IDLE\r\n")
            self.assertTrue(idling.line().startswith(b"+"))
            gateway.advance(days=1)
            gone = [idling.line() for _ in range(2)]
            self.assertTrue(all(re.fullmatch(rb"\* \d+ EXPUNGE\r\n", line) for line in gone), gone)
            numbers = sorted(int(line.split()[1]) for line in gone)
            self.assertIn(numbers, ([1, 2], [1, 3]))  # 1 and 3, whichever is told first
            idling.send("DONE\r\n")
            self.assertTrue(idling.answer("i").startswith(b"OK"))
            quick.command("NOOP")
            vanished = [line for line in quick.untagged if b"VANISHED" in line]
            self.assertEqual(len(vanished), 1, quick.untagged)
            named = vanished[0].split()[2].decode()
            self.assertEqual(sorted(expand(named)), sorted([uids["first"], uids["second"]]))
        self.assertEqual(subjects("jane"), ["starred", "stays"])
        (answer,) = gateway.why("jane", "<first@app.test>")
        kinds = [event["kind"] for event in answer["events"]]
        self.assertEqual(kinds[-1], "expired", kinds)
        self.assertIn("read", kinds)
        self.assertIn("kept 30d", answer["events"][-1]["text"])
        (other,) = gateway.why("jane", "<second@app.test>")
        self.assertNotIn("read", [event["kind"] for event in other["events"]])
        self.assertIn("expired", gateway.checked("why", "jane", "<second@app.test>").out)

        # A flagged one stays as long as it is flagged.
        self.pass_days(40)
        self.assertEqual(subjects("jane"), ["starred", "stays"])
        mark("jane", "starred", r"(\Flagged)", "-FLAGS")
        self.pass_days(1)
        self.assertEqual(subjects("jane"), ["stays"])

    def test_a_message_moved_to_a_folder_of_his_own_stays(self):
        send("jane", "precious")
        with Mailbox(gateway, "jane") as mailbox:
            mailbox.create("Mine")
            mailbox.enter("Updates")
            self.assertEqual(mailbox.uid("MOVE", "1:*", "Mine")[0], "OK")
        self.pass_days(31)
        self.assertEqual(subjects("jane", "Mine"), ["precious"])

    def test_a_session_that_comes_back_learns_of_it_by_qresync(self):
        for subject in ("old", "older"):
            send("jane", subject)
        with Wire(gateway, user="jane") as wire:
            wire.command("ENABLE QRESYNC")
            wire.command("SELECT Updates")
            text = b"".join(wire.untagged)
            validity = re.search(rb"UIDVALIDITY (\d+)", text)[1].decode()
            modseq = re.search(rb"HIGHESTMODSEQ (\d+)", text)[1].decode()
            wire.command("FETCH 1:* (UID)")
            uids = sorted(int(re.search(rb"UID (\d+)", line)[1]) for line in wire.untagged)
        self.pass_days(30)
        with Wire(gateway, user="jane") as wire:
            wire.command("ENABLE QRESYNC")
            wire.command(f"SELECT Updates (QRESYNC ({validity} {modseq}))")
            (line,) = [one for one in wire.untagged if b"VANISHED" in one]
            self.assertTrue(line.startswith(b"* VANISHED (EARLIER) "), line)
            self.assertEqual(sorted(expand(line.split()[3].decode())), uids)

    def test_a_restart_in_between_changes_nothing(self):
        send("jane", "early")
        gateway.advance(days=15)
        gateway.stop()
        gateway.advance(days=16)
        gateway.start()
        wait_for("it is gone after the restart", lambda: subjects("jane") == [])
        self.assertEqual(gateway.why("jane", "<early@app.test>")[0]["events"][-1]["kind"], "expired")

    def test_the_body_of_a_broadcast_stays_while_one_copy_lives(self):
        body = "A long text. " * 1000 + "\n"
        with Smtp(gateway, "lmtp") as lmtp:
            replies = lmtp.mail(f"noreply@{DOMAIN}", [f"jane@{DOMAIN}", f"bob@{DOMAIN}"],
                                message("broadcast", "news", body=body))
        self.assertEqual([reply.code for reply in replies], [250, 250])
        mark("bob", "broadcast", r"(\Flagged)")
        self.pass_days(31)
        self.assertEqual(subjects("jane"), [])
        (copy,) = folder(gateway, "bob", "Updates")
        self.assertTrue(copy.body.endswith(body.replace("\n", "\r\n").encode()))

    def test_the_external_copy_that_waits_outlives_the_folder_copy(self):
        sink.mode = "defer"
        self.addCleanup(setattr, sink, "mode", "accept")
        send("jane", "twofold", "both")
        entry = wait_for("it was deferred", lambda: [e for e in gateway.queue() if int(e["attempts"]) > 0])[0]
        gateway.checked("queue", "hold", entry["id"])
        self.pass_days(30)
        self.assertEqual(subjects("jane"), [])
        sink.mode = "accept"
        gateway.checked("queue", "release", entry["id"])
        gateway.drained()
        mails = [mail for mail in sink.to("jane@ext.test") if parse(mail.octets)["Subject"] == "twofold"]
        self.assertEqual(len(mails), 1)
        self.assertTrue(mails[0].octets.endswith(b"Text of twofold.\r\n"))
        kinds = [event["kind"] for event in gateway.why("jane", "<twofold@app.test>")[0]["events"]]
        self.assertEqual(kinds[-3:], ["expired", "released", "sent"])

    def test_the_statistics_tell_what_is_there(self):
        numbers = lambda: gateway.json("store", "stats")
        before = numbers()
        for subject in ("one", "two", "three"):
            send("jane", subject, "offers")
        after = numbers()
        grown = {name: int(after[name]) - int(before[name]) for name in
                 ("messages placed", "decisions", "bodies", "messages noted to expire")}
        self.assertEqual(grown, {name: 3 for name in grown})
        self.assertEqual(after["outbox queued"], "0")
        self.assertRegex(after["oldest decision"], r"^\d{4}-")
        self.pass_days(60)
        wait_for("what expired is freed", lambda: numbers()["messages deleted, not yet freed"] == "0", 30)
        last = numbers()
        self.assertLessEqual(int(last["bodies"]), int(before["bodies"]))
        self.assertEqual(int(last["decisions"]), int(after["decisions"]) + 1)  # the canary's
        self.assertIn("messages placed", gateway.checked("store", "stats").out)


class ShorterKeep(Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.use)

    def test_20_users_are_told_first_and_the_mail_stays_seven_days_across_a_restart(self):
        for subject in ("a", "b"):
            send("jane", subject)
        send("jane", "c", "offers")
        gateway.advance(days=20)
        send("bob", "young")
        self.use(news="10d", offers="5d")
        wait_for("the notice is there", lambda: subjects("jane", "INBOX"), 30)
        (notice,) = folder(gateway, "jane", "INBOX")
        text = parse(notice.body)
        self.assertEqual(text["X-MC-Type"], "system.retention_notice")
        words = text.get_payload(decode=True).decode()
        self.assertIn("News: 2 messages", words)
        self.assertIn("Offers: 1 message,", words)
        self.assertRegex(words, r"From \d+ \w+ 20\d\d on")
        self.assertIn("flag it", words)
        self.assertEqual(subjects("bob", "INBOX"), [])

        self.pass_days(6)
        self.assertEqual(subjects("jane"), ["a", "b", "c"])
        gateway.stop()
        gateway.start()
        gateway.advance(hours=23)
        send("bob", "later")
        self.assertEqual(subjects("jane"), ["a", "b", "c"])
        gateway.advance(hours=2)
        wait_for("the shorter keep takes its mail", lambda: subjects("jane") == [], 30)
        self.assertEqual(subjects("bob"), ["later", "young"])
        self.assertEqual(len(subjects("jane", "INBOX")), 1)  # told once

    def test_a_policy_changed_back_in_time_takes_nothing(self):
        send("jane", "a")
        gateway.advance(days=20)
        self.use(news="10d")
        wait_for("the notice is there", lambda: subjects("jane", "INBOX"), 30)
        self.use()
        self.pass_days(8)
        self.assertEqual(subjects("jane"), ["a"])
        self.pass_days(2)
        self.assertEqual(subjects("jane"), [])


def expand(uid_set):
    """"3:5,9" as numbers."""
    for part in uid_set.split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    unittest.main()
