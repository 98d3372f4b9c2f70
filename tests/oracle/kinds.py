"""The kinds of difference that are known: docs/conformance.md has a line for each.

A kind is a function that knows one reason for which answers differ: it takes from them what that
reason explains.
"""

import dataclasses

import dnsio
import questions
from cases import HTTPS, KX, L32, L64, LP, MEASURE, NAPTR, RT, SVCB, leave_out

YXDOMAIN = 6
# Servers give up after different numbers of aliases, none before this many; but NSD at once where
# ANY is asked, and where a DNAME leads below itself.
CHAIN_MIN = 4
CHAIN_OURS = 13


def name_at(at):
    return lambda owner, rdata: dnsio.read_name(rdata, at)[0]


def naptr_replacement(owner, rdata):
    at = 4
    for _ in range(3):  # flags, service, regular expression
        at += 1 + rdata[at]
    return dnsio.read_name(rdata, at)[0]


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
    """NSD shows addresses that a wildcard gives to a name two or more labels below as those of a
    name one label below the wildcard's parent, or of the wildcard."""
    ours, nsd = case.answers["glued"], case.answers["nsd"]
    renamed = {}
    for record in ours.additional - nsd.additional:
        for other in nsd.additional - ours.additional:
            parent = other[0][1 + other[0][0]:]
            if other[1:] == record[1:] and parent and \
                    parent in list(questions.ancestors(record[0]))[1:]:
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


def leads_below_itself(answer):
    return any(record[1] == dnsio.DNAME and record[0] in list(questions.ancestors(record[4]))
               for record in answer.answer)


def is_chain_given_up(who, answer):
    """Nothing but aliases, without an error, and as many as he follows?"""
    least = CHAIN_OURS if who == "glued" else CHAIN_MIN
    if who == "nsd" and (answer.question[0][1] == dnsio.ANY or leads_below_itself(answer)):
        least = 1
    return (answer.rcode == dnsio.NOERROR and not answer.authority and not answer.additional
            and sum(record[1] == dnsio.CNAME for record in answer.answer) >= least
            and all(record[1] in (dnsio.CNAME, dnsio.DNAME, questions.RRSIG)
                    for record in answer.answer))


def chain_length(case):
    """Who gives up a chain of aliases said what the others say, as far as he came."""
    changed = {}
    for name, answer in case.measured().items():
        longer = max((other for other in case.measured().values()
                      if answer.answer <= other.answer and answer.flags == other.flags),
                     key=lambda other: (len(other.answer), len(other.authority)))
        if longer != answer and is_chain_given_up(name, answer):
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
    """ANY is answered with one RRset and what belongs to it; which is each server's choice."""
    ours, knot, nsd = (case.answers[name] for name in MEASURE)
    if case.question.rrtype != dnsio.ANY or nsd.rcode or \
            case.counts("knot") and ours.answer != knot.answer:
        return None
    chosen = [record for record in nsd.answer - ours.answer if record[1] != questions.RRSIG]
    theirs = ours.answer - nsd.answer
    if len({record[:2] for record in chosen}) != 1 or \
            not {record[0] for record in theirs} <= {chosen[0][0]}:
        return None
    return case.with_answers({"nsd": dataclasses.replace(nsd, answer=ours.answer,
                                                         additional=ours.additional)})


def follows_more(case, one, other):
    """Has `one` followed an alias where `other` stopped at it, for it may have NSEC and RRSIG of its own?"""
    added = case.answers[one].answer - case.answers[other].answer
    return case.question.rrtype in (questions.NSEC, questions.RRSIG) and \
        any(record[1] == dnsio.CNAME for record in added)


def alias_itself(case):
    """NSD follows aliases that have the NSEC or RRSIG that are asked for."""
    return case.without("nsd") if follows_more(case, "nsd", "glued") else None


def alias_alone(case):
    """Knot denies that an alias has NSEC or RRSIG where it has none."""
    return case.without("knot") if follows_more(case, "glued", "knot") else None


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
    """Knot goes on with the target of a DNAME where YXDOMAIN is the end."""
    ours, knot = case.answers["glued"], case.answers["knot"]
    if ours.rcode != YXDOMAIN or knot.rcode not in (YXDOMAIN, dnsio.NXDOMAIN) or \
            not knot.answer >= ours.answer:
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


def svcb_targets(case):
    """NSD adds nothing for SVCB and HTTPS, Knot nothing where the target is the owner, written ".":
    it adds what the root has, if it serves the root."""
    led_to = set()
    for answer in case.measured().values():
        for owner, rrtype, _, _, rdata in answer.answer:
            if rrtype in (SVCB, HTTPS):
                target = dnsio.read_name(rdata, 2)[0]
                led_to.update({target, owner} if target == b"\0" else {target})
    return leave_out(case, "additional",
                     lambda record: record[0] in led_to and record[1] in
                     (dnsio.A, dnsio.AAAA, SVCB, HTTPS, questions.RRSIG))


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


# Those that explain records, and those that discount a peer.
RECORDS = {
    "apex-ns": apex_ns,
    "wildcard-target": wildcard_target,
    "soa-addresses": additional_of({dnsio.SOA}, name_at(0), {dnsio.A, dnsio.AAAA}),
    "host-addresses": additional_of({dnsio.AFSDB, KX, RT}, name_at(2),
                                    {dnsio.A, dnsio.AAAA}),
    "naptr-rules": additional_of({NAPTR}, naptr_replacement, {dnsio.A, dnsio.AAAA, dnsio.SRV}),
    "lp-locators": additional_of({LP}, name_at(2), {L32, L64}),
    "svcb-targets": svcb_targets,
    "svcb-wildcard": svcb_wildcard,
    "undelegated-target": undelegated_target,
    "glue-of-targets": glue_of_targets,
}
PEERS = {
    "alias-itself": alias_itself,
    "alias-alone": alias_alone,
    "wildcard-ns": wildcard_ns,
    "wildcard-dname": wildcard_dname,
    "yxdomain-authority": yxdomain_authority,
    "chain-length": chain_length,
    "chain-across-zones": chain_across,
    "any-rrset": any_rrset,
    "shadowed-names": shadowed_names,
}
