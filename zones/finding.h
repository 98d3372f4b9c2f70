/* finding.h -- what reading and checking a zone found: errors that refuse it, warnings that name a
 * record.
 *
 * Threads:   a struct findings belongs to one thread at a time (the pool's while a zone is read,
 *            then control's).
 * Memory:    owns its entries until findings_fini(); of one kind at most FINDINGS_PER_KIND_MAX or
 *            FINDINGS_BY_NAME_MAX entries are kept, the rest only counted.
 * Errors:    running out of memory loses the text, never the count.
 * Standards: none.
 */
#ifndef GLUED_ZONES_FINDING_H
#define GLUED_ZONES_FINDING_H

#include "zones/base.h"

enum {
	/* Enough to see the pattern of a systematic mistake; more hides the others. */
	FINDINGS_PER_KIND_MAX = 20,
	/* What names a delegation that will fail, or a server that can't be reached (Q160459,
	 * Q244132), is a work list: all of it, up to what a log and a reply can bear. */
	FINDINGS_BY_NAME_MAX = 10000,
};

enum finding_severity { FINDING_ERROR, FINDING_WARNING };

/* One row a kind: identifier, severity, what it means. The identifier is stable: tests and logs use
 * it. */
#define FINDING_KINDS(X) \
	X(IO, ERROR, "file cannot be read") \
	X(SYNTAX, ERROR, "text that is no record and no directive") \
	X(NAME, ERROR, "malformed domain name") \
	X(RDATA, ERROR, "malformed RDATA") \
	X(TTL, ERROR, "malformed TTL, or none given and no default") \
	X(TTL_LARGE, WARNING, "TTL above 2^31-1, taken as zero (RFC 2181 8)") \
	X(CLASS, ERROR, "a class that is not the zone's") \
	X(TYPE, ERROR, "unknown or meta type") \
	X(INCLUDE, ERROR, "$INCLUDE cannot be followed") \
	X(OUT_OF_ZONE, ERROR, "owner outside the zone") \
	X(SOA_MISSING, ERROR, "no SOA at the apex") \
	X(SOA_MULTIPLE, ERROR, "more than one SOA") \
	X(SOA_NOT_AT_APEX, ERROR, "SOA below the apex") \
	X(NS_MISSING, ERROR, "no NS at the apex") \
	X(CNAME_AND_OTHER, ERROR, "CNAME beside other data") \
	X(SINGLETON, ERROR, "several records of a type that allows one") \
	X(RRSET_LARGE, ERROR, "more records in an RRset than a version counts") \
	X(TTL_MISMATCH, WARNING, "TTLs differ within an RRset; the smallest is used") \
	X(DUPLICATE, WARNING, "record given twice") \
	X(DNAME_AND_NS, ERROR, "DNAME beside NS below the apex (RFC 6672 2.3)") \
	X(DNAME_AND_BELOW, ERROR, "data below a DNAME") \
	X(NSEC3_AND_OTHER, ERROR, "NSEC3 beside other data, its owner being a hash") \
	X(GLUE_MISSING, WARNING, "delegation needs glue and has none (Q160459)") \
	X(TARGET_MISSING, WARNING, "in-zone name server or mail target without address") \
	X(TARGET_ALIAS, WARNING, "name server or mail target is an alias (RFC 2181 10.3)") \
	X(ADDRESS_UNREACHABLE, WARNING, "name server at an address nobody can reach (Q244132)") \
	X(OCCLUDED, WARNING, "data hidden below a zone cut or DNAME") \
	X(SOA_UNSIGNED, WARNING, "DNSSEC records, but an apex without signatures") \
	X(DNSKEY_MISSING, WARNING, "signed zone without a DNSKEY") \
	X(DNSKEY_UNUSABLE, WARNING, "DNSKEY that nothing can be verified with here") \
	X(DNSKEY_SEP, WARNING, "keys meant for the parent's DS, and signed by none of them") \
	X(RRSIG_MISSING, WARNING, "RRset without a signature (RFC 4035 2.2)") \
	X(RRSIG_EXPIRED, WARNING, "signature that has expired") \
	X(RRSIG_EARLY, WARNING, "signature that is not valid yet") \
	X(RRSIG_KEY, WARNING, "signature by no key of the zone") \
	X(RRSIG_FIELD, WARNING, "signature whose signer, labels or TTL is not the RRset's") \
	X(RRSIG_INVALID, WARNING, "signature that does not verify") \
	X(RRSIG_ORPHAN, WARNING, "signature of records that are not there") \
	X(RRSIG_FOREIGN, WARNING, "signature of what is not the zone's to sign") \
	X(DS_AT_APEX, WARNING, "DS at the apex") \
	X(DS_WITHOUT_NS, WARNING, "DS where there is no delegation (RFC 4035 2.4)") \
	X(CDS, WARNING, "CDS or CDNSKEY that a parent must not follow (RFC 7344, 8078)") \
	X(DENIAL_MISSING, WARNING, "signed zone with neither NSEC nor NSEC3") \
	X(DENIAL_BOTH, WARNING, "both NSEC and NSEC3") \
	X(NSEC_MISSING, WARNING, "name without NSEC (RFC 4035 2.3)") \
	X(NSEC_SUPERFLUOUS, WARNING, "NSEC where none belongs") \
	X(NSEC_MULTIPLE, WARNING, "more than one NSEC at a name") \
	X(NSEC_CHAIN, WARNING, "NSEC that does not name the next name") \
	X(NSEC_BITMAP, WARNING, "NSEC that does not list the types at its name") \
	X(NSEC3_PARAMETERS, WARNING, "NSEC3 and NSEC3PARAM that do not agree") \
	X(NSEC3_COST, WARNING, "NSEC3 with iterations or salt (RFC 9276)") \
	X(NSEC3_LIMIT, ERROR, "NSEC3 with more iterations than are to be served (RFC 9276 3.2)") \
	X(NSEC3_MISSING, WARNING, "name without NSEC3 (RFC 5155 7.1)") \
	X(NSEC3_ORPHAN, WARNING, "NSEC3 of no name") \
	X(NSEC3_MULTIPLE, WARNING, "more than one NSEC3 of a chain for a hash") \
	X(NSEC3_CHAIN, WARNING, "NSEC3 that does not name the next hash") \
	X(NSEC3_BITMAP, WARNING, "NSEC3 that does not list the types at its name") \
	X(ZONEMD_DIGEST, ERROR, "digest that is not the zone's (RFC 8976)") \
	X(ZONEMD_SERIAL, ERROR, "digest of another serial (RFC 8976)") \
	X(ZONEMD_UNVERIFIED, WARNING, "digest that cannot be verified (RFC 8976 4)")

