/* server.h -- what main.c put together, for those who report on it and command it.
 *
 * Threads:   control.
 * Memory:    main.c owns everything here, from start to stop.
 * Errors:    none.
 * Standards: none.
 */
#ifndef GLUED_CONTROL_SERVER_H
#define GLUED_CONTROL_SERVER_H

#include <sched.h>

#include <uv.h>

#include "control/config.h"
#include "control/images.h"
#include "control/listen.h"
#include "control/miss_loop.h"
#include "control/publish.h"
#include "control/reload.h"
#include "control/tcp.h"
#include "control/zone_change.h"
#include "control/zone_table.h"
#include "dataplane/dataplane.h"

struct control_socket;

struct server {
	uv_loop_t loop;
	uv_signal_t signals[3];
	uv_timer_t tick; /* what nobody calls us for */
	struct config *config;
	struct zone_table *zones;
	struct publisher *publisher;
	struct images *images;
	struct reloader *reloader;
	struct zone_changer *changer;
	struct control_socket *control_socket;
	struct dataplane *dataplane; /* NULL: no ports */
	struct miss_loop miss_loop;
	struct udp_listener *udp;
	struct tcp_listener *tcp;
	struct counters udp_counters;
	struct counters tcp_counters;
	cpu_set_t cores_allowed; /* what the process was started with */
	uint64_t started_at;     /* seconds since the epoch */
	int farewell_descriptor; /* closed last: the client of "stop" waits for that; -1: none */
	bool is_exception_lost[PORTS_MAX]; /* and logged */
	bool is_ready;
	bool is_stopping;
};

/* Asks the server to end; `why` goes to the log. Returns at once. */
void server_stop(struct server *server, const char *why);

/* Reads all zones again (SIGHUP); what comes of it goes to the log. */
void server_reload_zones(struct server *server);

#endif
