/* test_rings.c -- frames handed from thread to thread: miss and reply rings, exception ring and
 * pump, by the code that the server runs. No EAL: rings and mbufs stand in plain memory, so that
 * ThreadSanitizer sees everything. */
#include "dataplane/internal.h"
#include "tests/unit/golden_frames.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	RING_CAP = 8, /* small: full and empty all the time */
	SLOTS = 2048,
	ROUNDS = 50000,
	ROOM = 1024,
};

/* An mbuf, its private area and its octets. */
struct slot {
	struct rte_mbuf mbuf;
	struct frame_note note;
	uint8_t octets[ROOM];
};

static_assert(offsetof(struct slot, note) == sizeof(struct rte_mbuf), "rte_mbuf_to_priv()");

/* A frame holds two references, so that giving it back is seen as one less, and needs no pool. */
static void
slot_fill(struct slot *slot, uint16_t id)
{
	memset(&slot->mbuf, 0, sizeof(slot->mbuf));
	slot->mbuf.buf_addr = slot->octets;
	slot->mbuf.buf_len = ROOM;
	slot->mbuf.data_len = sizeof(query_ipv4);
	slot->mbuf.pkt_len = sizeof(query_ipv4);
	slot->mbuf.nb_segs = 1;
	rte_mbuf_refcnt_set(&slot->mbuf, 2);
	memcpy(slot->octets, query_ipv4, sizeof(query_ipv4));
	be16_write(slot->octets + 42, id);
}

static struct rte_ring *
ring_make(unsigned cap)
{
	size_t len = (size_t)rte_ring_get_memsize(rte_align32pow2(cap + 1));
	struct rte_ring *ring = aligned_alloc(64, (len + 63) / 64 * 64);

	assert_non_null(ring);
	assert_int_equal(
	    rte_ring_init(ring, "test", cap, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ), 0);
	return ring;
}

struct fixture {
	struct dataplane *dataplane;
	struct worker *worker;
	struct slot *slots;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct worker *worker = aligned_alloc(64, sizeof(*worker));
	struct dataplane *dataplane = aligned_alloc(64, sizeof(*dataplane));

	memset(worker, 0, sizeof(*worker));
	memset(dataplane, 0, sizeof(*dataplane));
	worker->miss = ring_make(RING_CAP);
	worker->reply = ring_make(RING_CAP);
	worker->exception = ring_make(RING_CAP);
	worker->inject = ring_make(RING_CAP);
	dataplane->workers[0] = worker;
	dataplane->worker_count = 1;
	fixture->dataplane = dataplane;
	fixture->worker = worker;
	fixture->slots = aligned_alloc(64, SLOTS * sizeof(*fixture->slots));
	for (unsigned i = 0; i < SLOTS; i++)
		slot_fill(&fixture->slots[i], (uint16_t)i);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->worker->miss);
	free(fixture->worker->reply);
	free(fixture->worker->exception);
	free(fixture->worker->inject);
	free(fixture->worker);
	free(fixture->dataplane);
	free(fixture->slots);
	free(fixture);
	return 0;
}

static void
batch_of(struct batch *batch, struct slot *slot, enum counter disposition)
{
	batch->query_count = 1;
	batch->queries[0] = &slot->mbuf;
	batch->layouts[0] = (struct frame_layout){14, 34, 42, sizeof(message_query), false};
	batch->items[0] = (struct answer_item){
	    .message = slot->octets + 42,
	    .len = sizeof(message_query),
	    .cap = ROOM - 42,
	    .disposition = disposition,
	};
}

/* Control: answers each miss with its own octets, the last one changed. */
static void *
answer_misses(void *argument)
{
	struct fixture *fixture = argument;
	static const uint8_t client[4] = {192, 0, 2, 1};
	uintptr_t faults = 0;

	for (unsigned done = 0; done < ROUNDS;) {
		struct miss miss;

		if (!miss_next(fixture->dataplane, &miss)) {
			sched_yield();
			continue;
		}
		if (be16_read(miss.message) != (done & 0xffff) || miss.client_port != 40000 ||
		    memcmp(miss.client.octets, client, 4) != 0 ||
		    miss.len != sizeof(message_query) || miss.cap != ROOM - 42)
			faults++;
		miss.message[miss.len] = (uint8_t)done;
		done++;
		if (done % 3 == 0)
			miss_drop(fixture->dataplane, &miss);
		else
			miss_reply(fixture->dataplane, &miss, miss.len + 1);
	}
	return (void *)faults;
}

/* The worker's thread is this one. It has at most RING_CAP frames out, so that no ring is full. */
static void
test_miss_and_reply(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = fixture->worker;
	unsigned next = 0, returned = 0;
	pthread_t control;
	void *faults = NULL;

	assert_int_equal(pthread_create(&control, NULL, answer_misses, fixture), 0);
	while (returned < ROUNDS - ROUNDS / 3) {
		struct slot *slot = &fixture->slots[next % SLOTS];
		struct queue queue = {.queue_idx = 3, .port_idx = 5};
		void *frame = NULL;

		/* Of three, two come back: this many may be out. */
		if (next < ROUNDS && next + 1 < returned * 3 / 2 + RING_CAP) {
			slot_fill(slot, (uint16_t)next);
			batch_of(&worker->batch, slot, COUNTER_MISS);
			miss_burst(worker, &queue, &worker->batch);
			next++;
		}
		while (rte_ring_sc_dequeue(worker->reply, &frame) == 0) {
			const struct frame_note *note = frame_note(frame);
			const uint8_t *message =
			    rte_pktmbuf_mtod_offset((struct rte_mbuf *)frame, uint8_t *, 42);

			assert_int_equal(note->queue_idx, 3);
			assert_int_equal(note->layout.message_len, sizeof(message_query) + 1);
			assert_int_equal(message[sizeof(message_query)], message[1]);
			returned++;
		}
	}
	pthread_join(control, &faults);
	assert_null(faults);
	assert_int_equal(counter_read(&worker->counters, COUNTER_MISS), ROUNDS);
	assert_int_equal(counter_read(&worker->counters, COUNTER_DROP_MISS_FULL), 0);
}

