"""A zone is reloaded a hundred times under 10,000 questions a second: each is answered, each answer
is of one version, none is of an older one than the answer before it, and memory does not grow."""

import json
import re
import subprocess
import threading

import pytest

import dnsio
import network
import peers
import server as glued

# A sanitized server is some ten times slower: what it is asked for then is not speed.
RATE = 2000 if glued.IS_SANITIZED else 10000
RELOADS = 100
# Names of a version besides the few that are asked for: one version left behind by each reload
# would be 50 MiB.
NAMES = 10000
# At rest, when what was freed has gone back to the system, a server differs from one that has never
# reloaded by what its pool's threads keep for themselves.
RSS_SLACK_KIB = 12 * 1024
RELOADLOAD = glued.BUILD / "tests" / "system" / "reloadload"


def zone(version):
    """Version N of reload.test, as reloadload.c expects it. Odd ones have more names than even
    ones."""
    high, low = divmod(version, 256)
    lines = [f"@ 60 IN SOA ns hostmaster {version} 3600 600 86400 60",
             "@ 60 IN NS ns", "ns 60 IN A 192.0.2.53",
             "sub 60 IN NS ns.sub"]
    for host in ("h1", "h2", "h3"):
        lines.append(f"m 60 IN MX {version} {host}")
    for host in ("h1", "h2", "h3", "ns.sub"):
        lines.append(f"{host} 60 IN A 10.0.{high}.{low}")
        lines.append(f"{host} 60 IN AAAA 2001:db8:{version:x}::1")
    lines.append(f't 60 IN TXT "v{version}"')
    lines += [f't 60 IN TXT "v{version}" "{filler * 20}"' for filler in "abc"]
    for number in range(NAMES + (NAMES // 3 if version % 2 else 0)):
        lines.append(f'n{number} 60 IN TXT "{version}"')
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def running(link, start, module_dir):
    (module_dir / "reload.zone").write_text(zone(1))
    # Room for a second and more: where this machine stops the worker for a while, nothing is lost.
    device = glued.dpdk_port().replace("framecnt=512", "framecnt=16384")
    server = start(glued.configuration({"reload.test": "reload.zone"}, device=device,
                                       listen=["127.0.0.1@5300"]),
                   link.server, [module_dir / "reload.zone"])
    server.first_rss_kib = server.rss_kib()
    return server


class Load:
    """reloadload, until end()."""

    def __init__(self, namespace, address, port):
        with namespace.inside():
            self.process = subprocess.Popen(
                [RELOADLOAD, address, str(port), str(RATE)], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, env=glued.environment(), text=True)

    def wait_version(self, version):
        """Until it is answered from it."""
        patience = threading.Timer(glued.PATIENCE, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                if line == f"version {version}\n":
                    return
        finally:
            patience.cancel()
        raise AssertionError(f"the load ended before version {version}")

    def end(self):
        out, _ = self.process.communicate(timeout=glued.PATIENCE)
        assert self.process.returncode == 0, out
        return json.loads(out)

    def abandon(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def served_version(server, version):
    answer = dnsio.ask(("127.0.0.1", 5300), "reload.test", dnsio.SOA, server.namespace)
    return any(version.to_bytes(4, "big") in record[4] for record in answer.answer)


@pytest.mark.parametrize("where", ["port-IPv4", "port-IPv6", "kernel"])
def test_reload_under_load(running, link, where):
    namespace, address, port = {
        "port-IPv4": (link.client, network.SERVER4, 53),
        "port-IPv6": (link.client, network.SERVER6, 53),
        "kernel": (link.server, "127.0.0.1", 5300),
    }[where]
    # The numbers only ever grow, from one test to the next too.
    first = 1 + RELOADS * ["port-IPv4", "port-IPv6", "kernel"].index(where)
    load = Load(namespace, address, port)
    try:
        for version in range(first + 1, first + RELOADS + 1):
            running.write_zone("reload.zone", zone(version))
            running.reload("reload.test")
            load.wait_version(version)
        result = load.end()
    finally:
        load.abandon()

    print(json.dumps(result))
    assert served_version(running, first + RELOADS)
    assert result["unanswered"] == result["refused"] == result["stray"] == 0, result
    assert result["answered"] == result["sent"], result
    assert result["malformed"] == result["torn"] == result["older"] == 0, result
    if not glued.IS_SANITIZED:  # ASan keeps what was freed, to see its use
        glued.eventually(lambda: running.rss_kib() <= running.first_rss_kib + RSS_SLACK_KIB,
                         "no memory is left behind")


def test_broken_zone_keeps_the_version_before(running):
    before = dnsio.ask(("127.0.0.1", 5300), "t.reload.test", dnsio.TXT, running.namespace)
    place = running.mark()
    running.write_zone("reload.zone", zone(5000) + "broken 60 IN A 192.0.2.256\n")
    line = zone(5000).count("\n") + 1
    refused = running.ctl("zone", "reload", "reload.test")
    assert refused.returncode == 1
    where = rf"reload\.zone:{line}:\d+: error: .*192\.0\.2\.256"
    told = refused.stdout + refused.stderr
    assert re.search(where, told), told
    logged = running.wait_log(rf"reload\.zone.*{line}", place)
    assert "error" in logged, logged
    running.wait_log("zone.failed", place)
    after = dnsio.ask(("127.0.0.1", 5300), "t.reload.test", dnsio.TXT, running.namespace)
    assert after == before

    running.write_zone("reload.zone", zone(5001))
    running.reload("reload.test")
    assert served_version(running, 5001)


def test_wrong_digest_keeps_the_version_before(running):
    """RFC 8976: whoever publishes a digest wants it looked at."""
    text = zone(5001)
    running.write_zone("reload.zone", zone(5003) + f"@ 60 IN ZONEMD 5003 1 1 {'00' * 48}\n")
    refused = running.ctl("zone", "reload", "reload.test")
    assert refused.returncode == 1
    assert "whose digest is not that of the zone" in refused.stdout + refused.stderr
    assert served_version(running, 5001)
    running.write_zone("reload.zone", text)
    running.reload("reload.test")


def test_expired_signatures_are_served(running):
    """The rest of such a zone is good, and all of it to those who do not validate."""
    signature = "15 2 60 20200101000000 20190101000000 1040 @ AAAA"
    place = running.mark()
    running.write_zone("reload.zone", zone(5004) + "@ 60 IN DNSKEY 257 3 15 AAAA\n"
                       f"@ 60 IN RRSIG SOA {signature}\n")
    running.reload("reload.test")
    assert "warning" in running.wait_log("expired at 20200101000000", place)
    assert served_version(running, 5004)
    running.write_zone("reload.zone", zone(5001))
    running.reload("reload.test")


def test_missing_file_keeps_the_version_before(running):
    path = running.directory / "reload.zone"
    text = path.read_text()
    path.unlink()
    refused = running.ctl("zone", "reload", "reload.test")
    assert refused.returncode == 1
    assert "reload.zone" in refused.stdout + refused.stderr
    assert served_version(running, 5001)
    path.write_text(text)
    running.reload("reload.test")


def test_reloads_at_once(running):
    """Asked for twenty times at the same time, it ends with the newest file served, each reply
    given."""
    running.write_zone("reload.zone", zone(5002))
    with running.namespace.inside():
        many = [subprocess.Popen([glued.BUILD / "gluectl", "-s", running.socket, "zone", "reload"],
                                 env=glued.environment(), stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT) for _ in range(20)]
    for one in many:
        out, _ = one.communicate(timeout=glued.PATIENCE)
        assert one.returncode == 0, out
    assert served_version(running, 5002)


# -- every broken zone there is --------------------------------------------------------------------

BROKEN = sorted((glued.ROOT / "tests" / "zones" / "broken").glob("*.zone"))


def expectation(path):
    """(origin, the LINE:COLUMN that its first "; expect:" comment names)"""
    text = path.read_text(encoding="latin-1")
    origin = re.search(r"^; origin: (\S+)", text, re.M)
    place = re.search(r"^; expect: (\d+:\d+): error", text, re.M)
    return (origin[1] if origin else "example.com").rstrip("."), place[1]


@pytest.fixture(scope="module")
def victim(module_dir):
    """A server of one zone for each origin among the broken ones."""
    directory = module_dir / "victim"
    directory.mkdir()
    for path in BROKEN[0].parent.iterdir():
        if path.is_file() and path.suffix != ".zone":
            (directory / path.name).write_bytes(path.read_bytes())
    server = glued.Server(directory)
    server.address = ("127.0.0.1", peers.free_port())
    origins = sorted({expectation(path)[0] for path in BROKEN})
    server.files = {origin: f"{number}.zone" for number, origin in enumerate(origins)}
    for name in server.files.values():
        server.write_zone(name, GOOD_ZONE)
    try:
        yield server.start(glued.configuration(server.files,
                                               listen=["%s@%d" % server.address]))
        server.stop()
    finally:
        server.abandon()


GOOD_ZONE = "@ 60 IN SOA ns host 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.53\n"


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken_zone_is_reported_and_changes_nothing(victim, path):
    origin, at = expectation(path)
    place = victim.mark()
    (victim.directory / victim.files[origin]).write_bytes(path.read_bytes())
    refused = victim.ctl("zone", "reload", origin)
    assert refused.returncode == 1
    told = refused.stdout + refused.stderr
    assert f":{at}: error: " in told, told
    victim.wait_log("zone.failed", place)
    logged = "\n".join(line for line in victim.lines[place:] if line)
    line, column = at.split(":")
    assert re.search(rf"zone\.finding .*line={line} column={column} |:{at}: ", logged), logged
    answer = dnsio.ask(victim.address, f"ns.{origin}", dnsio.A)
    assert [record[4] for record in answer.answer] == [b"\xc0\x00\x02\x35"]
