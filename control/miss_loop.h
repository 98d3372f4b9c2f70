/* miss_loop.h -- the control thread's end of the miss ring: what no worker could answer.
 *
 * Threads:   control.
 * Memory:    none but its timer; a miss is given back before the function that took it returns.
 * Errors:    none.
 * Standards: see request.h.
 */
#ifndef GLUED_CONTROL_MISS_LOOP_H
#define GLUED_CONTROL_MISS_LOOP_H

#include <uv.h>

#include "dataplane/dataplane.h"

struct miss_loop {
	uv_timer_t timer;
	struct dataplane *dataplane;
	uint64_t decided_count;
};

void miss_loop_start(struct miss_loop *loop, uv_loop_t *uv_loop, struct dataplane *dataplane);

/* Before dataplane_stop(). */
void miss_loop_close(struct miss_loop *loop);

#endif
