"""Checks every DKIM signature of a message by dkimpy, with Debian's Python, which has it:

    /usr/bin/python3 dkim_check.py MESSAGE DNS      DNS: lines "name text"

Prints "True" or "False" for each signature, top to bottom. As a module: check(octets, {name: text}).
"""

import os
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3"


def check(octets, records):
    """A list of booleans, one for each signature."""
    with tempfile.TemporaryDirectory() as directory:
        message, dns = os.path.join(directory, "message"), os.path.join(directory, "dns")
        with open(message, "wb") as file:
            file.write(octets)
        with open(dns, "w") as file:
            file.writelines(f"{name} {text}\n" for name, text in records.items())
        done = subprocess.run([PYTHON, __file__, message, dns], capture_output=True, check=True, text=True)
    return [word == "True" for word in done.stdout.split()]


def main(message, dns):
    import dkim

    records = dict(line.rstrip("\n").split(" ", 1) for line in open(dns))
    octets = open(message, "rb").read()

    def lookup(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        return records.get(name.rstrip("."), "").encode()

    def good(number):
        try:
            return dkim.DKIM(octets).verify(idx=number, dnsfunc=lookup)
        except dkim.DKIMException as problem:
            print(problem, file=sys.stderr)
            return False

    headers = dkim.DKIM(octets).headers
    count = sum(name.lower() == b"dkim-signature" for name, _ in headers)
    print(*(good(number) for number in range(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
