/* rrtype.h -- what glued knows of each RR type: one row of one table, which reading, printing,
 * checking, compression, canonical form and additional-section processing are all driven by.
 *
 * Threads:   any; constant data.
 * Memory:    none.
 * Errors:    an unknown type is no error: rrtype_find() returns NULL and RFC 3597 applies.
 * Standards: RFC 1035 3.2-3.4, 3597; each row names its own.
 */
#ifndef GLUED_ZONES_RRTYPE_H
#define GLUED_ZONES_RRTYPE_H

#include "zones/base.h"
#include "zones/dns.h"

/* The fields that RDATA is made of. A row lists them in wire order; presentation order is the same.
 */
enum rdata_field {
	RDATA_END = 0,
	RDATA_NAME_COMPRESSIBLE, /* a name of a type in RFC 1035: compressed in answers (RFC 3597 4)
				  */
	RDATA_NAME,              /* a name that is never compressed */
	RDATA_U8,
	RDATA_U16,
	RDATA_U32,
	RDATA_TTL,       /* 32 bits; units allowed in presentation form */
	RDATA_IPV4,      /* 4 octets */
	RDATA_IPV6,      /* 16 octets */
	RDATA_STRING,    /* one character-string */
	RDATA_STRINGS,   /* one or more character-strings, to the end */
	RDATA_CAA_TAG,   /* a length octet and that many letters and digits, RFC 8659 4.1 */
	RDATA_TEXT_REST, /* octets to the end, presented as one quoted string (CAA's value) */
	RDATA_HEX_REST,  /* octets to the end, presented in hexadecimal */
};

enum { RDATA_FIELDS_MAX = 10, RRTYPE_NO_ADDITIONAL = -1 };

enum rrtype_flag {
	RRTYPE_SINGLETON = 1u << 0, /* at most one record of it in an RRset: CNAME, DNAME, SOA */
	RRTYPE_META = 1u << 1,      /* never zone data: OPT, TSIG, AXFR, ANY, ... */
};

struct rrtype {
	uint16_t code;
	const char *mnemonic;
	unsigned flags;
	/* Index of the name field whose addresses go into the additional section, or
	 * RRTYPE_NO_ADDITIONAL. SOA's is its MNAME (KB838151). */
	int additional_field;
	enum rdata_field fields[RDATA_FIELDS_MAX + 1]; /* ends with RDATA_END */
};

/* The row of a type, or NULL if there is none. Constant time for codes below 512. */
const struct rrtype *rrtype_find(uint16_t code);

/* The code for a mnemonic or "TYPE123" (case ignored), or -1. */
int rrtype_read(const char *text, size_t len);

/* Mnemonic, or TYPEnnn; NUL-terminated. Returns the length. */
enum { RRTYPE_TEXT_MAX = 16 };
size_t rrtype_print(uint16_t code, char out[RRTYPE_TEXT_MAX]);

#endif
