"""Sets of zones made by chance from a seed: parents, children and strangers served together, of
few labels, so that names collide, nest, and alias one another within the zone and across.

Names are tuples of labels in presentation form, leftmost first, without the root's.
"""

import random
import re

# What the names of one set are made of. The last ones make names of up to 255 octets and of octets
# that are no letters.
ALPHABETS = [
    ["a", "b", "c", "dd"], ["a", "b", "c", "dd"], ["a", "B", "c", "dd", "e-e"],
    ["www", "mail", "ns", "_tcp", "a"], ["a", "\\000", "\\255", "\\.", "\\032b", "b\\000"],
    ["a", "b", "x" * 63, "y" * 62, "z" * 60],
]
OWNER_LEN_MAX = 255
# Types of plain data; those with a target draw additional data.
ADDRESSES = ["A", "AAAA"]
TARGETS = ["MX", "SRV", "AFSDB", "RT", "KX", "NAPTR", "PX", "SVCB", "HTTPS", "LP", "PTR", "RP"]
PLAIN = ["TXT", "TXT", "HINFO", "CAA", "L32", "TYPE65300", "TLSA", "SPF"]
TTLS = [0, 5, 300, 3600, 86400]


def text(name):
    return ".".join(name) + "."


def octets(name):
    """The length in wire form."""
    return 1 + sum(1 + len(re.sub(r"\\(\d{3}|.)", "x", label)) for label in name)


def is_at_or_below(name, ancestor):
    name, ancestor = ([label.lower() for label in one] for one in (name, ancestor))
    return len(name) >= len(ancestor) and name[len(name) - len(ancestor):] == ancestor


class Zone:
    def __init__(self, apex):
        self.apex = apex
        self.names = {}  # {name in lower case: (name, {type: [RDATA]})}

    def put(self, name, rrtype, rdata):
        """Adds a record, unless it could not stand beside those that are there."""
        if octets(name) > OWNER_LEN_MAX or len(name) > 127 or not self.has_room(name, rrtype):
            return
        key = tuple(label.lower() for label in name)
        rdatas = self.names.setdefault(key, (name, {}))[1].setdefault(rrtype, [])
        if rdata not in rdatas:
            rdatas.append(rdata)

    def link(self, name, rrtype, target):
        if octets(target) <= OWNER_LEN_MAX:
            self.put(name, rrtype, text(target))

    def types(self, name):
        return self.names.get(tuple(label.lower() for label in name), (None, {}))[1]

    def has_room(self, name, rrtype):
        here = self.types(name)
        is_apex = len(name) == len(self.apex)
        if "CNAME" in here or (rrtype == "CNAME" and (here or is_apex)):
            return False
        if rrtype == "DNAME" and (
                "DNAME" in here or "NS" in here and not is_apex
                or any(is_at_or_below(other, name) and len(other) > len(name)
                       for other in self.names)):
            return False
        if rrtype == "NS" and "DNAME" in here and not is_apex:
            return False
        if rrtype == "DS" and ("NS" not in here or is_apex):
            return False
        return not any("DNAME" in types and is_at_or_below(name, other) and len(name) > len(other)
                       for other, (_, types) in self.names.items())

    def lines(self, chance):
        lines = []
        for _, (name, types) in sorted(self.names.items()):
            for rrtype, rdatas in sorted(types.items()):
                ttl = chance.choice(TTLS)
                lines += [f"{text(name)} {ttl} IN {rrtype} {rdata}" for rdata in rdatas]
        return lines


