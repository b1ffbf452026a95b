"""How external mail leaves: several smarthosts, domains each at their own pace, straight to MX hosts; what submitters are told."""

import ssl
import unittest

from clients import Smtp, deliver, folder, message
from dns_server import DnsServer
from harness import DOMAIN, Gateway, certificates, free_port, wait_for
from sink import Sink, parse

PAYMENT = dict(type="payment.sent", amount="40.00 USD")
PATIENT = {"retry_first": "1h", "retry_most": "2h"}  # nothing is tried again by itself within a test


class Outbound(unittest.TestCase):
    def sink(self, **more):
        sink = Sink(**more)
        self.addCleanup(sink.stop)
        return sink

    def start(self, users=("jane",), domains=None, **more):
        """`domains`: {login: domain} of users with an address elsewhere."""
        self.gateway = Gateway(["boss:admin", "app:platform", *users], **{"limits": PATIENT, **more})
        for login, domain in (domains or {}).items():
            self.gateway.add_user(login, email=f"{login}@{domain}")
        self.gateway.start()
        self.addCleanup(self.gateway.stop)

    def deliver(self, login="jane", subject="A payment", **fields):
        reply = deliver(self.gateway, login, message(subject, **{**PAYMENT, **fields}))
        self.assertEqual(reply.code, 250, reply)

    def submit(self, sender, recipient="jane", mail="", rcpt="", login="app"):
        """By submission, with parameters of MAIL and RCPT."""
        with Smtp(self.gateway, "submission") as smtp:
            self.assertEqual(smtp.login(login).code, 235)
            self.assertEqual(smtp.command(f"MAIL FROM:<{sender}>{mail}").code, 250)
            self.assertEqual(smtp.command(f"RCPT TO:<{recipient}@{DOMAIN}>{rcpt}").code, 250)
            self.assertEqual(smtp.command("DATA").code, 354)
            octets = message("A payment", sender=f"app@{DOMAIN}", **PAYMENT)
            octets = octets if isinstance(octets, bytes) else octets.encode()
            smtp.send(octets)
            self.assertEqual(smtp.command(".").code, 250)

    def status(self, name):
        return next((row for row in self.gateway.json("queue", "status") if row["name"] == name), None)

    def events(self, login="jane"):
        return [e for e in self.gateway.why(login)[-1]["events"]]

    def kinds(self, login="jane"):
        return [e["kind"] for e in self.events(login)]

    def reports(self, login="app", action="delayed"):
        """Delivery reports in any of his folders."""
        found = []
        for name in ("INBOX", "Updates", "Account Alerts"):
            found += [m.body for m in folder(self.gateway, login, name) if f"Action: {action}".encode() in m.body]
        return found


