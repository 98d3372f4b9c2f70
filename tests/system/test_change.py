"""Change sets by gluectl and the control socket: seen at once, whole or not at all, under questions,
compactions and reloads."""

import json
import re
import socket
import subprocess
import threading

import pytest

import dnsio
import peers
import sanitizers
import server as glued

SETS = 1000
# Enough names for a store that versions share and compact.
NAMES = 12000
ZONE = "change.test"


def zone(serial, names=0):
    lines = [f"@ 60 IN SOA ns hostmaster {serial} 3600 600 86400 60", "@ 60 IN NS ns",
             "ns 60 IN A 192.0.2.53"]
    lines += [f'n{number} 60 IN TXT "text {number}"' for number in range(names)]
    return "\n".join(lines) + "\n"


class Client:
    """The control socket, one request after the other."""

    def __init__(self, server):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(glued.PATIENCE)
        self.sock.connect(str(server.socket))
        self.lines = self.sock.makefile("r")

    def change(self, text):
        request = {"version": 1, "command": "zone change", "arguments": [ZONE, text]}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(self.lines.readline())

    def close(self):
        self.lines.close()
        self.sock.close()


class Questions:
    """Asks for the A record of a name without pause until end(): each is answered."""

    def __init__(self, address):
        self.address = address
        self.is_over = threading.Event()
        self.rounds = 0
        self.failures = []
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        queries = [dnsio.query(f"ns.{ZONE}", dnsio.A)] * 64
        while not self.is_over.is_set():
            for message in dnsio.ask_udp(self.address, queries):
                answer = dnsio.read_answer(message) if message is not None else None
                if answer is None or [r[4] for r in answer.answer] != [b"\xc0\x00\x02\x35"]:
                    self.failures.append(answer)
            self.rounds += 1

    def end(self):
        self.is_over.set()
        self.thread.join()
        assert self.rounds > 0 and not self.failures, self.failures[:3]


@pytest.fixture
def running(tmp_path):
    server = glued.Server(tmp_path)
    server.address = ("127.0.0.1", peers.free_port())
    server.write_zone("change.zone", zone(1))
    try:
        yield server.start(glued.configuration({ZONE: "change.zone"},
                                               listen=["%s@%d" % server.address]))
        if server.is_running():
            server.stop()
    finally:
        server.abandon()


def ctl_change(server, text):
    return sanitizers.run([glued.BUILD / "gluectl", "-s", server.socket, "zone", "change", ZONE],
                          input=text, capture_output=True, text=True, timeout=glued.PATIENCE)


def ask(server, name, rrtype):
    full = f"{name}.{ZONE}" if name else ZONE
    return dnsio.ask(server.address, full, rrtype)


def serial(server):
    record, = ask(server, "", dnsio.SOA).answer
    return int.from_bytes(record[4][-20:-16], "big")


def test_changes_are_seen_at_once(running):
    done = ctl_change(running, "add www 60 A 192.0.2.7 ; one\nadd www 60 IN A 192.0.2.8\n")
    assert done.returncode == 0, done.stderr
    assert "serial 2" in done.stdout
    answer = ask(running, "www", dnsio.A)
    assert {record[4][-1] for record in answer.answer} == {7, 8}
    assert serial(running) == 2
    done = ctl_change(running, "delete www A 192.0.2.7\n")
    assert done.returncode == 0, done.stderr
    assert {record[4][-1] for record in ask(running, "www", dnsio.A).answer} == {8}
    done = ctl_change(running, "delete www\nadd @ 60 SOA ns hostmaster 2026010100 1 1 1 60\n")
    assert done.returncode == 0, done.stderr
    assert ask(running, "www", dnsio.A).rcode == 3
    assert serial(running) == 2026010100


@pytest.mark.parametrize("text, reason", [
    ("add a 60 A 192.0.2.1\nadd b 60 A 192.0.2.256\n", "line 2: .*192.0.2.256"),
    ("add a 60 A 192.0.2.1\nfoo\n", "line 2: "),
    ("add a 60 A 192.0.2.1\nadd a 60 CNAME ns\n", "a.change.test. "),
    ("add a 60 A 192.0.2.1\ndelete @ NS\n", "would have no NS"),
    ("", "no change"),
    ("add a 60 TXT " + "x" * 70000, "65536"),
])
def test_faulty_set_changes_nothing(running, text, reason):
    refused = ctl_change(running, text)
    assert refused.returncode != 0
    assert re.search(reason, refused.stderr), refused.stderr
    assert ask(running, "a", dnsio.A).rcode == 3
    assert serial(running) == 1


