/* plain_read.h -- names, addresses and numbers of plain lines, read by the word: the inner loops of
 * scanner_plain.c.
 *
 * Threads:   any; pure functions.
 * Memory:    reads and writes up to PLAIN_LEN_MAX octets from where it is told to.
 * Errors:    none: what isn't in the common form is "no", and read again by rdata_read() or
 *            dname_read(), which know why. A "yes" is what they would have said.
 * Standards: RFC 1035 5.1; RFC 4291 2.2 (without the forms 2 and 3 mix).
 */
#ifndef GLUED_ZONES_PLAIN_READ_H
#define GLUED_ZONES_PLAIN_READ_H

#include "zones/base.h"
#include "zones/dns.h"

enum {
	/* Names and addresses in plain form are shorter; a longer one is read as any other. One
	 * octet short of a name's longest label: a label needs no check of its own. */
	PLAIN_LEN_MAX = LABEL_LEN_MAX + 1,
};

static inline uint64_t
plain_word(const char *text)
{
	uint64_t word;
	memcpy(&word, text, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* The first `len` octets, at most 8, of a word. */
static inline uint64_t
plain_head(uint64_t word, size_t len)
{
	return len < 8 ? word & ((UINT64_C(1) << (8 * len)) - 1) : word;
}

static inline bool
plain_is_same(const char *a, const char *b, size_t len)
{
	for (; len > 8; len -= 8, a += 8, b += 8) {
		if (plain_word(a) != plain_word(b))
			return false;
	}
	return plain_head(plain_word(a) ^ plain_word(b), len) == 0;
}

/* The wire form of a name without escapes, whose dots are known, into `out` of DNAME_LEN_MAX
 * octets; a relative one is completed with `origin`. Returns its length, or 0. */
static inline size_t
plain_read_name(const char *text, size_t len, uint64_t dots, const uint8_t *origin,
		size_t origin_len, uint8_t *out, bool *is_relative)
{
	if (len >= PLAIN_LEN_MAX || text[0] == '@' || text[0] == '.')
		return 0;
	memcpy(out + 1, text, 32);
	if (len > 32)
		memcpy(out + 1 + 32, text + 32, 32);
	size_t label = 0; /* where its text begins; its length is written there in `out` */
	for (dots &= (UINT64_C(1) << len) - 1; dots != 0; dots &= dots - 1) {
		size_t dot = (size_t)__builtin_ctzll(dots);
		if (dot == label)
			return 0;
		out[label] = (uint8_t)(dot - label);
		label = dot + 1;
	}
	*is_relative = label != len;
	if (label == len) {
		out[len] = 0;
		return len + 1;
	}
	if (len + 1 + origin_len > DNAME_LEN_MAX)
		return 0;
	out[label] = (uint8_t)(len - label);
	memcpy(out + len + 1, origin, origin_len);
	return len + 1 + origin_len;
}

/* Digits only, at most nine of them. */
static inline bool
plain_read_number(const char *text, size_t len, uint32_t *number)
{
	uint32_t value = 0;
	if (len == 0 || len > 9)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint32_t digit = (uint32_t)(uint8_t)text[i] - '0';
		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

/* One to three digits that end before `end`: the number, or more than 255. Without a branch on how
 * many there are, which no processor predicts. */
static inline uint32_t
plain_read_octet(const char *end, size_t len)
{
	uint32_t word;
	memcpy(&word, end - 4, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	uint32_t kept = UINT32_MAX << (32 - 8 * len);
	uint32_t digits = (word ^ 0x30303030u) & kept;
	uint32_t is_no_digit = (digits + (0x76767676u & kept)) & 0x80808080u;
	is_no_digit |= digits & 0x80808080u;
	uint32_t value = (digits >> 24) + 10 * (digits >> 16 & 0xff) + 100 * (digits >> 8 & 0xff);
	/* "01" is no number of an address. */
	bool has_zero = len > 1 && (digits >> (32 - 8 * len) & 0xff) == 0;
	return is_no_digit != 0 || has_zero ? UINT32_MAX : value;
}

static inline bool
plain_read_ipv4(const char *text, size_t len, uint64_t dots, uint8_t out[4])
{
	if (len < 7 || len > 15)
		return false;
	dots &= (UINT64_C(1) << len) - 1;
	if (__builtin_popcountll(dots) != 3)
		return false;
	uint64_t ends = dots | UINT64_C(1) << len;
	size_t begin = 0;
	uint32_t values = 0;
	for (unsigned i = 0; i < 4; i++, ends &= ends - 1) {
		size_t end = (size_t)__builtin_ctzll(ends);
		if (end - begin - 1 > 2)
			return false;
		uint32_t value = plain_read_octet(text + end, end - begin);
		out[i] = (uint8_t)value;
		values |= value;
		begin = end + 1;
	}
	return values <= 255;
}

/* Groups of hexadecimal digits and one "::" at most. */
bool plain_read_ipv6(const char *text, size_t len, uint8_t out[16]);

#endif
