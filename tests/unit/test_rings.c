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
#include <rte_ethdev.h>

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

/* --- a device whose queue is nearly full: it takes so many frames a call, and so many in all ---
 */

struct device {
	unsigned per_call;
	unsigned room;
	unsigned taken_count;
	struct rte_mbuf *taken[SLOTS];
};

static uint16_t
take_frames(void *queue, struct rte_mbuf **frames, uint16_t count)
{
	struct device *device = queue;
	unsigned taken = count < device->per_call ? count : device->per_call;

	if (taken > device->room)
		taken = device->room;
	memcpy(device->taken + device->taken_count, frames, taken * sizeof(*frames));
	device->taken_count += taken;
	device->room -= taken;
	return (uint16_t)taken;
}

/* rte_eth_tx_burst() looks nowhere else. */
static void
device_install(struct device *device, void **queue_data, void **queue_callbacks)
{
	queue_data[0] = device;
	queue_callbacks[0] = NULL;
	rte_eth_fp_ops[0].tx_pkt_burst = take_frames;
	rte_eth_fp_ops[0].txq.data = queue_data;
	rte_eth_fp_ops[0].txq.clbk = queue_callbacks;
}

/* Of frames in these slots the device has the first `taken`; the others were given back. */
static void
check_taken(const struct device *device, const struct slot *slots, unsigned count, unsigned taken)
{
	assert_int_equal(device->taken_count, taken);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(rte_mbuf_refcnt_read(&slots[i].mbuf), i < taken ? 2 : 1);
		if (i < taken)
			assert_ptr_equal(device->taken[i], &slots[i].mbuf);
	}
}

enum { BURST = 6 }; /* less than RING_CAP: replies and injected frames come by rings */

static void
answers_of(struct batch *batch, struct slot *slots)
{
	for (unsigned i = 0; i < BURST; i++) {
		batch->queries[i] = &slots[i].mbuf;
		batch->layouts[i] = (struct frame_layout){14, 34, 42, sizeof(message_query), false};
		batch->items[i] = (struct answer_item){
		    .message = slots[i].octets + 42,
		    .len = sizeof(message_query),
		    .cap = ROOM - 42,
		    .response_len = sizeof(message_query),
		    .disposition = COUNTER_ANSWER,
		};
	}
	batch->query_count = BURST;
}

static void
into_ring(struct rte_ring *ring, struct slot *slots)
{
	for (unsigned i = 0; i < BURST; i++) {
		*frame_note(&slots[i].mbuf) = (struct frame_note){
		    .layout = {14, 34, 42, sizeof(message_query), false},
		};
		assert_int_equal(rte_ring_sp_enqueue(ring, &slots[i].mbuf), 0);
	}
}

static void
test_what_the_device_refuses_is_freed(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = fixture->worker;
	struct slot *slots = fixture->slots;
	static struct device devices[3];
	void *queue_data[1], *queue_callbacks[1];

	worker->queues[0] = (struct queue){0};
	devices[0] = (struct device){.per_call = BURST, .room = 4};
	device_install(&devices[0], queue_data, queue_callbacks);
	answers_of(&worker->batch, slots);
	tx_burst(worker, &worker->queues[0], &worker->batch);
	assert_int_equal(worker->batch.query_count, 0);
	check_taken(&devices[0], slots, BURST, 4);
	assert_int_equal(counter_read(&worker->counters, COUNTER_ANSWER), BURST);
	assert_int_equal(counter_read(&worker->counters, COUNTER_TX), 4);
	assert_int_equal(counter_read(&worker->counters, COUNTER_TX_FULL), BURST - 4);

	slots += BURST;
	devices[1] = (struct device){.per_call = BURST, .room = 1};
	device_install(&devices[1], queue_data, queue_callbacks);
	into_ring(worker->reply, slots);
	reply_burst(worker);
	check_taken(&devices[1], slots, BURST, 1);
	assert_int_equal(counter_read(&worker->counters, COUNTER_REPLY), BURST);
	assert_int_equal(counter_read(&worker->counters, COUNTER_TX), 4 + 1);
	assert_int_equal(counter_read(&worker->counters, COUNTER_TX_FULL), BURST - 4 + BURST - 1);

	slots += BURST;
	devices[2] = (struct device){.per_call = BURST, .room = 0};
	device_install(&devices[2], queue_data, queue_callbacks);
	into_ring(worker->inject, slots);
	inject_burst(worker);
	check_taken(&devices[2], slots, BURST, 0);
	assert_int_equal(counter_read(&worker->counters, COUNTER_INJECT), 0);
	assert_int_equal(counter_read(&worker->counters, COUNTER_INJECT_FULL), BURST);
}

/* It takes two at a time: the rest of the burst is offered again, in order. */
static void
test_a_slow_device_gets_everything(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = fixture->worker;
	static struct device device = {.per_call = 2, .room = BURST};
	void *queue_data[1], *queue_callbacks[1];

	worker->queues[0] = (struct queue){0};
	device_install(&device, queue_data, queue_callbacks);
	answers_of(&worker->batch, fixture->slots);
	tx_burst(worker, &worker->queues[0], &worker->batch);
	check_taken(&device, fixture->slots, BURST, BURST);
	assert_int_equal(counter_read(&worker->counters, COUNTER_TX), BURST);
	assert_int_equal(counter_read(&worker->counters, COUNTER_TX_FULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_miss_and_reply, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_rings_are_counted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_exceptions_are_counted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_the_device_refuses_is_freed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_slow_device_gets_everything, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pump_carries_to_the_kernel, setup, teardown),
	};

	return cmocka_run_group_tests_name("rings", tests, NULL, NULL);
}
