/* store.h -- the memory that a compiled zone lives in, with the versions derived from it.
 *
 * Threads:   several writers may append at once; what was appended is read by any thread once it is
 *            published. A store is held by its versions: the last one to let go, on whatever
 *            thread, frees it.
 * Memory:    one range of addresses that never moves; what lies past `len` takes no memory until it
 *            is written.
 * Errors:    STATUS_NO_MEMORY, also for what a reference does not reach; a full store says
 *            STATUS_LIMIT, and whoever derives versions compacts (compact.h).
 * Standards: none.
 *
 * Nothing that a version has seen is ever overwritten or given back by itself: a new version is
 * appended, sharing what it does not change. What no version needs any longer is left behind with
 * the whole store, when a compaction has copied what is still in use to a new one.
 */
#ifndef GLUED_ZONES_STORE_H
#define GLUED_ZONES_STORE_H

#include <assert.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "zones/error.h"

/* An offset from the store's first octet in units of REF_UNIT octets. */
typedef uint32_t ref;

enum { REF_UNIT = 4, REF_NONE = 0 };

enum {
	/* Up to here a store is copied for a derived version: some tens of microseconds, and no
	 * garbage to watch. Above, versions share it. */
	STORE_COPIED_LEN_MAX = 256 << 10,
};

/* What references reach: 16 GiB. */
#define STORE_LEN_MAX ((size_t)UINT32_MAX * REF_UNIT)

/* A state of a zone, in the store that holds what it is made of (version.h). */
struct zone_version {
	const uint8_t *base; /* of the store */
	const struct zone_image *image;
	struct store *store;
};

/* Stands before its octets, in one block of memory with them and with the version that they are
 * first made for: there may be hundreds of thousands. Where a file was mapped (store_map.c) it
 * stands elsewhere. */
struct store {
	struct zone_version first;
	uint32_t cap;         /* in units */
	_Atomic uint32_t len; /* likewise: handed out to writers */
	_Atomic uint32_t holder_count;
	uint32_t units[]; /* sizeof(struct store) would end behind the first */
};
enum { STORE_HEAD_LEN = offsetof(struct store, units) };
static_assert(STORE_HEAD_LEN == 36, "what a zone costs beside what it holds");

/* Room for `cap` octets; the caller holds it. */
NODISCARD enum status store_new(size_t cap, struct store **out);

/* A store that begins with `len` octets of a file, and has room for `slack` more. `off` is a
 * multiple of the page length. The descriptor can be closed; the file must not be written to or cut
 * short as long as it is mapped, which a file that is only ever replaced (rename) is not. */
NODISCARD enum status store_map(int fd, off_t off, size_t len, size_t slack, struct store **out,
				struct error *error);

/* Moves what is mapped into memory of its own, on huge pages where the system grants them, at the
 * same addresses and under the eyes of its readers. Not all of it if `cancel` becomes true or there
 * is no memory (false): then the rest stays mapped, which works. One thread's at a time. */
bool store_settle(struct store *store, const _Atomic bool *cancel);

/* Octets at the beginning of a store from store_map() that still lie in the file's pages. */
size_t store_mapped_len(const struct store *store);

void store_hold(struct store *store);
void store_release(struct store *store);

/* Gives back the room past the octets in use but for `slack` of them. Returns where the store is
 * then: addresses stay as they are, unless it is small (memory.h), so only for a store with no
 * reader yet. */
NODISCARD struct store *store_trim(struct store *store, size_t slack);

/* A copy of what is in use, at the same references, with `room` octets behind it. The caller holds
 * it. */
NODISCARD enum status store_copy(const struct store *from, size_t room, struct store **out);

/* Gives back what was appended behind `len`, which nobody has seen, and nothing is in use behind
 * it. */
void store_cut(struct store *store, size_t len);

/* Room for the versions to come, behind `len` octets that are dense: when it is full the store is
 * at most half as long again as it would be after a compaction. */
static inline size_t
store_slack(size_t len)
{
	return len > STORE_COPIED_LEN_MAX ? len / 2 : 0;
}

/* Gives back the memory of a store that store_map() made (for store.c). */
void store_unmap(struct store *store);

static inline uint8_t *
store_base(const struct store *store)
{
	return (uint8_t *)(uintptr_t)store->first.base;
}

/* Octets in use. */
static inline size_t
store_len(const struct store *store)
{
	return (size_t)atomic_load_explicit(&store->len, memory_order_relaxed) * REF_UNIT;
}

/* Octets that there is room for. */
static inline size_t
store_cap(const struct store *store)
{
	return (size_t)store->cap * REF_UNIT;
}

static inline void *
store_at(const struct store *store, ref reference)
{
	return store_base(store) + (size_t)reference * REF_UNIT;
}

/* One writer's place in a store: a span of it that nobody else writes. */
struct store_writer {
	struct store *store;
	size_t at;  /* next octet */
	size_t end; /* of the span */
	size_t span_len;
};

/* `span_len` octets are taken at a time: large for writers side by side, 0 for one alone, which
 * takes what it needs and wastes nothing. */
static inline struct store_writer
store_writer(struct store *store, size_t span_len)
{
	return (struct store_writer){.store = store, .span_len = span_len};
}

/* `len` octets, of which the last up to three that fill the unit are zero, and the others are the
 * caller's to write. */
NODISCARD enum status store_append(struct store_writer *writer, size_t len, ref *out);

#endif
