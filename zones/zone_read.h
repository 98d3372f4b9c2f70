/* zone_read.h -- a zone file to the RRsets of a zone, its parts side by side (stage 3 of 5 of
 * reading a zone; before: intake.c, next: zone_settle.c).
 *
 * Threads:   runs parts on the threads that `jobs` has, and waits for them.
 * Memory:    a window of the text and the newest records for each part that is read at once.
 * Errors:    findings in the order of the file; want of memory.
 * Standards: RFC 1035 5.1.
 *
 * What a part depends on that stands before it ($ORIGIN, TTLs, whether it begins inside
 * parentheses) isn't known while both are read. It is guessed, and where the guess proves wrong the
 * part is read again; so that the result is always what reading from front to end gives.
 */
#ifndef GLUED_ZONES_ZONE_READ_H
#define GLUED_ZONES_ZONE_READ_H

#include "zones/scanner.h"
#include "zones/zone.h"

/* How a zone is read; what is zero is as usual. */
struct zone_reading {
	struct jobs *jobs; /* NULL: one after the other */
	/* A file of so many octets is read only once a further change would show in its times
	 * (source_text_await_settled()); 0: none waits. */
	uint64_t settled_len;
	const struct source_directory *directory; /* which the file's path begins with; or NULL */

	/* for tests */
	const struct line_kernel *kernel; /* NULL: the best */
	uint64_t part_len;                /* octets; 0: what suits the cache */
};

/* Adds all records of a text to the zone: RRsets in the order of the file, one for each run of
 * records of an owner, type and TTL. *is_sorted: the owners are in canonical order. */
NODISCARD enum status zone_read_records(struct zone *zone, const struct source_text *text,
					const struct zone_reading *reading,
					struct findings *findings, bool *is_sorted);

#endif