class Smarthosts(Outbound):
    def setUp(self):
        self.first, self.second = self.sink(), self.sink()

    def begin(self, **more):
        self.start(external={"smarthost": [self.first.address, self.second.address]}, **more)

    def test_the_preferred_one_gets_everything_while_it_is_well(self):
        self.begin()
        for _ in range(5):
            self.deliver()
        self.first.wait(5)
        self.gateway.drained()
        self.assertEqual(self.second.mails, [])
        self.assertEqual(self.status(self.first.address)["state"], "well")

    def test_one_that_is_down_is_replaced_by_the_next_without_delay_and_used_again_when_it_is_back(self):
        self.begin()
        self.first.close()
        for _ in range(3):
            self.deliver()
        self.second.wait(3)
        self.gateway.drained()
        self.assertNotIn("deferred", self.kinds())
        row = self.status(self.first.address)
        self.assertEqual(row["state"], "unreachable")
        self.assertIn("efused", row["last"])
        self.assertIn("smarthost_unreachable", self.gateway.log())
        self.assertIn("unreachable", self.gateway.checked("queue", "status").out)
        self.first.open()
        wait_for("the preferred one is used again", lambda: self.deliver() or self.first.mails, 60)
        self.assertEqual(self.status(self.first.address)["state"], "well")

    def test_one_that_greets_with_421_is_replaced_too(self):
        self.first.mode = "busy"
        self.begin()
        self.deliver()
        self.second.wait(1)
        self.assertEqual(self.first.mails, [])

    def test_with_both_down_mail_waits_and_an_admin_can_have_it_tried_at_once(self):
        self.begin()
        self.first.close()
        self.second.close()
        self.deliver()
        wait_for("an attempt", lambda: self.gateway.queue()[0]["attempts"] == "1")
        self.second.open()
        self.gateway.checked("queue", "retry", self.gateway.queue()[0]["id"])
        self.second.wait(1)
        self.gateway.drained()

    def test_others_are_taken_over_on_sighup(self):
        self.start(external={"smarthost": self.first.address})
        self.deliver()
        self.first.wait(1)
        self.first.close()
        self.gateway.external["smarthost"] = [self.second.address]
        self.gateway.write_config()
        self.gateway.reload("what=limits")
        self.deliver()
        self.second.wait(1)

    def test_wrong_settings_are_errors_with_line_and_column(self):
        for external, says in (({"smarthost": ["127.0.0.1:2525", "127.0.0.1:2525"]}, "twice"),
                               ({"smarthost": ["127.0.0.1:x"]}, "malformed smarthost"), ({"route": "mxx"}, 'did you mean "mx"'),
                               ({"route": "mx", "resolver": "dns"}, "127.0.0.1:53"), ({"route": "mx", "mx_port": 0}, "mx_port"),
                               ({"tls_domains": ["no domain"]}, "is not a domain"), ({"delay_notice": "soon"}, "duration")):
            with self.subTest(external=external):
                gateway = Gateway(external=external)
                outcome = gateway.command("config", "check")
                self.assertEqual(outcome.code, 1, outcome)
                self.assertIn(says, outcome.out)
                self.assertRegex(outcome.out, rf"{gateway.config}:\d+:\d+: error")
        unused = Gateway(smarthost="127.0.0.1:2525", external={"route": "mx"})
        self.assertIn("no effect", unused.checked("config", "check").out)


class Domains(Outbound):
    def test_many_mails_to_a_broken_domain_hold_up_nobody_and_do_not_hammer_it(self):
        sink = self.sink()
        sink.answers["broken.test"] = "450 4.7.1 Greylisted, come back later"
        self.start(domains={"bert": "broken.test"}, smarthost=sink.address)
        for _ in range(100):
            self.deliver("bert")
        for _ in range(5):
            self.deliver("jane")
        sink.wait(5, "jane@ext.test")
        wait_for("bert's mail was put off", lambda: (q := self.gateway.json("queue", "list", "--domain", "broken.test"))
                 and all(e["due"] > e["queued"] and e["last reply"] for e in q) and len(q) == 100)
        self.assertLessEqual(sink.asked["broken.test"], 8)
        self.assertEqual(self.status("broken.test")["state"], "left in peace")
        self.assertIn("Greylisted", self.status("broken.test")["last"])
        listed = self.gateway.json("queue", "list", "--domain", "broken.test", "--state", "queued")
        tried = sum(int(e["attempts"]) for e in listed)
        self.assertLessEqual(tried, 8)  # those that were only put off do not count as tried
        self.deliver("jane", "Later")
        sink.wait(6, "jane@ext.test")
        self.deliver("bert")  # put off at once, untried
        wait_for("it was put off", lambda: all(e["last reply"] for e in self.gateway.queue()))
        self.assertLessEqual(sink.asked["broken.test"], 8)
        del sink.answers["broken.test"]
        self.gateway.checked("queue", "retry", "--domain", "broken.test")
        sink.wait(101, "bert@broken.test", 60)
        self.gateway.drained()
        self.assertIsNone(self.status("broken.test"))

    def test_no_domain_gets_more_transactions_at_once_than_it_may(self):
        sink = self.sink()
        sink.held = {"slow.test"}
        self.start(domains={"sloe": "slow.test"}, smarthost=sink.address,
                   limits={**PATIENT, "connections_per_domain": 2, "smarthost_connections": 6})
        for _ in range(12):
            self.deliver("sloe")
        wait_for("two are under way", lambda: sink.together["slow.test"] == 2)
        for _ in range(10):
            self.deliver("jane")
        sink.wait(10, "jane@ext.test")
        self.assertEqual(sink.to("sloe@slow.test"), [])
        sink.let_go("slow.test")
        sink.wait(12, "sloe@slow.test")
        self.assertEqual(sink.most_together["slow.test"], 2)


