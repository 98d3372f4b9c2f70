/* parse.c -- stage 2 of 5: octets to struct query (next: lookup.c). */
#include "dataplane/edns.h"

#include "zones/dname.h"

/* The message behind its question, read record by record. */
struct reader {
	const uint8_t *message;
	size_t len;
	size_t off;
};

/* Skips an owner name, which may be compressed: what a pointer aims at is not looked at, because no
 * record but OPT and TSIG means anything in a query. */
static bool
skip_owner(struct reader *reader)
{
	while (reader->off < reader->len) {
		unsigned octet = reader->message[reader->off];
		if (octet >= POINTER_MARK) {
			reader->off += POINTER_LEN;
			return reader->off <= reader->len;
		}
		if (octet > LABEL_LEN_MAX)
			return false;
		reader->off += 1 + octet;
		if (octet == 0)
			return true;
	}
	return false;
}

struct record {
	size_t off;
	bool is_owner_root;
	uint16_t rrtype;
	const uint8_t *fixed; /* TYPE and on */
	const uint8_t *rdata;
	uint16_t rdlen;
};

static bool
read_record(struct reader *reader, struct record *record)
{
	record->off = reader->off;
	if (!skip_owner(reader) || reader->len - reader->off < RR_FIXED_LEN)
		return false;
	record->is_owner_root = reader->off == record->off + 1;
	record->fixed = reader->message + reader->off;
	record->rrtype = be16_read(record->fixed);
	record->rdlen = be16_read(record->fixed + 8);
	record->rdata = record->fixed + RR_FIXED_LEN;
	reader->off += RR_FIXED_LEN;
	if (reader->len - reader->off < record->rdlen)
		return false;
	reader->off += record->rdlen;
	return true;
}

/* Reads on to the message's end: records, OPT among the additional ones, and a TSIG as the last. */
static enum parse_outcome
read_records(struct query *query, struct reader *reader)
{
	const uint8_t *message = reader->message;
	unsigned before_additional = (unsigned)be16_read(message + HEADER_ANCOUNT_OFF) +
				     be16_read(message + HEADER_NSCOUNT_OFF);
	unsigned count = before_additional + be16_read(message + HEADER_ARCOUNT_OFF);
	for (unsigned i = 0; i < count; i++) {
		struct record record;
		/* RFC 8945 5.1: a TSIG is the last. */
		if (query->tsig_off != 0 || !read_record(reader, &record))
			return PARSE_RCODE;
		if (record.rrtype == RRTYPE_OPT) {
			/* RFC 6891 6.1.1: one, among the additional records, of the root. */
			if (query->has_edns || i < before_additional || !record.is_owner_root ||
			    !edns_read(query, record.fixed, record.rdata, record.rdlen))
				return PARSE_RCODE;
		} else if (record.rrtype == RRTYPE_TSIG) {
			if (i < before_additional)
				return PARSE_RCODE;
			query->tsig_off = (uint16_t)record.off;
		}
	}
	if (reader->off != reader->len)
		return PARSE_RCODE;
	return query->tsig_off != 0 ? PARSE_MISS : PARSE_QUERY;
}

static bool
read_question(struct query *query, struct reader *reader)
{
	const uint8_t *qname = reader->message + HEADER_LEN;
	size_t qname_len = split_name_read(&query->sname, qname, reader->len - HEADER_LEN);
	if (qname_len == 0 || reader->len - HEADER_LEN - qname_len < QUESTION_FIXED_LEN)
		return false;
	query->qtype = be16_read(qname + qname_len);
	query->qclass = be16_read(qname + qname_len + 2);
	reader->off = HEADER_LEN + qname_len + QUESTION_FIXED_LEN;
	query->question_end = (uint16_t)reader->off;
	return true;
}

/* What becomes of a query, which is good so far, because of its type. */
static enum parse_outcome
high_qtype(struct query *query)
{
	switch (query->qtype) {
	case RRTYPE_NXNAME:
		/* RFC 9824 3.5: it stands in the bitmaps of denials only. */
		query->rcode = RCODE_FORMERR;
		return PARSE_RCODE;
	case RRTYPE_AXFR:
	case RRTYPE_IXFR:
		return PARSE_MISS;
	default:
		return PARSE_QUERY;
	}
}

/* What could not be read is answered without OPT (RFC 6891 7). */
static COLD enum parse_outcome
malformed(struct query *query, enum parse_outcome outcome)
{
	query->rcode = RCODE_FORMERR;
	query->has_edns = false;
	query->options = 0;
	query->tsig_off = 0;
	return outcome;
}

