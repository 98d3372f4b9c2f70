"""gluezone check of signed zones: silent about good ones, whoever signed them; and each kind of damage
named, at its line, and nothing else. What kzonecheck, dnssec-verify and ldns-verify-zone say is compared.
"""

import dataclasses
import os
import pathlib
import random
import re
import shutil
import subprocess
import typing

import dns.rdatatype
import dns.zone
import pytest

import dnssec_zone
import sanitizers
from dnssec_zone import DENIALS, ORIGIN

ROOT = pathlib.Path(__file__).resolve().parents[2]
GLUEZONE = pathlib.Path(os.environ.get("GLUED_BUILD", ROOT / "build")) / "gluezone"
FINDING = re.compile(r"(?P<file>.*):(?P<line>\d+):\d+: (?P<severity>error|warning): (?P<text>.*)")

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("dnssec-signzone", "dnssec-keygen")),
    reason="needs dnssec-signzone",
)


def check(path, *options, origin=ORIGIN):
    return sanitizers.run(
        [GLUEZONE, "check", *options, origin, path], capture_output=True, text=True, timeout=120
    )


def findings(result):
    matches = [FINDING.fullmatch(line) for line in result.stdout.splitlines()]
    assert all(matches), result.stdout
    return [(int(m["line"]), f"{m['severity']}: {m['text']}") for m in matches]


def assert_silent(path, *options):
    result = check(path, "--verify-signatures", *options)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


# What others say of a zone: is there a fault?

ORACLES = {
    "dnssec-verify": lambda path: ["dnssec-verify", "-q", "-z", "-o", ORIGIN, path],
    "kzonecheck": lambda path: ["kzonecheck", "-o", ORIGIN, path],
    "ldns-verify-zone": lambda path: ["ldns-verify-zone", path],
}


def is_faulty_to(oracle, path):
    return subprocess.run(ORACLES[oracle](path), capture_output=True, timeout=60).returncode != 0


def installed(tool):
    return shutil.which(tool) is not None


# -- good zones --------------------------------------------------------------------------------------


