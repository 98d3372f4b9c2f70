/* test_zone_change.c -- change sets: their text, and how they are applied while versions are
 * compacted and reloaded. The loop and its pool are real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/log.h"
#include "control/zone_change.h"
#include "dataplane/epoch.h"
#include "zones/compact.h"
#include "zones/dname.h"
#include "zones/dnssec.h"

static const uint8_t apex[] = "\4zone\0\0"; /* FILE_NAME_OWN, and empty */

static struct config_zone config_zones[] = {{.apex = apex, .directory = "\0"}};
static struct config config = {.zones = config_zones, .zone_count = 1};

struct bench {
	uv_loop_t loop;
	struct publisher *publisher;
	struct zone_table *table;
	struct hosted_zone *zone;
	struct zone_changer *changer;
	size_t done_count;
	size_t refused_count;
	char reason[256]; /* the last refusal's */
};

/* As many names as it takes for a store that versions share. */
static struct zone_version *
compile(unsigned serial, unsigned name_count)
{
	size_t cap = 256 + (size_t)name_count * 64;
	char *text = malloc(cap);
	struct findings findings;
	struct zone *zone = NULL;
	struct zone_version *version = NULL;
	assert_non_null(text);
	findings_init(&findings);
	size_t len = (size_t)snprintf(
	    text, cap, "@ 60 SOA ns h %u 1 1 1 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n", serial);
	for (unsigned i = 0; i < name_count; i++)
		len += (size_t)snprintf(text + len, cap - len, "n%u 60 TXT \"text %u\"\n", i, i);
	assert_int_equal(
	    zone_read_text(apex, &(struct zone_text){"text", text, len}, NULL, &findings, &zone),
	    STATUS_OK);
	assert_int_equal(zone_version_compile(zone, NULL, &version, NULL), STATUS_OK);
	zone_free(zone);
	findings_fini(&findings);
	free(text);
	return version;
}

static void
publish(struct bench *bench, struct zone_version *version)
{
	const struct publication publication = {bench->zone, version};
	assert_int_equal(publish_zones(bench->publisher, &publication, 1), STATUS_OK);
}

static void
bench_init(struct bench *bench, unsigned serial, unsigned name_count)
{
	*bench = (struct bench){0};
	epoch_init();
	uv_loop_init(&bench->loop);
	assert_int_equal(zone_table_new(&config, &bench->table), STATUS_OK);
	assert_int_equal(publisher_new(&bench->loop,
				       &(struct serving){.udp_payload_max = {1232, 1232}},
				       &bench->publisher),
			 STATUS_OK);
	assert_int_equal(zone_changer_new(&bench->loop, bench->publisher,
					  NSEC3_ITERATIONS_PROVE_MAX, &bench->changer),
			 STATUS_OK);
	bench->zone = &bench->table->zones[0];
	publish(bench, compile(serial, name_count));
	assert_int_equal(publish_first(bench->publisher, bench->table), STATUS_OK);
}

static void
bench_fini(struct bench *bench)
{
	zone_changer_close(bench->changer);
	publisher_close(bench->publisher);
	uv_run(&bench->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->loop), 0);
	assert_int_equal(zone_changer_active_count(bench->changer), 0);
	zone_changer_free(bench->changer);
	publisher_free(bench->publisher);
	zone_table_free(bench->table);
}

static void
on_done(void *context, const struct change_result *result)
{
	struct bench *bench = context;
	bench->done_count++;
	if (result->reason == NULL)
		return;
	bench->refused_count++;
	snprintf(bench->reason, sizeof(bench->reason), "%s", result->reason);
}

static enum status
request(struct bench *bench, const char *text, struct error *error)
{
	struct change_set *set;
	assert_int_equal(change_set_read(apex, text, strlen(text), &set, error), STATUS_OK);
	return zone_change_request(bench->changer, bench->zone, set, on_done, bench, error);
}

/* A set that is taken. */
static void
change(struct bench *bench, const char *text)
{
	struct error error;
	if (request(bench, text, &error) != STATUS_OK)
		fail_msg("%s", error.text);
}

static void
run_until_idle(struct bench *bench)
{
	while (zone_changer_active_count(bench->changer) > 0)
		uv_run(&bench->loop, UV_RUN_ONCE);
}

/* Records of a type at a name of the published version, by way of a set that would delete them. */
static bool
has_record(const struct bench *bench, const char *line)
{
	char text[256];
	struct change_set *set;
	struct change_report report;
	struct zone_version *without;
	struct error error;
	snprintf(text, sizeof(text), "delete %s", line);
	assert_int_equal(change_set_read(apex, text, strlen(text), &set, &error), STATUS_OK);
	assert_int_equal(change_set_derive(set, bench->zone->version, &without, &report, &error),
			 STATUS_OK);
	zone_version_free(without);
	change_set_free(set);
	return report.absent_count == 0;
}