class Maker:
    def __init__(self, seed, top):
        self.chance = random.Random(f"zones {seed}")
        self.labels = self.chance.choice(ALPHABETS)
        self.top = top
        self.zones = []

    # -- names -------------------------------------------------------------------------------------

    def label(self):
        label = self.chance.choice(self.labels)
        return label.upper() if self.chance.random() < 0.05 else label

    def name(self, apex):
        depth = self.chance.choice([1, 1, 1, 2, 2, 3, 4])
        labels = [self.label() for _ in range(depth)]
        roll = self.chance.random()
        if roll < 0.18:
            labels[0] = "*"
        elif roll < 0.22:
            labels[self.chance.randrange(depth)] = "*"
        return (*labels, *apex)

    def known(self, zone):
        return self.chance.choice([name for name, _ in zone.names.values()] or [zone.apex])

    def target(self, zone):
        """Mostly a name of the zone that there is, or one beside or below it; else another's."""
        roll = self.chance.random()
        if roll < 0.45:
            name = self.known(zone)
        elif roll < 0.6:
            name = (self.label(), *self.known(zone))
        elif roll < 0.72:
            name = self.name(zone.apex)
        elif roll < 0.92:
            other = self.chance.choice(self.zones)
            name = self.known(other) if roll < 0.85 else self.name(other.apex)
        else:
            return self.chance.choice(["host.example.net.", "a.example.net.", "."])
        return text(name) if octets(name) <= OWNER_LEN_MAX else text(zone.apex)

    # -- records -----------------------------------------------------------------------------------

    def rdata(self, rrtype, zone):
        chance = self.chance
        target = self.target(zone)
        if rrtype in ("NS", "CNAME", "DNAME", "PTR"):
            return target
        if rrtype in ("MX", "AFSDB", "RT", "KX", "LP"):
            return f"{chance.randrange(1, 4)} {target}"
        return {
            "A": lambda: f"192.0.2.{chance.randrange(1, 256)}",
            "AAAA": lambda: f"2001:db8::{chance.randrange(1, 65536):x}",
            "TXT": lambda: '"' + "x" * chance.choice([1, 20, 150, 230]) + f'{chance.random()}"',
            "SPF": lambda: '"v=spf1 -all"',
            "SRV": lambda: f"{chance.randrange(9)} 0 {chance.randrange(65536)} {target}",
            "RP": lambda: f"{target} {self.target(zone)}",
            "PX": lambda: f"10 {target} {self.target(zone)}",
            "NAPTR": lambda: f'1 {chance.randrange(9)} "{chance.choice("sauSA")}" "x" "" {target}',
            "SVCB": lambda: self.service(target),
            "HTTPS": lambda: self.service(target),
            "HINFO": lambda: '"cpu" "os"',
            "CAA": lambda: '0 issue "ca.example.net"',
            "L32": lambda: f"10 10.1.2.{chance.randrange(256)}",
            "TLSA": lambda: "3 1 1 " + "ab" * 32,
            "DS": lambda: f"{chance.randrange(65536)} 13 2 " + "ab" * 32,
            "TYPE65300": lambda: "\\# 2 0102",
        }[rrtype]()

    def service(self, target):
        roll = self.chance.random()
        if roll < 0.3:
            return f"0 {target}"
        return f"{self.chance.randrange(1, 9)} {'.' if roll < 0.5 else target} alpn=h2"

    def fill(self, zone, name, rrtype):
        single = rrtype in ("CNAME", "DNAME", "HINFO", "TYPE65300")
        for _ in range(1 if single else self.chance.choice([1, 1, 1, 2, 3, 9])):
            zone.put(name, rrtype, self.rdata(rrtype, zone))

    # -- what stands at a name ---------------------------------------------------------------------

    def alias(self, zone, name):
        self.fill(zone, name, "CNAME")

    def substitution(self, zone, name):
        self.fill(zone, name, "DNAME")
        if self.chance.random() < 0.4:
            self.fill(zone, name, self.chance.choice(PLAIN + ADDRESSES))

    def delegation(self, zone, name):
        """With glue, perhaps; and with what a cut hides, perhaps."""
        self.fill(zone, name, "NS")
        for _ in range(self.chance.choice([0, 1, 1, 2])):
            server = (self.chance.choice(["ns", self.label()]), *name)
            zone.link(name, "NS", server)
            self.addresses(zone, server)
        if self.chance.random() < 0.3:
            self.fill(zone, name, "DS")
        if self.chance.random() < 0.3:
            self.fill(zone, name, self.chance.choice(PLAIN + TARGETS + ADDRESSES))

    def data(self, zone, name):
        for _ in range(self.chance.choice([1, 1, 2, 3])):
            self.fill(zone, name, self.chance.choice(ADDRESSES * 4 + TARGETS + PLAIN))

    def addresses(self, zone, name):
        for rrtype in self.chance.choice([["A"], ["AAAA"], ADDRESSES]):
            self.fill(zone, name, rrtype)

    def something(self, zone, name):
        roll = self.chance.random()
        is_wildcard = name[0] == "*"
        # RFC 4592 4.2 and 4.4 leave NS and DNAME at a wildcard undefined: they are rare.
        if roll < 0.18:
            self.alias(zone, name)
        elif roll < (0.2 if is_wildcard else 0.3):
            self.delegation(zone, name)
        elif roll < (0.22 if is_wildcard else 0.38):
            self.substitution(zone, name)
        else:
            self.data(zone, name)

    # -- what seldom happens by itself -------------------------------------------------------------

    def chain(self):
        """Aliases one after the other, through any of the zones; some lead back."""
        length = self.chance.choice([2, 3, 5, 9, 12, 13, 14, 20, 30])
        zones = [self.chance.choice(self.zones) for _ in range(length)]
        if self.chance.random() < 0.5:
            zones = [zones[0]] * length
        names = [(f"chain{place}", *zone.apex) for place, zone in enumerate(zones)]
        for zone, name, after in zip(zones, names, names[1:]):
            if self.chance.random() < 0.2:
                zone.link(name, "DNAME", after)
                zone.link(("via", *name[1:]), "CNAME", ("x", *name))
            else:
                zone.link(name, "CNAME", after)
        last = self.chance.random()
        if last < 0.3:
            zones[-1].put(names[-1], "CNAME", text(self.chance.choice(names)))
        elif last < 0.7:
            self.something(zones[-1], names[-1])

    def substitutions(self):
        """DNAME, then CNAME, then DNAME."""
        one, other = (self.chance.choice(self.zones) for _ in range(2))
        one.link(("d1", *one.apex), "DNAME", ("d2", *other.apex))
        other.link(("alias", "d2", *other.apex), "CNAME", ("x", "d3", *one.apex))
        one.put(("d3", *one.apex), "DNAME", self.target(other))

    def overflow(self):
        """Targets so long that no name fits before them."""
        zone = self.chance.choice(self.zones)
        long = ("y" * 63, "z" * 63, "y" * 63, *zone.apex)
        zone.link(("long", *zone.apex), "DNAME", long)
        zone.link(("back", *zone.apex), "DNAME", ("long", *zone.apex))
        zone.put(("*", *long[1:]), "A", "192.0.2.99")

    def depths(self):
        """A name of as many labels as there can be, with data at some of those above it."""
        zone = self.chance.choice(self.zones)
        name = zone.apex
        while octets(name) + 2 <= OWNER_LEN_MAX:
            name = (self.chance.choice("ab"), *name)
            if self.chance.random() < 0.05:
                self.data(zone, name)
        self.something(zone, name)

    def crowd(self):
        """A delegation with many name servers and more glue than fits."""
        zone = self.chance.choice(self.zones)
        cut = ("crowd", *zone.apex)
        for place in range(self.chance.choice([4, 8, 13, 20, 40])):
            above = self.chance.choice([cut, cut, cut, zone.apex])
            server = (f"server{place}", *above)
            zone.link(cut, "NS", server)
            self.addresses(zone, server)

    def hollow(self):
        """Names without records, that have nothing but delegations below them: no NSEC3 is theirs
        where these are opted out."""
        zone = self.chance.choice(self.zones)
        for _ in range(self.chance.choice([1, 2, 5])):
            depth = self.chance.choice([2, 2, 3, 5])
            name = tuple(self.label() for _ in range(depth))
            cut = (*name, "hollow", *zone.apex)
            zone.put(cut, "NS", self.target(zone))
            if self.chance.random() < 0.2:
                self.fill(zone, cut, "DS")

    # -- zones -------------------------------------------------------------------------------------

    def apexes(self):
        """A parent, perhaps children of it at and away from its cuts, perhaps a stranger."""
        depth = self.chance.choice([0, 0, 0, 1, 2, 5]) if self.top else 0
        apex = (*(self.label() for _ in range(depth)), *self.top)
        found = [apex]
        for _ in range(self.chance.choice([0, 0, 1, 1, 2, 3])):
            found.append(tuple(self.name(self.chance.choice(found))))
        if self.top and self.chance.random() < 0.4:
            found.append(("stranger", *self.top))
        distinct = {tuple(label.lower() for label in one): one for one in found
                    if octets(one) <= 160}
        return list(distinct.values()) or [self.top]

    def make_zone(self, zone):
        # BIND loads no zone whose name servers lack addresses in it.
        for server in self.chance.sample([("ns", *zone.apex), ("ns", "ent", *zone.apex),
                                          ("host", "example", "net")], 2):
            zone.link(zone.apex, "NS", server)
            if is_at_or_below(server, zone.apex):
                self.addresses(zone, server)
        if self.chance.random() < 0.2:
            self.fill(zone, zone.apex, "NS")
        for rrtype in (self.chance.choice(TARGETS), self.chance.choice(PLAIN)):
            if self.chance.random() < 0.7:
                self.fill(zone, zone.apex, rrtype)
        if self.chance.random() < 0.04:
            self.fill(zone, zone.apex, "DNAME")
        for _ in range(self.chance.choice([3, 8, 20, 45])):
            self.something(zone, self.name(zone.apex))

    def make(self):
        self.zones = [Zone(apex) for apex in self.apexes()]
        for zone in self.zones[1:]:
            parent = max((other for other in self.zones if other is not zone
                          and is_at_or_below(zone.apex, other.apex)),
                         key=lambda other: len(other.apex), default=None)
            if parent and self.chance.random() < 0.7:
                self.delegation(parent, zone.apex)
        for zone in self.zones:
            self.make_zone(zone)
        for feature, probability in ((self.chain, 0.5), (self.chain, 0.3), (self.crowd, 0.15),
                                     (self.substitutions, 0.25), (self.overflow, 0.15),
                                     (self.hollow, 0.25),
                                     (self.depths, 0.08)):
            if self.chance.random() < probability:
                feature()
        for zone in self.zones:
            if self.chance.random() < 0.8:
                self.clear(zone)
        return {text(zone.apex): self.finish(zone) for zone in self.zones}

    def clear(self, zone):
        """Takes from a zone what lies at or below the apexes of others, but for delegations."""
        below = [other.apex for other in self.zones
                 if other is not zone and is_at_or_below(other.apex, zone.apex)]
        for key, (name, types) in list(zone.names.items()):
            if any(is_at_or_below(name, apex) and len(name) > len(apex) for apex in below):
                del zone.names[key]
            elif any(is_at_or_below(name, apex) for apex in below):
                for rrtype in types.keys() - {"NS", "DS"}:
                    del types[rrtype]

    def finish(self, zone):
        soa = (f"{text(zone.apex)} {self.chance.choice([60, 7200])} IN SOA {self.target(zone)} "
               f"hostmaster.example.net. 1 3600 600 86400 {self.chance.choice([30, 300, 90000])}")
        return [soa, *zone.lines(self.chance)]


def make(seed, top):
    """{origin: [record]}, the SOA first; all of it below `top`, a tuple of labels."""
    return Maker(seed, top).make()
