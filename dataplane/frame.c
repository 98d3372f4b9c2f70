/* frame.c -- the checks of rx.c and miss.c's and tx.c's way back. Pure: no DPDK. */
#include "dataplane/frame.h"

enum {
	ETHERNET_TYPE_OFF = 12,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,

	/* RFC 791 3.1 */
	IPV4_TOS_OFF = 1,
	IPV4_TOTAL_LEN_OFF = 2,
	IPV4_ID_OFF = 4,
	IPV4_FRAGMENT_OFF = 6,
	IPV4_TTL_OFF = 8,
	IPV4_PROTOCOL_OFF = 9,
	IPV4_CHECKSUM_OFF = 10,
	IPV4_SOURCE_OFF = 12,
	IPV4_DESTINATION_OFF = 16,
	IPV4_DONT_FRAGMENT = 0x4000,
	IPV4_FRAGMENT_MASK = 0x3fff, /* MF and the offset: not 0, and it is a fragment */

	/* RFC 8200 3 */
	IPV6_PAYLOAD_LEN_OFF = 4,
	IPV6_NEXT_HEADER_OFF = 6,
	IPV6_HOP_LIMIT_OFF = 7,
	IPV6_SOURCE_OFF = 8,
	IPV6_DESTINATION_OFF = 24,

	/* RFC 768 */
	UDP_SOURCE_OFF = 0,
	UDP_DESTINATION_OFF = 2,
	UDP_LEN_OFF = 4,
	UDP_CHECKSUM_OFF = 6,

	PROTOCOL_UDP = 17,
	HOP_LIMIT = 64, /* the default TTL that RFC 1700 recommends */
};

void
frame_endpoint_init(struct frame_endpoint *endpoint, const struct port_config *config,
		    const uint8_t mac[6], uint16_t mtu)
{
	memset(endpoint, 0, sizeof(*endpoint));
	memcpy(endpoint->mac, mac, sizeof(endpoint->mac));
	endpoint->udp_port = config->udp_port;
	endpoint->mtu = mtu;
	for (size_t i = 0; i < config->address_count && i < PORT_ADDRESSES_MAX; i++) {
		const struct address *address = &config->addresses[i];

		if (address->is_ipv6)
			memcpy(endpoint->ipv6[endpoint->ipv6_count++], address->octets, 16);
		else
			memcpy(endpoint->ipv4[endpoint->ipv4_count++], address->octets, 4);
	}
}

/* The sum of RFC 1071, 64 bits at a time, their carry wrapped round: 2^64 - 1 is a multiple of
 * 2^16 - 1. Native byte order: the fold of a one's complement sum commutes with the swap. */
static inline uint64_t
sum_add(uint64_t sum, uint64_t word)
{
	uint64_t added;
	bool carry = __builtin_add_overflow(sum, word, &added);

	return added + carry;
}

static inline uint64_t
sum_word(uint64_t sum, const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return sum_add(sum, word);
}

/* The octets left at the end, as if zeros stood behind them: `len` < 8 of them, and 8 or more
 * before. No branch, since nobody could foretell how many there are. */
static inline uint64_t
sum_tail(uint64_t sum, const uint8_t *octets, size_t len)
{
	uint64_t word;

	memcpy(&word, octets + len - sizeof(word), sizeof(word));
	unsigned before = 8 * (unsigned)(sizeof(word) - 1 - len);
	/* Two shifts: with none left it is all 64 bits. */
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		return sum_add(sum, word >> before >> 8);
	return sum_add(sum, word << before << 8);
}

/* Over `len` >= 8 octets. */
static inline uint64_t
sum_octets(uint64_t sum, const uint8_t *octets, size_t len)
{
	for (; len >= 32; octets += 32, len -= 32) {
		sum = sum_word(sum, octets);
		sum = sum_word(sum, octets + 8);
		sum = sum_word(sum, octets + 16);
		sum = sum_word(sum, octets + 24);
	}
	for (; len >= 8; octets += 8, len -= 8)
		sum = sum_word(sum, octets);
	return sum_tail(sum, octets, len);
}

