"""The kinds of difference in which signatures and denials have a part: see kinds.py."""

import dataclasses
import struct

import dnsio
import questions
from cases import HTTPS, SECTIONS, SVCB, leave_out, order

DENIAL = {questions.NSEC, questions.NSEC3}


def covered_type(record):
    """The type that an RRSIG covers."""
    return struct.unpack_from("!H", record[4])[0]


def is_denial(record):
    """NSEC or NSEC3, or a signature of such?"""
    return record[1] in DENIAL or record[1] == questions.RRSIG and covered_type(record) in DENIAL


def lacks_denial(theirs, ours):
    """Is the one as the other, but that it lacks some of the denial in the authority section?"""
    return theirs.authority < ours.authority and is_denied_otherwise(theirs, ours)


def is_denied_otherwise(theirs, ours):
    """Is the one as the other, but for what is there of denial?"""
    return (theirs.rcode, theirs.flags, theirs.answer, theirs.additional) == (
        ours.rcode, ours.flags, ours.answer, ours.additional) and all(
            is_denial(record) for record in ours.authority ^ theirs.authority)


def proves_absence(answer, name):
    """Is there an NSEC that covers the name?"""
    place = order(name)
    for owner, rrtype, _, _, rdata in answer.authority:
        if rrtype == questions.NSEC:
            first, after = order(owner), order(dnsio.read_name(rdata, 0)[0])
            if first < place and (place < after or after <= first):
                return True
    return False


# -- the kinds -------------------------------------------------------------------------------------


def rrsig_ttl(case):
    """NSD gives all RRSIGs of a name one TTL: ours have that of the RRset that they cover."""
    changed = {}
    for section in SECTIONS:
        ours, nsd = (getattr(case.answers[name], section) for name in ("glued", "nsd"))
        ttls = {record[:2]: record[3] for record in ours}
        meant = {(record[0], record[4]): record for record in ours - nsd
                 if record[1] == questions.RRSIG and record[3] == ttls.get(
                     (record[0], covered_type(record)), record[3])}
        odd = {record for record in nsd - ours
               if record[1] == questions.RRSIG and (record[0], record[4]) in meant}
        if odd:
            changed[section] = nsd - odd | {meant[record[0], record[4]] for record in odd}
    return case.with_answers({"nsd": dataclasses.replace(case.answers["nsd"], **changed)}) \
        if changed else None


def rrsig_asked(case):
    """Knot shows one of the signatures where RRSIG is asked, we and NSD show all."""
    ours, knot = case.answers["glued"].answer, case.answers["knot"].answer
    if case.question.rrtype != questions.RRSIG or not knot < ours or \
            len({record[0] for record in ours - knot}) != 1 or \
            not all(record[1] == questions.RRSIG for record in ours - knot):
        return None
    return case.with_answers({"knot": dataclasses.replace(case.answers["knot"], answer=ours)})


def nsec3_of_alias(case):
    """NSD follows no alias where NSEC3 is asked."""
    aliases = {record[0] for record in case.answers["glued"].answer if record[1] == dnsio.CNAME}
    if case.question.rrtype != questions.NSEC3 or not aliases or case.answers["nsd"].answer:
        return None
    return case.without("nsd")


def asterisk_question(case):
    """Knot takes a question for a name below that begins with "*" for one for the wildcard itself,
    and proves nothing."""
    if not any(name.startswith(b"\1*") and not case.names.exists(name)
               for name in case.searched()) or \
            not lacks_denial(case.answers["knot"], case.answers["glued"]):
        return None
    return case.without("knot")


def asterisk_encloser(case):
    """NSD adds the closest encloser's NSEC3 where a wildcard itself lacks the type."""
    nsd = case.answers["nsd"]
    if not any(name.startswith(b"\1*") and case.names.exists(name) for name in case.searched()) \
            or not lacks_denial(case.answers["glued"], nsd):
        return None
    return case.without("nsd")


def is_denied_by_nsec(case):
    """Has our answer the NSEC records that it takes where no name like the one searched is there,
    and nothing else in which it differs from Knot's?"""
    ours, knot = case.answers["glued"], case.answers["knot"]
    if not is_denied_otherwise(knot, ours) or any(
            record[1] == questions.NSEC3 for record in ours.authority | knot.authority):
        return False
    absent = [name for name in case.searched() if not case.names.exists(name)]
    if ours.rcode == dnsio.NXDOMAIN:
        absent += case.wildcards()[-1:]
    return bool(absent) and all(proves_absence(ours, name) for name in absent)


def zero_octets(case):
    """Knot takes names with octets 0 in a label for others: it finds wildcards that do not apply,
    and NSEC records that do not cover."""
    if not any(b"\0" in name[:-1] for name in case.searched()) or \
            not (is_denied_by_nsec(case) or case.counts("nsd") and case.agree("glued", "nsd")):
        return None
    return case.without("knot")