enum finding_kind {
#define FINDING_ENUM(name, severity, help) FINDING_##name,
	FINDING_KINDS(FINDING_ENUM)
#undef FINDING_ENUM
	    FINDING_KIND_COUNT
};

struct finding {
	enum finding_kind kind;
	char *file; /* NULL where no file is to blame */
	uint32_t line;
	uint32_t column;
	char *text;
};

struct findings {
	struct finding *entries;
	size_t entry_count;
	size_t entry_cap;
	size_t kind_counts[FINDING_KIND_COUNT]; /* all of them, kept or not */
	size_t error_count;
	size_t warning_count;
};

void findings_init(struct findings *findings);
void findings_fini(struct findings *findings);

enum finding_severity finding_severity(enum finding_kind kind);

/* `file` is copied. Line and column count from 1; 0 means unknown. */
void findings_add(struct findings *findings, enum finding_kind kind, const char *file,
		  uint32_t line, uint32_t column, const char *format, ...) PRINTF_LIKE(6, 7);

/* Appends all of `from`, which is empty then, as if they had been added to `into` in the first
 * place. Those at lines that are LINE_PROVISIONAL (scanner.h) stand behind line `first_line`. */
void findings_move(struct findings *into, struct findings *from, uint32_t first_line);

/* "FILE:LINE:COLUMN: error|warning: text" into `out`; returns its length as snprintf does. */
size_t finding_print(const struct finding *finding, char *out, size_t cap);

#endif
