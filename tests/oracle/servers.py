"""glued and its peers, serving the same zones on loopback; the same questions asked of all."""

import concurrent.futures
import dataclasses
import pathlib
import re

import dns.name
import dns.rdata
import dns.rdatatype

import dnsio
import peers
import sanitizers
import server as glued

PEERS = {peer.name: peer for peer in (peers.Knot, peers.Nsd, peers.Named)}
NAMES = ("glued", *PEERS)


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
        return re.sub(r"\bPX\b", "TYPE26", line) if " PX" in line else line
    if fields[3] != "PX":
        return line
    rdata = dns.rdata.from_text("IN", "PX", fields[4]).to_wire()
    return " ".join([*fields[:3], f"TYPE26 \\# {len(rdata)} {rdata.hex()}"])


def escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Servers:
    """All that are named, each in a directory of its own below one that is new."""

    def __init__(self, directory, zones, names=NAMES):
        self.directory = pathlib.Path(directory)
        self.running = {}
        paths = {}
        paths_of_knot = {}
        for number, zone in enumerate(zones):
            path = paths[zone.origin] = self.directory / f"{number}.zone"
            path.write_text("\n".join(zone.lines) + "\n")
            path = paths_of_knot[zone.origin] = self.directory / f"{number}-knot.zone"
            path.write_text("\n".join(map(for_knot, zone.lines)) + "\n")
        try:
            with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
                starts = {name: pool.submit(self._start, name,
                                            paths_of_knot if name == "knot" else paths)
                          for name in names}
                for name in names:
                    starts[name].exception()  # waits
            self.address = {name: started.result() for name, started in starts.items()}
        except BaseException:
            self.close()
            raise

    def _start(self, name, zones):
        directory = self.directory / name
        if name in PEERS:
            self.running[name] = PEERS[name](directory, zones)
            return self.running[name].address
        directory.mkdir()
        address = ("127.0.0.1", peers.free_port())
        self.running[name] = glued.Server(directory)
        self.running[name].start(glued.configuration(
            {escape(origin): path for origin, path in zones.items()},
            listen=["%s@%d" % address]))
        return address

    def ask(self, messages, tcp, names=None):
        """[{server: response or None}] for each message in turn."""
        asked = dnsio.ask_tcp if tcp else dnsio.ask_udp
        names = names or self.address
        columns = [asked(self.address[name], messages) for name in names]
        return [dict(zip(names, row)) for row in zip(*columns)]

    def close(self):
        """True if glued ended in order."""
        for name, one in self.running.items():
            if name != "glued":
                one.close()
        ours = self.running.get("glued")
        if ours is None:
            return
        try:
            ours.stop()
        finally:
            ours.abandon()
