"""What is asked of the server and not of a zone: EDNS and its options, class CH, the server's own
name, TSIG with unknown keys. Over UDP and TCP, IPv4 and IPv6, kernel sockets and ports; beside
Knot DNS, NSD and BIND, which have the last word where docs/conformance.md gives it to them."""

import re
import struct
import subprocess
import time

import pytest

import dnsio
import network
import peers
import server as glued
from dnsio import A, AAAA, ANY, FORMERR, NOERROR, NOTAUTH, REFUSED, SOA, TXT

ZONES = {"example.com": "example.com.zone"}
ZONE_FILE = glued.ROOT / "examples" / "zones" / "example.com.zone"
LOOPBACK = 5300
CH = 3
NSID, EXPIRE, COOKIE, KEEPALIVE, EDE, ZONEVERSION = 3, 9, 10, 11, 15, 19
BADCOOKIE = 23
SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"
OTHER_SECRET = "445536bcd2513298075a5d379663c962"
SERVER = """\
server:
  identity: ns1.example.net
  addresses: [192.0.2.53, "2001:db8::53"]
  nsid: "0x0102"
  version: test
  id: ""
  state-dir: .
  control-socket: control.sock
cookies:
  policy: %s
  secrets: [%s]
limits:
  udp-payload-ipv4: 1400
  udp-payload-ipv6: 1220
"""


def configured(text, *secrets, policy="answer"):
    """A configuration with the section "server", and what goes with it, replaced."""
    listed = ", ".join(f'"{secret}"' for secret in secrets)
    return SERVER % (policy, listed) + text[text.index("listen:"):]


def option(code, data=b""):
    return struct.pack("!HH", code, len(data)) + data


def options_of(answer):
    """{code: data} of an answer's OPT."""
    found = {}
    rest = answer.opt[3]
    while rest:
        code, length = struct.unpack_from("!HH", rest)
        assert code not in found
        found[code] = rest[4:4 + length]
        rest = rest[4 + length:]
    return found


@pytest.fixture(scope="module")
def running(link, start):
    text = glued.configuration(
        ZONES, device=glued.dpdk_port(),
        listen=[f"127.0.0.1@{LOOPBACK}", f"::1@{LOOPBACK}", network.SERVER4, network.SERVER6])
    return start(configured(text, SECRET, OTHER_SECRET), link.server, [ZONE_FILE])


@pytest.fixture(params=["port4", "port6", "loopback4", "loopback6", "tcp4", "tcp6"])
def way(request, running, link):
    """(ask, is_tcp, is_ipv6) by each way in."""
    kind, is_ipv6 = request.param[:-1], request.param[-1] == "6"
    if kind == "port":
        address, namespace = (network.SERVER6 if is_ipv6 else network.SERVER4, 53), link.client
    else:
        address, namespace = ("::1" if is_ipv6 else "127.0.0.1", LOOPBACK), link.server

    def ask(name, rrtype, **how):
        return dnsio.ask(address, name, rrtype, namespace, tcp=kind == "tcp", **how)
    return ask, kind == "tcp", is_ipv6


def test_options(way):
    ask, is_tcp, is_ipv6 = way
    asked = (option(NSID) + option(COOKIE, b"abcdefgh") + option(KEEPALIVE) + option(ZONEVERSION) +
             option(EXPIRE) + option(8, b"\0\1\x18\0\xc0\0\2") + option(65001, b"?"))
    answer = ask("example.com", SOA, edns=dnsio.opt(4096, do=True, options=asked, flags=0x7fff))
    assert answer.rcode == NOERROR and answer.has(dnsio.AA)
    payload, version, flags, _ = answer.opt
    assert (payload, version, flags) == (1220 if is_ipv6 else 1400, 0, dnsio.DO)
    found = options_of(answer)
    soa = next(record[4] for record in answer.answer if record[1] == SOA)
    serial, _, _, expire, _ = struct.unpack("!5I", soa[-20:])
    cookie = found.pop(COOKIE)
    assert len(cookie) == 24 and cookie[:12] == b"abcdefgh\1\0\0\0"
    assert abs(struct.unpack("!I", cookie[12:16])[0] - time.time()) < glued.PATIENCE
    expected = {NSID: b"\1\2", EXPIRE: struct.pack("!I", expire),
                ZONEVERSION: b"\2\0" + struct.pack("!I", serial)}
    if is_tcp:
        expected[KEEPALIVE] = struct.pack("!H", 100)
    assert found == expected
    # The cookie is this client's, and does not change what else is answered.
    again = ask("example.com", SOA, edns=dnsio.opt(options=option(COOKIE, cookie)))
    assert again.rcode == NOERROR and options_of(again)[COOKIE][:8] == b"abcdefgh"


