/* worker.h -- a polling core: its queues, its rings, its loop, and the verbs of a burst.
 *
 * Threads:   "worker" runs on the worker's lcore and touches only its struct worker and the serving
 *            set; other threads touch what is marked as shared.
 * Memory:    a worker and its rings belong to struct dataplane (internal.h).
 * Errors:    none: what does not fit is counted and freed.
 * Standards: none.
 *
 * A worker never blocks, locks, allocates from a heap, logs, or makes a system call of its own.
 * (The drivers of af_packet, af_xdp and tap make some: the price of the kernel's devices.)
 */
#ifndef GLUED_DATAPLANE_WORKER_H
#define GLUED_DATAPLANE_WORKER_H

#include "dataplane/batch.h"

#include <rte_ring.h>

/* One RX and one TX queue of one port. Fixed before start. */
struct queue {
	const struct frame_endpoint *endpoint;
	uint16_t port_id; /* DPDK's number */
	uint16_t queue_id;
	uint8_t port_idx;  /* ours */
	uint8_t queue_idx; /* in the worker */
	bool has_rx_checksum;
	bool has_exception;
};

struct worker {
	/* fixed before start */
	unsigned idx; /* and the reader's number for epoch.h */
	unsigned core;
	unsigned lcore;
	unsigned queue_count;
	struct queue queues[PORTS_MAX];

	/* [LP] lock-free shared, one producer and one consumer each: docs/concurrency.md */
	struct rte_ring *miss;      /* worker -> control */
	struct rte_ring *reply;     /* control -> worker */
	struct rte_ring *exception; /* worker -> pump */
	struct rte_ring *inject;    /* pump -> worker */

	/* [LP] written once, by control */
	_Atomic bool is_stopping;

	/* owner: worker; anyone may read */
	struct counters counters;

	/* owner: worker */
	_Alignas(64) struct batch batch;
};

static_assert(offsetof(struct worker, batch) % 64 == 0, "no line shared with what others read");
static_assert(offsetof(struct worker, counters) % 64 == 0, "no line shared with what is fixed");
static_assert(sizeof(struct counters) % 64 == 0, "no line shared with what comes behind");
static_assert(sizeof(struct worker) % 64 == 0, "no line shared with another worker");
static_assert(sizeof(struct queue) == 16, "four queues a cache line");

/* One turn of the loop: a burst of each queue, replies, injections. */
void worker_turn(struct worker *worker, const struct serving *serving);

/* The loop; returns after is_stopping. For rte_eal_remote_launch(). */
int worker_run(void *worker);

/* The verbs, in order. rx.c: frames in; those that are broken are counted and freed, the rest
 * stands in the batch as queries (message located, item filled) and exceptions. */
void rx_burst(struct worker *worker, const struct queue *queue, struct batch *batch);

/* exception.c: the exceptions leave for the pump. */
void exception_burst(struct worker *worker, const struct queue *queue, struct batch *batch);

/* miss.c: the queries that answer_burst() called COUNTER_MISS leave for the control thread. */
void miss_burst(struct worker *worker, const struct queue *queue, struct batch *batch);

/* tx.c: answers out, in the mbufs of their queries; the rest is counted and freed. */
void tx_burst(struct worker *worker, const struct queue *queue, struct batch *batch);

/* tx.c: what control and the pump have put into the reply and inject rings goes out. */
void reply_burst(struct worker *worker);
void inject_burst(struct worker *worker);

#endif