/* Over an IPv4 header without options, of which the sum of the addresses is known. */
static inline uint64_t
sum_ipv4(const uint8_t *ip, uint64_t addresses)
{
	return sum_add(sum_word(addresses, ip), octets_read32(ip + 8));
}

/* A number as the checksum's sums have it: as if its octets had been read from memory. */
static inline uint64_t
word_of_be16(size_t value)
{
	uint8_t octets[2];
	uint16_t word;

	be16_write(octets, (uint16_t)value);
	memcpy(&word, octets, sizeof(word));
	return word;
}

/* One's complement of the folded sum, in the byte order of memory. Added to itself turned round,
 * the upper half of a number is the sum of both halves with the carry. */
static inline uint16_t
sum_finish(uint64_t sum)
{
	sum += sum << 32 | sum >> 32;
	uint32_t half = (uint32_t)(sum >> 32);
	half += half << 16 | half >> 16;
	return (uint16_t) ~(half >> 16);
}

/* The UDP checksum with the pseudo header of RFC 768 or RFC 8200 8.1: 0 over a datagram whose
 * checksum field is right, else what belongs into a field that is 0. `addresses` are source and
 * destination, which stand side by side in both versions of IP. */
static inline uint16_t
udp_sum(const uint8_t *addresses, size_t addresses_len, const uint8_t *udp, size_t udp_len)
{
	uint64_t sum = word_of_be16(PROTOCOL_UDP) + word_of_be16(udp_len);

	for (size_t off = 0; off < addresses_len; off += 8)
		sum = sum_word(sum, addresses + off);
	return sum_finish(sum_octets(sum, udp, udp_len));
}

static inline bool
is_own_ipv4(const struct frame_endpoint *endpoint, const uint8_t *octets)
{
	for (unsigned i = 0; i < endpoint->ipv4_count; i++) {
		if (octets_read32(endpoint->ipv4[i]) == octets_read32(octets))
			return true;
	}
	return false;
}

static bool
is_own_ipv6(const struct frame_endpoint *endpoint, const uint8_t *octets)
{
	for (unsigned i = 0; i < endpoint->ipv6_count; i++) {
		if (memcmp(endpoint->ipv6[i], octets, 16) == 0)
			return true;
	}
	return false;
}

/* RFC 1122 3.2.1.3: neither "this network", nor loopback, nor multicast, nor broadcast is the
 * source of a datagram from elsewhere. Our own address is no client's either: answering it would be
 * talking to ourselves. */
static inline bool
is_ipv4_client(const struct frame_endpoint *endpoint, const uint8_t *octets)
{
	if (octets[0] == 0 || octets[0] == 127 || (octets[0] & 0xf0) == 224)
		return false;
	return be32_read(octets) != 0xffffffff && !is_own_ipv4(endpoint, octets);
}

/* RFC 4291 2.5.2, 2.5.3, 2.7: unspecified, loopback, multicast; 2.5.5.2: an IPv4 address in IPv6's
 * clothes never stands on a wire. A link-local client is on our link, and the answer goes back
 * there.
 */
static bool
is_ipv6_client(const struct frame_endpoint *endpoint, const uint8_t *octets)
{
	static const uint8_t zeros[16];

	if (octets[0] == 0xff)
		return false;
	if (memcmp(octets, zeros, 10) == 0) {
		bool is_unspecified_or_loopback = memcmp(octets, zeros, 15) == 0 && octets[15] <= 1;
		bool is_v4_mapped = octets[10] == 0xff && octets[11] == 0xff;

		if (is_unspecified_or_loopback || is_v4_mapped)
			return false;
	}
	return !is_own_ipv6(endpoint, octets);
}

