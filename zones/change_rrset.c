/* change_rrset.c -- what a set of changes makes of one RRset. */
#include <stdlib.h>

#include "zones/derive.h"
#include "zones/rdata.h"

/* RFC 2181 8: above that a TTL is taken as zero. */
#define TTL_MAX UINT32_C(0x7fffffff)

void
rrset_merge_fini(struct rrset_merge *merge)
{
	free(merge->items);
	free(merge->wipes);
	free(merge->octets);
}

/* The array, or a longer copy with room for `count`; NULL for want of memory, and the array stays.
 */
static void *
grown(void *array, size_t *cap, size_t count, size_t size)
{
	if (count <= *cap)
		return array;
	void *longer = realloc(array, count * 2 * size);
	if (longer != NULL)
		*cap = count * 2;
	return longer;
}

static enum status
octets_room(struct rrset_merge *merge, size_t len)
{
	uint8_t *octets = grown(merge->octets, &merge->octets_cap, len, 1);
	if (octets == NULL)
		return STATUS_NO_MEMORY;
	merge->octets = octets;
	return STATUS_OK;
}

static int
item_order(const void *a, const void *b)
{
	const struct rr_item *x = a;
	const struct rr_item *y = b;
	int order = rdata_compare(x->rrtype, x->rdata, x->rdlen, y->rdata, y->rdlen);
	return order != 0 ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Records in question, sorted; *count of them. */
static enum status
items_set(struct rrset_merge *merge, uint16_t rrtype, struct planned_run run, size_t *count)
{
	struct rr_item *items =
	    grown(merge->items, &merge->item_cap, run.count + 1, sizeof(*items));
	if (items == NULL)
		return STATUS_NO_MEMORY;
	merge->items = items;
	*count = 0;
	for (size_t i = 0; i < run.count; i++) {
		const struct change *change = run.changes[i].change;
		if (change->kind != CHANGE_ADD && change->kind != CHANGE_DELETE_RR)
			continue;
		merge->items[(*count)++] = (struct rr_item){
		    .rdata = change->rdata,
		    .rdlen = change->rdlen,
		    .rrtype = rrtype,
		    .seq = run.changes[i].seq,
		    .is_add = change->kind == CHANGE_ADD,
		};
	}
	qsort(merge->items, *count, sizeof(merge->items[0]), item_order);
	return STATUS_OK;
}

static int
seq_order(const void *a, const void *b)
{
	size_t x = *(const size_t *)a;
	size_t y = *(const size_t *)b;
	return (x > y) - (x < y);
}

static enum status
wipes_set(struct rrset_merge *merge, struct planned_run run, struct planned_run wipes,
	  size_t *count)
{
	size_t *seqs =
	    grown(merge->wipes, &merge->wipe_cap, run.count + wipes.count + 1, sizeof(*seqs));
	if (seqs == NULL)
		return STATUS_NO_MEMORY;
	merge->wipes = seqs;
	*count = 0;
	for (size_t i = 0; i < wipes.count; i++)
		merge->wipes[(*count)++] = wipes.changes[i].seq;
	for (size_t i = 0; i < run.count; i++) {
		if (run.changes[i].change->kind == CHANGE_DELETE_RRSET)
			merge->wipes[(*count)++] = run.changes[i].seq;
	}
	qsort(merge->wipes, *count, sizeof(merge->wipes[0]), seq_order);
	return STATUS_OK;
}

/* Was all deleted after `from` and before `to`? */
static bool
is_wiped(const struct rrset_merge *merge, size_t wipe_count, size_t from, size_t to)
{
	size_t low = 0;
	size_t high = wipe_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (merge->wipes[middle] <= from)
			low = middle + 1;
		else
			high = middle;
	}
	return low < wipe_count && merge->wipes[low] < to;
}

static enum status
append(struct rrset_merge *merge, struct rr_cursor rr)
{
	size_t len = sizeof(uint16_t) + (size_t)rr.rdlen;
	enum status status = octets_room(merge, merge->len + len);
	if (status != STATUS_OK)
		return status;
	be16_write(merge->octets + merge->len, rr.rdlen);
	memcpy(merge->octets + merge->len + sizeof(uint16_t), rr.rdata, rr.rdlen);
	merge->len += len;
	return ++merge->rr_count > UINT16_MAX ? STATUS_LIMIT : STATUS_OK;
}

