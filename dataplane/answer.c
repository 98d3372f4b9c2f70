/* answer.c -- stage 4 of 5: struct answer to octets, ready-made (ready.c) or composed (compose.c;
 * next: tx.c); and the whole message path for one message or a burst. */
#include "dataplane/answer.h"

#include "dataplane/compose.h"
#include "dataplane/ready.h"

/* How long the response may be, OPT included (RFC 6891 6.2.3 to 6.2.5). */
static size_t
response_cap(const struct serving *serving, enum transport transport, const struct query *query,
	     size_t cap)
{
	if (transport == TRANSPORT_TCP)
		return cap < MESSAGE_LEN_MAX ? cap : MESSAGE_LEN_MAX;
	size_t limit = query->udp_payload;
	if (limit > serving->udp_payload_max)
		limit = serving->udp_payload_max;
	return limit < cap ? limit : cap;
}

static size_t
write_opt(const struct serving *serving, const struct query *query, unsigned rcode, uint8_t *at)
{
	at[0] = 0; /* the root */
	be16_write(at + 1, RRTYPE_OPT);
	be16_write(at + 3, serving->udp_payload_max);
	at[5] = (uint8_t)(rcode >> 4);
	at[6] = 0; /* version */
	be16_write(at + 7, query->has_do ? EDNS_FLAG_DO : 0);
	be16_write(at + 9, 0);
	return OPT_FIXED_LEN;
}

/* Header and OPT around the sections. RD is copied; RA, AD, CD and Z are 0: no recursion here,
 * nothing validated. */
static size_t
finish(const struct serving *serving, const struct query *query, uint8_t *message,
       const struct response *response)
{
	unsigned rcode = response->flags & FLAG_RCODE;
	if (query->rcode == RCODE_BADVERS)
		rcode = RCODE_BADVERS;
	uint16_t flags = (uint16_t)(FLAG_QR | (query->flags & (FLAG_OPCODE | FLAG_RD)) |
				    (response->flags & (FLAG_AA | FLAG_TC)) | (rcode & FLAG_RCODE));
	be16_write(message + HEADER_FLAGS_OFF, flags);
	be16_write(message + HEADER_ANCOUNT_OFF, response->counts[SECTION_ANSWER]);
	be16_write(message + HEADER_NSCOUNT_OFF, response->counts[SECTION_AUTHORITY]);
	unsigned additional_count = response->counts[SECTION_ADDITIONAL];
	size_t len = response->len;
	if (query->has_edns) {
		len += write_opt(serving, query, rcode, message + len);
		additional_count++;
	}
	be16_write(message + HEADER_ARCOUNT_OFF, (uint16_t)additional_count);
	return len;
}

/* A response without records. */
static size_t
respond_rcode(const struct serving *serving, const struct query *query, uint8_t *message)
{
	struct response response = {
	    .len = query->question_end,
	    .flags = query->rcode == RCODE_BADVERS ? 0 : query->rcode,
	};
	return finish(serving, query, message, &response);
}

/* Writes the response to a query that was looked up. */
static size_t
respond(const struct serving *serving, enum transport transport, struct query *query,
	struct lookup *lookup, uint8_t *message, size_t cap)
{
	const struct answer *answer = &lookup->answer;
	if (answer->outcome == OUTCOME_REFUSED || answer->outcome == OUTCOME_SERVFAIL) {
		query->rcode = answer->outcome == OUTCOME_REFUSED ? RCODE_REFUSED : RCODE_SERVFAIL;
		return respond_rcode(serving, query, message);
	}

	size_t limit = response_cap(serving, transport, query, cap);
	if (query->has_edns)
		limit -= OPT_FIXED_LEN;

	struct response response;
	if (unlikely(!respond_ready(query, lookup, message, limit, &response)))
		response = compose(query, lookup, message, limit);
	return finish(serving, query, message, &response);
}

/* A header that counts nothing: for what has no readable question. */
static size_t
respond_bare(uint8_t *message, uint16_t query_flags, unsigned rcode)
{
	be16_write(message + HEADER_FLAGS_OFF,
		   (uint16_t)(FLAG_QR | (query_flags & (FLAG_OPCODE | FLAG_RD)) | rcode));
	memset(message + HEADER_QDCOUNT_OFF, 0, HEADER_LEN - HEADER_QDCOUNT_OFF);
	return HEADER_LEN;
}

