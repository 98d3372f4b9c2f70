"""The image of a zone on disk: written after a reading, served from at the next start, and never
where it does not fit what the zone's files say now, or is damaged."""

import os
import subprocess
import time

import pytest

import dnsio
import peers
import server as glued

NAMES = 100
# Two and a half megabytes: enough for an image (control/images.h), and for more than a huge page.
FILLERS = 10000
HEAD = """\
$TTL 300
@ SOA ns1 hostmaster %d 3600 900 1209600 300
  NS ns1
  NS nowhere
ns1 A 192.0.2.53
"""
BODY = HEAD + f"""\
$GENERATE 1-{NAMES} n$ A 192.0.2.%d
$GENERATE 1-{FILLERS} f$ TXT "$ {"filler " * 30}"
$INCLUDE part.zone
"""
WARNING = "nowhere.example"


def settle(path):
    """Until another change of the file would bear another time."""
    while time.time() - os.stat(path).st_ctime < 0.05:
        time.sleep(0.005)


class Host:
    """A directory with a zone, where servers come and go."""

    def __init__(self, directory):
        self.directory = directory
        self.image = directory / "zones" / "example.image"
        self.server = None
        self.extra = ""
        self.zone_extra = ""
        self.write_part(1)
        self.write_zone(1)

    def write_zone(self, serial):
        path = self.directory / "example.zone"
        path.write_text(BODY % (serial, serial))
        settle(path)

    def write_part(self, number):
        path = self.directory / "part.zone"
        path.write_text(f"part A 198.51.100.{number}\n")
        settle(path)

    def start(self):
        self.server = glued.Server(self.directory)
        self.server.address = ("127.0.0.1", peers.free_port())
        return self.server.start(glued.configuration(
            {"example": "example.zone"}, listen=["%s@%d" % self.server.address],
            extra=self.extra) + self.zone_extra)

    def start_and_write(self):
        """A start from the zone file, up to the image; then the end."""
        server = self.start()
        server.wait_log("zone.loaded")
        server.wait_log("image.written")
        server.stop()
        return self.image.stat()

    def abandon(self):
        if self.server:
            self.server.abandon()


@pytest.fixture
def host(tmp_path):
    made = Host(tmp_path)
    yield made
    made.abandon()


def address(server, name):
    answer = dnsio.ask(server.address, name, dnsio.A)
    assert answer.rcode == 0
    return [".".join(map(str, record[4])) for record in answer.answer]