def test_chaos(way):
    ask, *_ = way
    for name, text in (("version.bind", b"\4test"), ("version.server", b"\4test"),
                       ("hostname.bind", b"\x0fns1.example.net"), ("id.server", None)):
        answer = ask(name, TXT, rrclass=CH)
        if text is None:
            assert answer.rcode == REFUSED and not answer.answer
        else:
            assert answer.answer == {(dnsio.wire(name), TXT, CH, 0, text)}
            assert answer.rcode == NOERROR and not answer.has(dnsio.AA)
        assert ask(name, A, rrclass=CH).rcode == REFUSED


def test_kb838151_own_name_is_answered_from_any_source(way):
    ask, *_ = way
    own = dnsio.wire("ns1.example.net")
    answer = ask("ns1.example.net", A)
    assert answer.rcode == NOERROR and answer.has(dnsio.AA)
    assert answer.answer == {(own, A, dnsio.IN, 3600, bytes([192, 0, 2, 53]))}
    answer = ask("NS1.example.net", AAAA, edns=dnsio.opt())
    assert {record[1] for record in answer.answer} == {AAAA}
    assert len(ask("ns1.example.net", ANY).answer) == 1
    empty = ask("ns1.example.net", SOA)
    assert empty.rcode == NOERROR and empty.has(dnsio.AA)
    assert not empty.answer and not empty.authority
    refused = ask("www.example.net", A, edns=dnsio.opt())
    assert refused.rcode == REFUSED and options_of(refused) == {EDE: b"\0\x14"}


def tsig(key, algorithm="hmac-sha256"):
    rdata = dnsio.wire(algorithm) + b"\0\0" + struct.pack("!IHH", 1763700000, 300, 32) + \
        b"m" * 32 + struct.pack("!HHH", 0x4711, 0, 0)
    return dnsio.wire(key) + struct.pack("!HHIH", 250, 255, 0, len(rdata)) + rdata


def signed(message, record):
    count = struct.unpack_from("!H", message, 10)[0]
    return message[:10] + struct.pack("!H", count + 1) + message[12:] + record


@pytest.mark.parametrize("opcode", [0, 4, 5])
def test_unknown_key(running, link, opcode):
    """RFC 8945 5.2.1, 5.3.2: NOTAUTH, and a TSIG without a MAC that says BADKEY."""
    plain = dnsio.query("example.com", SOA, flags=opcode << 11, edns=dnsio.opt())
    message = signed(plain, tsig("Key.example"))
    for ask, address in ((dnsio.ask_udp, (network.SERVER4, 53)),
                         (dnsio.ask_tcp, (network.SERVER4, 53))):
        response, = ask(address, [message], link.client)
        answer = dnsio.read_answer(response)
        assert answer.rcode == NOTAUTH and answer.opt and not answer.answer
        (owner, rrtype, rrclass, ttl, rdata), = answer.additional
        assert (owner, rrtype, rrclass, ttl) == (dnsio.wire("key.example"), 250, 255, 0)
        assert rdata == dnsio.wire("hmac-sha256") + struct.pack(
            "!HIHHHHH", 0, 1763700000, 300, 0, 0x4711, 17, 0)
        assert response.endswith(rdata)


# -- what clients and other servers make of it -----------------------------------------------------

def run(namespace, *command):
    with namespace.inside():
        return subprocess.run(command, capture_output=True, text=True, timeout=glued.PATIENCE,
                              stdin=subprocess.DEVNULL).stdout


def test_dig(running, link):
    text = run(link.client, "dig", f"@{network.SERVER4}", "+norec", "+nsid", "+expire",
               "+subnet=192.0.2.0/24", "+cookie=0123456789abcdef", "example.com", "SOA")
    assert "status: NOERROR" in text and "(good)" in text and "NSID: 01 02" in text
    assert "; EXPIRE: " in text and "CLIENT-SUBNET" not in text and "udp: 1400" in text
    text = run(link.client, "dig", f"@{network.SERVER6}", "+norec", "+tcp", "+keepalive",
               "example.com", "NS")
    assert re.search(r"TCP.KEEPALIVE: 10\.0 secs", text), text


def test_kdig(running, link):
    text = run(link.client, "kdig", f"@{network.SERVER4}", "+nsid", "+cookie", "example.com", "A")
    assert "NOERROR" in text and "NSID: 0102" in text and "COOKIE: " in text
    text = run(link.client, "kdig", f"@{network.SERVER4}", "CH", "TXT", "version.bind")
    assert '"test"' in text


class Named(peers.Peer):
    name = "named"
    ready_text = "running"

    def configure(self, zones):
        path = self.directory / "named.conf"
        served = "".join(f'zone "{name}" {{ type primary; file "{file}"; }};\n'
                         for name, file in zones.items())
        path.write_text(
            f'options {{ directory "{self.directory}"; listen-on port {self.address[1]} '
            f'{{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; pid-file none; '
            f'session-keyfile none; cookie-secret "{SECRET}"; notify no; }};\n'
            f"controls {{ }};\n{served}")
        return ["named", "-g", "-c", path, "-n", "1"]


