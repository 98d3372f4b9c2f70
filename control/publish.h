/* publish.h -- publish and retire: the one place that changes what is served.
 *
 * Threads:   control; the memory of retired versions is given back on the pool.
 * Memory:    a publisher owns the serving set and its zoneset, and what it retired until the grace
 *            period (dataplane/epoch.h) is over. Zone versions come in by publish_zones() and are
 *            freed here once retired; the published ones are the zone table's.
 * Errors:    everything that can fail comes before the swap; a failure changes nothing.
 * Standards: none. docs/concurrency.md has the argument.
 */
#ifndef GLUED_CONTROL_PUBLISH_H
#define GLUED_CONTROL_PUBLISH_H

#include <uv.h>

#include "control/zone_table.h"
#include "dataplane/serving.h"
#include "zones/error.h"

struct publisher;

/* Serving sets are copies of `pattern`, with zones and a generation of their own. */
NODISCARD enum status publisher_new(uv_loop_t *loop, const struct serving *pattern,
				    struct publisher **out);

/* Publishes the first serving set: every zone of the table, read or not. Until then
 * publish_zones() only collects. */
NODISCARD enum status publish_first(struct publisher *publisher, const struct zone_table *table);

struct publication {
	struct hosted_zone *zone;
	struct zone_version *version;
};

/* Each version takes the place of its zone's, in the serving set too; those before are retired. All
 * in one publish, because a serving set costs a pass over the directory of zones, for one zone or
 * for a thousand. The versions belong to their zones from here on, unless this fails; then nothing
 * has changed. */
NODISCARD enum status publish_zones(struct publisher *publisher,
				    const struct publication *publications, size_t count);

/* Publishes since the start, and what waits for the end of its grace period. */
uint64_t publisher_generation(const struct publisher *publisher);
size_t publisher_retired_count(const struct publisher *publisher);

/* Closes the timer; the loop must run once more before publisher_free(). */
void publisher_close(struct publisher *publisher);

/* After the last reader and the loop have ended. NULL is allowed. */
void publisher_free(struct publisher *publisher);

#endif
