"""The same zones served by glued, Knot DNS and NSD; every owner and type in use, and names that are
not there, asked of all three. What may differ is listed in docs/conformance.md."""

import dataclasses
import itertools
import re

import pytest

import dnsio
import peers
import sanitizers
import server as glued
import zonegen

GOOD = glued.ROOT / "tests" / "zones" / "good"
SEEDS = range(1, 46)

# (name, OPT record, the size that an answer over UDP may have)
EDNS = [("plain", b"", 512), ("edns-1232", dnsio.opt(1232), 1232),
        ("edns-do", dnsio.opt(1232, do=True), 1232), ("edns-512", dnsio.opt(512), 512)]
FIELDS = ("rcode", "flags", "question", "answer", "authority", "additional")
# Answers of other servers may be a little longer or shorter than ours for the same records.
COMPRESSION_SLACK = 128
SRV, NAPTR, SVCB, HTTPS, L32, L64, LP = 33, 35, 64, 65, 105, 106, 107


def name_at(at):
    return lambda owner, rdata: dnsio.read_name(rdata, at)[0]


def naptr_replacement(owner, rdata):
    at = 4
    for _ in range(3):  # flags, service, regular expression
        at += 1 + rdata[at]
    return dnsio.read_name(rdata, at)[0]


def svcb_target(owner, rdata):
    """The owner, where the target is the root; otherwise the peers are of our mind."""
    return owner if rdata[2] == 0 else None


# {kind of difference: (types in the answer, which name of owner and RDATA, types that we add of this
# name and the peers do not)}
ADDED = {
    "soa-addresses": ([dnsio.SOA], name_at(0), {dnsio.A, dnsio.AAAA}),
    "afsdb-addresses": ([dnsio.AFSDB], name_at(2), {dnsio.A, dnsio.AAAA}),
    "naptr-rules": ([NAPTR], naptr_replacement, {dnsio.A, dnsio.AAAA, SRV}),
    "lp-locators": ([LP], name_at(2), {L32, L64}),
    "svcb-owner": ([SVCB, HTTPS], svcb_target, {dnsio.A, dnsio.AAAA}),
}
# Servers give up after different numbers of aliases, none before this many.
CHAIN_MIN = 4


def allowed_kinds():
    """The first column of the table in docs/conformance.md."""
    page = (glued.ROOT / "docs" / "conformance.md").read_text()
    return set(re.findall(r"^\| `([\w-]+)` \|", page, re.M))


def good_zones():
    """[(origin, path)] of the zone files that must load; each names its origin in its first
    line."""
    found = []
    for path in sorted(GOOD.glob("*.zone")):
        first = path.read_text(errors="replace").split("\n", 1)[0]
        match = re.match(r"; origin: (\S+)", first)
        assert match, f"{path} does not begin with '; origin: NAME'"
        found.append((match[1].rstrip(".").lower() or ".", path))
    return found


def rounds(zones):
    """Several files may be of one origin: as many rounds as the most frequent has files."""
    result = []
    for origin, path in zones:
        place = next((one for one in result if origin not in one), None)
        if place is None:
            place = {}
            result.append(place)
        place[origin] = path
    return result


def escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Trio:
    """glued and the two peers, each with the same zones, on loopback ports of their own."""

    def __init__(self, directory, zones):
        self.server = glued.Server(directory)
        self.address = ("127.0.0.1", peers.free_port())
        self.peers = []
        try:
            self.server.start(glued.configuration(
                {escape(name): path for name, path in zones.items()},
                listen=["%s@%d" % self.address]))
            # The peers do not read all that we read: they get the canonical text.
            texts = {}
            for number, (name, path) in enumerate(zones.items()):
                texts[name] = directory / f"canonical{number}.zone"
                texts[name].write_text(canonical(name, path))
            for kind in (peers.Knot, peers.Nsd):
                self.peers.append(kind(directory / kind.name, texts))
            self.records = {name: read_canonical(path) for name, path in texts.items()}
        except BaseException:
            self.close()
            raise

    def addresses(self):
        return [self.address] + [peer.address for peer in self.peers]

    def close(self):
        for peer in self.peers:
            peer.close()
        self.server.abandon()


