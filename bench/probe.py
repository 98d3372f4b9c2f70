"""What a running server is asked and how much memory it takes."""

import os
import pathlib
import re
import select
import socket
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

GIB = 1 << 30
MEMORY_RESERVE = GIB  # with less to spare a run is ended: others use the machine as well
READ_LEN = 1 << 16


class Ended(Exception):
    """The run can't go on; says why."""


# -- questions ------------------------------------------------------------------------------------


class Client:
    """Asks one server over UDP; an answer that does not come, or is none, is None."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))

    def close(self):
        self.socket.close()

    def ask(self, name, rrtype, timeout=0.25):
        query = dns.message.make_query(name, rrtype, use_edns=0, payload=1232)
        query.flags = 0
        try:
            self.socket.send(query.to_wire())
            end = time.monotonic() + timeout
            while select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
                response = dns.message.from_wire(self.socket.recv(65535))
                if query.is_response(response):
                    return response
        except (OSError, dns.exception.DNSException):
            pass  # nobody there yet, or a stale answer
        return None

    def serial(self, origin, timeout=0.25):
        response = self.ask(origin, "SOA", timeout)
        if response is None or response.rcode() != dns.rcode.NOERROR:
            return None
        for rrset in response.answer:
            if rrset.rdtype == dns.rdatatype.SOA and response.flags & dns.flags.AA:
                return rrset[0].serial
        return None


def poll(contender, check, limit, started):
    """Seconds from `started` until check() is true. Asks seldom enough to cost nothing beside the
    work that is waited for, and often enough to be late by 1 % at most (or by 2 ms)."""
    while True:
        if check():
            return time.monotonic() - started
        elapsed = time.monotonic() - started
        if not contender.is_running():
            raise Ended(f"ended by itself:\n{contender.log_tail()}")
        if contender.has_failed():
            raise Ended(f"can't read what it should:\n{contender.log_tail()}")
        if elapsed > limit:
            raise Ended(f"not ready after {limit} s")
        if memory_available() < MEMORY_RESERVE:
            raise Ended(f"stopped after {elapsed:.0f} s: less than {MEMORY_RESERVE // GIB} GiB of "
                        "memory left")
        time.sleep(min(max(elapsed / 100, 0.002), 0.25))


# -- what is true of a zone -----------------------------------------------------------------------


def records_at(path, offset):
    """The lines from there on, split: whole ones."""
    with open(path, "rb") as file:
        file.seek(offset)
        lines = file.read(READ_LEN).split(b"\n")
    return [line.decode().split() for line in lines[1 if offset else 0:-1]]


def sample(path, origin, count=8):
    """RRsets from all over a zone of zone_generate's: (what to ask, type, section that it must
    stand in, RRset)."""
    labels = len(dns.name.from_text(origin)) + 1
    size = pathlib.Path(path).stat().st_size
    found = []
    for i in range(count):
        records = records_at(path, size * i // count)
        begun = records[0][0]
        owner = next((record[0] for record in records
                      if record[0] != begun and record[3] in ("NS", "A")
                      and len(dns.name.from_text(record[0])) == labels), None)
        if owner is None:
            continue
        records = [record for record in records if record[0] == owner]
        rrset = dns.rrset.from_text(owner, int(records[0][1]), "IN", records[0][3],
                                    *(record[4] for record in records))
        is_delegation = rrset.rdtype == dns.rdatatype.NS
        found.append((f"www.{owner}" if is_delegation else owner, "A",
                      "authority" if is_delegation else "answer", rrset))
    return found


def check_sample(client, samples):
    """Ended unless each is answered as the zone file says."""
    for name, rrtype, section, rrset in samples:
        response = client.ask(name, rrtype, timeout=2)
        if response is None or rrset not in getattr(response, section):
            raise Ended(f"wrong answer to {name} {rrtype}: {response}")


SERIAL = re.compile(rb"\bSOA\s+\S+\s+\S+\s+(\d{10})\b")


def bump_serial(path):
    """Writes the next serial over the zone file's, in place, however large the file is."""
    with open(path, "r+b") as file:
        head = file.read(4096)
        found = SERIAL.search(head)
        serial = int(found[1]) + 1
        file.seek(found.start(1))
        file.write(b"%010d" % serial)
    return serial


def read_serial(path):
    with open(path, "rb") as file:
        return int(SERIAL.search(file.read(4096))[1])


# -- memory and time ------------------------------------------------------------------------------


def memory_available():
    text = pathlib.Path("/proc/meminfo").read_text()
    return int(re.search(r"MemAvailable:\s+(\d+) kB", text)[1]) * 1024


def proportional_set(pids):
    """Octets of all processes together, shared ones counted once: in all, and how much of it is a
    file's (the page cache could give it back)."""
    total = file = 0
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        fields = {key: int(value) * 1024
                  for key, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
        total += fields.get("Pss", 0)
        file += fields.get("Pss_File", 0)
    return {"total": total, "file": file, "anonymous": total - file}


def settled_memory(pids, longest):
    """The proportional set once it stands still for a while, in `longest` seconds at most:
    allocators give back what loading took, but not at once."""
    PAUSE, PAUSES_STILL = 1, 4
    before = proportional_set(pids)
    still = 0
    for _ in range(longest // PAUSE):
        time.sleep(PAUSE)
        now = proportional_set(pids)
        still = still + 1 if abs(now["total"] - before["total"]) <= before["total"] / 500 else 0
        before = now
        if still == PAUSES_STILL:
            break
    return before


def cpu_seconds(pids):
    ticks = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])  # children's as well
    return ticks / os.sysconf("SC_CLK_TCK")


class Peak:
    """The most memory that a server takes from reset() on. One process: the kernel keeps it
    (VmHWM). Several, which share pages: their proportional sets are sampled."""

    def __init__(self, pids):
        self.single = pids[0] if len(pids) == 1 else None
        self.highest = 0
        self.next_at = 0
        if self.single:
            pathlib.Path(f"/proc/{self.single}/clear_refs").write_text("5")

    def sample(self, contender):
        now = time.monotonic()
        if self.single or now < self.next_at:
            return
        self.highest = max(self.highest, proportional_set(contender.pids())["total"])
        # A tenth of the time at most: reading it walks the page tables.
        self.next_at = time.monotonic() + max(0.05, 10 * (time.monotonic() - now))

    def read(self):
        if self.single:
            text = pathlib.Path(f"/proc/{self.single}/status").read_text()
            return int(re.search(r"VmHWM:\s+(\d+) kB", text)[1]) * 1024
        return self.highest
