"""The servers that are measured side by side: how each is configured, started, told to read a zone
again. bench/README.md says why they are configured as they are."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
STOP_SECONDS = 300


def free_port():
    """Free for UDP and TCP just now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]


class Contender:
    """One server with a directory of its own. `zones` is the part of its configuration that lists
    the zones, as zone_fragment() or zone_generate writes it. `failure`: what its log says where a
    zone could not be read."""

    def __init__(self, directory, zones, cpus, build):
        self.directory = pathlib.Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.cpus = sorted(cpus)
        self.build = pathlib.Path(build).resolve()
        self.port = free_port()
        self.control_port = free_port()
        self.process = None
        self.command = self.configure(zones)

    @classmethod
    def version(cls, build):
        done = subprocess.run(cls.version_command(build), capture_output=True, text=True)
        return (done.stdout + done.stderr).splitlines()[0].strip()

    def start(self):
        """Pinned to the CPUs from its first instruction, in a session of its own: its processes are
        those of the session."""
        self.read_at = time.time()
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, self.cpus))

    def pids(self):
        found = []
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                fields = pathlib.Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid and fields[0] != "Z":
                found.append(int(entry.name))
        return found

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def has_failed(self):
        return self.failure in (self.directory / "log").read_text(errors="replace")

    def reload(self, zone):
        """Tells it to read the zone's file again; returns the process that does the telling."""
        self.read_at = time.time()
        return subprocess.Popen(self.reload_command(zone), cwd=self.directory,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def wait_kept(self, seconds):
        """Until what it keeps for its next start is on disk."""

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self):
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None

    def log_tail(self, lines=15):
        text = (self.directory / "log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path


class Glued(Contender):
    """Kernel sockets only, so that all stand on the same ground: no port, hence no EAL and no pool
    of packet memory."""

    name = "glued"
    failure = " error "

    @staticmethod
    def version_command(build):
        return [pathlib.Path(build) / "glued", "--version"]

    @staticmethod
    def zone_fragment(name, path):
        return f'  - name: "{name}"\n    file: "{path}"\n'

    def wait_kept(self, seconds):
        """Only large zones have images, written after they are served; begun within two seconds."""
        images = self.directory / "state" / "zones"
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            written = list(images.glob("*.image"))
            if written and not list(images.glob("*.image.new")):
                if max(path.stat().st_mtime for path in written) > self.read_at:
                    return
            elif not images.exists() and time.monotonic() > begin + 2:
                return
            time.sleep(0.1)

    def configure(self, zones):
        path = self.write("glued.yaml", f"""\
server:
  state-dir: {self.directory}/state
  control-socket: control.sock
listen: ["127.0.0.1@{self.port}"]
log:
  level: warning
zones:
{zones}""")
        (self.directory / "state").mkdir(exist_ok=True)
        return [self.build / "glued", "-c", path]

    def reload_command(self, zone):
        return [self.build / "gluectl", "-s", self.directory / "control.sock", "zone", "reload",
                zone]


class Knotd(Contender):
    name = "knotd"
    failure = " error: "

    @staticmethod
    def version_command(build):
        return ["knotd", "--version"]

    @staticmethod
    def zone_fragment(name, path):
        return f'  - domain: "{name}"\n    file: "{path}"\n'

    def configure(self, zones):
        threads = len(self.cpus)
        path = self.write("knot.conf", f"""\
server:
    rundir: {self.directory}
    listen: 127.0.0.1@{self.port}
    udp-workers: {threads}
    tcp-workers: {threads}
    background-workers: {threads}
database:
    storage: {self.directory}/db
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: {self.directory}
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    adjust-threads: {threads}
zone:
{zones}""")
        return ["knotd", "-c", path]

    def reload_command(self, zone):
        return ["knotc", "-s", self.directory / "knot.sock", "zone-reload", zone]


class Nsd(Contender):
    name = "nsd"
    failure = " error: "

    @staticmethod
    def version_command(build):
        return ["nsd", "-v"]

    @staticmethod
    def zone_fragment(name, path):
        return f'zone:\n  name: "{name}"\n  zonefile: "{path}"\n'

    def configure(self, zones):
        self.configuration = self.write("nsd.conf", f"""\
server:
  server-count: {len(self.cpus)}
  ip-address: 127.0.0.1@{self.port}
  do-ip6: no
  username: ""
  zonesdir: "{self.directory}"
  pidfile: "{self.directory}/nsd.pid"
  database: ""
  xfrdfile: "{self.directory}/xfrd.state"
  xfrdir: "{self.directory}"
  zonelistfile: "{self.directory}/zone.list"
  verbosity: 0
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
  rrl-size: 1
remote-control:
  control-enable: yes
  control-interface: "{self.directory}/nsd.ctl"
{zones}""")
        return ["nsd", "-d", "-c", self.configuration]

    def reload_command(self, zone):
        return ["nsd-control", "-c", self.configuration, "reload", zone]


class Named(Contender):
    name = "named"
    failure = "not loaded due to errors"

    @staticmethod
    def version_command(build):
        return ["named", "-v"]

    @staticmethod
    def zone_fragment(name, path):
        return f'zone "{name}" {{ type primary; file "{path}"; }};\n'

    def configure(self, zones):
        key = ('key "bench" { algorithm hmac-sha256; '
               'secret "Z2x1ZWQgYmVuY2ggZ2x1ZWQgYmVuY2g="; };\n')
        path = self.write("named.conf", f"""\
{key}
controls {{
  inet 127.0.0.1 port {self.control_port} allow {{ 127.0.0.1; }} keys {{ bench; }};
}};
options {{
  directory "{self.directory}";
  listen-on port {self.port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file "{self.directory}/named.pid";
  session-keyfile "{self.directory}/session.key";
  recursion no;
  max-cache-size 2M;
  empty-zones-enable no;
  dnssec-validation no;
  notify no;
  allow-transfer {{ none; }};
  ixfr-from-differences no;
  zone-statistics none;
  check-integrity no;
  check-wildcard no;
}};
logging {{
  channel quiet {{ stderr; severity warning; }};
  category default {{ quiet; }};
}};
{zones}""")
        self.write("rndc.conf", f"""\
{key}
options {{
  default-key "bench"; default-server 127.0.0.1; default-port {self.control_port};
}};
""")
        return ["named", "-f", "-4", "-n", str(len(self.cpus)), "-c", path]

    def reload_command(self, zone):
        return ["rndc", "-c", self.directory / "rndc.conf", "reload", zone]


CONTENDERS = {contender.name: contender for contender in (Glued, Knotd, Nsd, Named)}
