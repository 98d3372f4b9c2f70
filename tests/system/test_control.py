"""The control socket and its client, signals, and TCP as RFC 7766 has it."""

import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess

import pytest

import dnsio
import peers
import sanitizers
import server as glued

ZONE = glued.ROOT / "examples" / "zones" / "example.com.zone"
ZONES = {"example.com": "example.com.zone"}
WWW = dnsio.query("www.example.com", dnsio.A)


def new_server(directory, extra="", wait=True, **how):
    """A server on a loopback port that nobody else has; server.address is where."""
    (directory / ZONE.name).write_text(ZONE.read_text())
    server = glued.Server(directory)
    server.address = ("127.0.0.1", peers.free_port())
    text = glued.configuration(ZONES, listen=["%s@%d" % server.address], extra=extra, **how)
    return server.start(text, wait)


@pytest.fixture(scope="module")
def running(module_dir):
    server = new_server(module_dir, "limits: {tcp-clients: 1000, tcp-idle-timeout: 30}")
    yield server
    try:
        server.stop()
    finally:
        server.abandon()


@pytest.fixture
def own(tmp_path):
    """start(extra): a server for one test."""
    servers = []

    def start(extra="", **how):
        directory = tmp_path / str(len(servers))
        directory.mkdir()
        servers.append(new_server(directory, extra, **how))
        return servers[-1]
    yield start
    for server in servers:
        server.abandon()


def is_answering(server):
    return len(dnsio.ask(server.address, "www.example.com", dnsio.A).answer) == 2


# -- gluectl ---------------------------------------------------------------------------------------

