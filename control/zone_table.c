#include "control/zone_table.h"

#include <stdlib.h>

#include "zones/dname.h"

static int
compare_zones(const void *a, const void *b)
{
	const struct hosted_zone *zone_a = *(struct hosted_zone *const *)a;
	const struct hosted_zone *zone_b = *(struct hosted_zone *const *)b;
	return dname_compare(zone_a->apex, zone_b->apex);
}

enum status
zone_table_new(const struct config *config, struct zone_table **out)
{
	struct zone_table *table = calloc(1, sizeof(*table));
	if (table == NULL)
		return STATUS_NO_MEMORY;
	/* One more than needed: calloc(0) may be NULL. */
	table->zones = calloc(config->zone_count + 1, sizeof(*table->zones));
	table->sorted = calloc(config->zone_count + 1, sizeof(struct hosted_zone *));
	if (table->zones == NULL || table->sorted == NULL) {
		zone_table_free(table);
		return STATUS_NO_MEMORY;
	}
	for (size_t i = 0; i < config->zone_count; i++) {
		struct hosted_zone *zone = &table->zones[i];
		zone->name = config->zones[i].name;
		zone->path = config->zones[i].path;
		zone->apex = config->zones[i].apex;
		findings_init(&zone->findings);
		table->sorted[i] = zone;
		table->count++;
	}
	qsort(table->sorted, table->count, sizeof(struct hosted_zone *), compare_zones);
	*out = table;
	return STATUS_OK;
}

void
zone_table_free(struct zone_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->count; i++) {
		findings_fini(&table->zones[i].findings);
		if (table->zones[i].version != NULL)
			zone_version_free(table->zones[i].version);
	}
	free(table->sorted);
	free(table->zones);
	free(table);
}

struct hosted_zone *
zone_table_find(const struct zone_table *table, const char *name)
{
	uint8_t apex[DNAME_LEN_MAX];
	const char *reason;
	if (dname_read(name, strlen(name), NULL, apex, &reason) == 0)
		return NULL;
	struct hosted_zone key = {.apex = apex};
	struct hosted_zone *key_ref = &key;
	struct hosted_zone **found = bsearch(&key_ref, table->sorted, table->count,
					     sizeof(struct hosted_zone *), compare_zones);
	return found != NULL ? *found : NULL;
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
