/* frame.h -- Ethernet, one VLAN tag, IPv4 or IPv6, UDP: find the DNS message in a frame, and turn a
 * frame round once the answer stands in it.
 *
 * Threads:   any; pure: octets and the caller's structs.
 * Memory:    allocates nothing; works in place.
 * Errors:    none: every sequence of octets ends in a disposition (counters.h).
 * Standards: RFC 768, 791, 894, 1122, 6864, 8200, 9715; IEEE 802.1Q.
 *
 * What is not a well-formed DNS query for us is either broken (a drop, with its reason) or somebody
 * else's (the exception: ARP, ND, ICMP, TCP, fragments, IPv6 extension headers, a second VLAN tag,
 * other addresses and ports). The kernel behind the exception interface judges those; nothing of
 * them is checked here beyond what finding that out takes.
 */
#ifndef GLUED_DATAPLANE_FRAME_H
#define GLUED_DATAPLANE_FRAME_H

#include "dataplane/counters.h"
#include "dataplane/dataplane.h"

enum {
	ETHERNET_LEN = 14,
	VLAN_LEN = 4,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	UDP_LEN = 8,
	/* The most that stands before a DNS message: a tag, and an IPv4 header full of options. */
	FRAME_OVERHEAD_MAX = ETHERNET_LEN + VLAN_LEN + 60 + UDP_LEN,
};

/* Who we are on a port. Fixed before start. */
struct frame_endpoint {
	uint8_t mac[6];
	uint16_t udp_port;
	uint16_t mtu; /* octets of IP that a frame may carry */
	uint16_t ipv4_count;
	uint16_t ipv6_count;
	uint8_t ipv4[PORT_ADDRESSES_MAX][4];
	uint8_t ipv6[PORT_ADDRESSES_MAX][16];
};

/* Where things stand in a frame that frame_parse() called COUNTER_ANSWER: frame_reflect() and the
 * accessors below trust it. */
struct frame_layout {
	uint16_t ip_off;
	uint16_t udp_off;
	uint16_t message_off;
	uint16_t message_len;
	bool is_ipv6;
};

/* Copies MAC, addresses, UDP port and MTU. */
void frame_endpoint_init(struct frame_endpoint *endpoint, const struct port_config *config,
			 const uint8_t mac[6], uint16_t mtu);

/* What is this frame? COUNTER_ANSWER: a DNS message for us, *layout says where; COUNTER_EXCEPTION;
 * COUNTER_DROP_SHORT, _CHECKSUM, _SOURCE. With `has_good_checksum` the device has checked UDP's
 * checksum; IPv4's, over 20 octets, is always checked here. */
enum counter frame_parse(const struct frame_endpoint *endpoint, const uint8_t *frame, size_t len,
			 bool has_good_checksum, struct frame_layout *layout);

/* The longest message that an answer in this frame may be: what the MTU leaves. */
static inline size_t
frame_message_cap(const struct frame_endpoint *endpoint, const struct frame_layout *layout)
{
	size_t overhead = (layout->is_ipv6 ? IPV6_LEN : IPV4_LEN) + UDP_LEN;

	return endpoint->mtu > overhead ? endpoint->mtu - overhead : 0;
}

/* The response of `message_len` octets (<= frame_message_cap()) stands at message_off: turns the
 * headers before it into the answer's. IPv4 options are not sent back; their room moves to the
 * front. Returns the number of octets to cut off the front of the frame; *frame_len is the length
 * of what remains. */
size_t frame_reflect(uint8_t *frame, const struct frame_layout *layout, size_t message_len,
		     size_t *frame_len);

/* Where the query came from: the address as it stands in the frame, 4 or 16 octets; then a copy of
 * it, with the port. */
static inline const uint8_t *
frame_client_address(const uint8_t *frame, const struct frame_layout *layout)
{
	enum { IPV4_SOURCE = 12, IPV6_SOURCE = 8 };

	return frame + layout->ip_off + (layout->is_ipv6 ? IPV6_SOURCE : IPV4_SOURCE);
}

void frame_client(const uint8_t *frame, const struct frame_layout *layout, struct address *client,
		  uint16_t *client_port);

#endif
