"""The suites: each prepares its servers, then measures them in turn, round by round.

The order of the servers turns round with every round. Only the server being measured
runs. Dirty pages of the one before are written out (sync) before each measurement.
"""

import json
import os
import sys
import time
from pathlib import Path

from .base import DOMAIN, PASSWORD, BenchError, Server, checked
from .crowd import broadcast, waiting
from .dovecot import Dovecot
from .message_center import MessageCenter
from .postfix import Postfix
from .report import OURS, Results

RECIPIENTS = 50
CONNECTIONS = (1, 10, 50)
TYPE_HEADER = "X-MC-Type: bench.message"
IDLE_USERS = 50


class Bench:
    """What every suite needs to know."""

    def __init__(self, options, work: Path, build: Path, source: Path, results: Results):
        self.options = options
        self.work = work
        self.tools = build / "bench"
        self.binary = build / "message-center"
        self.source = source
        self.results = results

    def tool(self, name: str, **arguments) -> dict:
        words = [word for key, value in arguments.items() for word in ("--" + key.replace("_", "-"), value)]
        return json.loads(checked([self.tools / name, *words]))

    def wanted(self, servers: list[Server]) -> list[Server]:
        kinds = self.options.servers.split(",")
        return [server for server in servers if server.name.removesuffix("-hibernate") in kinds]

    def ours(self, suite: str) -> MessageCenter:
        return MessageCenter(self.work / f"{OURS}-{suite}", self.binary, self.source / "rules" / "policy.toml")

    def dovecot(self, suite: str, variant: str = "fast") -> Dovecot:
        return Dovecot(self.work / f"dovecot-{suite}", variant)

    def turns(self, servers: list[Server], rounds: int):
        """(round, server) for every turn, the order reversed every other round."""
        for number in range(rounds):
            for server in servers if number % 2 == 0 else servers[::-1]:
                say(f"round {number + 1}/{rounds}: {server.name}")
                yield number, server


def say(text: str) -> None:
    print(time.strftime("%H:%M:%S ") + text, file=sys.stderr, flush=True)


def disk_flushes(path: Path) -> int:
    """Flush requests the disk below `path` has completed since it was attached; -1 if it does not say."""
    device = os.stat(path).st_dev
    fields = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text().split()
    return int(fields[15]) if len(fields) > 15 else -1


def load(bench: Bench, server: Server, protocol: str, connections: int, run: str) -> dict:
    """One measurement of the LMTP or SMTP load; also what it cost the server."""
    os.sync()
    flushes, cpu = disk_flushes(bench.work), server.cpu_seconds()
    found = bench.tool("lmtp_load", address=server.addresses[protocol], protocol=protocol, connections=connections,
                       seconds=bench.options.seconds, warmup=bench.options.warmup, size=bench.options.size,
                       recipients=RECIPIENTS, recipient=f"user%02d@{DOMAIN}", header=TYPE_HEADER, run=run)
    found["server_cpu_ms_each"] = (server.cpu_seconds() - cpu) * 1000 / max(1, found["accepted"])
    found["disk_flushes"] = disk_flushes(bench.work) - flushes
    if found["disk_flushes"] == 0:
        raise BenchError(f"{server.name} acknowledged {found['accepted']:.0f} messages without one disk flush")
    return found


def count_messages(bench: Bench, server: Server) -> int:
    return int(bench.tool("imap_bench", suite="count", address=server.addresses["imap"], user="user%02d",
                          users=RECIPIENTS, password=PASSWORD)["messages"])


def deliver(bench: Bench, suite: str, protocol: str, servers: list[Server], stored) -> None:
    """Deliveries a second at 1, 10 and 50 connections. `stored(server)` says how many messages it really has."""
    for server in servers:
        server.wipe()
        server.prepare([f"user{i:02d}" for i in range(RECIPIENTS)])
    accepted = {server.name: 0 for server in servers}
    for number, server in bench.turns(servers, bench.options.rounds):
        with server.running():
            for connections in CONNECTIONS:
                found = load(bench, server, protocol, connections, f"{suite}.{number}.{connections}")
                accepted[server.name] += int(found["accepted"])
                record_load(bench, suite, server, number, connections, found)
            present = stored(server)
        if present != accepted[server.name]:
            raise BenchError(f"{server.name} acknowledged {accepted[server.name]} messages and has {present}")


