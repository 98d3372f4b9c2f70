"""Are the answers to one question alike? What may differ has a kind, and each kind a line in
docs/conformance.md.

A kind is a function that knows one reason for which answers differ: it takes from them what that
reason explains. Where nothing is left that differs, the answers are as they should be.
"""

import dataclasses
import pathlib
import re

import dnsio
import questions

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
FIELDS = ("rcode", "flags", "answer", "authority", "additional")
# Whose common answer is the measure.
MEASURE = ("glued", "knot", "nsd")
# Answers of other servers may be a little longer or shorter than ours for the same records.
COMPRESSION_SLACK = 128
RP, RT, PX, KX, NAPTR, SVCB, HTTPS, L32, L64, LP = 17, 21, 26, 36, 35, 64, 65, 105, 106, 107
# Their names may come in any case, and dnsio does not look for them.
FOLDED = {dnsio.AFSDB, RP, RT, PX, KX, NAPTR, SVCB, HTTPS, LP}
YXDOMAIN = 6
DELEGATION = {dnsio.NS, questions.DS}
# Servers give up after different numbers of aliases, none before this many; but NSD at once where
# ANY is asked.
CHAIN_MIN = 4


def documented():
    """The first columns of the tables in docs/conformance.md."""
    return set(re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(), re.M))


def fold(records):
    if not any(record[1] in FOLDED for record in records):
        return records
    return frozenset((*record[:4], record[4].lower()) if record[1] in FOLDED else record
                     for record in records)


def read(message, is_strict):
    answer = dnsio.read_answer(message, is_strict)
    return dataclasses.replace(answer, answer=fold(answer.answer), authority=fold(answer.authority),
                               additional=fold(answer.additional))


class Names:
    """What is to be known of the zones that are served, names in wire form and lower case."""

    def __init__(self, zones):
        self.apexes = {zone.apex() for zone in zones}
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
        """What this peer says does not count; where no other's does, ours stands alone."""
        other = "nsd" if peer == "knot" else "knot"
        changed = {peer: self.answers[other]}
        if other in self.discounted:
            changed = dict.fromkeys(("knot", "nsd"), self.answers["glued"])
        return Case(self.question, self.names, self.answers | changed, self.full,
                    self.discounted | {peer})

    def searched(self):
        """The names that the question and the aliases in our answer ask for."""
        return [self.question.name.lower(), *(record[4] for record in self.answers["glued"].answer
                                              if record[1] == dnsio.CNAME)]

    def agree(self, *names):
        """Do these servers say the same?"""
        return all(getattr(self.answers[names[0]], field) == getattr(self.answers[other], field)
                   for field in FIELDS for other in names[1:])

    def signature(self):
        """Who stands alone in which fields."""
        odd = []
        for name in FIELDS:
            ours, knot, nsd = (getattr(self.answers[who], name) for who in MEASURE)
            if not ours == knot == nsd:
                who = "glued" if knot == nsd else "knot" if ours == nsd else \
                    "nsd" if ours == knot else "each"
                odd.append(f"{name}:{who}")
        return ",".join(odd)

    def is_alike(self):
        return self.agree(*MEASURE)

    def measured(self):
        return {name: self.answers[name] for name in MEASURE}


def leave_out(case, section, explains):
    """Takes from a section the records that not all servers have, where explains(record); never
    those that the peers have and we do not."""
    kept = getattr(case.answers["knot"], section) & getattr(case.answers["nsd"], section)
    changed = {}
    for name, answer in case.measured().items():
        records = getattr(answer, section)
        extra = {record for record in records - kept if explains(record)}
        if extra:
            changed[name] = dataclasses.replace(answer, **{section: records - extra})
    return case.with_answers(changed) if changed else None


# -- the kinds -------------------------------------------------------------------------------------


def name_at(at):
    return lambda owner, rdata: dnsio.read_name(rdata, at)[0]


def naptr_replacement(owner, rdata):
    at = 4
    for _ in range(3):  # flags, service, regular expression
        at += 1 + rdata[at]
    return dnsio.read_name(rdata, at)[0]


def svcb_target(owner, rdata):
    return owner if rdata[2] == 0 else dnsio.read_name(rdata, 2)[0]


def additional_of(rrtypes, name_of, added):
    """Types in the answer, which name of owner and RDATA, and the types that some add of it."""
    def explain(case):
        led_to = {name_of(record[0], record[4]) for answer in case.measured().values()
                  for record in answer.answer if record[1] in rrtypes}
        return leave_out(case, "additional",
                         lambda record: record[0] in led_to
                         and record[1] in added | {questions.RRSIG})
    return explain


