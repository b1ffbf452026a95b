"""IMAP octet by octet: for clients that do not behave, and for judging what the server writes."""

import re
import socket

from harness import PASSWORD


class Wire:
    def __init__(self, gateway, source="127.0.0.1", timeout=30, user=None):
        self.socket = socket.create_connection(("127.0.0.1", gateway.ports["imap"]), timeout, source_address=(source, 0))
        self.file = self.socket.makefile("rb")
        self.greeting = self.line()
        self.count = 0
        if user:
            done = self.command(f"LOGIN {user} {PASSWORD}")
            assert done.startswith(b"OK"), done

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets if isinstance(octets, bytes) else octets.encode())

    def line(self):
        """One response line with its literals inside; b"" when the server has hung up."""
        whole = self.file.readline()
        while literal := re.search(rb"\{(\d+)\}\r\n$", whole):
            whole += self.file.read(int(literal[1])) + self.file.readline()
        return whole

    def answer(self, tag):
        """What follows the tag; untagged lines go to self.untagged. BYE or the end: b"" or what was said."""
        self.untagged = []
        while line := self.line():
            if line.startswith(tag.encode() + b" "):
                return line[len(tag) + 1:].rstrip(b"\r\n")
            self.untagged.append(line)
        return b""

    def command(self, text):
        """Sends one command, {n+} literals included; the tagged answer without its tag."""
        self.count += 1
        tag = f"w{self.count}"
        self.send(tag.encode() + b" " + (text if isinstance(text, bytes) else text.encode()) + b"\r\n")
        return self.answer(tag)

    def ended(self):
        """Reads to the end of the connection; what still came."""
        try:
            return self.file.read()
        except ConnectionError:
            return b""


class Malformed(Exception):
    pass


def parse_fetch(line):
    """{item: value} of "* n FETCH (…)". Values: bytes, None for NIL, lists; strict about every octet."""
    head = re.match(rb"\* \d+ FETCH ", line)
    if not head:
        raise Malformed(f"not a FETCH: {line[:80]!r}")
    value, end = parse_value(line, head.end())
    if line[end:] != b"\r\n":
        raise Malformed(f"octets after the response: {line[end:end + 80]!r}")
    return {value[i].decode(): value[i + 1] for i in range(0, len(value), 2)}


ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){"%*\\\[\]]+(?:\[[^\]]*\](?:<\d+>)?)?|\\[A-Za-z*]+')
QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"')
LITERAL = re.compile(rb"~?\{(\d+)\}\r\n")


def parse_value(data, at):
    """One value and where it ends; not recursive: a hostile message must not exhaust the test either."""
    stack = []
    while True:
        octet = data[at:at + 1]
        if octet == b"(":
            stack.append([])
            at += 1
            continue
        if octet == b")":
            if not stack:
                raise Malformed("a list ends that never began")
            value, at = stack.pop(), at + 1
        elif match := QUOTED.match(data, at):
            value, at = re.sub(rb"\\(.)", rb"\1", match[1]), match.end()
        elif match := LITERAL.match(data, at):
            value, at = data[match.end():match.end() + int(match[1])], match.end() + int(match[1])
        elif match := ATOM.match(data, at):
            value, at = (None if match[0] == b"NIL" else match[0]), match.end()
        else:
            raise Malformed(f"at {at}: {data[at:at + 40]!r}")
        if not stack:
            return value, at
        stack[-1].append(value)
        if data[at:at + 1] == b" ":
            at += 1
        elif data[at:at + 1] not in (b")", b"("):  # "(" follows directly only between parts and addresses
            raise Malformed(f"no separator at {at}: {data[at - 10:at + 30]!r}")


def check_envelope(envelope):
    """envelope = "(" date subject from sender reply-to to cc bcc in-reply-to message-id ")"     RFC 9051, 9"""
    if len(envelope) != 10:
        raise Malformed(f"an ENVELOPE of {len(envelope)} fields")
    for index, field in enumerate(envelope):
        if 2 <= index <= 7:
            if field is not None and (not field or any(len(a) != 4 for a in field)):
                raise Malformed(f"addresses: {field!r}")
        elif field is not None and not isinstance(field, bytes):
            raise Malformed(f"not a string: {field!r}")


def check_structure(body):
    """body = multipart: 1*body SP subtype …; else type subtype parameters id description encoding octets …"""
    todo = [body]
    while todo:
        part = todo.pop()
        if not isinstance(part, list) or not part:
            raise Malformed(f"a part that is none: {part!r}")
        if isinstance(part[0], list):
            children = [p for p in part if isinstance(p, list)]
            count = next((i for i, p in enumerate(part) if not isinstance(p, list)), len(part))
            if count == len(part) or not isinstance(part[count], bytes):
                raise Malformed("a multipart without subtype")
            todo += children[:count]
            continue
        if len(part) < 7 or not part[6].isdigit():
            raise Malformed(f"a part of {len(part)} fields")
        kind = (part[0] + b"/" + part[1]).upper()
        if kind in (b"MESSAGE/RFC822", b"MESSAGE/GLOBAL") and len(part) >= 10 and isinstance(part[7], list):
            check_envelope(part[7])
            todo.append(part[8])
