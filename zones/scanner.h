/* scanner.h -- zone file (master file) to records, one at a time.
 *
 * Threads:   one call runs on one thread; calls are independent.
 * Memory:    what a callback is handed lives until it returns.
 * Errors:    each fault becomes a finding with file, line and column; scanning goes on with the
 *            next entry, so that one run reports them all.
 * Standards: RFC 1035 5.1; RFC 2308 4 ($TTL); RFC 3597 5; RFC 4343 2.1.
 *
 * What the RFCs leave open is done as BIND and NSD do it: $INCLUDE gives the parent its origin and
 * its last owner back, while $TTL outlives the file it stands in; a record without a TTL takes
 * $TTL, else the last TTL given, else (a SOA) its own minimum, which then serves the rest.
 * $GENERATE is BIND's (generate.h); the owner before it is the owner after it.
 */
#ifndef GLUED_ZONES_SCANNER_H
#define GLUED_ZONES_SCANNER_H

#include "zones/error.h"
#include "zones/finding.h"
#include "zones/source_list.h"

struct scanner_record {
	const uint8_t *owner; /* wire form, case as written */
	const uint8_t *rdata;
	const char *file;
	uint32_t ttl;  /* seconds; above 2^31-1 reads as 0 (RFC 2181 8) */
	uint32_t line; /* of its first token, both from 1 */
	uint32_t column;
	uint16_t rrtype;
	uint16_t rdlen;
};

/* Deeper nesting of $INCLUDE is a mistake; loops are found before. NSD allows 10, Knot 64. */
enum { INCLUDE_DEPTH_MAX = 32 };

/* Returns STATUS_OK to go on; anything else ends the scan with that status. */
typedef enum status (*scanner_record_fn)(void *context, const struct scanner_record *record);

struct scanner {
	const char *path; /* of the file; $INCLUDE is relative to the including file's directory */
	const uint8_t *origin; /* the first $ORIGIN */
	scanner_record_fn record;
	void *context;
	struct findings *findings;
	struct source_list *sources; /* gets every file that is opened; or NULL */
};

/* STATUS_OK once all was read, with or without findings. */
NODISCARD enum status scanner_run(const struct scanner *scanner);

/* The same for text in memory; scanner->path is the name that findings carry. Used by tests and
 * fuzzers. */
NODISCARD enum status scanner_run_text(const struct scanner *scanner, const char *text, size_t len);

#endif
