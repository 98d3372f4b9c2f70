/* parse.c -- stage 2 of 5: octets to struct query (next: lookup.c). */
#include "dataplane/query.h"

#include "zones/dname.h"

enum {
	POINTER_MARK = 0xc0,
	OPT_PAYLOAD_OFF = 2, /* in the fixed part behind an owner: OPT's CLASS */
	OPT_TTL_OFF = 4,
	OPT_OPTION_LEN = 4,
};

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
	bool is_owner_root;
	uint16_t rrtype;
	const uint8_t *fixed; /* TYPE and on */
	const uint8_t *rdata;
	uint16_t rdlen;
};

static bool
read_record(struct reader *reader, struct record *record)
{
	size_t owner_off = reader->off;
	if (!skip_owner(reader) || reader->len - reader->off < RR_FIXED_LEN)
		return false;
	record->is_owner_root = reader->off == owner_off + 1;
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

/* RFC 6891 6.1.2: options fill the RDATA exactly. */
static bool
are_options_valid(const uint8_t *rdata, size_t rdlen)
{
	while (rdlen > 0) {
		if (rdlen < OPT_OPTION_LEN)
			return false;
		size_t option_len = OPT_OPTION_LEN + (size_t)be16_read(rdata + 2);
		if (option_len > rdlen)
			return false;
		rdata += option_len;
		rdlen -= option_len;
	}
	return true;
}

/* False: malformed, or the second one (RFC 6891 6.1.1). */
static bool
read_opt(struct query *query, const struct record *record)
{
	if (query->has_edns || !record->is_owner_root ||
	    !are_options_valid(record->rdata, record->rdlen))
		return false;
	query->has_edns = true;
	uint16_t payload = be16_read(record->fixed + OPT_PAYLOAD_OFF);
	/* RFC 6891 6.2.3: values below 512 mean 512. */
	query->udp_payload = payload < MESSAGE_LEN_PLAIN ? MESSAGE_LEN_PLAIN : payload;
	query->has_do = be16_read(record->fixed + OPT_TTL_OFF + 2) & EDNS_FLAG_DO;
	if (record->fixed[OPT_TTL_OFF + 1] != 0)
		query->rcode = RCODE_BADVERS;
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
	bool is_signed = false;
	for (unsigned i = 0; i < count; i++) {
		struct record record;
		if (is_signed || !read_record(reader, &record))
			return PARSE_RCODE;
		if (record.rrtype == RRTYPE_OPT) {
			if (i < before_additional || !read_opt(query, &record))
				return PARSE_RCODE;
		}
		is_signed = record.rrtype == RRTYPE_TSIG && i >= before_additional;
	}
	if (reader->off != reader->len)
		return PARSE_RCODE;
	return is_signed ? PARSE_MISS : PARSE_QUERY;
}

static bool
read_question(struct query *query, struct reader *reader)
{
	const uint8_t *qname = reader->message + HEADER_LEN;
	size_t qname_len = dname_wire_len(qname, reader->len - HEADER_LEN);
	if (qname_len == 0 || reader->len - HEADER_LEN - qname_len < QUESTION_FIXED_LEN)
		return false;
	split_name_set(&query->sname, qname);
	query->qtype = be16_read(qname + qname_len);
	query->qclass = be16_read(qname + qname_len + 2);
	reader->off = HEADER_LEN + qname_len + QUESTION_FIXED_LEN;
	query->question_end = (uint16_t)reader->off;
	return true;
}

static bool
is_transfer(uint16_t qtype)
{
	return qtype == RRTYPE_AXFR || qtype == RRTYPE_IXFR;
}

enum parse_outcome
query_read(struct query *query, const uint8_t *message, size_t len)
{
	query->flags = be16_read(message + HEADER_FLAGS_OFF);
	query->rcode = RCODE_FORMERR;
	query->has_edns = false;
	query->has_do = false;
	query->udp_payload = MESSAGE_LEN_PLAIN;

	struct reader reader = {.message = message, .len = len};
	/* RFC 9619: a QUERY has one question. */
	if (be16_read(message + HEADER_QDCOUNT_OFF) != 1 || !read_question(query, &reader))
		return PARSE_NO_QUESTION;

	enum parse_outcome outcome = read_records(query, &reader);
	if (outcome == PARSE_RCODE) {
		/* RFC 6891 7: no OPT in the answer to what could not be read. */
		query->rcode = RCODE_FORMERR;
		query->has_edns = false;
	}
	return outcome;
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

	enum parse_outcome outcome = query_read(query, message, len);
	if (outcome == PARSE_RCODE || outcome == PARSE_NO_QUESTION)
		return outcome;
	if (query->rcode == RCODE_BADVERS)
		return PARSE_RCODE;
	/* One class is served; asked for any, it is the one (RFC 1035 3.2.5). */
	if (query->qclass != RRCLASS_IN && query->qclass != RRCLASS_ANY) {
		query->rcode = RCODE_REFUSED;
		return PARSE_RCODE;
	}
	return is_transfer(query->qtype) ? PARSE_MISS : outcome;
}
