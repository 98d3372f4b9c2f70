/* signing.h -- zones with all the records of signed ones, and signatures that are none: for tests
 * that look at what is served and not at who vouches for it.
 *
 * Threads:   one.
 * Memory:    a struct signing is the caller's, who ends it with signing_fini().
 * Errors:    fail the test that runs.
 * Standards: RFC 4034 2-4; RFC 5155 7.1.
 */
#ifndef GLUED_TESTS_UNIT_SIGNING_H
#define GLUED_TESTS_UNIT_SIGNING_H

#include <stdio.h>

#include "zones/dnssec.h"
#include "zones/zone.h"

/* How a zone is to be signed. */
struct signing_style {
	bool has_nsec3;
	bool is_opt_out;
	uint16_t iterations;
	uint8_t salt_len;
	uint8_t salt[8];
};

/* A name that a denial is about: no zone cut and no DNAME hides it. */
struct signing_name {
	uint8_t dname[DNAME_LEN_MAX]; /* lower case */
	uint8_t hash[NSEC3_HASH_LEN];
	const struct zone_rrset *sets; /* NULL: an empty non-terminal */
	size_t set_count;
	bool is_cut;
	bool is_denied; /* it has an NSEC or NSEC3 */
};

struct signing {
	const struct zone *zone;
	struct signing_style style;
	struct signing_name *names; /* in canonical order; with NSEC3 in that of hashes */
	size_t name_count;
};

/* What the denials of a zone are to be about; `zone` is not signed yet, and outlives it. */
void signing_init(struct signing *signing, const struct zone *zone,
		  const struct signing_style *style);
void signing_fini(struct signing *signing);

/* The hash of a name, with the style's parameters. */
void signing_hash(const struct signing *signing, const uint8_t *dname,
		  uint8_t hash[NSEC3_HASH_LEN]);

/* The owner of the NSEC3 for a hash. */
void signing_owner(const struct signing *signing, const uint8_t hash[NSEC3_HASH_LEN],
		   uint8_t owner[DNAME_LEN_MAX]);

/* Writes the zone's records with those of the signed zone, as a zone file. */
void signing_print(const struct signing *signing, FILE *out);

#endif
