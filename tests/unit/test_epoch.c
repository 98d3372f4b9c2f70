/* test_epoch.c -- nobody reads what has been freed, and everything is freed in the end. Worth most
 * under ThreadSanitizer and AddressSanitizer. */
#include "dataplane/epoch.h"
#include "dataplane/serving.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

enum { READERS = 3, PUBLISHES = 1000, LOOKS = 8 };

/* What a reader checks of a set: that all of it was written before it could be seen, and that it
 * has not been poisoned yet. */
enum { PAYLOAD_OF = 7 };

static struct serving *
serving_make(uint64_t generation)
{
	struct serving *serving = calloc(1, sizeof(*serving));

	assert_non_null(serving);
	serving->generation = generation;
	serving->udp_payload_max[0] = (uint16_t)(generation * PAYLOAD_OF);
	return serving;
}

static void
serving_poison(struct serving *serving)
{
	serving->generation = 0;
	serving->udp_payload_max[0] = 1;
	free(serving);
}

struct reader {
	pthread_t thread;
	unsigned number;
	bool is_restless; /* goes offline and comes back all the time */
	atomic_bool is_stopping;
	atomic_uint bursts;
	atomic_uint faults;
};

static void *
read_sets(void *argument)
{
	struct reader *reader = argument;
	uint64_t last = 0;

	epoch_online(reader->number);
	while (!atomic_load(&reader->is_stopping)) {
		const struct serving *serving = serving_current();

		for (unsigned i = 0; i < LOOKS; i++) {
			/* The moment that matters: who has a set loses its core. The kernel by
			 * itself takes it seldom, and for long: a minute of waiting in all. */
			if (i == LOOKS / 2)
				sched_yield();
			uint64_t generation = serving->generation;

			if (generation < last ||
			    serving->udp_payload_max[0] != (uint16_t)(generation * PAYLOAD_OF))
				atomic_fetch_add(&reader->faults, 1);
			last = generation;
		}
		epoch_quiescent(reader->number);
		atomic_fetch_add(&reader->bursts, 1);
		if (reader->is_restless) {
			epoch_offline(reader->number);
			epoch_online(reader->number);
		}
	}
	epoch_offline(reader->number);
	return NULL;
}

static void
test_readers_see_whole_sets(void **state)
{
	struct reader readers[READERS] = {0};

	(void)state;
	epoch_init();
	struct serving *current = serving_make(1);
	serving_swap(current);
	for (unsigned i = 0; i < READERS; i++) {
		readers[i].number = i * (EPOCH_READERS_MAX - 1) / (READERS - 1);
		readers[i].is_restless = i == READERS - 1;
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_sets, &readers[i]),
				 0);
	}
	for (unsigned i = 0; i < READERS; i++) {
		while (atomic_load(&readers[i].bursts) == 0)
			sched_yield();
	}

	for (uint64_t generation = 2; generation < PUBLISHES; generation++) {
		struct serving *next = serving_make(generation);

		assert_ptr_equal(serving_swap(next), current);
		uint64_t token = epoch_advance();
		while (!epoch_is_over(token))
			sched_yield();
		serving_poison(current);
		current = next;
	}

	for (unsigned i = 0; i < READERS; i++) {
		atomic_store(&readers[i].is_stopping, true);
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(atomic_load(&readers[i].faults), 0);
	}
	assert_ptr_equal(serving_swap(NULL), current);
	free(current);
}

static void
test_without_readers_it_is_over_at_once(void **state)
{
	(void)state;
	epoch_init();
	assert_true(epoch_is_over(epoch_advance()));
}

static void
test_it_is_not_over_before_the_last_reader(void **state)
{
	(void)state;
	epoch_init();
	epoch_online(0);
	epoch_online(EPOCH_READERS_MAX - 1);
	uint64_t token = epoch_advance();
	assert_false(epoch_is_over(token));
	epoch_quiescent(0);
	assert_false(epoch_is_over(token));
	epoch_quiescent(0);
	assert_false(epoch_is_over(token));
	epoch_quiescent(EPOCH_READERS_MAX - 1);
	assert_true(epoch_is_over(token));

	/* The next period asks again; a reader that leaves need not be waited for. */
	uint64_t next = epoch_advance();
	assert_false(epoch_is_over(next));
	assert_true(epoch_is_over(token));
	epoch_offline(0);
	assert_false(epoch_is_over(next));
	epoch_offline(EPOCH_READERS_MAX - 1);
	assert_true(epoch_is_over(next));
}

static void
test_who_comes_later_is_not_waited_for(void **state)
{
	(void)state;
	epoch_init();
	epoch_online(1);
	uint64_t token = epoch_advance();
	epoch_online(2); /* can only have loaded what was published before the token */
	epoch_quiescent(1);
	assert_true(epoch_is_over(token));
	epoch_offline(1);
	epoch_offline(2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_readers_it_is_over_at_once),
	    cmocka_unit_test(test_it_is_not_over_before_the_last_reader),
	    cmocka_unit_test(test_who_comes_later_is_not_waited_for),
	    cmocka_unit_test(test_readers_see_whole_sets),
	};

	return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
