"""gluezone check and print, against what each zone file says of itself and against other servers.

tests/zones/broken   refused; the leading comments "; expect: LINE:COLUMN: error: text" name all errors
tests/zones/suspect  loaded, with exactly the warnings that its comments name
tests/zones/own      read as NAME.printed says, by us at least
tests/zones/good     loaded without a word, by named, nsd and knot as well ("; origin: NAME")
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import sanitizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONES = ROOT / "tests" / "zones"
GLUEZONE = pathlib.Path(os.environ.get("GLUED_BUILD", ROOT / "build")) / "gluezone"
FINDING = re.compile(r"(?P<file>.*):(?P<at>\d+:\d+): (?P<severity>error|warning): (?P<text>.*)")


def gluezone(*arguments, **options):
    return sanitizers.run(
        [GLUEZONE, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options
    )


def zones(kind):
    return [pytest.param(path, id=path.stem) for path in sorted((ZONES / kind).glob("*.zone"))]


def comments(path, keyword):
    """What the leading comments "; keyword: ..." of a zone file say."""
    found = []
    for line in path.read_text(encoding="latin-1").splitlines():
        if not line.startswith(";"):
            break
        if line.startswith(f"; {keyword}: "):
            found.append(line.split(": ", 1)[1].replace("DIR", str(path.parent)))
    return found


def origin_of(path):
    return (comments(path, "origin") or ["example.com."])[0]


def findings(output):
    lines = output.splitlines()
    matches = [FINDING.fullmatch(line) for line in lines]
    assert all(matches), f"not a finding: {lines}"
    return matches


def compare(path, expected, found):
    said = sorted(f"{m['at']}: {m['severity']}: {m['text']}" for m in found)
    assert len(said) == len(expected), said
    for wanted, line in zip(sorted(expected), said):
        assert line.startswith(wanted), f"expected {wanted!r}, got {line!r}"
    assert {m["file"] for m in found} <= {str(path)}


@pytest.mark.parametrize("path", zones("broken"))
def test_broken_zone_is_refused(path):
    expected = comments(path, "expect")
    assert expected, "a broken zone names its errors"
    result = gluezone("check", origin_of(path), path)
    assert result.returncode == 1
    found = [m for m in findings(result.stdout) if m["severity"] == "error"]
    compare(path, expected, found)


@pytest.mark.parametrize("path", zones("suspect"))
def test_suspect_zone_is_loaded_with_warnings(path):
    result = gluezone("check", origin_of(path), path)
    assert result.returncode == 0
    compare(path, comments(path, "expect"), findings(result.stdout))


@pytest.mark.parametrize("path", zones("good"))
def test_good_zone_is_loaded_silently(path):
    result = gluezone("check", origin_of(path), path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("path", zones("own"))
def test_own_zone_is_printed_as_expected(path):
    assert print_zone("example.com.", path) == path.with_suffix(".printed").read_text()


def test_there_are_zones():
    assert len(zones("broken")) >= 25
    assert len(zones("good")) >= 5
    assert zones("suspect")


# What another server is asked: does it read this zone? False, None: it is not installed.


def named_reads(origin, path, *options):
    return subprocess.run(
        ["named-checkzone", "-q", "-i", "local", "-k", "ignore", *options, origin, path],
        cwd=path.parent,
        timeout=60,
    ).returncode == 0


def nsd_reads(origin, path):
    return subprocess.run(
        ["nsd-checkzone", origin, path], cwd=path.parent, capture_output=True, timeout=60
    ).returncode == 0


def knot_reads(origin, path):
    config = f"zone:\n  - domain: {origin}\n    file: {path}\n"
    config_path = path.parent / "knot.conf"
    config_path.write_text(config)
    done = subprocess.run(
        ["knotc", "-c", config_path, "zone-check", origin], capture_output=True, timeout=60
    )
    return done.returncode == 0


READERS = {
    "named-checkzone": named_reads,
    "nsd-checkzone": nsd_reads,
    "knotc": knot_reads,
}


@pytest.fixture(params=READERS)
def reader(request):
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return READERS[request.param]


def copy_zones(tmp_path):
    """knotc wants its configuration in a file, and nothing is written into the source tree."""
    directory = tmp_path / "zones"
    shutil.copytree(ZONES / "good", directory)
    return directory


@pytest.mark.parametrize("path", zones("good"))
def test_other_servers_read_good_zones(path, reader, tmp_path):
    assert reader(origin_of(path), copy_zones(tmp_path) / path.name)


def print_zone(origin, path):
    result = gluezone("print", origin, path)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("path", zones("good"))
def test_printed_zone_reads_back_the_same(path, tmp_path):
    printed = print_zone(origin_of(path), path)
    again = tmp_path / "printed.zone"
    again.write_text(printed)
    assert print_zone(origin_of(path), again) == printed


@pytest.mark.parametrize("path", zones("good"))
def test_other_servers_read_printed_zones(path, reader, tmp_path):
    printed = tmp_path / "printed.zone"
    printed.write_text(print_zone(origin_of(path), path))
    assert reader(origin_of(path), printed)


@pytest.mark.skipif(shutil.which("named-compilezone") is None, reason="needs named-compilezone")
@pytest.mark.parametrize("path", zones("good"))
def test_named_reads_the_same_records(path, tmp_path):
    """named writes what it read of the original, and of our canonical text: the same zone."""
    origin = origin_of(path)
    original = copy_zones(tmp_path) / path.name
    printed = tmp_path / "printed.zone"
    printed.write_text(print_zone(origin, path))
    seen = []
    for source in (original, printed):
        written = tmp_path / "named.out"
        subprocess.run(
            ["named-compilezone", "-q", "-i", "local", "-k", "ignore", "-s", "full"]
            + ["-o", written, origin, source],
            cwd=source.parent,
            check=True,
            timeout=60,
        )
        seen.append(sorted(written.read_text().lower().splitlines()))
    assert seen[0] == seen[1]


def test_windows_line_ends_and_missing_last_newline(tmp_path):
    text = "$TTL 60\r\n@ SOA ns1 h 1 2 3 4 5\r\n\tNS ns1 ; comment\r\nns1 A 192.0.2.1\r\n"
    path = tmp_path / "windows.zone"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b'x TXT "last"')
    printed = print_zone("example.com", path)
    assert len(printed.splitlines()) == 4
    assert printed.endswith('x.example.com.\t60\tIN\tTXT\t"last"\n')


@pytest.mark.parametrize(
    "name, reason",
    [("missing.zone", "No such file or directory"), (".", "Is a directory")],
)
def test_unreadable_file(tmp_path, name, reason):
    path = f"{tmp_path}/{name}"
    result = gluezone("check", "example.com", path)
    assert result.returncode == 1
    assert result.stdout == f"{path}:0:0: error: cannot read: {reason}\n"


def test_include_loop_over_two_files(tmp_path):
    (tmp_path / "a.zone").write_text("$INCLUDE b.inc\n")
    (tmp_path / "b.inc").write_text("\n$INCLUDE ./a.zone\n")
    result = gluezone("check", "example.com", tmp_path / "a.zone")
    assert result.returncode == 1
    assert f"{tmp_path}/b.inc:2:10: error: a file that includes itself" in result.stdout


def test_include_too_deep(tmp_path):
    for depth in range(40):
        (tmp_path / f"{depth}.inc").write_text(f"$INCLUDE {depth + 1}.inc\n")
    result = gluezone("check", "example.com", tmp_path / "0.inc")
    assert result.returncode == 1
    assert f"{tmp_path}/32.inc:1:10: error: $INCLUDE nested too deep" in result.stdout


@pytest.mark.parametrize(
    "text",
    [
        "x TXT " + "a" * 5_000_000,
        "x" * 5_000_000,
        "(" * 1_000_000,
        "x TXT " + "(" * 1_000_000 + " a " + ")" * 1_000_000 + ")",
        "x TXT ( " + "a " * 1_000_000 + ")",
        "x TXT ( " + "a\n " * 1_000_000,
        "x TYPE1234 \\# 65536 " + "ab " * 65536,
        '"' * 100_001,
        "\\" * 100_001,
        "\0" * 100_000,
        "$INCLUDE " + "a" * 100_000,
    ],
    ids=range(11),
)
def test_monstrous_text_is_a_clean_error(tmp_path, text):
    path = tmp_path / "monster.zone"
    path.write_text(text)
    result = gluezone("check", "example.com", path)
    assert result.returncode == 1
    assert findings(result.stdout)
    assert max(map(len, result.stdout.splitlines())) < 1000


def test_many_faults_are_shown_in_part_and_counted(tmp_path):
    path = tmp_path / "many.zone"
    path.write_text("x A y\n" * 1000)
    result = gluezone("check", "example.com", path)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 20
    assert "980 more findings" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["check"], ["check", "a"], ["check", "a", "b", "c"], ["print"], ["nonsense"]],
    ids=" ".join,
)
def test_usage(arguments):
    result = gluezone(*arguments)
    assert result.returncode == 2
    assert "usage: gluezone" in result.stderr
    assert result.stdout == ""


def test_malformed_origin():
    result = gluezone("check", "a..b", "/dev/null")
    assert result.returncode == 2
    assert "'a..b' is no domain name: empty label" in result.stderr


def test_help_and_version():
    assert gluezone("--help").stdout.startswith("usage: gluezone")
    assert gluezone("--version").stdout.startswith("gluezone ")


def test_full_disk_is_reported(tmp_path):
    path = tmp_path / "ok.zone"
    path.write_text("@ 60 SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n")
    with open("/dev/full", "w") as full:
        done = sanitizers.run(
            [GLUEZONE, "print", "example.com", path], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert "cannot write" in done.stderr
