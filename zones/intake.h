/* intake.h -- the records of a part of a zone file as they come from the scanner, put together to
 * RRsets as far as they stand together (before: scanner.c, next: zone_read.c).
 *
 * Threads:   a struct intake belongs to one thread at a time.
 * Memory:    owns its arrays, and its memory until that is given away.
 * Errors:    want of memory; records outside the zone become findings.
 * Standards: RFC 4034 6.1 (order).
 *
 * Large zones are nearly always in canonical order. Then what is taken in is what the zone will
 * hold, and nothing is ever sorted; whether it is so is found out on the way.
 */
#ifndef GLUED_ZONES_INTAKE_H
#define GLUED_ZONES_INTAKE_H

#include "zones/finding.h"
#include "zones/scanner.h"
#include "zones/zone.h"

struct intake {
	const uint8_t *origin; /* lower case */
	size_t origin_len;
	struct findings *findings;
	struct zone_memory *memory;

	/* What was taken in: in the order of the file, an RRset for each run of records of one
	 * owner, type and TTL. */
	struct zone_rrset *sets;
	size_t set_count;
	size_t set_cap;
	struct zone_rr *rrs;
	size_t rr_count;
	size_t rr_cap;
	bool is_sorted; /* by owner */

	/* the record before */
	const uint8_t *owner; /* NULL: there is none */
	size_t owner_len;
	const uint8_t *apex; /* as an owner, once it was one */
	bool is_outside;     /* it was outside the zone */
};

/* `origin` and `findings` stay the caller's; `memory` is the intake's unless it is taken back. */
void intake_init(struct intake *intake, const uint8_t *origin, struct zone_memory *memory,
		 struct findings *findings);
void intake_fini(struct intake *intake);

/* Forgets what was taken in, to begin with another part. The memory keeps it. */
void intake_restart(struct intake *intake);

/* A scanner_record_fn; `context` is the intake. */
NODISCARD enum status intake_take(void *context, const struct scanner_record *record);

#endif
