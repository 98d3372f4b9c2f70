/* dns_decode.h -- a second opinion on DNS messages: a strict decoder that shares no code with the
 * engine but the readers of integers, and lists of records that compare as sets.
 *
 * Threads:   any; a struct decoded belongs to its caller and can be used again and again.
 * Memory:    owned by struct rr_list until rr_list_fini().
 * Errors:    a message that is not well-formed has a fault, a constant sentence.
 * Standards: RFC 1035 4.1, RFC 3597 4 (which names may be compressed), RFC 6891 6.1.
 */
#ifndef GLUED_TESTS_UNIT_DNS_DECODE_H
#define GLUED_TESTS_UNIT_DNS_DECODE_H

#include <stdio.h>

#include "zones/base.h"
#include "zones/dns.h"

/* A record as an octet string; two are equal if the records are, names without regard to case:
 * section, owner, TYPE, CLASS, TTL, RDATA. */
struct rr_line {
	size_t off;
	size_t len;
};

struct rr_list {
	struct rr_line *lines;
	size_t line_count;
	size_t line_cap;
	uint8_t *octets;
	size_t len;
	size_t cap;
};

void rr_list_fini(struct rr_list *list);
void rr_list_clear(struct rr_list *list);

/* `section`: 0 answer, 1 authority, 2 additional. Names in the RDATA are uncompressed. */
void rr_list_add(struct rr_list *list, unsigned section, const uint8_t *owner, uint16_t rrtype,
		 uint32_t ttl, const uint8_t *rdata, size_t rdlen);

void rr_list_sort(struct rr_list *list);

/* Of sorted lists. */
bool rr_list_equal(const struct rr_list *a, const struct rr_list *b);
bool rr_list_has(const struct rr_list *list, const struct rr_list *of, size_t idx);
unsigned rr_list_section(const struct rr_list *list, size_t idx);

/* One record a line: "an|au|ad OWNER TTL TYPE RDATA". */
void rr_list_print(const struct rr_list *list, FILE *out);

struct decoded {
	const char *fault; /* NULL: none */
	uint16_t id;
	uint16_t flags;
	unsigned rcode; /* with the extended bits of OPT */
	uint16_t counts[4];

	bool has_question;
	const uint8_t *qname; /* in the message, its case kept */
	uint16_t qtype;
	uint16_t qclass;
	size_t question_end;

	bool has_opt;
	bool has_do;
	uint8_t version;
	uint16_t udp_payload;
	uint16_t opt_flags;
	const uint8_t *options; /* in the message */
	size_t options_len;

	size_t authority_end; /* offset behind the last record that is not additional */
	struct rr_list rrs;   /* OPT apart; sorted */
};

/* True if the message is well-formed: one question or none, all records there, nothing behind them.
 * `decoded` begins as {0}. */
bool dns_decode(struct decoded *decoded, const uint8_t *message, size_t len);
void decoded_fini(struct decoded *decoded);

/* "NOERROR aa tc rd do" and the records. */
void decoded_print(const struct decoded *decoded, FILE *out);

#endif
