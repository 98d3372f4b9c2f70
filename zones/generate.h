/* generate.h -- $GENERATE: one line of a zone file that stands for many.
 *
 * Threads:   any; pure functions.
 * Memory:    allocates nothing; the caller brings room for the text.
 * Errors:    a constant sentence.
 * Standards: none. BIND's, as its Administrator Reference Manual describes it (8.3.1.7
 *            "$GENERATE").
 *
 * `$GENERATE start-stop[/step] lhs [TTL] [class] type rhs`: for each number of the range, `$` in
 * lhs and rhs is replaced by it, `${offset,width,base}` by the sum with an offset, padded with
 * zeros, in base d, o, x, X, or as nibbles in reverse order n, N; `$$` and `\$` are a dollar sign.
 * A plain `$` is the number itself; in BIND's code it keeps the offset of a `${...}` before it,
 * which its manual does not say.
 */
#ifndef GLUED_ZONES_GENERATE_H
#define GLUED_ZONES_GENERATE_H

#include "zones/base.h"

enum {
	/* All addresses of an IPv4 /8: more is a slip that would fill the memory. */
	GENERATE_COUNT_MAX = 1 << 24,
	GENERATE_STOP_MAX = INT32_MAX, /* BIND's */
	GENERATE_WIDTH_MAX = 255,      /* no name and no character-string is longer */
};

struct generate_range {
	uint32_t start;
	uint32_t stop; /* included */
	uint32_t step;
};

bool generate_range_read(const char *text, size_t len, struct generate_range *range,
			 const char **reason);

/* Text under construction, in the caller's octets. */
struct generate_text {
	char *octets;
	size_t len;
	size_t cap;
};

/* Appends `len` octets as they are. False: no room. */
bool generate_append(struct generate_text *text, const char *octets, size_t len,
		     const char **reason);

/* Appends `template` with its dollars replaced. Escapes stay: the result is read as zone-file text
 * again. */
bool generate_expand(struct generate_text *text, const char *template, size_t len, uint32_t number,
		     const char **reason);

#endif
