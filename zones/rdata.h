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
};

/* Why RDATA could not be read: the token at fault (index; may equal the token count: "something is
 * missing") and a sentence that is constant. */
struct rdata_fault {
	size_t token_idx;
	const char *reason;
};

/* Reads the RDATA of a record of type `rrtype` from its tokens (also the RFC 3597 form `\# length
 * hex` for any type, checked against the row where there is one). Relative names are completed with
 * `origin`. Writes wire form into `out` of RDATA_LEN_MAX octets and its length into *rdlen. False
 * on a fault. */
bool rdata_read(uint16_t rrtype, const struct rdata_token *tokens, size_t token_count,
		const uint8_t *origin, uint8_t *out, size_t *rdlen, struct rdata_fault *fault);

/* Presentation form into `out` of `cap` octets, NUL-terminated; returns the length it has or, as
 * snprintf, would have. Types without a row, and RDATA that does not fit its row, print as RFC
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

/* Where the name of `field_idx` begins in valid RDATA of a type with a row. */
const uint8_t *rdata_name(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen,
			  int field_idx);

#endif
