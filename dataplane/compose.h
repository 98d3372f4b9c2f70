/* compose.h -- the general composer: what no template can say, said record by record.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing; writes behind the question of the message.
 * Errors:    none; what does not fit is left out if it is optional, else TC is set.
 * Standards: RFC 1034 4.3.2, 2181 9, 2308, 4035 3.1 (DNSSEC), 6604 (RCODE of a chain), 6672
 * (DNAME), 9471 (glue).
 */
#ifndef GLUED_DATAPLANE_COMPOSE_H
#define GLUED_DATAPLANE_COMPOSE_H

#include "dataplane/lookup.h"
#include "zones/section.h"

/* What the composer, or a template, made of the sections: what the header must say of them. */
struct response {
	size_t len; /* of the message so far */
	uint16_t counts[SECTION_COUNT];
	uint16_t flags; /* AA, TC and RCODE */
};

/* Composes the sections for `lookup->answer` and follows aliases from there through all the zones
 * served, changing lookup and query->sname. The message, question in place, may grow to `cap`
 * octets. */
struct response compose(const struct serving *serving, struct query *query, struct lookup *lookup,
			uint8_t *message, size_t cap);

#endif
