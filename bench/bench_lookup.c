/* bench_lookup.c -- lookups alone: random names of a compiled zone, one after the other and 32 in
 * turns, as answer.c has them.
 *
 *   bench_lookup ORIGIN FILE
 *
 * Rounds of 32 names go the two ways by turns, so that whatever else the machine does happens to
 * both. Only the walks are timed: the names are ready in the cache, as a parsed query's are.
 */
#include "bench/bench.h"
#include "dataplane/answer.h"
#include "zones/dname.h"
#include "zones/trie.h"
#include "zones/version.h"

enum {
	SAMPLES = 15,              /* medians are taken of these */
	ROUNDS_A_SAMPLE = 1 << 13, /* of 32 names, each way */
	NAMES_COUNT = 2 * SAMPLES * ROUNDS_A_SAMPLE * ANSWER_BURST_MAX,
};

/* Names in wire form, one after the other, in the order in which they are asked for. */
struct names {
	uint8_t *octets;
	size_t *offs;
};

static struct names
names_choose(const struct zone *zone)
{
	struct names names = {NULL, malloc((NAMES_COUNT + 1) * sizeof(*names.offs))};
	if (names.offs == NULL)
		errx(1, "no memory");
	size_t len = 0;
	for (size_t i = 0; i < NAMES_COUNT; i++) {
		names.offs[i] = len;
		len += dname_len(zone->rrsets[bench_random_at(i) % zone->rrset_count].owner);
	}
	names.octets = malloc(len);
	if (names.octets == NULL)
		errx(1, "no memory");
	for (size_t i = 0; i < NAMES_COUNT; i++) {
		const uint8_t *owner = zone->rrsets[bench_random_at(i) % zone->rrset_count].owner;
		memcpy(names.octets + names.offs[i], owner, dname_len(owner));
	}
	return names;
}

static struct zone_version *
zone_compile(const char *origin_text, const char *path, struct names *names)
{
	uint8_t origin[DNAME_LEN_MAX];
	const char *reason;
	struct findings findings;
	struct zone *zone = NULL;
	struct zone_version *version = NULL;
	if (dname_read(origin_text, strlen(origin_text), NULL, origin, &reason) == 0)
		errx(1, "%s", reason);
	findings_init(&findings);
	if (zone_read(origin, path, NULL, &findings, &zone) != STATUS_OK)
		errx(1, "the zone cannot be read");
	findings_fini(&findings);
	*names = names_choose(zone);
	if (zone_version_compile(zone, NULL, &version, NULL) != STATUS_OK)
		errx(1, "the zone cannot be compiled");
	zone_free(zone);
	return version;
}

struct round {
	const struct zone_version *version;
	struct split_name names[ANSWER_BURST_MAX];
	struct walk walks[ANSWER_BURST_MAX];
	enum walk_end ends[ANSWER_BURST_MAX];
};

static void
run_one_by_one(struct round *round)
{
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++)
		round->ends[i] = walk_run(&round->walks[i], round->version, &round->names[i], true);
}

static void
run_in_turns(struct round *round)
{
	unsigned running[ANSWER_BURST_MAX];
	unsigned running_count = 0;
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++) {
		round->ends[i] =
		    walk_start(&round->walks[i], round->version, &round->names[i], true);
		if (round->ends[i] == WALK_UNFINISHED)
			running[running_count++] = i;
	}
	while (running_count > 0) {
		unsigned left_count = 0;
		for (unsigned k = 0; k < running_count; k++) {
			unsigned i = running[k];
			round->ends[i] = walk_step(&round->walks[i]);
			if (round->ends[i] == WALK_UNFINISHED)
				running[left_count++] = i;
		}
		running_count = left_count;
	}
}

/* Every name is in the zone: a walk that does not say so measured nothing. */
static void
round_check(const struct round *round)
{
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++) {
		if (round->ends[i] != WALK_FOUND && round->ends[i] != WALK_CUT)
			errx(1, "a name of the zone was not found");
	}
}

/* Nanoseconds that one lookup takes on the next 32 names. */
static double
round_time(struct round *round, const struct names *names, size_t *next,
	   void (*run)(struct round *round))
{
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++)
		split_name_set(&round->names[i], names->octets + names->offs[(*next)++]);
	double begin = bench_seconds(CLOCK_MONOTONIC);
	run(round);
	double end = bench_seconds(CLOCK_MONOTONIC);
	round_check(round);
	return (end - begin) * 1e9 / ANSWER_BURST_MAX;
}

int
main(int argc, char **argv)
{
	static struct round round;
	static double one[SAMPLES], turns[SAMPLES], ratio[SAMPLES];
	struct names names;
	if (argc != 3) {
		fputs("usage: bench_lookup ORIGIN FILE\n", stderr);
		return 2;
	}
	struct zone_version *version = zone_compile(argv[1], argv[2], &names);
	round.version = version;
	size_t next = 0;
	for (unsigned sample = 0; sample < SAMPLES; sample++) {
		for (unsigned i = 0; i < ROUNDS_A_SAMPLE; i++) {
			one[sample] += round_time(&round, &names, &next, run_one_by_one);
			turns[sample] += round_time(&round, &names, &next, run_in_turns);
		}
		one[sample] /= ROUNDS_A_SAMPLE;
		turns[sample] /= ROUNDS_A_SAMPLE;
		ratio[sample] = one[sample] / turns[sample];
	}
	printf("figure lookup-one %.0f ns\n", bench_median(one, SAMPLES));
	printf("figure lookup-batch %.0f ns\n", bench_median(turns, SAMPLES));
	printf("figure lookup-batch-ratio %.2f x\n", bench_median(ratio, SAMPLES));
	free(names.octets);
	free(names.offs);
	zone_version_free(version);
	return 0;
}
