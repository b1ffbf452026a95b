#!/usr/bin/env python3
"""The lint finds what it promises to find."""

import pathlib
import unittest

import lint


def findings(folder, text):
    lines = text.splitlines()
    path = pathlib.Path(folder, "x.cpp")
    return [message for check in (lint.check_includes, lint.check_coroutines, lint.check_words)
            for _, message in check(folder, path, lines)]


class Lint(unittest.TestCase):
    def test_folders_see_only_those_below(self):
        self.assertTrue(findings("store", '#include "mail/summary.h"'))
        self.assertTrue(findings("imap", '#include "smtp/reply.h"'))
        self.assertTrue(findings("smtp", '#include "store/store.h"'))
        self.assertTrue(findings("rules", '#include "store/store.h"'))
        self.assertFalse(findings("imap", '#include "store/store.h"'))
        self.assertFalse(findings("rules", '#include "mail/headers.h"'))

    def test_libraries_stay_in_their_folders(self):
        self.assertTrue(findings("center", "#include <lmdb.h>"))
        self.assertTrue(findings("imap", "#include <openssl/ssl.h>"))
        self.assertTrue(findings("center", "#include <gmime/gmime.h>"))
        self.assertTrue(findings("mail", "#include <regex>"))
        self.assertFalse(findings("store", "#include <lmdb.h>"))

    def test_temporaries_in_co_await_expressions(self):
        for bad in ("co_await f({1, 2});", "co_await f(Args{s});", "co_await run([s] { use(s); });",
                    'co_await f(std::string("x"));', "auto r = co_await f(a,\n    Args{b});"):
            self.assertTrue(findings("imap", bad), bad)
        for good in ("co_await f(a, b);", "co_await run([&] { use(s); });", "co_await f(std::move(args));"):
            self.assertFalse(findings("imap", good), good)

    def test_unfinished_notes(self):
        self.assertTrue(findings("imap", "// TODO later"))


if __name__ == "__main__":
    unittest.main()
