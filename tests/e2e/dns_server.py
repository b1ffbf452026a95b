"""A small DNS server that answers what a test put into it, over UDP and TCP.

    with DnsServer() as dns: dns.add("ext.test", "MX", (10, "mx.ext.test")); dns.add("mx.ext.test", "A", "127.0.0.1")

Types: A, AAAA, CNAME, MX (preference, exchange); exchange "" is the root: a null MX. A name with records of other types
only has nothing of the type asked for; one without any does not exist. `broken` names get SERVFAIL, `silent` ones no
answer. With `truncate` UDP answers are cut, so that TCP is needed.
"""

import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "MX": 15, "AAAA": 28}
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def encode_name(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


class DnsServer:
    def __init__(self):
        self.records, self.broken, self.silent, self.truncate, self.asked = {}, set(), set(), False, []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._closed = False
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._closed = True
        for one in (self._udp, self._tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def add(self, name, kind, *values):
        self.records.setdefault(name, {}).setdefault(kind, []).extend(values)

    def mail(self, domain, *addresses):
        """A domain with one mail server at these addresses."""
        self.add(domain, "MX", (10, f"mx.{domain}"))
        for address in addresses:
            self.add(f"mx.{domain}", "AAAA" if ":" in address else "A", address)

    # --- the wire

    def _serve_udp(self):
        while not self._closed:
            try:
                query, peer = self._udp.recvfrom(4096)
            except OSError:
                return
            if len(query) < 12:  # also when it was closed
                continue
            if (answer := self._answer(query)) is None:
                continue
            if self.truncate:
                answer = answer[:2] + struct.pack(">H", 0x8380) + answer[4:6] + b"\0" * 6 + query[12:]
            self._udp.sendto(answer, peer)

    def _serve_tcp(self):
        while True:
            try:
                peer, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer):
        with peer, peer.makefile("rb") as file:
            while head := file.read(2):
                answer = self._answer(file.read(struct.unpack(">H", head)[0]))
                if answer is not None:
                    peer.sendall(struct.pack(">H", len(answer)) + answer)

    def _answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += query[at] + 1
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        question = query[12:at + 5]
        name = ".".join(labels)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        code, answers = self._look_up(name, kind)
        return query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(answers), 0, 0) + question + b"".join(answers)

    def _look_up(self, name, kind):
        answers = []
        for _ in range(8):
            if name in self.broken:
                return SERVFAIL, []
            here = self.records.get(name)
            if here is None:
                return NXDOMAIN, answers
            if "CNAME" not in here:
                break
            answers.append(self._record(name, "CNAME", here["CNAME"][0]))
            name = here["CNAME"][0]
        for word, values in here.items():
            if TYPES[word] == kind:
                answers += [self._record(name, word, value) for value in values]
        return NOERROR, answers

    @staticmethod
    def _record(name, word, value):
        if word == "MX":
            data = struct.pack(">H", value[0]) + encode_name(value[1])
        elif word == "CNAME":
            data = encode_name(value)
        else:
            data = ipaddress.ip_address(value).packed
        return encode_name(name) + struct.pack(">HHIH", TYPES[word], 1, 60, len(data)) + data
