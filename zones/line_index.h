/* line_index.h -- where lines end and tokens begin and end in a piece of zone-file text: found 64
 * octets at a time, before anything is read (before: source.c, next: scanner_plain.c).
 *
 * Threads:   any; a struct line_index belongs to its caller.
 * Memory:    none beyond the struct.
 * Errors:    none.
 * Standards: RFC 1035 5.1.
 *
 * A kernel compares octets and yields bit masks for 64 of them: ends of lines, blanks, what gives
 * the text around it a meaning of its own (quotes, comments, parentheses, escapes, NUL), and the
 * dots of names and addresses. The rest is arithmetic on masks. A line with none of the latter is
 * plain: its tokens are what stands between blanks, and nothing more need be known about it. Every
 * newline ends a line: no quote and no escape reaches over one.
 */
#ifndef GLUED_ZONES_LINE_INDEX_H
#define GLUED_ZONES_LINE_INDEX_H

#include "zones/base.h"

enum {
	LINE_BLOCK_LEN = 64,
	/* Text, bounds and lines together stay in a first-level cache of 32 KiB. */
	LINE_INDEX_LEN = 8 << 10,
	LINE_IS_SPECIAL = 1 << 15,
	LINE_BOUND_MASK = LINE_IS_SPECIAL - 1,
	/* Bounds are written eight at a time. */
	LINE_BOUND_SLACK = LINE_BLOCK_LEN,
};
_Static_assert(LINE_INDEX_LEN + 1 < LINE_IS_SPECIAL, "a count of bounds fits beside the flag");

struct indexed_line {
	uint16_t end;    /* of its newline */
	uint16_t bounds; /* how many bounds there are up to its end; LINE_IS_SPECIAL */
};

/* Offsets are from the beginning of the text that was indexed. */
struct line_index {
	size_t line_count;  /* complete ones */
	size_t bound_count; /* theirs, and those of the incomplete line behind them */
	struct indexed_line lines[LINE_INDEX_LEN];
	uint16_t bounds[LINE_INDEX_LEN + 1 + LINE_BOUND_SLACK]; /* begin, end, begin, end ... */
	uint64_t dots[LINE_INDEX_LEN / LINE_BLOCK_LEN + 1];     /* one bit an octet */
};

/* The dots of the 64 octets from `off` on, the first octet the lowest bit. */
static inline uint64_t
line_dots(const struct line_index *index, size_t off)
{
	const uint64_t *dots = &index->dots[off / LINE_BLOCK_LEN];
	unsigned shift = off % LINE_BLOCK_LEN;
	return dots[0] >> shift | dots[1] << 1 << (63 - shift);
}

/* One way to find them; all of them find the same. */
struct line_kernel {
	const char *name;
	bool (*is_supported)(void);
	/* Indexes `block_count` blocks of text that begin a line; at most LINE_INDEX_LEN octets. */
	void (*index)(struct line_index *index, const char *text, size_t block_count);
};

/* The kernels of this build, the widest first; ended by NULL. The last one runs everywhere. */
extern const struct line_kernel *const line_kernels[];

/* The widest that this processor has. */
const struct line_kernel *line_kernel_best(void);

#endif
