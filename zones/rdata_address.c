/* rdata_address.c -- addresses in RDATA: of IP, of interfaces, of networks long gone (a family of
 * codecs, see rdata_codec.h). */
#include <arpa/inet.h>

#include "zones/rdata_codec.h"

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

static bool
read_ipv4(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint8_t address[16];
	return rdata_read_address(reading, AF_INET, address) &&
	       rdata_append(reading, address, IPV4_LEN);
}

static bool
read_ipv6(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint8_t address[16];
	return rdata_read_address(reading, AF_INET6, address) &&
	       rdata_append(reading, address, IPV6_LEN);
}

static bool
print_ip(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	 size_t len)
{
	rdata_text_address(text, len == IPV4_LEN ? AF_INET : AF_INET6, octets);
	return true;
}

const struct rdata_codec rdata_codec_ipv4 = {
    .fixed_len = IPV4_LEN, .read = read_ipv4, .print = print_ip, .missing = "IPv4 address missing"};
const struct rdata_codec rdata_codec_ipv6 = {
    .fixed_len = IPV6_LEN, .read = read_ipv6, .print = print_ip, .missing = "IPv6 address missing"};

/* Groups of hexadecimal digits with a separator between. */

struct grouping {
	char separator;
	size_t digit_min; /* in a group */
	size_t digit_max;
	const char *reason;
};

/* RFC 7043 3.2, 4.2: EUI-48 and EUI-64. */
static const struct grouping eui = {'-', 2, 2, "not pairs of hexadecimal digits, a hyphen between"};

/* RFC 6742 2.1.2: node identifiers and locators; leading zeros may be left out, as in BIND. */
static const struct grouping locator = {
    ':', 1, 4, "not four groups of one to four hexadecimal digits, a colon between"};

/* One group at text[*at], appended. */
static bool
read_group(struct rdata_reading *reading, size_t *at, const struct grouping *grouping)
{
	const struct rdata_token *token = rdata_current(reading);
	unsigned value = 0;
	size_t count = 0;
	for (; *at < token->len && token->text[*at] != grouping->separator; ++*at, count++) {
		int digit = hex_digit(token->text[*at]);
		if (digit < 0 || count == grouping->digit_max)
			return false;
		value = value << 4 | (unsigned)digit;
	}
	uint8_t octets[2];
	be16_write(octets, (uint16_t)value);
	size_t len = grouping->digit_max / 2;
	return count >= grouping->digit_min &&
	       rdata_append(reading, octets + sizeof(octets) - len, len);
}

static bool
read_grouped(const struct rdata_codec *codec, struct rdata_reading *reading,
	     const struct grouping *grouping)
{
	const struct rdata_token *token = rdata_current(reading);
	size_t group_count = 2 * codec->fixed_len / grouping->digit_max;
	size_t at = 0;
	for (size_t i = 0; i < group_count; i++) {
		/* A group ends at a separator or where the token does. */
		if (!read_group(reading, &at, grouping) ||
		    (at < token->len) != (i + 1 < group_count))
			return rdata_fail(reading, grouping->reason);
		at++;
	}
	return true;
}

static void
print_grouped(struct rdata_text *text, const uint8_t *octets, size_t len,
	      const struct grouping *grouping)
{
	size_t group_len = grouping->digit_max / 2;
	for (size_t off = 0; off < len; off += group_len) {
		if (off > 0)
			rdata_text_append(text, &grouping->separator, 1);
		for (size_t i = off; i < off + group_len; i++)
			rdata_text_printf(text, "%02x", octets[i]);
	}
}

static bool
read_eui(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return read_grouped(codec, reading, &eui);
}

static bool
print_eui(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	print_grouped(text, octets, len, &eui);
	return true;
}

static bool
read_locator(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return read_grouped(codec, reading, &locator);
}

static bool
print_locator(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	      size_t len)
{
	print_grouped(text, octets, len, &locator);
	return true;
}

const struct rdata_codec rdata_codec_eui48 = {
    .fixed_len = 6, .read = read_eui, .print = print_eui, .missing = "address missing"};
const struct rdata_codec rdata_codec_eui64 = {
    .fixed_len = 8, .read = read_eui, .print = print_eui, .missing = "address missing"};
const struct rdata_codec rdata_codec_locator = {
    .fixed_len = 8, .read = read_locator, .print = print_locator, .missing = "locator missing"};

/* NSAP: "0x", then hexadecimal digits with dots anywhere (RFC 1706 6). */

static size_t
nsap_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 ? left : SIZE_MAX;
}

static bool
read_nsap(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	size_t before = reading->len;
	if (token->len < 2 || token->text[0] != '0' || (token->text[1] | 0x20) != 'x')
		return rdata_fail(reading, "an NSAP address begins with 0x");
	if (!rdata_read_hex_text(reading, token->text + 2, token->len - 2, true))
		return false;
	return reading->len > before || rdata_fail(reading, "hexadecimal digits missing");
}

static bool
print_nsap(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	rdata_text_append(text, "0x", 2);
	rdata_text_hex(text, octets, len);
	return true;
}

const struct rdata_codec rdata_codec_nsap = {
    .len = nsap_len, .read = read_nsap, .print = print_nsap, .missing = "address missing"};