class QueueCommands(Outbound):
    def setUp(self):
        self.down = self.sink()
        self.down.answers = {"broken.test": "451 4.3.0 Not now", "ext.test": "451 4.3.0 Not now"}
        self.start(domains={"bert": "Broken.test"}, smarthost=self.down.address)
        self.deliver("bert")
        self.deliver("jane")
        wait_for("both were tried", lambda: len(q := self.gateway.queue()) == 2 and all(e["attempts"] == "1" for e in q))

    def recipients(self, *words):
        return [e["recipient"].lower() for e in self.gateway.json("queue", "list", *words)]

    def test_list_by_domain_and_state(self):
        self.assertEqual(self.recipients("--domain", "BROKEN.test"), ["bert@broken.test"])
        self.assertEqual(self.recipients("--domain", "@ext.test"), ["jane@ext.test"])
        self.assertEqual(self.recipients("--domain", "test"), [])
        held = next(e["id"] for e in self.gateway.queue() if e["recipient"] == "jane@ext.test")
        self.gateway.checked("queue", "hold", held)
        self.assertEqual(self.recipients("--state", "held"), ["jane@ext.test"])
        self.assertEqual(self.recipients("--state", "queued", "--domain", "ext.test"), [])
        self.assertEqual(self.recipients("--state", "waiting"), [])
        text = self.gateway.checked("queue", "list").out
        self.assertIn("1 held, 1 queued", text)
        self.assertIn(f"host {self.down.address}: well", text)
        self.assertIn("Nothing in the queue is like that", self.gateway.checked("queue", "list", "--state", "waiting").out)

    def test_retry_of_a_domain_tries_its_mail_only(self):
        self.gateway.checked("queue", "retry", "--domain", "broken.test")
        wait_for("bert's was tried", lambda: [e["attempts"] for e in self.gateway.queue()] == ["2", "1"])

    def test_what_is_wrong_is_said(self):
        for words, code, says in ((("list", "--state", "lost"), 2, "queued, held or waiting"), (("retry",), 2, "--domain"),
                                  (("retry", "all", "--domain", "ext.test"), 2, "--domain"),
                                  (("list", "--domain", "jane@ext.test"), 2, "follows the @"),
                                  (("retry", "--domain", "nobody.test"), 1, "nothing is queued for nobody.test"),
                                  (("retry", "first"), 1, "number"), (("drop", "999"), 1, "999"),
                                  (("show", "999"), 1, "999"), (("list", "--stat", "held"), 2, "--state")):
            with self.subTest(words=words):
                outcome = self.gateway.command("queue", *words)
                self.assertEqual((outcome.code, outcome.out), (code, ""), outcome)
                self.assertIn(says, outcome.err)

    def test_without_a_server_there_is_no_status_and_the_rest_works(self):
        self.assertEqual(self.gateway.stop(), 0)
        self.assertEqual(self.gateway.command("queue", "status").code, 1)
        self.gateway.checked("queue", "retry", "--domain", "broken.test")
        self.assertEqual(self.recipients("--domain", "broken.test"), ["bert@broken.test"])


class Restart(Outbound):
    def test_killed_in_the_middle_of_the_queue_nothing_is_lost_and_attempts_and_times_are_kept(self):
        sink = self.sink()
        sink.answers["broken.test"] = "451 4.3.0 Not now"
        self.start(domains={"bert": "broken.test"}, smarthost=sink.address)
        for number in range(30):
            self.deliver("bert", f"No {number}")
        wait_for("all were tried or put off", lambda: len(q := self.gateway.queue()) == 30 and all(e["last reply"] for e in q))
        before = self.gateway.queue()
        sink.held = {"ext.test"}
        for number in range(20):
            self.deliver("jane", f"Jane {number}")
        wait_for("some are under way", lambda: sink.together["ext.test"] > 0)
        self.gateway.kill()
        sink.let_go("ext.test")
        sink.settle()
        taken = len(sink.to("jane@ext.test"))  # in full, before their sender died
        self.gateway.start()
        keep = ("id", "attempts", "due", "queued", "expires", "last reply", "sender")
        of = lambda queue: [{k: e[k] for k in keep} for e in queue if e["recipient"] == "bert@broken.test"]
        self.assertEqual(of(self.gateway.queue()), of(before))
        sink.wait(20 + taken, "jane@ext.test")
        subjects = {parse(m.octets)["Subject"] for m in sink.to("jane@ext.test")}
        self.assertEqual(len(subjects), 20)
        self.assertLessEqual(sink.asked["broken.test"], 8)


