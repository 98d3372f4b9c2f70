/* change_set.h -- the text of a change set, and what a version becomes by it.
 *
 * Threads:   reading: any. A set belongs to one thread at a time; deriving: the pool.
 * Memory:    a set owns the names and RDATA of its changes.
 * Errors:    a line that is no good is named by its number and the reason.
 * Standards: RFC 1035 5.1 (names, TTLs and RDATA), RFC 2136 3.4.2 (what adding and deleting mean),
 *            RFC 1982 (serial numbers).
 *
 * One change a line, comments and parentheses as in a zone file; names without a final dot are
 * below the apex, which is "@":
 *
 *   add NAME TTL [IN] TYPE RDATA...
 *   delete NAME [[IN] TYPE [RDATA...]]
 */
#ifndef GLUED_CONTROL_CHANGE_SET_H
#define GLUED_CONTROL_CHANGE_SET_H

#include "zones/change.h"

enum {
	/* Names are completed and mnemonics become bit maps: octets that a set's text may stand
	 * for. */
	CHANGE_SET_OCTETS_MAX = 4 << 20,
};

struct change_set {
	struct change *changes;
	size_t count;
	size_t cap;
	size_t octets; /* of memory, about */
	bool has_soa;  /* the serial is what the set says */
};

/* *out is the caller's. */
NODISCARD enum status change_set_read(const uint8_t *apex, const char *text, size_t len,
				      struct change_set **out, struct error *error);

/* NULL is allowed. */
void change_set_free(struct change_set *set);

/* zone_version_derive(), with the SOA's serial increased by one unless the set has a SOA. */
NODISCARD enum status change_set_derive(const struct change_set *set,
					const struct zone_version *from, struct zone_version **out,
					struct change_report *report, struct error *error);

#endif
