"""One question, what each server said to it, and what there is to know of the zones."""

import base64
import dataclasses
import hashlib

import dnsio
import questions

SECTIONS = ("answer", "authority", "additional")
FIELDS = ("rcode", "flags", *SECTIONS)
# Whose common answer is the measure.
PEERS = ("knot", "nsd")
MEASURE = ("glued", *PEERS)
RP, RT, PX, KX, NAPTR, SVCB, HTTPS, L32, L64, LP = 17, 21, 26, 36, 35, 64, 65, 105, 106, 107
# Their names may come in any case, and dnsio does not look for them.
FOLDED = {dnsio.AFSDB, RP, RT, PX, KX, NAPTR, SVCB, HTTPS, LP}
DELEGATION = {dnsio.NS, questions.DS}


def fold(records):
    if not any(record[1] in FOLDED for record in records):
        return records
    return frozenset((*record[:4], record[4].lower()) if record[1] in FOLDED else record
                     for record in records)


def read(message, is_strict):
    answer = dnsio.read_answer(message, is_strict)
    return dataclasses.replace(answer, answer=fold(answer.answer), authority=fold(answer.authority),
                               additional=fold(answer.additional))


def order(name):
    """A key for the canonical order of names in lower case: RFC 4034 section 6.1."""
    return [label[1:] for label in reversed(questions.labels(name))]


class Names:
    """What is to be known of the zones that are served, names in wire form and lower case."""

    def __init__(self, zones):
        self.apexes = {zone.apex() for zone in zones}
        # By apex, the names that there are, those without records among them.
        self.existing = {zone.apex(): questions.existing(zone) for zone in zones}
        self.owners = {zone.apex(): {owner for owner, _ in zone.pairs()} for zone in zones}
        self.hashes = {owner for zone in zones for owner in questions.hashed(zone)}
        self.nsec3 = {zone.apex(): zone.nsec3() for zone in zones}
        self.cuts = set()
        # Apexes of zones at or below which another zone's file has more than a delegation, and
        # names above an apex.
        self.shadowed = set()
        self.above = {above for zone in zones for above in questions.ancestors(zone.apex())}
        self.above.discard(b"\0")
        for zone in zones:
            apex = zone.apex()
            for owner, rrtype in zone.pairs():
                if rrtype == dnsio.NS and owner != apex:
                    self.cuts.add(owner)
                nearest = self.apex_of(owner)
                if nearest != apex and (owner != nearest or rrtype not in DELEGATION):
                    self.shadowed.add(nearest)

    def apex_of(self, name):
        """That of the zone which is nearest to the name, or None."""
        return next((above for above in questions.ancestors(name) if above in self.apexes), None)

    def exists(self, name):
        apex = self.apex_of(name)
        return apex is not None and name in self.existing[apex]

    def is_empty(self, name):
        """An empty non-terminal?"""
        return self.exists(name) and name not in self.owners[self.apex_of(name)]

    def hashed(self, name):
        """The owner of the NSEC3 that matches the name, in its zone; None without NSEC3."""
        apex = self.apex_of(name)
        if self.nsec3.get(apex) is None:
            return None
        salt, iterations = self.nsec3[apex]
        digest = name
        for _ in range(iterations + 1):
            digest = hashlib.sha1(digest + salt).digest()
        label = base64.b32hexencode(digest).lower()
        return bytes([len(label)]) + label + apex

    def is_below_hash(self, name):
        """Is a name above it that of an NSEC3 record?"""
        return any(above != name and above in self.hashes for above in questions.ancestors(name))

    def is_opted_out(self, name):
        """Does a name exist, or one above it, without the NSEC3 that would show it?"""
        encloser = self.encloser(name)
        return encloser is not None and self.hashed(encloser) not in {None} | self.hashes

    def encloser(self, name):
        """The longest existing ancestor of a name in its zone."""
        apex = self.apex_of(name)
        return apex and next(above for above in questions.ancestors(name)
                             if above in self.existing[apex] or above == apex)

    def is_shadowed(self, name):
        """May the other zones hide what this one says of the name?"""
        apex = self.apex_of(name)
        return apex in self.shadowed or name in self.apexes - self.cuts or any(
            above in self.above - self.apexes or b"\1*" + above in self.above
            for above in questions.ancestors(name) if self.apex_of(above) == apex is not None)

    def is_below_cut(self, name):
        for above in questions.ancestors(name):
            if above in self.apexes:
                return False
            if above in self.cuts:
                return True
        return False


class Case:
    """One question about zones with these names, and what each server said to it; `full` asks it
    over TCP: another Case."""

    def __init__(self, question, names, answers, full, discounted=frozenset()):
        self.question = question
        self.names = names
        self.answers = answers
        self.full = full
        self.discounted = discounted  # peers whose answer counts no more

    def with_answers(self, changed):
        return Case(self.question, self.names, self.answers | changed, self.full, self.discounted)

    def without(self, peer):
        """What this peer says does not count."""
        return Case(self.question, self.names, self.answers, self.full, self.discounted | {peer})

    def counts(self, peer):
        return peer not in self.discounted

    def searched(self):
        """The names that the question and the aliases in our answer ask for."""
        return [self.question.name.lower(), *(record[4] for record in self.answers["glued"].answer
                                              if record[1] == dnsio.CNAME)]

    def wildcards(self):
        """Those that would stand for the names that are asked for and not there."""
        enclosers = [self.names.encloser(name) for name in self.searched()
                     if not self.names.exists(name)]
        return [b"\1*" + encloser for encloser in enclosers if encloser is not None]

    def agree(self, *names):
        """Do these servers say the same?"""
        return all(getattr(self.answers[names[0]], field) == getattr(self.answers[other], field)
                   for field in FIELDS for other in names[1:])

    def signature(self):
        """Who stands alone in which fields."""
        odd = []
        for name in FIELDS:
            said = {who: getattr(answer, name) for who, answer in self.measured().items()}
            if not all(one == said["glued"] for one in said.values()):
                alone = [who for who in said
                         if len({said[other] for other in said if other != who}) == 1]
                who = "each" if not alone else "glued" if len(said) < len(MEASURE) else alone[0]
                odd.append(f"{name}:{who}")
        return ",".join(odd)

    def is_alike(self):
        return self.agree(*self.measured())

    def measured(self):
        """What those say who count."""
        return {name: self.answers[name] for name in MEASURE if name not in self.discounted}


def leave_out(case, section, explains):
    """Takes from a section the records that not all servers have, where explains(record); never
    those that the peers have and we do not."""
    kept = frozenset()
    if not case.discounted:
        kept = getattr(case.answers["knot"], section) & getattr(case.answers["nsd"], section)
    changed = {}
    for name, answer in case.measured().items():
        records = getattr(answer, section)
        extra = {record for record in records - kept if explains(record)}
        if extra:
            changed[name] = dataclasses.replace(answer, **{section: records - extra})
    return case.with_answers(changed) if changed else None
