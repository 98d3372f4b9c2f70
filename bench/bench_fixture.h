/* bench_fixture.h -- zones of any size and questions for them, behind a door that C++ can open.
 *
 * Threads:   one.
 * Memory:    zones and loads belong to the caller until their _free(); a load refers to its zone.
 * Errors:    a message to standard error, and exit: a benchmark has nobody else to tell.
 * Standards: none.
 */
#ifndef GLUED_BENCH_BENCH_FIXTURE_H
#define GLUED_BENCH_BENCH_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the zone is signed. */
enum bench_signing { BENCH_UNSIGNED, BENCH_NSEC, BENCH_NSEC3, BENCH_SIGNING_COUNT };

/* What is asked: of which zone, and a name for the reports. */
#define BENCH_KINDS(X) \
	X(POSITIVE, UNSIGNED, "positive") \
	X(REFERRAL, UNSIGNED, "referral with glue") \
	X(NXDOMAIN, UNSIGNED, "NXDOMAIN") \
	X(NODATA, UNSIGNED, "NODATA") \
	X(MX, UNSIGNED, "MX with additional") \
	X(CNAME, UNSIGNED, "CNAME chain") \
	X(DNAME, UNSIGNED, "DNAME") \
	X(WILDCARD, UNSIGNED, "wildcard") \
	X(WILDCARD_NODATA, UNSIGNED, "wildcard NODATA") \
	X(NO_EDNS, UNSIGNED, "positive, without EDNS") \
	X(NSID, UNSIGNED, "positive with NSID") \
	X(COOKIE, UNSIGNED, "positive with a cookie") \
	X(PLAIN_OF_SIGNED, NSEC3, "positive of a signed zone, without DO") \
	X(SIGNED_POSITIVE, NSEC3, "signed positive") \
	X(SIGNED_REFERRAL, NSEC3, "signed referral with DS") \
	X(SIGNED_MX, NSEC3, "signed MX with additional") \
	X(NSEC_REFERRAL, NSEC, "insecure referral, NSEC") \
	X(NSEC_NXDOMAIN, NSEC, "NXDOMAIN, NSEC") \
	X(NSEC_NODATA, NSEC, "NODATA, NSEC") \
	X(NSEC_ENT, NSEC, "NODATA of an empty non-terminal, NSEC") \
	X(NSEC_DS, NSEC, "no DS at a delegation, NSEC") \
	X(NSEC_WILDCARD, NSEC, "wildcard, NSEC") \
	X(NSEC_WILDCARD_NODATA, NSEC, "wildcard NODATA, NSEC") \
	X(NSEC3_REFERRAL, NSEC3, "insecure referral, NSEC3 opt-out") \
	X(NSEC3_NXDOMAIN, NSEC3, "NXDOMAIN, NSEC3") \
	X(NSEC3_NODATA, NSEC3, "NODATA, NSEC3") \
	X(NSEC3_ENT, NSEC3, "NODATA of an empty non-terminal, NSEC3") \
	X(NSEC3_DS, NSEC3, "no DS at a delegation, NSEC3 opt-out") \
	X(NSEC3_WILDCARD, NSEC3, "wildcard, NSEC3") \
	X(NSEC3_WILDCARD_NODATA, NSEC3, "wildcard NODATA, NSEC3")

enum bench_kind {
#define BENCH_ENUM(name, signing, text) BENCH_##name,
	BENCH_KINDS(BENCH_ENUM)
#undef BENCH_ENUM
	    BENCH_KIND_COUNT
};
const char *bench_kind_name(enum bench_kind kind);
enum bench_signing bench_kind_signing(enum bench_kind kind);

enum bench_path {
	BENCH_ONE,      /* answer_message() */
	BENCH_BURST,    /* answer_burst() */
	BENCH_COMPOSED, /* parse, lookup and compose(), whether there is a template or not */
};

/* A zone of about `name_count` owner names, a sixth of them of each sort: hosts, delegations and
 * their glue, mail domains, and the two aliases of a chain to a host; besides a DNAME and a
 * wildcard. A signed one has more: a secure delegation and an empty non-terminal for each other
 * one. Its signatures are random octets as long as ECDSA's; its NSEC3 are those of what is secure.
 */
struct bench_zone;
struct bench_zone *bench_zone_new(size_t name_count, enum bench_signing signing);
void bench_zone_free(struct bench_zone *zone);
size_t bench_zone_name_count(const struct bench_zone *zone);
size_t bench_zone_octets(const struct bench_zone *zone); /* of the compiled version */

struct serving;
const struct serving *bench_zone_serving(const struct bench_zone *zone);

/* The zone as text, for a server to read. */
void bench_zone_write(FILE *out, size_t name_count, enum bench_signing signing);

/* A query of the kind for one of that zone's names, any `choice` of them; returns its length. */
enum { BENCH_QUERY_MAX = 126 };
size_t bench_query_make(enum bench_kind kind, size_t name_count, size_t choice,
			uint8_t message[BENCH_QUERY_MAX]);
unsigned bench_kind_rcode(enum bench_kind kind);

/* Queries of one kind for names all over the zone, in random order: `count` of them, a multiple of
 * BENCH_RUN_LEN and at most BENCH_LOAD_LEN. */
enum { BENCH_RUN_LEN = 32, BENCH_LOAD_LEN = 1 << 16 };
struct bench_load;
struct bench_load *bench_load_new(const struct bench_zone *zone, enum bench_kind kind,
				  size_t count);
void bench_load_free(struct bench_load *load);

/* Answers the next BENCH_RUN_LEN queries of the load, each of them copied to where its answer will
 * stand. */
void bench_run(struct bench_load *load, enum bench_path path);

#ifdef __cplusplus
}
#endif

#endif
