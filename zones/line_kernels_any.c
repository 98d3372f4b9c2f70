/* line_kernels_any.c -- the kernels of a build for other than x86-64 (see line_index.h). */
#include "zones/line_mask.h"

const struct line_kernel *const line_kernels[] = {&line_kernel_portable, NULL};
