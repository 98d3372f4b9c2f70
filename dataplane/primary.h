/* primary.h -- the addresses of a zone's primary server, wherever this server knows them from.
 *
 * Threads:   any; reads immutable memory reached from the serving set.
 * Memory:    allocates nothing.
 * Errors:    none; what does not fit is left out.
 * Standards: KB838151: a client that wants to update a zone asks for its SOA, and then needs the
 *            address of the MNAME.
 */
#ifndef GLUED_DATAPLANE_PRIMARY_H
#define GLUED_DATAPLANE_PRIMARY_H

#include "dataplane/compose.h"

/* The response so far has the answer, an SOA of `version`, and whatever that zone has of its MNAME.
 * Adds the MNAME's addresses where another zone served here has them, or the server itself has that
 * name. The message may grow to `cap` octets. */
void primary_put_addresses(const struct serving *serving, const struct query *query,
			   const struct zone_version *version, uint8_t *message, size_t cap,
			   struct response *response);

#endif
