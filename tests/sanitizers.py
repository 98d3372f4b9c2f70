"""How the sanitizers are told to report, and how a report is noticed; without them, no harm."""

import os
import pathlib
import re
import subprocess

# No program of ours ends with it by itself.
STATUS = 99
SUPPRESSIONS = pathlib.Path(__file__).resolve().parent / "lsan.supp"
OPTIONS = {
    "ASAN_OPTIONS": f"detect_leaks=1:exitcode={STATUS}",
    "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:exitcode={STATUS}",
    "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}:print_suppressions=0:exitcode={STATUS}",
    "TSAN_OPTIONS": f"halt_on_error=1:second_deadlock_stack=1:exitcode={STATUS}",
}
REPORT = re.compile(r"runtime error:|(Address|Leak|Thread|UndefinedBehavior)Sanitizer")


def environment():
    return os.environ | OPTIONS


def check(status, *outputs):
    """Fails if a sanitizer has spoken."""
    for output in outputs:
        text = output.decode(errors="replace") if isinstance(output, bytes) else output or ""
        assert not REPORT.search(text), text
    assert status != STATUS, f"ended with a sanitizer's status {STATUS}"


def run(command, **how):
    """subprocess.run() of a program of ours: whatever the test expects of it, no sanitizer may
    speak."""
    done = subprocess.run(command, **{"env": environment(), **how})
    check(done.returncode, done.stdout, done.stderr)
    return done
