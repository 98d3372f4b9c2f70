/* rrtype.c -- the table of RR types (its reader and writer of RDATA: rdata.c). */
#include "zones/rrtype.h"

#include <limits.h>
#include <stdio.h>
#include <strings.h>

/* Short for the rows below. */
#define CNAM RDATA_NAME_COMPRESSIBLE
#define NAME RDATA_NAME
#define U8 RDATA_U8
#define U16 RDATA_U16
#define U32 RDATA_U32
#define TTL RDATA_TTL
#define ALG RDATA_ALGORITHM
#define FLAGS RDATA_KEY_FLAGS
#define PROTO RDATA_KEY_PROTOCOL
#define IPV4 RDATA_IPV4
#define IPV6 RDATA_IPV6
#define STR RDATA_STRING
#define STRS RDATA_STRINGS
#define TAG RDATA_CAA_TAG
#define TEXT RDATA_TEXT_REST
#define HEX RDATA_HEX_REST
#define B64 RDATA_BASE64_REST
#define B64_OPT RDATA_BASE64_OPTIONAL
#define BITS_OPT RDATA_BITMAP_OPTIONAL
#define SIGNATURE RDATA_TYPE, ALG, U8, TTL, RDATA_TIME, RDATA_TIME, U16, NAME, B64
#define ONE RRTYPE_SINGLETON
#define META RRTYPE_META
#define LOW RRTYPE_FOLDED
#define SVC (RRTYPE_PAIRS | RRTYPE_ADDS_SVCB)
#define N0 RRTYPE_NO_ADDITIONAL

#define ROW_AT(index, type_code, mnemonic_text, type_flags, additional, ...) \
	[index] = {.code = (type_code), \
		   .mnemonic = (mnemonic_text), \
		   .flags = (type_flags), \
		   .additional_field = (additional), \
		   .fields = {__VA_ARGS__}}
#define ROW(type_code, ...) ROW_AT(type_code, type_code, __VA_ARGS__)

/* Names are compressible in the types of RFC 1035 only (RFC 3597 4), and in lower case in canonical
 * form in those that RFC 4034 6.2 lists, without NSEC (RFC 6840 5.1). */
