/* serving.h -- the serving set: the one immutable bundle that all who answer read.
 *
 * Threads:   made by control; read by any thread. serving_current() is loaded once per burst by a
 *            worker and once per message by control; only control/publish.c calls serving_swap().
 * Memory:    a set belongs to control from serving_swap()'s return until the grace period (epoch.h)
 *            is over, then is freed; no reader keeps a pointer past its quiescent state.
 * Errors:    none.
 * Standards: none.
 */
#ifndef GLUED_DATAPLANE_SERVING_H
#define GLUED_DATAPLANE_SERVING_H

#include "dataplane/cookie.h"
#include "dataplane/identity.h"
#include "zones/zoneset.h"

enum {
	/* Flag day 2020: the largest UDP payload that no path of today fragments. Larger draws
	 * spoofed fragments, smaller sends signed answers to TCP. */
	UDP_PAYLOAD_DEFAULT = 1232,
};

struct serving {
	const struct zoneset *zones;
	uint64_t generation; /* counts publishes, from 1 */
	/* Octets, [is_ipv6]: what we announce in OPT, and the most that we send over UDP. */
	uint16_t udp_payload_max[2];
	uint16_t tcp_keepalive;              /* in 100 ms, RFC 7828 3.1; 0: not said */
	const struct identity *identity;     /* NULL: nothing is said */
	const struct cookie_policy *cookies; /* NULL: cookies are ignored */
};

/* The published set; never NULL once control has published the first. Acquire: pairs with
 * serving_swap(). */
const struct serving *serving_current(void);

/* PUBLISH: one release-store. Returns the set before, NULL at the first call. */
const struct serving *serving_swap(const struct serving *next);

#endif
