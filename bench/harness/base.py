"""Things every server under test has: a directory, a process, addresses, an end.

A Server is started and stopped by its suite, one at a time, so that the other one
takes neither processor nor memory while one is measured.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

PASSWORD = "secret-bench"
DOMAIN = "bench.test"


class BenchError(Exception):
    """Something did not work or answered wrongly; the whole run ends."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def checked(command: list, **keywords) -> str:
    """Runs `command` and returns its standard output. Fails with what it said."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **keywords)
    if done.returncode != 0:
        raise BenchError(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A self-signed P-256 certificate, the same for all servers."""
    certificate, key = directory / "server.crt", directory / "server.key"
    if not certificate.exists():
        directory.mkdir(parents=True, exist_ok=True)
        checked(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-days", "365", "-subj", f"/CN=mc.{DOMAIN}", "-addext", "subjectAltName=IP:127.0.0.1",
                 "-keyout", key, "-out", certificate])
    return certificate, key


class Process(NamedTuple):
    parent: int
    started: int        # clock ticks since boot; with the pid it names one process for good
    cpu_seconds: float  # of itself and the children it has reaped


def process_table() -> dict[int, Process]:
    """All processes by pid."""
    tick = os.sysconf("SC_CLK_TCK")
    table = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        table[int(name)] = Process(int(fields[1]), int(fields[19]), sum(map(int, fields[11:15])) / tick)
    return table


def tree_of(root: int) -> dict[int, Process]:
    """`root` and all its descendants, as far as they live."""
    table = process_table()
    children: dict[int, list[int]] = {}
    for pid, process in table.items():
        children.setdefault(process.parent, []).append(pid)
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return {pid: table[pid] for pid in tree if pid in table}


def end_leftovers(tree: dict[int, Process], seconds: float) -> None:
    """Waits until the processes of `tree` have ended; ends those that have not by then."""
    deadline = time.monotonic() + seconds
    while True:
        now = process_table()
        left = [pid for pid, process in tree.items() if pid in now and now[pid].started == process.started]
        if not left:
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Server:
    """Subclasses set `name`, write their files in prepare() and give command()."""

    name = "server"
    start_seconds = 30

    def __init__(self, directory: Path):
        self.directory = directory
        self.log = directory / "output.log"
        self.process: subprocess.Popen | None = None
        self.addresses: dict[str, str] = {}  # imap, imaps, lmtp, smtp -> host:port

    def wipe(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def prepare(self, users: list[str]) -> None:
        """Writes configuration; afterwards `users` can log in with PASSWORD."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self) -> None:
        """Returns when every address accepts connections."""
        deadline = time.monotonic() + self.start_seconds
        waiting = dict(self.addresses)
        while waiting:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"{self.name} did not start:\n{self.last_words()}")
            for service, address in list(waiting.items()):
                host, _, port = address.rpartition(":")
                try:
                    socket.create_connection((host, int(port)), 1).close()
                    del waiting[service]
                except OSError:
                    time.sleep(0.05)

    def last_words(self) -> str:
        texts = [path.read_text(errors="replace") for path in sorted(self.directory.glob("*.log"))]
        return "\n".join("\n".join(text.splitlines()[-15:]) for text in texts)

    def stop(self) -> None:
        if self.process is None:
            return
        process, self.process = self.process, None
        tree = tree_of(process.pid)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end_leftovers(tree, seconds=30)

    @contextlib.contextmanager
    def running(self):
        """Started on entry, stopped with all its processes on exit, however that comes about."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    @property
    def pid(self) -> int:
        return self.process.pid

    def cpu_seconds(self) -> float:
        return sum(process.cpu_seconds for process in tree_of(self.pid).values())
