"""scripts/quickstart does what it says and leaves nothing behind, however it ends."""

import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

import sanitizers
import server as glued

QUICKSTART = glued.ROOT / "scripts" / "quickstart"
RUNS = pathlib.Path("/run/glued-quickstart")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def leftovers():
    """What a run could leave: namespaces, interfaces, its directory, huge pages taken."""
    def names(*command):
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return set(re.findall(r"\b(glued-client-\d+|gls\d+|glue\d+)\b", out))
    runs = {str(path) for path in RUNS.iterdir()} if RUNS.exists() else set()
    pages = pathlib.Path("/proc/sys/vm/nr_hugepages").read_text().strip()
    return names("ip", "netns", "list") | names("ip", "-o", "link") | runs | {f"{pages} huge pages"}


@pytest.fixture(autouse=True)
def nothing_left():
    before = leftovers()
    yield
    assert leftovers() == before


def run(*arguments):
    return sanitizers.run([QUICKSTART, *arguments], capture_output=True, text=True,
                          timeout=5 * glued.PATIENCE)


def lost(text):
    return re.search(r"Queries lost: +(\d+)", text)[1]


def test_run():
    done = run("--seconds", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in ("NXDOMAIN qr aa", "additional: dc1.ad.example.com. 3600 IN A 192.0.2.101",
                     "with the same answer", "3 received", "Nothing was lost"):
        assert expected in done.stdout, done.stdout
    assert lost(done.stdout) == "0"


def test_kernel_sockets():
    done = run("--kernel", "--seconds", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Kernel sockets only" in done.stdout and lost(done.stdout) == "0"


def test_keep_and_down():
    done = run("--keep", "--seconds", "1")
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        # What it says to type next can be typed.
        for what in ("kdig", "gluectl .* stats"):
            command = re.search(rf"^  (.*{what}.*)$", done.stdout, re.M)[1]
            typed = subprocess.run(command, shell=True, cwd=glued.ROOT, capture_output=True,
                                   text=True, env=glued.environment(), timeout=glued.PATIENCE)
            assert typed.returncode == 0 and typed.stdout, command
    finally:
        down = run("--down")
    assert down.returncode == 0 and "taken down" in down.stdout, down.stdout + down.stderr


def processes_of(session):
    """Those of a session that still run."""
    listed = subprocess.run(["ps", "-o", "stat=,args=", "-s", str(session)], capture_output=True,
                            text=True).stdout
    return [line for line in listed.splitlines() if not line.startswith("Z")]


def interrupt(process, send, number, moment):
    """Sends it a signal at the line that begins with `moment`; it goes orderly."""
    out = []
    for line in process.stdout:
        out.append(line)
        if line.startswith(moment):
            send(process.pid, number)
            break
    rest, _ = process.communicate(timeout=glued.PATIENCE)
    assert process.returncode == (130 if number == signal.SIGINT else 143), "".join(out) + rest
    assert processes_of(process.pid) == []


def hear_all():
    """Of a parent in the background, or under nohup, signals are inherited that no shell can trap."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def begin(*arguments):
    return subprocess.Popen([QUICKSTART, "--seconds", "60", *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env=glued.environment(),
                            start_new_session=True, preexec_fn=hear_all)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
@pytest.mark.parametrize("moment", ["== Building", "== A link", "== Asking", "== Load"])
def test_interrupted(number, moment):
    """As a terminal does it: the signal goes to the whole group."""
    interrupt(begin(), os.killpg, number, moment)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_interrupted_alone(number):
    """As a service manager does it, and --keep does not keep what was not finished."""
    interrupt(begin("--keep"), os.kill, number, "== Load")


def test_down_after_it_was_killed():
    """What a run has taken is written down before it is needed."""
    process = begin()
    for line in process.stdout:
        if line.startswith("== Load"):
            break
    os.kill(process.pid, signal.SIGKILL)
    down = run("--down")
    assert down.returncode == 0 and "taken down" in down.stdout, down.stdout + down.stderr
    process.communicate(timeout=glued.PATIENCE)
    glued.eventually(lambda: processes_of(process.pid) == [], "the body ends too")


def test_failure_is_reported_with_the_log(tmp_path):
    """Its port is taken: quickstart fails, says why, and cleans up."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 5300))
        taken.listen()
        done = run("--kernel")
    assert done.returncode == 1
    assert "listen.failed" in done.stderr and "5300" in done.stderr, done.stderr


@pytest.mark.parametrize("arguments", [["--frobnicate"], ["--seconds"], ["--seconds", "0"]])
def test_usage(arguments):
    done = run(*arguments)
    assert done.returncode == 2 and "--keep" in done.stderr


def test_help():
    done = run("--help")
    assert done.returncode == 0 and "--down" in done.stdout
