"""What the other tests read answers with reads them as dnspython does."""

import dns.message
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

import dnsio

RECORDS = """
www.example.com. 300 IN A 192.0.2.1
www.example.com. 300 IN AAAA 2001:db8::1
example.com. 3600 IN NS ns1.example.com.
example.com. 3600 IN MX 10 mail.Example.com.
example.com. 3600 IN SOA ns1.example.com. host.example.com. 1 2 3 4 5
a.example.com. 5 IN CNAME www.example.com.
d.example.com. 5 IN DNAME example.net.
_x._udp.example.com. 5 IN SRV 1 2 3 www.example.com.
t.example.com. 5 IN TXT "one" "two"
1.example.com. 5 IN PTR www.example.com.
"""


def sets_of(message):
    def section(rrsets):
        return frozenset(
            (rrset.name.to_wire().lower(), rrset.rdtype, rrset.rdclass, rrset.ttl,
             rdata.to_wire(origin=None) if rrset.rdtype not in dnsio.RDATA_NAMES
             else rdata.to_digestable())
            for rrset in rrsets for rdata in rrset)
    return section(message.answer), section(message.authority), section(message.additional)


def test_reading_agrees_with_dnspython():
    query = dns.message.make_query("www.example.com", "A", use_edns=0, payload=1232)
    response = dns.message.make_response(query)
    for number, line in enumerate(RECORDS.strip().split("\n")):
        owner, ttl, rrclass, rrtype, rdata = line.split(None, 4)
        rrset = dns.rrset.from_text(owner, ttl, rrclass, rrtype, rdata)
        (response.answer, response.authority, response.additional)[number % 3].append(rrset)
    wire = response.to_wire()
    read = dnsio.read_answer(wire)
    assert (read.answer, read.authority, read.additional) == sets_of(dns.message.from_wire(wire))
    assert read.question == ((dnsio.wire("www.example.com"), 1, 1),)
    assert read.length == len(wire)


@pytest.mark.parametrize("name,rrtype", [("www.example.com", 1), (".", 2), ("a.b", 65535)])
def test_query_agrees_with_dnspython(name, rrtype):
    expected = dns.message.make_query(name, rrtype, use_edns=0, payload=1232, want_dnssec=True)
    expected.id = 7
    expected.flags = dnsio.RD
    assert dnsio.query(name, rrtype, number=7, flags=dnsio.RD,
                       edns=dnsio.opt(1232, do=True)) == expected.to_wire()


@pytest.mark.parametrize("octets", [
    b"", b"\0" * 11,
    bytes(4) + b"\0\1" + bytes(6) + b"\3www",
    bytes(4) + b"\0\1" + bytes(6) + b"\xc0\x0c\0\1\0\1",
    bytes(12) + b"x",
    bytes(6) + b"\0\1" + bytes(4) + b"\0\0\1\0\1\0\0\0\0\0\5abcd",
])
def test_malformed_is_malformed(octets):
    with pytest.raises(dnsio.Malformed):
        dnsio.read_answer(octets)
