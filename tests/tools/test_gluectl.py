"""gluectl and servers that are none, or none any more; the real one's replies are asked for in
tests/system/test_control.py."""

import os
import pathlib
import socket
import threading

import pytest

import sanitizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
GLUECTL = pathlib.Path(os.environ.get("GLUED_BUILD", ROOT / "build")).resolve() / "gluectl"
PATIENCE = 60
REPLY = b'{"version":1,"ok":true,"data":{"state":"ready"}}\n'


def ask(path, *arguments):
    return sanitizers.run([GLUECTL, "-s", path, "--json", *arguments], capture_output=True,
                          text=True, timeout=PATIENCE)


@pytest.fixture
def server(tmp_path):
    """server(octets): the path of a socket at which one client gets these octets for its request,
    and then the end."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    threads = []
    with listener:
        listener.settimeout(PATIENCE)
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()

        def serve(octets):
            client, _ = listener.accept()
            with client, client.makefile("rb") as requests:
                client.settimeout(PATIENCE)
                requests.readline()
                client.sendall(octets)

        def start(octets):
            threads.append(threading.Thread(target=serve, args=(octets,)))
            threads[-1].start()
            return tmp_path / "control.sock"
        yield start
        for thread in threads:
            thread.join()


def test_a_whole_reply(server):
    done = ask(server(REPLY), "status")
    assert done.returncode == 0 and '"ready"' in done.stdout and not done.stderr


@pytest.mark.parametrize("octets", [b"", REPLY[:1], REPLY[:-2]] + [
    b"\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"[]\n", b"\0" * 100, b'{"ok":true,"data":{}}\n'],
    ids=range(8))
@pytest.mark.parametrize("command", ["status", "stop"])
def test_no_reply_or_half_of_one(server, octets, command):
    """The server went away, or it is none: nothing is known of what was asked."""
    done = ask(server(octets), command)
    assert done.returncode == 3
    assert not done.stdout and done.stderr.startswith("gluectl: "), done.stderr


def test_nobody_there(tmp_path):
    done = ask(tmp_path / "control.sock", "status")
    assert done.returncode == 3 and "no server on" in done.stderr
