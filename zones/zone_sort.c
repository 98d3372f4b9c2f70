/* zone_sort.c -- canonical order for a zone whose file has another (used by zone_settle.c). */
#include "zones/zone_sort.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/pages.h"

/* Labels from the apex down, each ended by a zero octet, so that a name sorts before those below
 * it; the octets 0 and 1 become two octets to stay above that zero. */
uint64_t
zone_sort_key(const uint8_t *owner, size_t relative_len)
{
	uint8_t offsets[LABELS_MAX];
	unsigned count = 0;
	for (size_t off = 0; off < relative_len; off += owner[off] + 1u)
		offsets[count++] = (uint8_t)off;

	uint8_t key[8 + 2] = {0};
	size_t len = 0;
	while (count > 0 && len < 8) {
		const uint8_t *label = owner + offsets[--count];
		for (unsigned i = 1; i <= label[0] && len < 8; i++) {
			if (label[i] <= 1) {
				key[len++] = 1;
				key[len++] = (uint8_t)(label[i] + 1);
			} else {
				key[len++] = label[i];
			}
		}
		len++;
	}
	return (uint64_t)be32_read(key) << 32 | be32_read(key + 4);
}

enum {
	/* Zones of no more are sorted on the stack, where they are. */
	FEW_SETS = 32,
	FEW_RRS = 128,
};

/* An RRset by the beginning of its owner. */
struct entry {
	uint64_t key;
	uint32_t set_idx;
	uint32_t rr_idx; /* where its records will be */
};

/* A stretch of the entries: sorted by itself, then merged with its neighbour. */
struct stretch {
	size_t begin;
	size_t middle;
	size_t end;
};

struct sorting {
	struct zone *zone;
	size_t origin_len;
	struct entry *entries;
	struct entry *scratch;
	struct stretch *stretches;

	/* the new arrays */
	struct zone_rrset *sets;
	struct zone_rr *rrs;
};

static bool
is_before(const struct sorting *sorting, const struct entry *a, const struct entry *b)
{
	if (a->key != b->key)
		return a->key < b->key;
	const struct zone_rrset *a_set = &sorting->zone->rrsets[a->set_idx];
	const struct zone_rrset *b_set = &sorting->zone->rrsets[b->set_idx];
	int order =
	    a_set->owner == b_set->owner ? 0 : dname_compare_lower(a_set->owner, b_set->owner);
	if (order == 0)
		order = (int)a_set->rrtype - (int)b_set->rrtype;
	return order != 0 ? order < 0 : a->set_idx < b->set_idx;
}

/* Merges from[0 .. left_count) and from[left_count .. count) into to[0 .. count). */
static void
merge(const struct sorting *sorting, const struct entry *from, size_t left_count, size_t count,
      struct entry *to)
{
	if (left_count == 0 || left_count >= count ||
	    is_before(sorting, &from[left_count - 1], &from[left_count])) {
		memcpy(to, from, count * sizeof(to[0]));
		return;
	}
	size_t left = 0;
	size_t right = left_count;
	for (size_t i = 0; i < count; i++) {
		bool is_left = right == count ||
			       (left < left_count && is_before(sorting, &from[left], &from[right]));
		to[i] = from[is_left ? left++ : right++];
	}
}

static struct entry
entry_of(const struct sorting *sorting, size_t set_idx)
{
	const uint8_t *owner = sorting->zone->rrsets[set_idx].owner;
	return (struct entry){.key = zone_sort_key(owner, dname_len(owner) - sorting->origin_len),
			      .set_idx = (uint32_t)set_idx};
}

/* Sorts entries[begin .. end) where they are. */
static void
sort_stretch(void *context, unsigned idx)
{
	struct sorting *sorting = context;
	const struct stretch *stretch = &sorting->stretches[idx];
	size_t count = stretch->end - stretch->begin;
	struct entry *from = sorting->entries + stretch->begin;
	struct entry *to = sorting->scratch + stretch->begin;
	for (size_t i = 0; i < count; i++) {
		from[i] = entry_of(sorting, stretch->begin + i);
	}
	for (size_t run = 1; run < count; run *= 2) {
		for (size_t begin = 0; begin < count; begin += 2 * run) {
			size_t left = count - begin;
			merge(sorting, from + begin, run, left < 2 * run ? left : 2 * run,
			      to + begin);
		}
		struct entry *swap = from;
		from = to;
		to = swap;
	}
	if (from != sorting->entries + stretch->begin)
		memcpy(to, from, count * sizeof(to[0]));
}

static void
merge_stretch(void *context, unsigned idx)
{
	struct sorting *sorting = context;
	const struct stretch *stretch = &sorting->stretches[idx];
	merge(sorting, sorting->entries + stretch->begin, stretch->middle - stretch->begin,
	      stretch->end - stretch->begin, sorting->scratch + stretch->begin);
}

/* A power of two, so that stretches merge in pairs. */
static unsigned
stretch_count_for(const struct jobs *jobs)
{
	unsigned count = 1;
	while (count < jobs->width)
		count *= 2;
	return count;
}