def nsec_of_wildcard(case):
    """NSD looks for what covers the wildcard among the children of the closest encloser, not among
    all that is below them: what it shows ends before the wildcard."""
    ours, nsd = case.answers["glued"], case.answers["nsd"]
    shown = [record for record in nsd.authority - ours.authority if record[1] == questions.NSEC]
    for wildcard in case.wildcards() if is_denied_otherwise(nsd, ours) else []:
        if proves_absence(ours, wildcard) and all(
                order(owner) < order(dnsio.read_name(rdata, 0)[0]) <= order(wildcard)
                for owner, _, _, _, rdata in shown):
            return case.without("nsd")
    return None


def wildcard_ds(case):
    """Knot leaves out the denial of DS at the wildcard."""
    if case.question.rrtype != questions.DS or \
            not lacks_denial(case.answers["knot"], case.answers["glued"]):
        return None
    return case.without("knot")


def synthesized_nsec(case):
    """Knot leaves out what proves the use of a wildcard where NSEC is asked, and made from it."""
    ours, knot = case.answers["glued"], case.answers["knot"]
    if case.question.rrtype != questions.NSEC or not case.wildcards() or not ours.answer or \
            not lacks_denial(knot, ours):
        return None
    return case.without("knot")


def wildcard_ns_denial(case):
    """NSD leaves out that the name itself is not there where the wildcard has NS."""
    if not any(wildcard in case.names.cuts for wildcard in case.wildcards()) or \
            not lacks_denial(case.answers["nsd"], case.answers["glued"]):
        return None
    return case.without("nsd")


def any_signatures(case):
    """Knot answers ANY with RRSIG where that is the lowest type there is."""
    ours, knot = case.answers["glued"].answer, case.answers["knot"].answer
    owners = {record[0] for record in ours - knot}
    if case.question.rrtype != dnsio.ANY or len(owners) != 1 or \
            not all(record[1] == questions.RRSIG for record in knot if record[0] in owners):
        return None
    return case.without("knot")


def encloser_left_out(case):
    """NSD leaves out the closest encloser's NSEC3 where a wildcard lacks the type; not always."""
    ours, nsd = case.answers["glued"], case.answers["nsd"]
    enclosers = {case.names.hashed(wildcard[2:]) for wildcard in case.wildcards()}
    if not lacks_denial(nsd, ours) or \
            not {record[0] for record in ours.authority - nsd.authority} <= enclosers:
        return None
    return case.without("nsd")


def denial_after_dname(case):
    """NSD does not show the NSEC that covers the name which a DNAME made; not always."""
    ours, nsd = case.answers["glued"], case.answers["nsd"]
    name = case.searched()[-1]
    if not any(record[1] == dnsio.DNAME for record in ours.answer) or \
            not is_denied_otherwise(nsd, ours) or not proves_absence(ours, name) or \
            proves_absence(nsd, name):
        return None
    return case.without("nsd")


def empty_wildcard(case):
    """Knot does not prove that a wildcard without records is there."""
    if not any(case.names.is_empty(wildcard) for wildcard in case.wildcards()) or \
            not lacks_denial(case.answers["knot"], case.answers["glued"]):
        return None
    return case.without("knot")


def below_hash(case):
    """NSD takes the owner of an NSEC3 record for a name that there is, where what is below it is
    asked for."""
    if not any(case.names.is_below_hash(name) for name in case.searched()):
        return None
    return case.without("nsd")


def opted_out_encloser(case):
    """The name or its closest encloser has nothing but insecure delegations below it, and no NSEC3:
    Knot fails, NSD leaves out the NSEC3 that covers it."""
    if not any(case.names.is_opted_out(name) for name in case.searched()):
        return None
    knot, nsd, ours = (case.answers[name] for name in ("knot", "nsd", "glued"))
    if knot.rcode == ours.rcode and not knot.answer | knot.authority | knot.additional:
        case = case.without("knot")
    return case.without("nsd") if is_denied_otherwise(nsd, ours) else case


def svcb_denial(case):
    """Knot adds that the target of SVCB has no address."""
    if not any(record[1] in (SVCB, HTTPS) for record in case.answers["knot"].answer):
        return None
    return leave_out(case, "additional", is_denial)


RECORDS = {
    "rrsig-ttl": rrsig_ttl,
    "rrsig-asked": rrsig_asked,
    "svcb-denial": svcb_denial,
}
PEERS = {
    "nsec3-of-alias": nsec3_of_alias,
    "asterisk-question": asterisk_question,
    "asterisk-encloser": asterisk_encloser,
    "nsec-of-wildcard": nsec_of_wildcard,
    "wildcard-ds": wildcard_ds,
    "synthesized-nsec": synthesized_nsec,
    "wildcard-ns-denial": wildcard_ns_denial,
    "encloser-left-out": encloser_left_out,
    "denial-after-dname": denial_after_dname,
    "empty-wildcard": empty_wildcard,
    "below-hash": below_hash,
    "opted-out-encloser": opted_out_encloser,
    "any-signatures": any_signatures,
}
# Where nothing else explains it.
LAST = {
    "zero-octets": zero_octets,
}
