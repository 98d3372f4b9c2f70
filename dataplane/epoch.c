#include "dataplane/epoch.h"

#include <rte_rcu_qsbr.h>

enum {
	EPOCH_STORAGE_LEN = sizeof(struct rte_rcu_qsbr) +
			    EPOCH_READERS_MAX * sizeof(struct rte_rcu_qsbr_cnt) +
			    __RTE_QSBR_THRID_ARRAY_SIZE(EPOCH_READERS_MAX),
};

/* The variable with its tail of counters, one cache line a reader, in memory of fixed size, so that
 * publish and retire work where there is no EAL: `glued` with kernel sockets only, tools, tests. */
static union {
	struct rte_rcu_qsbr qsbr;
	uint8_t storage[EPOCH_STORAGE_LEN];
} epoch __rte_cache_aligned;

void
epoch_init(void)
{
	/* Can only refuse NULL and zero readers. */
	(void)rte_rcu_qsbr_init(&epoch.qsbr, EPOCH_READERS_MAX);
	/* All slots are known from the start, and offline: who comes and goes then does so by one
	 * store into its own slot. A check looks at every slot; it is control's, and rare. */
	for (unsigned i = 0; i < EPOCH_READERS_MAX; i++)
		(void)rte_rcu_qsbr_thread_register(&epoch.qsbr, i);
}

void
epoch_online(unsigned reader)
{
	/* Holds a full barrier: no load of the serving pointer moves before it, so a writer that
	 * does not see this reader yet has swapped before that load. */
	rte_rcu_qsbr_thread_online(&epoch.qsbr, reader);
}

void
epoch_offline(unsigned reader)
{
	/* Release, as epoch_quiescent(). */
	rte_rcu_qsbr_thread_offline(&epoch.qsbr, reader);
}

void
epoch_quiescent(unsigned reader)
{
	/* Release: what this reader read before stays before. Pairs with epoch_is_over(). */
	rte_rcu_qsbr_quiescent(&epoch.qsbr, reader);
}

uint64_t
epoch_advance(void)
{
	return rte_rcu_qsbr_start(&epoch.qsbr);
}

bool
epoch_is_over(uint64_t token)
{
	return rte_rcu_qsbr_check(&epoch.qsbr, token, false) == 1;
}
