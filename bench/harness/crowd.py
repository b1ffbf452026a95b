"""Our gateway with very many accounts or waiting mails: broadcasts, and what waiting costs. Ours alone."""

import json
import time

from .base import DOMAIN, BenchError, checked
from .message_center import MessageCenter

# One that goes to the folder only, one to both (not among the updates, whose email may wait for the morning).
TYPES = """
[type."bench.broadcast"]
tab = "updates"
label = "Broadcast"
email = "never"
folder = "always"
keep = "forever"
[type."bench.both"]
tab = "alerts"
label = "Broadcast by email too"
email = "always"
folder = "always"
keep = "forever"
"""


class CrowdCenter(MessageCenter):
    """Without a smarthost: external mail is queued and stays there."""

    def prepare(self, users: list[str]) -> None:
        super().prepare(users)
        policy = self.directory / "policy.toml"
        policy.write_text(policy.read_text() + TYPES)
        lines = self.config.read_text().splitlines()
        self.config.write_text("\n".join(line for line in lines
                                         if not line.startswith(("[external]", "smarthost"))) + "\n")

    def crowd(self, bench, **arguments) -> dict:
        words = [word for key, value in arguments.items() for word in ("--" + key, str(value))]
        return json.loads(checked([bench.tools / "crowd", "--data", self.data, *words]))


def _broadcast(bench, server, say, members, kind, protocol, order, number) -> None:
    before = server.crowd(bench, count=members)["count"]
    found = bench.tool("broadcast", address=server.addresses[protocol], protocol=protocol, recipients=members,
                       pid=server.process.pid, type=kind, domain=DOMAIN, order=order, run=f"b{number}.{time.time_ns()}")
    after = server.crowd(bench, count=members)["count"]
    grown = {key: after[key] - before[key] for key in after}
    if grown["messages"] != members or grown["decisions"] != members or grown["bodies"] != 1:
        raise BenchError(f"the broadcast to {members} left {grown}")
    if grown["queued"] != (members if kind == "bench.both" else 0):
        raise BenchError(f"the broadcast to {members} queued {grown['queued']}")
    bench.results.add(f"broadcast_{kind.removeprefix('bench.')}_{protocol}_{members}", server.name, found["seconds"])
    bench.results.add_detail(suite="broadcast", server=server.name, grown=grown, **found)
    say(f"  {kind}, {protocol}, {members:,} {order}: {found['seconds']:.2f} s ({found['rcpt_seconds']:.2f} s of it RCPT), "
        f"server {found['server_cpu_seconds']:.2f} s processor, memory {found['rss_before_mib']:.0f} -> "
        f"{found['rss_peak_mib']:.0f} -> {found['rss_after_mib']:.0f} MiB, store +{grown['store_mib']:.0f} MiB")


def broadcast(bench, say) -> None:
    """One message to 1,000, 10,000 and 100,000 accounts; by LMTP and SMTP; folder alone and folder with email."""
    most = bench.options.crowd
    for kind in ("bench.broadcast", "bench.both"):
        server = CrowdCenter(bench.work / f"message-center-{kind}", bench.binary, bench.source / "rules" / "policy.toml")
        server.wipe()
        server.prepare(["app"])
        made = server.crowd(bench, fill=most, messages=bench.options.old_messages)["fill"]
        say(f"  {made['made']:,.0f} accounts made in {made['seconds']:.1f} s")
        number = 0
        with server.running():
            for members in (count for count in (1000, 10_000, 100_000) if count <= most):
                for protocol, order in (("lmtp", "given"), ("smtp", "given"), ("lmtp", "shuffled")):
                    number += 1
                    _broadcast(bench, server, say, members, kind, protocol, order, number)


def _idle(server, seconds: float) -> tuple[float, float]:
    """Processor seconds of an idle server over this time, and its anonymous memory in MiB."""
    before = server.cpu_seconds()
    time.sleep(seconds)
    return server.cpu_seconds() - before, _anonymous_mib(server.process.pid)


def _anonymous_mib(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024


def waiting(bench, say) -> None:
    """What external mails that wait cost: starting, idling and delivering with none and with many of them."""
    for count in (0, bench.options.waiting):
        server = CrowdCenter(bench.work / "message-center-waiting", bench.binary, bench.source / "rules" / "policy.toml")
        server.wipe()
        server.prepare([f"user{i:02d}" for i in range(50)])
        if count:
            filled = server.crowd(bench, wait=count)["wait"]
            bench.results.add_detail(suite="waiting", server=server.name, waiting=count, **filled)
            say(f"  filled in {filled['seconds']:.0f} s, {filled['store_mib']:.0f} MiB; next_waiting() "
                f"{filled['next_waiting_us']:.1f} us, due_waiting() with none due {filled['due_waiting_none_us']:.1f} us")
        begin = time.monotonic()
        with server.running():
            start = time.monotonic() - begin
            time.sleep(1)
            cpu, memory = _idle(server, 10)
            spent = server.cpu_seconds()
            found = bench.tool("lmtp_load", address=server.addresses["lmtp"], connections=10, messages=20_000,
                               recipients=50, recipient=f"user%02d@{DOMAIN}", header="X-MC-Type: bench.broadcast",
                               run=f"w{time.time_ns()}")
            each = (server.cpu_seconds() - spent) * 1000 / found["accepted"]
        for key, value in (("start_s", start), ("idle_cpu_ms", cpu * 1000), ("idle_mib", memory),
                           ("per_second", found["per_second"]), ("cpu_ms_each", each)):
            bench.results.add(f"waiting_{key}_{'many' if count else 'none'}", server.name, value)
        bench.results.add_detail(suite="waiting", server=server.name, waiting=count, start=start, idle_cpu_seconds=cpu,
                                 idle_anonymous_mib=memory, server_cpu_ms_each=each, **found)
        say(f"  {count:,} waiting: started in {start:.2f} s; idle: {cpu * 1000:.0f} ms processor in 10 s, {memory:.0f} MiB; "
            f"{found['per_second']:.0f} deliveries/s at {each:.3f} ms processor each")
