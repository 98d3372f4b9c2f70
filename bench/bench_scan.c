/* bench_scan.c -- how fast zone-file text becomes records, on one core: the scanner alone, its
 * records dropped; in processor time, reading the file from the page cache included. For each file
 * and each kernel that this processor has, the best of a few runs.
 *
 * usage: bench_scan ORIGIN FILE...
 */
#include <sys/stat.h>

#include "bench/bench.h"
#include "zones/dname.h"
#include "zones/scanner.h"

enum { RUN_COUNT = 7 };

static enum status
drop(void *context, const struct scanner_record *record)
{
	++*(size_t *)context;
	return STATUS_OK;
}

/* Seconds for one run, or 0 if the file can't be read. */
static double
run(const uint8_t *origin, const char *path, const struct line_kernel *kernel, size_t *records)
{
	struct findings findings;
	findings_init(&findings);
	*records = 0;
	struct scanner scanner = {.path = path,
				  .origin = origin,
				  .record = drop,
				  .context = records,
				  .findings = &findings,
				  .kernel = kernel};
	double begin = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
	enum status status = scanner_run(&scanner);
	double end = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
	bool is_read = status == STATUS_OK && findings.error_count == 0;
	findings_fini(&findings);
	return is_read ? end - begin : 0;
}

static bool
measure(const uint8_t *origin, const char *path, const struct line_kernel *kernel)
{
	struct stat file;
	double best = 0;
	size_t records = 0;
	if (stat(path, &file) != 0)
		return false;
	for (unsigned i = 0; i < RUN_COUNT; i++) {
		double took = run(origin, path, kernel, &records);
		if (took == 0)
			return false;
		best = i == 0 || took < best ? took : best;
	}
	if (kernel == line_kernel_best())
		printf("figure scan-rate %.0f MB/s\n", (double)file.st_size / best / 1e6);
	printf("%s: %-8s %6.0f MB/s, %5.1f ns a record, %zu records\n", path, kernel->name,
	       (double)file.st_size / best / 1e6, best * 1e9 / (double)records, records);
	return true;
}

int
main(int argc, char **argv)
{
	uint8_t origin[DNAME_LEN_MAX];
	const char *reason;
	if (argc < 3 || dname_read(argv[1], strlen(argv[1]), NULL, origin, &reason) == 0) {
		fputs("usage: bench_scan ORIGIN FILE...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		for (size_t k = 0; line_kernels[k] != NULL; k++) {
			if (line_kernels[k]->is_supported() &&
			    !measure(origin, argv[i], line_kernels[k])) {
				fprintf(stderr, "bench_scan: %s: cannot be read\n", argv[i]);
				return 1;
			}
		}
	}
	return 0;
}