static void
sort_entries(struct sorting *sorting, struct jobs *jobs)
{
	size_t total = sorting->zone->rrset_count;
	unsigned count = stretch_count_for(jobs);
	for (unsigned i = 0; i < count; i++)
		sorting->stretches[i] =
		    (struct stretch){.begin = total * i / count, .end = total * (i + 1) / count};
	jobs->run(jobs, sort_stretch, sorting, count);
	for (; count > 1; count /= 2) {
		for (unsigned i = 0; i < count / 2; i++)
			sorting->stretches[i] =
			    (struct stretch){.begin = sorting->stretches[2 * i].begin,
					     .middle = sorting->stretches[2 * i].end,
					     .end = sorting->stretches[2 * i + 1].end};
		jobs->run(jobs, merge_stretch, sorting, count / 2);
		struct entry *swap = sorting->entries;
		sorting->entries = sorting->scratch;
		sorting->scratch = swap;
	}
}

/* Copies RRsets and records to where they belong. */
static void
move_stretch(void *context, unsigned idx)
{
	struct sorting *sorting = context;
	const struct zone *zone = sorting->zone;
	const struct stretch *stretch = &sorting->stretches[idx];
	for (size_t i = stretch->begin; i < stretch->end; i++) {
		const struct entry *entry = &sorting->entries[i];
		const struct zone_rrset *set = &zone->rrsets[entry->set_idx];
		memcpy(&sorting->rrs[entry->rr_idx], zone_rrs(zone, set),
		       set->rr_count * sizeof(sorting->rrs[0]));
		sorting->sets[i] = *set;
		sorting->sets[i].first_rr_idx = entry->rr_idx;
	}
}

static enum status
move_all(struct sorting *sorting, struct jobs *jobs)
{
	struct zone *zone = sorting->zone;
	unsigned count = stretch_count_for(jobs);
	size_t set_len = (zone->rrset_count + 1) * sizeof(sorting->sets[0]);
	size_t rr_len = (zone->rr_count + 1) * sizeof(sorting->rrs[0]);
	sorting->sets = pages_new(set_len);
	sorting->rrs = pages_new(rr_len);
	if (sorting->sets == NULL || sorting->rrs == NULL) {
		pages_free(sorting->sets, set_len);
		pages_free(sorting->rrs, rr_len);
		return STATUS_NO_MEMORY;
	}
	uint32_t rr_idx = 0;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		sorting->entries[i].rr_idx = rr_idx;
		rr_idx += zone->rrsets[sorting->entries[i].set_idx].rr_count;
	}
	for (unsigned i = 0; i < count; i++)
		sorting->stretches[i] =
		    (struct stretch){.begin = zone->rrset_count * i / count,
				     .end = zone->rrset_count * (i + 1) / count};
	jobs->run(jobs, move_stretch, sorting, count);
	pages_free(zone->rrsets, zone->rrset_cap * sizeof(zone->rrsets[0]));
	pages_free(zone->rrs, zone->rr_cap * sizeof(zone->rrs[0]));
	zone->rrsets = sorting->sets;
	zone->rrset_cap = zone->rrset_count + 1;
	zone->rrs = sorting->rrs;
	zone->rr_cap = zone->rr_count + 1;
	return STATUS_OK;
}

static void
sort_few(const struct sorting *sorting, struct zone *zone)
{
	struct entry entries[FEW_SETS];
	struct zone_rrset sets[FEW_SETS];
	struct zone_rr rrs[FEW_RRS];
	for (size_t i = 0; i < zone->rrset_count; i++) {
		struct entry entry = entry_of(sorting, i);
		size_t at = i;
		for (; at > 0 && is_before(sorting, &entry, &entries[at - 1]); at--)
			entries[at] = entries[at - 1];
		entries[at] = entry;
	}
	memcpy(sets, zone->rrsets, zone->rrset_count * sizeof(sets[0]));
	memcpy(rrs, zone->rrs, zone->rr_count * sizeof(rrs[0]));
	size_t rr_idx = 0;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		struct zone_rrset set = sets[entries[i].set_idx];
		memcpy(&zone->rrs[rr_idx], &rrs[set.first_rr_idx], set.rr_count * sizeof(rrs[0]));
		set.first_rr_idx = (uint32_t)rr_idx;
		rr_idx += set.rr_count;
		zone->rrsets[i] = set;
	}
}

enum status
zone_sort(struct zone *zone, struct jobs *jobs)
{
	struct sorting sorting = {.zone = zone, .origin_len = dname_len(zone->origin)};
	if (zone->rrset_count <= FEW_SETS && zone->rr_count <= FEW_RRS) {
		sort_few(&sorting, zone);
		return STATUS_OK;
	}
	size_t entries_len = (zone->rrset_count + 1) * sizeof(sorting.entries[0]);
	if (zone->rrset_count > UINT32_MAX)
		return STATUS_NO_MEMORY;
	enum status status = STATUS_NO_MEMORY;
	sorting.entries = pages_new(entries_len);
	sorting.scratch = pages_new(entries_len);
	sorting.stretches = calloc(stretch_count_for(jobs), sizeof(sorting.stretches[0]));
	if (sorting.entries != NULL && sorting.scratch != NULL && sorting.stretches != NULL) {
		sort_entries(&sorting, jobs);
		status = move_all(&sorting, jobs);
	}
	pages_free(sorting.entries, entries_len);
	pages_free(sorting.scratch, entries_len);
	free(sorting.stretches);
	return status;
}
