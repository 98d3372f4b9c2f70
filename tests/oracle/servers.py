"""glued and its peers, serving the same zones on loopback; the same questions asked of all."""

import collections
import concurrent.futures
import contextlib
import dataclasses
import pathlib
import re

import dns.name
import dns.rdata
import dns.rdatatype

import dnsio
import peers
import questions
import sanitizers
import server as glued

PEERS = {peer.name: peer for peer in (peers.Knot, peers.Nsd, peers.Named)}
NAMES = ("glued", *PEERS)
# Questions between two looks at whether a peer is alive, and how often one is started again.
STRETCH = 256
STARTS_MAX = 4


class Refused(Exception):
    """A zone that glued does not load."""


@dataclasses.dataclass(frozen=True)
class Zone:
    origin: str
    lines: tuple  # the canonical text, one record a line

    def pairs(self):
        """{(owner in wire form and lower case, type)}"""
        return {(dns.name.from_text(owner).to_wire().lower(),
                 int(dns.rdatatype.from_text(rrtype)))
                for owner, _, _, rrtype in (line.split(None, 4)[:4] for line in self.lines)}

    def nsec3(self):
        """(salt, iterations) of the zone's NSEC3 records, or None."""
        for line in self.lines:
            fields = line.split()
            if fields[3] == "NSEC3PARAM":
                return bytes.fromhex(fields[7].replace("-", "")), int(fields[6])
        return None

    def apex(self):
        return dns.name.from_text(self.origin).to_wire().lower()


def canonical(origin, path):
    """The zone as glued reads it. The peers do not read all that we read: they get this text."""
    done = sanitizers.run([glued.BUILD / "gluezone", "print", origin, path], capture_output=True,
                          text=True, timeout=glued.PATIENCE)
    if done.returncode != 0:
        raise Refused(f"{origin} {path}:\n{done.stderr}")
    return Zone(origin, tuple(done.stdout.splitlines()))


def for_knot(line):
    """Knot reads no PX."""
    fields = line.split(None, 4)
    if fields[3] in ("RRSIG", "NSEC", "NSEC3"):
        return re.sub(r"(?<=\s)PX(?=\s|$)", "TYPE26", line)
    if fields[3] != "PX":
        return line
    rdata = dns.rdata.from_text("IN", "PX", fields[4]).to_wire()
    return " ".join([*fields[:3], f"TYPE26 \\# {len(rdata)} {rdata.hex()}"])


def takes(name, zone):
    """NSD 4.6.1 looks for the NSEC3 of the wildcard below each name, and dies while it loads the
    zone where "*." and the name are longer than a name may be."""
    return name != "nsd" or zone.nsec3() is None or all(
        len(owner) <= questions.NAME_LEN_MAX - 2 for owner, _ in zone.pairs())


def escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Servers:
    """All that are named, each in a directory of its own below one that is new. A peer that dies is
    started again, some times; its silence is no fault of ours."""

    def __init__(self, directory, zones, names=NAMES):
        self.directory = pathlib.Path(directory)
        self.running = {}
        self.deaths = collections.Counter()
        self.paths = {name: {} for name in names}
        for number, zone in enumerate(zones):
            for name in names:
                if takes(name, zone):
                    self.paths[name][zone.origin] = self._write(number, zone, name)
        try:
            with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
                starts = [pool.submit(self._start, name) for name in names]
                for start in starts:
                    start.exception()  # waits
            for start in starts:
                start.result()
        except BaseException:
            self.close()
            raise

    def _write(self, number, zone, name):
        is_for_knot = name == "knot"
        path = self.directory / f"{number}{'-knot' if is_for_knot else ''}.zone"
        if not path.exists():
            lines = map(for_knot, zone.lines) if is_for_knot else zone.lines
            path.write_text("\n".join(lines) + "\n")
        return path

    def _start(self, name):
        if name in PEERS:
            self._start_peer(name)
            return
        directory = self.directory / name
        directory.mkdir()
        address = ("127.0.0.1", peers.free_port())
        self.running[name] = glued.Server(directory)
        self.running[name].address = address
        self.running[name].start(glued.configuration(
            {escape(origin): path for origin, path in self.paths[name].items()},
            listen=["%s@%d" % address]))

    def _start_peer(self, name):
        """In a directory of its own, as often as it may; after that there is none."""
        while self.deaths[name] < STARTS_MAX:
            directory = self.directory / f"{name}{self.deaths[name]}"
            try:
                peer = PEERS[name](directory, self.paths[name])
            except AssertionError:  # it ended before it was ready
                peer = None
            if peer and self._is_well(peer):
                self.running[name] = peer
                return
            self._bury(name, peer)
        self.running[name] = None

    def _is_well(self, peer):
        """NSD says that it has started, and then dies of what is in a zone."""
        question = [dnsio.query(b"\0", dnsio.SOA)]
        return (dnsio.ask_udp(peer.address, question)[0] is not None
                and peer.process.poll() is None)

    def _bury(self, name, peer):
        self.deaths[name] += 1
        if peer:
            peer.close()

    def ask(self, messages, tcp):
        """[{server: response or None}] for each message in turn."""
        asked = dnsio.ask_tcp if tcp else dnsio.ask_udp
        rows = []
        for first in range(0, len(messages), STRETCH):
            stretch = messages[first:first + STRETCH]
            columns = [self._ask_one(name, asked, stretch) for name in self.running]
            rows += [dict(zip(self.running, row)) for row in zip(*columns)]
        return rows

    def _ask_one(self, name, asked, messages):
        one = self.running[name]
        if name not in PEERS:
            return asked(one.address, messages)
        silence = [None] * len(messages)
        if one is None:
            return silence
        answers = silence
        if one.process.poll() is None:
            # A TCP connection that ends: the process, or the child that had it, is gone.
            with contextlib.suppress(OSError, AssertionError):
                answers = asked(one.address, messages)
        if one.process.poll() is not None:
            self._bury(name, one)
            self._start_peer(name)
        elif answers is silence:
            self.deaths[name] += 1
        return answers

    def close(self):
        """Nothing stays behind; Failed where glued did not end in order."""
        for name, one in self.running.items():
            if name != "glued" and one is not None:
                one.close()
        ours = self.running.get("glued")
        if ours is None:
            return
        try:
            ours.stop()
        finally:
            ours.abandon()
