/* rx.c -- a burst comes in (next: exception.c, answer.c). */
#include "dataplane/clock.h"
#include "dataplane/worker.h"

#include <rte_ethdev.h>

/* The octets of the message are read as soon as the headers are: ask for the line that holds the
 * end of the headers, too. */
enum { PREFETCH_OFF = 64 };

/* Some devices (af_packet: the kernel does it) hand over the VLAN tag beside the frame even though
 * we did not ask for it. Back into the frame with it: then one code path knows of tags, and the
 * kernel behind the exception interface gets the frame that was on the wire. */
static COLD bool
restore_vlan(struct rte_mbuf **mbuf)
{
	return rte_vlan_insert(mbuf) == 0;
}

/* In one piece, tag in place? Else the frame is left to the pump, which can write pieces. */
static bool
is_plain(struct rte_mbuf **mbuf)
{
	if (unlikely((*mbuf)->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) && !restore_vlan(mbuf))
		return false;
	return likely((*mbuf)->nb_segs == 1) || rte_pktmbuf_linearize(*mbuf) == 0;
}

/* A device that was asked to check, and found the UDP checksum good, spares us the pass over the
 * message. Anything else it may say is computed here, "bad" too: some call a datagram over IPv4
 * that has no checksum bad. */
static enum counter
parse_frame(const struct queue *queue, struct rte_mbuf *mbuf, struct frame_layout *layout)
{
	uint64_t flag = mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	bool has_good_checksum = queue->has_rx_checksum && flag == RTE_MBUF_F_RX_L4_CKSUM_GOOD;

	return frame_parse(queue->endpoint, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len,
			   has_good_checksum, layout);
}

/* The query takes the next slot, unless an answer has no room in its frame. */
static bool
add_query(const struct queue *queue, struct batch *batch, struct rte_mbuf *mbuf)
{
	const struct frame_layout *layout = &batch->layouts[batch->query_count];
	size_t room = (size_t)mbuf->buf_len - mbuf->data_off - layout->message_off;
	size_t cap = RTE_MIN(room, frame_message_cap(queue->endpoint, layout));

	if (unlikely(cap < MESSAGE_LEN_PLAIN || cap < layout->message_len))
		return false;
	batch->queries[batch->query_count] = mbuf;
	batch->items[batch->query_count] = (struct answer_item){
	    .message = rte_pktmbuf_mtod_offset(mbuf, uint8_t *, layout->message_off),
	    .len = layout->message_len,
	    .cap = (uint32_t)cap,
	    .arrival = {.client = frame_client_address(rte_pktmbuf_mtod(mbuf, uint8_t *), layout),
			.time = batch->time,
			.transport = TRANSPORT_UDP,
			.is_ipv6 = layout->is_ipv6},
	};
	batch->query_count++;
	return true;
}

/* The frame joins the batch, or its end is returned. */
static enum counter
sort_frame(const struct queue *queue, struct batch *batch, struct rte_mbuf *mbuf)
{
	enum counter disposition = COUNTER_EXCEPTION;

	if (likely(is_plain(&mbuf)))
		disposition = parse_frame(queue, mbuf, &batch->layouts[batch->query_count]);
	if (likely(disposition == COUNTER_ANSWER) && add_query(queue, batch, mbuf))
		return COUNTER_ANSWER;
	if (disposition == COUNTER_ANSWER || disposition == COUNTER_EXCEPTION) {
		batch->exceptions[batch->exception_count++] = mbuf;
		return COUNTER_EXCEPTION;
	}
	rte_pktmbuf_free(mbuf);
	return disposition;
}

void
rx_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	struct rte_mbuf *frames[BATCH_MAX];

	batch->query_count = 0;
	batch->exception_count = 0;
	uint16_t count = rte_eth_rx_burst(queue->port_id, queue->queue_id, frames, BATCH_MAX);
	if (count == 0)
		return;
	counter_add(&worker->counters, COUNTER_RX, count);
	batch->time = clock_seconds();

	for (uint16_t i = 0; i < count; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], const uint8_t *));
		rte_prefetch0(rte_pktmbuf_mtod_offset(frames[i], const uint8_t *, PREFETCH_OFF));
	}
	for (uint16_t i = 0; i < count; i++) {
		enum counter disposition = sort_frame(queue, batch, frames[i]);

		/* The others are counted where they leave the batch. */
		if (disposition != COUNTER_ANSWER && disposition != COUNTER_EXCEPTION)
			counter_add(&worker->counters, disposition, 1);
	}
}
