/* dnssec.h -- the records of DNSSEC taken apart: keys, signatures, the bitmaps and hashes of the
 * denials.
 *
 * Threads:   any; pure functions.
 * Memory:    allocates nothing, but for ds_matches(), which takes libcrypto's context; what is
 *            parsed points into the RDATA.
 * Errors:    RDATA is valid for its type (rdata_is_valid()), so nothing can fail.
 * Standards: RFC 4034 2, 3, 4.1.2, appendix B; RFC 5155 3, 5; RFC 4648 7 (base 32 hex).
 */
#ifndef GLUED_ZONES_DNSSEC_H
#define GLUED_ZONES_DNSSEC_H

#include "zones/base.h"
#include "zones/dns.h"
#include "zones/error.h"

enum dnssec_algorithm {
	DNSSEC_RSAMD5 = 1,
	DNSSEC_RSASHA1 = 5,
	DNSSEC_RSASHA1_NSEC3 = 7,
	DNSSEC_RSASHA256 = 8,
	DNSSEC_RSASHA512 = 10,
	DNSSEC_ECDSAP256 = 13,
	DNSSEC_ECDSAP384 = 14,
	DNSSEC_ED25519 = 15,
	DNSSEC_ED448 = 16,
};

enum dnskey_flag {
	DNSKEY_ZONE = 0x0100,   /* RFC 4034 2.1.1: without it, the key signs no zone */
	DNSKEY_REVOKE = 0x0080, /* RFC 5011 2.1 */
	DNSKEY_SEP = 0x0001,    /* RFC 4034 2.1.1: meant for the parent's DS */
};

enum { DNSKEY_PROTOCOL = 3 }; /* RFC 4034 2.1.2 */

struct dnskey {
	uint16_t flags;
	uint8_t protocol;
	uint8_t algorithm;
	const uint8_t *key;
	size_t key_len;
};

void dnskey_parse(const uint8_t *rdata, size_t rdlen, struct dnskey *out);

/* RFC 4034 appendix B; of DNSKEY, CDNSKEY and KEY. */
uint16_t dnskey_tag(const uint8_t *rdata, size_t rdlen);

/* DS and CDS. */
struct ds {
	uint16_t tag;
	uint8_t algorithm;
	uint8_t digest_type;
	const uint8_t *digest;
	size_t digest_len;
};

void ds_parse(const uint8_t *rdata, size_t rdlen, struct ds *out);

enum ds_match {
	DS_OF_ANOTHER,
	DS_OF_KEY,
	DS_UNKNOWN, /* tag and algorithm are the key's, and the digest is none that is known here */
};

/* Is the DS made of this DNSKEY of `owner`, a name in lower case? RFC 4034 5.1.4. */
enum ds_match ds_matches(const struct ds *ds, const uint8_t *owner, const uint8_t *rdata,
			 size_t rdlen);

struct rrsig {
	uint16_t covered;
	uint8_t algorithm;
	uint8_t labels;
	uint32_t ttl;
	uint32_t expiration; /* seconds since 1970 modulo 2^32, RFC 4034 3.1.5 */
	uint32_t inception;
	uint16_t tag;
	const uint8_t *signer;
	const uint8_t *signature;
	size_t signature_len;
};

enum { RRSIG_TTL_OFF = 4, RRSIG_SIGNER_OFF = 18 };

void rrsig_parse(const uint8_t *rdata, size_t rdlen, struct rrsig *out);

/* Is the time `a` after `b`? Serial number arithmetic, RFC 1982 (RFC 4034 3.1.5). */
static inline bool
dnssec_time_is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/* What RRSIG's field Labels is for an owner: without the root and a leading "*" (RFC 4034 3.1.3).
 */
unsigned rrsig_labels_of(const uint8_t *owner);

/* The types of a bitmap in ascending order: start with *at = 0, call until it returns false. */
bool dnssec_bitmap_next(const uint8_t *bitmap, size_t len, uint32_t *at, uint16_t *rrtype);

enum {
	NSEC3_SHA1 = 1, /* the only hash there is, RFC 5155 11 */
	NSEC3_HASH_LEN = 20,
	NSEC3_LABEL_LEN = 32, /* the same in base 32 */
	NSEC3_OPT_OUT = 0x01,
	NSEC3_SALT_LEN_MAX = 255,

	/* Iterations above which validators take it for no proof (RFC 9276 3.2: they may draw the
	   line where they like; BIND 9.18 and Unbound draw it here). So nobody profits from more,
	   and they cost too much. */
	NSEC3_ITERATIONS_PROVE_MAX = 150,
	/* What RFC 5155 10.3 allows for the largest keys. */
	NSEC3_ITERATIONS_SIGN_MAX = 2500,
	/* As a limit it is none. */
	NSEC3_ITERATIONS_ANY = UINT16_MAX,
};

/* The fields that NSEC3 and NSEC3PARAM begin with. */
struct nsec3_parameters {
	uint8_t algorithm;
	uint8_t flags;
	uint16_t iterations;
	uint8_t salt_len;
	const uint8_t *salt;
};

void nsec3_parameters_parse(const uint8_t *rdata, struct nsec3_parameters *out);

/* Do both ask for the same hash? Flags are no part of it. */
bool nsec3_parameters_equal(const struct nsec3_parameters *a, const struct nsec3_parameters *b);

struct nsec3 {
	struct nsec3_parameters parameters;
	const uint8_t *next; /* next_len octets */
	uint8_t next_len;
	const uint8_t *bitmap;
	size_t bitmap_len;
};

void nsec3_parse(const uint8_t *rdata, size_t rdlen, struct nsec3 *out);

/* The hash that the first label of an NSEC3's owner says; false if it says none. */
bool nsec3_owner_hash(const uint8_t *owner, uint8_t hash[NSEC3_HASH_LEN]);

/* Is it a name that an NSEC3 record can have as its owner in a zone whose apex has so many labels?
 */
bool nsec3_is_owner(const uint8_t *dname, unsigned origin_labels);

/* The first label of the NSEC3's owner for a hash, length octet first, lower case. */
void nsec3_label_set(uint8_t label[1 + NSEC3_LABEL_LEN], const uint8_t hash[NSEC3_HASH_LEN]);

/* The hash of a name in lower case, RFC 5155 5. */
void nsec3_hash(const struct nsec3_parameters *parameters, const uint8_t *dname,
		uint8_t hash[NSEC3_HASH_LEN]);

#endif
