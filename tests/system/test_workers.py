"""Two workers on one port, each with a queue of its own: whoever gets a question answers it, and
what neither can answer comes back from the control thread by way of the worker that got it."""

import os
import threading

import pytest

import dnsio
import network
import server as glued
from counters import assert_law, of_workers

ZONE = glued.ROOT / "examples" / "zones" / "example.com.zone"
WORKERS = 2
# The kernel shares clients out by address and port: all of them on one queue is one in 2^63.
CLIENTS = 64
OPCODE_NOTIFY, OPCODE_UPDATE = 4, 5
TARGETS = pytest.mark.parametrize("target", [network.SERVER4, network.SERVER6])


@pytest.fixture(scope="module")
def running(link, start):
    cores = sorted(os.sched_getaffinity(0))[:WORKERS]
    if len(cores) < WORKERS:
        pytest.skip("the machine has one core")
    text = glued.configuration(
        {"example.com": ZONE.name}, device=glued.dpdk_port(queues=WORKERS),
        cores=f'"{",".join(map(str, cores))}"')
    server = start(text, link.server, [ZONE])
    assert len(of_workers(server)) == WORKERS
    return server


def from_many_ports(link, target, queries):
    """The answers to the queries, which are asked from CLIENTS ports each."""
    answers = []
    for _ in range(CLIENTS):
        for message in dnsio.ask_udp((target, 53), queries, link.client):
            assert message is not None, f"a question to {target} was not answered"
            answers.append(dnsio.read_answer(message))
    return answers


def growth(server, before, counter):
    """Of each worker's counter since before."""
    return [now[counter] - then[counter] for now, then in zip(of_workers(server), before)]


@TARGETS
def test_both_answer(running, link, target):
    before = of_workers(running)
    for answer in from_many_ports(link, target, [dnsio.query("www.example.com", dnsio.A)] * 8):
        assert answer.rcode == dnsio.NOERROR and len(answer.answer) == 2
    assert all(count > 0 for count in growth(running, before, "answer"))
    assert_law(running)


@TARGETS
@pytest.mark.parametrize("opcode", [OPCODE_NOTIFY, OPCODE_UPDATE], ids=["NOTIFY", "UPDATE"])
def test_misses_of_both_are_answered(running, link, target, opcode):
    before = of_workers(running)
    queries = [dnsio.query(name, dnsio.SOA, flags=opcode << 11)
               for name in ("example.com", "example.org")]
    answers = from_many_ports(link, target, queries)
    assert [answer.rcode for answer in answers] == [dnsio.REFUSED, dnsio.NOTAUTH] * CLIENTS
    for counter in ("miss", "reply"):
        counts = growth(running, before, counter)
        assert all(count > 0 for count in counts), (counter, counts)
        assert sum(counts) >= len(answers)  # a question may have been asked again
    assert_law(running)


@TARGETS
def test_reloads_meanwhile(running, link, target):
    """Both workers pass quiescent states: what was replaced is given back."""
    is_over = threading.Event()
    failures = []
    reloads = 0

    def reload_on():
        nonlocal reloads
        while not is_over.is_set():
            done = running.ctl("zone", "reload")
            reloads += 1
            if done.returncode != 0:
                failures.append(done.stderr)
                return

    thread = threading.Thread(target=reload_on)
    thread.start()
    try:
        answers = from_many_ports(link, target, [dnsio.query("www.example.com", dnsio.A)] * 64)
    finally:
        is_over.set()
        thread.join()
    assert not failures and reloads > 0
    assert all(len(answer.answer) == 2 for answer in answers)
    glued.eventually(lambda: running.ctl_json("status")["retired"] == 0, "old versions given back")
    assert_law(running)
