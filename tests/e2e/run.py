#!/usr/bin/env python3
"""Runs the end-to-end tests against the built gateway.

    tests/e2e/run.py              all of them
    tests/e2e/run.py NAME …       only modules or tests with NAME in their name (postfix, hostile, "bare line")

The program is build/release/message-center, or what MESSAGE_CENTER names. Ends with "N passed, N failed,
N skipped"; exit code 0 only if nothing failed.
"""

import signal
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness  # noqa: E402


def sentence(test):
    if not hasattr(test, "_testMethodName"):
        return str(test)  # a fixture that failed
    return test._testMethodName.removeprefix("test_").replace("_", " ")


def module_of(test):
    return type(test).__module__.removeprefix("test_")


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.passed, self.failed, self.started = 0, [], 0.0

    def say(self, word, test, more=""):
        took = time.monotonic() - self.started if self.started else 0
        print(f"{word:4} {module_of(test)}: {sentence(test)} ({took:.1f} s){more}", flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def addSuccess(self, test):
        self.passed += 1
        self.say("ok", test)

    def addFailure(self, test, error):
        self.failed.append(test)
        self.say("FAIL", test, "\n" + self._exc_info_to_string(error, test))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.addFailure(test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say("skip", test, f": {reason}")


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def main(names):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    if not harness.BINARY.exists():
        print(f"{harness.BINARY} is not built: cmake --build --preset release --target message-center")
        return 1
    here = str(Path(__file__).resolve().parent)
    every = list(tests_in(unittest.defaultTestLoader.discover(here, "test_*.py", here)))
    wanted = [t for t in every if not names or any(n in module_of(t) or n in sentence(t) for n in names)]
    if not wanted:
        print("no test of that name")
        return 1
    result = Result()
    unittest.TestSuite(wanted).run(result)
    passed = f"{result.passed} passed, {len(result.failed)} failed, {len(result.skipped)} skipped"
    print(passed)
    return 1 if result.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
