/* query.h -- a message, understood: header, question, OPT.
 *
 * Threads:   any; pure.
 * Memory:    a struct query is its caller's and keeps no pointer into the message.
 * Errors:    none: every sequence of octets has a parse outcome.
 * Standards: RFC 1035 4.1, 4.1.4; RFC 6891 6.1 (OPT), 7 (malformed OPT); RFC 8945 (TSIG is seen,
 *            not checked).
 */
#ifndef GLUED_DATAPLANE_QUERY_H
#define GLUED_DATAPLANE_QUERY_H

#include "zones/trie.h"

enum parse_outcome {
	PARSE_QUERY,         /* a question for the lookup */
	PARSE_MISS,          /* not for the trie: another opcode, a transfer, a signed message */
	PARSE_RCODE,         /* answered with query->rcode and the question */
	PARSE_NO_QUESTION,   /* answered with query->rcode and a bare header: the question is
				unreadable */
	PARSE_DROP_HEADER,   /* silence: shorter than a header */
	PARSE_DROP_RESPONSE, /* silence: a response; answering it could loop */
};

struct query {
	uint16_t flags; /* as received */
	uint16_t qtype;
	uint16_t qclass;
	uint16_t rcode;        /* for PARSE_RCODE and PARSE_NO_QUESTION */
	uint16_t question_end; /* offset behind QCLASS */

	bool has_edns; /* and it was well-formed */
	bool has_do;
	uint16_t udp_payload; /* what the client can take: 512 without EDNS */

	/* The name searched for: the QNAME in lower case, then the targets of aliases. */
	struct split_name sname;
};

/* Reads question and records whatever the opcode; `len` >= HEADER_LEN. PARSE_MISS here means a TSIG
 * at the end. */
enum parse_outcome query_read(struct query *query, const uint8_t *message, size_t len);

/* Reads the message. `query` is set as far as the outcome says. */
enum parse_outcome query_parse(struct query *query, const uint8_t *message, size_t len);

#endif
