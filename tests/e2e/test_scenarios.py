"""What users would see: mail in, folders and external mail out, and the answer to why."""

import re
import time
import unittest
from email.utils import parsedate_to_datetime

from clients import (Mailbox, Smtp, deliver, folder, folders_with_mail, from_outside, message, submit)
from harness import DOMAIN, Gateway
from sink import Sink, parse

HOST = f"mc.{DOMAIN}"


def setUpModule():
    global sink, gateway
    sink = Sink()
    gateway = Gateway(["boss:admin", "bob", "app:platform"], smarthost=sink.address).start()
    unittest.addModuleCleanup(sink.stop)
    unittest.addModuleCleanup(gateway.stop)


class Case(unittest.TestCase):
    """Each test has a user of its own: self.jane."""

    def setUp(self):
        self.jane = "jane" + re.sub(r"\W", "", self.id().rpartition(".")[2])[-24:].replace("_", "")
        gateway.add_user(self.jane)

    def payment(self, amount="40.00 USD", **more):
        return message("A payment", "payment.sent", amount, id=f"<{time.monotonic_ns()}@{DOMAIN}>", **more)

    def deliver(self, octets, code=250):
        reply = deliver(gateway, self.jane, octets)
        self.assertEqual(reply.code, code, reply)
        return reply

    def external(self):
        """External mails that have come, once nothing waits any more."""
        gateway.drained()
        return sink.to(f"{self.jane}@ext.test")

    def assert_went(self, external, **folders):
        """external: how many mails; folders by name, with _ for a space: how many messages."""
        self.assertEqual(len(self.external()), external, "external mails")
        wanted = {name.replace("_", " "): count for name, count in folders.items()}
        self.assertEqual(folders_with_mail(gateway, self.jane), wanted)

    def why(self, index=0):
        """(answer, email field, folder field) of the newest decision."""
        answer = gateway.why(self.jane)[index]
        fields = {field["field"]: field for field in answer["fields"]}
        return answer, fields["email"], fields["folder"]

    def choose(self, scope, choice):
        gateway.checked("prefs", "set", self.jane, scope, choice)


