"""A gateway whose policy is changed, and what tests of that ask about it."""

import unittest

from clients import folder
from harness import SOURCE, Gateway

SHIPPED = (SOURCE / "rules/policy.toml").read_text()
GOOD, BAD = 'label = "Rate raised"', 'label = "Rate raised", emial = "off"'


def with_rate_raised(more, text=SHIPPED):
    """The shipped policy with more said of the type rate.raised."""
    assert GOOD in text
    return text.replace(GOOD, f"{GOOD}, {more}")


OFF = with_rate_raised('email = "off"')


def place(text, part):
    """(line, column) of a part of a text, from 1."""
    before = text[:text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class Case(unittest.TestCase):
    """A gateway of its own for each test, not started."""

    def setUp(self):
        self.gateway = Gateway(["boss:admin", "jane"])
        self.addCleanup(self.gateway.stop)

    def write(self, name, text):
        file = self.gateway.directory / name
        file.write_text(text)
        return file

    def apply(self, text, why="a test", code=0, name="new.toml"):
        outcome = self.gateway.command("rules", "apply", self.write(name, text), "-m", why)
        self.assertEqual(outcome.code, code, outcome)
        return outcome

    def log(self):
        return self.gateway.json("rules", "log")

    def version(self):
        """The one in force."""
        (line,) = [line for line in self.log() if line["in_force"] == "yes"]
        return int(line["version"])

    def text_in_force(self):
        return self.gateway.checked("rules", "show", "--text").out

    def alerts(self, subject="Policy refused"):
        # Alerts are in the postmaster's Account Alerts; of a policy that does not know them, in Updates.
        mails = folder(self.gateway, "boss", "Account Alerts") + folder(self.gateway, "boss", "Updates")
        return [mail.body.decode() for mail in mails if f"Subject: {subject}" in mail.body.decode()]

    def assert_names_the_typo(self, said, file, text):
        line, column = place(text, "emial")
        lines = said.splitlines()
        at = next(i for i, one in enumerate(lines) if one.startswith(f"{file}:{line}:{column}: error: "))
        self.assertIn('"emial"', lines[at])
        self.assertEqual(lines[at + 1].index("emial"), lines[at + 2].index("^"))
        self.assertIn('did you mean "email"?', lines[at + 2])