@pytest.fixture
def strict(running, link, start):
    """A server that requires cookies, on another loopback port."""
    text = glued.configuration(ZONES, listen=[f"127.0.0.1@{LOOPBACK + 1}"])
    return start(configured(text, OTHER_SECRET, SECRET, policy="require"), link.server,
                 [ZONE_FILE])


def test_cookies_are_those_of_bind(running, strict, link, tmp_path):
    """RFC 9018: what one server gave, another with the same secret takes."""
    named = Named(tmp_path / "named", {"example.com": ZONE_FILE}, link.server)
    try:
        def ask(address, cookie, tcp=False):
            return dnsio.ask(address, "www.example.com", A, link.server, tcp=tcp,
                             edns=dnsio.opt(options=option(COOKIE, cookie)))
        ours = ("127.0.0.1", LOOPBACK + 1)
        theirs = options_of(ask(named.address, b"abcdefgh"))[COOKIE]
        assert len(theirs) == 24
        assert ask(ours, theirs).rcode == NOERROR
        assert ask(ours, b"abcdefgh").rcode == BADCOOKIE
        assert ask(ours, theirs[:-1] + bytes([theirs[-1] ^ 1])).rcode == BADCOOKIE
        assert ask(ours, b"abcdefgh", tcp=True).rcode == NOERROR
        assert dnsio.ask(ours, "www.example.com", A, link.server).rcode == NOERROR
        # dig comes back by itself.
        text = run(link.server, "dig", "@127.0.0.1", "-p", str(LOOPBACK + 1), "+norec",
                   "www.example.com", "A")
        assert "status: NOERROR" in text and "BADCOOKIE, retrying" in text, text
    finally:
        named.close()


def header(qd=1, an=0, ns=0, ar=0, flags=0):
    return struct.pack("!6H", 0x1234, flags, qd, an, ns, ar)


WWW = dnsio.wire("www.example.com") + b"\0\1\0\1"
# (name, message), where Knot and NSD are of one mind.
ALIKE = [
    ("every flag but QR", header(flags=0x07f0) + WWW),
    ("AD, CD and DO", header(ar=1, flags=0x30) + WWW + dnsio.opt(do=True)),
    ("EDNS version 1", header(ar=1) + WWW + dnsio.opt(version=1, do=True)),
    ("OPT twice", header(ar=2) + WWW + dnsio.opt() + dnsio.opt()),
    ("OPT as an answer", header(an=1) + WWW + dnsio.opt()),
    ("half an option", header(ar=1) + WWW + dnsio.opt(options=b"\0\3\0")),
    ("Client Subnet", header(ar=1) + WWW + dnsio.opt(
        options=option(8, b"\0\1\x18\0\xc0\0\2"))),
    ("unknown options", header(ar=1) + WWW + dnsio.opt(options=option(65001, b"x") * 2)),
    ("not our name", dnsio.query("www.example.org", A, edns=dnsio.opt())),
    ("class CH, not a name of ours", dnsio.query("authors.bind", TXT, CH)),
    ("class CH, type A", dnsio.query("version.bind", A, CH)),
    ("class HS", dnsio.query("www.example.com", A, 4)),
    ("class NONE", dnsio.query("www.example.com", A, 254)),
    ("class 0", dnsio.query("www.example.com", A, 0)),
] + [(f"type {rrtype}", dnsio.query("www.example.com", rrtype, edns=dnsio.opt()))
     for rrtype in (41, 249, 250, 253, 254, 256, 65280, 65535)] + [
    (f"opcode {number}", header(flags=number << 11) + WWW) for number in (1, 2, 3, *range(6, 16))]


def test_alike(running, link, tmp_path):
    """RCODE and flags where Knot and NSD agree; their extended error with REFUSED."""
    trio = [kind(tmp_path / kind.name, {"example.com": ZONE_FILE}, link.server)
            for kind in (peers.Knot, peers.Nsd)]
    try:
        messages = [message for _, message in ALIKE]
        addresses = [("127.0.0.1", LOOPBACK)] + [peer.address for peer in trio]
        answers = [dnsio.ask_udp(address, messages, link.server) for address in addresses]
        for (name, _), ours, *theirs in zip(ALIKE, *answers):
            seen = [(answer.rcode, answer.flags & ~(dnsio.CD | dnsio.RA | 0x40), bool(answer.opt))
                    for answer in map(lambda one: dnsio.read_answer(one, False), (ours, *theirs))]
            if name.startswith("opcode"):
                # NSD answers these with the query's flags as they were.
                seen = [one[0] for one in seen]
            assert seen[1] == seen[2], (name, seen)
            assert seen[0] == seen[1], (name, seen)
            assert dnsio.read_answer(ours).rcode != FORMERR or not dnsio.read_answer(ours).opt
    finally:
        for peer in trio:
            peer.close()