class Late(Outbound):
    def begin(self, **external):
        self.down = self.sink()
        self.down.close()
        self.start(clock=True, external={"smarthost": self.down.address, **external})

    def until_told(self):
        self.gateway.advance(hours=4, minutes=1)
        wait_for("the decision says that it is late", lambda: "delayed" in self.kinds())

    def test_after_four_hours_it_is_noted_once_and_the_submitter_gets_one_report_without_the_users_address(self):
        self.begin()
        self.submit(f"app@{DOMAIN}", mail=" ENVID=QQ+2B1")
        wait_for("an attempt", lambda: "deferred" in self.kinds())
        self.gateway.advance(hours=3)
        self.deliver("jane", "A fence")
        self.assertNotIn("delayed", self.kinds())
        self.gateway.advance(hours=1, minutes=1)
        wait_for("the decision says that it is late", lambda: "delayed" in self.kinds())
        (report,) = wait_for("a report", self.reports)
        self.assertIn(f"jane@{DOMAIN}".encode(), report)
        self.assertNotIn(b"jane@ext.test", report)
        self.assertIn(b"Will-Retry-Until:", report)
        self.assertIn(b"Original-Envelope-Id: QQ+1", report)
        self.assertEqual(parse(report)["Auto-Submitted"], "auto-replied")
        self.gateway.advance(hours=1)
        self.gateway.checked("queue", "retry", "all")
        wait_for("another attempt", lambda: self.kinds().count("deferred") > 1)
        self.assertEqual(self.kinds().count("delayed"), 1)
        self.assertEqual(len(self.reports()), 1)

    def test_who_asked_for_no_report_or_came_without_a_name_gets_none_but_the_decision_knows(self):
        self.begin()
        self.submit(f"app@{DOMAIN}", rcpt=" NOTIFY=NEVER")
        self.submit(f"app@{DOMAIN}", rcpt=" NOTIFY=FAILURE")
        self.submit("")
        self.submit("somebody@outside.test")
        self.deliver()  # by a trusted peer
        self.until_told()
        wait_for("all five are noted", lambda: all("delayed" in [e["kind"] for e in w["events"]] for w in self.gateway.why("jane")))
        self.assertEqual(self.reports(), [])
        self.assertEqual(len(self.gateway.queue()), 5)

    def test_who_asks_for_reports_of_delay_gets_one(self):
        self.begin()
        self.submit(f"app@{DOMAIN}", rcpt=" NOTIFY=DELAY")
        self.until_told()
        wait_for("a report", self.reports)

    def test_with_0s_nobody_is_told(self):
        self.begin(delay_notice="0s")
        self.submit(f"app@{DOMAIN}", rcpt=" NOTIFY=DELAY")
        self.gateway.advance(hours=5)
        self.gateway.checked("queue", "retry", "all")
        wait_for("attempts", lambda: int(self.gateway.queue()[0]["attempts"]) > 0)
        self.assertNotIn("delayed", self.kinds())


