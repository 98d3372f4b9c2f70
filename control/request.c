/* request.c -- one message at the control thread. */
#include "control/request.h"

#include "control/tsig.h"
#include "dataplane/query.h"
#include "zones/dname.h"

/* Is the name the apex of a zone that is configured here, loaded or not? */
static bool
is_served(const struct serving *serving, const struct query *query)
{
	struct zoneset_member member = zoneset_find(serving->zones, &query->sname, 0);
	return query->qclass == RRCLASS_IN && member.apex != NULL &&
	       dname_equal(member.apex, query->sname.dname);
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

/* A transfer. */
static unsigned
decide_query(const struct serving *serving, const struct arrival *arrival,
	     const struct query *query)
{
	/* RFC 5936 4.2: AXFR is not defined over UDP; knotd and nsd say NOTIMP. */
	if (query->qtype == RRTYPE_AXFR && arrival->transport == TRANSPORT_UDP)
		return RCODE_NOTIMP;
	/* RFC 5936 2.2.1: NOTAUTH where there is no such zone, REFUSED by policy. */
	return refuse_for_zone(serving, query);
}

static unsigned
decide_known(const struct serving *serving, const struct arrival *arrival, unsigned opcode,
	     const struct query *query)
{
	switch (opcode) {
	case OPCODE_NOTIFY:
		return decide_notify(serving, query);
	case OPCODE_UPDATE:
		return decide_update(serving, query);
	default:
		return decide_query(serving, arrival, query);
	}
}

/* *tsig is set where the response carries one. */
static unsigned
decide_rcode(const struct serving *serving, const struct arrival *arrival, const uint8_t *message,
	     size_t len, struct tsig *tsig)
{
	struct query query;
	unsigned opcode =
	    (unsigned)(be16_read(message + HEADER_FLAGS_OFF) & FLAG_OPCODE) >> FLAG_OPCODE_SHIFT;
	enum parse_outcome outcome = query_read(&query, message, len);
	/* RFC 6891 6.1.3, whatever the opcode. */
	if (query.rcode == RCODE_BADVERS)
		return RCODE_BADVERS;
	/* The body of a message of another opcode (DSO's, RFC 8490 5.4) need not be ours to read.
	 */
	if (opcode != OPCODE_QUERY && opcode != OPCODE_NOTIFY && opcode != OPCODE_UPDATE)
		return RCODE_NOTIMP;
	if (outcome == PARSE_NO_QUESTION || query.rcode != RCODE_NOERROR)
		return RCODE_FORMERR;
	if (outcome == PARSE_MISS) {
		/* RFC 8945 5.2.1: nobody here has a key, so it is one that we do not know. */
		if (!tsig_read(tsig, message, len, query.tsig_off))
			return RCODE_FORMERR;
		tsig->error = TSIG_BADKEY;
		return RCODE_NOTAUTH;
	}
	return decide_known(serving, arrival, opcode, &query);
}

size_t
request_decide(const struct serving *serving, const struct arrival *arrival, uint8_t *message,
	       size_t len, size_t cap)
{
	if (len < HEADER_LEN || (be16_read(message + HEADER_FLAGS_OFF) & FLAG_QR) != 0)
		return 0;
	struct tsig tsig = {.error = 0};
	unsigned rcode = decide_rcode(serving, arrival, message, len, &tsig);
	size_t response_len = answer_refuse(serving, arrival, message, len, rcode);
	if (tsig.error == 0)
		return response_len;
	/* What every client can take over UDP. */
	if (arrival->transport == TRANSPORT_UDP)
		cap = MESSAGE_LEN_PLAIN;
	return tsig_put_error(&tsig, message, response_len, cap);
}

size_t
request_answer(const struct serving *serving, const struct arrival *arrival, uint8_t *message,
	       size_t len, size_t cap, struct counters *counters)
{
	size_t response_len = 0;
	enum counter disposition =
	    answer_message(serving, arrival, message, len, cap, &response_len);
	if (disposition == COUNTER_MISS)
		response_len = request_decide(serving, arrival, message, len, cap);
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
