#include "dataplane/cookie.h"

enum {
	COOKIE_VERSION_OFF = 8,
	COOKIE_TIME_OFF = 12,
	COOKIE_HASH_OFF = 16,
	COOKIE_VERSION = 1,

	/* RFC 9018 4.3: an hour back, and five minutes ahead for clocks that differ. */
	COOKIE_AGE_MAX = 3600,
	COOKIE_AHEAD_MAX = 300,
};

/* RFC 9018 4.4. The reserved octets are hashed as they came. */
static void
cookie_hash(const uint8_t *secret, const struct arrival *arrival, const uint8_t *cookie,
	    uint8_t out[SIPHASH_LEN])
{
	uint8_t input[COOKIE_HASH_OFF + 16];
	size_t address_len = arrival->is_ipv6 ? 16 : 4;
	memcpy(input, cookie, COOKIE_HASH_OFF);
	memcpy(input + COOKIE_HASH_OFF, arrival->client, address_len);
	siphash(secret, input, COOKIE_HASH_OFF + address_len, out);
}

/* In the same time wherever they differ: else a guess could be made octet by octet. */
static bool
is_same_hash(const uint8_t *a, const uint8_t *b)
{
	uint8_t difference = 0;
	for (unsigned i = 0; i < SIPHASH_LEN; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

bool
cookie_is_good(const struct cookie_policy *policy, const struct arrival *arrival,
	       const uint8_t cookie[COOKIE_LEN])
{
	if (arrival->client == NULL || cookie[COOKIE_VERSION_OFF] != COOKIE_VERSION)
		return false;
	/* RFC 1982: the difference is what counts, across the end of 32 bits too. */
	uint32_t age = arrival->time - be32_read(cookie + COOKIE_TIME_OFF);
	if (age > COOKIE_AGE_MAX && -age > COOKIE_AHEAD_MAX)
		return false;
	for (unsigned i = 0; i < policy->secret_count; i++) {
		uint8_t hash[SIPHASH_LEN];
		cookie_hash(policy->secrets[i], arrival, cookie, hash);
		if (is_same_hash(hash, cookie + COOKIE_HASH_OFF))
			return true;
	}
	return false;
}

void
cookie_make(const struct cookie_policy *policy, const struct arrival *arrival,
	    uint8_t cookie[COOKIE_LEN])
{
	memset(cookie + COOKIE_VERSION_OFF, 0, COOKIE_TIME_OFF - COOKIE_VERSION_OFF);
	cookie[COOKIE_VERSION_OFF] = COOKIE_VERSION;
	be32_write(cookie + COOKIE_TIME_OFF, arrival->time);
	cookie_hash(policy->secrets[0], arrival, cookie, cookie + COOKIE_HASH_OFF);
}
