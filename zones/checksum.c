/* checksum.c -- XXH64. The names of its parts are the specification's. */
#include "zones/checksum.h"

#include <endian.h>

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

enum { LANE_COUNT = 4, LANE_LEN = 8, STRIPE_LEN = LANE_COUNT * LANE_LEN };

static inline uint64_t
rotate_left(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline uint64_t
le64_read(const uint8_t *octets)
{
	uint64_t word;
	memcpy(&word, octets, sizeof(word));
	return le64toh(word);
}

static inline uint32_t
le32_read(const uint8_t *octets)
{
	uint32_t word;
	memcpy(&word, octets, sizeof(word));
	return le32toh(word);
}

/* One to one in `lane` for each `word`, and the other way round: that is why no change of one word
 * is lost. */
static inline uint64_t
round_of(uint64_t lane, uint64_t word)
{
	return rotate_left(lane + word * PRIME_2, 31) * PRIME_1;
}

/* All whole stripes; moves *at behind them. */
static uint64_t
sum_stripes(const uint8_t **at, size_t len)
{
	uint64_t lanes[LANE_COUNT] = {PRIME_1 + PRIME_2, PRIME_2, 0, UINT64_C(0) - PRIME_1};
	const uint8_t *octets = *at;
	for (; len >= STRIPE_LEN; octets += STRIPE_LEN, len -= STRIPE_LEN) {
		for (unsigned i = 0; i < LANE_COUNT; i++)
			lanes[i] = round_of(lanes[i], le64_read(octets + (size_t)i * LANE_LEN));
	}
	*at = octets;
	uint64_t sum = rotate_left(lanes[0], 1) + rotate_left(lanes[1], 7) +
		       rotate_left(lanes[2], 12) + rotate_left(lanes[3], 18);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		sum = (sum ^ round_of(0, lanes[i])) * PRIME_1 + PRIME_4;
	return sum;
}

static uint64_t
sum_rest(uint64_t sum, const uint8_t *at, const uint8_t *end)
{
	for (; end - at >= 8; at += 8)
		sum = rotate_left(sum ^ round_of(0, le64_read(at)), 27) * PRIME_1 + PRIME_4;
	if (end - at >= 4) {
		sum = rotate_left(sum ^ le32_read(at) * PRIME_1, 23) * PRIME_2 + PRIME_3;
		at += 4;
	}
	for (; at < end; at++)
		sum = rotate_left(sum ^ *at * PRIME_5, 11) * PRIME_1;
	return sum;
}

uint64_t
checksum(const void *octets, size_t len)
{
	const uint8_t *at = octets;
	const uint8_t *end = at + len;
	uint64_t sum = len >= STRIPE_LEN ? sum_stripes(&at, len) : PRIME_5;
	sum = sum_rest(sum + len, at, end);
	sum = (sum ^ sum >> 33) * PRIME_2;
	sum = (sum ^ sum >> 29) * PRIME_3;
	return sum ^ sum >> 32;
}
