/* zone_change.h -- change sets for the zones that are served: derived, published, and what they
 * leave behind compacted.
 *
 * Threads:   control; deriving, replaying and compacting happen on libuv's pool: for each zone one
 *            derivation at a time, and one compaction beside it.
 * Memory:    owns the change sets that it was handed. What a job reads is held by its store, so a
 *            version that is retired meanwhile stays until the job has ended.
 * Errors:    a change set that cannot be applied changes nothing; its caller is told why.
 * Standards: RFC 2136 3.4.2 is what change sets mean.
 *
 * A zone's sets are applied in their order, each as a whole. What waits when the pool comes to it
 * is derived in one go and published at once. A compaction goes on beside that; the sets that are
 * published meanwhile are kept and applied to its outcome as well, round by round, until there are
 * so few that new ones may wait for the last round.
 *
 * It is the version that changes, not the zone file: the next reload puts the file in its place.
 * One that is published while sets wait wins, and those sets are refused.
 */
#ifndef GLUED_CONTROL_ZONE_CHANGE_H
#define GLUED_CONTROL_ZONE_CHANGE_H

#include "control/change_set.h"
#include "control/publish.h"
#include "control/zone_table.h"

enum {
	/* Sets of one zone that wait. */
	CHANGE_QUEUE_MAX = 64,
};

struct change_result {
	const struct hosted_zone *zone;
	struct change_report report;
	const char *reason; /* one sentence; NULL: the set is published */
};

typedef void (*change_done_fn)(void *context, const struct change_result *result);

struct zone_changer;

/* A set after which denials took more iterations of the NSEC3 hash than that is refused. */
NODISCARD enum status zone_changer_new(uv_loop_t *loop, struct publisher *publisher,
				       unsigned nsec3_iterations_max, struct zone_changer **out);

/* Applies the set, which is given away in any case, to what is served; `done` is called once,
 * later, from the loop. Not STATUS_OK: `error` says why the set is not taken, and `done` is not
 * called. */
NODISCARD enum status zone_change_request(struct zone_changer *changer, struct hosted_zone *zone,
					  struct change_set *set, change_done_fn done,
					  void *context, struct error *error);

/* Zones with sets that wait, or that are being compacted. */
size_t zone_changer_active_count(const struct zone_changer *changer);

/* Jobs end at the next opportunity, and nothing is published any more. */
void zone_changer_stop(struct zone_changer *changer);

/* Stops for good. The loop must run until it has nothing left to do before zone_changer_free().
 * NULL is allowed. */
void zone_changer_close(struct zone_changer *changer);

/* After the loop has ended. NULL is allowed. */
void zone_changer_free(struct zone_changer *changer);

#endif
