/* unreachable.h -- addresses at which nobody can be reached: no name server lives there, and glued
 * sends nothing to them (Q244132: "event 453, sendto failed", for a server at 0.0.0.0).
 *
 * Threads:   any; pure.
 * Memory:    none.
 * Errors:    none.
 * Standards: RFC 6890 (special-purpose addresses), RFC 1122 3.2.1.3, RFC 4291 2.5.
 */
#ifndef GLUED_ZONES_UNREACHABLE_H
#define GLUED_ZONES_UNREACHABLE_H

#include "zones/base.h"

/* "a loopback address" and the like, or NULL for an address that could be somebody's. `len` is 4 or
 * 16. */
const char *unreachable_reason(const uint8_t *address, size_t len);

#endif