const struct rrtype rrtype_rows[RRTYPE_ROWS] = {
    ROW(RRTYPE_A, "A", 0, N0, IPV4),                                           /* RFC 1035 3.4.1 */
    ROW(RRTYPE_NS, "NS", LOW, 0, CNAM),                                        /* RFC 1035 3.3.11 */
    ROW(3, "MD", LOW, 0, CNAM),                                                /* RFC 1035 3.3.4 */
    ROW(4, "MF", LOW, 0, CNAM),                                                /* RFC 1035 3.3.5 */
    ROW(RRTYPE_CNAME, "CNAME", ONE | LOW, N0, CNAM),                           /* RFC 1035 3.3.1 */
    ROW(RRTYPE_SOA, "SOA", ONE | LOW, 0, CNAM, CNAM, U32, TTL, TTL, TTL, TTL), /* RFC 1035 3.3.13 */
    ROW(7, "MB", LOW, 0, CNAM),                                                /* RFC 1035 3.3.3 */
    ROW(8, "MG", LOW, N0, CNAM),                                               /* RFC 1035 3.3.6 */
    ROW(9, "MR", LOW, N0, CNAM),                                               /* RFC 1035 3.3.8 */
    ROW(10, "NULL", 0, N0, RDATA_OPAQUE),                                      /* RFC 1035 3.3.10 */
    ROW(11, "WKS", 0, N0, IPV4, RDATA_WKS),                                    /* RFC 1035 3.4.2 */
    ROW(RRTYPE_PTR, "PTR", LOW, N0, CNAM),                                     /* RFC 1035 3.3.12 */
    ROW(RRTYPE_HINFO, "HINFO", 0, N0, STR, STR),                               /* RFC 1035 3.3.2 */
    ROW(14, "MINFO", LOW, N0, CNAM, CNAM),                                     /* RFC 1035 3.3.7 */
    ROW(RRTYPE_MX, "MX", LOW, 1, U16, CNAM),                                   /* RFC 1035 3.3.9 */
    ROW(RRTYPE_TXT, "TXT", 0, N0, STRS),                                       /* RFC 1035 3.3.14 */
    ROW(17, "RP", LOW, N0, NAME, NAME),                                        /* RFC 1183 2.2 */
    ROW(18, "AFSDB", LOW, 1, U16, NAME),                                       /* RFC 1183 1 */
    ROW(19, "X25", 0, N0, RDATA_PSDN),                                         /* RFC 1183 3.1 */
    ROW(20, "ISDN", 0, N0, STR, RDATA_STRING_OPTIONAL),                        /* RFC 1183 3.2 */
    ROW(21, "RT", LOW | RRTYPE_ADDS_ROUTES, 1, U16, NAME),                     /* RFC 1183 3.3 */
    ROW(22, "NSAP", 0, N0, RDATA_NSAP),                                        /* RFC 1706 5 */
    ROW(23, "NSAP-PTR", 0, N0, NAME),                                          /* RFC 1348 */
    ROW(RRTYPE_SIG, "SIG", LOW, N0, SIGNATURE),                                /* RFC 2535 4.1 */
    ROW(RRTYPE_KEY, "KEY", 0, N0, RDATA_KEY_HEAD, PROTO, ALG, B64_OPT),        /* RFC 2535 3.1 */
    ROW(26, "PX", LOW, N0, U16, NAME, NAME),                                   /* RFC 2163 4 */
    ROW(27, "GPOS", 0, N0, STR, STR, STR),                                     /* RFC 1712 3 */
    ROW(RRTYPE_AAAA, "AAAA", 0, N0, IPV6),                                     /* RFC 3596 2.1 */
    ROW(29, "LOC", 0, N0, RDATA_LOC),                                          /* RFC 1876 2 */
    ROW(RRTYPE_NXT, "NXT", LOW, N0, NAME, RDATA_BITMAP_NXT),                   /* RFC 2535 5.2 */
    ROW(31, "EID", 0, N0, HEX),                          /* draft-ietf-nimrod-dns 2.1 */
    ROW(32, "NIMLOC", 0, N0, HEX),                       /* draft-ietf-nimrod-dns 2.2 */
    ROW(RRTYPE_SRV, "SRV", LOW, 3, U16, U16, U16, NAME), /* RFC 2782 */
    ROW(34, "ATMA", 0, N0, RDATA_ATMA),                  /* af-saa-0069 5.2 */
    ROW(35, "NAPTR", LOW | RRTYPE_ADDS_NAPTR, 5, U16, U16, STR, STR, STR, NAME), /* RFC 3403 4.1 */
    ROW(36, "KX", LOW, 1, U16, NAME),                                            /* RFC 2230 3 */
    ROW(37, "CERT", 0, N0, RDATA_CERT_TYPE, U16, ALG, B64),                      /* RFC 4398 2 */
    ROW(38, "A6", LOW, N0, RDATA_A6, RDATA_NAME_OPTIONAL),                       /* RFC 2874 3.1 */
    ROW(RRTYPE_DNAME, "DNAME", ONE | LOW, N0, NAME),                             /* RFC 6672 2.1 */
    ROW(40, "SINK", 0, N0, U8, U8, U8, B64_OPT),                 /* draft-eastlake-kitchen-sink 2 */
    ROW(RRTYPE_OPT, "OPT", META, N0, RDATA_END),                 /* RFC 6891 6.1 */
    ROW(42, "APL", 0, N0, RDATA_APL),                            /* RFC 3123 4 */
    ROW(RRTYPE_DS, "DS", 0, N0, U16, ALG, RDATA_DS_DIGEST),      /* RFC 4034 5 */
    ROW(44, "SSHFP", 0, N0, U8, RDATA_SSHFP_FINGERPRINT),        /* RFC 4255 3 */
    ROW(45, "IPSECKEY", 0, N0, U8, RDATA_GATEWAY, B64_OPT),      /* RFC 4025 2 */
    ROW(RRTYPE_RRSIG, "RRSIG", LOW, N0, SIGNATURE),              /* RFC 4034 3 */
    ROW(RRTYPE_NSEC, "NSEC", 0, N0, NAME, RDATA_BITMAP),         /* RFC 4034 4 */
    ROW(RRTYPE_DNSKEY, "DNSKEY", 0, N0, FLAGS, PROTO, ALG, B64), /* RFC 4034 2 */
    ROW(49, "DHCID", 0, N0, B64),                                /* RFC 4701 3 */
    ROW(RRTYPE_NSEC3, "NSEC3", 0, N0, U8, U8, U16, RDATA_NSEC3_SALT, RDATA_NSEC3_HASH,
	BITS_OPT),                                                              /* RFC 5155 3 */
    ROW(RRTYPE_NSEC3PARAM, "NSEC3PARAM", 0, N0, U8, U8, U16, RDATA_NSEC3_SALT), /* RFC 5155 4 */
    ROW(52, "TLSA", 0, N0, U8, U8, U8, HEX),                                    /* RFC 6698 2 */
    ROW(53, "SMIMEA", 0, N0, U8, U8, U8, HEX),                                  /* RFC 8162 2 */
    ROW(55, "HIP", 0, N0, RDATA_HIP, RDATA_NAMES),                              /* RFC 8005 5 */
    ROW(56, "NINFO", 0, N0, STRS),                  /* draft-reid-dnsext-zs 2 */
    ROW(57, "RKEY", 0, N0, FLAGS, PROTO, ALG, B64), /* draft-reid-dnsext-rkey 2 */
    ROW(58, "TALINK", 0, N0, NAME, NAME),           /* draft-wijngaards-dnsop-trust-history */
    ROW(RRTYPE_CDS, "CDS", 0, N0, U16, ALG, RDATA_DS_DIGEST),           /* RFC 7344 3.1 */
    ROW(RRTYPE_CDNSKEY, "CDNSKEY", 0, N0, FLAGS, PROTO, ALG, B64),      /* RFC 7344 3.2 */
    ROW(61, "OPENPGPKEY", 0, N0, B64),                                  /* RFC 7929 2 */
    ROW(62, "CSYNC", 0, N0, U32, U16, BITS_OPT),                        /* RFC 7477 2.1 */
    ROW(RRTYPE_ZONEMD, "ZONEMD", 0, N0, U32, U8, RDATA_ZONEMD_DIGEST),  /* RFC 8976 2 */
    ROW(RRTYPE_SVCB, "SVCB", SVC, 1, U16, NAME, RDATA_SVC_PARAMS),      /* RFC 9460 2 */
    ROW(RRTYPE_HTTPS, "HTTPS", SVC, 1, U16, NAME, RDATA_SVC_PARAMS),    /* RFC 9460 9 */
    ROW(66, "DSYNC", 0, N0, RDATA_TYPE, RDATA_DSYNC_SCHEME, U16, NAME), /* RFC 9859 2 */
    ROW(67, "HHIT", 0, N0, B64),                                        /* RFC 9886 5.1 */
    ROW(68, "BRID", 0, N0, B64),                                        /* RFC 9886 5.2 */
    ROW(99, "SPF", 0, N0, STRS),                                        /* RFC 4408 3.1.1 */
    ROW(104, "NID", 0, N0, U16, RDATA_LOCATOR),                         /* RFC 6742 2.1 */
    ROW(105, "L32", 0, N0, U16, IPV4),                                  /* RFC 6742 2.2 */
    ROW(106, "L64", 0, N0, U16, RDATA_LOCATOR),                         /* RFC 6742 2.3 */
    ROW(107, "LP", RRTYPE_ADDS_LOCATORS, 1, U16, NAME),                 /* RFC 6742 2.4 */
    ROW(108, "EUI48", 0, N0, RDATA_EUI48),                              /* RFC 7043 3 */
    ROW(109, "EUI64", 0, N0, RDATA_EUI64),                              /* RFC 7043 4 */
    ROW(RRTYPE_NXNAME, "NXNAME", META, N0, RDATA_END),                  /* RFC 9824 2 */
    ROW(RRTYPE_TKEY, "TKEY", META, N0, RDATA_END),                      /* RFC 2930 2 */
    ROW(RRTYPE_TSIG, "TSIG", META, N0, RDATA_END),                      /* RFC 8945 4.2 */
    ROW(RRTYPE_IXFR, "IXFR", META, N0, RDATA_END),                      /* RFC 1995 2 */
    ROW(RRTYPE_AXFR, "AXFR", META, N0, RDATA_END),                      /* RFC 5936 2 */
    ROW(RRTYPE_MAILB, "MAILB", META, N0, RDATA_END),                    /* RFC 1035 3.2.3 */
    ROW(RRTYPE_MAILA, "MAILA", META, N0, RDATA_END),                    /* RFC 1035 3.2.3 */
    ROW(RRTYPE_ANY, "ANY", META, N0, RDATA_END),      /* RFC 1035 3.2.3, RFC 8482 */
    ROW(256, "URI", 0, N0, U16, U16, RDATA_URI_REST), /* RFC 7553 4 */
    ROW(RRTYPE_CAA, "CAA", 0, N0, U8, TAG, TEXT),     /* RFC 8659 4 */
    ROW(258, "AVC", 0, N0, STRS),                     /* IANA, Application Visibility and Control */
    ROW(260, "AMTRELAY", 0, N0, U8, RDATA_RELAY),     /* RFC 8777 4 */
    ROW(261, "RESINFO", 0, N0, STRS),                 /* RFC 9606 4 */
    ROW(262, "WALLET", 0, N0, STRS),                  /* IANA, public wallet address */
    ROW_AT(RRTYPE_ROWS_DENSE, RRTYPE_TA, "TA", 0, N0, U16, ALG,
	   RDATA_DS_DIGEST), /* draft-weiler-dnssec-dlv-iana */
    ROW_AT(RRTYPE_ROWS_DENSE + 1, RRTYPE_DLV, "DLV", 0, N0, U16, ALG,
	   RDATA_DS_DIGEST), /* RFC 4431 */
};