def record_load(bench: Bench, suite: str, server: Server, number: int, connections: int, found: dict) -> None:
    bench.results.add(f"{suite}_{connections}", server.name, found["per_second"])
    bench.results.add_detail(suite=suite, server=server.name, round=number, connections=connections, **found)
    say(f"  {connections} connections: {found['per_second']:.0f}/s, p50 {found['p50_ms']:.2f} ms, "
        f"p99 {found['p99_ms']:.2f} ms, server {found['server_cpu_ms_each']:.2f} ms processor each")


def lmtp(bench: Bench) -> None:
    servers = bench.wanted([bench.ours("lmtp"), bench.dovecot("lmtp")])
    deliver(bench, "lmtp", "lmtp", servers, lambda server: count_messages(bench, server))


def smtp(bench: Bench) -> None:
    servers = bench.wanted([bench.ours("smtp"), Postfix(bench.work / "postfix")])
    deliver(bench, "smtp", "smtp", servers,
            lambda server: server.queued() if isinstance(server, Postfix) else count_messages(bench, server))


def imap(bench: Bench) -> None:
    """Bulk commands and single-command latency on one large mailbox, filled once and kept."""
    messages = bench.options.messages
    servers = bench.wanted([bench.ours(f"imap-{messages}"), bench.dovecot(f"imap-{messages}")])
    common = {"user": "big", "password": PASSWORD, "messages": messages}
    for server in servers:
        if bench.options.fresh:
            server.wipe()
        server.prepare(["big", "small"])
    for number, server in bench.turns(servers, bench.options.rounds):
        with server.running():
            measure_imap(bench, server, number, {**common, "address": server.addresses["imap"]})


def measure_imap(bench: Bench, server: Server, number: int, common: dict) -> None:
    filled = bench.tool("imap_bench", suite="fill", **common)
    if filled["appended"]:
        say(f"  filled with {filled['appended']:.0f} messages in {filled['seconds']:.1f} s ({filled['way']})")
    os.sync()
    for suite in ("bulk", "latency"):
        found = bench.tool("imap_bench", suite=suite, rounds=bench.options.imap_rounds,
                           run=f"latency.{time.time_ns()}", **common)
        bench.results.add_detail(suite=suite, server=server.name, round=number, **found)
        for metric, times in found.items():
            if isinstance(times, dict):
                bench.results.add(metric, server.name, times["median"])
                say(f"  {metric} {times['median']:.3f}")


def idle(bench: Bench) -> None:
    """Memory per idle connection, plain and TLS."""
    servers = bench.wanted([bench.ours("idle"), bench.dovecot("idle", "idle"),
                            bench.dovecot("hibernate", "hibernate")])
    for server in servers:
        server.wipe()
        server.prepare([f"idle{i:02d}" for i in range(IDLE_USERS)])
    filled = set()
    for service, kind in (("imap", "plain"), ("imaps", "tls")):
        for number, server in bench.turns(servers, bench.options.idle_rounds):
            with server.running():
                if server.name not in filled:
                    bench.tool("lmtp_load", address=server.addresses["lmtp"], messages=10 * IDLE_USERS,
                               recipients=IDLE_USERS, recipient=f"idle%02d@{DOMAIN}", header=TYPE_HEADER)
                    filled.add(server.name)
                measure_idle(bench, server, service, kind, number)


def measure_idle(bench: Bench, server: Server, service: str, kind: str, number: int) -> None:
    hibernating = server.name == "dovecot-hibernate"
    found = bench.tool("imap_idle", address=server.addresses[service], tls=int(kind == "tls"), pid=server.pid,
                       connections=bench.options.idle_connections, users=IDLE_USERS, password=PASSWORD,
                       settle=15 if hibernating else 5)
    bench.results.add_detail(suite="idle", kind=kind, server=server.name, round=number, **found)
    say(f"  {kind}: PSS {found['pss_kib_each']:.1f} KiB, RSS {found['rss_kib_each']:.1f} KiB each; "
        f"{found['after']['processes']:.0f} processes; opened in {found['opening_seconds']:.1f} s")
    for metric in (f"idle_{kind}_kib", f"idle_{kind}_hibernate_kib"):
        if server.name == OURS or hibernating == metric.endswith("hibernate_kib"):
            bench.results.add(metric, server.name, found["pss_kib_each"])


SUITES = {"lmtp": lmtp, "imap": imap, "idle": idle, "smtp": smtp,
          "broadcast": lambda bench: broadcast(bench, say), "waiting": lambda bench: waiting(bench, say)}
