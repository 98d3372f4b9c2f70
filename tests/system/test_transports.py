"""One engine, every way in: the DPDK port with each driver and kind of memory, the kernel's UDP and
TCP behind the exception interface, the loopback listeners. The same question has the same
answer."""

import itertools
import re
import socket

import pytest

import dnsio
import frames
import network
import server as glued
from counters import assert_law, totals
from network import CLIENT4, CLIENT6, SERVER4, SERVER6

EXAMPLES = glued.ROOT / "examples" / "zones"
ZONES = {"example.com": "example.com.zone", "2.0.192.in-addr.arpa": "2.0.192.in-addr.arpa.zone"}
LOOPBACK = 5300

QUESTIONS = [dnsio.query(name, rrtype, edns=edns) for name, rrtype in [
    ("www.example.com", dnsio.A), ("www.example.com", dnsio.AAAA), ("WWW.Example.COM", dnsio.A),
    ("example.com", dnsio.MX), ("example.com", dnsio.TXT), ("example.com", dnsio.SOA),
    ("example.com", dnsio.NS), ("example.com", dnsio.ANY), ("ftp.example.com", dnsio.A),
    ("_sip._udp.example.com", dnsio.SRV), ("a.dev.example.com", dnsio.A),
    ("a.dev.example.com", dnsio.MX), ("www.old.example.com", dnsio.A),
    ("pc7.ad.example.com", dnsio.A), ("host.lab.example.com", dnsio.AAAA),
    ("nothing.example.com", dnsio.A), ("www.example.com", dnsio.TXT), ("example.org", dnsio.A),
    ("80.2.0.192.in-addr.arpa", dnsio.PTR), ("193.2.0.192.in-addr.arpa", dnsio.PTR),
    ("version.bind", dnsio.TXT),
] for edns in (b"", dnsio.opt(), dnsio.opt(do=True), dnsio.opt(version=1))]

PORTS = [("af_packet", False), ("af_packet", True), ("af_xdp", True)]


AF_XDP = 44


def xdp_refusal():
    """Why the kernel gives no AF_XDP socket; None: it does."""
    try:
        socket.socket(AF_XDP, socket.SOCK_RAW).close()
    except OSError as error:
        return error.strerror
    return None


def zone_files():
    return [EXAMPLES / name for name in ZONES.values()]


@pytest.fixture(scope="module", params=PORTS,
                ids=lambda port: f"{port[0]}-{'huge' if port[1] else 'small'}")
def running(request, hugepages):
    """A server on a link of its own, with a port of the given driver; its DPDK law is checked at
    the end."""
    driver, is_huge = request.param
    if is_huge and not hugepages:
        pytest.skip("the machine grants no huge pages")
    if driver == "af_xdp" and (refusal := xdp_refusal()):
        pytest.skip(f"the kernel gives no AF_XDP socket: {refusal}")
    link = network.Link()
    request.addfinalizer(link.close)
    start = request.getfixturevalue("start_anew")
    text = glued.configuration(
        ZONES, device=glued.dpdk_port(driver), hugepages=is_huge,
        listen=[f"127.0.0.1@{LOOPBACK}", f"::1@{LOOPBACK}", SERVER4, SERVER6])
    server = start(text, link.server, zone_files())
    server.link = link
    yield server
    assert_law(server)
    server.stop()


@pytest.fixture(scope="module")
def start_anew(tmp_path_factory):
    """Like start, but each server is the fixture's that asked for it."""
    servers = []

    def start_one(text, namespace, files):
        directory = tmp_path_factory.mktemp("server")
        for path in files:
            (directory / path.name).write_text(path.read_text())
        servers.append(glued.Server(directory, namespace))
        return servers[-1].start(text)

    yield start_one
    for made in servers:
        made.abandon()


def ways(server):
    client = server.link.client
    return {
        "port, IPv4": lambda queries: dnsio.ask_udp((SERVER4, 53), queries, client),
        "port, IPv6": lambda queries: dnsio.ask_udp((SERVER6, 53), queries, client),
        "TCP behind it, IPv4": lambda queries: dnsio.ask_tcp((SERVER4, 53), queries, client),
        "TCP behind it, IPv6": lambda queries: dnsio.ask_tcp((SERVER6, 53), queries, client),
        "loopback UDP, IPv4": lambda queries: dnsio.ask_udp(
            ("127.0.0.1", LOOPBACK), queries, server.namespace),
        "loopback UDP, IPv6": lambda queries: dnsio.ask_udp(
            ("::1", LOOPBACK), queries, server.namespace),
        "loopback TCP, IPv4": lambda queries: dnsio.ask_tcp(
            ("127.0.0.1", LOOPBACK), queries, server.namespace),
        "loopback TCP, IPv6": lambda queries: dnsio.ask_tcp(
            ("::1", LOOPBACK), queries, server.namespace),
    }