class Reports(Outbound):
    ASKED = dict(mail=" RET=HDRS ENVID=QQ314159", rcpt=f" NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;jane@{DOMAIN}")

    def test_what_the_submitter_asked_for_reaches_a_server_that_knows_reports(self):
        sink = self.sink(dsn=True)
        self.start(smarthost=sink.address)
        self.submit(f"app@{DOMAIN}", **self.ASKED)
        (mail,) = sink.wait(1, "jane@ext.test")
        self.assertTrue(mail.sender.startswith("b-"))
        self.assertIn("RET=HDRS ENVID=QQ314159", mail.parameters[0])
        self.assertEqual(mail.parameters[1], f"NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;jane@{DOMAIN}")
        self.gateway.drained()
        self.assertEqual(self.reports(action="relayed"), [])

    def test_of_one_that_does_not_the_submitter_is_told_that_the_mail_went_there(self):
        sink = self.sink()
        self.start(smarthost=sink.address)
        self.submit(f"app@{DOMAIN}", **self.ASKED)
        (mail,) = sink.wait(1, "jane@ext.test")
        self.assertNotIn("NOTIFY", " ".join(mail.parameters))
        (report,) = wait_for("a report", lambda: self.reports(action="relayed"))
        self.assertIn(b"Original-Envelope-Id: QQ314159", report)
        self.assertIn(f"jane@{DOMAIN}".encode(), report)
        self.assertNotIn(b"jane@ext.test", report)

    def test_who_did_not_ask_is_not_told(self):
        sink = self.sink()
        self.start(smarthost=sink.address)
        self.submit(f"app@{DOMAIN}")
        self.submit("", **self.ASKED)
        self.submit("somebody@outside.test", **self.ASKED)
        sink.wait(3)
        self.gateway.drained()
        self.assertEqual(self.reports(action="relayed"), [])


