/* line_index_avx2.c -- the kernel for x86 processors with AVX2 (see line_index.h). */
#include <immintrin.h>

#include "zones/line_mask.h"

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

/* An octet is one of ours if the table has it at its low four bits. Octets from 0x80 on look up
 * zero, which they are not. */
AVX2 static inline __m256i
blanks(void)
{
	return _mm256_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0, ' ', 0,
				0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);
}

AVX2 static inline __m256i
specials(void)
{
	return _mm256_setr_epi8('\0', 0, '"', 0, 0, 0, 0, 0, '(', ')', 0, ';', '\\', 0, 0, 0, '\0',
				0, '"', 0, 0, 0, 0, 0, '(', ')', 0, ';', '\\', 0, 0, 0);
}

AVX2 static inline uint64_t
equal(__m256i low, __m256i high, __m256i low_wanted, __m256i high_wanted)
{
	uint32_t low_mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, low_wanted));
	uint32_t high_mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, high_wanted));
	return low_mask | (uint64_t)high_mask << 32;
}

AVX2 static void
index_avx2(struct line_index *index, const char *text, size_t block_count)
{
	struct line_carry carry = {0};
	__m256i newline = _mm256_set1_epi8('\n');
	__m256i dot = _mm256_set1_epi8('.');
	index->line_count = 0;
	index->bound_count = 0;
	for (size_t i = 0; i < block_count; i++) {
		const char *block = text + i * LINE_BLOCK_LEN;
		__m256i low = _mm256_loadu_si256((const __m256i *)block);
		__m256i high = _mm256_loadu_si256((const __m256i *)(block + 32));
		struct line_masks masks = {
		    .newline = equal(low, high, newline, newline),
		    .dot = equal(low, high, dot, dot),
		    .blank = equal(low, high, _mm256_shuffle_epi8(blanks(), low),
				   _mm256_shuffle_epi8(blanks(), high)),
		    .special = equal(low, high, _mm256_shuffle_epi8(specials(), low),
				     _mm256_shuffle_epi8(specials(), high)),
		};
		line_put_block(index, &carry, masks, (unsigned)(i * LINE_BLOCK_LEN));
	}
}

static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

const struct line_kernel line_kernel_avx2 = {
    .name = "avx2", .is_supported = has_avx2, .index = index_avx2};
