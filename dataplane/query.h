/* query.h -- a message, understood: header, question, OPT.
 *
 * Threads:   any; pure.
 * Memory:    a struct query is its caller's and keeps no pointer into the message.
 * Errors:    none: every sequence of octets has a parse outcome.
 * Standards: RFC 1035 4.1, 4.1.4; RFC 6891 6.1 (OPT), 7 (malformed OPT); RFC 7873 5.4 (no
 *            question); RFC 8945 (TSIG is seen, not checked).
 */
#ifndef GLUED_DATAPLANE_QUERY_H
#define GLUED_DATAPLANE_QUERY_H

#include "dataplane/cookie.h"
#include "zones/trie.h"

enum parse_outcome {
	PARSE_QUERY,         /* a question for the lookup */
	PARSE_MISS,          /* not for the trie: another opcode, a transfer, a signed message */
	PARSE_CHAOS,         /* a question of class CH: about the server */
	PARSE_RCODE,         /* answered with query->rcode and the question */
	PARSE_NO_QUESTION,   /* answered with query->rcode and without a question: there is none, or
				it is unreadable */
	PARSE_DROP_HEADER,   /* silence: shorter than a header */
	PARSE_DROP_RESPONSE, /* silence: a response; answering it could loop */
};

/* Which options the client's OPT record has, of those that we have an answer to. */
enum query_option {
	QUERY_NSID = 1u << 0,
	QUERY_COOKIE = 1u << 1,
	QUERY_EXPIRE = 1u << 2,
	QUERY_KEEPALIVE = 1u << 3,
	QUERY_ZONEVERSION = 1u << 4,
};

struct query {
	uint16_t flags; /* as received */
	uint16_t qtype;
	uint16_t qclass;
	uint16_t rcode;        /* NOERROR, or why this is no PARSE_QUERY */
	uint16_t question_end; /* offset behind QCLASS; HEADER_LEN: no question */
	uint16_t tsig_off;     /* of the TSIG record, if there is one at the end; else 0 */

	bool has_edns; /* and it was well-formed */
	bool has_do;
	uint8_t options;      /* enum query_option */
	uint16_t udp_payload; /* what the client can take: 512 without EDNS */
	/* With QUERY_COOKIE: the client's cookie and, if it is as long as ours are, the server's.
	 */
	bool has_foreign_cookie; /* a server's of another length */
	uint8_t cookie_len;
	uint8_t cookie[COOKIE_LEN];

	/* The name searched for: the QNAME in lower case, then the targets of aliases. */
	struct split_name sname;
};

/* Reads question and records whatever the opcode; `len` >= HEADER_LEN. PARSE_MISS here means a TSIG
 * at the end. PARSE_NO_QUESTION with RCODE NOERROR: all else is well. */
enum parse_outcome query_read(struct query *query, const uint8_t *message, size_t len);

/* Reads the message. `query` is set as far as the outcome says. */
enum parse_outcome query_parse(struct query *query, const uint8_t *message, size_t len);

#endif
