/* change_tools.c -- zones and versions for the tests of change sets. */
#include "tests/unit/change_tools.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "zones/dname.h"

enum { LARGE_ROOM = 8 << 20 };

struct zone *
zone_of_text(const uint8_t *origin, const char *text, size_t len)
{
	struct findings findings;
	struct zone *zone = NULL;
	findings_init(&findings);
	enum status status =
	    zone_read_text(origin, &(struct zone_text){"test", text, len}, NULL, &findings, &zone);
	assert_true(status == STATUS_OK || status == STATUS_INVALID);
	findings_fini(&findings);
	return status == STATUS_OK ? zone : NULL;
}

struct zone_version *
version_of_zone(const struct zone *zone)
{
	struct zone_version *version;
	struct error error = {0};
	if (zone_version_compile(zone, NULL, &version, &error) != STATUS_OK)
		fail_msg("%s", error.text);
	return version;
}

struct zone_version *
version_make_large(struct zone_version *version)
{
	size_t header_off = (size_t)((const uint8_t *)version->image - version->base);
	struct store *store;
	ref unused;
	assert_int_equal(store_copy(version->store, STORE_COPIED_LEN_MAX + LARGE_ROOM, &store),
			 STATUS_OK);
	struct store_writer writer = store_writer(store, 0);
	assert_int_equal(store_append(&writer, STORE_COPIED_LEN_MAX, &unused), STATUS_OK);
	zone_version_free(version);
	return zone_version_first(store, header_off);
}

void
engine_of_version(struct engine *engine, const uint8_t *origin, struct zone_version *version)
{
	engine_init(engine);
	struct engine_zone *zone = &engine->zones[engine->zone_count++];
	dname_lower(origin, zone->origin);
	zone->zone = NULL;
	zone->version = version;
	engine_ready(engine);
}
