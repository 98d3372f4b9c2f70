/* answer.c -- stage 4 of 5: struct answer to octets, ready-made (ready.c) or composed (compose.c;
 * next: tx.c); and the whole message path for one message or a burst. */
#include "dataplane/answer.h"

#include "dataplane/compose.h"
#include "dataplane/edns.h"
#include "dataplane/primary.h"
#include "dataplane/ready.h"

static_assert((int)ANSWER_BURST_MAX <= (int)LOOKUP_BURST_MAX, "a burst is looked up together");

enum {
	POINTER_TO_QNAME = POINTER_MARK << 8 | HEADER_LEN,
	CHAOS_RR_LEN = POINTER_LEN + RR_FIXED_LEN + 1, /* a TXT record but for its text */
};

/* How long the response may be, OPT included (RFC 6891 6.2.3 to 6.2.5). */
static size_t
response_cap(const struct serving *serving, const struct arrival *arrival,
	     const struct query *query, size_t cap)
{
	if (arrival->transport == TRANSPORT_TCP)
		return cap < MESSAGE_LEN_MAX ? cap : MESSAGE_LEN_MAX;
	size_t limit = serving->udp_payload_max[arrival->is_ipv6];
	if (limit > query->udp_payload)
		limit = query->udp_payload;
	return limit < cap ? limit : cap;
}

/* Header and OPT around the sections. RD is copied; RA, AD, CD and Z are 0: no recursion here,
 * nothing validated (RFC 4035 3.1.6). */
static size_t
finish(const struct serving *serving, const struct arrival *arrival, const struct query *query,
       const struct edns_options *options, uint8_t *message, const struct response *response)
{
	unsigned rcode = response->flags & FLAG_RCODE;
	if (query->rcode > FLAG_RCODE)
		rcode = query->rcode;
	uint16_t flags = (uint16_t)(FLAG_QR | (query->flags & (FLAG_OPCODE | FLAG_RD)) |
				    (response->flags & (FLAG_AA | FLAG_TC)) | (rcode & FLAG_RCODE));
	be16_write(message + HEADER_FLAGS_OFF, flags);
	be16_write(message + HEADER_ANCOUNT_OFF, response->counts[SECTION_ANSWER]);
	be16_write(message + HEADER_NSCOUNT_OFF, response->counts[SECTION_AUTHORITY]);
	unsigned additional_count = response->counts[SECTION_ADDITIONAL];
	size_t len = response->len;
	if (query->has_edns) {
		len += edns_write(serving, arrival, query, options, rcode, message + len);
		additional_count++;
	}
	be16_write(message + HEADER_ARCOUNT_OFF, (uint16_t)additional_count);
	return len;
}

/* A response without records, because of query->rcode; `code` says more, 0: there is no more. */
static COLD size_t
respond_rcode(const struct serving *serving, const struct arrival *arrival,
	      const struct query *query, unsigned code, uint8_t *message)
{
	struct response response = {
	    .len = query->question_end,
	    .flags = query->rcode & FLAG_RCODE,
	};
	struct edns_options options = {.len = 0};
	edns_answer(&options, serving, arrival, query);
	if (code != 0)
		edns_explain(&options, query, (enum dns_ede)code);
	if (query->question_end == HEADER_LEN)
		be16_write(message + HEADER_QDCOUNT_OFF, 0);
	return finish(serving, arrival, query, &options, message, &response);
}

/* Octets that the sections may reach to: all but OPT's. */
static size_t
sections_cap(const struct serving *serving, const struct arrival *arrival,
	     const struct query *query, const struct edns_options *options, size_t cap)
{
	size_t limit = response_cap(serving, arrival, query, cap);
	return query->has_edns ? limit - OPT_FIXED_LEN - options->len : limit;
}

/* KB838151: asked for its own name, the server knows its addresses though it hosts no zone for it.
 * What else there may be at the name is not known here, so a negative answer has no SOA and is not
 * kept (RFC 2308 5). */
static size_t
respond_own_name(const struct serving *serving, const struct arrival *arrival,
		 const struct query *query, uint8_t *message, size_t cap)
{
	struct edns_options options = {.len = 0};
	edns_answer(&options, serving, arrival, query);
	struct section_writer writer;
	section_init(&writer, message, query->sname.len,
		     sections_cap(serving, arrival, query, &options, cap), false);
	struct response response = {.flags = FLAG_AA};
	const struct rrset *rrset = identity_rrset(serving->identity, query->qtype);
	if (rrset != NULL && !section_put(&writer, SECTION_ANSWER, NULL, rrset, rrset->ttl))
		response.flags |= FLAG_TC;
	response.len = writer.len;
	memcpy(response.counts, writer.counts, sizeof(response.counts));
	return finish(serving, arrival, query, &options, message, &response);
}

