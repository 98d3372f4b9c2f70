"""Network namespaces and the link between a server's and a client's.

A Link is a veth pair. One end lies in the server's namespace, without an address: it is for a DPDK
device. The other end, in the client's namespace, is an ordinary interface of the kernel. Deleting
the two namespaces deletes everything in them, so nothing else needs undoing.
"""

import contextlib
import ctypes
import itertools
import os
import re
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
NUMBERS = itertools.count(1)

SERVER4, CLIENT4 = "192.0.2.53", "192.0.2.1"
SERVER6, CLIENT6 = "2001:db8::53", "2001:db8::1"
PORT_ADDRESSES = [f"{SERVER4}/24", f"{SERVER6}/64"]


def run(*command):
    """Runs a command that must succeed; its output if it does."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


class Namespace:
    """A network namespace with a name of its own, until close()."""

    def __init__(self, role):
        self.name = f"glued-test-{role}-{os.getpid()}-{next(NUMBERS)}"
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def exec(self, *command):
        return run("ip", "netns", "exec", self.name, *command)

    def sysctl(self, *settings):
        self.exec("sysctl", "-q", "-w", *settings)

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is in the namespace: what it opens or starts there stays there."""
        with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{self.name}") as there:
            enter(there)
            try:
                yield
            finally:
                enter(before)

    def close(self):
        subprocess.run(["ip", "netns", "delete", self.name], stderr=subprocess.DEVNULL)


def delete_stale():
    """Removes what runs that were killed have left: their process is gone, their namespaces are
    not."""
    for line in run("ip", "netns", "list").splitlines():
        found = re.match(r"glued-test-\w+-(\d+)-\d+\b", line)
        if found and not os.path.exists(f"/proc/{found[1]}"):
            subprocess.run(["ip", "netns", "delete", found[0]], stderr=subprocess.DEVNULL)


def enter(namespace):
    if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def nowhere():
    """Where a test has no namespace: stay here."""
    yield


class Link:
    """The two namespaces and the pair between them; `iface` is our end's name."""

    iface = "port0"
    tap = "glue0"

    def __init__(self):
        self.server = Namespace("server")
        try:
            self.client = Namespace("client")
            try:
                self._connect()
            except BaseException:
                self.client.close()
                raise
        except BaseException:
            self.server.close()
            raise

    def _connect(self):
        self.server.ip("link", "add", self.iface, "type", "veth", "peer", "name", "eth0",
                       "netns", self.client.name)
        # A veth pair leaves checksums to hardware that it does not have.
        offloads = [word for name in ("tx", "rx", "tso", "gso", "gro") for word in (name, "off")]
        self.server.exec("ethtool", "-K", self.iface, *offloads)
        self.client.exec("ethtool", "-K", "eth0", *offloads)
        # The kernel sees the frames that the DPDK device takes, and must not act on them.
        self.server.sysctl(f"net.ipv6.conf.{self.iface}.disable_ipv6=1",
                           f"net.ipv4.conf.{self.iface}.arp_ignore=8",
                           f"net.ipv4.conf.{self.iface}.rp_filter=1")
        self.server.ip("link", "set", self.iface, "up")
        self.client.ip("address", "add", f"{CLIENT4}/24", "dev", "eth0")
        self.client.ip("address", "add", f"{CLIENT6}/64", "dev", "eth0", "nodad")
        self.client.ip("link", "set", "eth0", "up")

    def mac(self, namespace, iface):
        with namespace.inside():
            return mac_of(iface)

    def close(self):
        self.server.close()
        self.client.close()


def mac_of(iface):
    """The hardware address; asked of the kernel, as /sys shows another namespace's interfaces."""
    import fcntl
    import socket
    import struct
    SIOCGIFHWADDR = 0x8927
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        answer = fcntl.ioctl(probe, SIOCGIFHWADDR, struct.pack("256s", iface.encode()))
    return answer[18:24]
