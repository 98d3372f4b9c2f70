"""Signed zones: what three signers made, with three algorithms and three denials, validates with
delv whatever is asked; answers are those of Knot DNS and NSD; what does not fit is said with TC."""

import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.zone
import pytest

import dnssec_zones
import peers
import proofs
import server as glued

TYPES = ["A", "NS", "MX", "DS", "CNAME", "TXT", "SOA", "NSEC", "DNSKEY", "SRV", "TYPE65280"]
PROVED_TYPES = ["A", "DS", "TXT", "NSEC"]
BELOW = [(), (b"www",), (b"*",)]


class Connection:
    """Questions over TCP, one after the other."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.create_connection(address, timeout=glued.PATIENCE)

    def read(self, count):
        octets = b""
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            assert more, f"{self.address} closed the connection"
            octets += more
        return octets

    def ask(self, query):
        wire = query.to_wire()
        self.socket.sendall(len(wire).to_bytes(2, "big") + wire)
        return dns.message.from_wire(self.read(int.from_bytes(self.read(2), "big")))


def ask_udp(address, query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(glued.PATIENCE)
        asking.connect(address)
        asking.send(query.to_wire())
        wire = asking.recv(65536)
        return dns.message.from_wire(wire, ignore_trailing=False), len(wire)


def make_query(name, rrtype, payload=4096):
    query = dns.message.make_query(name, rrtype, want_dnssec=True, payload=payload)
    query.flags = 0
    return query


def records(section):
    """In lower case: each server keeps that of RDATA as it likes."""
    return frozenset((rrset.name.to_text().lower(), rrset.ttl, rrset.rdtype, rdata.to_text().lower())
                     for rrset in section for rdata in rrset)


def view(message):
    return {"rcode": message.rcode(), "flags": message.flags & (dns.flags.AA | dns.flags.TC),
            "answer": records(message.answer), "authority": records(message.authority),
            "additional": records(message.additional)}


@pytest.fixture(scope="module")
def zones(tmp_path_factory):
    return dnssec_zones.sign_all(tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="module")
def server(tmp_path_factory, zones):
    """glued on a loopback port, with all of the zones."""
    running = glued.Server(tmp_path_factory.mktemp("glued"))
    running.address = ("127.0.0.1", peers.free_port())
    running.start(glued.configuration(zones, listen=["%s@%d" % running.address]))
    yield running
    running.stop()


def names_of(zone):
    """Owners, empty non-terminals, and what is not there."""
    found = set()
    for name in zone.nodes:
        name = name.derelativize(zone.origin)
        while name != zone.origin.parent():
            found.add(name)
            name = name.parent()
    return sorted({dns.name.Name(below + name.labels) for name in found for below in BELOW
                   if len(name.to_wire()) + 7 <= 255})


@pytest.mark.parametrize("denial", dnssec_zones.DENIALS)
def test_answers_are_those_of_knot_and_nsd(server, zones, tmp_path, denial):
    origin = f"bind-ed25519-{denial}.test."
    zone = dns.zone.from_file(str(zones[origin]), origin, relativize=False)
    running = []
    try:
        for kind in (peers.Knot, peers.Nsd):
            running.append(kind(tmp_path / kind.name, {origin.rstrip("."): zones[origin]}))
        asked = [Connection(server.address)] + [Connection(peer.address) for peer in running]
        apex_ns = view(asked[2].ask(make_query(zone.origin, "NS")))["answer"]
        faults = []
        for name in names_of(zone):
            for rrtype in TYPES:
                query = make_query(name, rrtype)
                ours, knot, nsd = [view(one.ask(query)) for one in asked]
                nsd["authority"] -= apex_ns  # which NSD adds to answers of another type
                if rrtype == "SOA":  # KB838151: ours has the addresses of its MNAME
                    ours["additional"] = knot["additional"]
                faults += [(name.to_text(), rrtype, field, ours[field], knot[field], nsd[field])
                           for field in ours if ours[field] not in (knot[field], nsd[field])]
        assert not faults, "\n".join(map(str, faults[:5]))
    finally:
        for peer in running:
            peer.close()


def test_nothing_needed_is_missing_without_tc(server, zones):
    """RFC 4035 3.1.1: signatures and proofs are needed, additional records are not."""
    origin = "bind-rsa-nsec3.test."
    zone = dns.zone.from_file(str(zones[origin]), origin, relativize=False)
    whole = Connection(server.address)
    truncated = 0
    for name in names_of(zone):
        for rrtype in ("A", "MX", "DS", "TXT"):
            expected = view(whole.ask(make_query(name, rrtype)))
            for payload in (512, 1232):
                message, length = ask_udp(server.address, make_query(name, rrtype, payload))
                got = view(message)
                assert length <= payload
                if got["flags"] & dns.flags.TC:
                    truncated += 1
                    continue
                assert got["answer"] == expected["answer"], (name, rrtype)
                assert got["authority"] == expected["authority"], (name, rrtype)
                assert got["additional"] <= expected["additional"], (name, rrtype)
                check_signed_whole(got["additional"], expected["additional"])
    assert truncated > 0


def check_signed_whole(got, expected):
    """An additional RRset and its signatures are there both or neither."""
    rrsig = int(dns.rdatatype.RRSIG)
    signed = {(owner, rdata.split()[0].upper()) for owner, _, rrtype, rdata in expected
              if rrtype == rrsig}
    there = {(owner, dns.rdatatype.to_text(rrtype)) for owner, _, rrtype, _ in got}
    covered = {(owner, rdata.split()[0].upper()) for owner, _, rrtype, rdata in got
               if rrtype == rrsig}
    assert there & signed == covered


def check_minimal(checker, answer, name):
    """Without any one of its denials the answer is not proved."""
    whole = answer.authority
    for owner in {rrset.name for rrset in whole if rrset.rdtype in proofs.DENIALS}:
        answer.authority = [rrset for rrset in whole if rrset.name != owner or not
                            proofs.DENIALS & {rrset.rdtype, rrset.covers}]
        with pytest.raises(proofs.Unproved):
            checker.check(answer, name, dns.rdatatype.A)
    answer.authority = whole


@pytest.mark.parametrize("signer", dnssec_zones.SIGNERS)
@pytest.mark.parametrize("denial", dnssec_zones.DENIALS)
def test_every_answer_is_proved(server, zones, signer, denial):
    """Of every name, its neighbours and ancestors, with dnspython."""
    origin = f"{signer}-ed25519-{denial}.test."
    zone = dns.zone.from_file(str(zones[origin]), origin, relativize=False)
    connection = Connection(server.address)
    checker = proofs.Checker(zone)
    faults = []
    for name in names_of(zone):
        for rrtype in PROVED_TYPES:
            answer = connection.ask(make_query(name, rrtype))
            try:
                checker.check(answer, name, dns.rdatatype.from_text(rrtype))
                # Where names may be opted out, less may do for some answers.
                if rrtype == "A" and signer == "bind" and denial != "optout":
                    check_minimal(checker, answer, name)
            except (proofs.Unproved, dns.exception.DNSException) as error:
                faults.append(f"{name} {rrtype}: {error!r}\n{answer}")
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:3])


def write_anchor(path, zone, origin):
    keys = [key.to_text().split(None, 3) for key in zone.get_rdataset(zone.origin, "DNSKEY")
            if key.flags & 1]
    path.write_text("trust-anchors {\n" + "".join(
        f'"{origin}" static-key {flags} {protocol} {algorithm} "{key}";\n'
        for flags, protocol, algorithm, key in keys) + "};\n")


def validate(server, origin, anchor, name, rrtype):
    full = origin if name == "@" else f"{name}.{origin}"
    done = subprocess.run(
        ["delv", f"@{server.address[0]}", "-p", str(server.address[1]), "-a", anchor,
         f"+root={origin}", full, rrtype], capture_output=True, text=True, timeout=60)
    return f"{name} {rrtype}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("signer", dnssec_zones.SIGNERS)
@pytest.mark.parametrize("denial", dnssec_zones.DENIALS)
def test_answers_validate(server, zones, tmp_path, signer, denial):
    faults = []
    questions = ([(question, "; ") for question in dnssec_zones.ANSWERED] +
                 [(question, "; negative response, ") for question in dnssec_zones.DENIED])
    # RFC 5155 9.2: opt-out proves no more than that nothing but an unsigned delegation is there.
    proved = {"fully validated"} | ({"unsigned answer"} if denial == "optout" else set())
    with ThreadPoolExecutor(2) as pool:
        for turn, algorithm in enumerate(dnssec_zones.ALGORITHMS):
            asked = questions[turn::len(dnssec_zones.ALGORITHMS)]  # delv takes its time
            origin = f"{signer}-{algorithm}-{denial}.test."
            zone = dns.zone.from_file(str(zones[origin]), origin, relativize=False)
            anchor = tmp_path / f"{algorithm}.anchor"
            write_anchor(anchor, zone, origin)
            said = pool.map(lambda one: validate(server, origin, anchor, *one[0]), asked)
            faults += [f"{origin} {text}" for (_, kind), text in zip(asked, said)
                       if not any(kind + how in text for how in proved)]
    assert not faults, "\n".join(faults[:8])