/* No zone here holds the name, or one that cannot be served. */
static COLD size_t
respond_without_zone(const struct serving *serving, const struct arrival *arrival,
		     struct query *query, enum outcome outcome, uint8_t *message, size_t cap)
{
	if (outcome == OUTCOME_SERVFAIL) {
		query->rcode = RCODE_SERVFAIL;
		return respond_rcode(serving, arrival, query, EDE_INVALID_DATA, message);
	}
	if (identity_is_own_name(serving->identity, query->sname.dname))
		return respond_own_name(serving, arrival, query, message, cap);
	query->rcode = RCODE_REFUSED;
	return respond_rcode(serving, arrival, query, EDE_NOT_AUTHORITATIVE, message);
}

/* One TXT record: "version.bind" and its like. */
static COLD size_t
respond_chaos(const struct serving *serving, const struct arrival *arrival, struct query *query,
	      uint8_t *message)
{
	const struct identity_text *text =
	    identity_chaos(serving->identity, query->sname.dname, query->qtype);
	if (text == NULL)
		return respond_rcode(serving, arrival, query, EDE_NOT_SUPPORTED, message);
	query->rcode = RCODE_NOERROR;

	/* The names are short: it fits, whatever the options. */
	uint8_t *at = message + query->question_end;
	be16_write(at, POINTER_TO_QNAME);
	be16_write(at + 2, RRTYPE_TXT);
	be16_write(at + 4, RRCLASS_CH);
	be32_write(at + 6, 0);
	be16_write(at + 10, (uint16_t)(1 + text->len));
	at[12] = (uint8_t)text->len;
	memcpy(at + 13, text->octets, text->len);
	struct response response = {
	    .len = (size_t)query->question_end + CHAOS_RR_LEN + text->len,
	    .counts = {[SECTION_ANSWER] = 1},
	};
	struct edns_options options = {.len = 0};
	edns_answer(&options, serving, arrival, query);
	return finish(serving, arrival, query, &options, message, &response);
}

/* The client's options, for a zone's answer. */
static COLD void
answer_options(const struct serving *serving, const struct arrival *arrival,
	       const struct query *query, const struct answer *answer, struct edns_options *options)
{
	edns_answer(options, serving, arrival, query);
	bool is_soa = query->qtype == RRTYPE_SOA && answer->outcome == OUTCOME_POSITIVE &&
		      (answer->node->flags & NODE_APEX);
	edns_answer_zone(options, query, answer->version, is_soa);
}

/* Writes the response to a query that was looked up. */
static size_t
respond(const struct serving *serving, const struct arrival *arrival, struct query *query,
	struct lookup *lookup, uint8_t *message, size_t cap)
{
	const struct answer *answer = &lookup->answer;
	if (unlikely(answer->version == NULL))
		return respond_without_zone(serving, arrival, query, answer->outcome, message, cap);

	struct edns_options options;
	options.len = 0;
	if (unlikely(query->options != 0))
		answer_options(serving, arrival, query, answer, &options);
	size_t limit = sections_cap(serving, arrival, query, &options, cap);

	struct response response;
	if (unlikely(!respond_ready(serving, query, lookup, message, limit, &response)))
		response = compose(serving, query, lookup, message, limit);
	if (unlikely(query->qtype == RRTYPE_SOA) && answer->outcome == OUTCOME_POSITIVE &&
	    !(response.flags & FLAG_TC))
		primary_put_addresses(serving, query, answer->version, message, limit, &response);
	return finish(serving, arrival, query, &options, message, &response);
}

/* RFC 7873 5.2.3, 5.2.4: who can be asked to come back with a good cookie, is. Clients that know
 * nothing of cookies are answered as ever. */
static bool
lacks_cookie(const struct serving *serving, const struct arrival *arrival,
	     const struct query *query)
{
	return serving->cookies != NULL && serving->cookies->is_required &&
	       arrival->transport == TRANSPORT_UDP && (query->options & QUERY_COOKIE) &&
	       (query->cookie_len != COOKIE_LEN ||
		!cookie_is_good(serving->cookies, arrival, query->cookie));
}

/* RFC 7873 5.4: a question for nothing but a cookie. Where cookies are not answered it is as any
 * other without a question. */
