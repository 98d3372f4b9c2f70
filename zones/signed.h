/* signed.h -- the signatures of a node's RRsets.
 *
 * Threads:   any; reads an immutable version.
 * Memory:    allocates nothing.
 * Errors:    none: what has no signature is answered without.
 * Standards: RFC 4034 3; RFC 4035 3.1.1.
 *
 * A node's RRSIGs are one RRset of type RRSIG, whatever they cover. Its RDATA is in canonical order
 * and begins with the type covered, so those of one type stand together.
 */
#ifndef GLUED_ZONES_SIGNED_H
#define GLUED_ZONES_SIGNED_H

#include "zones/version.h"

/* All RRSIGs of a node, or NULL. */
const struct rrset *node_signatures(const struct zone_version *version, const struct node *node);

/* Those of them that cover a type, as rr_first() gives all of an RRset. `signatures` may be NULL.
 */
struct rr_cursor signatures_of(const struct rrset *signatures, uint16_t covered);

/* How many records a cursor has before it, its own included. */
static inline unsigned
rr_count_from(struct rr_cursor rr)
{
	return rr.rdata == NULL ? 0 : rr.left + 1u;
}

#endif