/* From the UDP header on: `ip_payload_len` octets from udp_off belong to the datagram's IP packet
 * and are in the frame. COUNTER_ANSWER: well-formed and to our port. */
static enum counter
parse_udp(const struct frame_endpoint *endpoint, const uint8_t *frame, size_t ip_payload_len,
	  struct frame_layout *layout)
{
	const uint8_t *udp = frame + layout->udp_off;

	if (ip_payload_len < UDP_LEN)
		return COUNTER_DROP_SHORT;
	if (be16_read(udp + UDP_DESTINATION_OFF) != endpoint->udp_port)
		return COUNTER_EXCEPTION;

	/* Shorter than the IP packet is allowed; the rest is nobody's. */
	size_t udp_len = be16_read(udp + UDP_LEN_OFF);
	if (udp_len < UDP_LEN || udp_len > ip_payload_len)
		return COUNTER_DROP_SHORT;
	layout->message_off = (uint16_t)(layout->udp_off + UDP_LEN);
	layout->message_len = (uint16_t)(udp_len - UDP_LEN);
	return COUNTER_ANSWER;
}

/* Checksums and source of a datagram to our port. */
static enum counter
check_ipv4(const struct frame_endpoint *endpoint, const uint8_t *frame, bool has_good_checksum,
	   const struct frame_layout *layout)
{
	const uint8_t *ip = frame + layout->ip_off;
	const uint8_t *udp = frame + layout->udp_off;
	size_t udp_len = (size_t)layout->message_len + UDP_LEN;
	size_t header_len = (size_t)(layout->udp_off - layout->ip_off);

	if (sum_finish(sum_octets(0, ip, header_len)) != 0)
		return COUNTER_DROP_CHECKSUM;
	/* RFC 768: over IPv4, 0 says that the sender made none. */
	if (!has_good_checksum && be16_read(udp + UDP_CHECKSUM_OFF) != 0 &&
	    udp_sum(ip + IPV4_SOURCE_OFF, 8, udp, udp_len) != 0)
		return COUNTER_DROP_CHECKSUM;
	if (be16_read(udp + UDP_SOURCE_OFF) == 0 || !is_ipv4_client(endpoint, ip + IPV4_SOURCE_OFF))
		return COUNTER_DROP_SOURCE;
	return COUNTER_ANSWER;
}

static enum counter
check_ipv6(const struct frame_endpoint *endpoint, const uint8_t *frame, bool has_good_checksum,
	   const struct frame_layout *layout)
{
	const uint8_t *ip = frame + layout->ip_off;
	const uint8_t *udp = frame + layout->udp_off;
	size_t udp_len = (size_t)layout->message_len + UDP_LEN;

	/* RFC 8200 8.1: a receiver discards a datagram without a checksum. */
	if (be16_read(udp + UDP_CHECKSUM_OFF) == 0)
		return COUNTER_DROP_CHECKSUM;
	if (!has_good_checksum && udp_sum(ip + IPV6_SOURCE_OFF, 32, udp, udp_len) != 0)
		return COUNTER_DROP_CHECKSUM;
	if (be16_read(udp + UDP_SOURCE_OFF) == 0 || !is_ipv6_client(endpoint, ip + IPV6_SOURCE_OFF))
		return COUNTER_DROP_SOURCE;
	return COUNTER_ANSWER;
}