def test_every_way_answers_alike(running):
    answers = {way: asked(QUESTIONS) for way, asked in ways(running).items()}
    first_way, first = next(iter(answers.items()))
    assert None not in first
    for way, given in answers.items():
        for question, expected, got in zip(QUESTIONS, first, given):
            assert got == expected, f"{way} and {first_way} differ on {question!r}"


def test_answers_are_right(running):
    client = running.link.client
    www = dnsio.ask((SERVER4, 53), "www.example.com", dnsio.A, client)
    assert www.rcode == dnsio.NOERROR and www.has(dnsio.AA) and len(www.answer) == 2
    referral = dnsio.ask((SERVER6, 53), "pc7.ad.example.com", dnsio.A, client)
    assert not referral.has(dnsio.AA) and not referral.answer
    assert len(referral.authority) == 2 and len(referral.additional) == 3
    nothing = dnsio.ask((SERVER4, 53), "nothing.example.com", dnsio.A, client)
    assert nothing.rcode == dnsio.NXDOMAIN and len(nothing.authority) == 1
    assert dnsio.ask((SERVER4, 53), "example.org", dnsio.A, client).rcode == dnsio.REFUSED


@pytest.mark.parametrize("target", [SERVER4, SERVER6])
def test_ping(running, target):
    out = running.link.client.exec("ping", "-n", "-c", "5", "-i", "0.05", "-W", "5", target)
    assert re.search(r"5 packets transmitted, 5 received", out), out


@pytest.mark.parametrize("target", [SERVER4, SERVER6])
def test_ping_with_a_large_packet(running, target):
    out = running.link.client.exec("ping", "-n", "-c", "2", "-s", "1400", "-W", "5", target)
    assert "2 received" in out, out


@pytest.mark.parametrize("target", [SERVER4, SERVER6])
def test_neighbour_is_found_anew(running, target):
    client = running.link.client
    client.ip("neighbour", "flush", "dev", "eth0")
    assert dnsio.ask((target, 53), "www.example.com", dnsio.A, client).answer
    table = client.ip("neighbour", "show", target)
    assert "lladdr" in table, table


@pytest.mark.parametrize("source,target", [(CLIENT4, SERVER4), (CLIENT6, SERVER6)])
@pytest.mark.parametrize("vlan", [None, 7, 3 << 13 | 4094], ids=["plain", "vlan", "vlan-priority"])
def test_frames(running, source, target, vlan):
    """The reflected frame has the query's tag, addresses turned round and right checksums."""
    wire = frames.Wire(running.link)
    try:
        query = dnsio.query("www.example.com", dnsio.A, number=0x4242)
        wire.send_udp(source, target, 40000, query, vlan)
        answer = wire.receive_udp(40000, glued.PATIENCE)
        assert answer is not None
        tag, from_address, to_address, payload = answer
        assert (tag, from_address, to_address) == (vlan, target, source)
        assert len(dnsio.read_answer(payload).answer) == 2
    finally:
        wire.close()


def test_udp_without_checksum(running):
    """IPv4 allows it (RFC 768)."""
    wire = frames.Wire(running.link)
    try:
        query = dnsio.query("www.example.com", dnsio.A)
        wire.send_udp(CLIENT4, SERVER4, 40001, query, no_checksum=True)
        assert wire.receive_udp(40001, glued.PATIENCE) is not None
    finally:
        wire.close()


