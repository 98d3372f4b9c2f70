/* bench_change.c -- versions derived one from the other, each published before the next: how many a
 * second, what each leaves in memory, and what the address of a host costs that many point at.
 *
 *   bench_change ORIGIN FILE
 *
 * FILE is a zone of delegations. Publishing is what control/publish.c does, in one thread: the next
 * zone set, the swap of one pointer, and the set and version before given back.
 */
#include <stdatomic.h>

#include "bench/bench.h"
#include "control/jobs_threads.h"
#include "zones/change.h"
#include "zones/compact.h"
#include "zones/dname.h"
#include "zones/visit.h"
#include "zones/zoneset.h"

enum {
	ROUNDS = 15,
	CHANGES_PER_ROUND = 1000,
	OWNERS = 100000, /* that changes are made to, and that use one host */
};

struct bench {
	uint8_t origin[DNAME_LEN_MAX];
	struct zone_version *version;
	struct zoneset *set;
	_Atomic(const struct zoneset *) served;
	uint8_t *owners[OWNERS];
	size_t owner_count;
	uint64_t random; /* numbers taken */
};

static void
publish(struct bench *bench, struct zone_version *version)
{
	struct zoneset_member member = {bench->origin, version};
	struct zoneset *next;
	enum status status = bench->set == NULL ? zoneset_new(&member, 1, &next)
						: zoneset_derive(bench->set, &member, 1, &next);
	if (status != STATUS_OK)
		errx(1, "no memory for a zone set");
	atomic_store_explicit(&bench->served, next, memory_order_release);
	zoneset_free(bench->set);
	zone_version_free(bench->version);
	bench->set = next;
	bench->version = version;
}

static void
change(struct bench *bench, const struct change *changes, size_t count)
{
	struct zone_version *next;
	struct change_report report;
	struct error error;
	if (zone_version_derive(bench->version, changes, count, &next, &report, &error) !=
	    STATUS_OK)
		errx(1, "%s", error.text);
	if (report.repeated_count + report.absent_count > 0)
		errx(1, "a change that changes nothing");
	publish(bench, next);
}

/* Delegations all over the zone. */
static void
owners_pick(struct bench *bench)
{
	const struct zone_image *image = version_image(bench->version);
	size_t stride = image->name_count / OWNERS + 1;
	size_t seen = 0;
	struct visit visit;
	visit_start(&visit, bench->version, image->apex, version_origin(bench->version), false);
	while (bench->owner_count < OWNERS && visit_next(&visit)) {
		if (!(visit.node->flags & NODE_CUT) || seen++ % (stride / 2 + 1) != 0)
			continue;
		uint8_t *owner = malloc(DNAME_LEN_MAX);
		if (owner == NULL)
			errx(1, "no memory");
		memcpy(owner, visit.owner, dname_len(visit.owner));
		bench->owners[bench->owner_count++] = owner;
	}
	visit_fini(&visit);
	if (bench->owner_count == 0)
		errx(1, "no delegations");
}

/* One record at a time: a name server more for a delegation that is there, and then less; a new
 * delegation, and then none. */
static void
one_round(struct bench *bench)
{
	static const uint8_t target[] = "\3ns9\7example\3net";
	for (size_t i = 0; i < CHANGES_PER_ROUND / 4; i++) {
		uint8_t added[2 + DNAME_LEN_MAX];
		const uint8_t *owner =
		    bench->owners[bench_random_at(bench->random++) % bench->owner_count];
		memcpy(added, owner, dname_len(owner));
		added[1] = '0';
		struct change step = {.kind = CHANGE_ADD,
				      .owner = owner,
				      .rrtype = RRTYPE_NS,
				      .ttl = 172800,
				      .rdata = target,
				      .rdlen = sizeof(target)};
		change(bench, &step, 1);
		step.kind = CHANGE_DELETE_RR;
		change(bench, &step, 1);
		step.kind = CHANGE_ADD;
		step.owner = added;
		change(bench, &step, 1);
		step.kind = CHANGE_DELETE_NAME;
		change(bench, &step, 1);
	}
}

