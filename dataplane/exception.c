/* exception.c -- what is not DNS over UDP for us goes to the kernel, and what the kernel says comes
 * back. The worker's half is exception_burst(); the rest is the pump, one thread for all ports. */
#include "dataplane/internal.h"
#include "dataplane/tap.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	/* Frames from one source before the next has its turn. */
	PUMP_BURST = 32,
	/* Of a frame that came in pieces. Longer ones no Ethernet carries. */
	SEGMENTS_MAX = 64,

	/* A worker makes no system call, so nobody wakes the pump when a frame enters its ring: it
	 * looks. This often while there is traffic, which is what a ping waits for at most; idle,
	 * it doubles the pause up to the maximum: a thousand looks a second, under 1 % of a CPU. */
	PAUSE_MIN_US = 50,
	PAUSE_MAX_US = 1000,
};

struct pump {
	/* fixed before start */
	struct dataplane *dataplane;
	pthread_t thread;
	int stop_fd; /* readable: stop */
	bool is_thread_up;

	/* owner: the pump; one for each port, and stop_fd */
	struct pollfd polled[PORTS_MAX + 1];
};

/* Worker: from batch to ring. */
void
exception_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	if (likely(batch->exception_count == 0))
		return;

	unsigned count = batch->exception_count;
	unsigned taken = 0;
	batch->exception_count = 0;
	if (queue->has_exception) {
		for (unsigned i = 0; i < count; i++)
			frame_note(batch->exceptions[i])->port_idx = queue->port_idx;
		taken = rte_ring_sp_enqueue_burst(worker->exception,
						  (void *const *)batch->exceptions, count, NULL);
		counter_add(&worker->counters, COUNTER_EXCEPTION, taken);
		counter_add(&worker->counters, COUNTER_DROP_EXCEPTION_FULL, count - taken);
	} else {
		counter_add(&worker->counters, COUNTER_DROP_NO_EXCEPTION, count);
	}
	if (taken < count)
		rte_pktmbuf_free_bulk(batch->exceptions + taken, count - taken);
}

/* The rest is the pump's. */

static void
write_frame(const struct port *port, const struct rte_mbuf *mbuf)
{
	struct iovec pieces[SEGMENTS_MAX];
	int count = 0;

	for (; mbuf != NULL && count < SEGMENTS_MAX; mbuf = mbuf->next)
		pieces[count++] = (struct iovec){
		    .iov_base = rte_pktmbuf_mtod(mbuf, void *),
		    .iov_len = mbuf->data_len,
		};
	/* What the kernel does not take (interface down, no memory) is lost as on any link, and the
	 * interface's own statistics count it. */
	(void)!writev(port->tap_fd, pieces, count);
}

static unsigned
to_kernel(struct pump *pump, struct worker *worker)
{
	struct rte_mbuf *frames[PUMP_BURST];
	unsigned count =
	    rte_ring_sc_dequeue_burst(worker->exception, (void **)frames, PUMP_BURST, NULL);

	for (unsigned i = 0; i < count; i++)
		write_frame(&pump->dataplane->ports[frame_note(frames[i])->port_idx], frames[i]);
	if (count != 0)
		rte_pktmbuf_free_bulk(frames, count);
	return count;
}

/* Reads no more than the worker's ring has room for: the rest waits in the interface's queue, whose
 * limit and losses are the kernel's to tell. */
static unsigned
from_kernel(struct pump *pump, const struct port *port)
{
	struct worker *worker = port->injector;
	struct rte_mempool *pool = pump->dataplane->pools[rte_lcore_to_socket_id(worker->lcore)];
	unsigned room = RTE_MIN(rte_ring_free_count(worker->inject), (unsigned)PUMP_BURST);

	for (unsigned count = 0; count < room; count++) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);

		if (mbuf == NULL)
			return count;
		ssize_t len =
		    read(port->tap_fd, rte_pktmbuf_mtod(mbuf, void *), rte_pktmbuf_tailroom(mbuf));
		if (len <= 0) {
			rte_pktmbuf_free(mbuf);
			return count;
		}
		mbuf->data_len = (uint16_t)len;
		mbuf->pkt_len = (uint32_t)len;
		*frame_note(mbuf) = (struct frame_note){.queue_idx = port->injector_queue_idx};
		(void)rte_ring_sp_enqueue(worker->inject,
					  mbuf); /* there was room, and only we fill it */
	}
	return room;
}

static unsigned
pump_once(struct pump *pump)
{
	struct dataplane *dataplane = pump->dataplane;
	unsigned moved = 0;

	for (size_t i = 0; i < dataplane->worker_count; i++)
		moved += to_kernel(pump, dataplane->workers[i]);
	for (size_t i = 0; i < dataplane->port_count; i++) {
		if (dataplane->ports[i].tap_fd >= 0)
			moved += from_kernel(pump, &dataplane->ports[i]);
	}
	return moved;
}

