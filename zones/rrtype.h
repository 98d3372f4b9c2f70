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

/* The fields that RDATA is made of: what each can do is in rdata_codec.c. A row lists them in wire
 * order; presentation order is the same. A field that depends on one before it (the kind of a
 * gateway, the length of a prefix) takes that one in, so that each can be measured alone.
 */
enum rdata_field {
	RDATA_END = 0,

	/* names */
	RDATA_NAME_COMPRESSIBLE, /* of a type in RFC 1035: compressed in answers (RFC 3597 4) */
	RDATA_NAME,              /* never compressed */
	RDATA_NAME_OPTIONAL,     /* one, or the RDATA's end (A6) */
	RDATA_NAMES,             /* any number, to the end (HIP) */

	/* numbers, some with mnemonics */
	RDATA_U8,
	RDATA_U16,
	RDATA_U32,
	RDATA_TTL,          /* 32 bits; units allowed in presentation form */
	RDATA_TIME,         /* 32 bits; a date in presentation form, RFC 4034 3.2 */
	RDATA_TYPE,         /* 16 bits; an RR type's mnemonic */
	RDATA_ALGORITHM,    /* 8 bits; DNSSEC's */
	RDATA_CERT_TYPE,    /* 16 bits; RFC 4398 2.1 */
	RDATA_KEY_FLAGS,    /* 16 bits; RFC 2535 3.1.2 */
	RDATA_KEY_HEAD,     /* the same in KEY itself, where they say whether a key follows */
	RDATA_KEY_PROTOCOL, /* 8 bits; RFC 2535 3.1.3 */
	RDATA_DSYNC_SCHEME, /* 8 bits; RFC 9859 2.1 */

	/* addresses and places */
	RDATA_IPV4,    /* 4 octets */
	RDATA_IPV6,    /* 16 octets */
	RDATA_EUI48,   /* 6 octets, RFC 7043 3 */
	RDATA_EUI64,   /* 8 octets, RFC 7043 4 */
	RDATA_LOCATOR, /* 8 octets, RFC 6742 2.1 */
	RDATA_NSAP,    /* octets to the end, RFC 1706 6 */
	RDATA_ATMA,    /* format and address, af-saa-0069 5.2 */
	RDATA_A6,      /* prefix length and address suffix, RFC 2874 3.1 */
	RDATA_LOC,     /* all of LOC, RFC 1876 2 */
	RDATA_APL,     /* any number of address prefixes, RFC 3123 4 */
	RDATA_WKS,     /* protocol and bit map of ports, RFC 1035 3.4.2 */
	RDATA_GATEWAY, /* kind, algorithm, gateway, RFC 4025 2 */
	RDATA_RELAY,   /* discovery bit and kind, relay, RFC 8777 4 */

	/* text */
	RDATA_STRING,          /* one character-string */
	RDATA_STRING_OPTIONAL, /* one, or the RDATA's end (ISDN) */
	RDATA_STRINGS,         /* one or more, to the end */
	RDATA_PSDN,            /* a character-string of four digits or more, RFC 1183 3.1 */
	RDATA_CAA_TAG,         /* a length octet and that many letters and digits, RFC 8659 4.1 */
	RDATA_TEXT_REST,       /* octets to the end, presented as one quoted string (CAA's value) */
	RDATA_URI_REST,        /* the same, at least one (RFC 7553 4.4) */

	/* octets */
	RDATA_HEX_REST,          /* to the end, in hexadecimal */
	RDATA_BASE64_REST,       /* to the end, at least one, in base 64 */
	RDATA_BASE64_OPTIONAL,   /* to the end, in base 64 */
	RDATA_DS_DIGEST,         /* digest type, digest to the end: its length is checked */
	RDATA_SSHFP_FINGERPRINT, /* the same for SSHFP, RFC 4255 3.1.2 */
	RDATA_ZONEMD_DIGEST,     /* the same for ZONEMD, RFC 8976 2.2.3 */
	RDATA_NSEC3_SALT,        /* a length octet and that many, in hexadecimal or "-" */
	RDATA_NSEC3_HASH,        /* a length octet and that many, in base 32 */
	RDATA_BITMAP,            /* types, to the end, RFC 4034 4.1.2 */
	RDATA_BITMAP_OPTIONAL,   /* the same, or none (an empty non-terminal's NSEC3) */
	RDATA_BITMAP_NXT,        /* types, to the end, RFC 2535 5.2 */
	RDATA_HIP,               /* identity tag and public key, RFC 8005 5 */
	RDATA_SVC_PARAMS,        /* to the end, RFC 9460 2.2 */
	RDATA_OPAQUE,            /* to the end, written as RFC 3597 has it (NULL) */
	RDATA_FIELD_COUNT
};

enum { RDATA_FIELDS_MAX = 10, RRTYPE_NO_ADDITIONAL = -1 };

enum rrtype_flag {
	RRTYPE_SINGLETON = 1u << 0, /* at most one record of it in an RRset: CNAME, DNAME, SOA */
	RRTYPE_META = 1u << 1,      /* never zone data: OPT, TSIG, AXFR, ANY, ... */
	RRTYPE_FOLDED = 1u << 2,    /* names in lower case in canonical form: RFC 4034 6.2 */
	RRTYPE_PAIRS = 1u << 3,     /* RDATA has tokens of the form key="value" */

	/* What additional-section processing adds for the name of additional_field, if not just
	 * addresses; see rdata_additional(). */
	RRTYPE_ADDS_ROUTES = 1u << 4,   /* X25 and ISDN as well, RFC 1183 3.3 */
	RRTYPE_ADDS_LOCATORS = 1u << 5, /* L32 and L64, RFC 6742 2.4 */
	RRTYPE_ADDS_NAPTR = 1u << 6,    /* as NAPTR's flags say, RFC 3403 4.2.1 */
	RRTYPE_ADDS_SVCB = 1u << 7,     /* as SVCB's priority says, RFC 9460 4.1 */
};

struct rrtype {
	uint16_t code;
	const char *mnemonic;
	unsigned flags;
	/* Index of the name field that additional-section processing looks up, or
	 * RRTYPE_NO_ADDITIONAL. SOA's is its MNAME (KB838151). */
	int additional_field;
	enum rdata_field fields[RDATA_FIELDS_MAX + 1]; /* ends with RDATA_END */
};

enum {
	/* Where codes lie close together, a row's index is its code; TA and DLV follow behind. */
	RRTYPE_ROWS_DENSE = 512,
	RRTYPE_TA = 32768,
	RRTYPE_DLV = 32769,
	RRTYPE_ROWS = RRTYPE_ROWS_DENSE + 2,
};

/* The table; rows without a mnemonic are none. */
extern const struct rrtype rrtype_rows[RRTYPE_ROWS];

/* The row of a type, or NULL if there is none. */
static inline const struct rrtype *
rrtype_find(uint16_t code)
{
	size_t index = code;
	if (unlikely(code >= RRTYPE_ROWS_DENSE)) {
		if (code != RRTYPE_TA && code != RRTYPE_DLV)
			return NULL;
		index = RRTYPE_ROWS_DENSE + (size_t)(code - RRTYPE_TA);
	}
	return rrtype_rows[index].mnemonic != NULL ? &rrtype_rows[index] : NULL;
}

/* The code for a mnemonic or "TYPE123" (case ignored), or -1. */
int rrtype_read(const char *text, size_t len);

/* Mnemonic, or TYPEnnn; NUL-terminated. Returns the length. */
enum { RRTYPE_TEXT_MAX = 16 };
size_t rrtype_print(uint16_t code, char out[RRTYPE_TEXT_MAX]);

#endif
