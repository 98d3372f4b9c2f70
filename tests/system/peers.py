"""Knot DNS, NSD and BIND, serving given zones on ports of their own, each in a directory of its
own."""

import pathlib
import socket
import subprocess
import threading

import network
from server import PATIENCE


_given = set()


def free_port(namespace=None):
    """A port that is free for UDP and TCP just now, and was not given before."""
    with namespace.inside() if namespace else network.nowhere():
        while True:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                    socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                tcp.bind(("127.0.0.1", 0))
                try:
                    udp.bind(tcp.getsockname())
                except OSError:
                    continue
                port = tcp.getsockname()[1]
                if port not in _given:
                    _given.add(port)
                    return port


class Peer:
    """A server process; `zones` maps names to paths. Ready when it has answered."""

    name = ""

    def __init__(self, directory, zones, namespace=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.namespace = namespace
        self.address = ("127.0.0.1", free_port(namespace))
        command = self.configure(zones)
        self.lines = []
        self.ready = threading.Event()
        with namespace.inside() if namespace else network.nowhere():
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()
        assert self.ready.wait(PATIENCE) and self.process.poll() is None, self.log()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if self.ready_text in line:
                self.ready.set()
        self.ready.set()

    def log(self):
        return f"{self.name}:\n{''.join(self.lines)}"

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Knot(Peer):
    name = "knot"
    ready_text = "server started"

    def configure(self, zones):
        lines = ["server:",
                 f"    rundir: {self.directory}",
                 f"    listen: 127.0.0.1@{self.address[1]}",
                 "    udp-workers: 1",
                 "    tcp-workers: 1",
                 "    background-workers: 1",
                 "database:",
                 f"    storage: {self.directory}",
                 "log:",
                 "  - target: stdout",
                 "    any: info",
                 "zone:"]
        for zone, path in zones.items():
            lines += [f'  - domain: "{zone}"',
                      f'    file: "{path}"',
                      "    semantic-checks: off",
                      "    zonefile-sync: -1",
                      "    zonefile-load: whole",
                      "    journal-content: none"]
        path = self.directory / "knot.conf"
        path.write_text("\n".join(lines) + "\n")
        return ["knotd", "-c", path]


class Nsd(Peer):
    name = "nsd"
    ready_text = "nsd started"
    is_confined = False  # does a chain of aliases end where the zone ends?

    def configure(self, zones):
        lines = ["server:",
                 f"    ip-address: 127.0.0.1@{self.address[1]}",
                 "    server-count: 1",
                 '    username: ""',
                 f'    zonesdir: "{self.directory}"',
                 f'    pidfile: "{self.directory}/nsd.pid"',
                 '    database: ""',
                 f'    xfrdfile: "{self.directory}/xfrd.state"',
                 f'    xfrdir: "{self.directory}"',
                 f'    zonelistfile: "{self.directory}/zone.list"',
                 "    rrl-ratelimit: 0",
                 "    tcp-count: 100",
                 "    minimal-responses: no",
                 f"    confine-to-zone: {'yes' if self.is_confined else 'no'}",
                 "remote-control:",
                 "    control-enable: no"]
        for zone, path in zones.items():
            lines += ["zone:", f'    name: "{zone}"', f'    zonefile: "{path}"']
        path = self.directory / "nsd.conf"
        path.write_text("\n".join(lines) + "\n")
        return ["nsd", "-d", "-c", path]


class Named(Peer):
    name = "named"
    ready_text = "running"

    def configure(self, zones):
        lines = ["options {",
                 f'    directory "{self.directory}";',
                 f"    listen-on port {self.address[1]} {{ 127.0.0.1; }};",
                 "    listen-on-v6 { none; };",
                 "    pid-file none;",
                 "    session-keyfile none;",
                 "    recursion no;",
                 "    minimal-responses no;",
                 "    minimal-any yes;",
                 "    notify no;",
                 "    empty-zones-enable no;",
                 "    dnssec-validation no;",
                 "    trust-anchor-telemetry no;",
                 "    check-names primary ignore;",
                 "    check-integrity no;",
                 "    check-dup-records ignore;",
                 "    check-mx ignore;",
                 "    check-mx-cname ignore;",
                 "    check-srv-cname ignore;",
                 "    check-wildcard no;",
                 "};",
                 "controls { };"]
        for zone, path in zones.items():
            lines.append(f'zone "{zone}" {{ type primary; file "{path}"; }};')
        path = self.directory / "named.conf"
        path.write_text("\n".join(lines) + "\n")
        return ["named", "-g", "-n", "1", "-c", path]
