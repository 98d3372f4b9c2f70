/* memory_huge.h -- large memory: addresses of its own, on huge pages where the system grants them.
 *
 * Threads:   any; safe to call from several at once.
 * Memory:    what huge_new() returns is the caller's until huge_free().
 * Errors:    NULL for want of addresses.
 * Standards: none.
 *
 * What has not been written to takes no memory, only addresses.
 */
#ifndef GLUED_ZONES_MEMORY_HUGE_H
#define GLUED_ZONES_MEMORY_HUGE_H

#include "zones/base.h"

enum { HUGE_PAGE_LEN = 2 << 20 };

/* Zeroed, and aligned to HUGE_PAGE_LEN. */
void *huge_new(size_t len);
void huge_free(void *memory, size_t len);

/* As realloc(), without copying: huge pages stay huge. NULL: `memory` is as it was. */
void *huge_resize(void *memory, size_t old_len, size_t len);

/* Gives back what lies past the first `len` of `old_len` octets. */
void huge_trim(void *memory, size_t old_len, size_t len);

#endif
