"""The real server, started from its configuration file and watched through its log."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import network
import sanitizers
from sanitizers import environment

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("GLUED_BUILD", "build")
IS_SANITIZED = "asan" in BUILD.name
# How long anything may take before the test gives up on it; no test measures time by it.
PATIENCE = 120 if IS_SANITIZED else 60


def last_core():
    return max(os.sched_getaffinity(0))


def dpdk_port(driver="af_packet", queues=1):
    if driver == "af_xdp":
        return f"net_af_xdp0,iface={network.Link.iface},start_queue=0,queue_count=1,busy_budget=0"
    return (f"net_af_packet0,iface={network.Link.iface},blocksz=4096,framesz=2048,framecnt=512,"
            f"qpairs={queues}")


def configuration(zones, listen=(), device=None, cores=None, hugepages=None, extra="",
                  addresses=()):
    """The text of glued.yaml. `zones` maps names to file names."""
    def sequence(items):
        return "[" + ", ".join(f'"{item}"' for item in items) + "]"
    lines = ["server:",
             "  identity: ns1.example.com",
             "  state-dir: .",
             "  control-socket: control.sock"]
    if listen:
        lines.append(f"listen: {sequence(listen)}")
    if device:
        lines += ["ports:",
                  f'  - device: "{device}"',
                  f"    addresses: {sequence(addresses or network.PORT_ADDRESSES)}",
                  f"    exception: {network.Link.tap}",
                  "workers:",
                  f"  cores: {last_core() if cores is None else cores}"]
        if hugepages is not None:
            lines += ["dataplane:", f"  hugepages: {'yes' if hugepages else 'no'}"]
    if extra:
        lines.append(extra)
    lines.append("zones:")
    for name, file in zones.items():
        lines += [f'  - name: "{name}"', f"    file: {file}"]
    return "\n".join(lines) + "\n"


class Server:
    """glued with a directory, a log, and perhaps a namespace of its own."""

    def __init__(self, directory, namespace=None):
        self.directory = pathlib.Path(directory)
        self.namespace = namespace
        self.socket = self.directory / "control.sock"
        self.lines = []
        self.changed = threading.Condition()
        self.process = None
        self.reader = None

    # -- life ------------------------------------------------------------------------------------

    def start(self, text, wait=True):
        path = self.directory / "glued.yaml"
        path.write_text(text)
        with self.namespace.inside() if self.namespace else network.nowhere():
            self.process = subprocess.Popen(
                [BUILD / "glued", "-c", path], cwd=self.directory, env=environment(),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace")
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if wait:
            self.wait_log("server.ready")
        return self

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append(None)
            self.changed.notify_all()

    def mark(self):
        """The place in the log now, for wait_log() to look from."""
        with self.changed:
            return len(self.lines)

    def wait_log(self, pattern, since=0):
        """The first line from `since` on that matches, waited for."""
        seen = since
        with self.changed:
            while True:
                for line in self.lines[seen:]:
                    if line is None:
                        raise AssertionError(f"glued ended before {pattern!r}:\n{self.log()}")
                    if re.search(pattern, line):
                        return line
                seen = len(self.lines)
                if not self.changed.wait(PATIENCE):
                    raise AssertionError(f"no {pattern!r} in the log:\n{self.log()}")

    def log(self):
        with self.changed:
            return "\n".join(line for line in self.lines if line is not None)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, how=signal.SIGTERM):
        """Stops it and checks that it went in order."""
        if self.is_running():
            self.process.send_signal(how)
        status = self.finish()
        assert status == 0, f"glued ended with {status}:\n{self.log()}"

    def finish(self):
        """Waits for the end; the exit status. No sanitizer may have spoken."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"glued does not end:\n{self.log()}") from None
        self.reader.join(PATIENCE)
        sanitizers.check(status, self.log())
        return status

    def abandon(self):
        """For clean-up, after a failure too: it is gone, whatever it takes."""
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def rss_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])

    # -- control -----------------------------------------------------------------------------------

    def ctl(self, *arguments):
        """gluectl: its exit status, output and errors."""
        return sanitizers.run(
            [BUILD / "gluectl", "-s", self.socket, *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)

    def ctl_json(self, *arguments):
        done = self.ctl("--json", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def write_zone(self, name, text):
        """Puts a zone file in place at once: glued may read it at any time."""
        beside = self.directory / f".{name}.new"
        beside.write_text(text)
        beside.rename(self.directory / name)

    def reload(self, *names):
        done = self.ctl("zone", "reload", *names)
        assert done.returncode == 0, done.stdout + done.stderr + self.log()


def eventually(check, what):
    """Waits until check() is true, for things that no event announces."""
    end = time.monotonic() + PATIENCE
    while True:
        value = check()
        if value:
            return value
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)
