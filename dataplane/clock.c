#include "dataplane/clock.h"

#include <stdatomic.h>

/* Alone on its cache line: every worker reads it once a burst, control writes it once a second. */
static struct {
	_Alignas(64) _Atomic uint32_t seconds;
} now;

uint32_t
clock_seconds(void)
{
	return atomic_load_explicit(&now.seconds, memory_order_relaxed);
}

void
clock_set(uint32_t seconds)
{
	atomic_store_explicit(&now.seconds, seconds, memory_order_relaxed);
}