static enum counter
parse_ipv4(const struct frame_endpoint *endpoint, const uint8_t *frame, size_t len,
	   bool has_good_checksum, struct frame_layout *layout)
{
	const uint8_t *ip = frame + layout->ip_off;
	size_t room = len - layout->ip_off;

	if (room < IPV4_LEN)
		return COUNTER_DROP_SHORT;
	size_t header_len = (size_t)(ip[0] & 0x0f) * 4;
	size_t total_len = be16_read(ip + IPV4_TOTAL_LEN_OFF);
	if (ip[0] >> 4 != 4 || header_len < IPV4_LEN || total_len < header_len || total_len > room)
		return COUNTER_DROP_SHORT;

	bool is_fragment = (be16_read(ip + IPV4_FRAGMENT_OFF) & IPV4_FRAGMENT_MASK) != 0;
	if (ip[IPV4_PROTOCOL_OFF] != PROTOCOL_UDP || is_fragment ||
	    !is_own_ipv4(endpoint, ip + IPV4_DESTINATION_OFF))
		return COUNTER_EXCEPTION;

	layout->is_ipv6 = false;
	layout->udp_off = (uint16_t)(layout->ip_off + header_len);
	enum counter disposition = parse_udp(endpoint, frame, total_len - header_len, layout);
	if (disposition != COUNTER_ANSWER)
		return disposition;
	return check_ipv4(endpoint, frame, has_good_checksum, layout);
}

static enum counter
parse_ipv6(const struct frame_endpoint *endpoint, const uint8_t *frame, size_t len,
	   bool has_good_checksum, struct frame_layout *layout)
{
	const uint8_t *ip = frame + layout->ip_off;
	size_t room = len - layout->ip_off;

	if (room < IPV6_LEN)
		return COUNTER_DROP_SHORT;
	size_t payload_len = be16_read(ip + IPV6_PAYLOAD_LEN_OFF);
	if (ip[0] >> 4 != 6 || payload_len > room - IPV6_LEN)
		return COUNTER_DROP_SHORT;

	if (ip[IPV6_NEXT_HEADER_OFF] != PROTOCOL_UDP ||
	    !is_own_ipv6(endpoint, ip + IPV6_DESTINATION_OFF))
		return COUNTER_EXCEPTION;

	layout->is_ipv6 = true;
	layout->udp_off = (uint16_t)(layout->ip_off + IPV6_LEN);
	enum counter disposition = parse_udp(endpoint, frame, payload_len, layout);
	if (disposition != COUNTER_ANSWER)
		return disposition;
	return check_ipv6(endpoint, frame, has_good_checksum, layout);
}

/* Nearly all queries: over IPv4, no tag, no options, and nothing wrong with it. The same checks as
 * below in another order, so that there are few of them. False: it takes a closer look. */
static inline bool
parse_usual(const struct frame_endpoint *endpoint, const uint8_t *frame, size_t len,
	    bool has_good_checksum, struct frame_layout *layout)
{
	enum {
		IP_OFF = ETHERNET_LEN,
		UDP_OFF = IP_OFF + IPV4_LEN,
		MESSAGE_OFF = UDP_OFF + UDP_LEN
	};
	const uint32_t version_and_len = 4 << 4 | IPV4_LEN / 4;
	const uint8_t *ip = frame + IP_OFF;
	const uint8_t *udp = frame + UDP_OFF;

	if (len < MESSAGE_OFF || memcmp(frame, endpoint->mac, sizeof(endpoint->mac)) != 0 ||
	    (frame[6] & 1) != 0 ||
	    be32_read(frame + ETHERNET_TYPE_OFF) >> 8 != (ETHERTYPE_IPV4 << 8 | version_and_len))
		return false;
	size_t total_len = be16_read(ip + IPV4_TOTAL_LEN_OFF);
	size_t udp_len = be16_read(udp + UDP_LEN_OFF);
	if (total_len > len - IP_OFF || udp_len < UDP_LEN || udp_len + IPV4_LEN > total_len ||
	    (be16_read(ip + IPV4_FRAGMENT_OFF) & IPV4_FRAGMENT_MASK) != 0 ||
	    ip[IPV4_PROTOCOL_OFF] != PROTOCOL_UDP ||
	    be16_read(udp + UDP_DESTINATION_OFF) != endpoint->udp_port ||
	    be16_read(udp + UDP_SOURCE_OFF) == 0 ||
	    !is_own_ipv4(endpoint, ip + IPV4_DESTINATION_OFF) ||
	    !is_ipv4_client(endpoint, ip + IPV4_SOURCE_OFF))
		return false;
	uint64_t addresses = octets_read64(ip + IPV4_SOURCE_OFF);
	if (sum_finish(sum_ipv4(ip, addresses)) != 0)
		return false;
	if (!has_good_checksum && be16_read(udp + UDP_CHECKSUM_OFF) != 0) {
		uint64_t sum =
		    sum_add(addresses, word_of_be16(PROTOCOL_UDP) + word_of_be16(udp_len));
		if (sum_finish(sum_octets(sum, udp, udp_len)) != 0)
			return false;
	}
	*layout = (struct frame_layout){
	    .ip_off = IP_OFF,
	    .udp_off = UDP_OFF,
	    .message_off = MESSAGE_OFF,
	    .message_len = (uint16_t)(udp_len - UDP_LEN),
	};
	return true;
}

