/* memory.h -- the memory that compiled zones live in.
 *
 * Threads:   any; safe to call from several at once.
 * Memory:    what memory_new() returns is the caller's until memory_free().
 * Errors:    NULL for want of memory.
 * Standards: none.
 *
 * A large zone has addresses of its own, on huge pages where the system grants them, which go with
 * the zone and leave no fragments behind; small ones share the process's arenas, because the
 * mappings of a process are counted; the smallest lie side by side in slabs.
 */
#ifndef GLUED_ZONES_MEMORY_H
#define GLUED_ZONES_MEMORY_H

#include "zones/base.h"

enum {
	/* From here on a zone is "large". Smaller, and what is left empty of the last huge page
	 * would rival the zone; larger, and more zones would fragment the shared arenas. */
	MEMORY_LARGE_LEN = 4 << 20,
};

/* Aligned to 8 octets at least. */
void *memory_new(size_t len);
void memory_free(void *memory, size_t len);

/* Gives back what lies past the first `len` of `old_len` octets, as far as that is worth it;
 * *kept_len is how long the memory is then. Large memory stays where it is; small memory may move.
 */
void *memory_trim(void *memory, size_t old_len, size_t len, size_t *kept_len);

/* What was freed goes back to the system: for when much was, and no more will be for a while. The
 * calling thread's own hoard is apart: each thread gives up its own. */
void memory_tidy(void);
void memory_tidy_thread(void);

#endif
