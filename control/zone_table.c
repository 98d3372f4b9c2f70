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
forget_findings(struct hosted_zone *zone)
{
	if (zone->findings != NULL)
		findings_fini(zone->findings);
	free(zone->findings);
	zone->findings = NULL;
}

void
zone_table_free(struct zone_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->count; i++) {
		forget_findings(&table->zones[i]);
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
	return zone->findings != NULL ? zone->findings : &none;
}

void
hosted_zone_set_findings(struct hosted_zone *zone, struct findings *findings)
{
	forget_findings(zone);
	zone->findings = findings;
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
