/* request.h -- what the control thread says to a message: the engine's answer, or its own where the
 * engine passes.
 *
 * Threads:   control; pure but for the serving set it is given.
 * Memory:    allocates nothing; the response is written over the query.
 * Errors:    none: every message ends in a response or in silence.
 * Standards: RFC 1035 4.1.1; RFC 1996 3; RFC 2136 2.2, 3.1; RFC 5936 2.2.1; RFC 8945 5.2.1.
 */
#ifndef GLUED_CONTROL_REQUEST_H
#define GLUED_CONTROL_REQUEST_H

#include "dataplane/answer.h"

/* Decides on a message for which answer_message() said COUNTER_MISS, with the same arguments.
 * Returns the response's length, 0 for silence. */
size_t request_decide(const struct serving *serving, const struct arrival *arrival,
		      uint8_t *message, size_t len, size_t cap);

/* answer_message(), then request_decide() where that is needed. `counters` may be NULL. Returns the
 * response's length, 0 for silence. */
size_t request_answer(const struct serving *serving, const struct arrival *arrival,
		      uint8_t *message, size_t len, size_t cap, struct counters *counters);

#endif
