#include "control/zone_table.h"

#include <stdlib.h>

enum status
zone_table_new(const struct config *config, struct zone_table **out)
{
	struct zone_table *table = calloc(1, sizeof(*table));
	if (table == NULL)
		return STATUS_NO_MEMORY;
	/* One more than needed: calloc(0) may be NULL. */
	table->zones = calloc(config->zone_count + 1, sizeof(*table->zones));
	if (table->zones == NULL) {
		zone_table_free(table);
		return STATUS_NO_MEMORY;
	}
	for (size_t i = 0; i < config->zone_count; i++)
		table->zones[i].config = config->zones[i];
	table->count = config->zone_count;
	*out = table;
	return STATUS_OK;
}

static void
findings_free(struct findings *findings)
{
	if (findings != NULL)
		findings_fini(findings);
	free(findings);
}

static void
extra_free(struct hosted_extra *extra)
{
	if (extra != NULL)
		findings_free(extra->findings);
	free(extra);
}

void
zone_table_free(struct zone_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->count; i++) {
		extra_free(table->zones[i].extra);
		zone_version_free(table->zones[i].version);
	}
	free(table->zones);
	free(table);
}

static int
compare_apex(const void *apex, const void *zone)
{
	return dname_compare(apex, ((const struct hosted_zone *)zone)->config.apex);
}

struct hosted_zone *
zone_table_find(const struct zone_table *table, const char *name)
{
	uint8_t apex[DNAME_LEN_MAX];
	const char *reason;
	if (dname_read(name, strlen(name), NULL, apex, &reason) == 0)
		return NULL;
	return bsearch(apex, table->zones, table->count, sizeof(table->zones[0]), compare_apex);
}

const char *
hosted_zone_name(const struct hosted_zone *zone, char text[DNAME_TEXT_MAX])
{
	dname_print(zone->config.apex, text);
	return text;
}

const struct findings *
hosted_zone_findings(const struct hosted_zone *zone)
{
	static const struct findings none;
	return zone->extra != NULL && zone->extra->findings != NULL ? zone->extra->findings : &none;
}

enum status
hosted_zone_extend(struct hosted_zone *zone)
{
	if (zone->extra == NULL)
		zone->extra = calloc(1, sizeof(*zone->extra));
	return zone->extra != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
hosted_zone_set_findings(struct hosted_zone *zone, struct findings *findings)
{
	if (zone->extra == NULL && (findings == NULL || hosted_zone_extend(zone) != STATUS_OK)) {
		findings_free(findings);
		return;
	}
	findings_free(zone->extra->findings);
	zone->extra->findings = findings;
}

struct reload_waiter *
hosted_zone_take_waiters(struct hosted_zone *zone)
{
	if (zone->extra == NULL)
		return NULL;
	struct reload_waiter *waiters = zone->extra->waiters;
	zone->extra->waiters = NULL;
	return waiters;
}

const char *
hosted_state_name(enum hosted_state state)
{
	switch (state) {
	case HOSTED_LOADING:
		return "loading";
	case HOSTED_SERVING:
		return "serving";
	case HOSTED_STALE:
		return "stale";
	case HOSTED_FAILED:
		break;
	}
	return "failed";
}
