/* arrival.h -- how, whence and when a message came in: what an answer depends on beside its octets.
 *
 * Threads:   any; a struct arrival belongs to its caller.
 * Memory:    `client` points to where the address came in, which stays while the message is
 *            answered.
 * Errors:    none.
 * Standards: none.
 */
#ifndef GLUED_DATAPLANE_ARRIVAL_H
#define GLUED_DATAPLANE_ARRIVAL_H

#include "zones/base.h"

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

struct arrival {
	const uint8_t *client; /* its address: 4 or 16 octets, network order; NULL: not known */
	uint32_t time;         /* seconds since 1970, modulo 2^32 */
	uint8_t transport;     /* enum transport */
	bool is_ipv6;
};

#endif