class Preferences(Case):
    def test_01_a_payment_reaches_a_new_user_by_email_and_in_the_folder_unseen(self):
        self.deliver(self.payment())
        self.assert_went(1, Account_Alerts=1)
        (copy,) = folder(gateway, self.jane, "Account Alerts")
        self.assertNotIn("\\Seen", copy.flags)
        self.assertEqual(copy.size, len(copy.body))
        (mail,) = self.external()
        for octets in (copy.body, mail.octets):
            found = parse(octets)
            self.assertEqual(found["X-MC-Type"], "payment.sent")
            self.assertEqual(found["X-MC-Why"], "type default")
            self.assertIn("<payment-sent.alerts.", found["List-Id"])
            self.assertTrue(octets.endswith(b"\r\n\r\nText.\r\n"))
        self.assertTrue(mail.sender.startswith("b-"), mail.sender)
        answer, email, kept = self.why()
        self.assertEqual((email["layer"], kept["layer"]), ("type-default", "type-default"))
        self.assertTrue(email["value"] and kept["value"])
        self.assertLessEqual({"arrived", "decided", "placed", "queued", "sent"}, {e["kind"] for e in answer["events"]})

    def test_02_center_keeps_the_folder_copy_only_and_the_decision_cites_the_choice_and_its_time(self):
        self.choose("type:payment.sent", "center")
        self.deliver(self.payment())
        self.assert_went(0, Account_Alerts=1)
        _, email, _ = self.why()
        self.assertFalse(email["value"])
        self.assertRegex(email["detail"], r"type:payment\.sent of \d{4}-\d\d-\d\dT.* \(admin\)")

    def test_03_none_delivers_nothing_and_why_still_lists_the_decision(self):
        self.choose("type:payment.sent", "none")
        self.deliver(self.payment("999.99 USD"))
        self.assert_went(0)
        answer, email, kept = self.why()
        self.assertEqual(answer["type"], "payment.sent")
        self.assertFalse(email["value"] or kept["value"])
        self.assertIn("payment.sent", gateway.checked("why", self.jane).out)

    def test_04_a_large_amount_is_emailed_whatever_the_user_chose(self):
        self.choose("type:payment.sent", "none")
        self.deliver(self.payment("1000.00 USD"))
        self.assert_went(1)
        self.assertEqual(parse(self.external()[0].octets)["X-MC-Why"], "rule large-amounts-always-email")

    def test_05_just_below_the_amount_the_choice_holds_and_euros_have_their_own_bound(self):
        self.choose("type:payment.sent", "none")
        self.deliver(self.payment("999.99 USD"))
        self.assert_went(0)
        self.deliver(self.payment("950.00 EUR"))
        self.assert_went(1)

    def test_06_a_payment_without_its_amount_goes_everywhere_and_the_postmaster_hears_of_it(self):
        self.choose("type:payment.sent", "none")
        self.deliver(self.payment(None))
        self.assert_went(1, Account_Alerts=1)
        (copy,) = folder(gateway, self.jane, "Account Alerts")
        self.assertIn("$Malformed", copy.flags)
        told = [m for name in ("Updates", "INBOX") for m in folder(gateway, "boss", name)]
        self.assertTrue(any(b"Malformed message of type payment.sent" in m.body for m in told))

    def test_07_a_locked_type_cannot_be_switched_off(self):
        refused = gateway.command("prefs", "set", self.jane, "type:payment_method.changed", "none")
        self.assertEqual(refused.code, 1)
        self.assertRegex(refused.err, r"(?i)always|locked|cannot")
        self.deliver(message("Card changed", "payment_method.changed"))
        self.assert_went(1, Account_Alerts=1)

    def test_08_a_choice_for_a_type_is_stronger_than_one_for_its_tab(self):
        self.choose("tab:alerts", "center")
        self.deliver(message("Rate", "rate.raised"))
        self.assert_went(0, Account_Alerts=1)
        self.choose("type:rate.raised", "both")
        self.deliver(message("Rate again", "rate.raised"))
        self.assert_went(1, Account_Alerts=2)

    def test_09_an_unknown_type_is_kept_in_updates_and_emailed_and_no_setting_hides_it(self):
        self.deliver(message("New thing", "foo.bar"))
        self.choose("tab:updates", "email")
        self.deliver(message("New thing again", "foo.bar"))
        self.assert_went(2, Updates=2)

    def test_10_news_three_days_old_stays_in_the_folder(self):
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 72 * 3600))
        self.deliver(message("Hired", "hire.confirmed", time=past))
        self.assert_went(0, Account_Alerts=1)
        (copy,) = folder(gateway, self.jane, "Account Alerts")
        self.assertIn("stale-mail-stays-home", parse(copy.body)["X-MC-Why"])

    def test_14_the_same_event_twice_is_one_message_and_with_other_content_an_error(self):
        octets = self.payment(event="pay-1")
        self.deliver(octets)
        self.assertIn("uplicate", self.deliver(octets).text)
        refused = self.deliver(octets.replace(b"Text.", b"Another text."), 554)
        self.assertTrue(refused.text.startswith("5.6.0"), refused)
        self.assert_went(1, Account_Alerts=1)

    def test_18_explain_names_value_layer_and_line_for_each_field_and_what_lost(self):
        self.choose("type:payment.sent", "none")
        asked = ("rules", "explain", "--user", self.jane, "--type", "payment.sent", "--amount", "1200 USD")
        text = gateway.checked(*asked).out
        self.assertRegex(text, r"email +yes +override-rule +rule +.*policy\.toml:\d+")
        self.assertRegex(text, r"folder +no .*type:payment\.sent")
        self.assertIn("lost", text)
        rows = gateway.json(*asked)["rows"]
        won = {row["field"]: row for row in rows if row["won"]}
        self.assertEqual(won["email"]["value"], "yes")
        self.assertEqual(won["folder"]["value"], "no")
        self.assertTrue(any(not row["won"] and row["field"] == "email" for row in rows))


