/* test_worker.c -- the loop of worker.c: the serving set is loaded once a round, every burst has
 * the set of its round, and the quiescent state comes when nothing has it any more. All that the
 * loop calls is this file's and writes down that it was called. */
#include "dataplane/epoch.h"
#include "dataplane/worker.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROUNDS = 3, READER = 5 };

static struct {
	struct worker worker;
	struct serving sets[ROUNDS];
	unsigned round;
	const struct serving *loaded; /* since the last quiescent state; NULL: none may be used */
	char calls[128];
	size_t call_count;
} world;

static void
note(char call)
{
	assert_true(world.call_count < sizeof(world.calls) - 1);
	world.calls[world.call_count++] = call;
}

void
epoch_online(unsigned reader)
{
	assert_int_equal(reader, READER);
	note('<');
}

void
epoch_offline(unsigned reader)
{
	assert_int_equal(reader, READER);
	note('>');
}

void
epoch_quiescent(unsigned reader)
{
	assert_int_equal(reader, READER);
	note('Q');
	world.loaded = NULL;
	if (++world.round == ROUNDS)
		atomic_store(&world.worker.is_stopping, true);
}

const struct serving *
serving_current(void)
{
	note('S');
	return world.loaded = &world.sets[world.round];
}

void
rx_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	assert_ptr_equal(queue, &worker->queues[queue->queue_idx]);
	assert_ptr_equal(batch, &worker->batch);
	note('r');
}

void
exception_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	note('e');
}

void
answer_burst(const struct serving *serving, struct answer_item *items, size_t item_count)
{
	assert_non_null(serving);
	assert_ptr_equal(serving, world.loaded);
	note('a');
}

void
miss_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	note('m');
}

void
tx_burst(struct worker *worker, const struct queue *queue, struct batch *batch)
{
	note('t');
}

void
reply_burst(struct worker *worker)
{
	note('y');
}

void
inject_burst(struct worker *worker)
{
	note('i');
}

static void
test_no_set_survives_its_round(void **state)
{
	struct worker *worker = &world.worker;

	worker->idx = READER;
	worker->queue_count = 2;
	worker->queues[1].queue_idx = 1;
	assert_int_equal(worker_run(worker), 0);
	assert_string_equal(world.calls, "<"
					 "SreamtreamtyiQ"
					 "SreamtreamtyiQ"
					 "SreamtreamtyiQ"
					 ">");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_set_survives_its_round),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
