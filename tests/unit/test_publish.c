/* test_publish.c -- publish and retire: readers see each zone wholly old or wholly new while
 * versions are replaced under them, and everything that was replaced is given back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/publish.h"
#include "dataplane/epoch.h"
#include "dataplane/serving.h"
#include "zones/trie_find.h"
#include "zones/zone.h"

enum { READERS = 3, ROUNDS = 300 };

static struct config_zone config_zones[] = {
    {.apex = (const uint8_t *)"\1a\4test\0\0a", .directory = "\0"},
    {.apex = (const uint8_t *)"\1b\4test\0\0b", .directory = "\0"},
};

static struct config config = {.zones = config_zones, .zone_count = ARRAY_LEN(config_zones)};

/* The reading side of a worker, without packets. */
struct reader {
	pthread_t thread;
	unsigned number;
	uint64_t looks;
	_Atomic bool *is_over;
	_Atomic bool has_looked;
};

/* A version whose serial and address say the same. */
static struct zone_version *
compile(const uint8_t *apex, unsigned serial)
{
	char text[256];
	struct findings findings;
	struct zone *zone = NULL;
	struct zone_version *version = NULL;
	findings_init(&findings);
	int len =
	    snprintf(text, sizeof(text),
		     "@ 60 SOA ns1 hostmaster %u 1 1 1 1\n@ 60 NS ns1\nns1 60 A 192.0.%u.%u\n",
		     serial, serial / 256, serial % 256);
	assert_int_equal(zone_read_text(apex, &(struct zone_text){"text", text, (size_t)len}, NULL,
					&findings, &zone),
			 STATUS_OK);
	assert_int_equal(zone_version_compile(zone, NULL, &version, NULL), STATUS_OK);
	zone_free(zone);
	findings_fini(&findings);
	return version;
}

/* Octets of the version that are not where the serial is: anything torn or freed shows, to the
 * comparison or to the sanitizers. */
static bool
is_whole(const struct zone_version *version)
{
	const struct zone_image *image = version_image(version);
	const struct node *apex = version_node(version, image->apex);
	ref found = trie_find(version->store, apex->children, (const uint8_t *)"\3ns1");
	if (found == REF_NONE || image->name_count != 2)
		return false;
	const struct node_entry *address = node_find(version_node(version, found), RRTYPE_A);
	struct rr_cursor rr = {0};
	if (address != NULL)
		rr = rr_first(entry_rrset(version, address));
	return rr.rdata != NULL && be16_read(rr.rdata + 2) == version_serial(version);
}

static void *
read_on(void *argument)
{
	struct reader *reader = argument;
	uint32_t serials[ARRAY_LEN(config_zones)] = {0};
	epoch_online(reader->number);
	while (!atomic_load(reader->is_over)) {
		const struct serving *serving = serving_current();
		for (size_t i = 0; i < ARRAY_LEN(config_zones); i++) {
			struct zoneset_member member =
			    zoneset_find_dname(serving->zones, config_zones[i].apex, 0);
			uint32_t serial = version_serial(member.version);
			/* Versions only ever get newer. */
			if (!is_whole(member.version) || serial < serials[i]) {
				reader->looks = 0;
				goto end;
			}
			serials[i] = serial;
		}
		reader->looks++;
		atomic_store(&reader->has_looked, true);
		epoch_quiescent(reader->number);
	}
end:
	epoch_offline(reader->number);
	return NULL;
}

static void
publish_one(struct publisher *publisher, struct zone_table *table, size_t zone_idx, unsigned serial)
{
	struct hosted_zone *zone = &table->zones[zone_idx];
	struct publication publication = {zone, compile(zone->config.apex, serial)};
	assert_int_equal(publish_zones(publisher, &publication, 1), STATUS_OK);
}

static void
start_readers(struct reader *readers, _Atomic bool *is_over)
{
	for (unsigned i = 0; i < READERS; i++) {
		readers[i].number = i;
		readers[i].is_over = is_over;
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
	}
	for (unsigned i = 0; i < READERS; i++) {
		while (!atomic_load(&readers[i].has_looked))
			sched_yield();
	}
}

static void
test_readers_see_whole_versions(void **state)
{
	uv_loop_t loop;
	struct publisher *publisher;
	struct zone_table *table;
	struct reader readers[READERS] = {0};
	_Atomic bool is_over = false;
	epoch_init();
	uv_loop_init(&loop);
	assert_int_equal(zone_table_new(&config, &table), STATUS_OK);
	assert_int_equal(
	    publisher_new(&loop, &(struct serving){.udp_payload_max = {1232, 1232}}, &publisher),
	    STATUS_OK);
	for (size_t i = 0; i < table->count; i++)
		publish_one(publisher, table, i, 1); /* collected only */
	assert_int_equal(publisher_generation(publisher), 0);
	assert_int_equal(publish_first(publisher, table), STATUS_OK);
	start_readers(readers, &is_over);

	for (unsigned serial = 2; serial < ROUNDS; serial++) {
		for (size_t i = 0; i < table->count; i++)
			publish_one(publisher, table, i, serial);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(publisher_generation(publisher), 1 + (ROUNDS - 2) * table->count);
	/* Readers that go on reading do not keep anything from being freed. */
	while (publisher_retired_count(publisher) > 0)
		uv_run(&loop, UV_RUN_ONCE);

	atomic_store(&is_over, true);
	for (unsigned i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_true(readers[i].looks > 0);
	}
	publisher_close(publisher);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	publisher_free(publisher);
	zone_table_free(table);
}

/* A reader that does not move keeps what it may see; nothing is freed under it. */
static void
test_a_reader_holds_what_it_sees(void **state)
{
	uv_loop_t loop;
	struct publisher *publisher;
	struct zone_table *table;
	epoch_init();
	uv_loop_init(&loop);
	assert_int_equal(zone_table_new(&config, &table), STATUS_OK);
	assert_int_equal(
	    publisher_new(&loop, &(struct serving){.udp_payload_max = {1232, 1232}}, &publisher),
	    STATUS_OK);
	for (size_t i = 0; i < table->count; i++)
		publish_one(publisher, table, i, 1);
	assert_int_equal(publish_first(publisher, table), STATUS_OK);
	epoch_online(0);
	const struct serving *seen = serving_current();
	for (unsigned serial = 2; serial < 10; serial++)
		publish_one(publisher, table, 0, serial);
	for (int i = 0; i < 20; i++)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(publisher_retired_count(publisher), 8);
	struct zoneset_member member =
	    zoneset_find_dname(seen->zones, table->zones[0].config.apex, 0);
	assert_int_equal(version_serial(member.version), 1);
	assert_true(is_whole(member.version));
	epoch_quiescent(0);
	while (publisher_retired_count(publisher) > 0)
		uv_run(&loop, UV_RUN_ONCE);
	epoch_offline(0);
	publisher_close(publisher);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	publisher_free(publisher);
	zone_table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_readers_see_whole_versions),
	    cmocka_unit_test(test_a_reader_holds_what_it_sees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
