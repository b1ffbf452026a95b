#!/usr/bin/env python3
"""Reads the sources for what no compiler says: who includes whom, which library is known where, and the
co_await forms that g++ 12.2 compiles into double destruction. Prints file:line: and exits 1 on a finding."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Who may include whom (docs/architecture.md). A folder always sees itself and core.
SEES = {
    "core": set(),
    "mail": set(),
    "store": set(),
    "net": set(),
    "rules": {"mail"},
    "center": {"rules", "mail", "store"},
    "imap": {"net", "mail", "store", "center"},
    "smtp": {"net", "mail", "center"},
    "web": {"net", "mail", "store", "center", "rules"},
    "gateway": {"mail", "store", "net", "rules", "center", "imap", "smtp", "web"},
}

# Which folder alone knows a library.
LIBRARIES = [
    (re.compile(r"^(gmime/|glib)"), {"mail"}),
    (re.compile(r"^lmdb\.h"), {"store"}),
    (re.compile(r"^openssl/"), {"net", "core"}),
    (re.compile(r"^(gsasl|argon2|ares)\.h"), {"net"}),
    (re.compile(r"^opendkim/"), {"net"}),
    (re.compile(r"^boost/beast"), {"web"}),
    (re.compile(r"^toml\+\+"), {"rules"}),
    (re.compile(r"^regex$"), set()),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Inside one full expression with co_await: a braced aggregate, a lambda that captures by value, or a
# string temporary made as an argument.
COROUTINE = [
    (re.compile(r"co_await\s+[^;{]*\(\s*\{"), "braced temporary in a co_await expression; name it first"),
    (re.compile(r"co_await\s+[^;]*[(,]\s*[A-Z]\w*\{[^;]*\}"), "aggregate temporary in a co_await expression; name it first"),
    (re.compile(r"co_await\s+[^;]*\[(?!&\]|&\s*\]|\])[^\]&]*\w[^\]]*\]\s*(\(|\{|mutable)"), "lambda with value captures in a co_await expression; name it first"),
    (re.compile(r"co_await\s+[^;]*\bstd::string\s*[({]"), "string temporary in a co_await expression; name it first"),
]


def sources():
    for folder in SEES:
        for path in sorted((ROOT / folder).glob("*")):
            if path.suffix in (".h", ".cpp"):
                yield folder, path


def included_folder(target: str) -> str | None:
    head = target.split("/", 1)[0]
    return head if head in SEES and "/" in target else None


def check_includes(folder, path, lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(2)
        other = included_folder(target)
        if other and other not in SEES[folder] | {folder, "core"}:
            yield number, f"{folder}/ must not include {target}"
        for pattern, allowed in LIBRARIES:
            if pattern.match(target) and folder not in allowed:
                yield number, f"<{target}> belongs to {', '.join(sorted(allowed)) or 'nobody'}"


def statements(lines):
    """Each statement that contains co_await, joined to one line, with the number of the line of its co_await."""
    text, number = "", 0
    for index, line in enumerate(lines, 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//", 1)[0])
        if "co_await" in code and not text:
            text, number = code[code.index("co_await"):].strip(), index
        elif text:
            text += " " + code.strip()
        if text and (";" in code or code.rstrip().endswith("{")):
            yield number, text
            text = ""


def check_coroutines(folder, path, lines):
    for number, text in statements(lines):
        for pattern, message in COROUTINE:
            if pattern.search(text):
                yield number, message


def check_words(folder, path, lines):
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield number, "an unfinished note"


def main() -> int:
    findings = 0
    files = 0
    for folder, path in sources():
        files += 1
        lines = path.read_text(encoding="utf-8").splitlines()
        for check in (check_includes, check_coroutines, check_words):
            for number, message in check(folder, path, lines):
                print(f"{path.relative_to(ROOT)}:{number}: {message}")
                findings += 1
    print(f"lint: {files} files, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
