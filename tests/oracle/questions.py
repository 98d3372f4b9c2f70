"""What is asked about a set of zones: every owner and its ancestors, what lies beside, below and
above them, in all types, over UDP of several sizes and over TCP."""

import dataclasses
import random
import struct

import dnsio

DS, NSEC, RRSIG, DNSKEY, NSEC3 = 43, 47, 46, 48, 50
# (name, payload or None for no EDNS, DO, TCP)
PLAIN = [("udp", None, False, False), ("512", 512, False, False), ("1232", 1232, False, False),
         ("4096", 4096, False, False), ("tcp", None, False, True), ("tcp-edns", 1232, False, True)]
SIGNED = [("do-512", 512, True, False), ("do-1232", 1232, True, False),
          ("do-4096", 4096, True, False), ("do-tcp", 4096, True, True)]
VARIANTS = {name: (payload, do, tcp) for name, payload, do, tcp in PLAIN + SIGNED}
# What all of the servers send at most over UDP.
PAYLOAD_MAX = 1232
NAME_LEN_MAX = 255
PREFIXES = [b"\1a", b"\1*", b"\6absent", b"\1\0", b"\1\xff", b"\2ns", b"\1x\1a", b"\1x\6absent",
            b"\1a\1*", b"\1*\1*"]
# Of the owner of an NSEC3 record, in place of its zone's name.
HASHED_TYPES = [NSEC3, RRSIG, dnsio.ANY, DS, NSEC, dnsio.A, dnsio.TXT]
EXTRA_TYPES = [dnsio.ANY, DS, dnsio.NS, dnsio.SOA, dnsio.CNAME, dnsio.DNAME, NSEC, RRSIG, DNSKEY,
               65280]


@dataclasses.dataclass(frozen=True)
class Question:
    name: bytes  # wire form, in the case in which it is sent
    rrtype: int
    variant: str = "udp"
    flags: int = 0

    @property
    def tcp(self):
        return VARIANTS[self.variant][2]

    @property
    def do(self):
        return VARIANTS[self.variant][1]

    @property
    def size(self):
        """The most octets that a response may have."""
        payload = VARIANTS[self.variant][0]
        return 65535 if self.tcp else min(payload or 512, PAYLOAD_MAX)

    def edns(self):
        payload, do, _ = VARIANTS[self.variant]
        return b"" if payload is None else dnsio.opt(payload, do=do)

    def message(self):
        return dnsio.query(self.name, self.rrtype, flags=self.flags, edns=self.edns())


def labels(name):
    """The name's labels with their length octets, without the root."""
    found = []
    at = 0
    while name[at]:
        found.append(name[at:at + 1 + name[at]])
        at += 1 + name[at]
    return found


def ancestors(name):
    """The name itself and all above it, the root last."""
    at = 0
    yield name
    while name[at]:
        at += 1 + name[at]
        yield name[at:]


def neighbours(name):
    """Those whose first label differs in its last octet, or is one octet longer or shorter."""
    length, rest = name[0], name[1 + name[0]:]
    if length == 0:
        return
    label = name[1:1 + length]
    for other in (label[:-1] + bytes([label[-1] ^ 1]), label[:-1], label + b"0", label + b"\0"):
        if 0 < len(other) < 64:
            yield bytes([len(other)]) + other + rest


def longest(name, chance):
    """A name below it of 254 or 255 octets."""
    room = chance.choice([254, 255]) - len(name)
    prefix = b""
    while room > 1:
        length = min(room - 1, chance.choice([1, 7, 63]))
        prefix += bytes([length]) + b"l" * length
        room -= 1 + length
    return prefix + name


def hashed(zone):
    """The owners of NSEC3, which are no names that there are: RFC 5155 section 7.2.8."""
    return {owner for owner, rrtype in zone.pairs() if rrtype == NSEC3}


def existing(zone):
    """The owners in a zone and the names above them, down to the apex."""
    apex = zone.apex()
    owners = {owner for owner, _ in zone.pairs()} - hashed(zone)
    return {above for owner in owners for above in ancestors(owner) if len(above) >= len(apex)}


def names(zones, chance):
    """(those that exist or are above such, those about them)"""
    near = set()
    for zone in zones:
        apex = zone.apex()
        near |= existing(zone)
        near.add(b"\1o" + apex if len(apex) < 253 else apex)
    about = set()
    for name in sorted(near):
        about.update(neighbours(name))
        about.update(prefix + name for prefix in PREFIXES)
        if chance.random() < 0.1:
            about.add(longest(name, chance))
    for zone in zones:
        about.update(ancestors(zone.apex()))
    return sorted(near), sorted(name for name in about - near if len(name) <= NAME_LEN_MAX)


def about_hash(denial, chance):
    """The owner of an NSEC3 record, or a name below or beside it."""
    name = chance.choice(denial)
    roll = chance.random()
    if roll < 0.6:
        return name
    found = [prefix + name for prefix in PREFIXES] if roll < 0.8 else list(neighbours(name))
    return chance.choice([one for one in found if len(one) <= NAME_LEN_MAX] or [name])


def mixed(name, chance):
    return bytes(octet ^ 0x20 if 0x41 <= octet & 0xdf <= 0x5a and chance.random() < 0.5 else octet
                 for octet in name) if chance.random() < 0.2 else name


def make(seed, zones, count, is_signed):
    """`count` questions about these zones. Mixed case cannot turn a length octet into a letter's:
    those are below 64."""
    chance = random.Random(f"questions {seed}")
    near, about = names(zones, chance)
    types = sorted({rrtype for zone in zones for _, rrtype in zone.pairs()} | set(EXTRA_TYPES))
    common = [dnsio.A, dnsio.AAAA, dnsio.MX, dnsio.TXT, dnsio.CNAME, dnsio.ANY]
    denial = sorted({owner for zone in zones for owner in hashed(zone)})
    variants = [name for name, *_ in PLAIN + SIGNED * (3 if is_signed else 0)]
    asked = []
    for _ in range(count):
        is_near = chance.random() < 0.6
        name = mixed(chance.choice(near if is_near else about), chance)
        rrtype = chance.choice(types if is_near or chance.random() < 0.3 else common)
        if denial and chance.random() < 0.05:
            name = mixed(about_hash(denial, chance), chance)
            rrtype = chance.choice(HASHED_TYPES)
        flags = chance.choice([0, 0, dnsio.RD, dnsio.RD | dnsio.CD, dnsio.AD])
        asked.append(Question(name, rrtype, chance.choice(variants), flags))
    return asked


def question_section(message):
    """The octets of a question, which are to come back as they are."""
    at = 12
    while message[at]:
        at += 1 + message[at]
    return message[12:at + 5]


def read_flags(message):
    return struct.unpack_from("!H", message, 2)[0]