@pytest.mark.parametrize("denial", DENIALS)
@pytest.mark.parametrize(
    "algorithm",
    ["NSEC3RSASHA1", "RSASHA256", "RSASHA512", "ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "ED448"],
)
def test_zones_of_dnssec_signzone(algorithm, denial, tmp_path):
    dnssec_zone.generate_key(tmp_path, algorithm, "-f", "KSK")
    dnssec_zone.generate_key(tmp_path, algorithm)
    assert_silent(dnssec_zone.sign(tmp_path, denial, tmp_path / "signed.zone"))


def test_zone_of_two_algorithms(tmp_path):
    for algorithm in ("RSASHA256", "ED25519"):
        dnssec_zone.generate_key(tmp_path, algorithm, "-f", "KSK")
        dnssec_zone.generate_key(tmp_path, algorithm)
    assert_silent(dnssec_zone.sign(tmp_path, "nsec", tmp_path / "signed.zone"))


@pytest.mark.skipif(not installed("ldns-signzone"), reason="needs ldns-signzone")
@pytest.mark.parametrize("options", [[], ["-n", "-t", "0"], ["-n", "-t", "0", "-p"]], ids=DENIALS)
def test_zones_of_ldns_signzone(options, tmp_path):
    key = dnssec_zone.run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", ORIGIN, cwd=tmp_path).strip()
    (tmp_path / "unsigned.zone").write_text(f"$ORIGIN {ORIGIN}\n" + dnssec_zone.TEXT)
    dnssec_zone.run("ldns-signzone", *options, "-o", ORIGIN, "-f", "signed.zone", "unsigned.zone", key,
                    cwd=tmp_path)
    assert_silent(tmp_path / "signed.zone")


@pytest.mark.skipif(not installed("kzonesign"), reason="needs kzonesign")
@pytest.mark.parametrize("denial", DENIALS)
def test_zones_of_kzonesign(denial, tmp_path):
    """With CDS, CDNSKEY and a digest, which Knot makes too."""
    (tmp_path / "zone").write_text(dnssec_zone.TEXT)
    (tmp_path / "knot.conf").write_text(f"""\
server:
  rundir: {tmp_path}
database:
  storage: {tmp_path}
policy:
  - id: default
    algorithm: ecdsap256sha256
    nsec3: {"off" if denial == "nsec" else "on"}
    nsec3-iterations: 0
    nsec3-salt-length: 0
    nsec3-opt-out: {"on" if denial == "optout" else "off"}
    cds-cdnskey-publish: always
zone:
  - domain: {ORIGIN}
    storage: {tmp_path}
    file: zone
    dnssec-signing: on
    dnssec-policy: default
    zonemd-generate: zonemd-sha384
""")
    (tmp_path / "signed").mkdir()
    dnssec_zone.run("kzonesign", "-c", "knot.conf", "-o", "signed", ORIGIN, cwd=tmp_path)
    signed = tmp_path / "signed" / "zone"
    assert "ZONEMD" in signed.read_text() and "CDNSKEY" in signed.read_text()
    assert_silent(signed)


# -- damage ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    return dnssec_zone.Signer.new(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def signed_texts(signer, tmp_path_factory):
    directory = tmp_path_factory.mktemp("signed")
    return {
        denial: dnssec_zone.sign(signer.directory, denial, directory / denial, "-z").read_text()
        for denial in DENIALS
    }


@dataclasses.dataclass
class Damage:
    do: typing.Callable
    denial: str
    blind: set
    options: list


DAMAGES = {}


def damage(denial="nsec", blind=(), options=()):
    """A function that damages a zone and returns what is to be found: (line, text's beginning).
    `blind` are the other programs that may see nothing wrong there: Debian 12's do not."""

    def note(function):
        DAMAGES[function.__name__] = Damage(function, denial, set(blind), list(options))
        return function

    return note


WEEK = 7 * 24 * 3600


@damage()
def rrsig_missing(zone):
    zone.drop("mail", "RRSIG", "A")
    return [(zone.place("mail", "A"), "warning: mail.example.com. A is not signed")]


@damage(blind={"kzonecheck"})
def rrsig_missing_at_soa(zone):
    zone.drop("@", "RRSIG", "SOA")
    return [(zone.place("@", "SOA"), "warning: example.com. SOA is not signed")]


@damage()
def rrsig_missing_at_ds(zone):
    zone.drop("secure", "RRSIG", "DS")
    return [(zone.place("secure", "DS"), "warning: secure.example.com. DS is not signed")]


@damage()
def rrsig_missing_at_nsec_of_cut(zone):
    zone.drop("insecure", "RRSIG", "NSEC")
    return [(zone.place("insecure", "NSEC"), "warning: insecure.example.com. NSEC is not signed")]


@damage()
def rrsig_expired(zone):
    zone.sign("mail", "A", inception=-2 * WEEK, lifetime=WEEK)
    return [(zone.place("mail", "RRSIG", "A"),
             "warning: mail.example.com. A has a signature that expired at 20")]


@damage()
def rrsig_early(zone):
    zone.sign("mail", "A", inception=WEEK, lifetime=WEEK)
    return [(zone.place("mail", "RRSIG", "A"),
             "warning: mail.example.com. A has a signature that is not valid before 20")]


@damage(options=["--verify-signatures"])
def rrsig_of_other_data(zone):
    index = zone.find("mail", "A")[0]
    zone.lines[index] = zone.lines[index].replace("192.0.2.2", "192.0.2.3")
    return [(zone.place("mail", "RRSIG", "A"),
             "warning: mail.example.com. A has a signature by key")]


@damage(options=["--verify-signatures"])
def rrsig_of_other_octets(zone):
    signature = zone.rdata("mail", "RRSIG", "A").split(" ", 8)[8]
    zone.edit_field("mail", "A", 8, ("A" if signature[0] != "A" else "B") + signature[1:])
    return [(zone.place("mail", "RRSIG", "A"),
             "warning: mail.example.com. A has a signature by key")]


@damage()
def rrsig_by_no_key(zone):
    tag = zone.rdata("mail", "RRSIG", "A").split()[6]
    zone.edit_field("mail", "A", 6, str((int(tag) + 1) % 65536))
    return [(zone.place("mail", "RRSIG", "A"), "warning: mail.example.com. A is signed by key")]


@damage()
def rrsig_of_other_algorithm(zone):
    zone.edit_field("mail", "A", 1, "8")
    return [(zone.find("mail", "A")[0] + 1,
             "warning: mail.example.com. A is not signed with algorithm 15")]


@damage()
def rrsig_by_other_signer(zone):
    zone.edit_field("mail", "A", 7, "mail.example.com.")
    return [(zone.place("mail", "RRSIG", "A"),
             "warning: mail.example.com. A is signed by mail.example.com., which is not")]


@damage()
def rrsig_for_other_labels(zone):
    zone.edit_field("mail", "A", 2, "2")
    return [(zone.place("mail", "RRSIG", "A"),
             "warning: mail.example.com. A has a signature for 2 labels, not 3")]


@damage()
def rrsig_for_other_ttl(zone):
    zone.edit_field("*.wild", "TXT", 3, "601")
    return [(zone.place("*.wild", "RRSIG", "TXT"),
             "warning: *.wild.example.com. TXT has a signature for a TTL of 601, not 600")]


@damage(blind={"dnssec-verify", "ldns-verify-zone", "kzonecheck"})
def rrsig_without_records(zone):
    zone.add("mail", "RRSIG", zone.rdata("mail", "RRSIG", "A").replace("A ", "TXT ", 1))
    return [(zone.place("mail", "RRSIG", "TXT"),
             "warning: mail.example.com. has a signature of TXT, and no such records")]


@damage(blind={"dnssec-verify"})
def rrsig_over_glue(zone):
    zone.sign("ns.secure", "A")
    return [(zone.place("ns.secure", "RRSIG", "A"),
             "warning: ns.secure.example.com. A is signed, and is not the zone's to sign")]


@damage(blind={"dnssec-verify", "ldns-verify-zone"})
def rrsig_over_delegation(zone):
    zone.sign("secure", "NS")
    return [(zone.place("secure", "RRSIG", "NS"),
             "warning: secure.example.com. NS is signed, and is not the zone's to sign")]


@damage()
def dnskey_missing(zone):
    zone.drop("@", "DNSKEY")
    zone.drop("@", "RRSIG", "DNSKEY")
    zone.edit("@", "NSEC", lambda rdata: rdata.replace(" DNSKEY", ""))
    return [(zone.place("@", "SOA"), "warning: example.com. is signed and has no DNSKEY")]


@damage(blind={"dnssec-verify", "kzonecheck", "ldns-verify-zone"})
def ds_without_ns(zone):
    zone.add("mail", "DS", zone.rdata("secure", "DS"))
    zone.sign("mail", "DS")
    zone.edit("mail", "NSEC", lambda rdata: rdata.replace(" A", " A DS"))
    zone.sign("mail", "NSEC")
    return [(zone.place("mail", "DS"), "warning: mail.example.com. has a DS and no NS")]


@damage(blind={"kzonecheck", "ldns-verify-zone"})
def ds_at_apex(zone):
    zone.add("@", "DS", zone.rdata("secure", "DS"))
    zone.sign("@", "DS")
    zone.edit("@", "NSEC", lambda rdata: rdata.replace(" MX", " MX DS"))
    zone.sign("@", "NSEC")
    return [(zone.place("@", "DS"), "warning: example.com. has a DS at the apex")]


@damage(blind={"dnssec-verify", "ldns-verify-zone"})
def cds_of_no_key(zone):
    zone.add("@", "CDS", zone.rdata("secure", "DS"))
    zone.sign("@", "CDS")
    zone.edit("@", "NSEC", lambda rdata: rdata + " CDS")
    zone.sign("@", "NSEC")
    return [(zone.place("@", "CDS"), "warning: example.com. has a CDS and no CDNSKEY"),
            (zone.place("@", "CDS"), "warning: example.com. has a CDS for none of its keys")]


@damage(blind={"dnssec-verify", "ldns-verify-zone"})
def cds_and_cdnskey_disagree(zone):
    zone.add("@", "CDS", "0 0 0 00")
    zone.add("@", "CDNSKEY", zone.rdata("@", "DNSKEY"))
    zone.sign("@", "CDS")
    zone.sign("@", "CDNSKEY")
    zone.edit("@", "NSEC", lambda rdata: rdata + " CDS CDNSKEY")
    zone.sign("@", "NSEC")
    return [(zone.place("@", "CDS"), "warning: example.com. asks to be unsigned in one of")]


@damage(blind={"dnssec-verify", "ldns-verify-zone"})
def cds_below_apex(zone):
    zone.add("mail", "CDS", "0 0 0 00")
    zone.sign("mail", "CDS")
    zone.edit("mail", "NSEC", lambda rdata: rdata + " CDS")
    zone.sign("mail", "NSEC")
    return [(zone.place("mail", "CDS"), "warning: mail.example.com. has a CDS, which only the apex")]


# NSEC


@damage()
def nsec_missing(zone):
    zone.drop("mail", "NSEC")
    zone.drop("mail", "RRSIG", "NSEC")
    return [(zone.find("mail", "A")[0] + 1, "warning: mail.example.com. has no NSEC")]


@damage()
def name_added_unsigned(zone):
    zone.add("new", "TXT", '"after signing"')
    place = zone.place("new", "TXT")
    return [(place, "warning: new.example.com. TXT is not signed"),
            (place, "warning: new.example.com. has no NSEC")]


@damage(blind={"ldns-verify-zone"})
def name_removed(zone):
    zone.drop("alias", "CNAME")
    zone.drop("alias", "RRSIG", "CNAME")
    return [(zone.place("alias", "NSEC"), "warning: alias.example.com. has an NSEC, and nothing")]


@damage()
def nsec_names_other(zone):
    following = zone.rdata("mail", "NSEC").split()[0]
    zone.edit("mail", "NSEC", lambda rdata: rdata.replace(following, "srv.example.com."))
    zone.sign("mail", "NSEC")
    return [(zone.place("mail", "NSEC"),
             f"warning: mail.example.com. has an NSEC that names srv.example.com. as the next, "
             f"which is {following}")]


@damage()
def nsec_chain_open(zone):
    last = [index for index, line in enumerate(zone.lines) if f" NSEC {ORIGIN} " in line][0]
    owner = zone.lines[last].split()[0].removesuffix("." + ORIGIN)
    zone.edit(owner, "NSEC", lambda rdata: rdata.replace(ORIGIN, "zzz.example.com.", 1))
    zone.sign(owner, "NSEC")
    return [(zone.place(owner, "NSEC"), f"warning: {owner}.example.com. has an NSEC that names zzz")]


@damage(blind={"ldns-verify-zone"})
def nsec_lists_too_much(zone):
    zone.edit("mail", "NSEC", lambda rdata: rdata.replace(" A ", " A MX "))
    zone.sign("mail", "NSEC")
    return [(zone.place("mail", "NSEC"),
             "warning: mail.example.com. has an NSEC that lists MX, which is not there")]


@damage(blind={"ldns-verify-zone"})
def nsec_lists_too_little(zone):
    zone.edit("ns1", "NSEC", lambda rdata: rdata.replace(" AAAA", ""))
    zone.sign("ns1", "NSEC")
    return [(zone.place("ns1", "NSEC"),
             "warning: ns1.example.com. has an NSEC that does not list AAAA")]


@damage(blind={"ldns-verify-zone"})
def nsec_twice(zone):
    zone.add("mail", "NSEC", zone.rdata("mail", "NSEC").replace(" A ", " A MX "), ttl=300)
    zone.sign("mail", "NSEC")
    return [(zone.find("mail", "NSEC")[1] + 1, "warning: mail.example.com. has more than one NSEC")]


@damage()
def nsec_below_cut(zone):
    zone.add("ns.secure", "NSEC", "srv.example.com. A RRSIG NSEC", ttl=300)
    return [(zone.place("ns.secure", "NSEC"),
             "warning: ns.secure.example.com. has an NSEC, and lies below a zone cut")]


# NSEC3


def hashed(zone, owner):
    """The first label of an owner's NSEC3."""
    name = ORIGIN if owner == "@" else f"{owner}.{ORIGIN}"
    return dns.dnssec.nsec3_hash(name, None, 0, 1)


def unlink(zone, label):
    """Takes an NSEC3 out and closes the chain behind it."""
    following = zone.rdata(label, "NSEC3").split()[4]
    zone.drop(label, "NSEC3")
    zone.drop(label, "RRSIG", "NSEC3")
    for line in list(zone.lines):
        fields = line.split()
        if fields[3] == "NSEC3" and fields[8] == label:
            before = fields[0].split(".")[0]
            zone.edit(before, "NSEC3", lambda rdata: rdata.replace(label, following))
            zone.sign(before, "NSEC3")


@damage("nsec3")
def nsec3_missing(zone):
    unlink(zone, hashed(zone, "mail"))
    return [(zone.find("mail", "A")[0] + 1, "warning: mail.example.com. has no NSEC3")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3_missing_of_ent(zone):
    unlink(zone, hashed(zone, "b.c"))
    return [(zone.place("a.b.c", "TXT"), "warning: b.c.example.com. has no NSEC3 (an empty")]


@damage("nsec3", blind={"dnssec-verify"})
def nsec3_missing_of_unsigned_delegation(zone):
    unlink(zone, hashed(zone, "insecure"))
    return [(zone.place("insecure", "NS"),
             "warning: insecure.example.com. has no NSEC3, and the one that covers it does not opt")]


@damage("optout")
def opt_out_of_signed_delegation(zone):
    unlink(zone, hashed(zone, "secure"))
    return [(zone.place("secure", "NS"), "warning: secure.example.com. has no NSEC3")]


@damage("optout", blind={"ldns-verify-zone"})
def opt_out_of_ent(zone):
    """Only what leads to nothing but unsigned delegations may do without."""
    unlink(zone, hashed(zone, "b.c"))
    assert not any(line.startswith(hashed(zone, "only.unsigned")) for line in zone.lines)
    return [(zone.place("a.b.c", "TXT"), "warning: b.c.example.com. has no NSEC3 (an empty")]


@damage("nsec3")
def nsec3_names_other(zone):
    label = hashed(zone, "mail")
    following = zone.rdata(label, "NSEC3").split()[4]
    zone.edit(label, "NSEC3", lambda rdata: rdata.replace(following, label))
    zone.sign(label, "NSEC3")
    return [(zone.place(label, "NSEC3"),
             f"warning: {label.lower()}.example.com. has an NSEC3 that does not name the next, which "
             f"is {following.lower()}.example.com.")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3_lists_too_much(zone):
    label = hashed(zone, "mail")
    zone.edit(label, "NSEC3", lambda rdata: rdata.replace(" A ", " A MX "))
    zone.sign(label, "NSEC3")
    return [(zone.place(label, "NSEC3"),
             "warning: mail.example.com. has an NSEC3 that lists MX, which is not there")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3_lists_too_little(zone):
    label = hashed(zone, "ns1")
    zone.edit(label, "NSEC3", lambda rdata: rdata.replace(" AAAA", ""))
    zone.sign(label, "NSEC3")
    return [(zone.place(label, "NSEC3"),
             "warning: ns1.example.com. has an NSEC3 that does not list AAAA")]


@damage("nsec3", blind={"ldns-verify-zone", "dnssec-verify", "kzonecheck"})
def nsec3_twice(zone):
    label = hashed(zone, "mail")
    zone.add(label, "NSEC3", zone.rdata(label, "NSEC3").replace(" A ", " A MX "), ttl=300)
    zone.sign(label, "NSEC3")
    return [(zone.find(label, "NSEC3")[1] + 1,
             f"warning: {label.lower()}.example.com. has more than one NSEC3 of the same parameters")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3_of_ent_lists_something(zone):
    label = hashed(zone, "c")
    zone.edit(label, "NSEC3", lambda rdata: rdata + " TXT RRSIG")
    zone.sign(label, "NSEC3")
    return [(zone.place(label, "NSEC3"),
             "warning: c.example.com. has an NSEC3 that lists TXT, which is not there")]


@damage("nsec3", blind={"kzonecheck"})
def nsec3_of_no_name(zone):
    label = hashed(zone, "alias")
    zone.drop("alias", "CNAME")
    zone.drop("alias", "RRSIG")
    return [(zone.place(label, "NSEC3"), f"warning: {label.lower()}.example.com. has an NSEC3, and is "
             "the hash of no name of the zone")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3_of_other_parameters(zone):
    label = hashed(zone, "mail")
    zone.edit(label, "NSEC3", lambda rdata: rdata.replace("1 0 0 -", "1 0 1 -"))
    zone.sign(label, "NSEC3")
    before = [line.split()[0].split(".")[0] for line in zone.lines
              if line.split()[3] == "NSEC3" and line.split()[8] == label][0]
    return [(zone.place(label, "NSEC3"),
             f"warning: {label.lower()}.example.com. has an NSEC3 whose parameters no NSEC3PARAM has"),
            (zone.place(before, "NSEC3"),
             f"warning: {before.lower()}.example.com. has an NSEC3 that does not name the next"),
            (zone.find("mail", "A")[0] + 1, "warning: mail.example.com. has no NSEC3")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3param_missing(zone):
    zone.drop("@", "NSEC3PARAM")
    zone.drop("@", "RRSIG", "NSEC3PARAM")
    label = hashed(zone, "@")
    zone.edit(label, "NSEC3", lambda rdata: rdata.replace(" NSEC3PARAM", ""))
    zone.sign(label, "NSEC3")
    first = min(line.split()[0].lower() for line in zone.lines if line.split()[3] == "NSEC3")
    return [(zone.place(first.split(".")[0], "NSEC3"),
             "warning: example.com. has NSEC3 and no NSEC3PARAM")]


@damage("nsec3", blind={"ldns-verify-zone"})
def nsec3_and_nsec(zone):
    zone.add("mail", "NSEC", "ns1.example.com. A RRSIG NSEC", ttl=300)
    zone.sign("mail", "NSEC")
    return [(zone.place("mail", "NSEC"), "warning: mail.example.com. has an NSEC, and the zone's apex")]


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found(name, signed_texts, signer, tmp_path):
    case = DAMAGES[name]
    zone = dnssec_zone.Zone(signed_texts[case.denial], signer)
    expected = case.do(zone)
    path = tmp_path / "damaged.zone"
    path.write_text(zone.text())
    result = check(path, *case.options)
    found = findings(result)
    assert result.returncode == 0
    assert len(found) == len(expected), found
    for line, text in expected:
        assert any(at == line and said.startswith(text) for at, said in found), found
    for oracle in ORACLES.keys() - case.blind:
        assert not installed(oracle) or is_faulty_to(oracle, path), oracle


@pytest.mark.parametrize("denial, owner, encloser, next_closer", [
    ("nsec3", "b.c", "c", "b.c"), ("optout", "b.c", "c", "b.c"),
    ("optout", "only.unsigned", "@", "unsigned")])
def test_names_without_nsec3_are_below_the_closest_provable_encloser(
        denial, owner, encloser, next_closer, signed_texts, signer, tmp_path):
    """RFC 5155 7.2.1: opted out, or missing though it should be there."""
    zone = dnssec_zone.Zone(signed_texts[denial], signer)
    if owner == "b.c":
        unlink(zone, hashed(zone, owner))
    path = tmp_path / "signed.zone"
    path.write_text(zone.text())
    chain = sorted(line.split()[0].split(".")[0] for line in zone.lines if line.split()[3] == "NSEC3")

    def covering(name):
        return max((label for label in chain if label < hashed(zone, name)), default=chain[-1])

    asked = {owner: {hashed(zone, encloser), covering(next_closer)}}
    asked[f"x.{owner}"] = asked[owner] | {covering("*" if encloser == "@" else f"*.{encloser}")}
    for name, expected in asked.items():
        said = sanitizers.run([GLUEZONE, "query", ORIGIN, path, f"{name}.{ORIGIN}", "A", "+do"],
                              capture_output=True, text=True, timeout=60).stdout
        proof = {line.split(".")[0].upper() for line in said.splitlines() if "\tNSEC3\t" in line}
        assert proof == expected, said


def test_many_signatures_are_verified_side_by_side(signer, tmp_path, monkeypatch):
    """Those that do not verify are named, wherever they stand; in the order of the zone."""
    hosts = "".join(f"h{number:03} A 192.0.2.1\n" for number in range(500))
    monkeypatch.setattr(dnssec_zone, "TEXT", dnssec_zone.TEXT + hosts)
    text = dnssec_zone.sign(signer.directory, "nsec", tmp_path / "signed.zone", "-z").read_text()
    zone = dnssec_zone.Zone(text, signer)
    broken = ["h000", "h099", "h257", "h499"]
    for owner in broken:
        zone.edit(owner, "A", lambda rdata: "192.0.2.2")
    path = tmp_path / "broken.zone"
    path.write_text(zone.text())
    assert [(line, text.split()[1]) for line, text in findings(check(path, "--verify-signatures"))] == [
        (zone.place(owner, "RRSIG", "A"), f"{owner}.example.com.") for owner in broken
    ]


@pytest.mark.parametrize("denial", DENIALS)
def test_alias_of_all_below_the_apex(denial, signer, tmp_path, monkeypatch):
    """A DNAME at the apex hides all below it, but not the NSEC3 of the zone."""
    text = "$TTL 60\n@ SOA ns.e. h.e. 1 2 3 4 5\n@ NS ns.e.\n@ DNAME e.\n"
    monkeypatch.setattr(dnssec_zone, "TEXT", text)
    assert_silent(dnssec_zone.sign(signer.directory, denial, tmp_path / "signed.zone", "-z"))


def test_root_zone(tmp_path):
    text = ". 60 SOA ns.e. h.e. 1 2 3 4 5\n. NS ns.e.\ne. NS ns.e.\nns.e. A 192.0.2.1\n"
    unsigned = tmp_path / "root.zone"
    unsigned.write_text(text)
    key = dnssec_zone.run("dnssec-keygen", "-q", "-a", "ED25519", "-f", "KSK", ".", cwd=tmp_path)
    for denial, options in DENIALS.items():
        signed = tmp_path / denial
        dnssec_zone.run("dnssec-signzone", "-q", "-z", "-S", "-O", "full", "-o", ".", *options,
                        "-f", signed, unsigned, key.strip(), cwd=tmp_path)
        result = check(signed, "--verify-signatures", origin=".")
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.skipif(not installed("dnssec-verify"), reason="needs dnssec-verify")
@pytest.mark.parametrize("denial", DENIALS)
def test_each_record_missed_as_dnssec_verify_does(denial, signed_texts, signer, tmp_path):
    """Without any one record the zone is faulty to both, or to neither."""
    lines = dnssec_zone.Zone(signed_texts[denial], signer).lines
    path = tmp_path / "cut.zone"
    for index, line in enumerate(lines):
        rrtype = line.split()[3]
        # Glue is signed by nobody, and without a SOA there is no zone.
        if rrtype == "SOA" or line.startswith("ns."):
            continue
        path.write_text("\n".join(lines[:index] + lines[index + 1:]) + "\n")
        found = findings(check(path, "--verify-signatures"))
        assert bool(found) == is_faulty_to("dnssec-verify", path), (line, found)


# -- zones at random ---------------------------------------------------------------------------------


def random_zone(seed):
    """Names that nest, cut, hide and alias each other as it happens."""
    draw = random.Random(seed)
    labels = ["a", "b", "c", "*", "d", "E", "\\000", "\\200x"]
    names = {".".join(draw.choice(labels) for _ in range(draw.randint(1, 5))) for _ in range(40)}
    records = ["$TTL 300", "@ SOA ns h 1 2 3 4 60", "@ NS ns", "ns A 192.0.2.1"]
    owned = {}
    for name in sorted(names):
        kind = draw.choice(["TXT", "TXT", "A", "NS", "NS", "DS", "CNAME", "DNAME"])
        owned[name] = kind
    hidden = [name for name, kind in owned.items() if kind == "DNAME"]
    for name, kind in owned.items():
        if any(name.endswith("." + above) for above in hidden):
            continue
        if name.startswith("*") and kind in ("NS", "DS", "DNAME"):
            kind = "TXT"
        records += {
            "TXT": [f'{name} TXT "{draw.random()}"'] * draw.randint(1, 2),
            "A": [f"{name} {draw.randint(1, 900)} A 192.0.2.{draw.randint(2, 250)}"],
            "NS": [f"{name} NS ns.example.net."],
            "DS": [f"{name} NS ns.example.net.", f"{name} DS 1 8 2 {'00' * 32}"],
            "CNAME": [f"{name} CNAME Elsewhere.example.net."],
            "DNAME": [f"{name} DNAME elsewhere.example.net."],
        }[kind]
    return "\n".join(dict.fromkeys(records)) + "\n"


@pytest.mark.parametrize("denial", DENIALS)
@pytest.mark.parametrize("seed", range(12))
def test_random_zones_are_signed_well(seed, denial, signer, tmp_path, monkeypatch):
    """Only what any zone may be told: what is hidden below a cut."""
    monkeypatch.setattr(dnssec_zone, "TEXT", random_zone(seed))
    path = dnssec_zone.sign(signer.directory, denial, tmp_path / "signed.zone", "-z")
    result = check(path, "--verify-signatures")
    assert result.returncode == 0
    for _, text in findings(result):
        assert re.search(r"lies below a zone cut; this record is hidden", text), text


# -- the clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "time, text",
    [
        ("20200101000000", "is not valid before 20210101000000"),
        ("1577836800", "is not valid before 20210101000000"),
        ("20210101000000", None),
        ("20220101000000", None),
        ("20220101000001", "expired at 20220101000000"),
    ],
)
def test_time(time, text, signer, tmp_path):
    path = dnssec_zone.sign(signer.directory, "nsec", tmp_path / "signed.zone", "-z",
                            "-P", "-s", "20210101000000", "-e", "20220101000000")
    found = findings(check(path, f"--time={time}"))
    assert bool(found) == (text is not None)
    assert all(text in said for _, said in found)


@pytest.mark.parametrize("iterations, options, is_refused", [
    (150, [], False), (150, ["--nsec3-iterations=149"], True), (1, ["--nsec3-iterations=0"], True),
    (151, [], True), (151, ["--nsec3-iterations=151"], False)])
def test_iterations(iterations, options, is_refused, signer, tmp_path):
    """RFC 9276: more than none draw a warning, more than are served an error."""
    # No signer goes beyond 150. The NSEC3PARAM alone says by what the zone would deny.
    possible = min(iterations, 150)
    signed = dnssec_zone.sign(signer.directory, "nsec3", tmp_path / "signed", "-z", "-H", possible)
    text = signed.read_text()
    assert f"NSEC3PARAM 1 0 {possible} " in text.replace("\t", " ")
    signed.write_text(re.sub(rf"(NSEC3PARAM\s+1 0) {possible} ", rf"\1 {iterations} ", text))
    result = check(signed, *options)
    assert result.returncode == (1 if is_refused else 0), result.stdout
    said = [text for _, text in findings(result)]
    assert any(text.startswith(f"warning: {ORIGIN} asks for {iterations}") for text in said), said
    denies = f"error: {ORIGIN} denies with {iterations} iterations of the NSEC3 hash"
    assert any(text.startswith(denies) for text in said) == is_refused, said


@pytest.mark.parametrize("option", ["--time", "--time=", "--time=x", "--time=20211301000000",
                                    "--time=202101010000", "--time=4294967296", "--nonsense",
                                    "--nsec3-iterations=", "--nsec3-iterations=2501",
                                    "--nsec3-iterations=1x", "--nsec3-iterations=-1"])
def test_bad_options_are_usage(option, tmp_path):
    result = check(tmp_path / "none", option)
    assert (result.returncode, result.stdout) == (2, "")
    assert "usage: gluezone check" in result.stderr


# -- ZONEMD ------------------------------------------------------------------------------------------


def with_digest(text, hash_algorithm):
    """dnspython's opinion of the digest."""
    zone = dns.zone.from_text(text, ORIGIN, relativize=False)
    record = zone.compute_digest(hash_algorithm)
    return f"{ORIGIN} 3600 IN ZONEMD {record.to_text()}"


def is_digest_right_to_ldns(path):
    return subprocess.run(["ldns-verify-zone", "-Z", path], capture_output=True).returncode == 0


@pytest.mark.parametrize("hash_algorithm", [1, 2])
@pytest.mark.parametrize("seed", range(6))
def test_digests_of_dnspython(seed, hash_algorithm, tmp_path):
    text = f"$ORIGIN {ORIGIN}\n" + random_zone(seed)
    digest = with_digest(text, hash_algorithm)
    path = tmp_path / "digest.zone"
    path.write_text(text + digest + "\n")
    result = check(path)
    assert result.returncode == 0 and "ZONEMD" not in result.stdout
    assert not installed("ldns-verify-zone") or is_digest_right_to_ldns(path)

    path.write_text(text + 'added TXT "after the digest was made"\n' + digest + "\n")
    result = check(path)
    assert result.returncode == 1
    line = len(path.read_text().splitlines())
    assert (line, "error: example.com. has a ZONEMD whose digest is not that of the zone") in \
        findings(result)
    assert not installed("ldns-verify-zone") or not is_digest_right_to_ldns(path)


def test_digest_of_signed_zone_knows_all_ttls(signed_texts, tmp_path):
    """RRSIG of one owner have the TTLs of what they cover."""
    text = signed_texts["nsec"]
    path = tmp_path / "digest.zone"
    path.write_text(text + with_digest(text, 1) + "\n")
    result = check(path)
    assert result.returncode == 0
    assert {said for _, said in findings(result)} == {
        "warning: example.com. ZONEMD is not signed",
        "warning: example.com. has an NSEC that does not list ZONEMD",
    }


@pytest.mark.parametrize("name", ["rfc8976-a1", "rfc8976-a2", "rfc8976-a3", "rfc8976-a4", "rfc8976-a5"])
def test_appendix_of_rfc8976(name):
    path = ROOT / "tests" / "zones" / "zonemd" / f"{name}.zone"
    origin = path.read_text().split("; origin: ")[1].split()[0]
    # The signer of A.4's zone, which is a real one, was not told of the ZONEMD added for the RFC.
    result = check(path, "--verify-signatures", "--time=20181010000000", origin=origin)
    said = [text for _, text in findings(result) if re.search("ZONEMD|signature|NSEC", text)]
    assert said == ([] if name != "rfc8976-a4" else [
        "warning: uri.arpa. ZONEMD is not signed",
        "warning: uri.arpa. has an NSEC that does not list ZONEMD",
    ])
    assert result.returncode == 0
