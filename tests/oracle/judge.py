"""Are the answers to one question alike? What may differ has a kind, and each kind a line in
docs/conformance.md. Where nothing is left that differs, the answers are as they should be.
"""

import pathlib
import re

import dnsio
import kinds
import kinds_signed
import questions

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
# Answers of other servers may be a little longer or shorter than ours for the same records.
COMPRESSION_SLACK = 128
KINDS = (kinds_signed.RECORDS | kinds.RECORDS | kinds_signed.PEERS | kinds.PEERS
         | kinds_signed.LAST)


def documented():
    """The first columns of the tables in docs/conformance.md."""
    return set(re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(), re.M))


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
    return judge(full)[0] + ["additional-fits" if full.answers["glued"].answer else "referral-glue"]


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


def is_needless(before, after):
    """Does the kind nothing, or discount a peer that says what we say?"""
    gone = after.discounted - before.discounted
    return after is before or gone and all(before.agree("glued", peer) for peer in gone)


def explained(case):
    """(the kinds that explain how the answers differ, what is left of the case)"""
    found = []
    for name, explain in KINDS.items():
        if case.is_alike():
            break
        simpler = explain(case)
        if simpler and not is_needless(case, simpler):
            found.append(name)
            case = simpler
    return found, case


def judge(case):
    """(the kinds that explain how the answers differ, [] if they do not; whether no peer is left to
    hold ours against). The last kind is the signature of what is left where none explains it."""
    found, left = explained(case)
    if left.is_alike():
        return found, len(left.measured()) == 1
    cut = judge_cut(case)
    return (cut if cut is not None else found + [left.signature()]), False
