/* zone_table.h -- the zones that this server is configured for, and how each is doing.
 *
 * Threads:   control. A pool thread that builds a version reads the fields "fixed", no other.
 * Memory:    the table owns its entries; a zone version belongs to its entry from publish until it
 *            is handed to publish_zone() to retire.
 * Errors:    zone_table_new() fails for want of memory.
 * Standards: none.
 */
#ifndef GLUED_CONTROL_ZONE_TABLE_H
#define GLUED_CONTROL_ZONE_TABLE_H

#include "control/config.h"
#include "zones/dname.h"
#include "zones/finding.h"
#include "zones/version.h"

enum hosted_state {
	HOSTED_LOADING, /* never read to the end yet */
	HOSTED_SERVING, /* the last reading is what is published */
	HOSTED_STALE,   /* the last reading failed; the version before it is published */
	HOSTED_FAILED,  /* no reading ever succeeded: SERVFAIL */
};

/* Whether it is being read. */
enum hosted_reading {
	READING_NONE,
	READING_QUEUED,
	READING_RUNS,
	READING_RUNS_AGAIN, /* and is asked for once more: what runs may have passed what changed */
};

struct reload_waiter;

/* What few zones have. */
struct hosted_extra {
	struct findings *findings;     /* of the last reading, or NULL */
	struct reload_waiter *waiters; /* for the reading that has not begun */
};

/* In few octets: there may be hundreds of thousands. */
struct hosted_zone {
	/* fixed */
	struct config_zone config;

	/* owner: control */
	struct zone_version *version; /* the published one, or NULL */
	struct hosted_extra *extra;   /* NULL: nothing was ever found, and nobody ever waited */
	uint32_t loaded_at;     /* seconds since the epoch, till 2106; of the published version */
	uint8_t state;          /* enum hosted_state */
	uint8_t reading;        /* enum hosted_reading */
	uint16_t publish_count; /* of its versions, modulo 2^16 */
};

struct zone_table {
	struct hosted_zone *zones; /* by apex, as in the configuration */
	size_t count;
};

NODISCARD enum status zone_table_new(const struct config *config, struct zone_table **out);

/* Frees the versions as well: only after the last reader has gone. NULL is allowed. */
void zone_table_free(struct zone_table *table);

/* By presentation form, any case, with or without the final dot; NULL: no such zone. */
struct hosted_zone *zone_table_find(const struct zone_table *table, const char *name);

/* Presentation form with its final dot, written to `text`. */
const char *hosted_zone_name(const struct hosted_zone *zone, char text[DNAME_TEXT_MAX]);

/* What the last reading found; never NULL. */
const struct findings *hosted_zone_findings(const struct hosted_zone *zone);

/* On the heap, and the zone's from now on; NULL: nothing was found. Without memory for it nothing
 * is known of what was found. */
void hosted_zone_set_findings(struct hosted_zone *zone, struct findings *findings);

/* Makes zone->extra, if there is none yet. */
NODISCARD enum status hosted_zone_extend(struct hosted_zone *zone);

/* Those who wait for the next reading; nobody does then. */
struct reload_waiter *hosted_zone_take_waiters(struct hosted_zone *zone);

/* "serving", ... */
const char *hosted_state_name(enum hosted_state state);

#endif
