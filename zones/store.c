/* store.c -- the memory of compiled zones: appended to, shared, left behind whole. */
#include "zones/store.h"

#include <stdatomic.h>

#include "zones/memory.h"

enum status
store_new(size_t cap, struct store **out)
{
	if (cap > STORE_LEN_MAX)
		return STATUS_NO_MEMORY;
	cap = (cap + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1);
	struct store *store = memory_new(sizeof(*store) + cap);
	if (store == NULL)
		return STATUS_NO_MEMORY;
	*store = (struct store){.base = (uint8_t *)(store + 1), .cap = cap, .holder_count = 1};
	*out = store;
	return STATUS_OK;
}

void
store_hold(struct store *store)
{
	atomic_fetch_add_explicit(&store->holder_count, 1, memory_order_relaxed);
}

void
store_release(struct store *store)
{
	/* What the other holders did to it is over before the last one frees it. */
	if (store == NULL ||
	    atomic_fetch_sub_explicit(&store->holder_count, 1, memory_order_acq_rel) != 1)
		return;
	if (store->base == (uint8_t *)(store + 1))
		memory_free(store, sizeof(*store) + store->cap);
	else
		store_unmap(store);
}

struct store *
store_trim(struct store *store, size_t slack)
{
	size_t cap = (store_len(store) + slack + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1);
	if (cap >= store->cap)
		return store;
	size_t kept_len;
	struct store *kept =
	    memory_trim(store, sizeof(*store) + store->cap, sizeof(*store) + cap, &kept_len);
	kept->base = (uint8_t *)(kept + 1);
	kept->cap = kept_len - sizeof(*kept);
	return kept;
}

enum status
store_copy(const struct store *from, size_t room, struct store **out)
{
	size_t len = store_len(from);
	enum status status = store_new(len + room, out);
	if (status != STATUS_OK)
		return status;
	memcpy((*out)->base, from->base, len);
	atomic_store_explicit(&(*out)->len, len, memory_order_relaxed);
	return STATUS_OK;
}

void
store_cut(struct store *store, size_t len)
{
	atomic_store_explicit(&store->len, len, memory_order_relaxed);
}

/* A span of at least `len` octets, if the store has that much left. What is left of the span before
 * is lost: a writer alone takes what it needs and has nothing left. */
static bool
span_take(struct store_writer *writer, size_t len)
{
	struct store *store = writer->store;
	size_t wanted = len > writer->span_len ? len : writer->span_len;
	size_t at = atomic_load_explicit(&store->len, memory_order_relaxed);
	size_t taken;
	do {
		size_t left = store->cap - at;
		if (left < len)
			return false;
		taken = wanted < left ? wanted : left;
	} while (!atomic_compare_exchange_weak_explicit(
	    &store->len, &at, at + taken, memory_order_relaxed, memory_order_relaxed));
	writer->at = at;
	writer->end = at + taken;
	return true;
}

enum status
store_append(struct store_writer *writer, size_t len, ref *out)
{
	size_t padded_len = (len + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1);
	if (padded_len > writer->end - writer->at && !span_take(writer, padded_len))
		return STATUS_LIMIT;
	uint8_t *at = writer->store->base + writer->at;
	if (padded_len > len)
		memset(at + padded_len - REF_UNIT, 0, REF_UNIT);
	*out = (ref)(writer->at / REF_UNIT);
	writer->at += padded_len;
	return STATUS_OK;
}
