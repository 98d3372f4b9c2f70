/* dns.h -- the protocol's constants: limits, header, codes from IANA's registries.
 *
 * Threads:   any.
 * Memory:    none.
 * Errors:    none.
 * Standards: RFC 1035, 2136 2.2, 3597, 6891, 7873, 8914; IANA "Domain Name System (DNS)
 * Parameters".
 */
#ifndef GLUED_ZONES_DNS_H
#define GLUED_ZONES_DNS_H

enum dns_limit {
	DNAME_LEN_MAX = 255,      /* RFC 1035 2.3.4, the root's octet included */
	LABEL_LEN_MAX = 63,       /* RFC 1035 2.3.4 */
	LABELS_MAX = 127,         /* 127 labels of one octet and the root fill 255 octets */
	MESSAGE_LEN_MAX = 65535,  /* the length prefix over TCP, RFC 1035 4.2.2 */
	MESSAGE_LEN_PLAIN = 512,  /* over UDP without EDNS, RFC 1035 4.2.1 */
	POINTER_OFF_MAX = 0x3fff, /* RFC 1035 4.1.4 */
	RDATA_LEN_MAX = 65535,

	/* Longer chains in one zone are the zone's mistake; the resolver goes on from the last
	 * target (RFC 1034 3.6.2 asks that loops end). Each link may be one more pointer to follow
	 * in the names behind it, and clients give up on names of more than 16 (dnspython). */
	CNAME_CHAIN_MAX = 13,
};

/* The header, RFC 1035 4.1.1. */
enum dns_header {
	HEADER_ID_OFF = 0,
	HEADER_FLAGS_OFF = 2,
	HEADER_QDCOUNT_OFF = 4,
	HEADER_ANCOUNT_OFF = 6,
	HEADER_NSCOUNT_OFF = 8,
	HEADER_ARCOUNT_OFF = 10,
	HEADER_LEN = 12,
	QUESTION_FIXED_LEN = 4, /* QTYPE and QCLASS after the QNAME */
	RR_FIXED_LEN = 10,      /* TYPE, CLASS, TTL, RDLENGTH after the owner */
	POINTER_LEN = 2,
	POINTER_MARK = 0xc0,  /* of its first octet, RFC 1035 4.1.4 */
	OPT_FIXED_LEN = 11,   /* an OPT record without options, RFC 6891 6.1.2 */
	OPTION_FIXED_LEN = 4, /* OPTION-CODE and OPTION-LENGTH before an option's data */
};

enum dns_flag {
	FLAG_QR = 0x8000,
	FLAG_OPCODE = 0x7800,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_Z = 0x0040,
	FLAG_AD = 0x0020,
	FLAG_CD = 0x0010,
	FLAG_RCODE = 0x000f,
	FLAG_OPCODE_SHIFT = 11,
	EDNS_FLAG_DO = 0x8000, /* RFC 3225, in the low half of OPT's TTL */
};

enum dns_opcode {
	OPCODE_QUERY = 0,
	OPCODE_IQUERY = 1,
	OPCODE_STATUS = 2,
	OPCODE_NOTIFY = 4,
	OPCODE_UPDATE = 5,
	OPCODE_DSO = 6,
};

enum dns_rcode {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_YXDOMAIN = 6,
	RCODE_YXRRSET = 7,
	RCODE_NXRRSET = 8,
	RCODE_NOTAUTH = 9,
	RCODE_NOTZONE = 10,
	/* extended: their upper bits travel in OPT, RFC 6891 6.1.3 */
	RCODE_BADVERS = 16,
	RCODE_BADCOOKIE = 23, /* RFC 7873 */
};

enum dns_edns_option {
	EDNS_NSID = 3,         /* RFC 5001 */
	EDNS_EXPIRE = 9,       /* RFC 7314 */
	EDNS_COOKIE = 10,      /* RFC 7873 */
	EDNS_KEEPALIVE = 11,   /* RFC 7828 */
	EDNS_EDE = 15,         /* RFC 8914 */
	EDNS_ZONEVERSION = 19, /* RFC 9660 */
};

/* RFC 8914 4: those that we have a reason to send. */
enum dns_ede {
	EDE_PROHIBITED = 18,
	EDE_NOT_AUTHORITATIVE = 20,
	EDE_NOT_SUPPORTED = 21,
	EDE_INVALID_DATA = 24,
};

enum dns_class {
	RRCLASS_IN = 1,
	RRCLASS_CH = 3,
	RRCLASS_HS = 4,
	RRCLASS_NONE = 254,
	RRCLASS_ANY = 255,
};

/* The types that the code treats by name; all others are rows of rrtype.c only. */
enum dns_rrtype {
	RRTYPE_A = 1,
	RRTYPE_NS = 2,
	RRTYPE_CNAME = 5,
	RRTYPE_SOA = 6,
	RRTYPE_PTR = 12,
	RRTYPE_HINFO = 13,
	RRTYPE_MX = 15,
	RRTYPE_TXT = 16,
	RRTYPE_SIG = 24,
	RRTYPE_KEY = 25,
	RRTYPE_AAAA = 28,
	RRTYPE_NXT = 30,
	RRTYPE_SRV = 33,
	RRTYPE_DNAME = 39,
	RRTYPE_OPT = 41,
	RRTYPE_DS = 43,
	RRTYPE_RRSIG = 46,
	RRTYPE_NSEC = 47,
	RRTYPE_DNSKEY = 48,
	RRTYPE_NSEC3 = 50,
	RRTYPE_NSEC3PARAM = 51,
	RRTYPE_CDS = 59,
	RRTYPE_CDNSKEY = 60,
	RRTYPE_ZONEMD = 63,
	RRTYPE_SVCB = 64,
	RRTYPE_HTTPS = 65,
	RRTYPE_NXNAME = 128,
	RRTYPE_TKEY = 249,
	RRTYPE_TSIG = 250,
	RRTYPE_IXFR = 251,
	RRTYPE_AXFR = 252,
	RRTYPE_MAILB = 253,
	RRTYPE_MAILA = 254,
	RRTYPE_ANY = 255,
	RRTYPE_CAA = 257,
};

#endif
