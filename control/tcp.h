/* tcp.h -- DNS over TCP, on the control thread.
 *
 * Threads:   control.
 * Memory:    a client costs its socket, what it has sent of unanswered queries (at most 64 KiB) and
 *            what it has not yet read of its responses (bounded: past TCP_UNSENT_MAX no more is
 *            read from it).
 * Errors:    tcp_listen() names the address and the system's reason. Afterwards a client's failure
 *            ends that client alone.
 * Standards: RFC 1035 4.2.2; RFC 7766 (pipelining 6.2.1.1, idle timeouts 6.2.3, framing 8).
 *
 * Queries of one connection are answered in the order they came. When all limits.tcp-clients
 * connections are in use, the one that has been idle longest gives way to the next.
 */
#ifndef GLUED_CONTROL_TCP_H
#define GLUED_CONTROL_TCP_H

#include <uv.h>

#include "control/address.h"
#include "dataplane/counters.h"

struct tcp_listener;

struct tcp_limits {
	unsigned client_max;
	unsigned idle_s;
};

/* Counts in *counters. */
NODISCARD enum status tcp_listener_new(uv_loop_t *loop, const struct tcp_limits *limits,
				       struct counters *counters, struct tcp_listener **out);

/* Adds a socket; `may_be_absent`: to an address that no interface has yet. */
NODISCARD enum status tcp_listen(struct tcp_listener *listener, const struct address *address,
				 uint16_t port, bool may_be_absent, struct error *error);

size_t tcp_client_count(const struct tcp_listener *listener);

/* The loop must run until it has nothing left to do before tcp_listener_free(). NULL is allowed. */
void tcp_listener_close(struct tcp_listener *listener);
void tcp_listener_free(struct tcp_listener *listener);

#endif