def serve(server, serial, part):
    """Are these the zone's data?"""
    for number in (1, NAMES // 2, NAMES):
        assert address(server, f"n{number}.example") == [f"192.0.2.{serial}"]
    assert address(server, "part.example") == [f"198.51.100.{part}"]
    assert dnsio.ask(server.address, f"n{NAMES + 1}.example", dnsio.A).rcode == 3
    (soa,) = dnsio.ask(server.address, "example", dnsio.SOA).answer
    assert serial.to_bytes(4, "big") in soa[4]


def assert_mapped(server):
    assert "serial=" in server.wait_log("zone.mapped zone=example")
    assert "zone.loaded" not in server.log()


def assert_read(server, reason):
    assert reason in server.wait_log("image.refused")
    server.wait_log("zone.loaded")
    assert "zone.mapped" not in server.log()


def test_a_start_is_from_the_image(host):
    written = host.start_and_write()
    server = host.start()
    assert_mapped(server)
    serve(server, 1, 1)
    status = server.ctl_json("zone", "status", "example")
    assert status["state"] == "serving"
    assert WARNING in server.wait_log("zone.finding")
    server.stop()
    assert host.image.stat().st_mtime_ns == written.st_mtime_ns, "written again for nothing"
    assert [entry.name for entry in host.image.parent.iterdir()] == [host.image.name]


def test_a_reload_reads_the_file(host):
    host.start_and_write()
    server = host.start()
    assert_mapped(server)
    mark = server.mark()
    server.reload("example")
    server.wait_log("zone.reloaded", mark)
    server.wait_log("image.written", mark)
    host.write_zone(2)
    mark = server.mark()
    server.reload("example")
    serve(server, 2, 1)
    server.wait_log("image.written", mark)
    server.stop()
    server = host.start()
    assert_mapped(server)
    serve(server, 2, 1)
    server.stop()


def test_a_zone_changed_meanwhile_is_read(host):
    host.start_and_write()
    host.write_zone(2)
    server = host.start()
    assert_read(server, "example.zone has changed")
    serve(server, 2, 1)
    server.wait_log("image.written")
    server.stop()
    server = host.start()
    assert_mapped(server)
    serve(server, 2, 1)
    server.stop()


@pytest.mark.parametrize("limit", [{"extra": "limits: {nsec3-iterations: 200}"},
                                   {"zone_extra": "    nsec3-iterations: 200\n"}])
def test_an_image_whose_denials_cost_too_much_is_not_used(host, limit):
    """RFC 9276 3.2: written under a limit that was higher."""
    with open(host.directory / "part.zone", "a") as part:
        part.write("@ RRSIG SOA 13 1 300 20300101000000 20200101000000 1 @ AAAA\n"
                   "@ NSEC3PARAM 1 0 200 -\n")
    settle(host.directory / "part.zone")
    vars(host).update(limit)
    host.start_and_write()
    server = host.start()
    assert_mapped(server)
    server.stop()
    host.extra = host.zone_extra = ""
    server = host.start()
    assert "denies with 200 iterations" in server.wait_log("image.refused")
    assert "part.zone:3:1: error: " in server.wait_log("zone.finding.*denies with")
    server.wait_log("zone.failed")
    assert dnsio.ask(server.address, "n1.example", dnsio.A).rcode == 2
    server.stop()


def test_an_included_file_changed_meanwhile_is_read(host):
    host.start_and_write()
    host.write_part(2)
    server = host.start()
    assert_read(server, "part.zone has changed")
    serve(server, 1, 2)
    server.stop()


def test_an_included_file_that_is_gone_is_missed(host):
    host.start_and_write()
    (host.directory / "part.zone").unlink()
    server = host.start()
    assert "part.zone has changed" in server.wait_log("image.refused")
    server.wait_log("zone.failed")
    assert dnsio.ask(server.address, "example", dnsio.SOA).rcode == 2
    server.stop()


@pytest.mark.parametrize("off", (0, 20, 100, -1))
def test_a_damaged_image_is_not_used(host, off):
    host.start_and_write()
    with open(host.image, "r+b") as image:
        image.seek(off, os.SEEK_END if off < 0 else os.SEEK_SET)
        octet = image.read(1)[0]
        image.seek(off, os.SEEK_END if off < 0 else os.SEEK_SET)
        image.write(bytes([octet ^ 0x10]))
    server = host.start()
    server.wait_log("image.refused")
    server.wait_log("zone.loaded")
    serve(server, 1, 1)
    server.wait_log("image.written")
    server.stop()
    assert_mapped(host.start())


def test_half_an_image_is_not_used(host):
    written = host.start_and_write()
    os.truncate(host.image, written.st_size // 2)
    server = host.start()
    assert_read(server, "damaged")
    serve(server, 1, 1)
    server.stop()


def test_an_image_of_the_tool_is_served_from(host):
    (host.directory / "zones").mkdir()
    subprocess.run([glued.BUILD / "gluezone", "compile", "example",
                    host.directory / "example.zone", "-o", host.image],
                   check=True, capture_output=True)
    server = host.start()
    assert_mapped(server)
    serve(server, 1, 1)
    server.stop()


def test_small_zones_have_none(host):
    (host.directory / "example.zone").write_text(HEAD % 1)
    server = host.start()
    server.reload("example")
    server.stop()
    assert not host.image.parent.exists()


# -- where images cannot be ------------------------------------------------------------------------

def test_a_state_directory_that_is_none(host):
    host.image.parent.write_text("a file")
    server = host.start()
    assert "Not a directory" in server.wait_log("image.failed")
    mark = server.mark()
    server.reload("example")
    serve(server, 1, 1)
    server.stop()
    assert "image.failed" not in "\n".join(server.lines[mark:-1]), "once is enough"


@pytest.fixture
def small_disk(host):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    host.image.parent.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", host.image.parent], check=True)
    yield host.image.parent
    host.abandon()
    subprocess.run(["umount", host.image.parent], check=True)


def test_a_disk_that_is_full(host, small_disk):
    server = host.start()
    assert "No space left" in server.wait_log("image.failed")
    serve(server, 1, 1)
    assert not list(small_disk.iterdir())
    server.stop()


def test_a_disk_that_is_read_only(host, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    server = host.start()
    assert "Read-only" in server.wait_log("image.failed")
    serve(server, 1, 1)
    server.stop()
