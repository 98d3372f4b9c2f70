/* request.c -- one message at the control thread. */
#include "control/request.h"

#include "dataplane/query.h"
#include "zones/dname.h"

/* Is the name the apex of a zone that is configured here, loaded or not? */
static bool
is_served(const struct serving *serving, const struct query *query)
{
	const struct zoneset_member *member = zoneset_find(serving->zones, query->sname.dname, 0);
	return query->qclass == RRCLASS_IN && member != NULL &&
	       dname_equal(member->apex, query->sname.dname);
}

/* "You may not" for a zone of ours, "not my zone" for all others. */
static unsigned
refuse_for_zone(const struct serving *serving, const struct query *query)
{
	return is_served(serving, query) ? RCODE_REFUSED : RCODE_NOTAUTH;
}

static unsigned
decide_notify(const struct serving *serving, const struct query *query)
{
	/* RFC 1996 3.7: QTYPE SOA is the only one defined. Zones here are primary: nobody is
	   entitled to announce them to us (3.11 would have the message ignored; knotd and nsd
	   both answer, and an answer spares the sender its retries). */
	if (query->qtype != RRTYPE_SOA)
		return RCODE_NOTIMP;
	return refuse_for_zone(serving, query);
}

static unsigned
decide_update(const struct serving *serving, const struct query *query)
{
	/* RFC 2136 3.1.1: one zone, ZTYPE SOA, or FORMERR; 3.1.2: NOTAUTH if it is not ours. */
	if (query->qtype != RRTYPE_SOA)
		return RCODE_FORMERR;
	return refuse_for_zone(serving, query);
}

static unsigned
decide_query(const struct serving *serving, enum transport transport, const struct query *query)
{
	switch (query->qtype) {
	case RRTYPE_AXFR:
		/* RFC 5936 4.2: not defined over UDP; knotd and nsd say NOTIMP. */
		if (transport == TRANSPORT_UDP)
			return RCODE_NOTIMP;
		/* RFC 5936 2.2.1: NOTAUTH where there is no such zone, REFUSED by policy. */
		return refuse_for_zone(serving, query);
	case RRTYPE_IXFR:
		return refuse_for_zone(serving, query);
	default:
		/* Signed with a key that nobody here has (RFC 8945 5.2.1). */
		return RCODE_NOTAUTH;
	}
}

static unsigned
decide_rcode(const struct serving *serving, enum transport transport, const uint8_t *message,
	     size_t len)
{
	struct query query;
	unsigned opcode =
	    (unsigned)(be16_read(message + HEADER_FLAGS_OFF) & FLAG_OPCODE) >> FLAG_OPCODE_SHIFT;
	bool is_known =
	    opcode == OPCODE_QUERY || opcode == OPCODE_NOTIFY || opcode == OPCODE_UPDATE;
	/* The body of a message of another opcode (DSO's, RFC 8490 5.4) need not be ours to read.
	 */
	if (!is_known)
		return RCODE_NOTIMP;
	enum parse_outcome outcome = query_read(&query, message, len);
	if (outcome == PARSE_NO_QUESTION || outcome == PARSE_RCODE)
		return RCODE_FORMERR;
	/* RFC 6891 6.1.3, whatever the opcode. */
	if (query.rcode == RCODE_BADVERS)
		return RCODE_BADVERS;
	if (opcode == OPCODE_NOTIFY)
		return decide_notify(serving, &query);
	if (opcode == OPCODE_UPDATE)
		return decide_update(serving, &query);
	return decide_query(serving, transport, &query);
}

size_t
request_decide(const struct serving *serving, enum transport transport, uint8_t *message,
	       size_t len)
{
	if (len < HEADER_LEN || (be16_read(message + HEADER_FLAGS_OFF) & FLAG_QR) != 0)
		return 0;
	unsigned rcode = decide_rcode(serving, transport, message, len);
	return answer_refuse(serving, message, len, rcode);
}

size_t
request_answer(const struct serving *serving, enum transport transport, uint8_t *message,
	       size_t len, size_t cap, struct counters *counters)
{
	size_t response_len = 0;
	enum counter disposition =
	    answer_message(serving, transport, message, len, cap, &response_len);
	if (disposition == COUNTER_MISS)
		response_len = request_decide(serving, transport, message, len);
	else if (disposition != COUNTER_ANSWER)
		response_len = 0;
	if (counters == NULL)
		return response_len;
	counter_add(counters, COUNTER_RX, 1);
	counter_add(counters, disposition, 1);
	if (disposition == COUNTER_MISS && response_len > 0)
		counter_add(counters, COUNTER_REPLY, 1);
	if (response_len > 0)
		counter_add_response(counters, message);
	return response_len;
}
