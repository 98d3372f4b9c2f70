/* signed.c -- the signatures of a node's RRsets. */
#include "zones/signed.h"

const struct rrset *
node_signatures(const struct zone_version *version, const struct node *node)
{
	const struct node_entry *entry = node_find(node, RRTYPE_RRSIG);
	return entry == NULL ? NULL : entry_rrset(version, entry);
}

struct rr_cursor
signatures_of(const struct rrset *signatures, uint16_t covered)
{
	struct rr_cursor at = signatures == NULL ? (struct rr_cursor){0} : rr_first(signatures);
	while (at.rdata != NULL && be16_read(at.rdata) < covered)
		at = rr_next(at);
	unsigned count = 0;
	for (struct rr_cursor rr = at; rr.rdata != NULL && be16_read(rr.rdata) == covered;
	     rr = rr_next(rr))
		count++;
	if (count == 0)
		return (struct rr_cursor){0};
	at.left = (uint16_t)(count - 1);
	return at;
}
