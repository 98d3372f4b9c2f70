/* stats.h -- figures and states as JSON: what the control socket's commands report.
 *
 * Threads:   control.
 * Memory:    the caller owns the returned value; NULL: out of memory.
 * Errors:    none but that.
 * Standards: the members are documented in docs/control-protocol.md.
 */
#ifndef GLUED_CONTROL_STATS_H
#define GLUED_CONTROL_STATS_H

#include <jansson.h>

#include "control/server.h"

json_t *stats_status(const struct server *server);
json_t *stats_counters(const struct server *server);
json_t *stats_ports(const struct server *server);

/* One zone; with its findings or without. */
json_t *stats_zone(const struct hosted_zone *zone, bool has_findings);

#endif
