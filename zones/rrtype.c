/* rrtype.c -- the table of RR types (its reader and writer of RDATA: rdata.c). */
#include "zones/rrtype.h"

#include <stdio.h>
#include <strings.h>

/* Short for the rows below. */
#define CNAM RDATA_NAME_COMPRESSIBLE
#define NAME RDATA_NAME
#define U8 RDATA_U8
#define U16 RDATA_U16
#define U32 RDATA_U32
#define TTL RDATA_TTL
#define IPV4 RDATA_IPV4
#define IPV6 RDATA_IPV6
#define STR RDATA_STRING
#define STRS RDATA_STRINGS
#define TAG RDATA_CAA_TAG
#define TEXT RDATA_TEXT_REST
#define HEX RDATA_HEX_REST
#define ONE RRTYPE_SINGLETON
#define META RRTYPE_META
#define N0 RRTYPE_NO_ADDITIONAL

enum { ROWS_COUNT = 512 };

#define ROW(type_code, mnemonic_text, type_flags, additional, ...) \
	[type_code] = {.code = (type_code), \
		       .mnemonic = (mnemonic_text), \
		       .flags = (type_flags), \
		       .additional_field = (additional), \
		       .fields = {__VA_ARGS__}}

/* Indexed by code. Names are compressible in the types of RFC 1035 only (RFC 3597 4). Every type
 * here that holds names is one whose names RFC 4034 6.2 folds; rdata_compare() relies on it. */
static const struct rrtype rows[ROWS_COUNT] = {
    ROW(RRTYPE_A, "A", 0, N0, IPV4),                                     /* RFC 1035 3.4.1 */
    ROW(RRTYPE_NS, "NS", 0, 0, CNAM),                                    /* RFC 1035 3.3.11 */
    ROW(3, "MD", 0, 0, CNAM),                                            /* RFC 1035 3.3.4 */
    ROW(4, "MF", 0, 0, CNAM),                                            /* RFC 1035 3.3.5 */
    ROW(RRTYPE_CNAME, "CNAME", ONE, N0, CNAM),                           /* RFC 1035 3.3.1 */
    ROW(RRTYPE_SOA, "SOA", ONE, 0, CNAM, CNAM, U32, TTL, TTL, TTL, TTL), /* RFC 1035 3.3.13 */
    ROW(7, "MB", 0, 0, CNAM),                                            /* RFC 1035 3.3.3 */
    ROW(8, "MG", 0, N0, CNAM),                                           /* RFC 1035 3.3.6 */
    ROW(9, "MR", 0, N0, CNAM),                                           /* RFC 1035 3.3.8 */
    ROW(RRTYPE_PTR, "PTR", 0, N0, CNAM),                                 /* RFC 1035 3.3.12 */
    ROW(RRTYPE_HINFO, "HINFO", 0, N0, STR, STR),                         /* RFC 1035 3.3.2 */
    ROW(14, "MINFO", 0, N0, CNAM, CNAM),                                 /* RFC 1035 3.3.7 */
    ROW(RRTYPE_MX, "MX", 0, 1, U16, CNAM),                               /* RFC 1035 3.3.9 */
    ROW(RRTYPE_TXT, "TXT", 0, N0, STRS),                                 /* RFC 1035 3.3.14 */
    ROW(17, "RP", 0, N0, NAME, NAME),                                    /* RFC 1183 2.2 */
    ROW(18, "AFSDB", 0, 1, U16, NAME),                                   /* RFC 1183 1 */
    ROW(19, "X25", 0, N0, STR),                                          /* RFC 1183 3.1 */
    ROW(21, "RT", 0, 1, U16, NAME),                                      /* RFC 1183 3.3 */
    ROW(26, "PX", 0, N0, U16, NAME, NAME),                               /* RFC 2163 4 */
    ROW(27, "GPOS", 0, N0, STR, STR, STR),                               /* RFC 1712 3 */
    ROW(RRTYPE_AAAA, "AAAA", 0, N0, IPV6),                               /* RFC 3596 2.1 */
    ROW(RRTYPE_SRV, "SRV", 0, 3, U16, U16, U16, NAME),                   /* RFC 2782 */
    ROW(35, "NAPTR", 0, N0, U16, U16, STR, STR, STR, NAME),              /* RFC 3403 4.1 */
    ROW(36, "KX", 0, 1, U16, NAME),                                      /* RFC 2230 3 */
    ROW(RRTYPE_DNAME, "DNAME", ONE, N0, NAME),                           /* RFC 6672 2.1 */
    ROW(RRTYPE_OPT, "OPT", META, N0, RDATA_END),                         /* RFC 6891 6.1 */
    ROW(RRTYPE_DS, "DS", 0, N0, U16, U8, U8, HEX),                       /* RFC 4034 5 */
    ROW(44, "SSHFP", 0, N0, U8, U8, HEX),                                /* RFC 4255 3 */
    ROW(52, "TLSA", 0, N0, U8, U8, U8, HEX),                             /* RFC 6698 2 */
    ROW(53, "SMIMEA", 0, N0, U8, U8, U8, HEX),                           /* RFC 8162 2 */
    ROW(59, "CDS", 0, N0, U16, U8, U8, HEX),                             /* RFC 7344 3.1 */
    ROW(63, "ZONEMD", 0, N0, U32, U8, U8, HEX),                          /* RFC 8976 2 */
    ROW(99, "SPF", 0, N0, STRS),                                         /* RFC 4408 3.1.1 */
    ROW(RRTYPE_TKEY, "TKEY", META, N0, RDATA_END),                       /* RFC 2930 2 */
    ROW(RRTYPE_TSIG, "TSIG", META, N0, RDATA_END),                       /* RFC 8945 4.2 */
    ROW(RRTYPE_IXFR, "IXFR", META, N0, RDATA_END),                       /* RFC 1995 2 */
    ROW(RRTYPE_AXFR, "AXFR", META, N0, RDATA_END),                       /* RFC 5936 2 */
    ROW(RRTYPE_MAILB, "MAILB", META, N0, RDATA_END),                     /* RFC 1035 3.2.3 */
    ROW(RRTYPE_MAILA, "MAILA", META, N0, RDATA_END),                     /* RFC 1035 3.2.3 */
    ROW(RRTYPE_ANY, "ANY", META, N0, RDATA_END),  /* RFC 1035 3.2.3, RFC 8482 */
    ROW(256, "URI", 0, N0, U16, U16, TEXT),       /* RFC 7553 4 */
    ROW(RRTYPE_CAA, "CAA", 0, N0, U8, TAG, TEXT), /* RFC 8659 4 */
};

