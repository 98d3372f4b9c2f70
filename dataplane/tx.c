/* tx.c -- a burst goes out: mbufs end here. */
#include "dataplane/worker.h"

#include <rte_ethdev.h>
#include <rte_pause.h>

/* A device whose queue is full of this very burst's beginning may have room an instant later; one
 * that has none after so many looks is overloaded, and waiting would only lose frames at its RX. */
enum { TX_ATTEMPTS = 4 };

/* Hands `count` frames to the device and frees those that it does not take. Returns how many it
 * took. */
static unsigned
send_frames(const struct queue *queue, struct rte_mbuf **frames, unsigned count)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < TX_ATTEMPTS && sent < count; i++) {
		if (i != 0)
			rte_pause();
		sent += rte_eth_tx_burst(queue->port_id, queue->queue_id, frames + sent,
					 (uint16_t)(count - sent));
	}
	if (unlikely(sent < count))
		rte_pktmbuf_free_bulk(frames + sent, count - sent);
	return sent;
}

static void
send_responses(struct worker *worker, const struct queue *queue, struct rte_mbuf **frames,
	       unsigned count)
{
	unsigned sent = send_frames(queue, frames, count);

	counter_add(&worker->counters, COUNTER_TX, sent);
	if (unlikely(sent < count))
		counter_add(&worker->counters, COUNTER_TX_FULL, count - sent);
}

/* A response of `message_len` octets stands in the query's mbuf: the frame becomes the answer's. */
static void
reflect(struct response_tally *tally, struct rte_mbuf *mbuf, const struct frame_layout *layout,
	size_t message_len)
{
	response_tally_add(tally, rte_pktmbuf_mtod_offset(mbuf, uint8_t *, layout->message_off));

	size_t frame_len = 0;
	size_t cut_len =
	    frame_reflect(rte_pktmbuf_mtod(mbuf, uint8_t *), layout, message_len, &frame_len);

	/* Whoever described the query's offloads described another frame. */
	mbuf->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	mbuf->data_off = (uint16_t)(mbuf->data_off + cut_len);
	mbuf->data_len = (uint16_t)frame_len;
	mbuf->pkt_len = (uint32_t)frame_len;
}

void
tx_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	struct rte_mbuf *answers[BATCH_MAX];
	struct response_tally tally = {0};
	unsigned answer_count = 0;

	for (uint32_t i = 0; i < batch->query_count; i++) {
		const struct answer_item *item = &batch->items[i];

		if (item->disposition == COUNTER_MISS)
			continue; /* miss_burst() took it */
		if (unlikely(item->disposition != COUNTER_ANSWER)) {
			counter_add(&worker->counters, item->disposition, 1);
			rte_pktmbuf_free(batch->queries[i]);
			continue;
		}
		reflect(&tally, batch->queries[i], &batch->layouts[i], item->response_len);
		answers[answer_count++] = batch->queries[i];
	}
	batch->query_count = 0;
	if (answer_count == 0)
		return;
	counter_add(&worker->counters, COUNTER_ANSWER, answer_count);
	response_tally_flush(&worker->counters, &tally);
	send_responses(worker, queue, answers, answer_count);
}

/* The length of the run at the start of `frames` that goes to one queue. */
static unsigned
run_len(struct rte_mbuf **frames, unsigned count)
{
	unsigned len = 1;

	while (len < count &&
	       frame_note(frames[len])->queue_idx == frame_note(frames[0])->queue_idx)
		len++;
	return len;
}

void
reply_burst(struct worker *worker)
{
	struct rte_mbuf *frames[BATCH_MAX];
	struct response_tally tally = {0};
	unsigned count = rte_ring_sc_dequeue_burst(worker->reply, (void **)frames, BATCH_MAX, NULL);

	for (unsigned i = 0, len; i < count; i += len) {
		const struct queue *queue = &worker->queues[frame_note(frames[i])->queue_idx];

		len = run_len(frames + i, count - i);
		for (unsigned k = i; k < i + len; k++) {
			const struct frame_layout *layout = &frame_note(frames[k])->layout;

			/* miss_reply() has set the length to the response's. */
			reflect(&tally, frames[k], layout, layout->message_len);
		}
		response_tally_flush(&worker->counters, &tally);
		counter_add(&worker->counters, COUNTER_REPLY, len);
		send_responses(worker, queue, frames + i, len);
	}
}

void
inject_burst(struct worker *worker)
{
	struct rte_mbuf *frames[BATCH_MAX];
	unsigned count =
	    rte_ring_sc_dequeue_burst(worker->inject, (void **)frames, BATCH_MAX, NULL);

	for (unsigned i = 0, len; i < count; i += len) {
		const struct queue *queue = &worker->queues[frame_note(frames[i])->queue_idx];

		len = run_len(frames + i, count - i);
		unsigned sent = send_frames(queue, frames + i, len);
		counter_add(&worker->counters, COUNTER_INJECT, sent);
		if (unlikely(sent < len))
			counter_add(&worker->counters, COUNTER_INJECT_FULL, len - sent);
	}
}
