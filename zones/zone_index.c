#include "zones/zone_index.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/zone_sort.h"

enum {
	ZONE_INDEX_STEP = 32,
	/* Glue mostly follows its delegation at once. */
	NEAR_SETS_MAX = 6,
	AHEAD_COUNT = 8,
};

enum status
zone_index_init(struct zone_index *index, const struct zone *zone)
{
	*index = (struct zone_index){.zone = zone, .origin_len = dname_len(zone->origin)};
	size_t count = (zone->rrset_count + ZONE_INDEX_STEP - 1) / ZONE_INDEX_STEP;
	index->keys = count <= ZONE_INDEX_FEW_KEYS
			  ? index->few_keys
			  : reallocarray(NULL, count, sizeof(index->keys[0]));
	if (index->keys == NULL)
		return STATUS_NO_MEMORY;
	index->key_count = count;
	for (size_t i = 0; i < count; i++) {
		/* Neither an RRset nor a name that is so far from the one before is in a cache. */
		if (i + 2 * AHEAD_COUNT < count) {
			__builtin_prefetch(&zone->rrsets[(i + 2 * AHEAD_COUNT) * ZONE_INDEX_STEP]);
			__builtin_prefetch(zone->rrsets[(i + AHEAD_COUNT) * ZONE_INDEX_STEP].owner);
		}
		const uint8_t *owner = zone->rrsets[i * ZONE_INDEX_STEP].owner;
		index->keys[i] = zone_sort_key(owner, dname_len(owner) - index->origin_len);
	}
	return STATUS_OK;
}

void
zone_index_fini(struct zone_index *index)
{
	if (index->keys != index->few_keys)
		free(index->keys);
}

struct zone_owner
zone_index_owner(const struct zone_index *index, size_t rrset_idx)
{
	const struct zone *zone = index->zone;
	const struct zone_rrset *sets = &zone->rrsets[rrset_idx];
	size_t left = zone->rrset_count - rrset_idx;
	size_t count = 1;
	while (count < left && sets[count].owner == sets[0].owner)
		count++;
	return (struct zone_owner){sets[0].owner, sets, count};
}

/* How many keys are smaller than `key`, or with or_equal also those that are the same. */
static size_t
count_keys(const struct zone_index *index, uint64_t key, bool or_equal)
{
	size_t low = 0;
	size_t high = index->key_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (index->keys[middle] < key || (or_equal && index->keys[middle] == key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first RRset whose owner is `dname` or comes behind it. */
static size_t
find_first(const struct zone_index *index, const uint8_t *dname, size_t len)
{
	const struct zone *zone = index->zone;
	uint64_t key = zone_sort_key(dname, len - index->origin_len);
	size_t smaller = count_keys(index, key, false);
	size_t low = smaller > 0 ? (smaller - 1) * ZONE_INDEX_STEP : 0;
	size_t high = count_keys(index, key, true) * ZONE_INDEX_STEP;
	high = high < zone->rrset_count ? high : zone->rrset_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (dname_compare_lower(zone->rrsets[middle].owner, dname) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first RRset of the owner, if it is one of those from `begin` to before `end`; else SIZE_MAX.
 */
static size_t
find_among(const struct zone *zone, const uint8_t *dname, size_t begin, size_t end)
{
	const struct zone_rrset *sets = zone->rrsets;
	for (size_t i = begin; i < end; i++) {
		bool is_first = i == begin || sets[i].owner != sets[i - 1].owner;
		if (is_first && dname_equal_lower(sets[i].owner, dname))
			return i;
	}
	return SIZE_MAX;
}

static size_t
find_near(const struct zone *zone, const uint8_t *dname, size_t near)
{
	if (near >= zone->rrset_count)
		return SIZE_MAX;
	size_t left = zone->rrset_count - near;
	return find_among(zone, dname, near, near + (left < NEAR_SETS_MAX ? left : NEAR_SETS_MAX));
}

struct zone_owner
zone_index_find(const struct zone_index *index, const uint8_t *dname, size_t near,
		size_t *rrset_idx)
{
	const struct zone *zone = index->zone;
	uint8_t lower[DNAME_LEN_MAX];
	size_t len = dname_lower(dname, lower);
	/* All of a small zone is near. */
	*rrset_idx = zone->rrset_count <= ZONE_INDEX_STEP
			 ? find_among(zone, lower, 0, zone->rrset_count)
			 : find_near(zone, lower, near);
	if (*rrset_idx != SIZE_MAX)
		return zone_index_owner(index, *rrset_idx);
	*rrset_idx = find_first(index, lower, len);
	if (*rrset_idx < zone->rrset_count &&
	    dname_equal_lower(zone->rrsets[*rrset_idx].owner, lower))
		return zone_index_owner(index, *rrset_idx);
	return (struct zone_owner){0};
}
