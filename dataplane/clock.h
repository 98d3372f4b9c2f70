/* clock.h -- the time of day to the second, for those who may not ask the kernel.
 *
 * Threads:   control sets it; anyone reads.
 * Memory:    none.
 * Errors:    none.
 * Standards: none.
 *
 * The second is late by as much as the control thread is: enough for what is measured in minutes
 * (RFC 9018 4.3), not for more.
 */
#ifndef GLUED_DATAPLANE_CLOCK_H
#define GLUED_DATAPLANE_CLOCK_H

#include "zones/base.h"

/* Seconds since 1970, modulo 2^32; 0 before the first clock_set(). */
uint32_t clock_seconds(void);
void clock_set(uint32_t seconds);

#endif
