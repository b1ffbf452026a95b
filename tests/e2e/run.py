#!/usr/bin/env python3
"""Runs the end-to-end tests against the built gateway.

    tests/e2e/run.py              all of them
    tests/e2e/run.py NAME …       only modules or tests with NAME in their name (postfix, hostile, "bare line")
    tests/e2e/run.py -j N …       N modules side by side (default: 2), each in a process of its own

The program is build/release/message-center, or what MESSAGE_CENTER names. Ends with "N passed, N failed,
N skipped"; exit code 0 only if nothing failed.
"""

import argparse
import concurrent.futures
import re
import signal
import subprocess
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


def find_tests(names):
    here = str(Path(__file__).resolve().parent)
    every = list(tests_in(unittest.defaultTestLoader.discover(here, "test_*.py", here)))
    return [t for t in every if not names or any(n in module_of(t) or n in sentence(t) for n in names)]


def run_here(tests):
    result = Result()
    unittest.TestSuite(tests).run(result)
    return result.passed, len(result.failed), len(result.skipped)


def run_module(module, names):
    """In a process of its own; prints what it said when it is done."""
    done = subprocess.run([sys.executable, __file__, "-j", "1", "--module", module, *names], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    *said, last = done.stdout.splitlines() or [""]
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
    print("\n".join(said), flush=True)
    if counts:
        return tuple(map(int, counts.groups()))
    print(f"FAIL {module}: ended with {done.returncode}: {last}", flush=True)
    return 0, 1, 0


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("-j", type=int, default=2, dest="jobs")
    parser.add_argument("--module")
    asked = parser.parse_args()
    if not harness.BINARY.exists():
        print(f"{harness.BINARY} is not built: cmake --build --preset release --target message-center")
        return 1
    wanted = [t for t in find_tests(asked.names) if asked.module in (None, module_of(t))]
    if not wanted:
        print("no test of that name")
        return 1
    modules = list(dict.fromkeys(module_of(t) for t in wanted))
    if asked.jobs == 1 or len(modules) == 1:
        counts = [run_here(wanted)]
    else:
        with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
            counts = list(pool.map(lambda module: run_module(module, asked.names), modules))
    passed, failed, skipped = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
