/* rdata_apl.c -- APL: lists of address prefixes (a codec, see rdata_codec.h; RFC 3123). */
#include <arpa/inet.h>

#include "zones/rdata_codec.h"

enum {
	ITEM_HEAD_LEN = 4, /* family, prefix length, negation and length of the address part */
	NEGATION = 0x80,
	FAMILY_IPV4 = 1,
	FAMILY_IPV6 = 2,
	IPV4_BITS = 32,
	IPV6_BITS = 128,
};

/* Address bits of a family, 0 if it is not known here. */
static unsigned
family_bits(unsigned family)
{
	if (family == FAMILY_IPV4)
		return IPV4_BITS;
	return family == FAMILY_IPV6 ? IPV6_BITS : 0;
}

static size_t
item_address_len(const uint8_t *item)
{
	return item[3] & (NEGATION - 1);
}

/* The address part ends where its octets become zero (RFC 3123 4). */
static bool
is_item_valid(const uint8_t *item, size_t left)
{
	if (left < ITEM_HEAD_LEN || left - ITEM_HEAD_LEN < item_address_len(item))
		return false;
	size_t len = item_address_len(item);
	unsigned bits = family_bits(be16_read(item));
	if (bits != 0 && (item[2] > bits || 8 * len > bits))
		return false;
	return len == 0 || item[ITEM_HEAD_LEN + len - 1] != 0;
}

static size_t
apl_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	for (size_t off = 0; off < left; off += ITEM_HEAD_LEN + item_address_len(octets + off)) {
		if (!is_item_valid(octets + off, left - off))
			return SIZE_MAX;
	}
	return left;
}

/* The decimal number at text[*at], up to `max`, followed by `end` or, if that is 0, by nothing. */
static bool
read_part(const struct rdata_token *token, size_t *at, unsigned max, char end, unsigned *value)
{
	size_t begin = *at;
	*value = 0;
	for (; *at < token->len && token->text[*at] >= '0' && token->text[*at] <= '9'; ++*at) {
		*value = *value * 10 + (unsigned)(token->text[*at] - '0');
		if (*value > max)
			return false;
	}
	if (*at == begin)
		return false;
	if (end == 0)
		return *at == token->len;
	return *at < token->len && token->text[(*at)++] == end;
}

/* The address up to the slash. */
static bool
read_item_address(const struct rdata_token *token, size_t *at, unsigned family, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN];
	const char *begin = token->text + *at;
	const char *slash = memchr(begin, '/', token->len - *at);
	if (slash == NULL || (size_t)(slash - begin) >= sizeof(text))
		return false;
	size_t len = (size_t)(slash - begin);
	memcpy(text, begin, len);
	text[len] = '\0';
	*at += len + 1;
	return inet_pton(family == FAMILY_IPV4 ? AF_INET : AF_INET6, text, out) == 1;
}

/* [!]family:address/prefix */
static bool
read_item(struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	bool is_negated = token->len > 0 && token->text[0] == '!';
	size_t at = is_negated ? 1 : 0;
	unsigned family;
	unsigned prefix;
	uint8_t address[16];
	if (!read_part(token, &at, UINT16_MAX, ':', &family) || family_bits(family) == 0)
		return rdata_fail(reading, "not an address prefix [!]1:IPv4/n or [!]2:IPv6/n");
	if (!read_item_address(token, &at, family, address) ||
	    !read_part(token, &at, family_bits(family), 0, &prefix))
		return rdata_fail(reading, "not an address prefix [!]1:IPv4/n or [!]2:IPv6/n");
	size_t len = family_bits(family) / 8;
	while (len > 0 && address[len - 1] == 0)
		len--;
	uint8_t head[ITEM_HEAD_LEN] = {0, (uint8_t)family, (uint8_t)prefix,
				       (uint8_t)(len | (is_negated ? NEGATION : 0))};
	return rdata_append(reading, head, sizeof(head)) && rdata_append(reading, address, len);
}

static bool
read_apl(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	for (;;) {
		if (!read_item(reading))
			return false;
		if (rdata_is_last(reading))
			return true;
		reading->token_idx++;
	}
}

static bool
print_apl(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	for (size_t off = 0; off < len;) {
		const uint8_t *item = octets + off;
		unsigned family = be16_read(item);
		uint8_t address[16] = {0};
		if (family_bits(family) == 0)
			return false;
		memcpy(address, item + ITEM_HEAD_LEN, item_address_len(item));
		rdata_text_printf(text, "%s%s%u:", off > 0 ? " " : "",
				  (item[3] & NEGATION) != 0 ? "!" : "", family);
		rdata_text_address(text, family == FAMILY_IPV4 ? AF_INET : AF_INET6, address);
		rdata_text_printf(text, "/%u", item[2]);
		off += ITEM_HEAD_LEN + item_address_len(item);
	}
	return true;
}

const struct rdata_codec rdata_codec_apl = {.len = apl_len, .read = read_apl, .print = print_apl};
