"""What limits are for: nothing is larger, and nobody more, than they say."""

import contextlib
import json
import os
import socket

import pytest

import dnsio
import frames
import peers
import server as glued

ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 7 3600 900 1209600 300
  NS ns1
ns1 A 192.0.2.53
"""
CONTROL_CLIENTS_MAX = 32  # CONTROL_SESSIONS_MAX


@pytest.fixture
def start(tmp_path):
    servers = []

    def new(text=ZONE, extra=""):
        server = glued.Server(tmp_path)
        server.address = ("127.0.0.1", peers.free_port())
        servers.append(server)
        server.write_zone("example.zone", text)
        return server.start(glued.configuration({"example": "example.zone"}, extra=extra,
                                                listen=["%s@%d" % server.address]))
    yield new
    for server in servers:
        server.abandon()


@pytest.mark.parametrize("limit", [512, 1400, 4096])
def test_udp_payload(start, limit):
    """The limit counts where the client would take more; what it takes is no reason to send it."""
    text = ZONE + "".join(f'long {rrtype} "{number:03d}{"x" * 150}"\n' for rrtype, number in
                          zip(["TXT"] * 20, range(20))) + f'short TXT "{"x" * 200}"\n'
    server = start(text, f"limits: {{udp-payload: {limit}}}")
    whole = dnsio.ask(server.address, "long.example", dnsio.TXT, tcp=True)
    assert len(whole.answer) == 20 and 1400 < whole.length < 4096
    for payload in (1232, 4096, 65535):
        answer = dnsio.ask(server.address, "long.example", dnsio.TXT, edns=dnsio.opt(payload))
        fits = min(payload, limit) > whole.length + len(dnsio.opt())
        assert answer.has(dnsio.TC) != fits and bool(answer.answer) == fits
        assert answer.length <= min(payload, limit)
        assert answer.opt[0] == limit
        short = dnsio.ask(server.address, "short.example", dnsio.TXT, edns=dnsio.opt(payload))
        assert len(short.answer) == 1 and not short.has(dnsio.TC)
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a raw socket")
def test_nobody_is_answered_at_port_0(start):
    """Such a query has no sender; an answer to it would be somebody's reflection."""
    server = start()
    host, port = server.address

    def send(source_port):
        datagram = frames.udp(host, host, source_port, port,
                              dnsio.query("ns1.example", dnsio.A))
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            raw.sendto(frames.ipv4(host, host, datagram), (host, 0))

    def udp():
        return server.ctl_json("stats")["kernel"]["udp"]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((host, 0))
        client.settimeout(glued.PATIENCE)
        send(client.getsockname()[1])
        assert dnsio.read_answer(client.recv(65535)).rcode == dnsio.NOERROR
    before = udp()
    send(0)
    glued.eventually(lambda: udp()["rx"] == before["rx"] + 1, "the query from port 0 received")
    after = udp()
    assert after["drop_source"] == before["drop_source"] + 1
    assert all(after[name] == before[name] for name in ("answer", "tx", "tx_full"))
    server.stop()


def connect(server):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(glued.PATIENCE)
    sock.connect(str(server.socket))
    return sock


def converse(sock):
    """One command's reply, on a connection that stays open."""
    with contextlib.suppress(BrokenPipeError):
        sock.sendall(b'{"version": 1, "command": "status"}\n')
    with sock.makefile("rb") as replies:
        return json.loads(replies.readline())


def test_clients_of_the_control_socket(start):
    """One more than the limit is put off with the reason; who was there before is served on."""
    server = start()
    clients = []
    try:
        for _ in range(CONTROL_CLIENTS_MAX):
            clients.append(connect(server))
            assert converse(clients[-1])["ok"]
        done = server.ctl("status")
        assert done.returncode == 1 and "too many clients" in done.stderr
        server.wait_log("control.refused")
        assert all(converse(sock)["ok"] for sock in clients)
        clients.pop().close()
        glued.eventually(lambda: server.ctl("status").returncode == 0, "room for another client")
    finally:
        for sock in clients:
            sock.close()
    server.stop()
