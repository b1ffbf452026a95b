"""Teams (scenario 33): one copy for each who is present, nobody else may write; teams on the command line."""

import unittest

from clients import folder, from_outside, message, submit
from harness import DOMAIN, Gateway
from sink import Sink, parse

TEAM = f"team-acme@{DOMAIN}"


class Teams(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.stop)
        self.gateway = Gateway(["boss:admin", "jane", "bob", "eve", "gone", "stranger"], smarthost=self.sink.address)
        self.addCleanup(self.gateway.stop)
        self.make_team()  # the server does not run yet
        self.gateway.start()

    def make_team(self):
        self.gateway.checked("team", "add", "acme", "--owner", "jane", "--name", "Acme Works")
        for login in ("bob", "eve", "gone"):
            self.gateway.checked("team", "member", "add", "acme", login)
        self.gateway.checked("team", "member", "remove", "acme", "gone")

    def post(self, author, subject="Plans"):
        octets = message(subject, sender=f"{author}@{DOMAIN}", to=TEAM, id=f"<{author}-{subject}@laptop.test>", User_Agent="FancyMail")
        return submit(self.gateway, author, TEAM, octets)

    def inbox(self, login):
        return [m.body for m in folder(self.gateway, login, "INBOX")]

    def test_33_each_present_member_gets_one_copy_and_others_may_not_write(self):
        self.assertEqual(self.post("jane").code, 250)
        for login in ("bob", "eve"):
            (copy,) = self.inbox(login)
            self.assertEqual(parse(copy)["To"].split("<")[-1].rstrip(">"), TEAM)
            self.assertEqual(parse(copy)["From"].split("<")[-1].rstrip(">"), TEAM)
            self.assertEqual(parse(copy)["X-MC-Type"], "team.message")
            self.assertIn("acme.teams", parse(copy)["List-Id"])
            for leak in (b"jane@", b"laptop.test", b"FancyMail", b"me.test"):
                self.assertNotIn(leak, copy)
        self.assertEqual(self.inbox("gone"), [])
        (own,) = folder(self.gateway, "jane", "INBOX")
        self.assertIn("\\Seen", own.flags)
        for who in ("stranger", "gone"):
            self.assertEqual(self.post(who).code, 550)
        outside = message("Offer", sender="x@ext.test", to=TEAM)
        self.assertEqual(from_outside(self.gateway, TEAM, outside).code, 550)
        self.assertEqual(len(self.inbox("bob")), 1)

    def test_members_answer_the_team_unless_only_the_owner_may(self):
        self.assertEqual(self.post("bob").code, 250)
        self.assertEqual(len(self.inbox("eve")), 1)
        self.gateway.checked("team", "set", "acme", "--post", "owner")
        refused = self.post("bob", "Again")
        self.assertEqual(refused.code, 550)
        self.assertIn("owner", refused.text)
        self.assertEqual(self.post("jane").code, 250)
        self.assertEqual(len(self.inbox("eve")), 2)

    def test_replies_lead_to_the_team_or_by_a_token_to_the_author(self):
        self.assertEqual(self.post("jane").code, 250)
        self.assertIn(TEAM, parse(self.inbox("bob")[-1])["Reply-To"])
        self.gateway.checked("team", "set", "acme", "--replies", "author")
        self.assertEqual(self.post("jane", "More").code, 250)
        self.assertRegex(parse(self.inbox("bob")[-1])["Reply-To"], r"<c-[a-z2-7]{26}@example\.test>")

    def check_commands(self):
        (team,) = self.gateway.json("team", "list")
        self.assertEqual((team["team"], team["address"], team["owner"], team["post"], team["replies"], team["members"]),
                         ("acme", TEAM, "jane", "members", "team", "3"))
        self.assertEqual(self.gateway.json("team", "show", "ACME")["present"], "jane, bob, eve")
        members = {m["login"]: m for m in self.gateway.json("team", "member", "list", "acme")}
        self.assertEqual({login for login, m in members.items() if m["left"]}, {"gone"})
        self.assertEqual(set(members), {"jane", "bob", "eve", "gone"})
        for code, words in ((1, ("add", "acme", "--owner", "bob")), (1, ("add", "other", "--owner", "nobody")), (2, ("add", "other")),
                            (1, ("add", "-", "--owner", "bob")), (1, ("add", "x", "--owner", "bob", "--post", "all")),
                            (1, ("show", "none")), (2, ("set", "acme")), (1, ("set", "none", "--name", "x")),
                            (1, ("set", "acme", "--replies", "all")), (1, ("member", "add", "acme", "bob")),
                            (1, ("member", "remove", "acme", "jane")), (1, ("member", "remove", "acme", "gone")),
                            (1, ("member", "add", "acme", "nobody")), (2, ("member", "add", "acme")), (2, ("member", "join", "acme", "bob")),
                            (1, ("delete", "none"))):
            with self.subTest(words=words):
                outcome = self.gateway.command("team", *words)
                self.assertEqual(outcome.code, code, outcome)
                self.assertNotEqual(outcome.err, "")
        self.gateway.checked("team", "set", "acme", "--owner", "bob", "--name", "")
        self.gateway.checked("team", "member", "remove", "acme", "jane")
        self.assertEqual(self.gateway.json("team", "show", "acme")["owner"], "bob")
        self.gateway.checked("team", "delete", "acme")
        self.assertEqual(self.gateway.json("team", "list"), [])

    def test_teams_are_kept_by_commands_while_the_server_runs(self):
        self.check_commands()
        self.assertEqual(self.post("bob").code, 550)

    def test_teams_are_kept_by_commands_while_no_server_runs(self):
        self.gateway.stop()
        self.check_commands()


if __name__ == "__main__":
    unittest.main()
