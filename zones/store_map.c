/* store_map.c -- a store that begins with what a file holds: mapped first, because that is quick,
 * then moved into memory of its own, because that is good to serve from. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "zones/memory_huge.h"
#include "zones/store.h"

enum {
	/* Moved at once. Whoever reads there at that moment waits for some page-table entries to
	 * be exchanged, one a huge page: microseconds. */
	MOVE_LEN = 16 * HUGE_PAGE_LEN,
};

/* Whole huge pages, as many as references reach. */
#define MAPPED_CAP_MAX (STORE_LEN_MAX & ~(size_t)(HUGE_PAGE_LEN - 1))

struct mapped_store {
	size_t mapped_len; /* whole huge pages at the beginning that lie in a file's pages */
	struct store store;
};

static struct mapped_store *
mapped_of(const struct store *store)
{
	return (struct mapped_store *)((uintptr_t)store - offsetof(struct mapped_store, store));
}

static size_t
round_up(size_t len)
{
	return (len + HUGE_PAGE_LEN - 1) & ~(size_t)(HUGE_PAGE_LEN - 1);
}

static bool
read_all(int fd, off_t off, uint8_t *out, size_t len)
{
	while (len > 0) {
		ssize_t got = pread(fd, out, len, off);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO; /* the file is shorter than it was */
		if (got <= 0)
			return false;
		out += got;
		off += got;
		len -= (size_t)got;
	}
	return true;
}

/* Only whole huge pages are mapped: the rest of the last one has to be writable, for what will be
 * appended, and is copied. */
static bool
fill(struct mapped_store *mapped, int fd, off_t off, size_t len)
{
	const struct store *store = &mapped->store;
	size_t mapped_len = len & ~(size_t)(HUGE_PAGE_LEN - 1);
	mapped->mapped_len = mapped_len;
	if (mapped_len > 0 && mmap(store_base(store), mapped_len, PROT_READ,
				   MAP_PRIVATE | MAP_FIXED, fd, off) == MAP_FAILED)
		return false;
	return read_all(fd, off + (off_t)mapped_len, store_base(store) + mapped_len,
			len - mapped_len);
}

enum status
store_map(int fd, off_t off, size_t len, size_t slack, struct store **out, struct error *error)
{
	if (len > MAPPED_CAP_MAX)
		return error_set(error, STATUS_INVALID, "more than references reach");
	size_t cap = round_up(len + slack);
	cap = cap < MAPPED_CAP_MAX ? cap : MAPPED_CAP_MAX;
	struct mapped_store *mapped = malloc(sizeof(*mapped));
	if (mapped == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	struct store *store = &mapped->store;
	*store = (struct store){
	    .first.base = huge_new(cap), .cap = (uint32_t)(cap / REF_UNIT), .holder_count = 1};
	store_cut(store, (len + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1));
	if (store_base(store) == NULL) {
		free(mapped);
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	}
	if (!fill(mapped, fd, off, len)) {
		error_set(error, STATUS_IO, "cannot be mapped: %s", strerror(errno));
		store_release(store);
		return STATUS_IO;
	}
	*out = store;
	return STATUS_OK;
}

void
store_unmap(struct store *store)
{
	huge_free(store_base(store), store_cap(store));
	free(mapped_of(store));
}

size_t
store_mapped_len(const struct store *store)
{
	return mapped_of(store)->mapped_len;
}

/* The kernel exchanges what is behind these addresses in one step: a reader finds the one or the
 * other, which are the same octets, or waits in a page fault for the step to end. */
static bool
move(uint8_t *at, size_t len)
{
	uint8_t *memory = huge_new(len);
	if (memory == NULL)
		return false;
	memcpy(memory, at, len);
	if (mremap(memory, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, at) != MAP_FAILED)
		return true;
	huge_free(memory, len);
	return false;
}

bool
store_settle(struct store *store, const _Atomic bool *cancel)
{
	struct mapped_store *mapped = mapped_of(store);
	while (mapped->mapped_len > 0) {
		size_t len = mapped->mapped_len % MOVE_LEN;
		len = len > 0 ? len : MOVE_LEN;
		if (atomic_load_explicit(cancel, memory_order_relaxed) ||
		    !move(store_base(store) + mapped->mapped_len - len, len))
			return false;
		mapped->mapped_len -= len;
	}
	return true;
}