def wildcard_target(case):
    """NSD shows addresses that a wildcard gives to a name two or more labels below as those of the
    name one label below."""
    ours, nsd = case.answers["glued"], case.answers["nsd"]
    renamed = {}
    for record in ours.additional - nsd.additional:
        for other in nsd.additional - ours.additional:
            if other[1:] == record[1:] and other[0] in list(questions.ancestors(record[0])):
                renamed[other] = record
    # Several targets may have come together in one such name.
    added = {record for record in ours.additional - nsd.additional
             if any(other[1:] == record[1:] for other in renamed)}
    return case.with_answers({"nsd": dataclasses.replace(
        nsd, additional=nsd.additional - renamed.keys() | added)}) if renamed else None


def apex_ns(case):
    """NSD adds the zone's NS and their addresses to each positive answer."""
    ours, nsd = case.answers["glued"], case.answers["nsd"]
    more = {record for record in nsd.authority - ours.authority
            if record[1] in (dnsio.NS, questions.RRSIG) and record[0] in case.names.apexes}
    servers = {record[4] for record in more if record[1] == dnsio.NS}
    if not nsd.answer or not servers:
        return None
    added = {record for record in nsd.additional - ours.additional if record[0] in servers}
    return case.with_answers({"nsd": dataclasses.replace(
        nsd, authority=nsd.authority - more, additional=nsd.additional - added)})


def is_chain_given_up(answer):
    """Nothing but aliases, without an error."""
    least = 1 if answer.question[0][1] == dnsio.ANY else CHAIN_MIN
    return (answer.rcode == dnsio.NOERROR and not answer.authority and not answer.additional
            and len(answer.answer) >= least
            and all(record[1] in (dnsio.CNAME, dnsio.DNAME, questions.RRSIG)
                    for record in answer.answer))


def chain_length(case):
    """Who gives up a chain of aliases said what the others say, as far as he came."""
    changed = {}
    for name, answer in case.measured().items():
        longer = max((other for other in case.measured().values()
                      if answer.answer <= other.answer and answer.flags == other.flags),
                     key=lambda other: (len(other.answer), len(other.authority)))
        if longer != answer and is_chain_given_up(answer):
            changed[name] = longer
    return case.with_answers(changed) if changed else None


def leads_across(case):
    """Does an alias lead from one zone into another? DS of an apex is the parent's."""
    for owner, rrtype, _, _, rdata in case.answers["glued"].answer:
        target = case.names.apex_of(rdata) if rrtype == dnsio.CNAME else None
        if target is not None and (target != case.names.apex_of(owner)
                                   or case.question.rrtype == questions.DS and rdata == target):
            return True
    return False


def chain_across(case):
    """Knot does not follow an alias into another zone."""
    return case.without("knot") if leads_across(case) else None


def any_rrset(case):
    """ANY is answered with one RRset, the choice of which is each server's."""
    if case.question.rrtype != dnsio.ANY:
        return None
    answers = list(case.measured().values())
    common = frozenset.intersection(*(answer.answer for answer in answers))
    aliases = {record for record in common if record[1] in (dnsio.CNAME, dnsio.DNAME)}
    owners = set()
    for answer in answers:
        found = {record[:2] for record in answer.answer - aliases}
        if answer.rcode or len(found) != 1:
            return None
        owners.update(owner for owner, _ in found)
    if len(owners) != 1:
        return None
    return case.with_answers(dict.fromkeys(MEASURE, case.answers["knot"]))


def alias_itself(case):
    """NSD follows aliases where NSEC or RRSIG are asked."""
    added = case.answers["nsd"].answer - case.answers["glued"].answer
    if case.question.rrtype not in (questions.NSEC, questions.RRSIG) or \
            not any(record[1] == dnsio.CNAME for record in added):
        return None
    return case.without("nsd")


def wildcard_ns(case):
    """Knot delegates the names that a wildcard with NS stands for."""
    if not any(record[1] == dnsio.NS and record[0].startswith(b"\1*")
               for record in case.answers["knot"].authority):
        return None
    return case.without("knot")


def wildcard_dname(case):
    """Knot shows the DNAME of a wildcard's own name as that of the name below it."""
    if not any(record[1] == dnsio.DNAME and record[0].startswith(b"\1*")
               for record in case.answers["glued"].answer):
        return None
    return case.without("knot")


def yxdomain_authority(case):
    """Knot adds an authority section to YXDOMAIN."""
    if case.answers["knot"].rcode != YXDOMAIN:
        return None
    return case.without("knot")


def shadowed_names(case):
    """NSD takes names for existing that exist in the file of another zone above, or because the
    apex of another lies below."""
    if case.agree("glued", "nsd") or \
            not any(case.names.is_shadowed(name) for name in case.searched()):
        return None
    return case.without("nsd")


def undelegated_target(case):
    """A target in another zone that is served, though the zone of the answer does not delegate it:
    Knot and we say what that zone has, NSD says nothing, or what the other has."""
    apex = case.names.apex_of(case.searched()[-1])
    return leave_out(case, "additional", lambda record: case.names.apex_of(record[0]) != apex)