def test_unknown_zone(running):
    refused = running.ctl("zone", "change", "nowhere.test")
    assert refused.returncode == 1 and "nowhere.test" in refused.stderr


def test_a_thousand_sets_under_questions(running):
    client = Client(running)
    questions = Questions(running.address)
    try:
        for number in range(SETS):
            reply = client.change(f"delete x\nadd x 60 A 10.0.{number >> 8}.{number & 255}")
            assert reply["ok"], reply
            assert reply["data"]["serial"] == number + 2
            record, = ask(running, "x", dnsio.A).answer
            assert record[4] == bytes([10, 0, number >> 8, number & 255])
    finally:
        questions.end()
        client.close()


def test_compaction_loses_nothing(running):
    running.write_zone("change.zone", zone(1, NAMES))
    running.reload(ZONE)
    dense = running.ctl_json("zone", "status", ZONE)["octets"]
    assert dense > 256 << 10
    compactions = []
    questions = Questions(running.address)
    acknowledged = {}
    lock = threading.Lock()

    def change(who):
        client = Client(running)
        for number in range(6000):
            reply = client.change(f'delete c{who}-{number % 20}\n'
                                  f'add c{who}-{number % 20} 60 TXT "{number}"')
            assert reply["ok"], reply
            with lock:
                acknowledged[who, number % 20] = number
        client.close()

    try:
        clients = [threading.Thread(target=change, args=(who,)) for who in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    finally:
        questions.end()
    compactions = [line for line in running.log().splitlines() if "zone.compacted" in line]
    assert len(compactions) >= 2
    assert len(acknowledged) == 80 and min(acknowledged.values()) == 5980
    assert serial(running) == 1 + 4 * 6000
    for (who, place), number in acknowledged.items():
        record, = ask(running, f"c{who}-{place}", dnsio.TXT).answer
        assert record[4][1:] == str(number).encode()
    glued.eventually(lambda: running.ctl_json("zone", "status", ZONE)["octets"] <= 1.6 * dense,
                     "the store is dense again")


def test_reload_in_the_middle_wins(running):
    running.write_zone("change.zone", zone(1, NAMES))
    running.reload(ZONE)
    client = Client(running)
    running.write_zone("change.zone", zone(5000000, NAMES))
    with subprocess.Popen([glued.BUILD / "gluectl", "-s", running.socket, "zone", "reload", ZONE],
                          env=glued.environment(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as reload:
        number = 0
        while reload.poll() is None:
            reply = client.change(f'add r{number} 60 TXT "x"')
            # What came before the reload may be refused, for that reason.
            assert reply["ok"] or "reloaded" in reply["error"], reply
            number += 1
        assert reload.returncode == 0
    assert number > 0
    assert ask(running, "r0", dnsio.TXT).rcode == 3
    assert serial(running) >= 5000000
    reply = client.change('add after 60 TXT "x"')
    assert reply["ok"] and reply["data"]["serial"] > 5000000
    client.close()


def test_stop_under_changes(running):
    client = Client(running)
    for number in range(50):
        client.sock.sendall(json.dumps(
            {"version": 1, "command": "zone change",
             "arguments": [ZONE, f"add s{number} 60 A 192.0.2.1"]}).encode() + b"\n")
    running.stop()
    client.close()


def test_denials_that_cost_too_much(running):
    """RFC 9276 3.2: neither by a change set nor by a reload; what was served is served on."""
    costly = (f"@ 60 RRSIG SOA 13 2 60 20300101000000 20200101000000 1 {ZONE}. AAAA\n"
              "@ 60 NSEC3PARAM 1 0 151 -\n")
    done = ctl_change(running, "".join(f"add {line}\n" for line in costly.splitlines()))
    assert done.returncode == 1
    assert f"{ZONE}. denies with 151 iterations" in done.stdout + done.stderr
    assert serial(running) == 1
    running.write_zone("change.zone", zone(5) + costly)
    mark = running.mark()
    assert running.ctl("zone", "reload", ZONE).returncode == 1
    assert "denies with 151 iterations" in running.wait_log("level=error.*zone.finding|zone.finding.*error", mark)
    assert serial(running) == 1
    running.write_zone("change.zone", zone(6) + costly.replace("151", "150"))
    running.reload(ZONE)
    assert serial(running) == 6
