"""glued --check: every broken configuration gets its error, with the line; good ones pass."""

import os
import pathlib
import re
import subprocess

import pytest

import sanitizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BROKEN = sorted((ROOT / "tests/config/broken").glob("*.yaml"))
GLUED = pathlib.Path(os.environ.get("GLUED_BUILD", ROOT / "build")).resolve() / "glued"
EXPECT = re.compile(rb"^# expect: (\d+): (.*)$", re.MULTILINE)

ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 7 3600 900 1209600 300
  NS ns1
ns1 A 192.0.2.53
"""


def glued(*arguments, **options):
    """Runs glued to its end; standard output and error together, as text."""
    return sanitizers.run(
        [GLUED, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
        **options,
    )


def check(path):
    return glued("--check", "-c", str(path))


def write_configuration(directory, zones, extra=""):
    text = "listen: [127.0.0.1@5300]\n" + extra + "zones:\n"
    for name, file in zones.items():
        text += f"  - name: {name}\n    file: {file}\n"
    path = directory / "glued.yaml"
    path.write_text(text)
    return path


def test_there_are_enough_broken_files():
    assert len(BROKEN) >= 25


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_broken(path):
    expected = EXPECT.findall(path.read_bytes())
    assert expected, f"{path} has no '# expect: LINE: text' line"
    result = check(path)
    assert result.returncode == 1, result.stdout
    lines = result.stdout.splitlines()
    for line, text in expected:
        place = re.compile(re.escape(f"{path}:{line.decode()}:") + r"\d+: error: ")
        matching = [found for found in lines if place.match(found)]
        assert any(text.decode() in found for found in matching), result.stdout
    # Nothing is reported that the file does not announce.
    assert len(lines) == len(expected), result.stdout


def test_good(tmp_path):
    (tmp_path / "example.zone").write_text(ZONE)
    result = check(write_configuration(tmp_path, {"example": "example.zone"}))
    assert result.returncode == 0, result.stdout
    assert "zone example.: 2 names, 3 records" in result.stdout


def test_paths_are_relative_to_the_configuration(tmp_path):
    (tmp_path / "example.zone").write_text(ZONE)
    path = write_configuration(tmp_path, {"example": "example.zone"})
    result = glued("--check", "-c", os.path.relpath(path, "/"), cwd="/")
    assert result.returncode == 0, result.stdout


def test_every_key(tmp_path):
    (tmp_path / "example.zone").write_text(ZONE)
    path = tmp_path / "glued.yaml"
    path.write_text(
        """\
server:
  identity: ns1.example.net
  addresses: [192.0.2.53, "2001:db8::53"]
  state-dir: state
  control-socket: control.sock
listen: [127.0.0.1@5300, "::1@5300", 127.0.0.2]
ports:
  - device: net_null0
    addresses: [192.0.2.53/24, "2001:db8::53/64"]
    port: 5353
    exception: glue0
workers:
  cores: 0
dataplane:
  hugepages: no
  memory: 512
limits:
  udp-payload: 1400
  tcp-clients: 10
  tcp-idle-timeout: 5
  nsec3-iterations: 2500
log:
  level: debug
zones:
  - name: example
    file: example.zone
    nsec3-iterations: 0