/* Codes by the first letter of their mnemonics, the common ones first: records of a zone file are
 * looked for here. The unit test holds it against the table. */
static const uint16_t by_letter[] = {
    RRTYPE_A,
    RRTYPE_AAAA,
    38,  /* A6 */
    18,  /* AFSDB */
    260, /* AMTRELAY */
    RRTYPE_ANY,
    42,  /* APL */
    34,  /* ATMA */
    258, /* AVC */
    RRTYPE_AXFR,
    68, /* BRID */
    RRTYPE_CNAME,
    RRTYPE_CAA,
    RRTYPE_CDNSKEY,
    RRTYPE_CDS,
    37, /* CERT */
    62, /* CSYNC */
    RRTYPE_DS,
    RRTYPE_DNSKEY,
    RRTYPE_DNAME,
    49, /* DHCID */
    RRTYPE_DLV,
    66,  /* DSYNC */
    31,  /* EID */
    108, /* EUI48 */
    109, /* EUI64 */
    27,  /* GPOS */
    RRTYPE_HTTPS,
    67, /* HHIT */
    RRTYPE_HINFO,
    55, /* HIP */
    45, /* IPSECKEY */
    20, /* ISDN */
    RRTYPE_IXFR,
    RRTYPE_KEY,
    36,  /* KX */
    105, /* L32 */
    106, /* L64 */
    29,  /* LOC */
    107, /* LP */
    RRTYPE_MX,
    RRTYPE_MAILA,
    RRTYPE_MAILB,
    7,  /* MB */
    3,  /* MD */
    4,  /* MF */
    8,  /* MG */
    14, /* MINFO */
    9,  /* MR */
    RRTYPE_NS,
    RRTYPE_NSEC,
    RRTYPE_NSEC3,
    35,  /* NAPTR */
    104, /* NID */
    32,  /* NIMLOC */
    56,  /* NINFO */
    22,  /* NSAP */
    23,  /* NSAP-PTR */
    RRTYPE_NSEC3PARAM,
    10, /* NULL */
    RRTYPE_NXNAME,
    RRTYPE_NXT,
    61, /* OPENPGPKEY */
    RRTYPE_OPT,
    RRTYPE_PTR,
    26, /* PX */
    RRTYPE_RRSIG,
    261, /* RESINFO */
    57,  /* RKEY */
    17,  /* RP */
    21,  /* RT */
    RRTYPE_SOA,
    RRTYPE_SRV,
    44, /* SSHFP */
    RRTYPE_SVCB,
    RRTYPE_SIG,
    40, /* SINK */
    53, /* SMIMEA */
    99, /* SPF */
    RRTYPE_TXT,
    52, /* TLSA */
    RRTYPE_TA,
    58, /* TALINK */
    RRTYPE_TKEY,
    RRTYPE_TSIG,
    256, /* URI */
    262, /* WALLET */
    11,  /* WKS */
    19,  /* X25 */
    RRTYPE_ZONEMD,
};

/* Where in by_letter those with the letters A to Z begin; the last is its end. */
static const uint8_t letter_begins[26 + 1] = {
    0,  10, 11, 17, 23, 26, 26, 27, 31, 34, 34, 36, 40, 49,
    62, 64, 66, 66, 71, 79, 85, 86, 86, 88, 89, 89, 90,
};

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

static bool
is_mnemonic(const char *text, size_t len, const char *mnemonic)
{
	for (size_t i = 0; i < len; i++) {
		char octet =
		    text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
		if (octet != mnemonic[i] || octet == '\0')
			return false;
	}
	return mnemonic[len] == '\0';
}

int
rrtype_read(const char *text, size_t len)
{
	unsigned letter = len > 0 ? ((unsigned)(uint8_t)text[0] | 0x20u) - 'a' : UINT_MAX;
	if (letter >= 26)
		return -1;
	for (size_t i = letter_begins[letter]; i < letter_begins[letter + 1]; i++) {
		if (is_mnemonic(text, len, rrtype_find(by_letter[i])->mnemonic))
			return by_letter[i];
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