/* The record that is there in the end, of those that are one to the protocol: `old` and what
 * `count` items say. Its rdata is NULL if there is none. */
static struct rr_cursor
survivor(struct rrset_merge *merge, size_t wipe_count, struct rr_cursor old,
	 const struct rr_item *items, size_t count)
{
	size_t seq = 0;
	for (size_t i = 0; i < count; i++) {
		if (is_wiped(merge, wipe_count, seq, items[i].seq))
			old.rdata = NULL;
		seq = items[i].seq;
		bool is_there = old.rdata != NULL;
		merge->report->repeated_count += is_there && items[i].is_add;
		merge->report->absent_count += !is_there && !items[i].is_add;
		if (!items[i].is_add)
			old.rdata = NULL;
		else if (!is_there)
			old = (struct rr_cursor){.rdata = items[i].rdata, .rdlen = items[i].rdlen};
	}
	if (is_wiped(merge, wipe_count, seq, SIZE_MAX))
		old.rdata = NULL;
	return old;
}

/* How many items from `items` on are the same record. */
static size_t
same_count(const struct rr_item *items, size_t count)
{
	size_t same = 1;
	while (same < count && rdata_compare(items->rrtype, items->rdata, items->rdlen,
					     items[same].rdata, items[same].rdlen) == 0)
		same++;
	return same;
}

/* Both the old records and the items are sorted. */
static enum status
merge_sorted(struct rrset_merge *merge, const struct rrset *old, size_t item_count,
	     size_t wipe_count)
{
	struct rr_cursor rr = {0};
	if (old != NULL)
		rr = rr_first(old);
	enum status status = STATUS_OK;
	for (size_t at = 0; status == STATUS_OK && (rr.rdata != NULL || at < item_count);) {
		const struct rr_item *item = &merge->items[at];
		int order = rr.rdata == NULL ? 1 : -1;
		if (rr.rdata != NULL && at < item_count)
			order = rdata_compare(item->rrtype, rr.rdata, rr.rdlen, item->rdata,
					      item->rdlen);
		size_t same = order >= 0 ? same_count(item, item_count - at) : 0;
		struct rr_cursor before = order <= 0 ? rr : (struct rr_cursor){0};
		struct rr_cursor after = survivor(merge, wipe_count, before, item, same);
		if (after.rdata != NULL)
			status = append(merge, after);
		at += same;
		if (order <= 0)
			rr = rr_next(rr);
	}
	return status;
}

/* The TTL of the record added last; without one the RRset keeps its own. */
static uint32_t
ttl_of(const struct rrset *old, struct planned_run run)
{
	for (size_t i = run.count; i-- > 0;) {
		const struct change *change = run.changes[i].change;
		if (change->kind == CHANGE_ADD)
			return change->ttl <= TTL_MAX ? change->ttl : 0;
	}
	return old != NULL ? old->ttl : 0;
}

enum status
rrset_merge_run(struct rrset_merge *merge, uint16_t rrtype, const struct rrset *old,
		struct planned_run run, struct planned_run wipes, const struct rrset **out)
{
	size_t item_count;
	size_t wipe_count;
	enum status status = items_set(merge, rrtype, run, &item_count);
	if (status == STATUS_OK)
		status = wipes_set(merge, run, wipes, &wipe_count);
	if (status == STATUS_OK)
		status = octets_room(merge, sizeof(struct rrset));
	if (status != STATUS_OK)
		return status;
	merge->len = sizeof(struct rrset);
	merge->rr_count = 0;
	status = merge_sorted(merge, old, item_count, wipe_count);
	if (status != STATUS_OK)
		return status;
	struct rrset *made = (struct rrset *)merge->octets;
	*made = (struct rrset){
	    .ttl = ttl_of(old, run), .rrtype = rrtype, .rr_count = (uint16_t)merge->rr_count};
	*out = merge->rr_count > 0 ? made : NULL;
	return STATUS_OK;
}
