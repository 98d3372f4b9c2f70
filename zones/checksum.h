/* checksum.h -- tells whether octets on disk are those that were written.
 *
 * Threads:   any.
 * Memory:    none.
 * Errors:    none.
 * Standards: XXH64 of the xxHash specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md),
 *            seed 0.
 *
 * Against accidents, not against malice. Every change within eight neighbouring octets shows; any
 * other goes unseen once in 2^64. As fast as memory is read, on every processor: CRC-32C would need
 * an instruction that not all have.
 */
#ifndef GLUED_ZONES_CHECKSUM_H
#define GLUED_ZONES_CHECKSUM_H

#include "zones/base.h"

uint64_t checksum(const void *octets, size_t len);

#endif
