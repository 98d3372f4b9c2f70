/* ttl.h -- times in presentation form: seconds, or units.
 *
 * Threads:   any; pure.
 * Memory:    none.
 * Errors:    false for what is no time.
 * Standards: RFC 1035 5.1; RFC 2181 8; the units are BIND's, which every server reads.
 */
#ifndef GLUED_ZONES_TTL_H
#define GLUED_ZONES_TTL_H

#include "zones/base.h"

/* RFC 2181 8: the top bit is zero; a TTL above is taken as zero. */
enum { TTL_MAX = 0x7fffffff };

/* "3600", "1h30m", "1W2D": up to 2^32-1 seconds into *seconds. False leaves it alone. */
bool ttl_read(const char *text, size_t len, uint32_t *seconds);

#endif
