"""Runs the suites of tests and sums them up; started by scripts/test."""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
sys.dont_write_bytecode = True

import run_fuzzers  # noqa: E402
import sanitizers  # noqa: E402

RESULTS = ROOT / "build" / "results"
PYTHON = "/usr/bin/python3"

BUILDS = {
    "build": ["--buildtype=release"],
    "build-asan": ["--buildtype=debugoptimized", "-Db_ndebug=false", "-Db_lundef=false",
                   "-Db_sanitize=address,undefined"],
    "build-tsan": ["--buildtype=debugoptimized", "-Db_ndebug=false", "-Db_lundef=false",
                   "-Db_sanitize=thread"],
}
CHECKS = ("check-layers", "check-format", "check-tokens", "check-docs", "check-headers")
# Where threads meet: what TSan has something to say about. The rest would only be slower.
CONCURRENT = re.compile(r"epoch|publish|retire|ring|serving|concurren")
# A suite that takes longer hangs; the slowest takes a fifth of this.
SUITE_SECONDS = 900
GRACE_SECONDS = 30


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    skipped: int = 0
    failures: list = dataclasses.field(default_factory=list)  # (name, text)


def start(command, environment, log):
    """Runs a command with its output in a file; True if it ended well. It may leave nothing
    running."""
    with open(log, "w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=output,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            return process.wait(SUITE_SECONDS) == 0
        except BaseException as reason:
            end(process)
            if isinstance(reason, subprocess.TimeoutExpired):
                output.write(f"\nended after {SUITE_SECONDS} seconds\n")
                return False
            raise


def end(process):
    """With its whole group; it has time to clean up first."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(GRACE_SECONDS)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def unrandomized():
    """GCC 12's sanitizers lose their shadow memory to address randomisation as newer kernels do
    it."""
    probe = ["setarch", "-R", "true"]
    if shutil.which("setarch") and subprocess.run(probe, capture_output=True).returncode == 0:
        return ["setarch", "-R"]
    return []


def tail(log, lines=60):
    return "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-lines:])


def read_junit(path, outcome):
    """Adds the cases of a JUnit file; False if none can be read: then the run ended early, whatever
    its status says."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return False
    for case in cases:
        name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
        bad = [child for child in case if child.tag in ("failure", "error")]
        if bad:
            output = "".join(child.text or "" for child in case if child.tag.startswith("system-"))
            text = "\n".join((child.text or child.get("message") or "") for child in bad)
            outcome.failures.append((name, f"{text}\n{output}".strip()))
        elif case.find("skipped") is not None:
            outcome.skipped += 1
        else:
            outcome.passed += 1
    return bool(cases)


def summarize(good, outcome, log, what):
    """A run that failed without a failed case failed as a whole."""
    if not good and not outcome.failures:
        outcome.failures.append((what, f"it failed, or ended before its report\n{tail(log)}"))
    return outcome


# -- the suites -----------------------------------------------------------------------------------


def build(name):
    outcome = Outcome()
    directory = ROOT / name
    log = RESULTS / f"compile-{name}.log"
    reconfigure = ["--reconfigure"] if (directory / "build.ninja").exists() else []
    good = start(["meson", "setup", *reconfigure, name, *BUILDS[name]], {}, log) and \
        start(["ninja", "-C", name], {}, log)
    if good:
        outcome.passed = 1
    return summarize(good, outcome, log, f"compile {name}")


def build_fuzzers():
    if run_fuzzers.build():
        return Outcome(passed=1)
    return Outcome(failures=[("compile build-fuzz", "its output is above")])


def fuzz():
    outcome = Outcome()
    for name, good, output in run_fuzzers.run_all_rounds(list(run_fuzzers.TARGETS)):
        log = RESULTS / f"fuzz-{name}.log"
        log.write_text(output)
        if good:
            outcome.passed += 1
        else:
            outcome.failures.append((f"fuzz {name}", tail(log)))
    return outcome


def checks():
    outcome = Outcome()
    for name in CHECKS:
        log = RESULTS / f"{name}.log"
        if start([f"scripts/{name}"], {}, log):
            outcome.passed += 1
        else:
            outcome.failures.append((name, tail(log)))
    return outcome


def test_names(directory):
    listed = subprocess.run(["meson", "introspect", "--tests", directory], cwd=ROOT,
                            capture_output=True, text=True, check=True)
    return [test["name"] for test in json.loads(listed.stdout)]


def unit(directory, only=None):
    outcome = Outcome()
    log = RESULTS / f"unit-{directory}.log"
    names = [name for name in test_names(directory) if only is None or only.search(name)]
    if not names:
        return Outcome(failures=[(f"unit {directory}", "there is no test to run")])
    report = ROOT / directory / "meson-logs" / "testlog.junit.xml"
    report.unlink(missing_ok=True)
    prefix = unrandomized() if directory != "build" else []
    good = start([*prefix, "meson", "test", "-C", directory, "--no-rebuild", "--print-errorlogs",
                  "--timeout-multiplier", "4", *(names if only else [])],
                 sanitizers.OPTIONS, log)
    good = read_junit(report, outcome) and good
    return summarize(good, outcome, log, f"unit {directory}")


def pytest(name, directory, path):
    outcome = Outcome()
    log = RESULTS / f"{name}.log"
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    prefix = unrandomized() if directory != "build" else []
    good = start([*prefix, PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                  "-o", "junit_family=xunit1", f"--junitxml={report}", "--tb=short", path],
                 sanitizers.OPTIONS | {"GLUED_BUILD": directory, "PYTHONDONTWRITEBYTECODE": "1"},
                 log)
    good = read_junit(report, outcome) and good
    return summarize(good, outcome, log, name)


SUITES = {
    "compile-release": lambda: build("build"),
    "checks": checks,
    "unit-release": lambda: unit("build"),
    "tools-release": lambda: pytest("tools-release", "build", "tests/tools"),
    "system-release": lambda: pytest("system-release", "build", "tests/system"),
    "compile-asan": lambda: build("build-asan"),
    "unit-asan": lambda: unit("build-asan"),
    "tools-asan": lambda: pytest("tools-asan", "build-asan", "tests/tools"),
    "system-asan": lambda: pytest("system-asan", "build-asan", "tests/system"),
    "compile-tsan": lambda: build("build-tsan"),
    "unit-tsan": lambda: unit("build-tsan", CONCURRENT),
    "compile-fuzz": build_fuzzers,
    "fuzz": fuzz,
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/test")
    parser.add_argument("--fast", action="store_true", help="the release build only")
    parser.add_argument("--list", action="store_true", help="name the suites")
    parser.add_argument("words", nargs="*", metavar="NAME", help="only suites that contain it")
    arguments = parser.parse_args()
    names = [name for name in SUITES
             if not (arguments.fast and name.endswith(("asan", "tsan", "fuzz")))
             and (not arguments.words or any(word in name for word in arguments.words))]
    if arguments.list:
        print("\n".join(names))
        return 0
    if not names:
        parser.error("no suite of that name")

    # meson wants to make the directory that the results are kept in.
    results = []
    for name in names:
        RESULTS.mkdir(parents=True, exist_ok=True)
        before = time.monotonic()
        outcome = SUITES[name]()
        seconds = time.monotonic() - before
        results.append((name, outcome))
        print(f"{name:16} {outcome.passed:5} passed, {len(outcome.failures)} failed, "
              f"{outcome.skipped} skipped  ({seconds:.0f} s)", flush=True)
    for suite, outcome in results:
        for name, text in outcome.failures:
            print(f"\n--- failed: {suite}: {name}\n{text}")
    passed = sum(outcome.passed for _, outcome in results)
    failed = sum(len(outcome.failures) for _, outcome in results)
    skipped = sum(outcome.skipped for _, outcome in results)
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