/* Codes in the order of their mnemonics, for the binary search that each record of a zone file
 * takes; the unit test holds it against the table. */
static const uint16_t by_mnemonic[] = {
    RRTYPE_A,
    RRTYPE_AAAA,
    18, /* AFSDB */
    RRTYPE_ANY,
    RRTYPE_AXFR,
    RRTYPE_CAA,
    59, /* CDS */
    RRTYPE_CNAME,
    RRTYPE_DNAME,
    RRTYPE_DS,
    27, /* GPOS */
    RRTYPE_HINFO,
    RRTYPE_IXFR,
    36, /* KX */
    RRTYPE_MAILA,
    RRTYPE_MAILB,
    7,  /* MB */
    3,  /* MD */
    4,  /* MF */
    8,  /* MG */
    14, /* MINFO */
    9,  /* MR */
    RRTYPE_MX,
    35, /* NAPTR */
    RRTYPE_NS,
    RRTYPE_OPT,
    RRTYPE_PTR,
    26, /* PX */
    17, /* RP */
    21, /* RT */
    53, /* SMIMEA */
    RRTYPE_SOA,
    99, /* SPF */
    RRTYPE_SRV,
    44, /* SSHFP */
    RRTYPE_TKEY,
    52, /* TLSA */
    RRTYPE_TSIG,
    RRTYPE_TXT,
    256, /* URI */
    19,  /* X25 */
    63,  /* ZONEMD */
};

const struct rrtype *
rrtype_find(uint16_t code)
{
	if (code >= ROWS_COUNT || rows[code].mnemonic == NULL)
		return NULL;
	return &rows[code];
}

/* TYPE123, RFC 3597 5. */
static int
read_generic(const char *text, size_t len)
{
	if (len < 5 || len > 9 || strncasecmp(text, "TYPE", 4) != 0)
		return -1;
	int code = 0;
	for (size_t i = 4; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		code = code * 10 + (text[i] - '0');
	}
	return code <= UINT16_MAX ? code : -1;
}

int
rrtype_read(const char *text, size_t len)
{
	size_t low = 0;
	size_t high = ARRAY_LEN(by_mnemonic);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *mnemonic = rows[by_mnemonic[middle]].mnemonic;
		int order = strncasecmp(text, mnemonic, len);
		if (order == 0 && strlen(mnemonic) == len)
			return by_mnemonic[middle];
		/* Equal so far, and the mnemonic goes on: the text sorts before it. */
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return read_generic(text, len);
}

size_t
rrtype_print(uint16_t code, char out[RRTYPE_TEXT_MAX])
{
	const struct rrtype *row = rrtype_find(code);
	int len = row != NULL ? snprintf(out, RRTYPE_TEXT_MAX, "%s", row->mnemonic)
			      : snprintf(out, RRTYPE_TEXT_MAX, "TYPE%u", code);
	return (size_t)len;
}
