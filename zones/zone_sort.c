/* zone_sort.c -- canonical order for the records of a zone (used by zone.c). */
#include "zones/zone_sort.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/zone_memory.h"

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

static int
compare(const struct zone_memory *memory, const struct unsorted_rr *a, const struct unsorted_rr *b)
{
	if (a->sort_key != b->sort_key)
		return a->sort_key < b->sort_key ? -1 : 1;
	int order = dname_compare(a->owner, b->owner);
	if (order != 0)
		return order;
	if (a->rrtype != b->rrtype)
		return a->rrtype < b->rrtype ? -1 : 1;
	if (a->rdata == b->rdata)
		return 0;
	const uint8_t *a_rdata = zone_memory_at(memory, a->rdata);
	const uint8_t *b_rdata = zone_memory_at(memory, b->rdata);
	return rdata_compare(a->rrtype, a_rdata + 2, be16_read(a_rdata), b_rdata + 2,
			     be16_read(b_rdata));
}

static bool
is_sorted(const struct zone_memory *memory, const struct unsorted_rr *rrs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (compare(memory, &rrs[i - 1], &rrs[i]) > 0)
			return false;
	}
	return true;
}

/* Merges from[0 .. left_count) and from[left_count .. count) into to[0 .. count). */
static void
merge(const struct zone_memory *memory, const struct unsorted_rr *from, size_t left_count,
      size_t count, struct unsorted_rr *to)
{
	if (left_count >= count || compare(memory, &from[left_count - 1], &from[left_count]) <= 0) {
		memcpy(to, from, count * sizeof(to[0]));
		return;
	}
	size_t left = 0;
	size_t right = left_count;
	for (size_t i = 0; i < count; i++) {
		bool is_left = right == count || (left < left_count &&
						  compare(memory, &from[left], &from[right]) <= 0);
		to[i] = from[is_left ? left++ : right++];
	}
}

enum status
zone_sort(struct unsorted_rr *rrs, size_t count, const struct zone_memory *memory)
{
	if (is_sorted(memory, rrs, count))
		return STATUS_OK;
	struct unsorted_rr *scratch = reallocarray(NULL, count, sizeof(rrs[0]));
	if (scratch == NULL)
		return STATUS_NO_MEMORY;
	struct unsorted_rr *from = rrs;
	struct unsorted_rr *to = scratch;
	for (size_t run = 1; run < count; run *= 2) {
		for (size_t begin = 0; begin < count; begin += 2 * run) {
			size_t left = count - begin;
			merge(memory, from + begin, run, left < 2 * run ? left : 2 * run,
			      to + begin);
		}
		struct unsorted_rr *swap = from;
		from = to;
		to = swap;
	}
	if (from != rrs)
		memcpy(rrs, from, count * sizeof(rrs[0]));
	free(scratch);
	return STATUS_OK;
}
