/* bench.h -- what every benchmark needs: a clock, numbers that are random and the same in each run,
 * medians.
 *
 * Threads:   any.
 * Memory:    allocates nothing.
 * Errors:    none. What goes wrong in a benchmark ends it by err() or errx().
 * Standards: none.
 */
#ifndef GLUED_BENCH_BENCH_H
#define GLUED_BENCH_BENCH_H

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* splitmix64's step from one state to the next. */
#define BENCH_RANDOM_STEP UINT64_C(0x9e3779b97f4a7c15)

/* Since some beginning, by CLOCK_MONOTONIC or CLOCK_PROCESS_CPUTIME_ID. */
static inline double
bench_seconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* splitmix64's number of one state. */
static inline uint64_t
bench_scramble(uint64_t state)
{
	state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
	return state ^ state >> 31;
}

/* The idx-th number of splitmix64 from seed 0. */
static inline uint64_t
bench_random_at(uint64_t idx)
{
	return bench_scramble((idx + 1) * BENCH_RANDOM_STEP);
}

static inline int
bench_compare_doubles(const void *a, const void *b)
{
	double first = *(const double *)a;
	double second = *(const double *)b;
	return (first > second) - (first < second);
}

/* Sorts them. */
static inline double
bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), bench_compare_doubles);
	return values[count / 2];
}

#endif
