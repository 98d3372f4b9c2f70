#include "dataplane/serving.h"

#include <stdatomic.h>

/* Alone on its cache line: it is read once per burst by every worker, and written once per publish.
 * A neighbour that is written often would take the line away from all of them. */
static struct {
	_Alignas(64) _Atomic(const struct serving *) current;
} published;

const struct serving *
serving_current(void)
{
	/* Pairs with serving_swap(): who sees the pointer sees all that was written before it. */
	return atomic_load_explicit(&published.current, memory_order_acquire);
}

const struct serving *
serving_swap(const struct serving *next)
{
	/* Release pairs with serving_current(). Acquire: the caller will free what it gets back,
	 * and may not have written it itself. */
	return atomic_exchange_explicit(&published.current, next, memory_order_acq_rel);
}
