"""The zones that are measured with: made by zone_generate, known well enough to tell a right answer
from a wrong one."""

import shutil
import struct
import subprocess

import dns.name

import probe


def generate(options, kind, count, *arguments, output=None):
    subprocess.run([options.build / "bench" / "zone_generate", kind, "--count", str(count),
                    "--seed", str(options.seed), *arguments], stdout=output, check=True,
                   stderr=subprocess.DEVNULL)


def short(count):
    for unit, factor in (("M", 1000000), ("k", 1000)):
        if count % factor == 0:
            return f"{count // factor} {unit}"
    return str(count)


class Single:
    """One large zone: of delegations ("tld") or hosts ("flat")."""

    is_all_reloaded = True

    def __init__(self, kind, count, options):
        self.kind = kind
        self.count = count
        self.options = options
        self.origin = f"{kind}."
        self.path = options.dir / f"{kind}-{count}.zone"
        self.label = f"{short(count)} {'delegations' if kind == 'tld' else 'hosts'}"

    def generate(self):
        with open(self.path, "wb") as file:
            generate(self.options, self.kind, self.count, "--origin", self.origin, output=file)
        self.samples = probe.sample(self.path, self.origin)
        assert self.samples, f"nothing to ask {self.path} about"

    def fragment(self, contender_class):
        return contender_class.zone_fragment(self.origin, self.path)

    def warm(self):
        """Into the page cache: the disk is not what is measured."""
        subprocess.run(["cat", self.path], stdout=subprocess.DEVNULL, check=True)

    def wait(self, contender, client, limit, started):
        serial = probe.read_serial(self.path)
        return probe.poll(contender, lambda: client.serial(self.origin) == serial, limit, started)

    def confirm(self, contender, client, limit, started):
        """Is the answer right, not only there? Ended if not; the seconds until ready if they turn
        out to be more, else None."""
        probe.check_sample(client, self.samples)

    def reload_name(self):
        return self.origin

    def bump(self):
        return probe.bump_serial(self.path)

    def remove(self):
        self.path.unlink()


class Many:
    """Small zones of ten records each. Ready: all of them are answered for."""

    SAMPLE = 1000
    is_all_reloaded = False  # one of them

    def __init__(self, count, options):
        self.options = options
        self.count = count
        self.directory = options.dir / f"many-{count}"
        self.label = f"{short(count)} zones of 10 records"

    def generate(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        generate(self.options, "many", self.count, "--origin", "many.", "--dir", self.directory)
        self.names = (self.directory / "names").read_text().split()
        self.queries = [self.query(i, name) for i, name in enumerate(self.names)]

    @staticmethod
    def query(number, name):
        header = struct.pack(">6H", number & 0xffff, 0, 1, 0, 0, 0)
        return header + dns.name.from_text(name).to_wire() + struct.pack(">2H", 6, 1)

    def fragment(self, contender_class):
        return (self.directory / f"{contender_class.name}.zones").read_text()

    def warm(self):
        for name in self.names:
            (self.directory / "zones" / f"{name.split('.')[0]}.zone").read_bytes()

    @staticmethod
    def is_served(client, query):
        """Is the question for a SOA answered with one? (By hand: there are 200,000 to ask.)"""
        client.socket.settimeout(0.5)
        try:
            client.socket.send(query)
            response = client.socket.recv(4096)
            while response[:2] != query[:2]:
                response = client.socket.recv(4096)
        except OSError:
            return False
        flags, _, answers = struct.unpack(">3H", response[2:8])
        return flags & 0x840f == 0x8400 and answers == 1

    def wait_for(self, contender, client, limit, started, queries):
        waiting = list(queries)

        def is_ready():
            while waiting and self.is_served(client, waiting[-1]):
                waiting.pop()
            return not waiting
        return probe.poll(contender, is_ready, limit, started)

    def wait(self, contender, client, limit, started):
        """For a sample spread over all."""
        step = max(1, len(self.queries) // self.SAMPLE)
        sample = self.queries[::step] + self.queries[-1:]
        return self.wait_for(contender, client, limit, started, sample)

    def confirm(self, contender, client, limit, started):
        """All are asked; if one of them was not ready with the sample, its time counts."""
        missing = [query for query in self.queries if not self.is_served(client, query)]
        later = self.wait_for(contender, client, limit, started, missing) if missing else None
        client.socket.setblocking(True)
        name = self.names[len(self.names) // 2]
        response = client.ask(f"www.{name}", "A", timeout=2)
        if response is None or len(response.answer) != 2:
            raise probe.Ended(f"wrong answer to www.{name} A: {response}")
        return later

    def reload_name(self):
        return self.names[len(self.names) // 2]

    def bump(self):
        label = self.reload_name().split(".")[0]
        return probe.bump_serial(self.directory / "zones" / f"{label}.zone")

    def remove(self):
        shutil.rmtree(self.directory)
