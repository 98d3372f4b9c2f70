/* scan.h -- a scan under way: between scanner.c, which goes through files and entries, and what it
 * calls (scanner_directive.c, scanner_generate.c, scanner_plain.c).
 *
 * Threads:   a struct scan belongs to one thread.
 * Memory:    owns its sources.
 * Errors:    faults become findings; the status is about memory and the receiver of the records.
 * Standards: as scanner.h.
 */
#ifndef GLUED_ZONES_SCAN_H
#define GLUED_ZONES_SCAN_H

#include "zones/line_index.h"
#include "zones/rdata.h"
#include "zones/scanner.h"
#include "zones/source.h"

enum {
	SCAN_TYPES = 64,
	SCAN_TOKENS_MAX = 64, /* of a plain line; one that has more is read as any other entry */
};

/* A type's mnemonic as it was written in a line before, and what it means. */
struct scan_type {
	uint64_t text; /* up to 8 octets, the first the lowest; 0: none yet */
	uint16_t rrtype;
	uint8_t form; /* enum plain_form */
};

struct scan {
	const struct scanner *scanner;
	const struct line_kernel *kernel;
	struct source *source; /* the innermost file; its parents behind it */
	struct scanner_part *part;
	uint32_t default_ttl; /* as struct scanner_state */
	uint32_t last_ttl;
	bool has_default_ttl;
	bool has_last_ttl;
	bool is_ended;      /* the part's text is */
	bool is_generating; /* the entry is $GENERATE's: all its places are the directive's */

	/* plain lines (scanner_plain.c) */
	const char *index_text; /* where the indexed text begins; NULL: none is indexed */
	size_t line_idx;        /* the next line of the index */
	const char *owner_text; /* of the record before, which is source->owner; NULL: not known */
	size_t owner_text_len;
	size_t owner_len;
	size_t origin_len; /* of source->origin */
	uint64_t ttl_text; /* a TTL that was met, as struct scan_type has its mnemonic ... */
	uint32_t ttl;      /* ... and what it says */
	struct scan_type types[SCAN_TYPES];

	/* written before they are read */
	struct line_index index;
	struct rdata_token tokens[SCAN_TOKENS_MAX];
	uint8_t rdata[RDATA_LEN_MAX];
};

/* What stands before the RDATA. */
struct head {
	const struct rdata_token *ttl_token; /* NULL: none given */
	uint32_t ttl;
	const struct rdata_token *type_token;
	uint16_t rrtype;
	size_t rdata_idx; /* of the first token of RDATA */
};

/* Findings at a token: the reason alone, or with the token quoted behind it. */
void scan_finding_at(struct scan *scan, enum finding_kind kind, const struct rdata_token *token,
		     const char *reason);
void scan_finding_of(struct scan *scan, enum finding_kind kind, const struct rdata_token *token,
		     const char *reason);

/* Something is missing: the place is right behind the entry's last token. */
void scan_finding_behind(struct scan *scan, enum finding_kind kind, const char *reason);

void scan_finding_of_pair(struct scan *scan);

/* Reads a name as owner or as a directive's argument: "@" is the origin. False: reported. */
bool scan_read_name(struct scan *scan, const struct rdata_token *token, uint8_t out[DNAME_LEN_MAX]);

/* RFC 2181 8. */
uint32_t scan_cap_ttl(struct scan *scan, uint32_t ttl, const struct rdata_token *token);

/* [TTL] [class] type, or [class] [TTL] type (RFC 1035 5.1), from this token on. */
bool scan_read_head(struct scan *scan, size_t token_idx, struct head *head);

/* The entry is a record: delivers it, or reports why it is none. */
NODISCARD enum status scan_record(struct scan *scan);

/* Is `rrtype` none that a zone holds? RFC 6895 3.1: 0 is reserved, 128 to 255 are for questions and
 * for meta records. */
bool scan_is_meta(uint16_t rrtype);

/* Reads lines as long as they are plain records (scanner_plain.c), and stops at the beginning of
 * one that isn't, or is not all there, or at which the part ends. A line with a fault is none. */
NODISCARD enum status scan_plain(struct scan *scan);

/* Is what stands at `at` behind the part's end? */
bool scan_is_over(const struct scan *scan, const char *at);

/* The entry is a directive (scanner_directive.c). */
NODISCARD enum status scan_directive(struct scan *scan);
bool scan_has_arguments(struct scan *scan, size_t min, size_t max);

/* A file was opened: whoever wants to know does. */
NODISCARD enum status scan_note_source(const struct scanner *scanner,
				       const struct source_text *text);

/* The entry is $GENERATE (scanner_generate.c). */
NODISCARD enum status scan_generate(struct scan *scan);

#endif
