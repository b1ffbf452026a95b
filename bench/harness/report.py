"""What is measured, what is aimed at, and how both are shown."""

import json
import os
import statistics
from dataclasses import dataclass
from pathlib import Path

OURS = "message-center"


@dataclass(frozen=True)
class Metric:
    title: str
    unit: str
    more_is_better: bool = False
    ratio: float | None = None    # goal: so many times better than the reference
    at_most: float | None = None  # goal: not above this, whatever the reference does
    reference: str = "dovecot"


def _throughput(protocol: str, connections: int, ratio: float | None, reference: str) -> Metric:
    return Metric(f"{protocol}, {connections} connection{'s' if connections > 1 else ''}", "/s", True, ratio,
                  reference=reference)


METRICS = {
    "lmtp_1": _throughput("LMTP deliveries", 1, None, "dovecot"),
    "lmtp_10": _throughput("LMTP deliveries", 10, 5, "dovecot"),
    "lmtp_50": _throughput("LMTP deliveries", 50, 10, "dovecot"),
    "smtp_1": _throughput("SMTP acceptance", 1, None, "postfix"),
    "smtp_10": _throughput("SMTP acceptance", 10, None, "postfix"),
    "smtp_50": _throughput("SMTP acceptance", 50, None, "postfix"),
    "fetch_flags_ms": Metric("UID FETCH 1:* (FLAGS)", "ms", ratio=2),
    "fetch_envelope_ms": Metric("UID FETCH 1:* (ENVELOPE)", "ms", ratio=2),
    "fetch_body_ms": Metric("UID FETCH 1:* (BODY.PEEK[])", "ms", ratio=2),
    "select_first_ms": Metric("SELECT, new connection", "ms", ratio=2),
    "select_again_ms": Metric("SELECT again", "ms", ratio=2),
    "store_silent_ms": Metric("UID STORE 1:* +FLAGS.SILENT", "ms", ratio=2),
    "store_ms": Metric("UID STORE 1:* +FLAGS", "ms", ratio=2),
    "search_text_ms": Metric("SEARCH TEXT, 1 in 1,000 match", "ms", ratio=2),
    "search_absent_ms": Metric("SEARCH TEXT, none match", "ms", ratio=2),
    "noop_ms": Metric("NOOP", "ms", ratio=2),
    "fetch_one_ms": Metric("FETCH of one body", "ms", ratio=2),
    "append_ms": Metric("APPEND", "ms", ratio=2),
    "append_large_ms": Metric("APPEND, user with a large INBOX", "ms"),
    "login_ms": Metric("connect and LOGIN", "ms", ratio=2),
    "idle_plain_kib": Metric("memory per idle connection, plain", "KiB", at_most=8),
    "idle_tls_kib": Metric("memory per idle connection, TLS", "KiB", at_most=28),
    "idle_plain_hibernate_kib": Metric("the same, plain, Dovecot hibernating", "KiB", at_most=8,
                                       reference="dovecot-hibernate"),
    "idle_tls_hibernate_kib": Metric("the same, TLS, Dovecot hibernating", "KiB", at_most=28,
                                     reference="dovecot-hibernate"),
}
for _kind, _words in (("broadcast", "folder"), ("both", "folder and email")):
    for _count in (1000, 10_000, 100_000):
        for _protocol in ("lmtp", "smtp"):
            METRICS[f"broadcast_{_kind}_{_protocol}_{_count}"] = Metric(
                f"broadcast to {_count:,}, {_words}, {_protocol.upper()}", "s",
                at_most=3 if _count == 100_000 and _kind == "broadcast" else None)
for _case, _words in (("none", "none waiting"), ("many", "many waiting")):
    METRICS[f"waiting_start_s_{_case}"] = Metric(f"start, {_words}", "s")
    METRICS[f"waiting_idle_cpu_ms_{_case}"] = Metric(f"processor in 10 idle seconds, {_words}", "ms")
    METRICS[f"waiting_idle_mib_{_case}"] = Metric(f"anonymous memory, {_words}", "MiB")
    METRICS[f"waiting_per_second_{_case}"] = Metric(f"LMTP deliveries, {_words}", "/s", True)
    METRICS[f"waiting_cpu_ms_each_{_case}"] = Metric(f"processor for one of them, {_words}", "ms")


class Results:
    """Samples of every metric and server, and each tool's own words."""

    def __init__(self):
        self.samples: dict[str, dict[str, list[float]]] = {}
        self.details: list[dict] = []

    def add(self, metric: str, server: str, value: float) -> None:
        self.samples.setdefault(metric, {}).setdefault(server, []).append(value)

    def add_detail(self, **words) -> None:
        self.details.append({**words, "machine_load": os.getloadavg()[0]})

    def median(self, metric: str, server: str) -> float | None:
        values = self.samples.get(metric, {}).get(server)
        return statistics.median(values) if values else None

    def judge(self, key: str) -> dict:
        """Medians, how many times better ours is, and whether the goal is met (None: no goal or no figures)."""
        metric = METRICS[key]
        ours, reference = self.median(key, OURS), self.median(key, metric.reference)
        better = None
        if ours and reference:
            better = ours / reference if metric.more_is_better else reference / ours
        met = None
        if metric.at_most is not None and ours is not None:
            met = ours <= metric.at_most
        elif metric.ratio is not None and better is not None:
            met = better >= metric.ratio
        return {"title": metric.title, "unit": metric.unit, "ours": ours, "reference": reference,
                "reference_server": metric.reference, "times_better": better, "goal_times": metric.ratio,
                "goal_at_most": metric.at_most, "met": met, "samples": self.samples[key]}

    def write_json(self, path: Path, environment: dict) -> None:
        measured = {key: self.judge(key) for key in METRICS if key in self.samples}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(
            {"environment": environment, "metrics": measured, "details": self.details}, indent=1) + "\n")

    def table(self) -> str:
        rows = [("measured", "Message Center", "reference", "times better", "goal", "met")]
        for key, metric in METRICS.items():
            if key not in self.samples:
                continue
            judged = self.judge(key)
            rows.append((metric.title, figure(judged["ours"], metric.unit),
                         figure(judged["reference"], metric.unit) + f" ({metric.reference})",
                         "-" if judged["times_better"] is None else f"{judged['times_better']:.2f}",
                         goal_text(metric), {True: "yes", False: "NO", None: "-"}[judged["met"]]))
        return markdown(rows)


def figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f} {unit}" if unit != "/s" else f"{value:,.{digits}f}/s"


def goal_text(metric: Metric) -> str:
    if metric.at_most is not None:
        return f"at most {metric.at_most:g} {metric.unit}"
    return "-" if metric.ratio is None else f"{metric.ratio:g} times"


def markdown(rows: list[tuple]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