def bad_frames(wire):
    """(name, counter it must end in, frame)"""
    query = dnsio.query("www.example.com", dnsio.A)
    good = frames.udp(CLIENT4, SERVER4, 40002, 53, query)
    good6 = frames.udp(CLIENT6, SERVER6, 40002, 53, query)

    def of(ethertype, packet):
        return frames.ethernet(wire.mac, wire.target_mac, ethertype, packet)

    def of4(packet):
        return of(frames.ETH_IP, packet)
    response = query[:2] + b"\x80\0" + query[4:]
    return [
        ("UDP checksum", "drop_checksum",
         of4(frames.ipv4(CLIENT4, SERVER4, frames.udp(CLIENT4, SERVER4, 40002, 53, query, 1)))),
        ("UDP checksum, IPv6", "drop_checksum", of(frames.ETH_IPV6, frames.ipv6(
            CLIENT6, SERVER6, frames.udp(CLIENT6, SERVER6, 40002, 53, query, 1)))),
        ("no UDP checksum, IPv6", "drop_checksum", of(frames.ETH_IPV6, frames.ipv6(
            CLIENT6, SERVER6, frames.udp(CLIENT6, SERVER6, 40002, 53, query,
                                         no_checksum=True)))),
        ("IPv4 checksum", "drop_checksum", of4(frames.ipv4(CLIENT4, SERVER4, good, wrong_by=1))),
        ("IPv4 longer than the frame", "drop_short",
         of4(frames.ipv4(CLIENT4, SERVER4, good, total_length=500))),
        ("IPv6 longer than the frame", "drop_short",
         of(frames.ETH_IPV6, frames.ipv6(CLIENT6, SERVER6, good6, payload_length=500))),
        ("UDP longer than IP", "drop_short", of4(frames.ipv4(
            CLIENT4, SERVER4, good[:4] + b"\x01\x00" + good[6:]))),
        ("UDP shorter than its header", "drop_short", of4(frames.ipv4(
            CLIENT4, SERVER4, good[:4] + b"\x00\x07" + good[6:]))),
        ("DNS shorter than a header", "drop_header", of4(frames.ipv4(
            CLIENT4, SERVER4, frames.udp(CLIENT4, SERVER4, 40002, 53, query[:11])))),
        ("a response", "drop_response", of4(frames.ipv4(
            CLIENT4, SERVER4, frames.udp(CLIENT4, SERVER4, 40002, 53, response)))),
        ("from port 0", "drop_source", of4(frames.ipv4(
            CLIENT4, SERVER4, frames.udp(CLIENT4, SERVER4, 0, 53, query)))),
        ("from a broadcast address", "drop_source", of4(frames.ipv4(
            "255.255.255.255", SERVER4,
            frames.udp("255.255.255.255", SERVER4, 40002, 53, query)))),
        ("from a multicast address", "drop_source", of4(frames.ipv4(
            "224.0.0.1", SERVER4, frames.udp("224.0.0.1", SERVER4, 40002, 53, query)))),
        ("from the unspecified address", "drop_source", of4(frames.ipv4(
            "0.0.0.0", SERVER4, frames.udp("0.0.0.0", SERVER4, 40002, 53, query)))),
        ("from ourselves", "drop_source", of4(frames.ipv4(
            SERVER4, SERVER4, frames.udp(SERVER4, SERVER4, 40002, 53, query)))),
        ("from a multicast address, IPv6", "drop_source", of(frames.ETH_IPV6, frames.ipv6(
            "ff02::1", SERVER6, frames.udp("ff02::1", SERVER6, 40002, 53, query)))),
        ("a fragment", "exception", of4(frames.ipv4(CLIENT4, SERVER4, good, fragment=0x2000))),
        ("another port", "exception", of4(frames.ipv4(
            CLIENT4, SERVER4, frames.udp(CLIENT4, SERVER4, 40002, 54, query)))),
        ("another address", "exception", of4(frames.ipv4(
            CLIENT4, "192.0.2.99", frames.udp(CLIENT4, "192.0.2.99", 40002, 53, query)))),
        ("another protocol", "exception", of(0x88cc, b"\0" * 46)),
    ]


def test_each_bad_frame_is_counted_for_what_it_is(running):
    wire = frames.Wire(running.link)
    try:
        for name, counter, frame in bad_frames(wire):
            before = totals(running)[counter]
            wire.send(frame)
            glued.eventually(lambda: totals(running)[counter] > before, f"{name}: {counter}")
        assert dnsio.ask((SERVER4, 53), "www.example.com", dnsio.A, running.link.client).answer
    finally:
        wire.close()


def test_frames_cut_short_at_every_length(running):
    """No length of a frame does harm, with and without a tag."""
    wire = frames.Wire(running.link)
    try:
        query = dnsio.query("www.example.com", dnsio.A, edns=dnsio.opt())
        for vlan, (source, target) in itertools.product(
                (None, 5), ((CLIENT4, SERVER4), (CLIENT6, SERVER6))):
            datagram = frames.udp(source, target, 40003, 53, query)
            packet, ethertype = (frames.ipv6(source, target, datagram), frames.ETH_IPV6) \
                if ":" in target else (frames.ipv4(source, target, datagram), frames.ETH_IP)
            whole = frames.ethernet(wire.mac, wire.target_mac, ethertype, packet, vlan)
            for length in range(14, len(whole)):
                wire.send(whole[:length])
        assert dnsio.ask((SERVER4, 53), "www.example.com", dnsio.A, running.link.client).answer
    finally:
        wire.close()


def test_ports_are_listed(running):
    port, = running.ctl_json("port", "list")["ports"]
    assert port["driver"] in ("net_af_packet", "net_af_xdp")
    assert port["exception"] == network.Link.tap
