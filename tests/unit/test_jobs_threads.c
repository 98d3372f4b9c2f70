/* test_jobs_threads.c -- each job once, whatever the width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/jobs_threads.h"

enum { JOB_COUNT_MAX = 1000 };

static void
count_call(void *context, unsigned idx)
{
	_Atomic unsigned *calls = context;
	atomic_fetch_add(&calls[idx], 1);
}

static void
expect_each_once(struct jobs *jobs, unsigned count)
{
	_Atomic unsigned calls[JOB_COUNT_MAX + 1] = {0};
	jobs->run(jobs, count_call, calls, count);
	for (unsigned i = 0; i <= JOB_COUNT_MAX; i++)
		assert_int_equal(calls[i], i < count ? 1 : 0);
}

static void
test_each_job_runs_once(void **state)
{
	static const unsigned counts[] = {0, 1, 2, 3, JOB_COUNT_MAX};
	for (unsigned width = 1; width <= 8; width++) {
		struct jobs_threads threads;
		jobs_threads_init(&threads, 0);
		threads.jobs.width = width;
		for (size_t i = 0; i < ARRAY_LEN(counts); i++)
			expect_each_once(&threads.jobs, counts[i]);
	}
	expect_each_once(&jobs_serial, JOB_COUNT_MAX);
}

/* Two jobs that wait for each other end only if both run at once. */
static void
meet(void *context, unsigned idx)
{
	_Atomic unsigned *arrived = context;
	atomic_fetch_add(arrived, 1);
	while (atomic_load(arrived) < 2)
		;
}

static void
test_jobs_run_side_by_side(void **state)
{
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	threads.jobs.width = 2;
	_Atomic unsigned arrived = 0;
	threads.jobs.run(&threads.jobs, meet, &arrived, 2);
	assert_int_equal(arrived, 2);
}

static void
test_width_is_bounded(void **state)
{
	struct jobs_threads threads;
	jobs_threads_init(&threads, 1);
	assert_int_equal(threads.jobs.width, 1);
	jobs_threads_init(&threads, 0);
	assert_true(threads.jobs.width >= 1);
	assert_int_equal(jobs_serial.width, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_job_runs_once),
	    cmocka_unit_test(test_jobs_run_side_by_side),
	    cmocka_unit_test(test_width_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