/* Nothing is known of the query yet but its flags. */
static inline void
query_begin(struct query *query, const uint8_t *message)
{
	query->flags = be16_read(message + HEADER_FLAGS_OFF);
	query->rcode = RCODE_NOERROR;
	query->question_end = HEADER_LEN;
	query->tsig_off = 0;
	query->has_edns = false;
	query->has_do = false;
	query->options = 0;
	query->udp_payload = MESSAGE_LEN_PLAIN;
}

enum parse_outcome
query_read(struct query *query, const uint8_t *message, size_t len)
{
	query_begin(query, message);
	struct reader reader = {.message = message, .len = len, .off = HEADER_LEN};
	/* RFC 9619: a QUERY has one at most. */
	unsigned question_count = be16_read(message + HEADER_QDCOUNT_OFF);
	if (question_count > 1 || (question_count == 1 && !read_question(query, &reader)))
		return malformed(query, PARSE_NO_QUESTION);
	enum parse_outcome outcome = read_records(query, &reader);
	if (unlikely(outcome == PARSE_RCODE))
		malformed(query, outcome);
	return likely(question_count == 1) ? outcome : PARSE_NO_QUESTION;
}

/* One question and, behind it, an OPT record without options or nothing, as nearly all queries are.
 * False: it takes a closer look. */
static inline bool
read_usual(struct query *query, const uint8_t *message, size_t len)
{
	/* QDCOUNT, ANCOUNT, NSCOUNT */
	static const uint8_t counts[] = {0, 1, 0, 0, 0, 0};
	if (memcmp(message + HEADER_QDCOUNT_OFF, counts, sizeof(counts)) != 0)
		return false;
	const uint8_t *qname = message + HEADER_LEN;
	size_t qname_len = split_name_read(&query->sname, qname, len - HEADER_LEN);
	const uint8_t *fixed = qname + qname_len;
	size_t question_end = HEADER_LEN + qname_len + QUESTION_FIXED_LEN;
	if (qname_len == 0 || question_end > len)
		return false;
	query->qtype = be16_read(fixed);
	query->qclass = be16_read(fixed + 2);
	query->question_end = (uint16_t)question_end;
	unsigned additional_count = be16_read(message + HEADER_ARCOUNT_OFF);
	const uint8_t *opt = message + question_end;
	if (additional_count == 0)
		return question_end == len;
	if (additional_count != 1 || len - question_end != OPT_FIXED_LEN || opt[0] != 0 ||
	    be16_read(opt + 1) != RRTYPE_OPT || be16_read(opt + OPT_FIXED_LEN - 2) != 0)
		return false;
	return edns_read(query, opt + 1, opt + OPT_FIXED_LEN, 0) && query->rcode == RCODE_NOERROR;
}

enum parse_outcome
query_parse(struct query *query, const uint8_t *message, size_t len)
{
	if (len < HEADER_LEN)
		return PARSE_DROP_HEADER;
	uint16_t flags = be16_read(message + HEADER_FLAGS_OFF);
	if (flags & FLAG_QR)
		return PARSE_DROP_RESPONSE;
	if ((flags & FLAG_OPCODE) != OPCODE_QUERY << FLAG_OPCODE_SHIFT)
		return PARSE_MISS;

	query_begin(query, message);
	enum parse_outcome outcome = PARSE_QUERY;
	if (unlikely(!read_usual(query, message, len)))
		outcome = query_read(query, message, len);
	if (unlikely(outcome == PARSE_NO_QUESTION)) {
		/* RFC 7873 5.4: who asks for nothing may ask for a cookie. */
		if (query->rcode == RCODE_NOERROR && !(query->options & QUERY_COOKIE))
			query->rcode = RCODE_FORMERR;
		return outcome;
	}
	if (query->rcode != RCODE_NOERROR)
		return PARSE_RCODE;
	if (outcome == PARSE_MISS)
		return outcome;
	/* One class is served; asked for any, it is the one (RFC 1035 3.2.5). */
	if (query->qclass != RRCLASS_IN && query->qclass != RRCLASS_ANY) {
		query->rcode = RCODE_REFUSED;
		return query->qclass == RRCLASS_CH ? PARSE_CHAOS : PARSE_RCODE;
	}
	/* The types that no data has begin here, and nearly all questions are for one before. */
	return likely(query->qtype < RRTYPE_NXNAME) ? outcome : high_qtype(query);
}
