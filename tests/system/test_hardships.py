"""What goes wrong around a server: files that are no files, readers that stall, floods of signals,
limits of the system. It goes on serving, stays reachable, and says what is wrong."""

import contextlib
import fcntl
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import time

import pytest

import dnsio
import frames
import network
import peers
import server as glued

ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 7 3600 900 1209600 300
  NS ns1
ns1 A 192.0.2.53
"""
ZONES = {"example": "example.zone"}


@contextlib.contextmanager
def descriptors(limit):
    """What is started here may have so many open files; None: as many as we."""
    if limit is None:
        yield
        return
    popen = subprocess.Popen

    def limited(*arguments, **how):
        return popen(["prlimit", f"--nofile={limit}", *arguments[0]], *arguments[1:], **how)
    subprocess.Popen = limited
    try:
        yield
    finally:
        subprocess.Popen = popen


@pytest.fixture
def start(tmp_path):
    """start(...): a server for one test, on a loopback port that nobody else has."""
    servers = []

    def new(zones=None, wait=True, extra="", namespace=None, limit=None):
        path = tmp_path / "example.zone"
        if not path.exists():
            path.write_text(ZONE)
        server = glued.Server(tmp_path, namespace)
        server.address = ("127.0.0.1", peers.free_port())
        servers.append(server)
        with descriptors(limit):
            return server.start(glued.configuration(
                zones or ZONES, extra=extra, listen=["%s@%d" % server.address]), wait)
    yield new
    for server in servers:
        server.abandon()


@pytest.fixture
def start_on_link(link, tmp_path):
    """start_on_link(...): a server with a DPDK port, for one test."""
    servers = []

    def new(**how):
        (tmp_path / "example.zone").write_text(ZONE)
        servers.append(glued.Server(tmp_path, link.server))
        return servers[-1].start(glued.configuration(ZONES, device=glued.dpdk_port(), **how))
    yield new
    for server in servers:
        server.abandon()


def peak_kib(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def is_answering(server):
    return dnsio.ask(server.address, "ns1.example", dnsio.A).rcode == 0


# -- zone files that are no files ------------------------------------------------------------------

def make_fifo(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def test_a_pipe_in_place_of_a_zone_is_refused(start):
    server = start()
    make_fifo(server.directory / "example.zone")
    done = server.ctl("zone", "reload")
    assert done.returncode == 1
    assert "not a regular file" in done.stdout + done.stderr
    assert is_answering(server)
    server.stop()


def test_a_pipe_at_the_start_fails_that_zone_alone(start, tmp_path):
    (tmp_path / "good.zone").write_text(ZONE)
    make_fifo(tmp_path / "example.zone")
    server = start({"example": "example.zone", "good": "good.zone"})
    assert "not a regular file" in server.wait_log("zone.finding")
    assert dnsio.ask(server.address, "ns1.good", dnsio.A).rcode == 0
    server.stop()


def test_an_included_pipe_is_refused(start):
    server = start()
    make_fifo(server.directory / "part.zone")
    server.write_zone("example.zone", ZONE + "$INCLUDE part.zone\n")
    done = server.ctl("zone", "reload")
    assert done.returncode == 1
    assert "part.zone': not a regular file" in done.stdout + done.stderr
    server.stop()


def test_a_large_hole_is_not_read(start):
    server = start()
    before = peak_kib(server)
    with open(server.directory / "example.zone", "wb") as hole:
        hole.truncate(1 << 30)
    done = server.ctl("zone", "reload")
    assert done.returncode == 1
    assert "no zone file" in done.stdout + done.stderr
    assert glued.IS_SANITIZED or peak_kib(server) - before < 64 << 10
    server.stop()


def test_gluezone_reads_a_pipe():
    done = subprocess.run([glued.BUILD / "gluezone", "check", "example", "/dev/stdin"],
                          input=ZONE, capture_output=True, text=True, timeout=glued.PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([glued.BUILD / "gluezone", "check", "example", "/dev/stdin"],
                          input=ZONE + "x A y\n", capture_output=True, text=True,
                          timeout=glued.PATIENCE)
    assert done.returncode == 1
    assert "/dev/stdin:5:" in done.stdout


# -- readers that stall ----------------------------------------------------------------------------

class UnreadServer(glued.Server):
    """Nobody reads its log but read_log()."""

    def _read(self):
        fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, 16384)

    def read_log(self):
        """What there is now."""
        text = b""
        while select.select([self.process.stdout], [], [], 0)[0]:
            octets = os.read(self.process.stdout.fileno(), 65536)
            if not octets:
                break
            text += octets
        return text.decode()


def raw(server, line):
    with socket.socket(socket.AF_UNIX) as client, client.makefile("rb") as replies:
        client.settimeout(glued.PATIENCE)
        client.connect(str(server.socket))
        client.sendall(line)
        return replies.readline()


def test_a_stalled_reader_of_the_log_stops_nothing(tmp_path):
    (tmp_path / "example.zone").write_text(ZONE)
    server = UnreadServer(tmp_path)
    server.address = ("127.0.0.1", peers.free_port())
    try:
        server.start(glued.configuration(ZONES, listen=["%s@%d" % server.address]), wait=False)
        glued.eventually(lambda: server.socket.exists() and server.ctl("status").returncode == 0
                         and server.ctl_json("status")["state"] == "ready", "it is not ready")
        # Findings make a reload's log long.
        server.write_zone("example.zone", ZONE + "x A not-an-address\n" * 20)
        for _ in range(1000):
            assert b'"ok":false' in raw(server, b'{"version":1,"command":"zone reload"}\n')
        assert is_answering(server)
        text = ""

        def drained():
            nonlocal text
            text += server.read_log()
            return "log.dropped" in text
        glued.eventually(drained, "nothing tells of the lines that were lost")
        lines = text.splitlines()
        dropped = next(line for line in lines if "log.dropped" in line)
        assert int(dropped.split("count=")[1]) > 0
        assert all(line.startswith("20") and line.split()[1] in ("info", "warning", "error")
                   for line in lines), "lines in pieces"
        server.process.terminate()
        assert server.process.wait(glued.PATIENCE) == 0
    finally:
        server.abandon()


# -- gluectl ---------------------------------------------------------------------------------------

def test_a_name_that_is_not_utf8_reloads_nothing(start):
    server = start()
    mark = server.mark()
    done = server.ctl("zone", "reload", b"ex\xe4mple")
    assert done.returncode == 2
    assert "argument 1 is not UTF-8" in done.stderr
    assert server.ctl("zone", "status", "example").returncode == 0
    assert "zone.reloaded" not in "\n".join(server.log().splitlines()[mark:])


@pytest.mark.parametrize("arguments", [["status"], ["--json", "status"], ["--help"]], ids=" ".join)
def test_lost_output_is_a_failure(start, arguments):
    server = start()
    with open("/dev/full", "w") as full:
        done = subprocess.run([glued.BUILD / "gluectl", "-s", server.socket, *arguments],
                              stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=glued.PATIENCE)
    assert done.returncode == 1
    assert "cannot write" in done.stderr


def test_a_client_too_many_is_told_why(start):
    server = start()
    clients = []
    try:
        for _ in range(32):
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].connect(str(server.socket))
        for _ in range(20):
            done = server.ctl("status")
            assert done.returncode == 1, done.stderr
            assert "too many clients" in done.stderr
    finally:
        for client in clients:
            client.close()
    glued.eventually(lambda: server.ctl("status").returncode == 0, "no room again")


# -- floods ----------------------------------------------------------------------------------------

def test_a_storm_of_signals_costs_no_memory(start):
    """While zones are read, each SIGHUP asks for one more reading, which they share."""
    server = start({f"z{number}.test": "example.zone" for number in range(10000)})

    def storm(count):
        for number in range(count):
            mark = server.mark()
            server.process.send_signal(signal.SIGHUP)
            server.wait_log("control.command .*SIGHUP", mark)
    storm(5)
    before = server.rss_kib()
    storm(1500)
    grown = server.rss_kib() - before
    print("grown by", grown, "KiB")
    assert glued.IS_SANITIZED or grown < 64 << 10  # a sanitizer keeps what is freed
    glued.eventually(lambda: server.ctl_json("status")["reloading"] == 0, "it never settles")
    server.stop()


# -- two servers -----------------------------------------------------------------------------------

def test_two_servers_never_share_a_control_socket(tmp_path):
    """Started together over what a dead server left, one of them goes and says why."""
    directories = [tmp_path / name for name in ("a", "b")]
    for directory in directories:
        directory.mkdir()
        (directory / "example.zone").write_text(ZONE)
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / "control.sock"))
        pair = [glued.Server(directory) for directory in directories]
        try:
            for server in pair:
                server.socket = tmp_path / "control.sock"
                text = glued.configuration(ZONES, listen=[f"127.0.0.1@{peers.free_port()}"])
                server.start(text.replace("control.sock", "../control.sock"), wait=False)
            glued.eventually(lambda: not all(server.is_running() for server in pair),
                             "both own the socket")
            running, = [server for server in pair if server.is_running()]
            refused, = [server for server in pair if server is not running]
            assert refused.finish() == 1
            assert "another server listens" in refused.log()
            running.wait_log("server.ready")
            assert running.ctl_json("status")["pid"] == running.process.pid
            running.stop()
        finally:
            for server in pair:
                server.abandon()
        assert not list(tmp_path.glob("control.sock*"))


# -- what is left behind ---------------------------------------------------------------------------

def test_dpdk_leaves_nothing(start_on_link):
    server = start_on_link(hugepages=False)
    left = pathlib.Path(f"/var/run/dpdk/glued-{server.process.pid}")
    server.stop()
    assert not left.exists(), list(left.iterdir())


# -- kernel sockets --------------------------------------------------------------------------------

def test_a_socket_that_was_killed_listens_on(start):
    namespace = network.Namespace("server")
    try:
        server = start(namespace=namespace)
        host, port = server.address
        mark = server.mark()
        namespace.exec("ss", "-K", "-u", "-a", "sport", "=", f":{port}")
        server.wait_log("listen.error", mark)
        assert dnsio.ask((host, port), "ns1.example", dnsio.A, namespace).rcode == 0
        server.stop()
    finally:
        namespace.close()


# What a worker does not read past.
HEADERS = {"destination options": (60, struct.pack("!BB6B", 17, 0, 1, 4, 0, 0, 0, 0)),
           "hop-by-hop options": (0, struct.pack("!BB6B", 17, 0, 1, 4, 0, 0, 0, 0)),
           "one fragment": (44, struct.pack("!BBHI", 17, 0, 0, 77))}


def udp6_from(wire, patience=5):
    """The next IPv6 datagram from the server's port 53: its payload."""
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        if select.select([wire.socket], [], [], left)[0]:
            frame = wire.socket.recv(65535)
            if frame[6:12] != wire.target_mac:
                continue
            if frame[12:14] == b"\x86\xdd" and frame[20] == 17 and frame[54:56] == b"\0\x35":
                return frame[62:]
            assert not (frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 1), \
                "ICMPv6: destination unreachable"
    return None


