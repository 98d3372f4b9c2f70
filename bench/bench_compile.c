/* bench_compile.c -- reading and compiling alone, on all processors: where a load's time goes, and
 * what memory the records and the version take.
 *
 *   bench_compile ORIGIN FILE
 */
#include <sys/resource.h>

#include "bench/bench.h"
#include "control/jobs_threads.h"
#include "zones/dname.h"
#include "zones/version.h"

/* Since some beginning: of the clock, and of all processors together. */
struct instant {
	double seconds;
	double processor_seconds;
};

static struct instant
instant_now(void)
{
	return (struct instant){bench_seconds(CLOCK_MONOTONIC),
				bench_seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static void
print_time(const char *name, struct instant begin, struct instant end)
{
	printf("figure %s-time %.3f s\n", name, end.seconds - begin.seconds);
	printf("figure %s-processor-time %.3f s\n", name,
	       end.processor_seconds - begin.processor_seconds);
}

/* Resident memory of this process that is no file's, in octets. */
static double
resident_octets(void)
{
	long pages = 0;
	long file_pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file == NULL || fscanf(file, "%*d %ld %ld", &pages, &file_pages) != 2)
		errx(1, "no /proc/self/statm");
	fclose(file);
	return (double)(pages - file_pages) * 4096;
}

int
main(int argc, char **argv)
{
	uint8_t origin[DNAME_LEN_MAX];
	const char *reason;
	if (argc != 3 || dname_read(argv[1], strlen(argv[1]), NULL, origin, &reason) == 0)
		errx(1, "usage: bench_compile ORIGIN FILE");
	struct jobs_threads threads;
	struct findings findings;
	struct zone *zone;
	struct zone_version *version;
	struct error error;
	jobs_threads_init(&threads, 0);
	findings_init(&findings);

	double resident_before = resident_octets();
	struct instant begin = instant_now();
	if (zone_read(origin, argv[2], &threads.jobs, &findings, &zone) != STATUS_OK)
		errx(1, "the zone cannot be read");
	struct instant read = instant_now();
	double resident_records = resident_octets();
	double rr_count = (double)zone->rr_count;
	if (zone_version_compile_away(zone, &threads.jobs, &version, &error) != STATUS_OK)
		errx(1, "%s", error.text);
	struct instant compiled = instant_now();
	findings_fini(&findings);

	double len = (double)store_len(version->store);
	print_time("read", begin, read);
	print_time("compile", read, compiled);
	printf("figure records-memory %.1f octets-per-record\n",
	       (resident_records - resident_before) / rr_count);
	printf("figure version-memory %.1f octets-per-record\n", len / rr_count);
	printf("figure version-per-name %.1f octets-per-owner\n",
	       len / (double)version_image(version)->name_count);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("figure peak-memory %.1f MiB\n", (double)usage.ru_maxrss / 1024);
	printf("figure resident-memory %.1f MiB\n",
	       (resident_octets() - resident_before) / 1048576);
	zone_version_free(version);
	return 0;
}