"""
    )
    result = check(path)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("order", [["good", "bad"], ["bad", "good"]], ids="-".join)
def test_one_bad_zone_is_one_too_many(tmp_path, order):
    (tmp_path / "good.zone").write_text(ZONE)
    (tmp_path / "bad.zone").write_text(ZONE + "www A 192.0.2.256\n")
    result = check(write_configuration(tmp_path, {name: f"{name}.zone" for name in order}))
    assert result.returncode == 1, result.stdout
    for name in order:
        assert f"zone {name}.: " in result.stdout


def test_zone_errors_name_file_line_and_column(tmp_path):
    (tmp_path / "good.zone").write_text(ZONE)
    (tmp_path / "bad.zone").write_text(ZONE + "www A 192.0.2.256\n")
    zones = {"good": "good.zone", "bad": "bad.zone", "absent": "absent.zone"}
    result = check(write_configuration(tmp_path, zones))
    assert result.returncode == 1
    assert re.search(re.escape(f"{tmp_path}/bad.zone:5:") + r"\d+: error: ", result.stdout)
    assert f"{tmp_path}/absent.zone" in result.stdout
    assert "zone bad.: cannot be served" in result.stdout
    assert "zone good.: 2 names" in result.stdout


def test_warnings_do_not_fail(tmp_path):
    (tmp_path / "example.zone").write_text(ZONE + "ns1 A 192.0.2.53\n")
    result = check(write_configuration(tmp_path, {"example": "example.zone"}))
    assert "warning: " in result.stdout
    assert result.returncode == 0


def test_absent_configuration(tmp_path):
    result = check(tmp_path / "absent.yaml")
    assert result.returncode == 1
    assert "absent.yaml: error: cannot be read: No such file or directory" in result.stdout


def test_directory_as_configuration(tmp_path):
    result = check(tmp_path)
    assert result.returncode == 1
    assert "cannot be read: Is a directory" in result.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["--check"], ["--nonsense"], ["-c"], ["-c", "a.yaml", "b"]]
)
def test_usage(arguments):
    result = glued(*arguments)
    assert result.returncode == 2
    assert "usage: glued" in result.stdout


def test_help_and_version():
    assert "usage: glued" in glued("--help").stdout
    assert re.fullmatch(r"glued \d+\.\d+\.\d+\n", glued("--version").stdout)
    assert glued("--help").returncode == 0


EXPIRED = """\
@ DNSKEY 257 3 15 AAAA
@ RRSIG SOA 15 1 300 20200101000000 20190101000000 1040 @ AAAA
"""


def test_dnssec_warns_and_a_wrong_digest_refuses(tmp_path):
    """A zone whose signatures have expired is served; one that is not what its publisher made is not."""
    (tmp_path / "expired.zone").write_text(ZONE + EXPIRED)
    (tmp_path / "changed.zone").write_text(ZONE + f"@ ZONEMD 7 1 1 {'00' * 48}\n")
    (tmp_path / "stale.zone").write_text(ZONE + f"@ ZONEMD 6 1 1 {'00' * 48}\n")
    zones = {name: f"{name}.zone" for name in ("expired", "changed", "stale")}
    result = check(write_configuration(tmp_path, zones))
    assert result.returncode == 1
    assert f"{tmp_path}/expired.zone:6:1: warning: expired. SOA has a signature that expired" in result.stdout
    assert "zone expired.: 2 names, 5 records" in result.stdout
    assert f"{tmp_path}/changed.zone:5:1: error: changed. has a ZONEMD whose digest" in result.stdout
    assert "zone changed.: cannot be served: 1 error" in result.stdout
    assert f"{tmp_path}/stale.zone:5:1: error: stale. has a ZONEMD for serial 6, not 7" in result.stdout


COSTLY = """\
@ RRSIG SOA 13 1 300 20300101000000 20200101000000 1 @ AAAA
@ NSEC3PARAM 1 0 151 -
"""


@pytest.mark.parametrize("limits, is_served", [
    ("", False), ("limits: {nsec3-iterations: 0}\n", False), ("limits: {nsec3-iterations: 151}\n", True)])
def test_denials_that_cost_too_much(tmp_path, limits, is_served):
    """RFC 9276 3.2."""
    (tmp_path / "costly.zone").write_text(ZONE + COSTLY)
    result = check(write_configuration(tmp_path, {"costly": "costly.zone"}, limits))
    finding = f"{tmp_path}/costly.zone:6:1: error: costly. denies with 151 iterations of the NSEC3 hash"
    assert result.returncode == (0 if is_served else 1), result.stdout
    assert (finding in result.stdout) != is_served
    assert "(nsec3-iterations)" in result.stdout or is_served


@pytest.mark.parametrize("server, own, is_served", [(0, 151, True), (2500, 150, False)])
def test_a_zone_has_a_limit_of_its_own(tmp_path, server, own, is_served):
    for name in ("costly", "other"):
        (tmp_path / f"{name}.zone").write_text(ZONE + COSTLY)
    path = write_configuration(tmp_path, {"other": "other.zone", "costly": "costly.zone"},
                               f"limits: {{nsec3-iterations: {server}}}\n")
    path.write_text(path.read_text() + f"    nsec3-iterations: {own}\n")
    result = check(path)
    assert (f"and {own} are the most" in result.stdout) != is_served
    assert (f"and {server} are the most" in result.stdout) == is_served
    assert result.returncode == 1
