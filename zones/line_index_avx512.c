/* line_index_avx512.c -- the kernel for x86 processors with AVX-512 BW (see line_index.h). */
#include <immintrin.h>

#include "zones/line_mask.h"

#define AVX512 __attribute__((target("avx512f,avx512bw,bmi,popcnt")))

/* As in line_index_avx2.c: octets of ours, at their low four bits. */
static const char blanks[16] = {[0x0] = ' ', [0x9] = '\t', [0xa] = '\n', [0xd] = '\r'};
static const char specials[16] = {[0x2] = '"', [0x8] = '(', [0x9] = ')', [0xb] = ';', [0xc] = '\\'};

AVX512 static void
index_avx512(struct line_index *index, const char *text, size_t block_count)
{
	struct line_carry carry = {0};
	__m512i newline = _mm512_set1_epi8('\n');
	__m512i dot = _mm512_set1_epi8('.');
	__m512i blank = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)blanks));
	__m512i special = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)specials));
	index->line_count = 0;
	index->bound_count = 0;
	for (size_t i = 0; i < block_count; i++) {
		__m512i block = _mm512_loadu_si512(text + i * LINE_BLOCK_LEN);
		struct line_masks masks = {
		    .newline = _mm512_cmpeq_epi8_mask(block, newline),
		    .dot = _mm512_cmpeq_epi8_mask(block, dot),
		    .blank = _mm512_cmpeq_epi8_mask(block, _mm512_shuffle_epi8(blank, block)),
		    .special = _mm512_cmpeq_epi8_mask(block, _mm512_shuffle_epi8(special, block)),
		};
		line_put_block(index, &carry, masks, (unsigned)(i * LINE_BLOCK_LEN));
	}
}

static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi");
}

const struct line_kernel line_kernel_avx512 = {
    .name = "avx512", .is_supported = has_avx512, .index = index_avx512};
