"""Small zones made by chance from a seed: few labels, so that names collide, nest and alias one
another."""

import random

LABELS = ["a", "b", "c", "dd", "*"]
DATA = ["A", "AAAA", "TXT", "MX", "SRV", "PTR", "HINFO", "CAA"]


def below(name, ancestor):
    """Is a relative name (labels from the left) at or below another?"""
    return name[len(name) - len(ancestor):] == ancestor


class Maker:
    def __init__(self, seed, origin):
        self.random = random.Random(seed)
        self.origin = origin
        self.names = {}

    def name(self, deepest=4):
        depth = self.random.choice([1, 1, 2, 2, 3, deepest])
        labels = [self.random.choice(LABELS[:-1]) for _ in range(depth)]
        if self.random.random() < 0.2:
            labels[0] = "*"
        return tuple(labels)

    def text(self, name):
        return ".".join((*name, self.origin)) + "."

    def target(self):
        """Mostly a name of the zone that there is, or one below it; else chance's."""
        roll = self.random.random()
        if roll < 0.55 and self.names:
            return self.text(self.random.choice(sorted(self.names)))
        if roll < 0.7 and self.names:
            return self.text(("a", *self.random.choice(sorted(self.names)))[-5:])
        return self.text(self.name()) if roll < 0.9 else "host.example.net."

    def rdata(self, rrtype):
        chance = self.random
        return {
            "A": lambda: f"192.0.2.{chance.randrange(256)}",
            "AAAA": lambda: f"2001:db8::{chance.randrange(1, 65536):x}",
            "TXT": lambda: '"' + "x" * chance.choice([1, 20, 150, 230]) + f'{chance.random()}"',
            "MX": lambda: f"{chance.randrange(100)} {self.target()}",
            "SRV": lambda: f"{chance.randrange(9)} 0 {chance.randrange(65536)} {self.target()}",
            "PTR": self.target,
            "NS": self.target,
            "CNAME": self.target,
            "DNAME": self.target,
            "HINFO": lambda: '"cpu" "os"',
            "CAA": lambda: '0 issue "ca.example.net"',
        }[rrtype]()

    def choose_types(self, name):
        roll = self.random.random()
        is_wildcard = name[0] == "*"
        if roll < 0.18:
            return {"CNAME"}
        # RFC 4592 4.2 and 4.4 leave NS and DNAME at a wildcard undefined.
        if roll < 0.3 and not is_wildcard:
            return {"NS"}
        if roll < 0.38 and not is_wildcard:
            return {"DNAME"} | ({"TXT"} if self.random.random() < 0.5 else set())
        return set(self.random.sample(DATA, self.random.choice([1, 1, 2, 3])))

    def make(self):
        for _ in range(self.random.choice([8, 20, 45])):
            name = self.name()
            if name not in self.names and not self.is_below_dname(name):
                types = self.choose_types(name)
                if "DNAME" in types:
                    self.names = {other: kept for other, kept in self.names.items()
                                  if not below(other, name)}
                self.names[name] = types
                # Glue, which may be any other record's target too.
                if types == {"NS"} and self.random.random() < 0.7:
                    self.names[("ns", *name)] = {"A", "AAAA"}
        lines = [f"; origin: {self.origin}", "$TTL 3600",
                 f"{self.origin}. {self.random.choice([60, 7200])} IN SOA {self.target()} "
                 "hostmaster.example.net. 1 3600 600 86400 300"]
        for name, types in sorted(self.names.items()):
            for rrtype in sorted(types):
                lines += self.rrset(self.text(name), rrtype)
        lines += self.rrset(f"{self.origin}.", "NS")
        for rrtype in self.random.sample(DATA, 2):
            lines += self.rrset(f"{self.origin}.", rrtype)
        return "\n".join(lines) + "\n"

    def is_below_dname(self, name):
        return any("DNAME" in types and below(name, other) and name != other
                   for other, types in self.names.items())

    def rrset(self, owner, rrtype):
        single = rrtype in ("CNAME", "DNAME", "HINFO", "CAA")
        count = 1 if single else self.random.choice([1, 1, 2, 3, 9])
        ttl = self.random.choice([0, 5, 300, 86400])
        return sorted({f"{owner} {ttl} IN {rrtype} {self.rdata(rrtype)}" for _ in range(count)})


def make(seed):
    """(origin, text)"""
    origin = f"z{seed}.test"
    return origin, Maker(seed, origin).make()
