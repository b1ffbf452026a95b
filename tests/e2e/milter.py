"""A milter as Postfix calls one: says in an Authentication-Results field what it thinks of the From address.

    with Milter("mx.example.test", passing={"ext.test"}) as milter: … milter.address

It trusts the domains in `passing`, and says nothing at all about mail whose subject holds "unchecked" (a filter that is
told to leave some mail alone). Speaks version 6 of the protocol of Sendmail's libmilter.
"""

import socketserver
import struct
import threading
from email.utils import parseaddr

ADD_HEADERS = 0x01
# Of the events only headers and the end of the message are asked for: no connect, helo, mail, rcpt, body, end of headers, unknown, data.
SKIP = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x100 | 0x200


class Handler(socketserver.StreamRequestHandler):
    def packet(self):
        size = struct.unpack("!I", self.rfile.read(4))[0]
        octets = self.rfile.read(size)
        return octets[:1], octets[1:]

    def say(self, command, data=b""):
        self.wfile.write(struct.pack("!I", 1 + len(data)) + command + data)

    def handle(self):
        headers = {}
        try:
            while True:
                command, data = self.packet()
                if command == b"O":
                    self.say(b"O", struct.pack("!III", 6, ADD_HEADERS, SKIP))
                elif command == b"L":
                    name, value = data.split(b"\0")[:2]
                    headers.setdefault(name.decode().lower(), value.decode("utf-8", "replace").strip())
                    self.say(b"c")
                elif command == b"E":
                    self.judge(headers)
                    headers = {}
                    self.say(b"c")
                elif command == b"A":
                    headers = {}
                elif command == b"Q":
                    return
                elif command != b"D":  # macros are not answered
                    self.say(b"c")
        except struct.error:
            return  # the connection is gone

    def judge(self, headers):
        milter = self.server.milter
        if "unchecked" in headers.get("subject", ""):
            return
        domain = parseaddr(headers.get("from", ""))[1].rpartition("@")[2].lower()
        result = "pass" if domain in milter.passing else "fail"
        field = f"{milter.name};\n\tdmarc={result} (p=none dis=none) header.from={domain}"
        self.say(b"i", struct.pack("!I", 1) + b"Authentication-Results\0" + field.encode() + b"\0")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Milter:
    def __init__(self, name, passing=()):
        self.name, self.passing = name, set(passing)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.milter = self
        self.address = "inet:127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
