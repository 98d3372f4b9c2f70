"""Messages that are no good, to each way in: what each is answered with, and that a good question
is answered after each of them."""

import random
import socket
import struct

import pytest

import dnsio
import network
import server as glued
from dnsio import BADVERS, FORMERR, NOERROR, NOTAUTH, NOTIMP, REFUSED

ZONES = {"example.com": "example.com.zone"}
LOOPBACK = 5300
MUTATIONS = 1500
SILENCE = None

WWW = dnsio.wire("www.example.com") + b"\0\1\0\1"
RECORD = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4abcd"
OPT = dnsio.opt()
OPT_HEAD = OPT[:-2]


def header(qd=1, an=0, ns=0, ar=0, flags=0):
    return struct.pack("!6H", 0x1234, flags, qd, an, ns, ar)


def opcode(number, name="example.com", rrtype=dnsio.SOA, **how):
    return dnsio.query(name, rrtype, flags=number << 11, **how)


# (name, message, RCODE over UDP, RCODE over TCP where it is another)
HAND_MADE = [
    # What is no DNS message is not answered: who sent it may be an innocent third.
    ("nothing", b"", SILENCE),
    ("one octet", b"\0", SILENCE),
    ("eleven octets", header()[:11], SILENCE),
    ("a response", header(flags=dnsio.QR) + WWW, SILENCE),
    ("a response, no question", header(qd=0, flags=dnsio.QR), SILENCE),
    ("a response of another opcode", header(flags=dnsio.QR | 5 << 11) + WWW, SILENCE),
    # The question: RFC 1035 4.1.2, RFC 9619.
    ("no question", header(qd=0), FORMERR),
    ("no question, but its octets", header(qd=0) + WWW, FORMERR),
    ("a question announced and none there", header(), FORMERR),
    ("two questions", header(qd=2) + WWW + WWW, FORMERR),
    ("two questions announced, one there", header(qd=2) + WWW, FORMERR),
    ("65535 questions", header(qd=65535) + WWW, FORMERR),
    ("a name without end", header() + b"\3www", FORMERR),
    ("a label longer than the message", header() + b"\x3fwww", FORMERR),
    ("no type", header() + dnsio.wire("www.example.com"), FORMERR),
    ("half a type", header() + dnsio.wire("www.example.com") + b"\0", FORMERR),
    ("no class", header() + dnsio.wire("www.example.com") + b"\0\1", FORMERR),
    ("half a class", header() + dnsio.wire("www.example.com") + b"\0\1\0", FORMERR),
    ("a pointer to itself", header() + b"\xc0\x0c\0\1\0\1", FORMERR),
    ("a pointer into the header", header() + b"\xc0\0\0\1\0\1", FORMERR),
    ("a pointer forward", header() + b"\3www\xc0\x20\0\1\0\1", FORMERR),
    ("half a pointer", header() + b"\3www\xc0", FORMERR),
    ("label type 01 (RFC 6891 5)", header() + b"\x41a\0\0\1\0\1", FORMERR),
    ("label type 10", header() + b"\x81a\0\0\1\0\1", FORMERR),
    ("a name of 256 octets", header() + (b"\x3f" + b"a" * 63) * 3 + b"\x32" + b"b" * 50 +
     dnsio.wire("example.com") + b"\0\1\0\1", FORMERR),
    ("a name of 128 labels", header() + b"\1a" * 128 + b"\0\0\1\0\1", FORMERR),
    # Behind the question.
    ("an answer announced and none there", header(an=1) + WWW, FORMERR),
    ("an authority record announced and none there", header(ns=1) + WWW, FORMERR),
    ("an additional record announced and none there", header(ar=1) + WWW, FORMERR),
    ("65535 records of each", header(an=65535, ns=65535, ar=65535) + WWW, FORMERR),
    ("a record cut short", header(ar=1) + WWW + RECORD[:-1], FORMERR),
    ("octets after the end", header() + WWW + b"abcdef", FORMERR),
    ("octets after OPT", header(ar=1) + WWW + OPT + b"x", FORMERR),
    # OPT: RFC 6891 6.1.1, 6.1.2, 6.1.3.
    ("two OPTs", header(ar=2) + WWW + OPT + OPT, FORMERR),
    ("OPT with an owner", header(ar=1) + WWW + b"\1a" + OPT, FORMERR),
    ("OPT among the answers", header(an=1) + WWW + OPT, FORMERR),
    ("OPT among the authority", header(ns=1) + WWW + OPT, FORMERR),
    ("OPT cut short", header(ar=1) + WWW + OPT[:7], FORMERR),
    ("OPT shorter than it says", header(ar=1) + WWW + OPT_HEAD + b"\0\5a", FORMERR),
    ("an option longer than OPT", header(ar=1) + WWW + OPT_HEAD + b"\0\4\0\3\0\5", FORMERR),
    ("half an option", header(ar=1) + WWW + OPT_HEAD + b"\0\3abc", FORMERR),
    ("an unknown option", header(ar=1) + WWW + OPT_HEAD + b"\0\6\xfd\xe9\0\2ab", NOERROR),
    ("all of EDNS's flags", header(ar=1) + WWW + dnsio.opt(flags=0x7fff), NOERROR),
    ("EDNS with a size of 0", header(ar=1) + WWW + dnsio.opt(0), NOERROR),
    ("EDNS with a size of 65535", header(ar=1) + WWW + dnsio.opt(65535), NOERROR),
    ("EDNS version 1", header(ar=1) + WWW + dnsio.opt(version=1), BADVERS),
    ("EDNS version 255, not our name", header(ar=1) + dnsio.wire("example.org") + b"\0\1\0\1" +
     dnsio.opt(version=255), BADVERS),
    # Flags that a query has no use for are not looked at: RFC 1035 4.1.1, RFC 4035 3.1.6.
    ("TC", header(flags=dnsio.TC) + WWW, NOERROR),
    ("AA and RA", header(flags=dnsio.AA | dnsio.RA) + WWW, NOERROR),
    ("AD and CD", header(flags=dnsio.AD | dnsio.CD) + WWW, NOERROR),
    ("Z", header(flags=0x40) + WWW, NOERROR),
    ("a query with an RCODE", header(flags=3) + WWW, NOERROR),
    # Classes and types.
    ("class CH", dnsio.query("www.example.com", dnsio.A, 3), REFUSED),
    ("class HS", dnsio.query("www.example.com", dnsio.A, 4), REFUSED),
    ("class NONE", dnsio.query("www.example.com", dnsio.A, 254), REFUSED),
    ("class 0", dnsio.query("www.example.com", dnsio.A, 0), REFUSED),
    ("not our name", dnsio.query("www.example.org", dnsio.A), REFUSED),
    ("the root", dnsio.query(".", dnsio.NS), REFUSED),
    ("type 65535", dnsio.query("www.example.com", 65535), NOERROR),
    # Transfers: RFC 5936 2.2.1, 4.2; RFC 1995 2.
    ("AXFR", dnsio.query("example.com", dnsio.AXFR), NOTIMP, REFUSED),
    ("AXFR below the apex", dnsio.query("www.example.com", dnsio.AXFR), NOTIMP, NOTAUTH),
    ("AXFR of a zone that is not ours", dnsio.query("example.org", dnsio.AXFR), NOTIMP, NOTAUTH),
    ("IXFR", dnsio.query("example.com", dnsio.IXFR), REFUSED),
    ("IXFR of a zone that is not ours", dnsio.query("example.org", dnsio.IXFR), NOTAUTH),
    # Opcodes: RFC 1996 3, RFC 2136 3.1.
    ("NOTIFY", opcode(4), REFUSED),
    ("NOTIFY of a zone that is not ours", opcode(4, "example.org"), NOTAUTH),
    ("NOTIFY of no SOA", opcode(4, rrtype=dnsio.A), NOTIMP),
    ("NOTIFY without a question", header(qd=0, flags=4 << 11), FORMERR),
    ("UPDATE", opcode(5), REFUSED),
    ("UPDATE of a zone that is not ours", opcode(5, "example.org"), NOTAUTH),
    ("UPDATE of no SOA", opcode(5, rrtype=dnsio.A), FORMERR),
    ("UPDATE with two zones", header(qd=2, flags=5 << 11) + WWW + WWW, FORMERR),
] + [(f"opcode {number}", opcode(number), NOTIMP) for number in (1, 2, 3, *range(6, 16))] + [
    (f"opcode {number}, header only", header(qd=0, flags=number << 11), NOTIMP)
    for number in (2, 6, 15)]


