/* store.c -- the memory of compiled zones: appended to, shared, left behind whole. */
#include "zones/store.h"

#include <stdatomic.h>

#include "zones/memory.h"

enum status
store_new(size_t cap, struct store **out)
{
	if (cap > STORE_LEN_MAX)
		return STATUS_NO_MEMORY;
	size_t unit_count = (cap + REF_UNIT - 1) / REF_UNIT;
	struct store *store = memory_new(STORE_HEAD_LEN + unit_count * REF_UNIT);
	if (store == NULL)
		return STATUS_NO_MEMORY;
	/* Each by itself: a struct store as a whole may be longer than what there is. */
	store->first = (struct zone_version){.base = (uint8_t *)store->units};
	store->cap = (uint32_t)unit_count;
	atomic_init(&store->len, 0);
	atomic_init(&store->holder_count, 1);
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
	if (store_base(store) == (uint8_t *)store->units)
		memory_free(store, STORE_HEAD_LEN + store_cap(store));
	else
		store_unmap(store);
}

struct store *
store_trim(struct store *store, size_t slack)
{
	size_t cap = (store_len(store) + slack + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1);
	if (cap >= store_cap(store))
		return store;
	size_t kept_len;
	struct store *kept =
	    memory_trim(store, STORE_HEAD_LEN + store_cap(store), STORE_HEAD_LEN + cap, &kept_len);
	kept->first.base = (uint8_t *)kept->units;
	kept->cap = (uint32_t)((kept_len - STORE_HEAD_LEN) / REF_UNIT);
	return kept;
}

enum status
store_copy(const struct store *from, size_t room, struct store **out)
{
	size_t len = store_len(from);
	enum status status = store_new(len + room, out);
	if (status != STATUS_OK)
		return status;
	memcpy(store_base(*out), store_base(from), len);
	store_cut(*out, len);
	return STATUS_OK;
}

void
store_cut(struct store *store, size_t len)
{
	atomic_store_explicit(&store->len, (uint32_t)(len / REF_UNIT), memory_order_relaxed);
}

/* `len` octets for a writer alone: nobody else changes how much is in use. */
static bool
take_alone(struct store_writer *writer, size_t len)
{
	struct store *store = writer->store;
	uint32_t needed = (uint32_t)(len / REF_UNIT);
	uint32_t at = atomic_load_explicit(&store->len, memory_order_relaxed);
	if (store->cap - at < needed)
		return false;
	atomic_store_explicit(&store->len, at + needed, memory_order_relaxed);
	writer->at = (size_t)at * REF_UNIT;
	writer->end = writer->at + len;
	return true;
}

/* A span of at least `len` octets, if the store has that much left. What is left of the span before
 * is lost. */
static bool
span_take(struct store_writer *writer, size_t len)
{
	if (writer->span_len == 0)
		return take_alone(writer, len);
	struct store *store = writer->store;
	uint32_t needed = (uint32_t)(len / REF_UNIT);
	uint32_t wanted = (uint32_t)((len > writer->span_len ? len : writer->span_len) / REF_UNIT);
	uint32_t at = atomic_load_explicit(&store->len, memory_order_relaxed);
	uint32_t taken;
	do {
		uint32_t left = store->cap - at;
		if (left < needed)
			return false;
		taken = wanted < left ? wanted : left;
	} while (!atomic_compare_exchange_weak_explicit(
	    &store->len, &at, at + taken, memory_order_relaxed, memory_order_relaxed));
	writer->at = (size_t)at * REF_UNIT;
	writer->end = writer->at + (size_t)taken * REF_UNIT;
	return true;
}

enum status
store_append(struct store_writer *writer, size_t len, ref *out)
{
	size_t padded_len = (len + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1);
	if (padded_len > writer->end - writer->at && !span_take(writer, padded_len))
		return STATUS_LIMIT;
	uint8_t *at = store_base(writer->store) + writer->at;
	if (padded_len > len)
		memset(at + padded_len - REF_UNIT, 0, REF_UNIT);
	*out = (ref)(writer->at / REF_UNIT);
	writer->at += padded_len;
	return STATUS_OK;
}