def canonical(name, path):
    done = sanitizers.run([glued.BUILD / "gluezone", "print", name, path], capture_output=True,
                          text=True, timeout=glued.PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_canonical(path):
    """{(owner in wire form, type)} of the one-record-a-line text."""
    import dns.name
    import dns.rdatatype
    pairs = set()
    for line in path.read_text().splitlines():
        owner, _, _, rrtype = line.split(None, 4)[:4]  # an empty APL has nothing behind it
        pairs.add((dns.name.from_text(owner).to_wire().lower(),
                   int(dns.rdatatype.from_text(rrtype))))
    return pairs


def questions(origin_records):
    """Every owner and every ancestor of one, and names absent beside and below each, with every
    type in use, one that nobody has, and ANY."""
    owners = {owner for owner, _ in origin_records}
    apex = min(owners, key=len)
    names = set()
    for owner in owners:
        at = 0
        while len(owner) - at >= len(apex):
            names.add(owner[at:])
            if owner[at] == 0:
                break
            at += 1 + owner[at]
    absent = set()
    for name in names:
        for prefix in (b"\x06absent", b"\x01a", b"\x01*", b"\x01x\x01a", b"\x01x\x06absent"):
            if len(name) + len(prefix) <= 255:
                absent.add(prefix + name)
    types = {rrtype for _, rrtype in origin_records} | {dnsio.ANY, 65280, 43}
    everywhere = itertools.product(sorted(names), sorted(types))
    # What is not there looks alike for most types.
    few = [dnsio.A, dnsio.MX, dnsio.CNAME, dnsio.ANY]
    return list(everywhere) + list(itertools.product(sorted(absent - names), few))


# -- comparing -------------------------------------------------------------------------------------


def fields(answer):
    return {name: getattr(answer, name) for name in FIELDS}


def without_apex_ns(nsd, knot):
    """NSD adds the zone's NS and their addresses to each positive answer, Knot and we do not. RFC
    1034 section 4.3.2 asks for neither, so that this is no difference about the question."""
    if not nsd.answer or knot.authority or any(record[1] != dnsio.NS for record in nsd.authority):
        return nsd
    servers = {record[4] for record in nsd.authority}
    added = {record for record in nsd.additional - knot.additional if record[0] in servers}
    return dataclasses.replace(nsd, authority=frozenset(), additional=nsd.additional - added)


class Case:
    """One question and what the three said to it."""

    def __init__(self, name, rrtype, size, messages, full):
        self.name, self.rrtype, self.size = name, rrtype, size
        self.ours = dnsio.read_answer(messages[0])
        self.knot, nsd = (dnsio.read_answer(peer, is_strict=False) for peer in messages[1:])
        self.nsd = without_apex_ns(nsd, self.knot)
        self.full = full  # Knot's answer where there is room enough; or None

    def difference(self):
        """None, or the kind of difference, or "" for one of no kind."""
        if self.is_alike(fields(self.ours)):
            return None
        for kind, rule in ADDED.items():
            if self.is_alike_without(*rule):
                return kind
        if self.is_endless_chain():
            return "endless-chain"
        full = self.full() if self.full else None
        if full and full.length > self.size - COMPRESSION_SLACK and self.is_cut_rightly(full):
            return "additional-fits" if full.answer else "referral-glue"
        return ""

    def is_alike(self, ours):
        """Equal to one of the peers as a whole, and to both in each field where they agree."""
        knot, nsd = fields(self.knot), fields(self.nsd)
        return (ours in (knot, nsd)
                and all(ours[name] == knot[name] for name in FIELDS if knot[name] == nsd[name]))

    def is_alike_without(self, asked, name_of, rrtypes):
        """Alike, but for what we add: records of some types of the names that the answer leads to."""
        names = {name_of(record[0], record[4])
                 for record in self.ours.answer if record[1] in asked}
        added = self.ours.additional - self.knot.additional
        if not added or any(owner not in names or found not in rrtypes
                            for owner, found, *_ in added):
            return False
        return self.is_alike(
            fields(dataclasses.replace(self.ours, additional=self.ours.additional - added)))

    def is_endless_chain(self):
        """All three follow the chain, give up without an error, and differ only in when."""
        answers = (self.ours, self.knot, self.nsd)
        if any(answer.rcode != dnsio.NOERROR or answer.authority or answer.additional
               for answer in answers):
            return False
        if any(record[1] not in (dnsio.CNAME, dnsio.DNAME) for answer in answers
               for record in answer.answer):
            return False
        longest = max((self.knot.answer, self.nsd.answer), key=len)
        return len(longest) > CHAIN_MIN and (
            self.ours.answer <= longest or self.ours.answer >= longest)

    def is_cut_rightly(self, full):
        """The rules of RFC 2181 section 9 and RFC 9471 section 3 for what does not fit whole."""
        ours = self.ours
        if ours.length > self.size or ours.rcode != full.rcode:
            return False
        if ours.flags & ~dnsio.TC != full.flags & ~dnsio.TC:
            return False
        if ours.has(dnsio.TC):
            return (ours.answer <= full.answer and ours.authority <= full.authority
                    and ours.additional <= full.additional)
        # Without TC nothing but optional records is missing: no glue of a referral.
        is_referral = not full.answer and any(record[1] == dnsio.NS for record in full.authority)
        return (ours.answer == full.answer and ours.authority == full.authority
                and ours.additional <= full.additional
                and not (is_referral and ours.additional != full.additional))

    def __str__(self):
        lines = [f"{self.name!r} type {self.rrtype} within {self.size} octets"]
        for who in ("ours", "knot", "nsd"):
            answer = getattr(self, who)
            lines.append(f"  {who}: rcode {answer.rcode} flags {answer.flags:04x} "
                         f"length {answer.length}")
            for section in ("answer", "authority", "additional"):
                lines += [f"    {section}: {owner} {ttl} {rrtype} {rdata!r}" for
                          owner, rrtype, _, ttl, rdata in sorted(getattr(answer, section))]
        return "\n".join(lines)


def compare(trio, asked, names, edns_name, edns, size):
    """Asks all; [(kind, Case)] of what differs, and how many were asked."""
    messages = [dnsio.query(name, rrtype, edns=edns) for name, rrtype in names]
    answers = [asked(address, messages) for address in trio.addresses()]
    differing = []
    for (name, rrtype), query, *given in zip(names, messages, *answers):
        if None in given:
            differing.append(("silence", f"{name!r} {rrtype} {edns_name}: {given}"))
            continue
        if given[0] == given[1]:
            continue

        def full(query=query):
            message, = dnsio.ask_tcp(trio.peers[0].address, [query])
            return dnsio.read_answer(message, is_strict=False)
        try:
            case = Case(name, rrtype, size, given, full)
        except dnsio.Malformed as fault:
            differing.append((str(fault), f"{name!r} {rrtype} {edns_name}: {given[0].hex()[:400]}"))
            continue
        check_opt(case, edns)
        kind = case.difference()
        if kind is not None:
            differing.append((kind, case))
    return differing


def check_opt(case, edns):
    """OPT comes back if it was sent, with version 0, DO as it was, and no other flag."""
    if not edns:
        assert case.ours.opt == (), case
    else:
        _, version, flags, options = case.ours.opt
        assert (version, flags, options) == (0, case.knot.opt[2], b""), case


def assert_alike(trio, tcp):
    asked = dnsio.ask_tcp if tcp else dnsio.ask_udp
    allowed = allowed_kinds()
    bad = []
    count = 0
    for name, records in trio.records.items():
        names = questions(records)
        for edns_name, edns, size in EDNS[:1] if tcp else EDNS:
            differing = compare(trio, asked, names, edns_name, edns, 65535 if tcp else size)
            count += len(names)
            bad += [f"{kind or 'of no kind'}: {case}" for kind, case in differing
                    if kind not in allowed]
    if bad:
        pytest.fail(f"{len(bad)} of {count} answers differ:\n" + "\n".join(bad[:5]), False)
    assert count > 1000


# -- the tests -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trios(tmp_path_factory):
    """Started when asked for, and kept: {name: Trio}."""
    running = {}

    def get(name, zones):
        if name not in running:
            directory = tmp_path_factory.mktemp(name)
            running[name] = Trio(directory, zones)
        return running[name]

    yield get
    for trio in running.values():
        try:
            trio.server.stop()
        finally:
            trio.close()


def generated(directory):
    zones = {}
    for seed in SEEDS:
        origin, text = zonegen.make(seed)
        zones[origin] = directory / f"{origin}.zone"
        zones[origin].write_text(text)
    return zones


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_generated_zones(trios, tmp_path_factory, tcp):
    trio = trios("generated", generated(tmp_path_factory.mktemp("zones")))
    assert_alike(trio, tcp)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("place", range(len(rounds(good_zones()))))
def test_good_zones(trios, place, tcp):
    assert_alike(trios(f"good{place}", rounds(good_zones())[place]), tcp)


def test_the_test_can_fail(trios, tmp_path_factory):
    """A record changed behind our back is seen."""
    trio = trios("generated", generated(tmp_path_factory.mktemp("zones")))
    name = next(iter(trio.records))
    queries = [dnsio.query(owner, rrtype) for owner, rrtype in sorted(trio.records[name])]
    given = [asked for asked in zip(*(dnsio.ask_udp(address, queries)
                                      for address in trio.addresses()))]
    seen = 0
    for query, (ours, knot, nsd) in zip(queries, given):
        changed = ours[:-1] + bytes([ours[-1] ^ 1])
        try:
            case = Case(query, 0, 65535, (changed, knot, nsd), None)
        except dnsio.Malformed:
            continue
        assert case.difference() == "", case
        seen += 1
    assert seen > 0