COMMANDS = [["status"], ["zone", "list"], ["zone", "status", "example.com"], ["stats"],
            ["port", "list"], ["zone", "reload"], ["zone", "reload", "example.com"],
            ["zone", "reload", "EXAMPLE.com."]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command(running, command):
    done = running.ctl(*command)
    assert done.returncode == 0, done.stderr
    assert (done.stdout or command == ["port", "list"]) and not done.stderr
    assert isinstance(running.ctl_json(*command), dict)


def test_status_says_what_is(running):
    status = running.ctl_json("status")
    assert status["state"] == "ready"
    assert status["pid"] == running.process.pid
    assert status["zones"]["total"] == 1
    assert status["ports"] == status["workers"] == 0


def test_zone_list_says_what_is(running):
    zone, = running.ctl_json("zone", "list")["zones"]
    assert zone["zone"].rstrip(".") == "example.com"
    assert zone["serial"] == 1


def test_stats_count(running):
    before = running.ctl_json("stats")["kernel"]
    assert is_answering(running)
    assert dnsio.ask(running.address, "nothing.example.com", dnsio.A, tcp=True).rcode == 3
    after = running.ctl_json("stats")["kernel"]
    assert after["udp"]["answer"] == before["udp"]["answer"] + 1
    assert after["udp"]["noerror"] == before["udp"]["noerror"] + 1
    assert after["tcp"]["answer"] == before["tcp"]["answer"] + 1
    assert after["tcp"]["nxdomain"] == before["tcp"]["nxdomain"] + 1


@pytest.mark.parametrize("command", [
    ["zone", "reload", "example.org"], ["zone", "status", "example.org"],
    ["zone", "reload", "example.com", "example.org"], ["zone", "reload", "not..a.name"],
], ids=" ".join)
def test_refused(running, command):
    done = running.ctl(*command)
    assert done.returncode == 1
    assert "example.org" in done.stderr or "not..a.name" in done.stderr, done.stderr


@pytest.mark.parametrize("arguments", [
    [], ["frobnicate"], ["zone"], ["zone", "frobnicate"], ["zone", "status"], ["status", "more"],
    ["--frobnicate", "status"], ["-s"],
], ids=" ".join)
def test_usage(running, arguments):
    done = running.ctl(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr


def test_no_server(tmp_path):
    server = glued.Server(tmp_path)
    done = server.ctl("status")
    assert done.returncode == 3
    assert str(server.socket) in done.stderr


def test_no_server_behind_the_socket(tmp_path):
    server = glued.Server(tmp_path)
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(server.socket))
    assert server.ctl("status").returncode == 3


# -- the socket ------------------------------------------------------------------------------------

def control_connection(server):
    sock = socket.socket(socket.AF_UNIX)
    # With a timeout a full backlog would be EAGAIN; without one it is waited for.
    sock.connect(str(server.socket))
    sock.settimeout(glued.PATIENCE)
    return sock


GARBAGE = {
    "an empty line": b"\n",
    "no JSON": b"hello\n",
    "half of JSON": b'{"version": 1, "comm\n',
    "a list": b"[]\n",
    "null": b"null\n",
    "nothing asked": b"{}\n",
    "another version": b'{"version": 99, "command": "status"}\n',
    "a command that is a number": b'{"version": 1, "command": 7}\n',
    "an unknown command": b'{"version": 1, "command": "frobnicate"}\n',
    "arguments that are none": b'{"version": 1, "command": "zone reload", "arguments": 7}\n',
    "arguments of numbers": b'{"version": 1, "command": "zone reload", "arguments": [7]}\n',
    "a key twice": b'{"version": 1, "command": "status", "command": "stop"}\n',
    "octets that are no UTF-8": b'{"version": 1, "command": "\xff\xfe"}\n',
    "a zero octet": b'{"version": 1, "command": "a\\u0000b"}\n',
    "deep nesting": b"[" * 60000 + b"\n",
    "a name that is long": b'{"version": 1, "command": "zone status", "arguments": ["' +
                           b"a" * 3000 + b'"]}\n',
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_refused(running, name):
    with control_connection(running) as sock:
        sock.sendall(GARBAGE[name])
        sock.shutdown(socket.SHUT_WR)
        with sock.makefile("rb") as replies:
            reply = replies.readline()
    assert json.loads(reply)["ok"] is False, reply
    assert running.ctl("status").returncode == 0


def test_a_line_without_end(running):
    with control_connection(running) as sock:
        try:
            for _ in range(100):
                sock.sendall(b"a" * 65536)
            while sock.recv(65536):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert running.ctl("status").returncode == 0


def test_random_octets(running):
    """One client after the other: the server has closed a connection before the next one comes."""
    chance = random.Random(1)
    for _ in range(200):
        with control_connection(running) as sock:
            try:
                sock.sendall(chance.randbytes(chance.choice([1, 10, 1000])) + b"\n")
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass
    assert running.ctl("status").returncode == 0


def test_who_comes_and_goes(running):
    """Connections that say nothing, or go before the reply: fewer than the server takes at a time,
    however late it gets to see that they are gone."""
    silent = [control_connection(running) for _ in range(10)]
    for _ in range(20):
        with control_connection(running) as sock:
            sock.sendall(b'{"version": 1, "command": "stats"}\n')
    assert running.ctl("status").returncode == 0
    for sock in silent:
        sock.close()
    assert running.ctl("status").returncode == 0


def test_socket_is_for_its_owner(running):
    assert running.socket.stat().st_mode & 0o007 == 0


# -- signals, start and stop -----------------------------------------------------------------------

def test_sighup_reloads(own):
    server = own()
    place = server.mark()
    server.write_zone(ZONE.name, ZONE.read_text().replace("serial 1", "serial 2"))
    server.process.send_signal(signal.SIGHUP)
    server.wait_log("zone.reloaded", place)
    answer = dnsio.ask(server.address, "version.example.com", dnsio.TXT)
    assert [record[4] for record in answer.answer] == [b"\x08serial 2"]
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_signal_stops(own, number):
    server = own()
    server.stop(number)
    assert not server.socket.exists()
    assert "server.stopped" in server.log()


def test_stop_command(own):
    server = own()
    assert server.ctl("stop").returncode == 0
    assert server.finish() == 0
    assert server.ctl("status").returncode == 3


def test_stop_while_busy(own):
    """TCP clients, a control client and a reload under way: it goes in order all the same."""
    server = own()
    with dnsio.opened(socket.SOCK_STREAM, server.address) as tcp, control_connection(server) as ctl:
        tcp.sendall(dnsio.frame(WWW)[:10])
        ctl.sendall(b'{"version": 1, "command": "zone reload"}\n')
        server.stop()


def test_left_behind_socket_is_replaced(own, tmp_path):
    server = own()
    server.process.kill()
    server.process.wait()
    assert server.socket.exists()
    again = glued.Server(server.directory)
    try:
        again.start((server.directory / "glued.yaml").read_text())
        assert again.ctl("status").returncode == 0
        again.stop()
    finally:
        again.abandon()


def test_second_server_is_refused(own):
    """Neither the control socket nor an address is taken from a server that runs."""
    server = own()
    second = glued.Server(server.directory)
    try:
        second.start((server.directory / "glued.yaml").read_text(), wait=False)
        assert second.finish() not in (0, 99)
        assert "error" in second.log()
    finally:
        second.abandon()
    assert server.ctl("status").returncode == 0
    assert is_answering(server)
    server.stop()


def glued_with(*arguments):
    return sanitizers.run([glued.BUILD / "glued", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=glued.PATIENCE)


def check(directory, text):
    path = directory / "glued.yaml"
    path.write_text(text)
    return glued_with("--check", "-c", path)


def test_check(tmp_path):
    (tmp_path / ZONE.name).write_text(ZONE.read_text())
    done = check(tmp_path, glued.configuration(ZONES, listen=["127.0.0.1@5300"]))
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_finds_a_wrong_configuration(tmp_path):
    done = check(tmp_path, "server:\n  identity: ns1.example.com\n  frobnicate: yes\n")
    assert done.returncode == 1
    assert "glued.yaml:3:" in done.stdout + done.stderr


def test_check_finds_a_wrong_zone(tmp_path):
    (tmp_path / ZONE.name).write_text(ZONE.read_text() + "broken IN A 192.0.2.256\n")
    done = check(tmp_path, glued.configuration(ZONES, listen=["127.0.0.1@5300"]))
    assert done.returncode == 1
    line = ZONE.read_text().count("\n") + 1
    assert f"{ZONE.name}:{line}:" in done.stdout + done.stderr


def test_the_example_configuration_is_valid():
    path = glued.ROOT / "examples" / "glued.yaml"
    done = glued_with("--check", "-c", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_configuration(tmp_path):
    done = glued_with("-c", tmp_path / "none.yaml")
    assert done.returncode not in (0, 99)
    assert "none.yaml" in done.stdout + done.stderr


def test_a_zone_that_does_not_load_is_servfail(tmp_path):
    """It is our zone, so REFUSED would be wrong; the others are served."""
    (tmp_path / ZONE.name).write_text(ZONE.read_text())
    (tmp_path / "broken.zone").write_text("@ IN SOA\n")
    server = glued.Server(tmp_path)
    server.address = ("127.0.0.1", peers.free_port())
    try:
        server.start(glued.configuration(ZONES | {"broken.test": "broken.zone"},
                                         listen=["%s@%d" % server.address]))
        server.wait_log("zone.failed")
        assert dnsio.ask(server.address, "a.broken.test", dnsio.A).rcode == dnsio.SERVFAIL
        assert is_answering(server)
        (tmp_path / "broken.zone").write_text(
            "@ 60 IN SOA a b 1 2 3 4 5\n@ 60 IN NS a\na 60 IN A 192.0.2.1\n")
        server.reload("broken.test")
        assert dnsio.ask(server.address, "a.broken.test", dnsio.A).rcode == dnsio.NOERROR
        server.stop()
    finally:
        server.abandon()


# -- TCP: RFC 7766 ---------------------------------------------------------------------------------

def test_pipelining(running):
    """A thousand queries in one go, each answered once (6.2.1.1)."""
    names = [f"n{number}.dev.example.com" for number in range(1000)]
    queries = [dnsio.query(name, dnsio.A) for name in names]
    for name, response in zip(names, dnsio.ask_tcp(running.address, queries, window=1000)):
        answer = dnsio.read_answer(response)
        assert answer.question[0][0] == dnsio.wire(name) and len(answer.answer) == 1


def test_octet_by_octet(running):
    """The length and the message come in pieces (8)."""
    with dnsio.opened(socket.SOCK_STREAM, running.address) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in dnsio.frame(WWW):
            sock.sendall(bytes([octet]))
        assert len(dnsio.read_answer(dnsio.receive_framed(sock)).answer) == 2


def test_answers_after_fin(running):
    """What was asked before the client's FIN is answered."""
    with dnsio.opened(socket.SOCK_STREAM, running.address) as sock:
        sock.sendall(dnsio.frame(WWW) * 10)
        sock.shutdown(socket.SHUT_WR)
        for _ in range(10):
            assert dnsio.receive_framed(sock) is not None
        assert dnsio.receive_framed(sock) is None


def test_many_connections(running):
    """Five hundred clients at once, asked in turn twice."""
    count = 500
    clients = []
    try:
        for _ in range(count):
            sock = socket.create_connection(running.address, glued.PATIENCE)
            clients.append(sock)
        for _ in range(2):
            for sock in clients:
                sock.sendall(dnsio.frame(WWW))
            for sock in clients:
                assert len(dnsio.read_answer(dnsio.receive_framed(sock)).answer) == 2
        assert running.ctl_json("status")["tcp-clients"] >= count
    finally:
        for sock in clients:
            sock.close()
    glued.eventually(lambda: running.ctl_json("status")["tcp-clients"] == 0, "all clients gone")


def test_the_longest_idle_gives_way(own):
    """More clients than limits.tcp-clients: a newcomer is served, the one idle longest is
    closed."""
    server = own("limits: {tcp-clients: 10, tcp-idle-timeout: 60}")
    clients = []
    try:
        for _ in range(30):
            sock = socket.create_connection(server.address, glued.PATIENCE)
            sock.sendall(dnsio.frame(WWW))
            assert dnsio.receive_framed(sock) is not None
            clients.append(sock)
        for sock in clients[:20]:
            assert dnsio.receive_framed(sock) is None
        for sock in clients[20:]:
            sock.sendall(dnsio.frame(WWW))
            assert dnsio.receive_framed(sock) is not None
    finally:
        for sock in clients:
            sock.close()
    server.stop()


def test_idle_clients_are_closed(own):
    """After limits.tcp-idle-timeout (6.2.3); one that has said nothing, one with half a message."""
    server = own("limits: {tcp-idle-timeout: 1}")
    with dnsio.opened(socket.SOCK_STREAM, server.address) as silent, \
            dnsio.opened(socket.SOCK_STREAM, server.address) as half, \
            dnsio.opened(socket.SOCK_STREAM, server.address) as served:
        half.sendall(dnsio.frame(WWW)[:9])
        served.sendall(dnsio.frame(WWW))
        assert dnsio.receive_framed(served) is not None
        for sock in (silent, half, served):
            sock.settimeout(glued.PATIENCE)
            assert sock.recv(1) == b""
    server.stop()


def test_who_asks_and_does_not_read(running):
    """Holds up nobody else, and no more of the server's memory than its share."""
    question = dnsio.frame(dnsio.query("example.com", dnsio.MX))
    with dnsio.opened(socket.SOCK_STREAM, running.address) as sock:
        sock.setblocking(False)
        sent = 0
        before = running.rss_kib()
        while sent < 64 << 20:
            try:
                sent += sock.send(question * 2000)
            except BlockingIOError:
                assert is_answering(running)
                break
            assert is_answering(running)
        assert sent < 64 << 20, "everything was taken in"
        if not glued.IS_SANITIZED:
            assert running.rss_kib() < before + 16 * 1024
    assert is_answering(running)


def test_large_answers_go_whole_over_tcp(own):
    """An answer of nearly 64 KiB; over UDP it is truncated (RFC 7766 5)."""
    server = own()
    lines = [f'big 60 IN TXT "{number:03d}{"x" * 240}"' for number in range(240)]
    server.write_zone(ZONE.name, ZONE.read_text() + "\n".join(lines) + "\n")
    server.reload()
    whole = dnsio.ask(server.address, "big.example.com", dnsio.TXT, tcp=True)
    assert len(whole.answer) == 240 and not whole.has(dnsio.TC)
    cut = dnsio.ask(server.address, "big.example.com", dnsio.TXT, edns=dnsio.opt(4096))
    assert cut.has(dnsio.TC) and cut.length <= 1232 and not cut.answer
    server.stop()


def test_an_answer_too_large_for_tcp(own):
    """More than 64 KiB of records under one name: truncated even over TCP, and nothing falls
    over."""
    server = own()
    lines = [f'big 60 IN TXT "{number:03d}{"x" * 240}"' for number in range(300)]
    server.write_zone(ZONE.name, ZONE.read_text() + "\n".join(lines) + "\n")
    if server.ctl("zone", "reload").returncode == 0:
        answer = dnsio.ask(server.address, "big.example.com", dnsio.TXT, tcp=True)
        assert answer.has(dnsio.TC) or answer.rcode == dnsio.SERVFAIL
    assert is_answering(server)
    server.stop()


# -- nothing stays behind --------------------------------------------------------------------------

def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_no_descriptor_is_lost(running):
    """After clients, commands and reloads the server holds the descriptors that it held before."""
    assert is_answering(running)
    running.ctl("zone", "reload")
    glued.eventually(lambda: running.ctl_json("status")["tcp-clients"] == 0, "all clients gone")
    before = open_files(running)
    for _ in range(30):
        with dnsio.opened(socket.SOCK_STREAM, running.address) as sock:
            sock.sendall(dnsio.frame(WWW))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        running.ctl("zone", "reload")
    glued.eventually(lambda: open_files(running) <= before, "the descriptors are given back")


def test_log_is_lines(running):
    """Each line is a time, a level, an event and key=value fields, whatever clients have sent."""
    for line in running.log().splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) [a-z.]+"
                        r"( [a-z-]+=(\"([^\"\\]|\\.)*\"|[^ \"]*))*$", line), line


def test_nothing_is_left_in_the_directory(own):
    server = own()
    server.stop()
    left = {path.name for path in pathlib.Path(server.directory).iterdir()}
    assert left == {"glued.yaml", ZONE.name}