def svcb_wildcard(case):
    """Knot shows what a wildcard gives to the target of SVCB as the wildcard's own."""
    if not any(record[1] in (SVCB, HTTPS) for record in case.answers["knot"].answer):
        return None
    return leave_out(case, "additional", lambda record: record[0].startswith(b"\1*"))


def glue_of_targets(case):
    """A mail exchanger, say, below a zone cut: Knot and we add its glue, NSD does not."""
    if not case.answers["glued"].answer:
        return None
    return leave_out(case, "additional", lambda record: record[1] in (dnsio.A, dnsio.AAAA)
                     and case.names.is_below_cut(record[0]))


KINDS = {
    "apex-ns": apex_ns,
    "wildcard-target": wildcard_target,
    "alias-itself": alias_itself,
    "wildcard-ns": wildcard_ns,
    "wildcard-dname": wildcard_dname,
    "yxdomain-authority": yxdomain_authority,
    "chain-length": chain_length,
    "chain-across-zones": chain_across,
    "any-rrset": any_rrset,
    "soa-addresses": additional_of({dnsio.SOA}, name_at(0), {dnsio.A, dnsio.AAAA}),
    "host-addresses": additional_of({dnsio.AFSDB, KX, RT}, name_at(2),
                                    {dnsio.A, dnsio.AAAA}),
    "naptr-rules": additional_of({NAPTR}, naptr_replacement, {dnsio.A, dnsio.AAAA, dnsio.SRV}),
    "lp-locators": additional_of({LP}, name_at(2), {L32, L64}),
    "svcb-targets": additional_of({SVCB, HTTPS}, svcb_target,
                                  {dnsio.A, dnsio.AAAA, SVCB, HTTPS}),
    "svcb-wildcard": svcb_wildcard,
    "undelegated-target": undelegated_target,
    "glue-of-targets": glue_of_targets,
    "shadowed-names": shadowed_names,
}


# -- what did not fit ------------------------------------------------------------------------------


def is_cut_rightly(names, ours, full, size):
    """The rules of RFC 2181 section 9 and RFC 9471 section 3 for what does not fit whole."""
    if ours.length > size or ours.rcode != full.rcode and not ours.has(dnsio.TC):
        return False
    if ours.flags & ~dnsio.TC != full.flags & ~dnsio.TC:
        return False
    if ours.has(dnsio.TC):
        return (ours.answer <= full.answer and ours.authority <= full.authority
                and ours.additional <= full.additional)
    # Without TC nothing but optional records is missing: no glue of a referral.
    is_referral = any(record[1] == dnsio.NS for record in full.authority)
    missing = full.additional - ours.additional
    return (ours.answer == full.answer and ours.authority == full.authority
            and ours.additional <= full.additional
            and not (is_referral and any(names.is_below_cut(record[0]) for record in missing)))


def judge_cut(case):
    """The kinds for an answer over UDP of which, over TCP, there is more than fits; or None."""
    if case.full is None:
        return None
    size = case.question.size
    full = case.full()
    if all(answer.length <= size - COMPRESSION_SLACK for answer in full.measured().values()):
        return None
    if not is_cut_rightly(case.names, case.answers["glued"], full.answers["glued"], size):
        return None
    return judge(full) + ["additional-fits" if full.answers["glued"].answer else "referral-glue"]


# -- judging ---------------------------------------------------------------------------------------


def check_form(question, message, answer):
    """What is wrong with our response, whatever the others say; or None."""
    flags = questions.read_flags(message)
    if questions.question_section(message) != questions.question_section(question.message()):
        return "the question is not echoed"
    if not flags & dnsio.QR or flags & (dnsio.RA | dnsio.AD | dnsio.CD) or \
            flags & dnsio.RD != question.flags & dnsio.RD:
        return f"header flags {flags:04x}"
    if len(message) > question.size:
        return f"{len(message)} octets where {question.size} are allowed"
    edns = question.edns()
    if not edns:
        return f"OPT unasked: {answer.opt}" if answer.opt else None
    _, version, opt_flags, options = answer.opt or (0, 1, 0, b"")
    if (version, opt_flags) != (0, dnsio.DO if question.do else 0) or \
            (options and answer.rcode == dnsio.NOERROR):  # else an extended error (RFC 8914)
        return f"OPT {answer.opt}"
    return None


def judge(case):
    """The kinds that explain how the answers differ, [] if they do not; the last is the signature
    of what is left where no kind explains it."""
    found = []
    left = case
    for name, explain in KINDS.items():
        if left.is_alike():
            return found
        simpler = explain(left)
        if simpler:
            found.append(name)
            left = simpler
    if left.is_alike():
        return found
    cut = judge_cut(case)
    return cut if cut is not None else found + [left.signature()]


def is_between_peers(kind):
    """Is it the signature of a difference in which Knot and NSD are not of one mind?"""
    return re.fullmatch(r"\w+:(knot|nsd|each)(,\w+:(knot|nsd|each))*", kind) is not None
