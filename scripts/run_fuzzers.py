"""Builds the fuzz targets with clang's libFuzzer and runs them; started by scripts/fuzz and scripts/test."""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
sys.dont_write_bytecode = True

import sanitizers  # noqa: E402

SOURCES = ROOT / "tests" / "fuzz"
BUILD = ROOT / "build-fuzz"
FOUND = BUILD / "found"  # new inputs that reach new code, by target
KNOWN = "known-"  # begins the names of files that a merge need not keep
SETUP = ["--buildtype=debugoptimized", "-Db_ndebug=false", "-Db_lundef=false",
         "-Db_sanitize=address,undefined", "-Dfuzzers=true", "-Dwerror=false", "-Dwarning_level=0"]
COMPILERS = {"CC": "clang", "CXX": "clang++"}


@dataclasses.dataclass(frozen=True)
class Target:
    rounds: int  # of a fixed run: a few seconds each
    len_max: int  # octets of an input: longer ones say nothing new
    also: tuple = ()  # directories in tests/ whose files are inputs too


TARGETS = {
    "answer": Target(20000, 600),
    "change": Target(5000, 400),
    "config": Target(20000, 2000, ("config/broken",)),
    "control": Target(1500, 2000),
    "edns": Target(50000, 300),
    "frame": Target(200000, 300),
    "image": Target(10000, 64),
    "parse": Target(200000, 600),
    "rdata": Target(100000, 600),
    "zone": Target(5000, 1500, tuple(f"zones/{kind}" for kind in ("good", "own", "suspect", "broken", "signed", "zonemd"))),
}


def corpus(name):
    return SOURCES / "corpus" / name


def inputs(name):
    """Directories of what is known; the corpus is the first."""
    return [str(corpus(name)), *(str(SOURCES.parent / path) for path in TARGETS[name].also)]


def command(name, *arguments):
    """An input that takes longer than a minute, or more than 2 GiB, is one gone wrong. Entropic schedules
    take most of the time for themselves where inputs reach as much code as ours."""
    words = SOURCES / f"{name}.dict"
    return ["nice", "-n", "19", str(BUILD / "tests" / "fuzz" / f"fuzz_{name}"), "-timeout=60", "-entropic=0",
            "-rss_limit_mb=2048", f"-max_len={TARGETS[name].len_max}",
            *([f"-dict={words}"] if words.exists() else []), *arguments]


def build():
    """True, or False with the output printed."""
    commands = [["ninja", "-C", BUILD.name, "--quiet", "fuzzers"]]
    if not (BUILD / "build.ninja").exists():
        commands.insert(0, ["meson", "setup", BUILD.name, *SETUP])
    for words in commands:
        done = subprocess.run(words, cwd=ROOT, env=os.environ | COMPILERS, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout)
            return False
    return True


def run_rounds(name):
    """Always the same inputs: the corpus and what a fixed seed makes of it. True, or False with the
    output."""
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            command(name, f"-runs={TARGETS[name].rounds}", "-seed=1", f"-artifact_prefix={BUILD}/{name}-",
                    scratch, *inputs(name)),
            cwd=ROOT, env=sanitizers.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout.decode(errors="replace")


def run_all_rounds(names):
    """Yields (name, whether it went well, output), the targets side by side."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(names, *zip(*pool.map(run_rounds, names)))


def run_files(name, files):
    return subprocess.run(command(name, *files), env=sanitizers.environment()).returncode


def run_until(name, seconds):
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    status = subprocess.run(
        command(name, f"-max_total_time={seconds}", "-print_final_stats=1",
                f"-artifact_prefix={BUILD}/{name}-", str(found), *inputs(name)),
        cwd=ROOT, env=sanitizers.environment()).returncode
    if status != 0:
        print(f"\nthe input is {BUILD}/{name}-*; see it fail again with: scripts/fuzz {name} FILE")
    else:
        print(f"\nnothing wrong; {len(list(found.iterdir()))} inputs are in {found}")
    return status


def merge(name):
    """The smallest set of inputs, old and new, that reaches all that they reach and the other tests' files do
    not."""
    (FOUND / name).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for number, path in enumerate(path for directory in inputs(name)[1:] for path in pathlib.Path(directory).rglob("*")
                                      if path.is_file()):
            shutil.copy(path, f"{scratch}/{KNOWN}{number}")
        status = subprocess.run(
            command(name, "-set_cover_merge=1", "-use_counters=0", scratch, str(corpus(name)), str(FOUND / name)),
            cwd=ROOT, env=sanitizers.environment()).returncode
        if status != 0:
            return status
        corpus(name).mkdir(parents=True, exist_ok=True)
        for old in corpus(name).iterdir():
            old.unlink()
        for kept in pathlib.Path(scratch).iterdir():
            if not kept.name.startswith(KNOWN):
                shutil.copy(kept, corpus(name))
    kept = list(corpus(name).iterdir())
    print(f"\n{len(kept)} inputs, {sum(file.stat().st_size for file in kept)} octets in {corpus(name)}")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/fuzz")
    parser.add_argument("--list", action="store_true", help="name the targets")
    parser.add_argument("--rounds", action="store_true", help="the fixed rounds of scripts/test")
    parser.add_argument("--time", type=int, default=0, metavar="SECONDS", help="no longer than that")
    parser.add_argument("--merge", action="store_true", help="take what was found into the corpus")
    parser.add_argument("target", nargs="?")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(TARGETS))
        return 0
    names = [arguments.target, *arguments.files] if arguments.target else []
    for name in names if arguments.rounds else names[:1]:
        if name not in TARGETS:
            parser.error(f"no target \"{name}\": {' '.join(TARGETS)}")
    if not build():
        return 1
    if arguments.rounds:
        status = 0
        for name, good, output in run_all_rounds(names or list(TARGETS)):
            print(output if not good else output.splitlines()[-1])
            status |= not good
        return status
    if not names:
        parser.error("which target?")
    if arguments.files:
        return run_files(arguments.target, arguments.files)
    return merge(arguments.target) if arguments.merge else run_until(arguments.target, arguments.time)


if __name__ == "__main__":
    sys.exit(main())
