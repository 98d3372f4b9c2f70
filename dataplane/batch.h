/* batch.h -- the arrays that a burst moves through.
 *
 * Threads:   worker; each has one.
 * Memory:    an mbuf belongs to the batch from rx_burst() until exactly one of tx_burst(),
 *            miss_burst(), exception_burst() has taken it; after tx_burst() the batch owns none.
 * Errors:    none.
 * Standards: none.
 */
#ifndef GLUED_DATAPLANE_BATCH_H
#define GLUED_DATAPLANE_BATCH_H

#include "dataplane/answer.h"
#include "dataplane/frame.h"

#include <assert.h>

#include <rte_mbuf.h>

/* A burst is what answer_burst() looks up together. */
enum { BATCH_MAX = ANSWER_BURST_MAX };

struct batch {
	/* queries: slot i of the three arrays is one */
	uint32_t query_count;
	uint32_t exception_count;
	uint32_t time; /* when it came in, for all of it: clock.h */
	struct answer_item items[BATCH_MAX];
	struct frame_layout layouts[BATCH_MAX];
	struct rte_mbuf *queries[BATCH_MAX];

	struct rte_mbuf *exceptions[BATCH_MAX];
};

/* What a frame takes with it when it leaves its batch for a ring: the private area of its mbuf. */
struct frame_note {
	struct frame_layout layout;
	uint16_t cap;      /* octets that a message in this frame may have */
	uint8_t queue_idx; /* of the worker that received, or is to send, it */
	uint8_t port_idx;
	uint8_t padding[2];
};

static_assert(sizeof(struct answer_item) == 40, "items of a burst: 20 cache lines");
static_assert(sizeof(struct frame_layout) == 10, "layouts of a burst: 5 cache lines");
static_assert(sizeof(struct frame_note) == 16, "the private area is a multiple of 8");
static_assert(sizeof(struct frame_note) % RTE_MBUF_PRIV_ALIGN == 0, "rte_pktmbuf_pool_create()");
static_assert(RTE_PKTMBUF_HEADROOM >= VLAN_LEN, "rx.c puts a stripped tag back in front");

static inline struct frame_note *
frame_note(struct rte_mbuf *mbuf)
{
	return rte_mbuf_to_priv(mbuf);
}

#endif
