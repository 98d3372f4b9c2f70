/* siphash.h -- SipHash-2-4: a keyed hash for short inputs, as DNS cookies have them.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing, which is why it is here: libcrypto has it only behind EVP_MAC,
 * whose contexts live on the heap, where the message path must not go. Errors:    none. Standards:
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012); RFC 9018 4.4.
 */
#ifndef GLUED_DATAPLANE_SIPHASH_H
#define GLUED_DATAPLANE_SIPHASH_H

#include "zones/base.h"

enum { SIPHASH_KEY_LEN = 16, SIPHASH_LEN = 8 };

void siphash(const uint8_t key[SIPHASH_KEY_LEN], const uint8_t *input, size_t len,
	     uint8_t out[SIPHASH_LEN]);

#endif
