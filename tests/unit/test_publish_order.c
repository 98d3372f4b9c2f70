/* test_publish_order.c -- the order in which publish.c calls what readers see: serving_swap()
 * before epoch_advance(), and nothing freed before epoch_is_over(). A token drawn before the swap
 * is good for readers that then load the old set, and no test with threads meets that moment
 * reliably; so the serving pointer and the epochs are this file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "control/publish.h"
#include "dataplane/epoch.h"
#include "dataplane/serving.h"
#include "zones/zone.h"

/* The generation that readers could load when the token was drawn: tokens are just that. */
static struct {
	const struct serving *current;
	uint64_t over; /* tokens up to this one are over */
	unsigned swap_count;
	unsigned advance_count;
} world;

const struct serving *
serving_current(void)
{
	return world.current;
}

const struct serving *
serving_swap(const struct serving *next)
{
	const struct serving *before = world.current;
	world.current = next;
	world.swap_count++;
	return before;
}

uint64_t
epoch_advance(void)
{
	world.advance_count++;
	return world.current->generation;
}

bool
epoch_is_over(uint64_t token)
{
	return token <= world.over;
}

static struct config_zone config_zones[] = {
    {.apex = (const uint8_t *)"\1a\4test\0\0a", .directory = "\0"}};

static struct config config = {.zones = config_zones, .zone_count = ARRAY_LEN(config_zones)};

static struct zone_version *
compile(const uint8_t *apex, unsigned serial)
{
	char text[256];
	struct findings findings;
	struct zone *zone = NULL;
	struct zone_version *version = NULL;
	findings_init(&findings);
	int len =
	    snprintf(text, sizeof(text), "@ 60 SOA @ @ %u 1 1 1 1\n@ 60 NS ns.test.\n", serial);
	assert_int_equal(zone_read_text(apex, &(struct zone_text){"text", text, (size_t)len}, NULL,
					&findings, &zone),
			 STATUS_OK);
	assert_int_equal(zone_version_compile(zone, NULL, &version, NULL), STATUS_OK);
	zone_free(zone);
	findings_fini(&findings);
	return version;
}

static void
publish_serial(struct publisher *publisher, struct zone_table *table, unsigned serial)
{
	struct publication publication = {&table->zones[0],
					  compile(table->zones[0].config.apex, serial)};
	assert_int_equal(publish_zones(publisher, &publication, 1), STATUS_OK);
}

static uint32_t
serial_of(const struct serving *serving)
{
	return version_serial(zoneset_find_dname(serving->zones, config_zones[0].apex, 0).version);
}

static void
test_token_is_drawn_after_the_swap(void **state)
{
	enum { ROUNDS = 5 };
	uv_loop_t loop;
	struct publisher *publisher;
	struct zone_table *table;
	const struct serving *seen[ROUNDS];
	uv_loop_init(&loop);
	assert_int_equal(zone_table_new(&config, &table), STATUS_OK);
	assert_int_equal(
	    publisher_new(&loop, &(struct serving){.udp_payload_max = {1232, 1232}}, &publisher),
	    STATUS_OK);
	publish_serial(publisher, table, 0);
	assert_int_equal(world.swap_count, 0);
	assert_int_equal(publish_first(publisher, table), STATUS_OK);
	assert_int_equal(world.swap_count, 1);

	/* A reader that loads the set at any moment must find the set's token still open. */
	for (unsigned i = 0; i < ROUNDS; i++) {
		seen[i] = serving_current();
		publish_serial(publisher, table, i + 1);
		assert_int_equal(serial_of(serving_current()), i + 1);
		assert_int_equal(world.swap_count, i + 2);
		assert_int_equal(world.advance_count, i + 1);
	}
	/* Each set is given back when the grace period after its successor's swap is over, not
	 * before: the one at `i` has the token of generation i + 2. */
	for (unsigned i = 0; i < ROUNDS; i++) {
		world.over = i + 1;
		uv_run(&loop, UV_RUN_ONCE);
		assert_int_equal(publisher_retired_count(publisher), ROUNDS - i);
		assert_int_equal(serial_of(seen[i]), i);
		world.over = i + 2;
		while (publisher_retired_count(publisher) > ROUNDS - i - 1)
			uv_run(&loop, UV_RUN_ONCE);
	}
	assert_int_equal(serial_of(serving_current()), ROUNDS);
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
	    cmocka_unit_test(test_token_is_drawn_after_the_swap),
	};
	return cmocka_run_group_tests_name("publish_order", tests, NULL, NULL);
}