@pytest.fixture(scope="module")
def running(link, start):
    return start(glued.configuration(ZONES, device=glued.dpdk_port(),
                                     listen=[f"127.0.0.1@{LOOPBACK}", network.SERVER4]),
                 link.server, [glued.ROOT / "examples" / "zones" / "example.com.zone"])


class Udp:
    def __init__(self, address, namespace):
        self.address, self.namespace = address, namespace
        self.opened = dnsio.opened(socket.SOCK_DGRAM, address, namespace)
        self.socket = self.opened.__enter__()
        self.socket.settimeout(glued.PATIENCE)

    def close(self):
        self.opened.__exit__(None, None, None)

    def exchange(self, message, good, is_answered):
        """Sends both; (the response to the first or None, that to the second)."""
        self.socket.send(message)
        self.socket.send(good)
        first = second = None
        while second is None or (is_answered and first is None):
            response = self.socket.recv(65535)
            if response[:2] == good[:2]:
                second = response
            else:
                assert first is None and response[:2] == message[:2], response
                first = response
        return first, second


class Tcp:
    """Silence may be the end of the connection; then the good question goes over a new one."""

    def __init__(self, address, namespace):
        self.address, self.namespace = address, namespace
        self.opened = None

    def connect(self):
        self.close()
        self.opened = dnsio.opened(socket.SOCK_STREAM, self.address, self.namespace)
        self.socket = self.opened.__enter__()
        self.socket.settimeout(glued.PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.opened:
            self.opened.__exit__(None, None, None)
            self.opened = None

    def exchange(self, message, good, is_answered):
        if not self.opened:
            self.connect()
        self.socket.sendall(dnsio.frame(message) + dnsio.frame(good))
        first = second = None
        try:
            while second is None:
                response = dnsio.receive_framed(self.socket)
                if response is None:
                    break
                if response[:2] == good[:2]:
                    second = response
                else:
                    first = response
        except ConnectionResetError:
            pass
        if second is None:
            assert not is_answered, "the connection ended instead of an answer"
            self.connect()
            self.socket.sendall(dnsio.frame(good))
            second = dnsio.receive_framed(self.socket)
        assert first is not None or not is_answered
        return first, second


@pytest.fixture(scope="module", params=["port", "loopback-udp", "tcp", "tcp-behind-port"])
def way(request, running, link):
    made = {
        "port": lambda: Udp((network.SERVER4, 53), link.client),
        "loopback-udp": lambda: Udp(("127.0.0.1", LOOPBACK), link.server),
        "tcp": lambda: Tcp(("127.0.0.1", LOOPBACK), link.server),
        "tcp-behind-port": lambda: Tcp((network.SERVER4, 53), link.client),
    }[request.param]()
    yield made
    made.close()


def good_query(avoid):
    """A question whose number is not the other message's."""
    number = 0x5555 if avoid[:2] != b"\x55\x55" else 0xaaaa
    return dnsio.query("www.example.com", dnsio.A, number=number)


def assert_good(response):
    answer = dnsio.read_answer(response)
    assert answer.rcode == NOERROR and len(answer.answer) == 2


def check_response(message, response):
    """What holds for every response, whatever the query was; its RCODE."""
    answer = dnsio.read_answer(response)
    flags = struct.unpack_from("!H", message, 2)[0]
    assert answer.number == struct.unpack_from("!H", message)[0]
    assert answer.has(dnsio.QR) and not answer.flags & (dnsio.RA | dnsio.AD | dnsio.CD | 0x40)
    assert answer.flags & 0x7900 == flags & 0x7900, "opcode and RD are the query's"
    assert len(answer.question) <= 1
    if answer.rcode not in (NOERROR, dnsio.NXDOMAIN):
        assert not answer.answer and not answer.authority and not answer.additional
    return answer.rcode


def test_hand_made(way):
    for name, message, *expected in HAND_MADE:
        rcode = expected[-1] if isinstance(way, Tcp) else expected[0]
        first, second = way.exchange(message, good_query(message), rcode is not SILENCE)
        assert_good(second)
        if rcode is SILENCE:
            assert first is None, name
        else:
            assert check_response(message, first) == rcode, name


def test_question_comes_back_as_it_was(way):
    """Octet for octet, with its letters' case (RFC 1035 4.1.1; draft-vixie-dnsext-dns0x20)."""
    question = b"\3wWw\7eXaMpLe\3CoM\0\0\1\0\1"
    message = header() + question
    first, _ = way.exchange(message, good_query(message), True)
    assert first[12:12 + len(question)] == question


# -- by chance -------------------------------------------------------------------------------------

SEEDS_OF_MUTATION = [
    dnsio.query("www.example.com", dnsio.A),
    dnsio.query("www.example.com", dnsio.A, edns=dnsio.opt(do=True)),
    dnsio.query("pc7.ad.example.com", dnsio.AAAA, edns=dnsio.opt(4096, options=b"\0\3\0\0")),
    dnsio.query("nothing.example.com", dnsio.MX, edns=dnsio.opt()),
    dnsio.query("ftp.example.com", dnsio.ANY),
    dnsio.query("www.old.example.com", dnsio.A),
    dnsio.query("a.b.dev.example.com", dnsio.TXT, edns=dnsio.opt(512)),
    opcode(5), opcode(4), dnsio.query("example.com", dnsio.IXFR),
    header(1, 1, 1, 1) + WWW + RECORD + RECORD + OPT,
]


def mutated(chance):
    message = bytearray(chance.choice(SEEDS_OF_MUTATION))
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        kind = chance.randrange(8)
        place = chance.randrange(len(message)) if message else 0
        if not message:
            message = bytearray(chance.randbytes(chance.randrange(40)))
        elif kind == 0:
            message[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            message[place] = chance.choice([0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff])
        elif kind == 2:
            del message[place:]
        elif kind == 3:
            message[place:place] = chance.randbytes(chance.choice([1, 2, 11, 300]))
        elif kind == 4:
            count = 4 + 2 * chance.randrange(4)
            message[count:count + 2] = struct.pack("!H", chance.choice([0, 1, 2, 3, 255, 65535]))
        elif kind == 5:
            message[place:place + 2] = struct.pack("!H", 0xc000 | chance.randrange(64))
        elif kind == 6:
            message[place:place] = message[chance.randrange(len(message)):][:40]
        else:
            message[2:4] = chance.randbytes(2)
    return bytes(message[:1200])


def test_mutations(way):
    chance = random.Random(20260101)
    seen = {}
    for number in range(MUTATIONS):
        message = mutated(chance)
        is_answered = len(message) >= 12 and not message[2] & 0x80
        first, second = way.exchange(message, good_query(message), is_answered)
        assert_good(second)
        if is_answered:
            rcode = check_response(message, first)
            assert rcode != dnsio.SERVFAIL, (number, message.hex())
            seen[rcode] = seen.get(rcode, 0) + 1
        else:
            assert first is None, (number, message.hex())
            seen[SILENCE] = seen.get(SILENCE, 0) + 1
    # The mutations reach deep and shallow.
    assert {NOERROR, FORMERR, REFUSED, NOTIMP, SILENCE} <= set(seen), seen


# -- streams that are no DNS -----------------------------------------------------------------------

STREAMS = {
    "nothing": b"",
    "half a length": b"\0",
    "a length of zero": b"\0\0",
    "a length and no message": b"\0\x1d",
    "half a message": dnsio.frame(dnsio.query("www.example.com", dnsio.A))[:20],
    "the longest message, not all of it": b"\xff\xff" + b"a" * 1000,
    "the longest message": b"\xff\xff" + b"a" * 65535,
    "HTTP": b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "TLS": bytes.fromhex("160301020001000" + "1fc0303") + b"a" * 300,
    "many lengths of zero": b"\0\0" * 5000,
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("end", ["fin", "reset"])
def test_streams(running, name, end):
    address = ("127.0.0.1", LOOPBACK)
    with dnsio.opened(socket.SOCK_STREAM, address, running.namespace) as sock:
        try:
            sock.sendall(STREAMS[name])
            if end == "fin":
                sock.shutdown(socket.SHUT_WR)
                sock.settimeout(glued.PATIENCE)
                while sock.recv(65535):
                    pass
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (ConnectionResetError, BrokenPipeError):
            pass  # the server may be the first to have enough
    assert dnsio.ask(address, "www.example.com", dnsio.A, running.namespace, tcp=True).answer
