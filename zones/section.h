/* section.h -- writes RRsets into the sections of a message, names compressed.
 *
 * Threads:   any; a struct section_writer belongs to its caller.
 * Memory:    writes into the caller's message; allocates nothing.
 * Errors:    an RRset that does not fit leaves the message as it was: whole RRsets only (RFC 2181
 *            9).
 * Standards: RFC 1035 4.1.4 (compression), RFC 3597 4 (which RDATA may be compressed), RFC 4035
 *            3.1.1 (signatures go with what they cover).
 *
 * The compiler makes templates with it, and the general composer answers with it: what both say of
 * one owner and type is the same by construction.
 */
#ifndef GLUED_ZONES_SECTION_H
#define GLUED_ZONES_SECTION_H

#include "zones/version.h"

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTION_COUNT };

enum {
	/* Names known for compression. More than answers have; a message with more is compressed
	   less well. */
	SECTION_SLOT_COUNT = 256,
};

struct section_writer {
	uint8_t *message;
	size_t len;
	size_t cap;
	uint16_t counts[SECTION_COUNT];

	/* of the QNAME, if it is a target for compression; else 0 */
	uint8_t qname_len;
	uint8_t qname_label_count;

	/* offsets of names already in the message, by hash; 0: free */
	uint16_t slots[SECTION_SLOT_COUNT];
	unsigned slot_count;

	/* where compression pointers were written, if the caller brought room to note it */
	uint16_t *pointer_offs;
	size_t pointer_count;
	size_t pointer_cap;
};

/* Begins behind a question whose QNAME (uncompressed, `qname_len` octets) stands at HEADER_LEN;
 * `cap` counts from the message's first octet. With is_synthesized the QNAME as a whole is no
 * target for compression, only what is above its first label: the template of a wildcard is used
 * for other names than its own. */
void section_init(struct section_writer *writer, uint8_t *message, size_t qname_len, size_t cap,
		  bool is_synthesized);

/* Adds the RRset to a section. `owner` NULL: the QNAME. False, and nothing written, if it does not
 * fit. */
bool section_put(struct section_writer *writer, enum section section, const uint8_t *owner,
		 const struct rrset *rrset, uint32_t ttl);

/* The same, and those of `signatures` (all RRSIGs of the owner, or NULL) that cover it: both or
 * nothing. Their TTL is that of what they cover (RFC 4034 3). */
bool section_put_signed(struct section_writer *writer, enum section section, const uint8_t *owner,
			const struct rrset *rrset, const struct rrset *signatures, uint32_t ttl);

/* Where in the message a name stands that a pointer can aim at, or 0. */
size_t section_find(const struct section_writer *writer, const uint8_t *dname);

/* One record: the CNAME synthesized for a DNAME, which has no RRset behind it (RFC 6672 3.1), or
 * one whose TTL is not that of its RRset. */
bool section_put_record(struct section_writer *writer, enum section section, const uint8_t *owner,
			uint16_t rrtype, uint32_t ttl, struct rr_cursor rr);

/* Writes records as they are: only their owner's name may be compressed, and where to is known. */
struct record_writer {
	uint8_t *message;
	size_t len;
	size_t cap;
};

/* One record. `owner` is its name as it is to stand in the message, `owner_len` octets. False, and
 * nothing written, if it does not fit. */
bool record_put(struct record_writer *writer, const uint8_t *owner, size_t owner_len,
		uint16_t rrtype, uint32_t ttl, struct rr_cursor rr);

/* Most RDATA are addresses: for these a call would be most of the work. */
static inline void
put_rdata_plain(uint8_t *at, const uint8_t *rdata, size_t len)
{
	if (likely(len == 4))
		memcpy(at, rdata, 4);
	else if (len == 16)
		memcpy(at, rdata, 16);
	else
		memcpy(at, rdata, len);
}

/* This one and those behind it. The owner's name stands at `owner_off` of the message, which a
 * pointer reaches. False if not all fit. */
static inline bool
records_put(struct record_writer *writer, size_t owner_off, uint16_t rrtype, uint32_t ttl,
	    struct rr_cursor rr)
{
	for (; rr.rdata != NULL; rr = rr_next(rr)) {
		size_t len = POINTER_LEN + RR_FIXED_LEN + (size_t)rr.rdlen;
		if (len > writer->cap - writer->len)
			return false;
		uint8_t *at = writer->message + writer->len;
		be16_write(at, (uint16_t)(POINTER_MARK << 8 | owner_off));
		be16_write(at + POINTER_LEN, rrtype);
		be16_write(at + POINTER_LEN + 2, RRCLASS_IN);
		be32_write(at + POINTER_LEN + 4, ttl);
		be16_write(at + POINTER_LEN + 8, rr.rdlen);
		put_rdata_plain(at + POINTER_LEN + RR_FIXED_LEN, rr.rdata, rr.rdlen);
		writer->len += len;
	}
	return true;
}

#endif
