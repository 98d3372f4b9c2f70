"""Kernel sockets: wildcard addresses, ports that are taken, families; and many zones at a time."""

import socket
import struct

import pytest

import dnsio
import peers
import server as glued

ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 7 3600 900 1209600 300
  NS ns1
ns1 A 192.0.2.53
"""
QUERY = dnsio.query("ns1.example", dnsio.A)


@pytest.fixture
def start(tmp_path):
    """start(listen, zones): a server for one test."""
    servers = []

    def new(listen, zones=None, wait=True):
        (tmp_path / "example.zone").write_text(ZONE)
        server = glued.Server(tmp_path)
        servers.append(server)
        return server.start(glued.configuration(zones or {"example": "example.zone"},
                                                listen=listen), wait)
    yield new
    for server in servers:
        server.abandon()


def exchange(family, address):
    """Asks over UDP from an unconnected socket; what came, and where from."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(glued.PATIENCE)
        sock.sendto(QUERY, address)
        response, source = sock.recvfrom(65535)
        return response, source[:2]


@pytest.mark.parametrize("asked", ["127.0.0.1", "127.0.0.2", "127.1.2.3"])
def test_a_wildcard_answers_from_the_address_asked(start, asked):
    port = peers.free_port()
    start([f"0.0.0.0@{port}"])
    response, source = exchange(socket.AF_INET, (asked, port))
    assert source == (asked, port)
    assert response[:2] == QUERY[:2]


def test_both_families_of_wildcards_on_one_port(start):
    port = peers.free_port()
    start([f"0.0.0.0@{port}", f"::@{port}"])
    assert exchange(socket.AF_INET, ("127.0.0.3", port))[1] == ("127.0.0.3", port)
    assert exchange(socket.AF_INET6, ("::1", port))[1] == ("::1", port)
    for family, address in ((socket.AF_INET, "127.0.0.3"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as sock:
            sock.settimeout(glued.PATIENCE)
            sock.connect((address, port))
            sock.sendall(struct.pack("!H", len(QUERY)) + QUERY)
            assert len(sock.recv(2)) == 2


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["UDP", "TCP"])
def test_a_taken_port_is_named(start, kind):
    port = peers.free_port()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        server = start([f"127.0.0.1@{port}"], wait=False)
        assert server.process.wait(glued.PATIENCE) == 1
        line = server.wait_log("listen.failed")
    assert f"cannot listen on 127.0.0.1@{port} over" in line
    assert "Address already in use" in line


def test_an_address_that_is_not_ours(start):
    port = peers.free_port()
    server = start([f"192.0.2.200@{port}"], wait=False)
    assert server.process.wait(glued.PATIENCE) == 1
    assert f"192.0.2.200@{port}" in server.wait_log("listen.failed")


def test_a_port_can_be_had_again_at_once(start):
    """`gluectl stop` returns when all is given back."""
    port = peers.free_port()
    for _ in range(5):
        server = start([f"127.0.0.1@{port}"])
        exchange(socket.AF_INET, ("127.0.0.1", port))
        assert server.ctl("stop").returncode == 0
        server.finish()


def test_many_zones_reload_in_bounded_memory(start):
    """Each publish copies the directory of zones: what is retired must go while others come."""
    port = peers.free_port()
    zones = {f"z{number}.test": "example.zone" for number in range(20000)}
    server = start([f"127.0.0.1@{port}"], zones)
    before = server.ctl_json("status")["resident-memory"]
    reloaded = server.ctl_json("zone", "reload")["zones"]
    assert len(reloaded) == len(zones)
    assert all(zone["reloaded"] for zone in reloaded)
    glued.eventually(lambda: server.ctl_json("status")["retired"] == 0, "nothing is retired")
    after = server.ctl_json("status")["resident-memory"]
    assert after < before * 3 + (64 << 20), (before, after)


def test_requests_during_a_reload_share_the_next(start):
    """However many ask while a zone is read, it is read once more, after they asked."""
    port = peers.free_port()
    server = start([f"127.0.0.1@{port}"])
    (server.directory / "example.zone").write_text(
        ZONE + "".join(f"h{number} A 192.0.2.1\n" for number in range(50000)))
    mark = server.mark()
    line = b'{"version":1,"command":"zone reload"}\n'
    clients = []
    for _ in range(20):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(glued.PATIENCE)
        client.connect(str(server.socket))
        client.sendall(line)
        clients.append(client)
    for client in clients:
        with client, client.makefile("rb") as replies:
            assert b'"ok":true' in replies.readline()
    count = sum("zone.reloaded" in entry for entry in server.log().splitlines()[mark:])
    assert 1 <= count <= 3
