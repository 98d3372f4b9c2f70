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

#ifdef __cplusplus
extern "C" {
#endif

/* What is asked: name, for the reports. */
#define BENCH_KINDS(X) \
	X(POSITIVE, "positive") \
	X(REFERRAL, "referral with glue") \
	X(NXDOMAIN, "NXDOMAIN") \
	X(NODATA, "NODATA") \
	X(MX, "MX with additional") \
	X(CNAME, "CNAME chain")

enum bench_kind {
#define BENCH_ENUM(name, text) BENCH_##name,
	BENCH_KINDS(BENCH_ENUM)
#undef BENCH_ENUM
	    BENCH_KIND_COUNT
};
const char *bench_kind_name(enum bench_kind kind);

enum bench_path {
	BENCH_ONE,      /* answer_message() */
	BENCH_BURST,    /* answer_burst() */
	BENCH_COMPOSED, /* parse, lookup and compose(), whether there is a template or not */
};

/* A zone of about `name_count` owner names, a sixth of them of each sort: hosts, delegations and
 * their glue, mail domains, and the two aliases of a chain to a host. */
struct bench_zone;
struct bench_zone *bench_zone_new(size_t name_count);
void bench_zone_free(struct bench_zone *zone);
size_t bench_zone_name_count(const struct bench_zone *zone);
size_t bench_zone_octets(const struct bench_zone *zone); /* of the compiled version */

/* Queries of one kind for names all over the zone, in random order. */
enum { BENCH_RUN_LEN = 32, BENCH_LOAD_LEN = 1 << 16 };
struct bench_load;
struct bench_load *bench_load_new(const struct bench_zone *zone, enum bench_kind kind);
void bench_load_free(struct bench_load *load);

/* Answers the next BENCH_RUN_LEN queries of the load, each of them copied to where its answer will
 * stand. */
void bench_run(struct bench_load *load, enum bench_path path);

#ifdef __cplusplus
}
#endif

#endif
