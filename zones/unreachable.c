/* unreachable.c -- the table of addresses nobody can be reached at (used by check.c). */
#include "zones/unreachable.h"

struct prefix {
	uint8_t octets[16];
	uint8_t bit_count;
	const char *reason;
};

static const struct prefix ipv4_prefixes[] = {
    {{0}, 8, "an address of \"this network\" (0.0.0.0/8)"},
    {{127}, 8, "a loopback address"},
    {{169, 254}, 16, "a link-local address"},
    {{224}, 4, "a multicast address"},
    {{255, 255, 255, 255}, 32, "the broadcast address"},
};

static const struct prefix ipv6_prefixes[] = {
    {{0}, 128, "the unspecified address"},
    {{[15] = 1}, 128, "the loopback address"},
    {{[10] = 0xff, 0xff}, 96, "an IPv4-mapped address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xff}, 8, "a multicast address"},
};

static bool
is_within(const uint8_t *address, const struct prefix *prefix)
{
	size_t octet_count = prefix->bit_count / 8;
	unsigned bits_left = prefix->bit_count % 8;
	if (memcmp(address, prefix->octets, octet_count) != 0)
		return false;
	uint8_t mask = (uint8_t)(0xff00 >> bits_left);
	return bits_left == 0 ||
	       (address[octet_count] & mask) == (prefix->octets[octet_count] & mask);
}

const char *
unreachable_reason(const uint8_t *address, size_t len)
{
	const struct prefix *prefixes = len == 4 ? ipv4_prefixes : ipv6_prefixes;
	size_t count = len == 4 ? ARRAY_LEN(ipv4_prefixes) : ARRAY_LEN(ipv6_prefixes);
	for (size_t i = 0; i < count; i++) {
		if (is_within(address, &prefixes[i]))
			return prefixes[i].reason;
	}
	return NULL;
}
