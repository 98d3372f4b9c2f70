"""The harness of the figures, with zones so small that only its workings show: no time and no size
is looked at here."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

import sanitizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GLUED_BUILD", ROOT / "build")).resolve()
PATIENCE = 300


def generate(*arguments):
    done = sanitizers.run([BUILD / "bench" / "zone_generate", *map(str, arguments)],
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def figures(directory, build, *arguments):
    """Its exit status, its tables, its JSON."""
    done = subprocess.run(
        [ROOT / "bench" / "figures", "--build", build, "--dir", directory / "figures", "--json",
         directory / "json", "--repeat", "1", "--settle", "0", *arguments],
        env=sanitizers.environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert (directory / "json").exists(), done.stderr
    return done.returncode, done.stdout, json.loads((directory / "json").read_text())


@pytest.fixture
def build(tmp_path):
    """A build directory in which programs can be changed for others."""
    path = tmp_path / "build"
    (path / "bench").mkdir(parents=True)
    for program in ("glued", "gluectl", "bench/zone_generate"):
        (path / program).symlink_to(BUILD / program)
    return path


def program(path, text):
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.parametrize("server", ["glued", "knotd", "nsd", "named"])
def test_each_server_is_measured(tmp_path, build, server):
    if shutil.which(server) is None and server != "glued":
        pytest.skip(f"no {server} here")
    status, _, report = figures(tmp_path, build, "--server", server, "--size", "1000", "--many",
                                "20")
    assert status == 0, report
    assert set(report["runs"]) == {"1 k delegations", "1 k hosts", "20 zones of 10 records"}
    for by_server in report["runs"].values():
        run, = by_server[server]
        assert {"load", "memory", "reload", "reload_peak", "restart"} <= set(run), run
    assert not (tmp_path / "figures").exists()


def test_a_server_that_fails_is_named(tmp_path, build):
    program(build / "glued", "#!/bin/sh\necho no, thank you\nexit 1\n")
    status, text, report = figures(tmp_path, build, "--server", "glued", "--size", "1000", "--zone",
                                   "flat")
    assert status == 1
    assert "no, thank you" in report["runs"]["1 k hosts"]["glued"][0]["error"]
    assert "- glued, 1 k hosts: ended by itself" in text


def test_a_wrong_answer_is_no_figure(tmp_path, build):
    """A server that has another zone than the file says: ready, but not right."""
    program(build / "glued", f"""#!/usr/bin/python3
import os, re, sys
conf = open(sys.argv[2]).read()
zone = re.search('file: "(.*)"', conf)[1]
text = open(zone).read().splitlines()
open("other.zone", "w").write("\\n".join(text[:7]) + "\\n")
open("other.yaml", "w").write(conf.replace(zone, "other.zone"))
os.execv("{BUILD / 'glued'}", ["glued", "-c", "other.yaml"])
""")
    status, _, report = figures(tmp_path, build, "--server", "glued", "--size", "1000", "--zone",
                                "flat")
    assert status == 1
    assert "wrong answer" in report["runs"]["1 k hosts"]["glued"][0]["error"]


def test_programs_print_figures(tmp_path, build):
    program(build / "bench" / "bench_scan", "#!/bin/sh\necho hello\n"
            "test -s $2 && echo figure scan-rate 899.5 MB/s\necho figure $1 1 x\n")
    status, text, report = figures(tmp_path, build, "--figure", "programs", "--size", "1000",
                                   "--zone", "flat")
    assert status == 0
    assert report["programs"]["1 k hosts"]["bench_scan"] == {
        "scan-rate": [899.5, "MB/s"], "flat.": [1, "x"]}
    assert "899.5 MB/s | ≥ 900: miss |" in text and "bench_lookup | 1 k hosts | (not built)" in text


@pytest.mark.parametrize("kind", ["tld", "flat"])
def test_bench_lookup(tmp_path, kind):
    lookup = BUILD / "bench" / "bench_lookup"
    if not lookup.exists():
        pytest.skip("not in this build")
    (tmp_path / "zone").write_text(generate(kind, "--count", 1000))
    done = sanitizers.run([lookup, "tld", tmp_path / "zone"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["figure", name] for name in ("lookup-one", "lookup-batch", "lookup-batch-ratio")]


# -- zone_generate --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tld", "flat"])
def test_a_zone_is_sound_and_the_same_again(tmp_path, kind):
    text = generate(kind, "--count", 20000, "--seed", 7)
    assert text == generate(kind, "--count", 20000, "--seed", 7)
    assert text != generate(kind, "--count", 20000, "--seed", 8)
    shuffled = generate(kind, "--count", 20000, "--seed", 7, "--shuffle")
    assert shuffled != text and sorted(shuffled.splitlines()) == sorted(text.splitlines())
    path = tmp_path / "zone"
    path.write_text(text)
    gluezone = [BUILD / "gluezone"]
    done = sanitizers.run([*gluezone, "check", "tld", path], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout + done.stderr, done.stdout
    done = sanitizers.run([*gluezone, "print", "tld", path], capture_output=True, text=True)
    owners = [line.split()[0] for line in text.splitlines()]
    assert [line.split()[0] for line in done.stdout.splitlines()] == owners, "canonical order"


def test_delegations_are_shared_as_said():
    delegations = {}
    for line in generate("tld", "--count", 100000).splitlines():
        owner, _, _, rrtype, data = line.split(maxsplit=4)
        if rrtype == "NS" and owner != "tld.":
            delegations.setdefault(owner, []).append(data)
    assert len(delegations) == 100000
    inside = sum(f"ns1.{owner}" in servers for owner, servers in delegations.items())
    assert 0.24 < inside / 100000 < 0.26
    assert sum("ns1.hoster-0.tld." in servers for servers in delegations.values()) >= 1000
    outside = [tuple(servers) for servers in delegations.values()
               if not servers[0].endswith(".tld.")]
    largest = max(outside.count(servers) for servers in set(outside[:100]))
    assert largest > 5000 and len(set(outside)) > 5000, "a heavy tail"


def test_many_zones(tmp_path):
    generate("many", "--count", 50, "--dir", tmp_path)
    names = (tmp_path / "names").read_text().split()
    assert len(set(names)) == 50
    for name in names:
        path = tmp_path / "zones" / f"{name.split('.')[0]}.zone"
        done = sanitizers.run([BUILD / "gluezone", "print", name, path], capture_output=True,
                              text=True)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == 10, done.stderr
    for server in ("glued", "knotd", "nsd", "named"):
        text = (tmp_path / f"{server}.zones").read_text()
        assert text.count("/zones/") == 50


@pytest.mark.parametrize("arguments", [
    [], ["tld", "--count", "x"], ["tld", "--count", "1"], ["flat", "--dir", "."], ["many"],
    ["other"], ["tld", "flat"], ["tld", "--seed", "-1"]], ids=" ".join)
def test_zone_generate_usage(arguments):
    done = sanitizers.run([BUILD / "bench" / "zone_generate", *arguments], capture_output=True,
                          text=True)
    assert done.returncode == 2 and done.stderr.startswith("usage:")
