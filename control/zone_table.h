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
#include "zones/finding.h"
#include "zones/version.h"

enum hosted_state {
	HOSTED_LOADING, /* never read to the end yet */
	HOSTED_SERVING, /* the last reading is what is published */
	HOSTED_STALE,   /* the last reading failed; the version before it is published */
	HOSTED_FAILED,  /* no reading ever succeeded: SERVFAIL */
};

struct reload_waiter;

struct hosted_zone {
	/* fixed */
	const char *name;
	const char *path;
	const uint8_t *apex;

	/* owner: control */
	enum hosted_state state;
	struct zone_version *version;  /* the published one, or NULL */
	struct findings findings;      /* of the last reading */
	uint64_t loaded_at;            /* seconds since the epoch; of the published version */
	uint64_t reload_count;         /* readings that ended, well or not */
	struct reload_waiter *waiters; /* for the reading that has not begun */
	bool is_reloading;
};

struct zone_table {
	struct hosted_zone *zones; /* as in the configuration */
	size_t count;
	struct hosted_zone **sorted; /* by apex, for zone_table_find() */
};

NODISCARD enum status zone_table_new(const struct config *config, struct zone_table **out);

/* Frees the versions as well: only after the last reader has gone. NULL is allowed. */
void zone_table_free(struct zone_table *table);

/* By presentation form, any case, with or without the final dot; NULL: no such zone. */
struct hosted_zone *zone_table_find(const struct zone_table *table, const char *name);

/* "serving", ... */
const char *hosted_state_name(enum hosted_state state);

#endif
