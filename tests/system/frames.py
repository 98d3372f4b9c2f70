"""Ethernet frames by hand, for what the kernel's client would not send: VLAN tags, wrong checksums,
short frames."""

import contextlib
import select
import socket
import struct
import time

ETH_P_ALL = 3
ETH_IP, ETH_IPV6, ETH_VLAN = 0x0800, 0x86dd, 0x8100
PACKET_AUXDATA, SOL_PACKET = 8, 263
TP_STATUS_VLAN_VALID = 1 << 4
UDP = 17


def checksum(octets):
    """RFC 1071."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def udp(source, target, source_port, target_port, payload, wrong_by=0, no_checksum=False):
    """A UDP datagram, with its checksum over the pseudo-header."""
    head = struct.pack("!4H", source_port, target_port, 8 + len(payload), 0)
    length = len(head) + len(payload)
    pseudo = address(source) + address(target) + (
        struct.pack("!BBH", 0, UDP, length) if "." in target else
        struct.pack("!I3xB", length, UDP))
    value = checksum(pseudo + head + payload) or 0xffff
    value = 0 if no_checksum else (value + wrong_by) & 0xffff
    return head[:6] + struct.pack("!H", value) + payload


def ipv4(source, target, payload, protocol=UDP, wrong_by=0, total_length=None, fragment=0,
         options=b""):
    words = 5 + len(options) // 4
    length = words * 4 + len(payload) if total_length is None else total_length
    head = struct.pack("!BBHHHBBH", 0x40 | words, 0, length, 0x1234, fragment, 64, protocol, 0) + \
        address(source) + address(target) + options
    value = (checksum(head) + wrong_by) & 0xffff
    return head[:10] + struct.pack("!H", value) + head[12:] + payload


def ipv6(source, target, payload, protocol=UDP, payload_length=None):
    length = len(payload) if payload_length is None else payload_length
    return struct.pack("!IHBB", 6 << 28, length, protocol, 64) + address(source) + \
        address(target) + payload


def ethernet(source_mac, target_mac, ethertype, payload, vlan=None):
    tag = struct.pack("!HH", ETH_VLAN, vlan) if vlan is not None else b""
    return target_mac + source_mac + tag + struct.pack("!H", ethertype) + payload


class Wire:
    """A packet socket on the client's end of the link."""

    def __init__(self, link):
        self.mac = link.mac(link.client, "eth0")
        self.target_mac = link.mac(link.server, link.iface)
        with link.client.inside():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.socket.bind(("eth0", ETH_P_ALL))
        self.socket.setblocking(False)

    def close(self):
        self.socket.close()

    def send(self, frame):
        self.socket.send(frame)

    def send_udp(self, source, target, source_port, payload, vlan=None, **how):
        """A DNS query in a frame."""
        datagram = udp(source, target, source_port, 53, payload, **how)
        if ":" in target:
            frame = ethernet(self.mac, self.target_mac, ETH_IPV6, ipv6(source, target, datagram),
                             vlan)
        else:
            frame = ethernet(self.mac, self.target_mac, ETH_IP, ipv4(source, target, datagram),
                             vlan)
        self.send(frame)

    def receive_udp(self, port, patience):
        """The next datagram that comes from port 53 to `port`: (VLAN tag or None, source, target,
        payload), with every checksum checked. None if there is none."""
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                return None
            with contextlib.suppress(BlockingIOError):
                frame, extra, _, whence = self.socket.recvmsg(65535, 256)
                if whence[2] == 4:  # PACKET_OUTGOING: our own
                    continue
                found = read_udp(*untag(frame, extra))
                if found and found[3] == 53 and found[4] == port:
                    return found[0], found[1], found[2], found[5]
        return None


def untag(frame, extra):
    """The tag, which the kernel may have taken out of the frame, and the frame without it."""
    for level, kind, data in extra:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data)
            if status & TP_STATUS_VLAN_VALID:
                return tci, frame
    if frame[12:14] == struct.pack("!H", ETH_VLAN):
        return struct.unpack_from("!H", frame, 14)[0], frame[:12] + frame[16:]
    return None, frame


def read_udp(tag, frame):
    ethertype, = struct.unpack_from("!H", frame, 12)
    packet = frame[14:]
    if ethertype == ETH_IP and packet[9] == UDP:
        length = struct.unpack_from("!H", packet, 2)[0]
        assert checksum(packet[:20]) == 0, "the IPv4 checksum is wrong"
        source, target, datagram = packet[12:16], packet[16:20], packet[20:length]
        pseudo = source + target + struct.pack("!BBH", 0, UDP, len(datagram))
        family = socket.AF_INET
    elif ethertype == ETH_IPV6 and packet[6] == UDP:
        length = struct.unpack_from("!H", packet, 4)[0]
        source, target, datagram = packet[8:24], packet[24:40], packet[40:40 + length]
        pseudo = source + target + struct.pack("!I3xB", len(datagram), UDP)
        assert datagram[6:8] != b"\0\0", "UDP over IPv6 without a checksum"
        family = socket.AF_INET6
    else:
        return None
    source_port, target_port, length, value = struct.unpack_from("!4H", datagram)
    assert length == len(datagram), "the UDP length is not the IP payload's"
    assert value == 0 or checksum(pseudo + datagram) == 0, "the UDP checksum is wrong"
    return (tag, socket.inet_ntop(family, source), socket.inet_ntop(family, target), source_port,
            target_port, datagram[8:])
