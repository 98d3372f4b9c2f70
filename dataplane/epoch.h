/* epoch.h -- when is what was retired unreachable? Quiescent-state based reclamation (rte_rcu_qsbr
 * behind it).
 *
 * Threads:   readers are the workers, each with a slot number it owns; epoch_advance() and
 *            epoch_is_over() are control's. Control itself is no reader: it never holds a serving
 *            set across its own loop iterations.
 * Memory:    one static variable of fixed size; works without EAL and with no reader at all.
 * Errors:    none.
 * Standards: none.
 */
#ifndef GLUED_DATAPLANE_EPOCH_H
#define GLUED_DATAPLANE_EPOCH_H

#include "zones/base.h"

enum { EPOCH_READERS_MAX = 128 };

/* Before the first reader; again after all have gone. */
void epoch_init(void);

/* By the reader. Between online and offline it must pass quiescent states, or nothing is ever
 * freed. */
void epoch_online(unsigned reader);
void epoch_offline(unsigned reader);

/* By the reader: "no pointer into the serving set survives this line". */
void epoch_quiescent(unsigned reader);

/* After the swap: a token for the grace period that begins now. */
uint64_t epoch_advance(void);

/* Has every online reader passed a quiescent state since the token was drawn? Never waits. */
bool epoch_is_over(uint64_t token);

#endif
