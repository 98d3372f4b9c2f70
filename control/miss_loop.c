#include "control/miss_loop.h"

#include "control/request.h"
#include "dataplane/clock.h"
#include "dataplane/serving.h"

enum {
	/* Workers do not wake us: that would be a system call while they poll. Misses are rare, and
	   a millisecond is less than the way to most clients. */
	MISS_POLL_MS = 1,

	/* Of one turn, so that a flood of misses leaves time for everything else. What this does
	   not take fills the ring, which drops and counts. */
	MISSES_PER_TURN = 512,
};

static void
decide_misses(uv_timer_t *timer)
{
	struct miss_loop *loop = timer->data;
	struct miss miss;
	for (unsigned i = 0; i < MISSES_PER_TURN && miss_next(loop->dataplane, &miss); i++) {
		struct arrival arrival = {.client = miss.client.octets,
					  .time = clock_seconds(),
					  .transport = TRANSPORT_UDP,
					  .is_ipv6 = miss.client.is_ipv6};
		size_t response_len =
		    request_decide(serving_current(), &arrival, miss.message, miss.len, miss.cap);
		loop->decided_count++;
		if (response_len > 0)
			miss_reply(loop->dataplane, &miss, response_len);
		else
			miss_drop(loop->dataplane, &miss);
	}
}

void
miss_loop_start(struct miss_loop *loop, uv_loop_t *uv_loop, struct dataplane *dataplane)
{
	*loop = (struct miss_loop){.dataplane = dataplane};
	uv_timer_init(uv_loop, &loop->timer);
	loop->timer.data = loop;
	uv_timer_start(&loop->timer, decide_misses, MISS_POLL_MS, MISS_POLL_MS);
}

void
miss_loop_close(struct miss_loop *loop)
{
	if (loop->dataplane != NULL)
		uv_close((uv_handle_t *)&loop->timer, NULL);
	loop->dataplane = NULL;
}
