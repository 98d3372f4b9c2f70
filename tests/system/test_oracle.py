"""glued's answers held against those of Knot DNS, NSD and BIND, for generated zones of fixed seeds and
for the zone files that must load: tests/oracle. What may differ is listed in docs/conformance.md."""

import re
import sys

import pytest

import server as glued

sys.path.append(str(glued.ROOT / "tests" / "oracle"))

import cases  # noqa: E402
import oracle  # noqa: E402
import questions  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

GOOD = glued.ROOT / "tests" / "zones" / "good"
SEEDS = range(1, 7)
SIGNED_SEEDS = range(1, 5)
HOW = oracle.How(count=4000)
# BIND is of no account, and slow to load what is signed.
HOW_SIGNED = oracle.How(servers=("glued", *cases.PEERS), count=4000, is_signed=True)


def good_zones():
    """[(origin, path)] of the zone files that must load; each names its origin in its first
    line."""
    found = []
    for path in sorted(GOOD.glob("*.zone")):
        first = path.read_text(errors="replace").split("\n", 1)[0]
        match = re.match(r"; origin: (\S+)", first)
        assert match, f"{path} does not begin with '; origin: NAME'"
        found.append((match[1].rstrip(".").lower() + ".", path))
    return found


def rounds(zones):
    """Several files may be of one origin: as many rounds as the most frequent has files."""
    result = []
    for origin, path in zones:
        place = next((one for one in result if origin not in one), None)
        if place is None:
            place = {}
            result.append(place)
        place[origin] = path
    return result


def assert_alike(tally, directory, at_least):
    if tally.bad:
        shown = report.minimise(tally.bad[0], directory, HOW.servers)
        whats = sorted({one.what for one in tally.bad})
        pytest.fail(f"{len(tally.bad)} of {tally.count} answers differ: {whats}\n{shown}", False)
    assert tally.count - sum(tally.unanswered.values()) > at_least, tally.unanswered
    assert not tally.deaths


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_zones(tmp_path, seed):
    tally = oracle.Tally()
    oracle.run_round(seed, tmp_path, HOW, tally)
    assert_alike(tally, tmp_path, 3000)


@pytest.mark.parametrize("seed", SIGNED_SEEDS)
def test_generated_signed_zones(tmp_path, seed):
    tally = oracle.Tally()
    oracle.run_round(seed, tmp_path, HOW_SIGNED, tally)
    assert_alike(tally, tmp_path, 3000)


def test_a_peer_that_dies(tmp_path):
    """It is started again; what it was asked meanwhile is held against nobody."""
    path = tmp_path / "zone"
    path.write_text(ZONE)
    zones = [servers.canonical("seen.test.", path)]
    question = questions.Question(b"\4seen\4test\0", 6)
    (tmp_path / "servers").mkdir()
    running = servers.Servers(tmp_path / "servers", zones, ("glued", *cases.PEERS))
    try:
        for tcp in (False, True):
            running.running["knot"].process.kill()
            running.running["knot"].process.wait()
            row, = running.ask([question.message()], tcp)
            assert row["knot"] is None and row["nsd"] and row["glued"]
            assert oracle.examine(question, cases.Names(zones), row, running) == ["apex-ns"]
        row, = running.ask([question.message()], False)
        assert row["knot"] is not None
        assert running.deaths == {"knot": 2}
    finally:
        running.close()


@pytest.mark.parametrize("place", range(len(rounds(good_zones()))))
def test_good_zones(tmp_path, place):
    tally = oracle.Tally()
    zones = [servers.canonical(*one) for one in rounds(good_zones())[place].items()]
    oracle.ask_sets(place, [zones], tmp_path, HOW, tally)
    assert_alike(tally, tmp_path, 1000)


ZONE = """\
seen.test. 300 IN SOA ns.seen.test. hostmaster.seen.test. 1 3600 600 86400 300
seen.test. 300 IN NS ns.seen.test.
ns.seen.test. 300 IN A 192.0.2.1
"""


def test_the_oracle_can_fail(tmp_path):
    """A record changed behind our back is seen, and reported so that it can be asked again."""
    path = tmp_path / "zone"
    path.write_text(ZONE)
    zones = [servers.canonical("seen.test.", path)]
    question = questions.Question(b"\2ns\4seen\4test\0", 1)
    (tmp_path / "servers").mkdir()
    running = servers.Servers(tmp_path / "servers", zones)
    try:
        row, = running.ask([question.message()], False)
        names = cases.Names(zones)
        assert oracle.examine(question, names, row, running) == ["apex-ns"]
        row["glued"] = row["glued"][:-1] + bytes([row["glued"][-1] ^ 1])
        kinds = oracle.examine(question, names, row, running)
        assert kinds == ["apex-ns", "answer:glued"]
    finally:
        running.close()
    text = report.text(" ".join(kinds), 1, zones, question, row)
    path.write_text(text)
    assert report.read(path) == (zones, question)
    assert "+ answer ns.seen.test. 300 in a 192.0.2.1" in text
