"""DS, the one type that the parent has at the child's apex (RFC 4035 3.1.4.1): parent and child
served together, signed or not, with or without the zone above them; one alone. Answers are those of
Knot DNS and NSD, and of the zone that is named here; the chain from the zone above validates."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import dns.rdatatype
import dns.zone
import pytest

import dnssec_zones
import peers
import server as glued
from test_dnssec import Connection, make_query, validate, view, write_anchor

HEAD = "$TTL 300\n@ SOA ns hostmaster 1 7200 3600 604800 300\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n"
CUT = "{0} NS ns.{0}\nns.{0} A 192.0.2.3\n"
SERVED = ("gpc", "gc", "pc")  # grandparent, parent, child
DENIALS = (None, "nsec", "nsec3", "optout")
FAMILIES = list(itertools.product(SERVED, DENIALS, (None, "nsec3")))
FAMILIES += [("c", None, child) for child in (None, "nsec")]
ASKED = [("c", "DS"), ("c", "SOA"), ("c", "DNSKEY"), ("c", "NS"), ("c", "NSEC"), ("www.c", "A"),
         ("www.c", "DS"), ("x.c", "A"), ("", "DS"), ("", "A"), ("x", "A"), ("www", "DS")]


def top_of(served, denial, child):
    return f"{served}-{denial}-{child}.test.".lower()


def sign(directory, origin, denial, text):
    """The path of the zone's file, and its DS records for the parent."""
    place = directory / origin
    place.mkdir()
    source = place / "unsigned"
    source.write_text(f"$ORIGIN {origin}\n{text}")
    if denial is None:
        return source, ""
    path = dnssec_zones.sign_bind(place, origin, "ecdsa", denial, source)
    return path, (place / f"dsset-{origin}").read_text()


def make_family(directory, served, denial, child):
    """{origin: path} of those that are served."""
    top = top_of(served, denial, child)
    parent, lowest = f"p.{top}", f"c.p.{top}"
    paths = {}
    paths["c"], of_child = sign(directory, lowest, child, HEAD)
    if served == "c":
        return {lowest: paths["c"]}
    paths["p"], of_parent = sign(directory, parent, denial, HEAD + CUT.format("c") +
                                 (of_child if denial else ""))
    if "g" in served:
        paths["g"], _ = sign(directory, top, "nsec", HEAD + CUT.format("p") + of_parent)
    origins = {"g": top, "p": parent, "c": lowest}
    return {origins[zone]: paths[zone] for zone in served}


@pytest.fixture(scope="module")
def zones(tmp_path_factory):
    directory = tmp_path_factory.mktemp("families")
    with ThreadPoolExecutor(2) as pool:
        families = pool.map(lambda family: make_family(directory, *family), FAMILIES)
        return {origin: path for made in families for origin, path in made.items()}


@pytest.fixture(scope="module")
def server(tmp_path_factory, zones):
    running = glued.Server(tmp_path_factory.mktemp("glued"))
    running.address = ("127.0.0.1", peers.free_port())
    running.start(glued.configuration(zones, listen=["%s@%d" % running.address]))
    yield running
    running.stop()


def types_of(section, top):
    """Owner and type of each record; of a signature what it covers, and the signer."""
    found = set()
    for owner, _, rrtype, rdata in section:
        words = rdata.upper().split()
        kind = dns.rdatatype.to_text(rrtype)
        found.add((owner[:-len(top)], f"{kind} {words[0]}" if kind == "RRSIG" else kind))
    return found


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: top_of(*family))
def test_the_parent_answers(server, family):
    served, denial, child = family
    top = top_of(*family)
    answer = view(Connection(server.address).ask(make_query(f"c.p.{top}", "DS")))
    said = types_of(answer["answer"], top)
    authority = types_of(answer["authority"], top)
    assert answer["rcode"] == 0
    if "p" in served and denial and child:
        assert said == {("c.p.", "DS"), ("c.p.", "RRSIG DS")}
        assert not authority
        return
    assert not said
    if served == "gc":
        # The zone above knows more of the parent than the child does, and nothing of the DS.
        assert {("p.", "NS")} <= authority
        assert (("p.", "DS") in authority) == (denial is not None)
        return
    apex, signing = ("p.", denial) if "p" in served else ("c.p.", child)
    assert (apex, "SOA") in authority
    assert ((apex, "RRSIG SOA") in authority) == (signing is not None)
    kinds = {kind for _, kind in authority} - {"SOA", "RRSIG SOA"}
    proof = {None: set(), "nsec": {"NSEC", "RRSIG NSEC"}}.get(signing, {"NSEC3", "RRSIG NSEC3"})
    assert kinds == proof
    assert not proof or signing != "nsec" or ("c.p.", "NSEC") in authority


def test_answers_are_those_of_knot_and_nsd(server, zones, tmp_path):
    running = []
    origins = {origin.rstrip("."): path for origin, path in zones.items()}
    try:
        for kind in (peers.Knot, peers.Nsd):
            running.append(kind(tmp_path / kind.name, origins))
        asked = [Connection(server.address)] + [Connection(peer.address) for peer in running]
        faults = []
        for family in FAMILIES:
            for name, rrtype in ASKED:
                name = ".".join(filter(None, [name, "p", top_of(*family)]))
                ours, knot, nsd = [view(one.ask(make_query(name, rrtype))) for one in asked]
                if rrtype == "SOA":  # KB838151: ours has the addresses of its MNAME
                    ours["additional"] = knot["additional"]
                faults += [(name, rrtype, field, ours[field], knot[field], nsd[field])
                           for field in ours if ours[field] not in (knot[field], nsd[field])]
        assert not faults, "\n".join(map(str, faults[:5]))
    finally:
        for peer in running:
            peer.close()


@pytest.mark.parametrize("denial", DENIALS)
@pytest.mark.parametrize("child", (None, "nsec3"))
def test_the_chain_validates(server, zones, tmp_path, denial, child):
    """From the zone above down to a name of the child."""
    top = top_of("gpc", denial, child)
    anchor = tmp_path / "anchor"
    write_anchor(anchor, dns.zone.from_file(str(zones[top]), top, relativize=False), top)
    is_secure = denial is not None and child is not None
    said = validate(server, top, anchor, "c.p", "DS")
    assert ("; fully validated" in said) == is_secure, said
    if denial in ("nsec", "nsec3") and not child:
        assert "; negative response, fully validated" in said
    said = validate(server, top, anchor, "www.c.p", "A")
    assert ("; fully validated" if is_secure else "; unsigned answer") in said