static void
test_full_rings_are_counted(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = fixture->worker;
	struct queue queue = {0};

	/* Misses: the ring's length, and the rest is given back. */
	for (unsigned i = 0; i < RING_CAP + 3; i++) {
		batch_of(&worker->batch, &fixture->slots[i], COUNTER_MISS);
		miss_burst(worker, &queue, &worker->batch);
		assert_int_equal(rte_mbuf_refcnt_read(&fixture->slots[i].mbuf),
				 i < RING_CAP ? 2 : 1);
	}
	assert_int_equal(counter_read(&worker->counters, COUNTER_MISS), RING_CAP);
	assert_int_equal(counter_read(&worker->counters, COUNTER_DROP_MISS_FULL), 3);

	/* Replies: the worker has not taken any; what is lost is in control's counters. */
	while (rte_ring_sp_enqueue(worker->reply, &fixture->slots[SLOTS - 1].mbuf) == 0)
		;
	struct miss miss;
	for (unsigned i = 0; i < RING_CAP; i++) {
		assert_true(miss_next(fixture->dataplane, &miss));
		miss_reply(fixture->dataplane, &miss, miss.len);
		assert_int_equal(rte_mbuf_refcnt_read(miss.frame), 1);
	}
	assert_false(miss_next(fixture->dataplane, &miss));
	assert_int_equal(counter_read(&fixture->dataplane->control, COUNTER_REPLY), RING_CAP);
	assert_int_equal(counter_read(&fixture->dataplane->control, COUNTER_TX_FULL), RING_CAP);
}

static void
exception_of(struct batch *batch, struct fixture *fixture, unsigned count)
{
	batch->exception_count = count;
	for (unsigned i = 0; i < count; i++)
		batch->exceptions[i] = &fixture->slots[i].mbuf;
}

static void
test_exceptions_are_counted(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = fixture->worker;
	struct queue queue = {.has_exception = true};

	exception_of(&worker->batch, fixture, RING_CAP + 3);
	exception_burst(worker, &queue, &worker->batch);
	assert_int_equal(worker->batch.exception_count, 0);
	assert_int_equal(counter_read(&worker->counters, COUNTER_EXCEPTION), RING_CAP);
	assert_int_equal(counter_read(&worker->counters, COUNTER_DROP_EXCEPTION_FULL), 3);
	for (unsigned i = 0; i < RING_CAP + 3; i++)
		assert_int_equal(rte_mbuf_refcnt_read(&fixture->slots[i].mbuf),
				 i < RING_CAP ? 2 : 1);

	queue.has_exception = false;
	exception_of(&worker->batch, fixture, 2);
	exception_burst(worker, &queue, &worker->batch);
	assert_int_equal(counter_read(&worker->counters, COUNTER_DROP_NO_EXCEPTION), 2);
}

/* The pump, with a socket in place of the kernel's interface: each frame comes out once, whole, in
 * order. (The way back needs mbufs of a pool, which needs EAL; test_dataplane.c. Its ring is full
 * here.) */
static void
test_pump_carries_to_the_kernel(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = fixture->worker;
	struct dataplane *dataplane = fixture->dataplane;
	struct port_config port_config = {.device = "test"};
	struct dataplane_config config = {.ports = &port_config, .port_count = 1};
	struct queue queue = {.has_exception = true};
	struct error error;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	while (rte_ring_sp_enqueue(worker->inject, &fixture->slots[SLOTS - 1].mbuf) == 0)
		;
	dataplane->port_count = 1;
	dataplane->ports[0].tap_fd = ends[0];
	dataplane->ports[0].injector = worker;
	assert_int_equal(pump_start(dataplane, &config, &error), STATUS_OK);

	/* One at a time, so that none finds the ring full. No slot twice: when the pump gives one
	 * back is not to be seen from here. */
	for (unsigned i = 0; i < SLOTS - 1; i++) {
		uint8_t frame[ROOM];

		worker->batch.exception_count = 1;
		worker->batch.exceptions[0] = &fixture->slots[i].mbuf;
		exception_burst(worker, &queue, &worker->batch);
		assert_int_equal(recv(ends[1], frame, sizeof(frame), 0), sizeof(query_ipv4));
		assert_int_equal(be16_read(frame + 42), i);
		assert_memory_equal(frame, query_ipv4, 42);
	}
	pump_stop(dataplane);
	for (unsigned i = 0; i < SLOTS - 1; i++)
		assert_int_equal(rte_mbuf_refcnt_read(&fixture->slots[i].mbuf), 1);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_miss_and_reply, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_rings_are_counted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_exceptions_are_counted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pump_carries_to_the_kernel, setup, teardown),
	};

	return cmocka_run_group_tests_name("rings", tests, NULL, NULL);
}