enum counter
frame_parse(const struct frame_endpoint *endpoint, const uint8_t *frame, size_t len,
	    bool has_good_checksum, struct frame_layout *layout)
{
	if (likely(parse_usual(endpoint, frame, len, has_good_checksum, layout)))
		return COUNTER_ANSWER;
	if (len < ETHERNET_LEN)
		return COUNTER_DROP_SHORT;
	/* A unicast address of IP in a broadcast of the link (RFC 1122 3.3.6), and frames for other
	 * stations: the kernel has rules for both. */
	if (memcmp(frame, endpoint->mac, sizeof(endpoint->mac)) != 0)
		return COUNTER_EXCEPTION;

	uint16_t ethertype = be16_read(frame + ETHERNET_TYPE_OFF);
	layout->ip_off = ETHERNET_LEN;
	if (ethertype == ETHERTYPE_VLAN) {
		if (len < ETHERNET_LEN + VLAN_LEN)
			return COUNTER_DROP_SHORT;
		ethertype = be16_read(frame + ETHERNET_TYPE_OFF + VLAN_LEN);
		layout->ip_off = ETHERNET_LEN + VLAN_LEN;
	}

	enum counter disposition = COUNTER_EXCEPTION;
	if (ethertype == ETHERTYPE_IPV4)
		disposition = parse_ipv4(endpoint, frame, len, has_good_checksum, layout);
	else if (ethertype == ETHERTYPE_IPV6)
		disposition = parse_ipv6(endpoint, frame, len, has_good_checksum, layout);

	/* IEEE 802.3 3.2.3: a group is no station, and can't have sent a query. */
	bool is_from_group = (frame[6] & 1) != 0;
	return disposition == COUNTER_ANSWER && is_from_group ? COUNTER_DROP_SOURCE : disposition;
}

static void
swap_octets(uint8_t *a, uint8_t *b, size_t len)
{
	uint8_t kept[16];

	memcpy(kept, a, len);
	memcpy(a, b, len);
	memcpy(b, kept, len);
}

/* In these three a header is made of what is in registers: to read again what has just been
 * written in smaller pieces is slow. Returns the sum of the addresses. */
static inline uint64_t
reflect_ipv4(uint8_t *ip, size_t udp_len)
{
	size_t total_len = IPV4_LEN + udp_len;
	uint64_t addresses;

	memcpy(&addresses, ip + IPV4_SOURCE_OFF, sizeof(addresses));
	be16_write(ip, 4 << 12 | IPV4_LEN / 4 << 8);
	be16_write(ip + IPV4_TOTAL_LEN_OFF, (uint16_t)total_len);
	/* With DF the datagram is atomic, and its identification means nothing (RFC 6864 4.1). An
	 * answer is never to arrive in fragments, which can be forged one by one (RFC 9715 3.1). */
	be32_write(ip + IPV4_ID_OFF, IPV4_DONT_FRAGMENT);
	be16_write(ip + IPV4_TTL_OFF, HOP_LIMIT << 8 | PROTOCOL_UDP);
	uint64_t sum = word_of_be16(4 << 12 | IPV4_LEN / 4 << 8) + word_of_be16(total_len) +
		       word_of_be16(IPV4_DONT_FRAGMENT) +
		       word_of_be16(HOP_LIMIT << 8 | PROTOCOL_UDP);
	uint16_t checksum = sum_finish(sum_add(sum, addresses));
	memcpy(ip + IPV4_CHECKSUM_OFF, &checksum, sizeof(checksum));
	uint64_t swapped = addresses << 32 | addresses >> 32;
	memcpy(ip + IPV4_SOURCE_OFF, &swapped, sizeof(swapped));
	return addresses;
}

