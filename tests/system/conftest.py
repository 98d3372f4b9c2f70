"""What the system tests share: a link, a directory, servers that are gone when a test is."""

import os
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))

import network  # noqa: E402
import server as server_module  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "root: needs root, for namespaces and DPDK devices")


def pytest_collection_modifyitems(config, items):
    if os.geteuid() == 0:
        return
    skip = pytest.mark.skip(reason="needs root")
    for item in items:
        if "link" in item.fixturenames:
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def programs():
    for name in ("glued", "gluectl"):
        if not (server_module.BUILD / name).exists():
            pytest.exit(f"{server_module.BUILD / name} is not built: see scripts/test", 3)
    if os.geteuid() == 0:
        network.delete_stale()


@pytest.fixture(autouse=True)
def still_running(request):
    """A test of a server that an earlier test has brought down fails at once."""
    server = request.getfixturevalue("running") if "running" in request.fixturenames else None
    if server and not server.is_running():
        pytest.fail(f"the server is gone:\n{server.log()[-3000:]}", False)


@pytest.fixture(scope="module")
def link():
    """A server's and a client's namespace with a pair between them."""
    made = network.Link()
    yield made
    made.close()


@pytest.fixture(scope="module")
def module_dir(tmp_path_factory, request):
    path = tmp_path_factory.mktemp(request.module.__name__)
    # NSD drops root's rights in no test, but a peer may look at the directories above.
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def start(module_dir, request):
    """start(text, namespace=None): a running server in a new directory, stopped at the end of the
    module, in order or else the last test of it fails."""
    servers = []

    def start_one(text, namespace=None, files=(), wait=True):
        directory = module_dir / f"server{len(servers)}"
        directory.mkdir()
        for path in files:
            shutil.copy(path, directory)
        made = server_module.Server(directory, namespace)
        servers.append(made)
        return made.start(text, wait)

    yield start_one
    failures = []
    for made in servers:
        try:
            if made.is_running():
                made.stop()
        except AssertionError as failure:
            failures.append(str(failure))
        finally:
            made.abandon()
    assert not failures, "\n".join(failures)


@pytest.fixture(scope="session")
def hugepages():
    """Enough huge pages for one server, if the machine grants them; given back at the end."""
    path = "/proc/sys/vm/nr_hugepages"
    with open(path) as file:
        before = file.read().strip()
    subprocess.run(["sysctl", "-q", "-w", "vm.nr_hugepages=256"], stderr=subprocess.DEVNULL)
    with open("/proc/meminfo") as file:
        free = next(int(line.split()[1]) for line in file if line.startswith("HugePages_Free"))
    yield free >= 256
    subprocess.run(["sysctl", "-q", "-w", f"vm.nr_hugepages={before}"], stderr=subprocess.DEVNULL)
