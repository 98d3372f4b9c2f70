"""gluezone compile and stat: the image of a zone, and where the octets of a compiled zone go."""

import json
import os
import pathlib
import time

import pytest

import sanitizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONES = ROOT / "tests" / "zones"
GLUEZONE = pathlib.Path(os.environ.get("GLUED_BUILD", ROOT / "build")).resolve() / "gluezone"

TEXT = """\
$TTL 60
@ SOA ns1 hostmaster 42 2 3 4 5
@ NS ns1
@ MX 10 mail.sub
ns1 A 192.0.2.1
sub NS ns.sub
ns.sub AAAA 2001:db8::1
a.b.c TXT "two empty non-terminals above"
"""


def gluezone(*arguments, **options):
    return sanitizers.run([GLUEZONE, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, **options)


@pytest.fixture
def zone(tmp_path):
    """A zone file whose time tells it from what it may become."""
    path = tmp_path / "example.zone"
    path.write_text(TEXT)
    while time.time() - path.stat().st_ctime < 0.05:
        time.sleep(0.005)
    return path


def stat(*arguments):
    done = gluezone("stat", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_counts_what_is_there(zone):
    counted = stat("example", zone)
    assert counted["zone"] == "example."
    assert counted["serial"] == 42
    assert counted["records"] == 7
    assert counted["rrsets"] == 7
    assert counted["names"] == 5
    assert counted["ents"] == 2
    assert counted["delegations"] == 1
    assert counted["parts"]["nodes"]["things"] == 7


@pytest.mark.parametrize("path", sorted((ZONES / "good").glob("*.zone")), ids=lambda path: path.stem)
def test_every_octet_is_accounted_for(path):
    origin = next((line.split(": ")[1].strip() for line in
                   path.read_text(encoding="latin-1").splitlines() if line.startswith("; origin: ")),
                  "example.com.")
    counted = stat(origin, path)
    assert sum(part["octets"] for part in counted["parts"].values()) == counted["octets"]
    assert counted["parts"]["unused"]["octets"] == 0


def test_an_image_has_what_the_file_has(zone, tmp_path):
    image = tmp_path / "some.image"
    done = gluezone("compile", "example", zone, "-o", image)
    assert done.returncode == 0, done.stderr
    assert f"{image.stat().st_size} octets, serial 42" in done.stdout
    assert stat(image) == stat("example", zone)
    table = gluezone("stat", image).stdout
    assert f"{stat(image)['octets']} octets:" in table
    assert table.splitlines()[-1].split()[1] == str(stat(image)["octets"])


def test_an_image_is_named_after_its_zone(zone, tmp_path):
    assert gluezone("compile", "EXAMPLE.", zone.name, cwd=tmp_path).returncode == 0
    assert (tmp_path / "example.image").exists()


def test_a_zone_with_errors_has_no_image(zone, tmp_path):
    image = tmp_path / "some.image"
    zone.write_text(TEXT + "bad A nonsense\n")
    done = gluezone("compile", "example", zone, "-o", image)
    assert done.returncode == 1
    assert ":9:7: error:" in done.stderr
    assert not image.exists()


def test_a_pipe_has_no_image(zone, tmp_path):
    image = tmp_path / "some.image"
    done = gluezone("compile", "example", "/dev/stdin", "-o", image, input=TEXT)
    assert done.returncode == 1
    assert "read from no file" in done.stderr
    assert not image.exists()


def test_what_is_no_image_is_said_so(zone, tmp_path):
    for path, reason in ((zone, "no image"), (tmp_path / "absent", "No such file"),
                         (tmp_path, "not a regular file")):
        done = gluezone("stat", path)
        assert done.returncode == 1
        assert reason in done.stderr, done.stderr


@pytest.mark.parametrize("arguments", (
    ["compile"], ["compile", "example"], ["compile", "example", "file", "image"], ["stat"],
    ["compile", "example", "file", "-o"], ["stat", "a", "b", "c"], ["stat", "--json"]))
def test_usage(arguments):
    done = gluezone(*arguments)
    assert done.returncode == 2
    assert "usage: gluezone" in done.stderr