static inline uint64_t
reflect_ipv6(uint8_t *ip, size_t udp_len)
{
	uint64_t sum = 0;

	for (size_t off = IPV6_SOURCE_OFF; off < IPV6_LEN; off += 8)
		sum = sum_word(sum, ip + off);
	/* Traffic class and flow label 0: RFC 6437 3 allows a sender not to label. */
	be32_write(ip, 6u << 28);
	be16_write(ip + IPV6_PAYLOAD_LEN_OFF, (uint16_t)udp_len);
	ip[IPV6_HOP_LIMIT_OFF] = HOP_LIMIT;
	swap_octets(ip + IPV6_SOURCE_OFF, ip + IPV6_DESTINATION_OFF, 16);
	return sum;
}

static inline void
reflect_udp(uint8_t *udp, size_t udp_len, uint64_t addresses_sum)
{
	uint32_t ports;

	memcpy(&ports, udp + UDP_SOURCE_OFF, sizeof(ports));
	uint64_t sum = sum_add(addresses_sum, (uint64_t)ports + word_of_be16(PROTOCOL_UDP) +
						  2 * word_of_be16(udp_len));
	uint16_t checksum = sum_finish(sum_octets(sum, udp + UDP_LEN, udp_len - UDP_LEN));
	/* RFC 768, RFC 8200 8.1: a sum of 0 is sent as its other form, all ones. */
	if (checksum == 0)
		checksum = 0xffff;
	ports = ports << 16 | ports >> 16;
	memcpy(udp + UDP_SOURCE_OFF, &ports, sizeof(ports));
	be16_write(udp + UDP_LEN_OFF, (uint16_t)udp_len);
	memcpy(udp + UDP_CHECKSUM_OFF, &checksum, sizeof(checksum));
}

size_t
frame_reflect(uint8_t *frame, const struct frame_layout *layout, size_t message_len,
	      size_t *frame_len)
{
	size_t udp_len = UDP_LEN + message_len;
	size_t link_len = layout->ip_off;
	size_t ip_len = layout->is_ipv6 ? IPV6_LEN : IPV4_LEN;
	size_t options_len = layout->udp_off - link_len - ip_len;

	/* RFC 791 3.1: options are the sender's. Those that ask for a reply (a recorded route, a
	 * source route to turn round) are filtered all over the net (RFC 7126); we don't reply. */
	if (unlikely(options_len != 0))
		memmove(frame + options_len, frame, link_len + ip_len);
	frame += options_len;

	uint8_t *ip = frame + link_len;
	swap_octets(frame, frame + 6, 6);
	uint64_t sum = layout->is_ipv6 ? reflect_ipv6(ip, udp_len) : reflect_ipv4(ip, udp_len);
	reflect_udp(ip + ip_len, udp_len, sum);
	*frame_len = link_len + ip_len + udp_len;
	return options_len;
}

void
frame_client(const uint8_t *frame, const struct frame_layout *layout, struct address *client,
	     uint16_t *client_port)
{
	memset(client, 0, sizeof(*client));
	client->is_ipv6 = layout->is_ipv6;
	memcpy(client->octets, frame_client_address(frame, layout), layout->is_ipv6 ? 16 : 4);
	*client_port = be16_read(frame + layout->udp_off + UDP_SOURCE_OFF);
}
