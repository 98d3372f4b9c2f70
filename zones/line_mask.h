/* line_mask.h -- masks to bounds and lines: what the kernels of line_index.h share. Included by
 * them alone, so that it is compiled with each one's instructions.
 *
 * Threads:   any.
 * Memory:    none.
 * Errors:    none.
 * Standards: none.
 */
#ifndef GLUED_ZONES_LINE_MASK_H
#define GLUED_ZONES_LINE_MASK_H

#include "zones/line_index.h"

/* The kernels there may be; line_kernels names those of this build. */
extern const struct line_kernel line_kernel_portable;
extern const struct line_kernel line_kernel_avx2;
extern const struct line_kernel line_kernel_avx512;

/* One bit an octet, the first octet the lowest bit. */
struct line_masks {
	uint64_t newline;
	uint64_t blank;   /* newline, space, tab, carriage return */
	uint64_t special; /* " ( ) ; \ NUL */
	uint64_t dot;
};

/* What one block hands to the next. */
struct line_carry {
	uint64_t in_token;   /* 1: the block before ended inside a token */
	uint64_t is_special; /* not 0: the line so far is not plain */
};

static inline __attribute__((always_inline)) void
line_put_bounds(uint16_t *out, uint64_t bounds, unsigned count, unsigned base)
{
	/* In eights without a look at how many there are: a branch for each would be mispredicted
	 * where tokens differ in length, and they do. */
	for (unsigned i = 0; i < count; i += 8) {
		for (unsigned j = 0; j < 8; j++) {
			out[i + j] =
			    (uint16_t)(base + (unsigned)__builtin_ctzll(bounds | 1ull << 63));
			bounds &= bounds - 1;
		}
	}
}

static inline __attribute__((always_inline)) void
line_put_block(struct line_index *index, struct line_carry *carry, struct line_masks masks,
	       unsigned base)
{
	uint64_t token = ~masks.blank;
	uint64_t bounds = token ^ (token << 1 | carry->in_token);
	carry->in_token = token >> 63;
	unsigned count = (unsigned)__builtin_popcountll(bounds);
	line_put_bounds(index->bounds + index->bound_count, bounds, count, base);

	index->dots[base / LINE_BLOCK_LEN] = masks.dot;
	uint64_t special = masks.special;
	for (uint64_t newline = masks.newline; newline != 0; newline &= newline - 1) {
		/* A token that the newline ends has its end there: up to it and with it. */
		uint64_t line = newline ^ (newline - 1);
		size_t line_bounds =
		    index->bound_count + (size_t)__builtin_popcountll(bounds & line);
		bool is_special = ((special & line) | carry->is_special) != 0;
		index->lines[index->line_count++] = (struct indexed_line){
		    .end = (uint16_t)(base + (unsigned)__builtin_ctzll(newline)),
		    .bounds = (uint16_t)(line_bounds | (is_special ? LINE_IS_SPECIAL : 0))};
		special &= ~line;
		carry->is_special = 0;
	}
	carry->is_special |= special;
	index->bound_count += count;
}

#endif
