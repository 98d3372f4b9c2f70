/* jobs_threads.h -- threads for what zones/ can do side by side (zones/jobs.h).
 *
 * Threads:   a struct jobs_threads belongs to one thread at a time; run() makes the others and
 *            waits for their end, so that none is left behind and none idles between runs.
 * Memory:    none beyond the struct, which is the caller's.
 * Errors:    where a thread cannot be made, those there are do its work.
 * Standards: none.
 *
 * The threads run where the thread may that calls run(): a pool thread's are kept off the cores of
 * the workers, as it is itself.
 */
#ifndef GLUED_CONTROL_JOBS_THREADS_H
#define GLUED_CONTROL_JOBS_THREADS_H

#include "zones/jobs.h"

struct jobs_threads {
	struct jobs jobs; /* what zones/ is handed */
};

/* As wide as there are processors that the calling thread may run on, and no wider than
 * `width_max` (0: whatever there is). */
void jobs_threads_init(struct jobs_threads *threads, unsigned width_max);

#endif
