/* scanner.h -- zone file (master file) to records, one at a time.
 *
 * Threads:   one call runs on one thread; calls are independent.
 * Memory:    what a callback is handed lives until it returns.
 * Errors:    each fault becomes a finding with file, line and column; scanning goes on with the
 *            next entry, so that one run reports them all.
 * Standards: RFC 1035 5.1; RFC 2308 4 ($TTL); RFC 3597 5; RFC 4343 2.1.
 *
 * What the RFCs leave open is done as BIND and NSD do it: $INCLUDE gives the parent its origin and
 * its last owner back, while $TTL outlives the file it stands in; a record without a TTL takes
 * $TTL, else the last TTL given, else (a SOA) its own minimum, which then serves the rest.
 * $GENERATE is BIND's (generate.h); the owner before it is the owner after it.
 */
#ifndef GLUED_ZONES_SCANNER_H
#define GLUED_ZONES_SCANNER_H

#include "zones/error.h"
#include "zones/finding.h"
#include "zones/line_index.h"
#include "zones/source.h"

struct scanner_record {
	const uint8_t *owner; /* wire form, case as written */
	size_t owner_len;
	bool is_same_owner; /* as the record's before, octet for octet; false says nothing */
	const uint8_t *rdata;
	const char *file;
	uint32_t ttl;  /* seconds; above 2^31-1 reads as 0 (RFC 2181 8) */
	uint32_t line; /* of its first token, both from 1 */
	uint32_t column;
	uint16_t rrtype;
	uint16_t rdlen;
};

/* Deeper nesting of $INCLUDE is a mistake; loops are found before. NSD allows 10, Knot 64. */
enum { INCLUDE_DEPTH_MAX = 32 };

/* Returns STATUS_OK to go on; anything else ends the scan with that status. */
typedef enum status (*scanner_record_fn)(void *context, const struct scanner_record *record);

struct scanner {
	const char *path; /* of the file; $INCLUDE is relative to the including file's directory */
	const uint8_t *origin; /* the first $ORIGIN */
	scanner_record_fn record;
	void *context;
	struct findings *findings;
	struct source_list *sources;      /* is told of each file that is read; NULL: nobody asks */
	const struct line_kernel *kernel; /* NULL: the best that the processor has */
};

/* STATUS_OK once all was read, with or without findings. */
NODISCARD enum status scanner_run(const struct scanner *scanner);

/* The same for text in memory; scanner->path is the name that findings carry. */
NODISCARD enum status scanner_run_text(const struct scanner *scanner, const char *text, size_t len);

/* The rest is for reading parts of one text side by side (zone_read.c). */

/* What a record may depend on that stands before it. */
struct scanner_state {
	uint64_t off;         /* of the line that is read next */
	uint32_t line;        /* its number */
	uint32_t default_ttl; /* $TTL, or the SOA's minimum in its place */
	uint32_t last_ttl;    /* the last one that a record gave */
	bool has_default_ttl;
	bool has_last_ttl;
	bool has_owner;
	bool is_owner_faulty;
	uint8_t origin[DNAME_LEN_MAX];
	uint8_t owner[DNAME_LEN_MAX];
};

/* Lines of a part whose first line's number is not known yet count from here. No file is that
 * long. */
#define LINE_PROVISIONAL (1u << 31)

/* A part of a text: the entries from `state.off` to the first line at or behind stop_off that
 * begins a record with an owner of its own. */
struct scanner_part {
	uint64_t stop_off;
	/* The state is a guess: the part begins at the first line behind state.off that looks as
	 * if it began a record with its own owner, and its lines are LINE_PROVISIONAL. */
	bool is_guess;

	/* in and out */
	struct scanner_state state;

	/* out: the guess, what of it the part depends on, and what it set itself */
	struct scanner_state guess;
	uint64_t begin_off;
	bool is_failed;     /* no guess: nothing was read */
	bool is_unreadable; /* the text could not be read on: it ends here for all parts */
	bool needs_origin;
	bool needs_ttl;
	bool needs_owner;
	bool sets_origin;
	bool sets_default_ttl;
	bool sets_last_ttl;
	bool sets_owner;
};

void scanner_state_init(struct scanner_state *state, const uint8_t *origin);

/* Reads a part. The records and findings of a guess count only if scanner_part_holds(). */
NODISCARD enum status scanner_run_part(const struct scanner *scanner,
				       const struct source_text *text, struct scanner_part *part);

/* Would the part that was guessed have been read the same after `before`? Then what follows it
 * goes on from *before, which is changed to what the part leaves behind. */
bool scanner_part_holds(const struct scanner_part *part, struct scanner_state *before);

#endif
