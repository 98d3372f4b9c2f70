"""Signed zones for the tests: made by other programs' signers, damaged line by line, signed again
where the damage should be one that its signer meant.
"""

import base64
import dataclasses
import pathlib
import subprocess
import time

import dns.dnssec
import dns.name
import dns.rrset
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "example.com."

# Of everything that signing knows: a wildcard, empty non-terminals, delegations with and without
# DS, one of them alone below an empty non-terminal, aliases, upper case, several records in a set.
TEXT = """\
$TTL 3600
@	SOA	ns1 hostmaster 1 7200 3600 604800 300
	NS	ns1
	NS	ns2.example.net.
	MX	10 mail
ns1	A	192.0.2.1
	AAAA	2001:db8::1
mail	A	192.0.2.2
	A	192.0.2.22
*.wild	600 TXT	"any"
a.b.c	TXT	"below empty non-terminals"
secure	NS	ns.secure
	DS	12345 8 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
ns.secure	A	192.0.2.3
insecure	NS	ns.insecure
ns.insecure	A	192.0.2.4
deep.only.unsigned	NS	ns.example.net.
alias	CNAME	Mail
UPPER	A	192.0.2.5
tree	DNAME	elsewhere.example.
srv	SRV	1 2 3 Mail.Example.com.
zulu	TXT	"the last in the NSEC chain"
"""

DENIALS = {"nsec": [], "nsec3": ["-3", "-"], "optout": ["-3", "-", "-A"]}


def run(*arguments, cwd):
    done = subprocess.run(
        [str(argument) for argument in arguments], cwd=cwd, capture_output=True, text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def generate_key(directory, algorithm, *options):
    """The name of the files of a new key, without their suffix."""
    return run("dnssec-keygen", "-q", "-a", algorithm, *options, ORIGIN, cwd=directory).strip()


def sign(directory, denial, out, *options):
    """Signs TEXT with the keys in the directory, one record a line."""
    source = directory / "unsigned.zone"
    source.write_text(TEXT)
    run("dnssec-signzone", "-q", "-S", "-O", "full", "-o", ORIGIN, "-K", directory,
        *DENIALS[denial], *options, "-f", out, source, cwd=directory)
    return out


@dataclasses.dataclass
class Signer:
    """One Ed25519 key that signs everything, as a file for BIND and in hand."""

    directory: pathlib.Path
    private: Ed25519PrivateKey
    dnskey: object

    @classmethod
    def new(cls, directory):
        name = generate_key(directory, "ED25519", "-f", "KSK")
        private = (directory / f"{name}.private").read_text()
        secret = base64.b64decode(private.split("PrivateKey:")[1].split()[0])
        record = [line for line in (directory / f"{name}.key").read_text().splitlines()
                  if not line.startswith(";")][0]
        text = record.split("DNSKEY", 1)[1]
        return cls(directory, Ed25519PrivateKey.from_private_bytes(secret),
                   dns.rrset.from_text(ORIGIN, 3600, "IN", "DNSKEY", text)[0])


class Zone:
    """The lines of a signed zone, each one record."""

    def __init__(self, text, signer):
        self.signer = signer
        self.lines = [" ".join(line.split()) for line in text.splitlines()
                      if line.strip() and not line.startswith(";")]

    def text(self):
        return "\n".join(self.lines) + "\n"

    def find(self, owner, rrtype, covered=None):
        """Where the RRset's records are."""
        name = f"{owner}.{ORIGIN}" if owner != "@" else ORIGIN
        found = []
        for index, line in enumerate(self.lines):
            fields = line.split()
            if (fields[0].lower() == name.lower() and fields[3] == rrtype
                    and covered in (None, fields[4])):
                found.append(index)
        return found

    def place(self, owner, rrtype, covered=None):
        """The one line, as a finding says it."""
        return self.find(owner, rrtype, covered)[0] + 1

    def rdata(self, owner, rrtype, covered=None):
        return self.lines[self.find(owner, rrtype, covered)[0]].split(" ", 4)[4]

    def drop(self, owner, rrtype, covered=None):
        found = self.find(owner, rrtype, covered)
        assert found
        for index in reversed(found):
            del self.lines[index]

    def add(self, owner, rrtype, rdata, ttl=3600):
        name = f"{owner}.{ORIGIN}" if owner != "@" else ORIGIN
        self.lines.append(f"{name} {ttl} IN {rrtype} {rdata}")

    def edit(self, owner, rrtype, change, covered=None):
        """change(rdata) is the new RDATA of the one record."""
        index = self.find(owner, rrtype, covered)[0]
        head = self.lines[index].split(" ", 4)
        self.lines[index] = " ".join([*head[:4], change(head[4])])

    def edit_field(self, owner, covered, field, value):
        """A field of a signature, by its place in presentation form."""
        def change(rdata):
            fields = rdata.split(" ", 8)
            fields[field] = value
            return " ".join(fields)
        self.edit(owner, "RRSIG", change, covered)

    def sign(self, owner, rrtype, **options):
        """Signs the RRset anew, in place of its signature if it has one."""
        name = f"{owner}.{ORIGIN}" if owner != "@" else ORIGIN
        records = [self.lines[index].split(" ", 4) for index in self.find(owner, rrtype)]
        rrset = dns.rrset.from_text(name, int(records[0][1]), "IN", rrtype,
                                    *[record[4] for record in records])
        options = options or {"lifetime": 14 * 24 * 3600, "inception": -3600}
        rrsig = self.signature(rrset, **options)
        if self.find(owner, "RRSIG", rrtype):
            self.drop(owner, "RRSIG", rrtype)
        self.add(owner, "RRSIG", rrsig, records[0][1])

    def signature(self, rrset, inception, lifetime):
        """`inception` is relative to now."""
        begin = int(time.time()) + inception
        return dns.dnssec.sign(rrset, self.signer.private, dns.name.from_text(ORIGIN),
                               self.signer.dnskey, inception=begin,
                               expiration=begin + lifetime).to_text()
