/* reload.h -- zone lifecycle: from a zone file to a published version, again and again.
 *
 * Threads:   control; reading and compiling happen on libuv's pool.
 * Memory:    a reload owns what it builds until it is published.
 * Errors:    a zone that cannot be read leaves the version before it serving; what was found stands
 *            as hosted_zone_findings(), in the log, and in the result.
 * Standards: RFC 1035 5 is what is read; RFC 1034 4.3.5 is when.
 */
#ifndef GLUED_CONTROL_RELOAD_H
#define GLUED_CONTROL_RELOAD_H

#include "control/images.h"
#include "control/publish.h"
#include "control/zone_table.h"

struct reload_result {
	const struct hosted_zone *zone; /* its findings are those of this reading */
	bool is_published;
	const char *reason; /* where not: one sentence */
	uint64_t duration_ms;
};

typedef void (*reload_done_fn)(void *context, const struct reload_result *result);

struct reloader;

/* A zone whose denials take more iterations of the NSEC3 hash than that is not published. */
NODISCARD enum status reloader_new(uv_loop_t *loop, struct publisher *publisher,
				   struct images *images, unsigned nsec3_iterations_max,
				   struct reloader **out);

/* Reads the zone and publishes what it holds (the first time from its image, if there is a good
 * one); `done` (may be NULL) is called once, later, from the loop. A request that arrives while the
 * zone is being read waits for another reading after it, because the running one may have passed
 * what has changed; all that wait share that reading. */
NODISCARD enum status reload_request(struct reloader *reloader, struct hosted_zone *zone,
				     reload_done_fn done, void *context);

/* Zones being read or waiting for a pool thread. */
size_t reloader_running_count(const struct reloader *reloader);

/* Readings that have not begun end at once, without publishing. */
void reloader_stop(struct reloader *reloader);

/* Stops for good. The loop must run until it has nothing left to do before reloader_free(). NULL is
 * allowed. */
void reloader_close(struct reloader *reloader);

/* After the loop has ended. NULL is allowed. */
void reloader_free(struct reloader *reloader);

#endif
