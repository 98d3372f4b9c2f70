#include "dataplane/siphash.h"

/* The names are the paper's. Its numbers have the least significant octet first. */
struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
le64_read(const uint8_t *octets)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)octets[i] << 8 * i;
	return value;
}

static uint64_t
rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static void
sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static void
sip_compress(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

void
siphash(const uint8_t key[SIPHASH_KEY_LEN], const uint8_t *input, size_t len,
	uint8_t out[SIPHASH_LEN])
{
	uint64_t k0 = le64_read(key);
	uint64_t k1 = le64_read(key + 8);
	/* "somepseudorandomlygeneratedbytes" */
	struct sip s = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
			k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
	size_t whole_len = len & ~(size_t)7;
	for (size_t i = 0; i < whole_len; i += 8)
		sip_compress(&s, le64_read(input + i));
	/* The last word: what is left, zeros, and the length modulo 256. */
	uint8_t last[8] = {0};
	memcpy(last, input + whole_len, len - whole_len);
	last[7] = (uint8_t)len;
	sip_compress(&s, le64_read(last));
	s.v2 ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(&s);
	uint64_t hash = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	for (unsigned i = 0; i < SIPHASH_LEN; i++)
		out[i] = (uint8_t)(hash >> 8 * i);
}
