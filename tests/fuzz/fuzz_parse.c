/* fuzz_parse.c -- any octets as a message: they are read within their bounds, and as a strict
 * decoder that shares no code with the parser reads them.
 */
#include "dataplane/query.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/dns_decode.h"
#include "zones/dname.h"

static void
check_question(const struct query *query, const uint8_t *message, size_t len)
{
	const struct split_name *sname = &query->sname;
	const uint8_t *qname = message + HEADER_LEN;
	EXPECT(query->question_end <= len);
	EXPECT(dname_wire_len(sname->dname, sizeof(sname->dname)) == sname->len);
	EXPECT(query->question_end == HEADER_LEN + sname->len + QUESTION_FIXED_LEN);
	for (size_t i = 0; i < sname->len; i++)
		EXPECT(sname->dname[i] == dname_octet_lower(qname[i]));
	EXPECT(query->udp_payload >= MESSAGE_LEN_PLAIN);
}

static bool
has_tsig(const struct decoded *decoded)
{
	for (size_t i = 0; i < decoded->rrs.line_count; i++) {
		const uint8_t *line = decoded->rrs.octets + decoded->rrs.lines[i].off;
		if (be16_read(line + 1 + dname_len(line + 1)) == RRTYPE_TSIG)
			return true;
	}
	return false;
}

/* What is well-formed for the decoder is so for the parser, and means the same. */
static void
check_decoded(const struct query *query, enum parse_outcome outcome, const uint8_t *message,
	      size_t len)
{
	static struct decoded decoded;
	if (!dns_decode(&decoded, message, len) || !decoded.has_question || has_tsig(&decoded))
		return;
	EXPECT(outcome != PARSE_NO_QUESTION);
	EXPECT(outcome != PARSE_RCODE || query->rcode != RCODE_FORMERR || decoded.has_opt);
	EXPECT(query->qtype == decoded.qtype && query->qclass == decoded.qclass);
	EXPECT(query->question_end == decoded.question_end);
	if (outcome == PARSE_RCODE && query->rcode == RCODE_FORMERR)
		return; /* for its options */
	EXPECT(query->has_edns == decoded.has_opt);
	EXPECT(query->has_do == (decoded.has_opt && decoded.has_do));
	unsigned payload = decoded.has_opt && decoded.udp_payload > MESSAGE_LEN_PLAIN
			       ? decoded.udp_payload
			       : MESSAGE_LEN_PLAIN;
	EXPECT(query->udp_payload == payload);
	EXPECT((query->rcode == RCODE_BADVERS) == (decoded.has_opt && decoded.version != 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct query query = {.rcode = 0};
	uint8_t *message = fuzz_copy(data, len, len);
	enum parse_outcome outcome = query_parse(&query, message, len);
	if (len < HEADER_LEN) {
		EXPECT(outcome == PARSE_DROP_HEADER);
	} else if (be16_read(message + HEADER_FLAGS_OFF) & FLAG_QR) {
		EXPECT(outcome == PARSE_DROP_RESPONSE);
	} else {
		/* Whatever the opcode, as control does for messages that it refuses. */
		outcome = query_read(&query, message, len);
		if (outcome != PARSE_NO_QUESTION)
			check_question(&query, message, len);
		check_decoded(&query, outcome, message, len);
	}
	EXPECT(len == 0 || memcmp(message, data, len) == 0);
	free(message);
	return 0;
}
