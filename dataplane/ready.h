/* ready.h -- stage 4 of 5: answers as the compiler laid them down, with what signs and proves them
 * if the client wants it.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing; writes behind the question of the message.
 * Errors:    what cannot be said so, or does not fit, is the composer's (compose.h).
 * Standards: RFC 1035 4.1.4, 2308, 4035 3.1, 5155 7.2.
 */
#ifndef GLUED_DATAPLANE_READY_H
#define GLUED_DATAPLANE_READY_H

#include "dataplane/compose.h"

/* The response from a template or a plain RRset. The message, question in place, may grow to `cap`
 * octets. False if it must be composed. */
bool respond_ready(const struct serving *serving, const struct query *query,
		   const struct lookup *lookup, uint8_t *message, size_t cap,
		   struct response *response);

#endif
