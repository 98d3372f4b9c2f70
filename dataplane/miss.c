/* miss.c -- to the control thread and back: what the trie can't answer. */
#include "dataplane/internal.h"

#include <rte_ring.h>

/* Worker: from batch to ring. */
void
miss_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	for (uint32_t i = 0; i < batch->query_count; i++) {
		const struct answer_item *item = &batch->items[i];

		if (likely(item->disposition != COUNTER_MISS))
			continue;
		struct rte_mbuf *mbuf = batch->queries[i];
		*frame_note(mbuf) = (struct frame_note){
		    .layout = batch->layouts[i],
		    .cap = (uint16_t)item->cap,
		    .queue_idx = queue->queue_idx,
		    .port_idx = queue->port_idx,
		};
		if (unlikely(rte_ring_sp_enqueue(worker->miss, mbuf) != 0)) {
			rte_pktmbuf_free(mbuf);
			counter_add(&worker->counters, COUNTER_DROP_MISS_FULL, 1);
			continue;
		}
		counter_add(&worker->counters, COUNTER_MISS, 1);
	}
}

/* The rest is control's. */

bool
miss_next(struct dataplane *dataplane, struct miss *out)
{
	for (size_t i = 0; i < dataplane->worker_count; i++) {
		/* In turn: a worker with many misses does not make the others' wait. */
		struct worker *worker = dataplane->workers[dataplane->miss_turn];
		void *frame = NULL;

		dataplane->miss_turn = (dataplane->miss_turn + 1) % dataplane->worker_count;
		if (rte_ring_sc_dequeue(worker->miss, &frame) != 0)
			continue;
		struct rte_mbuf *mbuf = frame;
		const struct frame_note *note = frame_note(mbuf);
		*out = (struct miss){
		    .message = rte_pktmbuf_mtod_offset(mbuf, uint8_t *, note->layout.message_off),
		    .len = note->layout.message_len,
		    .cap = note->cap,
		    .frame = mbuf,
		    .worker_idx = worker->idx,
		};
		frame_client(rte_pktmbuf_mtod(mbuf, const uint8_t *), &note->layout, &out->client,
			     &out->client_port);
		return true;
	}
	return false;
}

void
miss_reply(struct dataplane *dataplane, const struct miss *miss, size_t response_len)
{
	struct worker *worker = dataplane->workers[miss->worker_idx];
	struct rte_mbuf *mbuf = miss->frame;

	/* reply_burst() turns the frame round. */
	frame_note(mbuf)->layout.message_len = (uint16_t)response_len;
	if (rte_ring_sp_enqueue(worker->reply, mbuf) == 0)
		return;
	/* Control's own block: the worker's has one writer. Both sides of the law. */
	counter_add(&dataplane->control, COUNTER_REPLY, 1);
	counter_add(&dataplane->control, COUNTER_TX_FULL, 1);
	rte_pktmbuf_free(mbuf);
}

void
miss_drop(struct dataplane *dataplane, const struct miss *miss)
{
	(void)dataplane;
	rte_pktmbuf_free(miss->frame);
}
