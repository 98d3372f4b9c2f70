/* answer.h -- one DNS message in, one out: parse, lookup, answer. Every transport calls this.
 *
 * Threads:   any; touches the message, its own stack, and immutable memory reached from the serving
 *            set.
 * Memory:    allocates nothing; the response is written over the query.
 * Errors:    none: every sequence of octets ends in a disposition.
 * Standards: RFC 1034 4.3.2, 1035 4, 2181, 2308, 3597, 4592, 4892, 6672, 6891, 7873, 8020, 8482,
 *            8914, 9471.
 */
#ifndef GLUED_DATAPLANE_ANSWER_H
#define GLUED_DATAPLANE_ANSWER_H

#include "dataplane/arrival.h"
#include "dataplane/counters.h"
#include "dataplane/serving.h"

/* Answers the message of `len` octets in `message`, which has room for `cap` octets (>= 512, and >=
 * len). Returns COUNTER_ANSWER         *response_len octets of response stand in `message`;
 *   COUNTER_MISS           the message is as it was, and the control thread must decide
 * (control/request.h); COUNTER_DROP_HEADER, COUNTER_DROP_RESPONSE   silence. Over UDP the response
 * is no longer than min(cap, what the client and the serving set allow); over TCP, than cap. */
enum counter answer_message(const struct serving *serving, const struct arrival *arrival,
			    uint8_t *message, size_t len, size_t cap, size_t *response_len);

/* Turns the query in `message` (len >= HEADER_LEN), of any opcode, into a response with `rcode`:
 * header, question and, if the query had a well-formed one, OPT. Returns its length, which is at
 * most MESSAGE_LEN_PLAIN: there must be room for that. For what control refuses. */
size_t answer_refuse(const struct serving *serving, const struct arrival *arrival, uint8_t *message,
		     size_t len, unsigned rcode);

/* answer_message() for a burst: lookups step in turn so that their memory latencies overlap. Each
 * item's fields mean what answer_message()'s arguments do. At most ANSWER_BURST_MAX items. */
enum { ANSWER_BURST_MAX = 32 };
struct answer_item {
	uint8_t *message;
	uint32_t len;
	uint32_t cap;
	uint32_t response_len;
	enum counter disposition;
	struct arrival arrival;
};
void answer_burst(const struct serving *serving, struct answer_item *items, size_t count);

#endif