def test_what_workers_leave_to_the_kernel_is_answered(start_on_link, link):
    server = start_on_link(hugepages=False)
    assert dnsio.ask((network.SERVER6, 53), "ns1.example", dnsio.A, link.client).rcode == 0
    wire = frames.Wire(link)
    try:
        query = dnsio.query("ns1.example", dnsio.A, number=7)
        for what, (protocol, header) in HEADERS.items():
            datagram = frames.udp(network.CLIENT6, network.SERVER6, 4001, 53, query)
            wire.send(frames.ethernet(
                wire.mac, wire.target_mac, frames.ETH_IPV6,
                frames.ipv6(network.CLIENT6, network.SERVER6, header + datagram, protocol)))
            answer = udp6_from(wire)
            assert answer and answer[:2] == query[:2], what
    finally:
        wire.close()
    counters = server.ctl_json("stats")["kernel"]["udp"]
    assert counters["tx"] == len(HEADERS)
    server.stop()


def test_few_descriptors_leave_the_control_socket(start):
    server = start(wait=False, limit=256)
    assert "descriptors=256" in server.wait_log("tcp.limited")
    server.wait_log("server.ready")
    clients = []
    try:
        for _ in range(300):
            clients.append(socket.socket())
            clients[-1].settimeout(glued.PATIENCE)
            clients[-1].connect(server.address)
        done = server.ctl("zone", "reload")
        assert done.returncode == 0, done.stderr
        assert is_answering(server)
    finally:
        for client in clients:
            client.close()
    server.stop()


def test_a_deleted_exception_interface_is_noticed(start_on_link, link):
    server = start_on_link(hugepages=False)
    assert not server.ctl_json("port", "list")["ports"][0]["exception-lost"]
    link.server.ip("link", "delete", link.tap)
    server.wait_log("error port.exception-lost .*exception=glue0")
    assert server.ctl_json("port", "list")["ports"][0]["exception-lost"]
    server.stop()
