/* jobs.c -- work one after the other, where nobody brings threads. */
#include "zones/jobs.h"

static void
run_serial(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	for (unsigned idx = 0; idx < count; idx++)
		fn(context, idx);
}

struct jobs jobs_serial = {.width = 1, .run = run_serial};
