"""The corpus of replies (tests/corpus/replies) with names, addresses and ids put in."""

import base64
import binascii
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "corpus" / "replies"


def names():
    return sorted(path.stem for path in FOLDER.glob("*.eml"))


def fill(name, *, sender, to, subject, parent, message_id, mark):
    """The octets of one reply, CRLF."""
    words = {
        b"@FROM@": sender,
        b"@TO@": to,
        b"@SUBJECT@": subject,
        b"@UPPERSUBJECT@": subject.replace("Re: ", "RE: "),
        b"@PARENT@": parent,
        b"@ID@": message_id,
        b"@MARK@": mark,
    }

    def put_in(octets):
        for word, value in words.items():
            octets = octets.replace(word, value.encode())
        return octets

    octets = (FOLDER / f"{name}.eml").read_bytes()
    octets = re.sub(rb"(?:^[A-Za-z0-9+/=]{20,}\n)+", lambda block: fill_base64(block.group(0), put_in), octets, flags=re.M)
    return put_in(octets).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def fill_base64(block, put_in):
    try:
        content = base64.b64decode(block, validate=False)
    except binascii.Error:
        return block
    if b"@MARK@" not in content:
        return block
    return base64.encodebytes(put_in(content))
