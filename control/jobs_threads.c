#include "control/jobs_threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum {
	/* Reading a zone stops getting faster long before: memory is what it waits for. */
	WIDTH_MAX = 64,
};

/* One call of run(): the threads help themselves. */
struct run {
	jobs_fn fn;
	void *context;
	unsigned count;
	_Atomic unsigned next_idx;
};

static void *
work(void *context)
{
	struct run *run = context;
	for (;;) {
		/* relaxed: an index is all that is handed over; pthread_create() and pthread_join()
		 * order what the jobs read and wrote. */
		unsigned idx = atomic_fetch_add_explicit(&run->next_idx, 1, memory_order_relaxed);
		if (idx >= run->count)
			return NULL;
		run->fn(run->context, idx);
	}
}

static void
run_threads(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	struct run run = {.fn = fn, .context = context, .count = count};
	pthread_t threads[WIDTH_MAX];
	unsigned thread_count = 0;
	unsigned wanted = count < jobs->width ? count : jobs->width;
	while (thread_count + 1 < wanted &&
	       pthread_create(&threads[thread_count], NULL, work, &run) == 0)
		thread_count++;
	work(&run);
	for (unsigned i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
}

void
jobs_threads_init(struct jobs_threads *threads, unsigned width_max)
{
	cpu_set_t allowed;
	unsigned width = 1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
		width = (unsigned)CPU_COUNT(&allowed);
	if (width_max != 0 && width > width_max)
		width = width_max;
	threads->jobs =
	    (struct jobs){.width = width < WIDTH_MAX ? width : WIDTH_MAX, .run = run_threads};
}
