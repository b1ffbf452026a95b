"""External mail that waits: for a time of day, for being read, for quiet hours, a pause, a digest; and comes gathered."""

import datetime
import re
import time
import unittest

from clients import Mailbox, deliver, folder, message
from harness import DOMAIN, Gateway, wait_for
from sink import Sink, parse

POLICY_BURST = """format = 1
[type]
"a.burst" = { tab = "alerts", label = "Many", burst = { most = 2, within = "1h" } }
"""


def setUpModule():
    global sink, gateway
    sink = Sink()
    gateway = Gateway(["boss:admin"], smarthost=sink.address, clock="2026-09-01T12:00:00Z").start()
    unittest.addModuleCleanup(sink.stop)
    unittest.addModuleCleanup(gateway.stop)


class Case(unittest.TestCase):
    """Each test has a user of its own, self.jane, in `zone`; the clock starts at `start` (later tests: later)."""

    zone = "UTC"
    day = datetime.datetime(2026, 9, 2, tzinfo=datetime.timezone.utc)

    def setUp(self):
        self.gateway, self.sink = gateway, sink
        self.begin(Case.day)
        Case.day += datetime.timedelta(days=3)

    def begin(self, day, hour=12):
        self.jane = "jane" + re.sub(r"[\W_]", "", self.id().rpartition(".")[2])[-30:]
        self.gateway.set_clock(day + datetime.timedelta(hours=hour))
        self.add(self.zone)

    def add(self, zone):
        self.gateway.add_user(self.jane, zone=zone)

    def deliver(self, type, subject="Hello", amount=None, **more):
        octets = message(subject, type, amount, id=f"<{time.monotonic_ns()}@{DOMAIN}>", **more)
        reply = deliver(self.gateway, self.jane, octets)
        self.assertEqual(reply.code, 250, reply)

    def prefs(self, scope, value):
        self.gateway.checked("prefs", "set", self.jane, scope, value)

    def mails(self):
        return self.sink.to(f"{self.jane}@ext.test")

    def waiting(self):
        return [e for e in self.gateway.queue() if e["recipient"] == f"{self.jane}@ext.test" and e["state"] == "waiting"]

    def events(self, index=0):
        return [f"{e['kind']} {e['text']}" for e in self.gateway.why(self.jane)[index]["events"]]

    def assert_waits(self, count=1):
        """Nothing has gone, and that is no accident of timing: what waits is in the list."""
        self.assertEqual(len(self.waiting()), count)
        self.assertEqual(len(self.mails()), 0)

    def assert_comes(self, count=1):
        self.sink.wait(count, f"{self.jane}@ext.test")
        wait_for("the rest to have gone too", lambda: not [e for e in self.gateway.queue()
                                                           if e["recipient"] == f"{self.jane}@ext.test"])
        self.assertEqual(len(self.mails()), count)

    def assert_event(self, kind, text, index=0):
        wait_for(f"an event {kind}: {text!r}, have {self.events(index)[4:]}",
                 lambda: any(e.startswith(kind + " ") and text in e for e in self.events(index)))

    def mark(self, folder_name, how, flags="\\Seen"):
        with Mailbox(self.gateway, self.jane) as mailbox:
            self.assertGreater(mailbox.enter(folder_name), 0)
            self.assertEqual(mailbox.store("1:*", how, flags)[0], "OK")


