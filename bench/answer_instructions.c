/* answer_instructions.c -- answers queries of one kind by one path, for bench/instructions to count
 * what bench_run() takes: answer_instructions KIND PATH RUNS, all of them numbers. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench_fixture.h"

/* Large enough that walks have the depth of real zones, small enough to be built under valgrind. */
enum { NAME_COUNT = 20000 };

int
main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: answer_instructions KIND PATH RUNS; kinds: %d\n",
			BENCH_KIND_COUNT);
		return 2;
	}
	enum bench_kind kind = (enum bench_kind)strtoul(argv[1], NULL, 10);
	enum bench_path path = (enum bench_path)strtoul(argv[2], NULL, 10);
	unsigned long runs = strtoul(argv[3], NULL, 10);
	if (kind >= BENCH_KIND_COUNT || path > BENCH_COMPOSED)
		return 2;
	struct bench_zone *zone = bench_zone_new(NAME_COUNT, bench_kind_signing(kind));
	struct bench_load *load = bench_load_new(zone, kind);
	for (unsigned long i = 0; i < runs; i++)
		bench_run(load, path);
	bench_load_free(load);
	bench_zone_free(zone);
	printf("%s\n", bench_kind_name(kind));
	return 0;
}