class Exchanges(Outbound):
    """Straight to MX hosts; each is a sink at an address of its own, all at one port."""

    def setUp(self):
        self.dns = DnsServer()
        self.addCleanup(self.dns.close)
        self.port = free_port()

    def host(self, number, **more):
        return self.sink(host=f"127.0.0.{number}", port=self.port, **more)

    def begin(self, domains=None, external=None, **more):
        self.start(domains=domains, external={"route": "mx", "resolver": [self.dns.address], "mx_port": self.port,
                                              **(external or {})}, **more)

    def refused(self, domain, status):
        """A mail to the domain bounces at once, with that status."""
        login = "u" + str(len(self.gateway.json("user", "list")))
        self.gateway.add_user(login, email=f"{login}@{domain}")
        self.deliver(login)
        wait_for(f"mail for {domain} is refused", lambda: "bounced" in self.kinds(login))
        text = next(e["text"] for e in self.events(login) if e["kind"] == "bounced")
        self.assertIn(status, text)

    def deferred(self, login):
        wait_for(f"{login}'s mail waits", lambda: "deferred" in self.kinds(login))
        return next(e["text"] for e in self.events(login) if e["kind"] == "deferred")

    def test_the_most_preferred_host_gets_it_and_the_next_one_if_it_is_down_or_busy(self):
        best, second, third = self.host(11), self.host(12), self.host(13)
        self.dns.add("ext.test", "MX", (30, "mx3.ext.test"), (10, "mx1.ext.test"), (20, "mx2.ext.test"))
        for number in (1, 2, 3):
            self.dns.add(f"mx{number}.ext.test", "A", f"127.0.0.1{number}")
        self.begin()
        self.deliver()
        best.wait(1)
        self.gateway.drained()
        best.close()
        second.mode = "busy"
        self.deliver()
        third.wait(1)
        self.gateway.drained()
        self.assertEqual((len(best.mails), len(second.mails), len(third.mails)), (1, 0, 1))
        self.assertEqual(best.mails[0].helo, f"mc.{DOMAIN}")

    def test_without_mx_the_domain_itself_and_aliases_are_followed_and_dead_addresses_passed_over(self):
        one = self.host(21)
        self.dns.add("plain.test", "A", "127.0.0.21")
        self.dns.add("alias.test", "CNAME", "plain.test")
        self.dns.add("many.test", "MX", (10, "mx.many.test"))
        self.dns.add("mx.many.test", "AAAA", "::1")
        self.dns.add("mx.many.test", "A", "127.0.0.29", "127.0.0.21")
        self.begin(domains={"pia": "plain.test", "ali": "alias.test", "max": "many.test"})
        for login in ("pia", "ali", "max"):
            self.deliver(login)
        one.wait(3)
        self.gateway.drained()
        self.assertEqual({m.recipients[0] for m in one.mails}, {"pia@plain.test", "ali@alias.test", "max@many.test"})

    def test_long_answers_come_over_tcp(self):
        one = self.host(22)
        self.dns.mail("ext.test", "127.0.0.22")
        self.dns.truncate = True
        self.begin()
        self.deliver()
        one.wait(1)

    def test_what_the_dns_rules_out_is_refused_at_once(self):
        self.dns.add("none.test", "MX", (0, ""))
        self.dns.add("empty.test", "MX", (10, "nowhere.empty.test"))
        self.dns.add("loop.test", "MX", (10, f"MC.{DOMAIN}"), (20, "mx.loop.test"))
        self.dns.add("mx.loop.test", "A", "127.0.0.23")
        self.begin(users=())
        self.refused("none.test", "5.1.10")
        self.refused("gone.test", "5.1.2")
        self.refused("empty.test", "5.4.4")
        self.refused("loop.test", "5.4.6")

    def test_what_the_dns_cannot_say_now_is_tried_later(self):
        one = self.host(24)
        self.dns.broken.add("ext.test")
        self.dns.add("half.test", "MX", (10, "mx.half.test"))
        self.dns.broken.add("mx.half.test")
        self.begin(domains={"half": "half.test"})
        self.deliver("jane")
        self.deliver("half")
        self.assertIn("4.4.3", self.deferred("jane"))
        self.assertIn("4.4.3", self.deferred("half"))
        self.dns.broken.clear()
        self.dns.mail("ext.test", "127.0.0.24")
        self.gateway.checked("queue", "retry", "--domain", "ext.test")
        one.wait(1, "jane@ext.test")

    def test_a_domain_whose_hosts_are_all_dead_waits_and_the_others_do_not(self):
        one = self.host(25)
        self.dns.mail("ext.test", "127.0.0.25")
        self.dns.mail("dead.test", "127.0.0.26", "127.0.0.27")
        self.begin(domains={"dora": "dead.test"})
        for _ in range(20):
            self.deliver("dora")
        self.deliver("jane")
        one.wait(1, "jane@ext.test")
        wait_for("dora's mail was put off", lambda: (q := self.gateway.queue()) and len(q) == 20 and all(e["last reply"] for e in q))
        self.assertEqual(sum(int(e["attempts"]) for e in self.gateway.queue()), 1)
        self.assertEqual(self.status("dead.test")["state"], "left in peace")

    def test_tls_can_be_required_of_some_domains_and_is_checked_against_the_name_of_the_host(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates() / "server.crt", certificates() / "server.key")
        right, wrong, plain = self.host(31, tls=context), self.host(32, tls=context), self.host(33)
        self.dns.add("good.bank.test", "MX", (10, "localhost"))
        self.dns.add("localhost", "A", "127.0.0.31")
        self.dns.mail("bad.bank.test", "127.0.0.32")
        self.dns.mail("plain.bank.test", "127.0.0.33")
        self.dns.mail("ext.test", "127.0.0.32")
        self.begin(domains={"good": "good.bank.test", "bad": "bad.bank.test", "plain": "plain.bank.test"},
                   external={"tls_domains": ["*.bank.test"], "ca_file": str(certificates() / "ca.crt")})
        for login in ("good", "bad", "plain", "jane"):
            self.deliver(login)
        right.wait(1, "good@good.bank.test")
        wrong.wait(1, "jane@ext.test")  # opportunistic: any certificate will do
        self.deferred("bad")
        self.assertIn("TLS required", self.deferred("plain"))
        self.assertEqual((wrong.to("bad@bad.bank.test"), plain.mails), ([], []))

    def test_one_connection_takes_many_mails_of_its_domain(self):
        one = self.host(34)
        self.dns.mail("ext.test", "127.0.0.34")
        self.begin(limits={**PATIENT, "connections_per_domain": 1})
        one.held = {"ext.test"}
        for _ in range(20):
            self.deliver()
        wait_for("the first is under way", lambda: one.together["ext.test"] == 1)
        one.let_go("ext.test")
        one.wait(20)
        self.assertLessEqual(one.connections, 2)


if __name__ == "__main__":
    unittest.main()
