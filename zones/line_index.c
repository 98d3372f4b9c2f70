/* line_index.c -- the kernel that runs everywhere, and the choice of one. */
#include "zones/line_index.h"

#include "zones/line_mask.h"

enum { IS_NEWLINE = 1, IS_BLANK = 2, IS_SPECIAL = 4, IS_DOT = 8 };

static const uint8_t classes[256] = {
    ['\n'] = IS_NEWLINE | IS_BLANK,
    ['\r'] = IS_BLANK,
    ['\t'] = IS_BLANK,
    [' '] = IS_BLANK,
    ['"'] = IS_SPECIAL,
    ['('] = IS_SPECIAL,
    [')'] = IS_SPECIAL,
    [';'] = IS_SPECIAL,
    ['\\'] = IS_SPECIAL,
    ['\0'] = IS_SPECIAL,
    ['.'] = IS_DOT,
};

static struct line_masks
masks_of(const char *text)
{
	struct line_masks masks = {0};
	for (unsigned i = 0; i < LINE_BLOCK_LEN; i++) {
		uint64_t class = classes[(uint8_t)text[i]];
		masks.newline |= (class & 1) << i;
		masks.blank |= (class >> 1 & 1) << i;
		masks.special |= (class >> 2 & 1) << i;
		masks.dot |= class >> 3 << i;
	}
	return masks;
}

static void
index_portable(struct line_index *index, const char *text, size_t block_count)
{
	struct line_carry carry = {0};
	index->line_count = 0;
	index->bound_count = 0;
	for (size_t i = 0; i < block_count; i++)
		line_put_block(index, &carry, masks_of(text + i * LINE_BLOCK_LEN),
			       (unsigned)(i * LINE_BLOCK_LEN));
}

static bool
is_always_supported(void)
{
	return true;
}

const struct line_kernel line_kernel_portable = {
    .name = "portable", .is_supported = is_always_supported, .index = index_portable};

const struct line_kernel *
line_kernel_best(void)
{
	size_t i = 0;
	while (!line_kernels[i]->is_supported())
		i++;
	return line_kernels[i];
}
