/* answer.h -- one DNS message in, one out: parse, lookup, answer. Every transport calls this.
 *
 * Threads:   any; touches the message, its own stack, and immutable memory reached from the serving
 *            set.
 * Memory:    allocates nothing; the response is written over the query.
 * Errors:    none: every sequence of octets ends in a disposition.
 * Standards: RFC 1034 4.3.2, 1035 4, 2181, 2308, 3597, 4592, 6672, 6891, 8020, 8482, 9471.
 */
#ifndef GLUED_DATAPLANE_ANSWER_H
#define GLUED_DATAPLANE_ANSWER_H

#include "dataplane/counters.h"
#include "dataplane/serving.h"

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

/* Answers the message of `len` octets in `message`, which has room for `cap` octets (>= 512, and >=
 * len). Returns COUNTER_ANSWER         *response_len octets of response stand in `message`;
 *   COUNTER_MISS           the message is as it was, and the control thread must decide
 * (control/request.h); COUNTER_DROP_HEADER, COUNTER_DROP_RESPONSE   silence. Over UDP the response
 * is no longer than min(cap, what the client and the serving set allow); over TCP, than cap. */
enum counter answer_message(const struct serving *serving, enum transport transport,
			    uint8_t *message, size_t len, size_t cap, size_t *response_len);

/* Turns the query in `message` (len >= HEADER_LEN), of any opcode, into a response with `rcode`:
 * header, question and, if the query had a well-formed one, OPT. Returns its length, which is at
 * most `len`. For what control refuses. */
size_t answer_refuse(const struct serving *serving, uint8_t *message, size_t len, unsigned rcode);

/* answer_message() for a burst: lookups step in turn so that their memory latencies overlap. Each
 * item's fields mean what answer_message()'s arguments do. At most ANSWER_BURST_MAX items. */
enum { ANSWER_BURST_MAX = 32 };
struct answer_item {
	uint8_t *message;
	uint32_t len;
	uint32_t cap;
	uint32_t response_len;
	enum counter disposition;
};
void answer_burst(const struct serving *serving, enum transport transport,
		  struct answer_item *items, size_t count);

#endif
