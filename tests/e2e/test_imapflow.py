"""ImapFlow, unmodified, which enables IMAP4rev2, CONDSTORE and QRESYNC by itself and then uses them."""

import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from clients import deliver, folder, message
from harness import PASSWORD, Gateway, certificates

NODE = Path(__file__).resolve().parent / "node"
VERSION = "2.10.2"


def install():
    package = NODE / "node_modules/imapflow/package.json"
    if package.exists() and json.loads(package.read_text())["version"] == VERSION:
        return
    done = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--no-package-lock",
                           f"imapflow@{VERSION}"], cwd=NODE, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"npm could not install imapflow {VERSION}: {done.stderr}")


class ImapFlow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("npm"):
            raise unittest.SkipTest("npm is not installed")
        install()
        cls.gateway = Gateway(["jane", "tom"]).start()
        cls.addClassCleanup(cls.gateway.stop)
        assert deliver(cls.gateway, "jane", message("Rate", "rate.raised")).code == 250
        ports = cls.gateway.ports
        done = subprocess.run(["node", NODE / "client.mjs", str(ports["imap"]), str(ports["imaps"]), "jane", PASSWORD],
                              capture_output=True, text=True, timeout=120,
                              env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificates() / "ca.crt")})
        if done.returncode != 0:
            raise AssertionError(f"ImapFlow ended badly: {done.stderr}\n{cls.gateway.last_words()}")
        cls.seen = json.loads(done.stdout)

    def step(self, name):
        found = self.seen[name]
        if isinstance(found, dict) and "error" in found:
            self.fail(f"{name}: {found}")
        return found

    def refused(self, name):
        found = self.seen[name]
        self.assertTrue(found is False or "error" in found, f"{name} was not refused: {found}")

    def test_it_connects_by_starttls_and_tls_and_enables_what_is_new(self):
        facts = self.step("connect")
        self.assertTrue(facts["secure"])
        self.assertLessEqual({"CONDSTORE", "QRESYNC", "IMAP4REV2"}, {name.upper() for name in facts["enabled"]})
        self.assertTrue(self.step("secure")["authenticated"])
        self.refused("wrongPassword")

    def test_it_lists_every_folder_with_its_use(self):
        boxes = {box["path"]: box["use"] for box in self.step("list")}
        self.assertLessEqual({"INBOX", "Account Alerts", "Updates", "Tickets"}, set(boxes))
        self.assertEqual({name: boxes[name] for name in ("Sent", "Drafts", "Trash", "Archive")},
                         {name: f"\\{name}" for name in ("Sent", "Drafts", "Trash", "Archive")})
        self.assertTrue(all(box["subscribed"] for box in self.step("list")))

    def test_status_counts(self):
        status = self.step("status")
        self.assertEqual((status["messages"], status["unseen"], status["uidNext"]), (1, 1, 2))
        self.assertGreater(status["highestModseq"], 0)

    def test_append_says_where_the_message_went_and_account_alerts_refuses_it(self):
        appended = self.step("append")
        self.assertEqual(appended["uid"], 1)
        self.assertGreater(int(appended["uidValidity"]), 0)
        self.refused("appendRefused")

    def test_fetch_tells_envelope_structure_flags_and_the_octets(self):
        found = self.step("fetch")
        self.assertEqual(found["envelope"]["subject"], "First grüße")
        self.assertEqual(found["envelope"]["from"][0]["address"], "jane@example.test")
        self.assertEqual([part["type"] for part in found["bodyStructure"]["childNodes"]], ["text/plain", "image/png"])
        self.assertEqual(set(found["flags"]), {"\\Flagged", "$Label1"})
        self.assertEqual(found["internalDate"], "2026-01-02T03:04:05.000Z")
        self.assertEqual(len(found["source"].encode()), found["size"])
        self.assertEqual(found["bodyParts"]["1"].strip(), "R3LDvMOfZQ==")
        self.assertEqual(self.step("download"), {"type": "text/plain", "text": "Grüße"})

    def test_search_finds(self):
        self.assertEqual(self.step("search"), {"subject": [1], "flagged": [1], "none": [], "or": [1]})

    def test_flags_are_added_and_removed(self):
        self.assertEqual(set(self.step("flags")), {"\\Seen", "custom", "$Label1"})

    def test_news_from_another_session_arrives_while_it_idles(self):
        self.assertEqual(self.step("idle")["count"], 2)
        self.assertIn("\\Answered", self.step("idleFlags")["flags"])
        gone = self.step("idleExpunge")
        self.assertTrue(gone.get("vanished") or gone.get("seq"), gone)
        self.assertNotIn("connection", self.seen)

    def test_copy_and_move_say_which_uid_became_which(self):
        self.assertEqual(self.step("copy")["uidMap"], {"1": 1, "2": 2})
        self.assertEqual(self.step("move")["uidMap"], {"1": 1})
        self.assertEqual(self.step("moved")["envelope"]["subject"], "First grüße")
        self.assertEqual(self.step("moved")["internalDate"], "2026-01-02T03:04:05.000Z")
        self.assertEqual(len(folder(self.gateway, "jane", "Archive")), 2)

    def test_folders_with_international_names_are_made_renamed_and_deleted(self):
        self.assertEqual(self.step("create")["path"], "Projekte/Übung & more")
        self.assertEqual(self.step("rename")["newPath"], "Projects")
        self.assertEqual(self.step("delete")["path"], "Projects/Übung & more")
        self.refused("deleteRefused")


if __name__ == "__main__":
    unittest.main()
