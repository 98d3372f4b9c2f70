/* rdata.h -- RDATA between presentation form and wire form, driven by the rows of rrtype.h.
 *
 * Threads:   any; pure functions.
 * Memory:    allocates nothing.
 * Errors:    readers report a constant sentence and, where it helps, the token at fault.
 * Standards: RFC 1035 3.3, 5.1; RFC 3597 5; RFC 4034 6.2 (canonical form and order).
 */
#ifndef GLUED_ZONES_RDATA_H
#define GLUED_ZONES_RDATA_H

#include "zones/rrtype.h"

/* One token of a zone file, as the scanner cut it: still escaped, quotes stripped. */
struct rdata_token {
	const char *text;
	size_t len;
	uint32_t line; /* where it begins, both from 1 */
	uint32_t column;
	bool is_quoted;
	bool is_pair; /* key="value": a part of it is quoted, and the quotes are in it */
};

/* Why RDATA could not be read: the token at fault (index; may equal the token count: "something is
 * missing") and a sentence that is constant. */
struct rdata_fault {
	size_t token_idx;
	const char *reason;
};

/* Reads the RDATA of a record of type `rrtype` from its tokens, those marked is_pair only where the
 * type is RRTYPE_PAIRS (also the RFC 3597 form `\# length
 * hex` for any type, checked against the row where there is one). Relative names are completed with
 * `origin`. Writes wire form into `out` of RDATA_LEN_MAX octets and its length into *rdlen. False
 * on a fault. */
bool rdata_read(uint16_t rrtype, const struct rdata_token *tokens, size_t token_count,
		const uint8_t *origin, uint8_t *out, size_t *rdlen, struct rdata_fault *fault);

/* Presentation form into `out` of `cap` octets, NUL-terminated; returns the length it has or, as
 * snprintf, would have. It reads back to the same octets: what presentation form cannot say (types
 * without a row, RDATA that does not fit its row or is written in an unusual way) prints as RFC
 * 3597's `\# ...`. */
size_t rdata_print(uint16_t rrtype, const uint8_t *rdata, size_t rdlen, char *out, size_t cap);

/* Octets of the field at `octets`, of which `left` remain in the RDATA (a to-the-end field takes
 * them all), or SIZE_MAX if the field is malformed there. Names are uncompressed. */
size_t rdata_field_len(enum rdata_field field, const uint8_t *octets, size_t left);

/* Does wire RDATA fit the type's row? Types without a row always do. */
bool rdata_is_valid(uint16_t rrtype, const uint8_t *rdata, size_t rdlen);

/* Canonical order of two RDATA of one type (RFC 4034 6.3), case in names ignored where 6.2 folds
 * it; zero means that they are the same record. */
int rdata_compare(uint16_t rrtype, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/* Canonical form of valid RDATA (RFC 4034 6.2), `rdlen` octets as well, into `out`. */
void rdata_canonical(uint16_t rrtype, const uint8_t *rdata, size_t rdlen, uint8_t *out);

/* Where the name of `field_idx` begins in valid RDATA of a type with a row. */
const uint8_t *rdata_name(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen,
			  int field_idx);

/* The names in valid RDATA of a type with a row, in turn, also those inside a field (a gateway, a
 * list of servers): start with *off = 0, call until NULL. */
const uint8_t *rdata_next_name(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen,
			       size_t *off);

/* What additional-section processing adds for one record. */
struct rdata_additional {
	const uint8_t *dname;    /* in the RDATA, or the owner */
	const uint16_t *rrtypes; /* of this name, ended by 0 */
};

/* False if the record asks for nothing. `owner` is where the record stands, as the answer shows
 * it: an SVCB record may mean its owner by "." (RFC 9460 2.5.2). */
bool rdata_additional(const struct rrtype *rrtype, const uint8_t *owner, const uint8_t *rdata,
		      size_t rdlen, struct rdata_additional *out);

#endif