static void
measure_changes(struct bench *bench)
{
	double rates[ROUNDS];
	double growths[ROUNDS];
	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t len = store_len(bench->version->store);
		double begin = bench_seconds(CLOCK_MONOTONIC);
		one_round(bench);
		rates[i] = CHANGES_PER_ROUND / (bench_seconds(CLOCK_MONOTONIC) - begin);
		growths[i] = (double)(store_len(bench->version->store) - len) / CHANGES_PER_ROUND;
	}
	printf("figure change-rate %.0f /s\n", bench_median(rates, ROUNDS));
	printf("figure change-memory %.0f octets\n", bench_median(growths, ROUNDS));
}

/* The name of a host right below the apex. */
static size_t
host_name(const struct bench *bench, uint8_t out[DNAME_LEN_MAX])
{
	size_t len = dname_len(bench->origin);
	memcpy(out, "\11host-many", 10);
	if (10 + len > DNAME_LEN_MAX)
		errx(1, "too long an origin");
	memcpy(out + 10, bench->origin, len);
	return 10 + len;
}

/* All owners get a name server in the zone, in one set of changes; then its address changes. */
static void
measure_host(struct bench *bench)
{
	uint8_t host[DNAME_LEN_MAX];
	uint8_t address[4] = {192, 0, 2, 0};
	uint16_t host_len = (uint16_t)host_name(bench, host);
	struct change *changes = calloc(bench->owner_count + 1, sizeof(*changes));
	if (changes == NULL)
		errx(1, "no memory");
	struct change step = {.kind = CHANGE_ADD,
			      .owner = host,
			      .rrtype = RRTYPE_A,
			      .ttl = 60,
			      .rdata = address,
			      .rdlen = 4};
	changes[0] = step;
	for (size_t i = 0; i < bench->owner_count; i++)
		changes[i + 1] = (struct change){.kind = CHANGE_ADD,
						 .owner = bench->owners[i],
						 .rrtype = RRTYPE_NS,
						 .ttl = 172800,
						 .rdata = host,
						 .rdlen = host_len};
	double begin = bench_seconds(CLOCK_MONOTONIC);
	change(bench, changes, bench->owner_count + 1);
	printf("figure change-set %.0f records/s\n",
	       (double)(bench->owner_count + 1) / (bench_seconds(CLOCK_MONOTONIC) - begin));
	free(changes);

	double times[ROUNDS];
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct change pair[2] = {step, step};
		pair[0].kind = CHANGE_DELETE_RRSET;
		address[3]++;
		begin = bench_seconds(CLOCK_MONOTONIC);
		change(bench, pair, 2);
		times[i] = (bench_seconds(CLOCK_MONOTONIC) - begin) * 1e3;
	}
	printf("figure host-users %zu names\n", bench->owner_count);
	printf("figure host-change %.4f ms\n", bench_median(times, ROUNDS));
}

/* What the changes left behind goes. */
static void
measure_compaction(struct bench *bench, struct jobs *jobs)
{
	struct zone_version *dense;
	struct error error;
	double len = (double)store_len(bench->version->store);
	double begin = bench_seconds(CLOCK_MONOTONIC);
	if (zone_version_compact(bench->version, jobs, &dense, &error) != STATUS_OK)
		errx(1, "%s", error.text);
	printf("figure compact-time %.3f s\n", bench_seconds(CLOCK_MONOTONIC) - begin);
	printf("figure store-length %.3f of-dense\n", len / (double)store_len(dense->store));
	publish(bench, dense);
}

int
main(int argc, char **argv)
{
	static struct bench bench;
	const char *reason;
	if (argc != 3 || dname_read(argv[1], strlen(argv[1]), NULL, bench.origin, &reason) == 0)
		errx(1, "usage: bench_change ORIGIN FILE");
	struct jobs_threads threads;
	struct findings findings;
	struct zone *zone;
	struct zone_version *version;
	struct error error;
	jobs_threads_init(&threads, 0);
	findings_init(&findings);
	if (zone_read(bench.origin, argv[2], &threads.jobs, &findings, &zone) != STATUS_OK)
		errx(1, "the zone cannot be read");
	findings_fini(&findings);
	if (zone_version_compile_away(zone, &threads.jobs, &version, &error) != STATUS_OK)
		errx(1, "%s", error.text);
	publish(&bench, version);
	owners_pick(&bench);
	measure_changes(&bench);
	measure_host(&bench);
	measure_compaction(&bench, &threads.jobs);
	zoneset_free(bench.set);
	zone_version_free(bench.version);
	for (size_t i = 0; i < bench.owner_count; i++)
		free(bench.owners[i]);
	return 0;
}
