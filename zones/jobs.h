/* jobs.h -- work side by side, for a library that knows no threads: whoever calls it brings them.
 *
 * Threads:   run() is called by one thread at a time and returns when all is done; what it calls
 *            may run on several threads at once, the caller's among them.
 * Memory:    none.
 * Errors:    none: who has no threads to give runs everything itself.
 * Standards: none.
 *
 * Whatever is made with a wider struct jobs is, octet for octet and finding for finding, what
 * jobs_serial makes: the width decides how long it takes and nothing else.
 */
#ifndef GLUED_ZONES_JOBS_H
#define GLUED_ZONES_JOBS_H

#include "zones/base.h"

typedef void (*jobs_fn)(void *context, unsigned idx);

struct jobs {
	unsigned width; /* how many run at once; 1: one after the other */

	/* Calls fn(context, idx) once for each idx below `count`, in any order, and returns when
	 * all of them have returned. What they wrote is seen by the caller. */
	void (*run)(struct jobs *jobs, jobs_fn fn, void *context, unsigned count);
};

/* One after the other, on the caller's thread. */
extern struct jobs jobs_serial;

#endif
