/* line_kernels_x86.c -- the kernels of an x86-64 build (see line_index.h). */
#include "zones/line_mask.h"

const struct line_kernel *const line_kernels[] = {&line_kernel_avx512, &line_kernel_avx2,
						  &line_kernel_portable, NULL};
