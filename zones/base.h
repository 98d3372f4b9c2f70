/* base.h -- the few things that every file of glued leans on: wire integers, hexadecimal digits,
 * short runs of octets, branch hints, array length.
 *
 * Threads:   any.
 * Memory:    none.
 * Errors:    none.
 * Standards: RFC 1035 2.3.2 (network byte order).
 */
#ifndef GLUED_ZONES_BASE_H
#define GLUED_ZONES_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#define COLD __attribute__((noinline, cold))
#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) \
	__attribute__((format(printf, format_index, first_index)))

/* The alignment-free readers and writers of integers in network byte order: wherever octets of a
 * message, of RDATA or of a frame become a number, it is through one of these. */
static inline uint16_t
be16_read(const uint8_t *octets)
{
	return (uint16_t)((unsigned)octets[0] << 8 | octets[1]);
}

static inline uint32_t
be32_read(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
	       octets[3];
}

static inline void
be16_write(uint8_t *octets, uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

static inline void
be32_write(uint8_t *octets, uint32_t value)
{
	octets[0] = (uint8_t)(value >> 24);
	octets[1] = (uint8_t)(value >> 16);
	octets[2] = (uint8_t)(value >> 8);
	octets[3] = (uint8_t)value;
}

static inline uint64_t
octets_read64(const uint8_t *octets)
{
	uint64_t word;
	memcpy(&word, octets, sizeof(word));
	return word;
}

static inline uint32_t
octets_read32(const uint8_t *octets)
{
	uint32_t word;
	memcpy(&word, octets, sizeof(word));
	return word;
}

/* memcmp() == 0 of a few octets, as labels and names are, for which a call would be most of the
 * work. */
static inline bool
octets_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (likely(len >= 8)) {
		for (size_t off = 0; off + 8 < len; off += 8) {
			if (octets_read64(a + off) != octets_read64(b + off))
				return false;
		}
		return octets_read64(a + len - 8) == octets_read64(b + len - 8);
	}
	if (len >= 4)
		return ((octets_read32(a) ^ octets_read32(b)) |
			(octets_read32(a + len - 4) ^ octets_read32(b + len - 4))) == 0;
	for (size_t off = 0; off < len; off++) {
		if (a[off] != b[off])
			return false;
	}
	return true;
}

/* The value of a hexadecimal digit, or -1. */
static inline int
hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

#endif
