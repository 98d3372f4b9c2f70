/* answer_instructions.c -- answers queries of each kind by each path, for bench/instructions to
 * count what bench_run() takes between one call of bench_mark() and the next. Prints a line for
 * each: the kind's number and name, path, answers. */
#include <stdio.h>

#include "bench/bench_fixture.h"
#include "zones/base.h"

enum {
	/* Large enough that walks have the depth of real zones, small enough to be built under
	   valgrind. */
	NAME_COUNT = 20000,
	ANSWER_COUNT = 100 * BENCH_RUN_LEN,
};

static const char *const paths[] = {
    [BENCH_ONE] = "one by one",
    [BENCH_BURST] = "burst of 32",
    [BENCH_COMPOSED] = "composed",
};

/* Ends what is counted together; called from outside, as far as the compiler knows. */
void bench_mark(enum bench_kind kind, const char *path);

__attribute__((noinline)) void
bench_mark(enum bench_kind kind, const char *path)
{
	printf("%u\t%s\t%s\t%d\n", kind, bench_kind_name(kind), path, ANSWER_COUNT);
}

static void
count_kind(const struct bench_zone *zone, enum bench_kind kind)
{
	struct bench_load *load = bench_load_new(zone, kind, ANSWER_COUNT);
	for (size_t path = 0; path < ARRAY_LEN(paths); path++) {
		for (unsigned done = 0; done < ANSWER_COUNT; done += BENCH_RUN_LEN)
			bench_run(load, (enum bench_path)path);
		bench_mark(kind, paths[path]);
	}
	bench_load_free(load);
}

int
main(void)
{
	for (int signing = 0; signing < BENCH_SIGNING_COUNT; signing++) {
		struct bench_zone *zone = bench_zone_new(NAME_COUNT, (enum bench_signing)signing);
		for (int kind = 0; kind < BENCH_KIND_COUNT; kind++) {
			if (bench_kind_signing((enum bench_kind)kind) ==
			    (enum bench_signing)signing)
				count_kind(zone, (enum bench_kind)kind);
		}
		bench_zone_free(zone);
	}
	return 0;
}