/* -- text ---------------------------------------------------------------------------------------
 */

static void
test_faulty_lines_are_named(void **state)
{
	static const char *const cases[][2] = {
	    {"add a 60 A 192.0.2.1\nadd b 60 A 192.0.2.256\n", "line 2: "},
	    {"\n; comment\nbuild a 60 A 192.0.2.1", "line 3: a line begins with"},
	    {"add a 60 A (\n192.0.2.1\n\n", "line 1: "},
	    {"add", "line 1: a name is missing"},
	    {"add a", "line 1: a TTL is missing"},
	    {"add a 60", "line 1: a type is missing"},
	    {"add a 60 A", "line 1: "},
	    {"add a A 192.0.2.1", "line 1: malformed TTL: 'A'"},
	    {"add a 2147483648 A 192.0.2.1", "line 1: a TTL above"},
	    {"add a 60 ANY x", "line 1: a type that no zone holds"},
	    {"add a 60 NONSENSE x", "line 1: unknown type: 'NONSENSE'"},
	    {"add a.example. 60 A 192.0.2.1", "line 1: not within the zone"},
	    {"delete \"a\"", "line 1: a name stands in no quotes"},
	    {"delete a A 192.0.2.1 192.0.2.2", "line 1: "},
	    {"add a 60 TXT k=\"v\"", "line 1: quote inside"},
	    {"; nothing\n\n", "there is no change in the set"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct change_set *set;
		struct error error;
		assert_int_equal(
		    change_set_read(apex, cases[i][0], strlen(cases[i][0]), &set, &error),
		    STATUS_INVALID);
		if (strncmp(error.text, cases[i][1], strlen(cases[i][1])) != 0)
			fail_msg("%s: %s", cases[i][0], error.text);
	}
}

static void
test_sets_are_bounded(void **state)
{
	/* 17 octets that become a bit map of 8 KiB. */
	static const char line[] = "add a 1 WKS 1.1.1.1 tcp 65535\n";
	enum { LINES = 1000 };
	char *text = malloc(LINES * (sizeof(line) - 1));
	struct change_set *set;
	struct error error;
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	assert_int_equal(change_set_read(apex, text, LINES * (sizeof(line) - 1), &set, &error),
			 STATUS_LIMIT);
	free(text);
}

static void
test_serials(void **state)
{
	struct bench bench;
	bench_init(&bench, UINT32_MAX, 0);
	change(&bench, "add a 60 A 192.0.2.7");
	run_until_idle(&bench);
	assert_int_equal(version_serial(bench.zone->version), 0); /* RFC 1982 */
	change(&bench, "add @ 60 SOA ns h 77 1 1 1 60\nadd b 60 IN A 192.0.2.8");
	run_until_idle(&bench);
	const struct zone_image *image = version_image(bench.zone->version);
	assert_int_equal(version_serial(bench.zone->version), 77);
	assert_int_equal(image->rr_count, 5);
	assert_int_equal(bench.refused_count, 0);
	bench_fini(&bench);
}

/* -- the queue ----------------------------------------------------------------------------------
 */

static void
test_a_set_is_applied_as_a_whole(void **state)
{
	struct bench bench;
	bench_init(&bench, 1, 0);
	change(&bench, "add a 60 A 192.0.2.7\nadd a 60 CNAME ns");
	change(&bench, "add b 60 A 192.0.2.8");
	change(&bench, "delete b\nadd c 60 A 192.0.2.9");
	assert_int_equal(bench.done_count, 0);
	run_until_idle(&bench);
	assert_int_equal(bench.done_count, 3);
	assert_int_equal(bench.refused_count, 1);
	assert_non_null(strstr(bench.reason, "a.zone."));
	assert_false(has_record(&bench, "a A 192.0.2.7"));
	assert_false(has_record(&bench, "b A 192.0.2.8"));
	assert_true(has_record(&bench, "c A 192.0.2.9"));
	assert_int_equal(version_serial(bench.zone->version), 3);
	bench_fini(&bench);
}

/* As the configuration has it for this zone alone. */
static void
test_a_zone_has_a_limit_of_its_own(void **state)
{
	static const uint8_t limited[] = "\4zone\0\x80\0\x97"; /* 151 */
	struct bench bench;
	bench_init(&bench, 1, 0);
	bench.zone->config.apex = limited;
	change(&bench, "add a 60 A 192.0.2.7\n"
		       "add @ 60 RRSIG SOA 13 1 60 20300101000000 20200101000000 1 zone. AAAA\n"
		       "add @ 60 NSEC3PARAM 1 0 151 -");
	change(&bench, "delete @ NSEC3PARAM\nadd @ 60 NSEC3PARAM 1 0 152 -");
	run_until_idle(&bench);
	assert_int_equal(bench.refused_count, 1);
	assert_non_null(strstr(bench.reason, "152 iterations of the NSEC3 hash, and 151 are"));
	assert_true(has_record(&bench, "a A 192.0.2.7"));
	bench.zone->config.apex = apex;
	bench_fini(&bench);
}

/* RFC 9276 3.2: as a reload of such a zone would be. */
static void
test_costly_denials_are_refused(void **state)
{
	struct bench bench;
	bench_init(&bench, 1, 0);
	change(&bench, "add a 60 A 192.0.2.7\n"
		       "add @ 60 RRSIG SOA 13 1 60 20300101000000 20200101000000 1 zone. AAAA\n"
		       "add @ 60 NSEC3PARAM 1 0 151 -");
	change(&bench, "add b 60 A 192.0.2.8\n"
		       "add @ 60 RRSIG SOA 13 1 60 20300101000000 20200101000000 1 zone. AAAA\n"
		       "add @ 60 NSEC3PARAM 1 0 150 -");
	run_until_idle(&bench);
	assert_int_equal(bench.done_count, 2);
	assert_int_equal(bench.refused_count, 1);
	assert_non_null(strstr(bench.reason, "zone. denies with 151 iterations"));
	assert_non_null(strstr(bench.reason, "nsec3-iterations"));
	assert_false(has_record(&bench, "a A 192.0.2.7"));
	assert_true(has_record(&bench, "b A 192.0.2.8"));
	assert_int_equal(version_serial(bench.zone->version), 2);
	bench_fini(&bench);
}

static void
test_the_queue_is_bounded(void **state)
{
	struct bench bench;
	struct error error;
	size_t taken = 0;
	bench_init(&bench, 1, 0);
	while (request(&bench, "add a 60 A 192.0.2.7", &error) == STATUS_OK)
		taken++;
	assert_non_null(strstr(error.text, "wait already"));
	assert_int_equal(taken, CHANGE_QUEUE_MAX + 1); /* the first is with the pool */
	run_until_idle(&bench);
	assert_int_equal(bench.done_count, taken);
	assert_int_equal(bench.refused_count, 0);
	change(&bench, "add b 60 A 192.0.2.7");
	run_until_idle(&bench);
	assert_true(has_record(&bench, "b A 192.0.2.7"));
	bench_fini(&bench);
}

static void
test_a_reload_wins(void **state)
{
	struct bench bench;
	bench_init(&bench, 1, 0);
	change(&bench, "add a 60 A 192.0.2.7"); /* with the pool */
	change(&bench, "add b 60 A 192.0.2.7"); /* waits */
	publish(&bench, compile(500, 0));
	change(&bench, "add c 60 A 192.0.2.7"); /* meant for what is there now */
	run_until_idle(&bench);
	assert_int_equal(bench.done_count, 3);
	assert_int_equal(bench.refused_count, 2);
	assert_non_null(strstr(bench.reason, "reloaded"));
	assert_int_equal(version_serial(bench.zone->version), 501);
	assert_false(has_record(&bench, "a A 192.0.2.7"));
	assert_false(has_record(&bench, "b A 192.0.2.7"));
	assert_true(has_record(&bench, "c A 192.0.2.7"));
	bench_fini(&bench);
}

static void
test_stopping_with_sets_under_way(void **state)
{
	struct bench bench;
	struct error error;
	bench_init(&bench, 1, 8000);
	change(&bench, "add a 60 A 192.0.2.7");
	change(&bench, "add b 60 A 192.0.2.7");
	zone_changer_stop(bench.changer);
	assert_int_equal(request(&bench, "add c 60 A 192.0.2.7", &error), STATUS_REFUSED);
	zone_changer_close(bench.changer);
	uv_run(&bench.loop, UV_RUN_NOWAIT);
	while (bench.done_count < 2)
		uv_run(&bench.loop, UV_RUN_ONCE);
	assert_int_equal(bench.refused_count, 2);
	assert_non_null(strstr(bench.reason, "stopping"));
	assert_int_equal(version_serial(bench.zone->version), 1);
	bench_fini(&bench);
}

/* -- compaction ---------------------------------------------------------------------------------
 */

enum { LARGE_NAMES = 12000 };

/* Applies rounds of sets until the store has been exchanged `compactions` times; returns the number
 * of the last set. Each set gives a name a TXT record of its own and takes back what the set before
 * had put there, so that most of what is appended is garbage. */
static unsigned
change_until_compacted(struct bench *bench, unsigned compactions)
{
	enum { NAMES = 50, SETS_MAX = 100000 };
	const struct store *store = bench->zone->version->store;
	unsigned number = 0;
	for (unsigned seen = 0; seen < compactions && number < SETS_MAX;) {
		char text[128];
		struct error error;
		snprintf(text, sizeof(text), "delete x%u\nadd x%u 60 TXT \"%u\"", number % NAMES,
			 number % NAMES, number);
		if (request(bench, text, &error) == STATUS_OK)
			number++;
		else
			uv_run(&bench->loop, UV_RUN_ONCE);
		if (bench->zone->version->store != store) {
			store = bench->zone->version->store;
			seen++;
		}
	}
	return number;
}

static void
test_nothing_is_lost_in_compactions(void **state)
{
	enum { NAMES = 50 };
	struct bench bench;
	bench_init(&bench, 1, LARGE_NAMES);
	size_t dense = store_len(bench.zone->version->store);
	assert_true(dense > STORE_COPIED_LEN_MAX);
	unsigned last = change_until_compacted(&bench, 3);
	run_until_idle(&bench);
	assert_int_equal(bench.done_count, last);
	assert_int_equal(bench.refused_count, 0);
	assert_int_equal(version_serial(bench.zone->version), 1 + last);
	for (unsigned number = last - NAMES; number < last; number++) {
		char line[64];
		snprintf(line, sizeof(line), "x%u TXT \"%u\"", number % NAMES, number);
		assert_true(has_record(&bench, line));
	}
	assert_int_equal(version_image(bench.zone->version)->rr_count, 3 + LARGE_NAMES + NAMES);
	assert_true(store_len(bench.zone->version->store) <= dense * 8 / 5);
	bench_fini(&bench);
}

/* What is larger than the room behind the store: only a compaction, and more, makes room. */
static void
test_a_full_store_is_compacted_first(void **state)
{
	struct bench bench;
	bench_init(&bench, 1, LARGE_NAMES);
	const size_t room = store_slack(store_len(bench.zone->version->store));
	char *text = malloc(200000);
	unsigned sets = 0;
	/* 200 records of 200 octets each in a set, all of them there to stay. */
	for (size_t octets = 0; octets < 2 * room; octets += 200 * 200, sets++) {
		size_t len = 0;
		for (unsigned i = 0; i < 200; i++)
			len += (size_t)snprintf(text + len, 1000, "add y%u-%u 60 TXT \"%0190u\"\n",
						sets, i, i);
		change(&bench, text);
		run_until_idle(&bench);
	}
	free(text);
	assert_int_equal(bench.refused_count, 0);
	assert_int_equal(version_image(bench.zone->version)->rr_count,
			 3 + LARGE_NAMES + 200 * sets);
	bench_fini(&bench);
}

static void
test_a_reload_wins_over_a_compaction(void **state)
{
	struct bench bench;
	bench_init(&bench, 1, LARGE_NAMES);
	/* Until a compaction is what is left to do. */
	for (unsigned i = 0; i < 100000; i++) {
		char text[64];
		snprintf(text, sizeof(text), "delete x TXT\nadd x 60 TXT \"%u\"", i);
		change(&bench, text);
		while (bench.done_count <= i)
			uv_run(&bench.loop, UV_RUN_ONCE);
		if (zone_changer_active_count(bench.changer) > 0)
			break;
	}
	assert_int_equal(zone_changer_active_count(bench.changer), 1);
	publish(&bench, compile(1000000, LARGE_NAMES + 1));
	run_until_idle(&bench);
	assert_int_equal(version_serial(bench.zone->version), 1000000);
	change(&bench, "add z 60 A 192.0.2.7");
	run_until_idle(&bench);
	assert_int_equal(version_serial(bench.zone->version), 1000001);
	assert_int_equal(version_image(bench.zone->version)->rr_count, 3 + LARGE_NAMES + 1 + 1);
	assert_int_equal(bench.refused_count, 0);
	bench_fini(&bench);
}

int
main(void)
{
	log_set_level(LOG_LEVEL_WARNING);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_faulty_lines_are_named),
	    cmocka_unit_test(test_sets_are_bounded),
	    cmocka_unit_test(test_serials),
	    cmocka_unit_test(test_a_set_is_applied_as_a_whole),
	    cmocka_unit_test(test_costly_denials_are_refused),
	    cmocka_unit_test(test_a_zone_has_a_limit_of_its_own),
	    cmocka_unit_test(test_the_queue_is_bounded),
	    cmocka_unit_test(test_a_reload_wins),
	    cmocka_unit_test(test_stopping_with_sets_under_way),
	    cmocka_unit_test(test_nothing_is_lost_in_compactions),
	    cmocka_unit_test(test_a_full_store_is_compacted_first),
	    cmocka_unit_test(test_a_reload_wins_over_a_compaction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
