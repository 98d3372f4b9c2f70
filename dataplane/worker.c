/* worker.c -- the loop of a polling core. Read worker_burst() first: it is the life of a query. */
#include "dataplane/worker.h"
#include "dataplane/epoch.h"

/* Life of a burst. Touches only *worker and the serving set. */
static void
worker_burst(struct worker *worker, const struct queue *queue, const struct serving *serving)
{
	struct batch *batch = &worker->batch;

	rx_burst(worker, queue, batch);        /* frames in; L2 to L4 valid; DNS octets located */
	exception_burst(worker, queue, batch); /* what is not for us: to the kernel */
	answer_burst(serving, batch->items, batch->query_count);
	miss_burst(worker, queue, batch); /* what the trie can't answer: to control */
	tx_burst(worker, queue, batch);   /* frames out; afterwards the batch owns no mbuf */
}

void
worker_turn(struct worker *worker, const struct serving *serving)
{
	for (unsigned i = 0; i < worker->queue_count; i++)
		worker_burst(worker, &worker->queues[i], serving);
	reply_burst(worker);
	inject_burst(worker);
}

int
worker_run(void *argument)
{
	struct worker *worker = argument;

	epoch_online(worker->idx);
	while (!atomic_load_explicit(&worker->is_stopping, memory_order_relaxed)) {
		worker_turn(worker, serving_current());
		/* QUIESCENT: no pointer into the serving set survives this line. A message in the
		 * miss ring holds none: it is octets. */
		epoch_quiescent(worker->idx);
	}
	epoch_offline(worker->idx);
	return 0;
}
