"""The vectors of tests/unit/rdata_vectors.tsv, which the unit test holds the codec against, asked of
others: does BIND, does dnspython read the same octets from the text as written, and from the text as
printed? Each type is known to one of them at least."""

import pathlib
import shutil
import subprocess

import dns.exception
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "unit" / "rdata_vectors.tsv"


def vectors():
    rows = []
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if line.startswith("#"):
            continue
        rrtype, text, wire, printed = line.split("\t")
        rows.append(pytest.param(rrtype, text, wire, text if printed == "=" else printed,
                                 id=f"{number}-{rrtype}"))
    return rows


def ask_bind(rrtype, text):
    """The octets in hexadecimal, or None."""
    done = subprocess.run(["named-rrchecker", "-u", "-o", "o."], input=f"IN {rrtype} {text}\n",
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return None
    return "".join(done.stdout.split("\\# ")[1].split()[1:]).lower()


def ask_dnspython(rrtype, text):
    """The same, by a library that does not know all types and all mnemonics."""
    try:
        return dns.rdata.from_text(dns.rdataclass.IN, rrtype, text).to_wire().hex()
    except (dns.exception.DNSException, dns.rdatatype.UnknownRdatatype, ValueError):
        return None


@pytest.mark.skipif(shutil.which("named-rrchecker") is None, reason="needs named-rrchecker")
@pytest.mark.parametrize("rrtype, text, wire, printed", vectors())
def test_others_read_the_same(rrtype, text, wire, printed):
    said = {ask_bind(rrtype, text), ask_dnspython(rrtype, text)} - {None}
    assert said == {wire}


@pytest.mark.skipif(shutil.which("named-rrchecker") is None, reason="needs named-rrchecker")
@pytest.mark.parametrize("rrtype, text, wire, printed", vectors())
def test_bind_reads_what_we_print(rrtype, text, wire, printed):
    assert ask_bind(rrtype, printed) == wire