class Abuse(Case):
    def test_35_outsiders_cannot_forge_our_header_fields(self):
        forged = message("Forged", "payment.sent", "5000.00 USD", sender="thief@ext.test", event="x1", X_MC_Why="because",
                         Authentication_Results=f"{HOST}; dmarc=pass", X_Other="kept")
        reply = from_outside(gateway, f"postmaster@{DOMAIN}", forged, "thief@ext.test")
        self.assertEqual(reply.code, 250, reply)
        kept = [m for name in ("INBOX", "Updates", "Account Alerts") for m in folder(gateway, "boss", name)]
        (copy,) = [m for m in kept if b"Subject: Forged" in m.body]
        found = parse(copy.body)
        self.assertEqual(found.get_all("X-Other"), ["kept"])
        self.assertIsNone(found["Authentication-Results"])
        self.assertIsNone(found["X-MC-Amount"])
        self.assertIsNone(found["X-MC-Event-Id"])
        self.assertNotIn("payment.sent", found.get_all("X-MC-Type", []))
        self.assertNotIn("because", found.get_all("X-MC-Why", []))
        self.assertEqual(len(found.get_all("X-MC-Type", [])), 1)

    def test_35_users_cannot_forge_them_either(self):
        octets = message("From a user", "payment.sent", "1.00 USD", sender=f"bob@{DOMAIN}")
        self.assertEqual(submit(gateway, "bob", self.jane, octets).code, 250)
        (copy,) = folder(gateway, self.jane, "INBOX")
        self.assertEqual(parse(copy.body).get_all("X-MC-Type"), ["user.message"])
        self.assertIsNone(parse(copy.body)["X-MC-Amount"])

    def test_37_account_alerts_takes_nothing_from_clients_but_gives(self):
        self.deliver(self.payment())
        with Mailbox(gateway, self.jane) as mailbox:
            for name in ("Account Alerts", "Updates", "Tickets"):
                kind, said = mailbox.append(f'"{name}"', "", None, b"Subject: mine\r\n\r\nx\r\n")
                self.assertEqual(kind, "NO", said)
                self.assertEqual(mailbox.delete(f'"{name}"')[0], "NO")
                self.assertEqual(mailbox.rename(f'"{name}"', "Mine")[0], "NO")
            self.assertEqual(mailbox.delete("INBOX")[0], "NO")
            mailbox.enter("Account Alerts")
            self.assertEqual(mailbox.copy("1", "Archive")[0], "OK")
            self.assertEqual(mailbox.copy("1", '"Account Alerts"')[0], "NO")
            original, copied = mailbox.messages("Account Alerts")[0], mailbox.messages("Archive")[0]
        self.assertEqual(original.body, copied.body)

    def test_38_outsiders_reach_no_other_address_and_nothing_is_relayed(self):
        for service in ("lmtp", "smtp"):
            for address in (f"{self.jane}@{DOMAIN}", f"nobody@{DOMAIN}", "victim@elsewhere.test",
                            f"victim%elsewhere.test@{DOMAIN}", f'"victim@elsewhere.test"@{DOMAIN}',
                            f"t-aaaaaaaaaaaaaaaaaaaaaaaaaa@{DOMAIN}", "@a.test,@b.test:victim@elsewhere.test"):
                with self.subTest(service=service, address=address):
                    reply = deliver(gateway, address, message(), "127.0.0.2", service, "a@ext.test")
                    self.assertIn(reply.code, (550, 553), reply)
        for sender in (f"{self.jane}@{DOMAIN}", "bob@elsewhere.test"):
            with self.subTest(sender=sender), Smtp(gateway, "submission") as smtp:
                self.assertEqual(smtp.login("bob").code, 235)
                self.assertIn(smtp.mail(sender, [f"{self.jane}@{DOMAIN}"], message()).code, (550, 553))
        self.assertIn(submit(gateway, "bob", "victim@elsewhere.test", message(sender=f"bob@{DOMAIN}")).code, (550, 553))
        self.assert_went(0)
        self.assertEqual([m for m in sink.mails if m.recipients[0].endswith("elsewhere.test")], [])

    def test_38_unknown_and_forbidden_addresses_are_not_told_apart(self):
        replies = [from_outside(gateway, f"{name}@{DOMAIN}", message()) for name in (self.jane, "nobodyatall")]
        codes = {(reply.code, reply.text.replace(self.jane, "X").replace("nobodyatall", "X")) for reply in replies}
        self.assertEqual(len(codes), 1, replies)

    def test_received_fields_have_a_correct_date(self):
        self.deliver(self.payment())
        received = parse(folder(gateway, self.jane, "Account Alerts")[0].body)["Received"]
        self.assertLess(abs(parsedate_to_datetime(received.rpartition(";")[2].strip()).timestamp() - time.time()), 120)