/* An interface that was deleted under us reports an error for ever: no more waiting for it. */
static bool
is_readable(struct pollfd *polled, struct port *port)
{
	if (polled->fd >= 0 && (polled->revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
		polled->fd = -1;
		atomic_store_explicit(&port->is_exception_lost, true, memory_order_relaxed);
	}
	return polled->fd >= 0 && (polled->revents & POLLIN) != 0;
}

/* Until the kernel sends something, the pause is over, or it is time to stop: then false. */
static bool
pump_wait(struct pump *pump, unsigned pause_us, bool is_stuck)
{
	struct timespec pause = {.tv_nsec = (long)pause_us * 1000};
	size_t port_count = pump->dataplane->port_count;

	/* What has come and finds no room would end each wait at once. */
	for (size_t i = 0; i < port_count; i++)
		pump->polled[1 + i].events = is_stuck ? 0 : POLLIN;
	(void)ppoll(pump->polled, 1 + port_count, &pause, NULL);
	return pump->polled[0].revents == 0;
}

static void *
pump_run(void *argument)
{
	struct pump *pump = argument;
	unsigned pause_us = PAUSE_MIN_US;
	bool is_stuck = false;

	while (pump_wait(pump, pause_us, is_stuck)) {
		bool is_any_readable = false;

		for (size_t i = 0; i < pump->dataplane->port_count; i++)
			is_any_readable =
			    is_readable(&pump->polled[1 + i], &pump->dataplane->ports[i]) ||
			    is_any_readable;
		bool has_moved = pump_once(pump) != 0;
		is_stuck = is_any_readable && !has_moved;
		if (has_moved)
			pause_us = 0;
		else
			pause_us = RTE_MIN(RTE_MAX(2 * pause_us, (unsigned)PAUSE_MIN_US),
					   (unsigned)PAUSE_MAX_US);
	}
	return NULL;
}

static enum status
open_taps(struct dataplane *dataplane, const struct dataplane_config *config, struct error *error)
{
	for (size_t i = 0; i < config->port_count; i++) {
		const struct port_config *wanted = &config->ports[i];
		struct port *port = &dataplane->ports[i];

		if (wanted->exception == NULL)
			continue;
		enum status status =
		    tap_open(wanted->exception, port->endpoint.mac, port->endpoint.mtu,
			     wanted->addresses, wanted->address_count, &port->tap_fd, error);
		if (status != STATUS_OK)
			return status;
		strcpy(port->exception, wanted->exception); /* tap_open() has checked its length */
	}
	return STATUS_OK;
}

enum status
pump_start(struct dataplane *dataplane, const struct dataplane_config *config, struct error *error)
{
	enum status status = open_taps(dataplane, config, error);

	if (status != STATUS_OK)
		return status;
	struct pump *pump = calloc(1, sizeof(*pump));
	if (pump == NULL)
		return error_set(error, STATUS_NO_MEMORY, "exception pump: no memory");
	pump->dataplane = dataplane;
	dataplane->pump = pump;
	pump->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (pump->stop_fd < 0)
		return error_set(error, STATUS_IO, "exception pump: eventfd: %m");
	pump->polled[0] = (struct pollfd){.fd = pump->stop_fd, .events = POLLIN};
	for (size_t i = 0; i < dataplane->port_count; i++)
		pump->polled[1 + i].fd = dataplane->ports[i].tap_fd;

	int refused = pthread_create(&pump->thread, NULL, pump_run, pump);
	if (refused != 0)
		return error_set(error, STATUS_IO, "exception pump: thread: %s", strerror(refused));
	pump->is_thread_up = true;
	(void)pthread_setname_np(pump->thread, "glued-exception");
	return STATUS_OK;
}

void
pump_stop(struct dataplane *dataplane)
{
	struct pump *pump = dataplane->pump;

	if (pump != NULL && pump->is_thread_up) {
		uint64_t one = 1;

		(void)!write(pump->stop_fd, &one, sizeof(one));
		pthread_join(pump->thread, NULL);
	}
	if (pump != NULL && pump->stop_fd >= 0)
		close(pump->stop_fd);
	free(pump);
	dataplane->pump = NULL;
	for (size_t i = 0; i < dataplane->port_count; i++) {
		struct port *port = &dataplane->ports[i];

		if (port->tap_fd >= 0)
			close(port->tap_fd); /* and the interface is gone */
		port->tap_fd = -1;
	}
}