/* ATMA, af-saa-0069 5.2: a format octet, then 20 octets of an ATM End System Address, or the digits
 * of an E.164 number in IA5. Presented as hexadecimal digits, or as "+" and the number's; in both,
 * dots anywhere mean nothing. */

enum {
	ATMA_AESA = 0,
	ATMA_E164 = 1,
	AESA_LEN = 20,
	E164_DIGITS_MAX = 15, /* ITU-T E.164 6.2.1 */
};

static size_t
atma_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 1 ? left : SIZE_MAX;
}

static bool
read_e164(struct rdata_reading *reading, const char *text, size_t len)
{
	size_t before = reading->len;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.')
			continue;
		if (text[i] < '0' || text[i] > '9')
			return rdata_fail(reading, "an E.164 address is + and digits");
		if (!rdata_append(reading, &text[i], 1))
			return false;
	}
	size_t digit_count = reading->len - before;
	return (digit_count > 0 && digit_count <= E164_DIGITS_MAX) ||
	       rdata_fail(reading, "an E.164 address has 1 to 15 digits");
}

static bool
read_atma(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	bool is_e164 = token->len > 0 && token->text[0] == '+';
	uint8_t format = is_e164 ? ATMA_E164 : ATMA_AESA;
	if (!rdata_append(reading, &format, 1))
		return false;
	if (is_e164)
		return read_e164(reading, token->text + 1, token->len - 1);
	size_t before = reading->len;
	return rdata_read_hex_text(reading, token->text, token->len, true) &&
	       (reading->len - before == AESA_LEN ||
		rdata_fail(reading, "an ATM End System Address has 20 octets"));
}

static bool
print_e164(struct rdata_text *text, const uint8_t *octets, size_t len)
{
	if (len > E164_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (octets[i] < '0' || octets[i] > '9')
			return false;
	}
	rdata_text_append(text, "+", 1);
	rdata_text_append(text, octets, len);
	return true;
}

static bool
print_atma(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	if (octets[0] == ATMA_E164)
		return print_e164(text, octets + 1, len - 1);
	if (octets[0] != ATMA_AESA || len != 1 + AESA_LEN)
		return false;
	rdata_text_hex(text, octets + 1, len - 1);
	return true;
}

const struct rdata_codec rdata_codec_atma = {
    .len = atma_len, .read = read_atma, .print = print_atma, .missing = "address missing"};

/* A6, RFC 2874 3.1: the prefix length, then as many octets of the address as the prefix does not
 * fill. The name that has the prefix is a field of its own, absent if there is no prefix. */

enum { A6_PREFIX_MAX = 128 };

static size_t
a6_suffix_len(unsigned prefix_len)
{
	return IPV6_LEN - prefix_len / 8;
}

static size_t
a6_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left == 0 || octets[0] > A6_PREFIX_MAX)
		return SIZE_MAX;
	size_t len = 1 + a6_suffix_len(octets[0]);
	bool has_name = octets[0] > 0;
	if (left < len || (left > len) != has_name)
		return SIZE_MAX;
	return len;
}

/* The bits of the first suffix octet that belong to the prefix. */
static uint8_t
a6_pad_mask(unsigned prefix_len)
{
	return (uint8_t) ~(0xff >> prefix_len % 8);
}

static bool
read_a6_suffix(struct rdata_reading *reading, unsigned prefix_len)
{
	uint8_t address[IPV6_LEN];
	size_t suffix_len = a6_suffix_len(prefix_len);
	if (!rdata_next(reading, "IPv6 address missing") ||
	    !rdata_read_address(reading, AF_INET6, address))
		return false;
	uint8_t *suffix = address + IPV6_LEN - suffix_len;
	suffix[0] = (uint8_t)(suffix[0] & ~a6_pad_mask(prefix_len));
	return rdata_append(reading, suffix, suffix_len);
}

static bool
read_a6(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t prefix_len;
	if (!rdata_read_number(reading, A6_PREFIX_MAX, &prefix_len))
		return false;
	uint8_t octet = (uint8_t)prefix_len;
	if (!rdata_append(reading, &octet, 1))
		return false;
	/* A prefix of 128 bits leaves no address to write. */
	if (prefix_len < A6_PREFIX_MAX && !read_a6_suffix(reading, prefix_len))
		return false;
	bool has_name = !rdata_is_last(reading);
	if (has_name == (prefix_len > 0))
		return true;
	reading->token_idx++;
	return rdata_fail(reading,
			  has_name ? "a name for a prefix of no bits" : "domain name missing");
}

static bool
print_a6(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	 size_t len)
{
	uint8_t address[IPV6_LEN] = {0};
	rdata_text_printf(text, "%u", octets[0]);
	if (len == 1)
		return true;
	/* Padding is zero; if it is not, an address would not tell. */
	if ((octets[1] & a6_pad_mask(octets[0])) != 0)
		return false;
	memcpy(address + IPV6_LEN - (len - 1), octets + 1, len - 1);
	rdata_text_append(text, " ", 1);
	rdata_text_address(text, AF_INET6, address);
	return true;
}

const struct rdata_codec rdata_codec_a6 = {
    .len = a6_len, .read = read_a6, .print = print_a6, .missing = "prefix length missing"};
