"""Three promises, each named for the article about a server that broke it: see docs/conformance.md
for the third."""

import pytest

import dnsio
import peers
import sanitizers
import server as glued

# -- Q160459: delegations may fail -----------------------------------------------------------------

DELEGATIONS = """\
$TTL 300
@ SOA ns1 hostmaster {serial} 3600 900 1209600 300
  NS ns1
ns1 A 192.0.2.53
child NS ns.child
child NS ns.sibling
ns.child A 192.0.2.61
ns.child AAAA 2001:db8::61
sibling NS ns.sibling
ns.sibling A 192.0.2.62
bare NS ns.bare
other TXT "{other}"
"""
GLUE = {(dnsio.wire("ns.child.promise.test"), dnsio.A, bytes([192, 0, 2, 61])),
        (dnsio.wire("ns.child.promise.test"), dnsio.AAAA,
         bytes.fromhex("20010db8000000000000000000000061")),
        (dnsio.wire("ns.sibling.promise.test"), dnsio.A, bytes([192, 0, 2, 62]))}


@pytest.fixture
def promise(tmp_path):
    """promise(text, more): a server of promise.test and of zones with other names."""
    servers = []

    def start(text, more=None):
        server = glued.Server(tmp_path)
        server.address = ("127.0.0.1", peers.free_port())
        servers.append(server)
        texts = {"promise.test": text} | (more or {})
        for name, content in texts.items():
            server.write_zone(f"{name}.zone", content)
        return server.start(glued.configuration({name: f"{name}.zone" for name in texts},
                                                listen=["%s@%d" % server.address]))
    yield start
    for server in servers:
        server.abandon()


def glue(server, tcp=False):
    referral = dnsio.ask(server.address, "www.child.promise.test", dnsio.A, tcp=tcp,
                         edns=dnsio.opt())
    assert referral.rcode == dnsio.NOERROR and not referral.has(dnsio.AA) and not referral.answer
    assert {record[1] for record in referral.authority} == {dnsio.NS}
    return {(record[0], record[1], record[4]) for record in referral.additional}


def test_q160459_missing_glue_is_reported_by_name(promise):
    server = promise(DELEGATIONS.format(serial=1, other="first"))
    line = DELEGATIONS.splitlines().index("bare NS ns.bare") + 1
    server.wait_log(rf"zone\.finding .*promise\.test\.zone:{line}:1: warning: "
                    r"bare\.promise\.test\. NS ns\.bare\.promise\.test\.: .* needs glue")
    assert server.log().count("zone.finding") == 1, server.log()
    server.stop()


def test_q160459_glue_stays_whatever_else_changes(promise):
    """Reloads of the zone with other data changed, of another zone, of the file as it was, and a
    reload that fails."""
    more = {"elsewhere.test": DELEGATIONS.format(serial=1, other="first")}
    server = promise(DELEGATIONS.format(serial=1, other="first"), more)
    assert glue(server) == glue(server, tcp=True) == GLUE
    for serial in range(2, 12):
        server.write_zone("promise.test.zone", DELEGATIONS.format(serial=serial, other=serial))
        server.reload("promise.test")
        assert glue(server) == GLUE
    server.write_zone("elsewhere.test.zone", DELEGATIONS.format(serial=2, other="second"))
    server.reload("elsewhere.test")
    assert glue(server) == GLUE
    server.reload()
    assert glue(server) == GLUE
    server.write_zone("promise.test.zone", "ns.child A 192.0.2.256\n")
    assert server.ctl("zone", "reload", "promise.test").returncode == 1
    assert glue(server) == glue(server, tcp=True) == GLUE
    server.stop()


def test_q160459_each_of_many_missing_is_named(tmp_path):
    """Nobody can mend what is only counted."""
    path = tmp_path / "many.zone"
    children = [f"child{number}" for number in range(25)]
    path.write_text(DELEGATIONS.format(serial=1, other="") +
                    "".join(f"{child} NS ns.{child}\n" for child in children))
    done = sanitizers.run([glued.BUILD / "gluezone", "check", "promise.test", path],
                          capture_output=True, text=True, timeout=glued.PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    unnamed = [child for child in children
               if f"NS ns.{child}.promise.test.: the delegation needs glue" not in done.stdout]
    assert not unnamed, done.stdout


# -- Q244132: event 453, sendto failed -------------------------------------------------------------

UNREACHABLE = ["0.0.0.0", "0.1.2.3", "127.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255",
               "::", "::1", "fe80::1", "ff02::1", "::ffff:192.0.2.1"]


def served_at(address, where):
    """A zone with a name server at that address: its own, or a child's."""
    rrtype = "AAAA" if ":" in address else "A"
    owner = {"apex": "ns1", "glue": "ns.child"}[where]
    return (DELEGATIONS.format(serial=2, other="").replace("bare NS ns.bare\n", "") +
            f"{owner} {rrtype} {address}\n")


@pytest.mark.parametrize("where", ["apex", "glue"])
def test_q244132_unreachable_name_servers_are_reported(promise, where):
    """At the first load, and at each reload that brings one; the zone is served all the same."""
    server = promise(served_at(UNREACHABLE[0], where))
    since = 0
    for address in UNREACHABLE:
        if since:
            server.write_zone("promise.test.zone", served_at(address, where))
            server.reload("promise.test")
        name = {"apex": "ns1", "glue": "ns.child"}[where]
        line = served_at(address, where).count("\n")
        server.wait_log(rf"zone\.finding .*promise\.test\.zone:{line}:1: warning: "
                        rf"name server {name}\.promise\.test\. at {address}: ", since)
        since = server.mark()
        assert dnsio.ask(server.address, "promise.test", dnsio.SOA).rcode == dnsio.NOERROR
    server.stop()


def test_q244132_who_can_be_reached_is_not_reported(promise):
    server = promise(DELEGATIONS.format(serial=1, other="") + "host A 0.0.0.0\nhost AAAA ::1\n")
    server.wait_log("zone.finding")  # the missing glue
    assert "nobody can reach" not in server.log()
    server.stop()


# -- KB838151: a client cannot perform a dynamic update --------------------------------------------

@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_kb838151_the_soa_comes_with_the_primarys_addresses(promise, tcp):
    server = promise(DELEGATIONS.format(serial=1, other="") + "ns1 AAAA 2001:db8::53\n")
    for edns in (b"", dnsio.opt()):
        answer = dnsio.ask(server.address, "promise.test", dnsio.SOA, tcp=tcp, edns=edns)
        assert answer.rcode == dnsio.NOERROR and answer.has(dnsio.AA)
        assert [record[1] for record in answer.answer] == [dnsio.SOA]
        primary = dnsio.wire("ns1.promise.test")
        assert {(record[0], record[1], record[4]) for record in answer.additional} == {
            (primary, dnsio.A, bytes([192, 0, 2, 53])),
            (primary, dnsio.AAAA, bytes.fromhex("20010db8000000000000000000000053"))}
    server.stop()


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
@pytest.mark.parametrize("name", ["ns9.elsewhere.test", "test", ".", "apromise.test"])
def test_kb838151_out_of_zone_is_refused(promise, name, tcp):
    """Whatever the primary of a zone is called: never SERVFAIL, which stops the client."""
    text = DELEGATIONS.format(serial=1, other="").replace("SOA ns1", "SOA ns9.elsewhere.test.")
    server = promise(text)
    for rrtype in (dnsio.A, dnsio.AAAA, dnsio.SOA):
        assert dnsio.ask(server.address, name, rrtype, tcp=tcp).rcode == dnsio.REFUSED
    server.stop()