static unsigned
rcode_of_cookie(const struct serving *serving, const struct arrival *arrival,
		const struct query *query)
{
	if (serving->cookies == NULL)
		return RCODE_FORMERR;
	bool is_bad = query->cookie_len == COOKIE_LEN
			  ? !cookie_is_good(serving->cookies, arrival, query->cookie)
			  : query->has_foreign_cookie;
	return is_bad ? RCODE_BADCOOKIE : RCODE_NOERROR;
}

/* What parsing alone decides. True: it did, and *disposition and *response_len are set. */
static bool
is_decided(const struct serving *serving, const struct arrival *arrival, enum parse_outcome outcome,
	   struct query *query, uint8_t *message, size_t *response_len, enum counter *disposition)
{
	*response_len = 0;
	*disposition = COUNTER_ANSWER;
	switch (outcome) {
	case PARSE_QUERY:
		if (likely(query->options == 0) || !lacks_cookie(serving, arrival, query))
			return false;
		query->rcode = RCODE_BADCOOKIE;
		*response_len = respond_rcode(serving, arrival, query, 0, message);
		return true;
	case PARSE_MISS:
		*disposition = COUNTER_MISS;
		return true;
	case PARSE_CHAOS:
		*response_len = respond_chaos(serving, arrival, query, message);
		return true;
	case PARSE_RCODE:
		*response_len =
		    respond_rcode(serving, arrival, query,
				  query->rcode == RCODE_REFUSED ? EDE_NOT_SUPPORTED : 0, message);
		return true;
	case PARSE_NO_QUESTION:
		if (query->rcode == RCODE_NOERROR)
			query->rcode = (uint16_t)rcode_of_cookie(serving, arrival, query);
		*response_len = respond_rcode(serving, arrival, query, 0, message);
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
answer_message(const struct serving *serving, const struct arrival *arrival, uint8_t *message,
	       size_t len, size_t cap, size_t *response_len)
{
	struct query query;
	enum counter disposition;
	enum parse_outcome outcome = query_parse(&query, message, len);
	if (is_decided(serving, arrival, outcome, &query, message, response_len, &disposition))
		return disposition;

	struct lookup lookup;
	lookup_run(&lookup, serving, &query.sname, query.qtype);
	*response_len = respond(serving, arrival, &query, &lookup, message, cap);
	return COUNTER_ANSWER;
}

/* Where one message of a burst stands. */
struct burst_slot {
	struct query query;
	struct lookup lookup;
	unsigned item_idx;
};

/* All of a burst's are touched in each stage: they stay in the first cache as long as little of
 * each is. Names and keys reach further only if they are long. */
static_assert(offsetof(struct query, sname) <= 64, "what is read of a query: a line, and its name");
static_assert(offsetof(struct lookup, walk) + offsetof(struct walk, key_room) <= 2 * 64,
	      "what a lookup needs of a usual label: two lines");
static_assert(sizeof(struct burst_slot) * ANSWER_BURST_MAX <= 24 * 1024, "within a first cache");

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
		if (!is_decided(serving, &item->arrival, outcome, &slot->query, item->message,
				&response_len, &item->disposition)) {
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
		running[running_count] = &slot->lookup;
		running_count +=
		    !lookup_start(&slot->lookup, serving, &slot->query.sname, slot->query.qtype);
	}
	if (running_count > 0)
		lookup_burst(running, running_count);
}

void
answer_burst(const struct serving *serving, struct answer_item *items, size_t count)
{
	struct burst_slot slots[ANSWER_BURST_MAX];
	unsigned slot_count = burst_parse(serving, items, count, slots);
	burst_lookup(serving, slots, slot_count);
	for (unsigned i = 0; i < slot_count; i++) {
		struct answer_item *item = &items[slots[i].item_idx];
		item->response_len = (uint32_t)respond(serving, &item->arrival, &slots[i].query,
						       &slots[i].lookup, item->message, item->cap);
	}
}

size_t
answer_refuse(const struct serving *serving, const struct arrival *arrival, uint8_t *message,
	      size_t len, unsigned rcode)
{
	struct query query;
	(void)query_read(&query, message, len);
	query.rcode = (uint16_t)rcode;
	/* RFC 8914 4.19, 4.22 */
	unsigned code = rcode == RCODE_REFUSED  ? EDE_PROHIBITED
			: rcode == RCODE_NOTIMP ? EDE_NOT_SUPPORTED
						: 0;
	return respond_rcode(serving, arrival, &query, code, message);
}