/* What parsing alone decides. True: it did, and *disposition and *response_len are set. */
static bool
is_decided(const struct serving *serving, enum parse_outcome outcome, const struct query *query,
	   uint8_t *message, size_t *response_len, enum counter *disposition)
{
	*response_len = 0;
	*disposition = COUNTER_ANSWER;
	switch (outcome) {
	case PARSE_QUERY:
		return false;
	case PARSE_MISS:
		*disposition = COUNTER_MISS;
		return true;
	case PARSE_RCODE:
		*response_len = respond_rcode(serving, query, message);
		return true;
	case PARSE_NO_QUESTION:
		*response_len = respond_bare(message, query->flags, query->rcode);
		return true;
	case PARSE_DROP_HEADER:
		*disposition = COUNTER_DROP_HEADER;
		return true;
	case PARSE_DROP_RESPONSE:
		*disposition = COUNTER_DROP_RESPONSE;
		return true;
	}
	return false;
}

enum counter
answer_message(const struct serving *serving, enum transport transport, uint8_t *message,
	       size_t len, size_t cap, size_t *response_len)
{
	struct query query;
	enum counter disposition;
	enum parse_outcome outcome = query_parse(&query, message, len);
	if (is_decided(serving, outcome, &query, message, response_len, &disposition))
		return disposition;

	struct lookup lookup;
	bool is_final = lookup_start(&lookup, serving, &query.sname, query.qtype);
	while (!is_final)
		is_final = lookup_step(&lookup);
	*response_len = respond(serving, transport, &query, &lookup, message, cap);
	return COUNTER_ANSWER;
}

/* Where one message of a burst stands. */
struct burst_slot {
	struct query query;
	struct lookup lookup;
	unsigned item_idx;
};

static unsigned
burst_parse(const struct serving *serving, struct answer_item *items, size_t count,
	    struct burst_slot slots[ANSWER_BURST_MAX])
{
	unsigned slot_count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct answer_item *item = &items[i];
		struct burst_slot *slot = &slots[slot_count];
		enum parse_outcome outcome = query_parse(&slot->query, item->message, item->len);
		size_t response_len;
		if (!is_decided(serving, outcome, &slot->query, item->message, &response_len,
				&item->disposition)) {
			slot->item_idx = i;
			slot_count++;
		}
		item->response_len = (uint32_t)response_len;
	}
	return slot_count;
}

/* All lookups take a step in turn: while one waits for memory, the others run. */
static void
burst_lookup(const struct serving *serving, struct burst_slot *slots, unsigned slot_count)
{
	struct lookup *running[ANSWER_BURST_MAX];
	unsigned running_count = 0;
	for (unsigned i = 0; i < slot_count; i++) {
		struct burst_slot *slot = &slots[i];
		if (!lookup_start(&slot->lookup, serving, &slot->query.sname, slot->query.qtype))
			running[running_count++] = &slot->lookup;
	}
	while (running_count > 0) {
		unsigned left_count = 0;
		for (unsigned i = 0; i < running_count; i++) {
			if (!lookup_step(running[i]))
				running[left_count++] = running[i];
		}
		running_count = left_count;
	}
	for (unsigned i = 0; i < slot_count; i++) {
		const struct answer *answer = &slots[i].lookup.answer;
		if (answer->entry != NULL)
			__builtin_prefetch(version_at(answer->version, answer->entry->ref));
	}
}

void
answer_burst(const struct serving *serving, enum transport transport, struct answer_item *items,
	     size_t count)
{
	struct burst_slot slots[ANSWER_BURST_MAX];
	unsigned slot_count = burst_parse(serving, items, count, slots);
	burst_lookup(serving, slots, slot_count);
	for (unsigned i = 0; i < slot_count; i++) {
		struct answer_item *item = &items[slots[i].item_idx];
		item->response_len = (uint32_t)respond(serving, transport, &slots[i].query,
						       &slots[i].lookup, item->message, item->cap);
	}
}

size_t
answer_refuse(const struct serving *serving, uint8_t *message, size_t len, unsigned rcode)
{
	struct query query;
	if (query_read(&query, message, len) == PARSE_NO_QUESTION)
		return respond_bare(message, query.flags, rcode);
	query.rcode = (uint16_t)rcode;
	return respond_rcode(serving, &query, message);
}