class PolicyFile(unittest.TestCase):
    def setUp(self):
        self.text = gateway.policy.read_text()
        self.addCleanup(self.restore)

    def restore(self):
        gateway.policy.write_text(self.text)

    def break_it(self):
        """A typo in a key; (line, column) of it."""
        lines = self.text.splitlines()
        number = next(i for i, line in enumerate(lines) if line.startswith('"rate.raised"'))
        lines[number] = '"rate.raised"            = { tab = "alerts",  label = "Rate raised", emial = "on" }'
        gateway.policy.write_text("\n".join(lines) + "\n")
        return number + 1, lines[number].index("emial") + 1

    def test_16_a_typo_is_named_with_file_line_column_a_caret_and_a_guess(self):
        line, column = self.break_it()
        outcome = gateway.command("rules", "check", gateway.policy)
        self.assertEqual(outcome.code, 1)
        said = (outcome.out + outcome.err).splitlines()
        self.assertTrue(said[0].startswith(f"{gateway.policy}:{line}:{column}: error: "), said)
        self.assertIn("emial", said[1])
        self.assertEqual(said[2].index("^"), said[1].index("emial"))
        self.assertIn("email", said[2])

    def test_16_on_sighup_the_running_version_stays_and_the_log_says_so(self):
        gateway.add_user("sighup")
        shown = gateway.checked("rules", "show").out
        line, column = self.break_it()
        gateway.reload("reload_failed")
        self.assertIn(f"policy.toml:{line}:{column}", gateway.log())
        self.assertEqual(gateway.checked("rules", "show").out, shown)
        self.assertEqual(deliver(gateway, "sighup", message("Rate", "rate.raised")).code, 250)
        self.assertEqual(len(folder(gateway, "sighup", "Account Alerts")), 1)

    def test_16_a_correct_change_is_in_force_after_sighup_and_decisions_cite_its_version(self):
        gateway.add_user("newrules")
        deliver(gateway, "newrules", message("Rate", "rate.raised"))
        before = gateway.why("newrules")[0]["policy_version"]
        changed = re.sub(r'("rate.raised" +=.*?) }', r'\1, email = "off" }', self.text)
        gateway.policy.write_text(changed)
        gateway.reload("event=reloaded what=policy")
        deliver(gateway, "newrules", message("Rate", "rate.raised"))
        after = gateway.why("newrules")[0]
        self.assertEqual(after["policy_version"], before + 1)
        self.assertFalse(next(f for f in after["fields"] if f["field"] == "email")["value"])
        gateway.policy.write_text(self.text)
        gateway.reload("event=reloaded what=policy")


if __name__ == "__main__":
    unittest.main()
