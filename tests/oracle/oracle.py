"""Rounds of zones and questions, what the servers answered, and the reports about it."""

import argparse
import collections
import dataclasses
import pathlib
import random
import tempfile
import time

import cases
import dnsio
import judge
import kinds
import questions
import report
import servers
import signing
import zonesets

# Zone sets that one start of the servers serves, each below a name of its own; and every so many
# rounds one set alone that has the root.
SETS_A_ROUND = 12
ROOT_EVERY = 4
# Types that are asked of an alias itself.
OF_ALIASES = {dnsio.CNAME, dnsio.ANY, questions.NSEC, questions.RRSIG}


@dataclasses.dataclass(frozen=True)
class How:
    """What makes a round."""
    servers: tuple = servers.NAMES
    count: int = 5000  # of questions
    is_signed: bool = False


@dataclasses.dataclass
class Tally:
    """What a run came to."""
    count: int = 0
    unanswered: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    deaths: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    kinds: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    bad: list = dataclasses.field(default_factory=list)  # Disagreements


@dataclasses.dataclass
class Disagreement:
    what: str
    seed: int
    zones: list
    question: questions.Question
    row: dict  # {server: message}


def zones_of_round(seed, directory, is_signed):
    """The sets of a round, as glued reads them."""
    chance = random.Random(f"signing {seed}")
    tops = [()] if seed % ROOT_EVERY == 0 else [(f"s{place}x",) for place in range(SETS_A_ROUND)]
    sets = []
    for place, top in enumerate(tops):
        zones = []
        for origin, lines in zonesets.make(f"{seed} {place}", top).items():
            path = directory / "zone"
            path.write_text("\n".join(lines) + "\n")
            if is_signed:
                path = signing.sign(chance, origin, path,
                                    directory / f"signing{len(sets)}-{len(zones)}")
            zones.append(servers.canonical(origin, path))
        sets.append(zones)
    return sets


def read_answers(question, messages):
    """{server: Answer}; Malformed with ours only: of others we see what they say."""
    return {name: cases.read(message, is_strict=name == "glued")
            for name, message in messages.items()}


def is_mute(message):
    """A zone that a peer does not load is none that it has an opinion of."""
    return message is None or message[3] & 15 == dnsio.SERVFAIL


def mute_peers(messages):
    return [name for name in cases.PEERS if is_mute(messages[name])]


def lacking(zones):
    """The peers that do not get all of these zones."""
    return [name for name in cases.PEERS if not all(servers.takes(name, zone) for zone in zones)]


def case_of(question, names, messages, full):
    """The Case; where a peer is mute, it is as if it had said what the other says."""
    mute = mute_peers(messages)
    said = {name: message for name, message in messages.items() if name not in mute}
    answers = read_answers(question, said)
    answers.update((name, answers["glued"]) for name in mute)
    case = cases.Case(question, names, answers, full)
    for name in mute:
        case = case.without(name)
    return case


def examine(question, names, messages, running):
    """The kinds for one question, or what is wrong with our response."""
    if messages["glued"] is None:
        return ["silence"]

    def full():
        whole = dataclasses.replace(question, variant="do-tcp" if question.do else
                                    "tcp-edns" if question.edns() else "tcp")
        row, = running.ask([whole.message()], True)
        row.update(dict.fromkeys(mute_peers(messages)))
        return case_of(whole, names, row, None)
    try:
        case = case_of(question, names, messages, None if question.tcp else full)
    except dnsio.Malformed as fault:
        return [f"malformed: {fault}"]
    fault = judge.check_form(question, messages["glued"], case.answers["glued"])
    if fault:
        return [fault]
    found, is_alone = judge.judge(case)
    return found + tail_fault(case, running) if is_alone else found


def tail_fault(case, running):
    """Where nobody's opinion counts: does our answer end as the one to a question for the name that
    its aliases lead to? [what is wrong] or []."""
    ours = case.answers["glued"]
    aliases = {record[0]: record[4] for record in ours.answer if record[1] == dnsio.CNAME}
    ends = aliases.values() - aliases.keys()
    if len(ends) != 1 or len(aliases) >= kinds.CHAIN_OURS or ours.has(dnsio.TC) or \
            case.question.rrtype in OF_ALIASES:
        return []
    question = dataclasses.replace(case.question, name=ends.pop())
    row, = running.ask([question.message()], True)
    tail = cases.read(row["glued"], True)
    is_same = (tail.rcode == ours.rcode and tail.answer <= ours.answer
               and tail.authority <= ours.authority)
    return [] if is_same else ["the end of the aliases"]


def ask_all(running, asked):
    """[{server: message or None}], UDP and TCP apart."""
    rows = [None] * len(asked)
    for tcp in (False, True):
        places = [place for place, question in enumerate(asked) if question.tcp == tcp]
        for place, row in zip(places, running.ask([asked[place].message() for place in places],
                                                  tcp)):
            rows[place] = row
    return rows


def ask_set(seed, zones, asked, running, how, tally):
    allowed = judge.documented()
    names = cases.Names(zones)
    silent = dict.fromkeys(lacking(zones))
    for question, row in zip(asked, ask_all(running, asked)):
        tally.count += 1
        row.update(silent)
        mute = mute_peers(row)
        tally.unanswered.update(mute)
        if len(mute) == len(cases.PEERS):
            continue
        found = examine(question, names, row, running)
        tally.kinds.update(found)
        if not allowed.issuperset(found):
            tally.bad.append(Disagreement(" ".join(found), seed, zones, question, row))


def ask_sets(seed, sets, directory, how, tally):
    """Serves all sets at once, and asks about each."""
    running = servers.Servers(directory, [zone for one in sets for zone in one], how.servers)
    try:
        for number, zones in enumerate(sets):
            asked = questions.make(f"{seed} {number}", zones, how.count // len(sets),
                                   how.is_signed)
            ask_set(seed, zones, asked, running, how, tally)
    finally:
        tally.deaths.update(running.deaths)
        running.close()


def run_round(seed, directory, how, tally):
    place = directory / f"round{seed}"
    place.mkdir()
    ask_sets(seed, zones_of_round(seed, place, how.is_signed), place, how, tally)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/oracle/run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--cases", type=int, default=20000, help="how many questions, about")
    parser.add_argument("--servers", type=lambda text: ("glued", *text.split(",")),
                        default=servers.NAMES, metavar="NAME,…",
                        help="the peers to ask; knot and nsd are the measure")
    parser.add_argument("--signed", action="store_true", help="sign zones and ask with DO")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIRECTORY",
                        help="where reports are written")
    parser.add_argument("--reports", type=int, default=3, help="at most so many of a kind")
    parser.add_argument("--replay", type=pathlib.Path, metavar="FILE", nargs="+",
                        help="asks again what reports tell of")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="oracle") as name:
        directory = pathlib.Path(name)
        if arguments.replay:
            return report.replay(arguments.replay, directory, arguments.servers)
        tally = Tally()
        begin = time.monotonic()
        seed = arguments.seed
        how = How(arguments.servers, is_signed=arguments.signed)
        while tally.count < arguments.cases:
            run_round(seed, directory, how, tally)
            seed += 1
        spent = time.monotonic() - begin
        print(f"seeds {arguments.seed} to {seed - 1}: {tally.count} questions in {spent:.0f} s")
        for kind, count in tally.kinds.most_common():
            print(f"  {count:7} {kind}")
        for name, count in tally.unanswered.items():
            print(f"  {count:7} where {name} has no opinion")
        for name, count in tally.deaths.items():
            print(f"  {count:7} times {name} died")
        return report.write_all(tally.bad, directory, arguments)
