"""Disagreements as small texts that can be replayed: zones, question, and each server's answer."""

import collections
import dataclasses
import itertools

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

import cases
import judge
import oracle
import questions
import servers
import shrink


def describe(question):
    name = dns.name.from_wire(question.name, 0)[0].to_text()
    rrtype = dns.rdatatype.to_text(question.rrtype)
    return f"; question {name} {rrtype} {question.variant} {question.flags:04x}"


def read_question(line):
    name, rrtype, variant, flags = line.split()[2:]
    return questions.Question(dns.name.from_text(name).to_wire(),
                              int(dns.rdatatype.from_text(rrtype)), variant, int(flags, 16))


def lines_of(message):
    """A message's head and records, one a line."""
    if message is None:
        return ["silence"]
    try:
        read = dns.message.from_wire(message)
    except dns.exception.DNSException as fault:
        return [f"{type(fault).__name__} {fault}: {message.hex()}"]
    lines = [f"{dns.rcode.to_text(read.rcode())} {dns.flags.to_text(read.flags)}, "
             f"{len(message)} octets"]
    for name, section in (("answer", read.answer), ("authority", read.authority),
                          ("additional", read.additional)):
        for rrset in section:
            lines += [f"{name} {line}" for line in rrset.to_text().lower().splitlines()]
    return lines


def show(row):
    """Our answer; and of each other one what is in it that is not in ours, and the reverse."""
    ours = lines_of(row["glued"])
    lines = ["--- glued: " + ours[0], *sorted(ours[1:])]
    for name, message in row.items():
        if name != "glued":
            theirs = lines_of(message)
            lines.append(f"--- {name}: " + theirs[0])
            lines += ["- " + line for line in sorted(set(ours[1:]) - set(theirs[1:]))]
            lines += ["+ " + line for line in sorted(set(theirs[1:]) - set(ours[1:]))]
    return lines


def ask(zones, question, directory, names):
    """(kinds, {server: message}) from servers of these zones alone."""
    number = next(_numbers)
    place = directory / f"ask{number}"
    place.mkdir()
    running = servers.Servers(place, zones, names)
    try:
        row, = running.ask([question.message()], question.tcp)
        row.update(dict.fromkeys(oracle.lacking(zones)))
        if len(oracle.mute_peers(row)) == len(cases.PEERS):
            return [], row
        return oracle.examine(question, cases.Names(zones), row, running), row
    finally:
        running.close()


_numbers = itertools.count()


def text(what, seed, zones, question, row):
    lines = [f"; {what}, seed {seed}", describe(question)]
    for zone in zones:
        lines += [f"$ZONE {zone.origin}", *zone.lines]
    lines += ["; " + line for line in show(row)]
    return "\n".join(lines) + "\n"


def read(path):
    """(zones, question) of a report."""
    zones = []
    question = None
    for line in path.read_text().splitlines():
        if line.startswith("; question "):
            question = read_question(line)
        elif line.startswith("$ZONE "):
            zones.append(servers.Zone(line.split()[1], ()))
        elif line and not line.startswith(";"):
            zones[-1] = dataclasses.replace(zones[-1], lines=zones[-1].lines + (line,))
    return zones, question


def minimise(disagreement, directory, names):
    """The text of a report with as little in it as is needed."""
    measure = [name for name in names if name in cases.MEASURE]

    def differs(zones):
        kinds, _ = ask(zones, disagreement.question, directory, measure)
        return " ".join(kinds) == disagreement.what
    zones = disagreement.zones
    row = disagreement.row
    # It may take the other sets of the round.
    if differs(zones):
        zones = shrink.shrink(zones, differs)
        _, row = ask(zones, disagreement.question, directory, names)
    return text(disagreement.what, disagreement.seed, zones, disagreement.question, row)


def write_all(bad, directory, arguments):
    """The exit status."""
    counts = collections.Counter()
    for one in bad:
        counts[one.what] += 1
        if counts[one.what] > arguments.reports:
            continue
        shown = minimise(one, directory, arguments.servers)
        print(f"\n{shown}", flush=True)
        if arguments.keep:
            arguments.keep.mkdir(parents=True, exist_ok=True)
            number = counts[one.what]
            (arguments.keep / f"{one.what.replace(' ', '+')[:60]}-{number}.txt").write_text(shown)
    for what, count in counts.most_common():
        print(f"{count:7} disagreements: {what}")
    return 1 if bad else 0


def replay(paths, directory, names):
    status = 0
    for path in paths:
        zones, question = read(path)
        kinds, row = ask(zones, question, directory, names)
        is_bad = not judge.documented().issuperset(kinds)
        status |= is_bad
        print(f"{path}: {'differs' if is_bad else 'as it should be'} {' '.join(kinds)}")
        if is_bad:
            print(text(" ".join(kinds), "", zones, question, row))
    return status
