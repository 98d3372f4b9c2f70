"""Huge pages by the default, "auto": taken where there are enough, left alone where there are not."""

import pathlib

import pytest

import server as glued

POOL = pathlib.Path("/proc/sys/vm/nr_hugepages")
CONFIGURATION = """\
server:
  control-socket: control.sock
ports:
  - device: net_null0
    addresses: [198.51.100.53]
workers:
  cores: {core}
zones:
  - name: example
    file: example.zone
"""
ZONE = """\
$TTL 300
@ SOA ns1 hostmaster 7 3600 900 1209600 300
  NS ns1
ns1 A 198.51.100.53
"""


@pytest.fixture
def pages():
    """pages(count): asks the kernel for that many; as before afterwards."""
    before = POOL.read_text()

    def ask(count):
        try:
            POOL.write_text(str(count))
        except OSError:
            pytest.skip("the machine does not let us have huge pages")
    yield ask
    POOL.write_text(before)


@pytest.mark.parametrize("count", [0, 8, 256])
def test_any_number_of_pages_will_do(tmp_path, pages, count):
    """Eight are free, and too few for the ports' frames: DPDK fails if it is told to try them."""
    (tmp_path / "example.zone").write_text(ZONE)
    pages(count)
    server = glued.Server(tmp_path)
    try:
        server.start(CONFIGURATION.format(core=glued.last_core()))
        server.stop()
    finally:
        server.abandon()
