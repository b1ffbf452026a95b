"""kill -9 under load, again and again: what was acknowledged is there, once, and external mail arrives."""

import contextlib
import re
import threading
import unittest
from collections import Counter

from clients import Mailbox, Smtp, folder, message
from harness import DOMAIN, Gateway, wait_for
from imap_wire import Wire
from sink import Sink

USERS = ("u0", "u1", "u2")
WRITERS = 4
ROUNDS = (40, 150, 5, 300)  # kill after so many acknowledgements more
GONE = (OSError, AssertionError, ValueError)  # what a client sees when its server is killed


def id_of(octets):
    return re.search(rb"(?mi)^Message-ID: (\S+)", octets)[1].decode()


class Load:
    """Writers that deliver one message after the other until told to stop, each with an event id. A writer cut off
    before the acknowledgement submits the same event again later, as the platform would."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.lock = threading.Lock()
        self.acknowledged = {}   # Message-ID: user
        self.unknown = {}        # Message-ID: (user, octets), cut off
        self.appended = {}       # Message-ID: flagged? of what a mail client stored and was told OK
        self.number = 0

    def next(self):
        with self.lock:
            self.number += 1
            return self.number

    def run(self):
        self.stop = threading.Event()
        work = [threading.Thread(target=self.deliver, daemon=True) for _ in range(WRITERS)]
        work.append(threading.Thread(target=self.append, daemon=True))
        for thread in work:
            thread.start()
        return work

    def deliver(self):
        with contextlib.suppress(*GONE), Smtp(self.gateway, "lmtp") as lmtp:
            while not self.stop.is_set():
                number = self.next()
                name, user = f"<m{number}@{DOMAIN}>", USERS[number % len(USERS)]
                octets = message(f"No {number}", "rate.raised", event=f"e{number}", id=name,
                                 body="text " * (number % 50 * 20) + "\n")
                with self.lock:
                    self.unknown[name] = (user, octets)
                reply = lmtp.mail(f"noreply@{DOMAIN}", [f"{user}@{DOMAIN}"], octets)[0]
                if reply.code == 250:
                    with self.lock:
                        self.acknowledged[name] = user
                        del self.unknown[name]

    def append(self):
        """A mail client that stores drafts and flags them."""
        with contextlib.suppress(*GONE), Wire(self.gateway, user="u0") as wire:
            wire.command("SELECT Drafts")
            while not self.stop.is_set():
                name = f"<d{self.next()}@{DOMAIN}>"
                octets = message("Draft", id=name)
                done = wire.command(b"APPEND Drafts {%d+}\r\n%s" % (len(octets), octets))
                if not (uid := re.match(rb"OK \[APPENDUID \d+ (\d+)\]", done)):
                    return
                with self.lock:
                    self.appended[name] = False
                if wire.command(f"UID STORE {int(uid[1])} +FLAGS.SILENT (\\Flagged)").startswith(b"OK"):
                    with self.lock:
                        self.appended[name] = True

    def count(self):
        with self.lock:
            return len(self.acknowledged)

    def submit_again(self):
        """What was cut off goes in again under the same event id; accepted or known already."""
        with Smtp(self.gateway, "lmtp") as lmtp:
            for name, (user, octets) in list(self.unknown.items()):
                reply = lmtp.mail(f"noreply@{DOMAIN}", [f"{user}@{DOMAIN}"], octets)[0]
                assert reply.code == 250, reply
                self.acknowledged[name] = user
                del self.unknown[name]


class KillNine(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(USERS, smarthost=self.sink.address, limits={"smarthost_connections": 4})
        self.gateway.start()
        self.addCleanup(self.gateway.stop)

    def in_folders(self):
        """{user: Counter of Message-IDs}"""
        return {user: Counter(id_of(m.body) for m in folder(self.gateway, user, "Account Alerts")) for user in USERS}

    def check_folders(self, load):
        found = self.in_folders()
        for user, counts in found.items():
            self.assertEqual([n for n, count in counts.items() if count > 1], [], f"doubled in {user}'s folder")
        lost = [n for n, user in load.acknowledged.items() if not found[user][n]]
        self.assertEqual(lost, [], "acknowledged and lost")

    def check_drafts(self, load):
        drafts = {id_of(m.body): "\\Flagged" in m.flags for m in folder(self.gateway, "u0", "Drafts")}
        self.assertEqual([n for n in load.appended if n not in drafts], [], "drafts acknowledged and lost")
        self.assertEqual([n for n, flagged in load.appended.items() if flagged and not drafts[n]], [], "flags lost")

    def sent(self, since=0):
        return [id_of(mail.octets) for mail in list(self.sink.mails)[since:]]

    def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_however_often_it_is_killed(self):
        load, marks = Load(self.gateway), [0]
        for more in ROUNDS:
            target = load.count() + more
            workers = load.run()
            wait_for(f"{target} acknowledgements", lambda: load.count() >= target, 60)
            self.gateway.kill()
            load.stop.set()
            for worker in workers:
                worker.join(30)
                self.assertFalse(worker.is_alive())
            self.sink.settle()  # else what the killed process sent would count for the next
            marks.append(len(self.sink.mails))
            self.gateway.start()
            self.check_folders(load)
            self.check_drafts(load)
            load.submit_again()
        self.check_folders(load)
        self.gateway.checked("queue", "retry", "all")
        self.gateway.drained()

        # External mail: all of it; within one life of the process each once; in a later life again only what the
        # receiver had taken before the kill, and that only while its answer was on the way to the disk.
        marks.append(len(self.sink.mails))
        lives = [Counter(id_of(m.octets) for m in self.sink.mails[a:b]) for a, b in zip(marks, marks[1:])]
        for number, life in enumerate(lives):
            self.assertEqual([n for n, count in life.items() if count > 1], [], f"sent twice in life {number}")
        total = sum(lives, Counter())
        self.assertEqual([n for n in load.acknowledged if not total[n]], [], "never sent")
        again = sum(count - 1 for count in total.values())
        self.assertLessEqual(again, 64 * len(ROUNDS), "sent again after a restart")
        print(f"     {len(load.acknowledged)} messages, {len(load.appended)} drafts, {len(ROUNDS)} kills, "
              f"{again} external mails sent again")

    def test_with_the_smarthost_down_until_after_the_kill_each_external_mail_arrives_exactly_once(self):
        self.sink.close()
        load = Load(self.gateway)
        for more in (60, 60):
            target = load.count() + more
            workers = load.run()
            wait_for(f"{target} acknowledgements", lambda: load.count() >= target, 60)
            self.gateway.kill()
            load.stop.set()
            for worker in workers:
                worker.join(30)
            self.gateway.start()
            load.submit_again()
        self.sink.open()
        self.gateway.checked("queue", "retry", "all")
        self.gateway.drained()
        self.assertEqual(Counter(self.sent()), Counter(load.acknowledged.keys()))
        self.check_folders(load)

    def test_killed_at_any_moment_of_a_large_message_it_is_there_whole_or_not_at_all(self):
        octets = message("Large", "rate.raised", id=f"<large@{DOMAIN}>", body=("y" * 70 + "\n") * 100_000)
        for part in (0.1, 0.5, 0.99, 1.0):
            with self.subTest(part=part), contextlib.suppress(ConnectionError):
                lmtp = Smtp(self.gateway, "lmtp")
                lmtp.command("MAIL FROM:<>")
                lmtp.command(f"RCPT TO:<u1@{DOMAIN}>")
                lmtp.send(b"BDAT %d LAST\r\n" % len(octets) + octets[:int(len(octets) * part)])
                self.gateway.kill()
                lmtp.close()
            self.gateway.start()
            for copy in folder(self.gateway, "u1", "Account Alerts"):
                self.assertTrue(copy.body.endswith(octets))
                self.assertEqual(copy.size, len(copy.body))

    def test_uids_and_uidvalidity_never_go_back_over_a_kill(self):
        seen = []
        for number in range(3):
            with Smtp(self.gateway, "lmtp") as lmtp:
                for _ in range(5):
                    self.assertEqual(lmtp.mail("", [f"u2@{DOMAIN}"], message("x", "rate.raised"))[0].code, 250)
            with Mailbox(self.gateway, "u2") as mailbox:
                mailbox.enter("Account Alerts")
                state = mailbox.status('"Account Alerts"', "(UIDNEXT UIDVALIDITY)")[1][0]
                uids = [m.uid for m in mailbox.messages("Account Alerts")]
                mailbox.enter("Account Alerts")
                mailbox.uid("STORE", str(max(uids)), "+FLAGS", "(\\Deleted)")
                mailbox.expunge()
            seen.append((int(re.search(rb"UIDVALIDITY (\d+)", state)[1]), int(re.search(rb"UIDNEXT (\d+)", state)[1])))
            self.assertGreater(seen[-1][1], max(uids))
            self.gateway.kill()
            self.gateway.start()
        self.assertEqual(len({validity for validity, _ in seen}), 1)
        self.assertEqual([next_uid for _, next_uid in seen], [6, 11, 16])


if __name__ == "__main__":
    unittest.main()