class TimeOfDay(Case):
    zone = "Europe/Berlin"

    def test_11_an_update_at_night_is_in_the_folder_now_and_mailed_once_at_eight(self):
        self.begin_at_night("2026-11-20T22:00:00Z")
        self.deliver("system.maintenance", "Down tonight")
        self.assertEqual(len(folder(self.gateway, self.jane, "Updates")), 1)
        self.assert_waits()
        (entry,) = self.waiting()
        self.assertEqual((entry["due"], entry["waits for"]), ("2026-11-21T07:00:00.000Z", "window"))
        self.assert_event("waiting", "until 2026-11-21 08:00 Europe/Berlin: its time of day (rule updates-in-daytime)")
        self.gateway.set_clock("2026-11-21T06:59:30Z")
        self.assert_waits()
        self.gateway.set_clock("2026-11-21T07:00:00Z")
        self.assert_comes()
        self.gateway.set_clock("2026-11-22T07:00:00Z")
        self.assert_comes()
        self.assertEqual(parse(self.mails()[0].octets)["Subject"], "Down tonight")

    def begin_at_night(self, start):
        self.gateway.set_clock(start)

    def test_11_the_night_summer_time_ends_is_an_hour_longer(self):
        self.begin_at_night("2026-10-24T21:00:00Z")  # 23:00 in summer time
        self.deliver("system.maintenance")
        self.gateway.set_clock("2026-10-25T06:59:30Z")  # 07:59 in winter time
        self.assert_waits()
        self.gateway.set_clock("2026-10-25T07:00:00Z")
        self.assert_comes()

    def test_11_the_night_it_begins_is_an_hour_shorter(self):
        self.begin_at_night("2027-03-27T22:00:00Z")
        self.deliver("system.maintenance")
        self.gateway.set_clock("2027-03-28T05:59:30Z")
        self.assert_waits()
        self.gateway.set_clock("2027-03-28T06:00:00Z")
        self.assert_comes()

    def test_quiet_hours_hold_mail_that_would_leave_at_once(self):
        self.begin_at_night("2026-12-01T21:30:00Z")  # 22:30
        self.prefs("quiet", "22:00-07:00")
        self.deliver("rate.raised")
        self.assert_waits()
        self.assert_event("waiting", "until 2026-12-02 07:00 Europe/Berlin: your quiet hours")
        self.gateway.set_clock("2026-12-02T06:00:00Z")
        self.assert_comes()

    def test_quiet_hours_set_while_it_waits_count_too(self):
        self.begin_at_night("2026-12-03T20:50:00Z")  # 21:50
        self.deliver("team.message")
        self.prefs("quiet", "22:00-07:00")
        self.gateway.advance(minutes=15)
        self.assert_event("waiting", "until 2026-12-04 07:00 Europe/Berlin: your quiet hours")
        self.gateway.set_clock("2026-12-04T06:00:00Z")
        self.assert_comes()

    def test_a_pause_holds_everything_but_what_is_urgent(self):
        self.begin_at_night("2026-12-05T12:00:00Z")
        self.prefs("pause", "2026-12-09T12:00:00Z")
        self.deliver("rate.raised")
        self.deliver("payment.failed", "Failed", "5.00 USD")
        self.sink.wait(1, f"{self.jane}@ext.test")
        self.assertEqual(parse(self.mails()[0].octets)["Subject"], "Failed")
        self.assertEqual([e["waits for"] for e in self.waiting()], ["pause"])
        self.gateway.set_clock("2026-12-09T12:00:00Z")
        self.assert_comes(2)

    def test_urgent_mail_passes_window_quiet_hours_pause_and_digest(self):
        self.begin_at_night("2026-12-10T23:00:00Z")
        self.prefs("quiet", "20:00-10:00")
        self.prefs("digest", "daily 12:00")
        self.prefs("pause", "2026-12-20T12:00:00Z")
        self.deliver("payment_method.changed")
        self.assert_comes()


class ReadFirst(Case):
    def test_12_a_team_message_read_within_15_minutes_is_not_mailed(self):
        self.deliver("team.message")
        self.assert_event("waiting", "15 minutes, to be read here first")
        self.gateway.advance(minutes=10)
        self.mark("INBOX", "+FLAGS")
        self.gateway.advance(minutes=5)
        self.assert_event("skipped", "read: ")
        self.assertEqual((self.waiting(), self.mails()), ([], []))

    def test_12_not_read_it_comes_once_after_15_minutes(self):
        self.deliver("team.message")
        self.gateway.advance(minutes=14, seconds=30)
        self.assert_waits()
        self.gateway.advance(seconds=40)
        self.assert_comes()
        self.gateway.advance(hours=1)
        self.assert_comes()

    def test_12_read_and_marked_unread_again_it_comes(self):
        self.deliver("team.message")
        self.mark("INBOX", "+FLAGS")
        self.gateway.advance(minutes=5)
        self.mark("INBOX", "-FLAGS")
        self.gateway.advance(minutes=11)
        self.assert_comes()

    def test_deleted_in_a_client_it_is_not_mailed(self):
        self.deliver("team.message")
        with Mailbox(self.gateway, self.jane) as mailbox:
            mailbox.enter("INBOX")
            mailbox.store("1", "+FLAGS", "\\Deleted")
            mailbox.expunge()
        self.gateway.advance(minutes=16)
        self.assert_event("skipped", "deleted: ")
        self.assertEqual(self.mails(), [])

    def test_switched_off_meanwhile_it_is_not_mailed(self):
        self.deliver("team.message")
        self.gateway.advance(minutes=1)
        self.prefs("type:team.message", "center")
        self.gateway.advance(minutes=15)
        self.assert_event("skipped", "switched-off: ")
        self.assertEqual(self.mails(), [])

    def test_it_survives_kill_9_and_comes_once(self):
        self.deliver("team.message")
        self.gateway.kill()
        self.gateway.advance(minutes=20)
        self.gateway.start()
        self.assert_comes()
        self.assertEqual(len(folder(self.gateway, self.jane, "INBOX")), 1)

    def test_a_clock_set_back_makes_it_wait_for_the_wall_clock(self):
        self.deliver("team.message")
        self.gateway.advance(hours=-2)
        self.gateway.advance(minutes=20)
        self.assert_waits()
        self.gateway.advance(hours=2)
        self.assert_comes()

    def test_an_admin_sends_holds_releases_and_drops_what_waits(self):
        self.deliver("team.message")
        (entry,) = self.waiting()
        self.assertEqual((entry["type"], entry["waits for"], entry["expires"]), ("team.message", "unread", ""))
        self.gateway.checked("queue", "hold", entry["id"])
        self.gateway.advance(minutes=20)
        self.assertEqual(self.gateway.json("queue", "show", entry["id"])["state"], "held")
        self.gateway.checked("queue", "release", entry["id"])
        self.assert_comes()
        self.deliver("interview.message")
        self.gateway.checked("queue", "retry", self.waiting()[0]["id"])
        self.assert_comes(2)
        self.deliver("interview.message")
        self.gateway.checked("queue", "drop", self.waiting()[0]["id"])
        self.assertEqual(self.waiting(), [])


class Gathered(Case):
    def test_13_five_team_messages_are_five_in_the_folder_and_one_mail_naming_them(self):
        for number in range(5):
            self.deliver("team.message", f"Point {number}", sender="Bob Builder <bob@real.test>")
            self.gateway.advance(seconds=5)
        self.assertEqual(len(folder(self.gateway, self.jane, "INBOX")), 5)
        self.gateway.advance(minutes=16)
        self.assert_comes()
        (mail,) = self.mails()
        found = parse(mail.octets)
        self.assertEqual(found["Subject"], "5 new messages: Team message")
        self.assertEqual(found["X-MC-Type"], "team.message")
        self.assertIn("<team-message.inbox.", found["List-Id"])
        self.assertIsNotNone(found["Auto-Submitted"])
        text = found.get_payload(decode=True).decode()
        for number in range(5):
            self.assertIn(f"Point {number}", text)
        self.assertEqual(text.count("Bob Builder"), 5)
        self.assertNotIn(b"real.test", mail.octets)
        for index in range(5):
            self.assert_event("queued", "folded into one mail (", index)
            self.assert_event("sent", "250 ", index)

    def test_only_the_unread_are_named(self):
        self.deliver("team.message", "One")
        self.mark("INBOX", "+FLAGS")
        self.deliver("team.message", "Two")
        self.deliver("team.message", "Three")
        self.gateway.advance(minutes=17)
        self.assert_comes()
        found = parse(self.mails()[0].octets)
        self.assertEqual(found["Subject"], "2 new messages: Team message")
        self.assertNotIn("One", found.get_payload(decode=True).decode())

    def test_a_daily_digest_names_what_came_since(self):
        self.prefs("digest", "daily 18:00")
        self.deliver("rate.raised", "First rate")
        self.gateway.advance(hours=1)
        self.deliver("hire.confirmed", "You are hired")
        self.assert_waits(2)
        self.gateway.advance(hours=5)
        self.assert_comes()
        found = parse(self.mails()[0].octets)
        self.assertEqual(found["Subject"], "Your digest: 2 new messages")
        self.assertEqual(found["X-MC-Type"], "digest")
        text = found.get_payload(decode=True).decode()
        for part in ("Account Alerts, Rate raised (1)", "First rate", "Account Alerts, Hire confirmed (1)", "You are hired"):
            self.assertIn(part, text)
        for index in range(2):
            self.assert_event("sent", "250 ", index)

    def test_the_one_mail_is_tried_again_and_every_message_says_so(self):
        self.deliver("team.message", "One")
        self.deliver("team.message", "Two")
        self.sink.mode = "defer"
        self.addCleanup(setattr, self.sink, "mode", "accept")
        self.gateway.advance(minutes=17)
        for index in range(2):
            self.assert_event("deferred", "451", index)
        self.sink.mode = "accept"
        self.gateway.advance(minutes=5)
        self.assert_comes()


class Burst(Case):
    def setUp(self):
        self.sink = sink
        self.gateway = Gateway(["boss:admin"], smarthost=sink.address, clock="2026-11-23T12:00:00Z",
                               policy=POLICY_BURST).start()
        self.addCleanup(self.gateway.stop)
        self.begin(datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc))

    def test_what_exceeds_the_limit_comes_as_one_mail_at_its_end(self):
        for number in range(5):
            self.deliver("a.burst", f"Number {number}")
        self.sink.wait(2, f"{self.jane}@ext.test")
        self.assertEqual([e["waits for"] for e in self.waiting()], ["burst"] * 3)
        self.assertEqual(len(folder(self.gateway, self.jane, "Account Alerts")), 5)
        self.gateway.advance(hours=1)
        self.assert_comes(3)
        self.assertEqual(parse(self.mails()[2].octets)["Subject"], "3 new messages: Many")


if __name__ == "__main__":
    unittest.main()
