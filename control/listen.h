/* listen.h -- DNS over the kernel's UDP sockets, on the control thread.
 *
 * Threads:   control.
 * Memory:    a listener owns its sockets and one burst of buffers until udp_listener_free().
 * Errors:    udp_listen() names the address and the system's reason. Afterwards nothing fails: what
 *            cannot be sent is counted (tx_full) and forgotten, and an error of a socket is logged.
 * Standards: RFC 1035 4.2.1; RFC 2181 4.1 (answer from the address that was asked); RFC 3542 6.
 */
#ifndef GLUED_CONTROL_LISTEN_H
#define GLUED_CONTROL_LISTEN_H

#include <uv.h>

#include "control/address.h"
#include "dataplane/counters.h"

struct udp_listener;

/* Counts in *counters. */
NODISCARD enum status udp_listener_new(uv_loop_t *loop, struct counters *counters,
				       struct udp_listener **out);

/* Adds a socket; `may_be_absent`: to an address that no interface has yet. Of a wildcard address
 * each answer leaves from the address that was asked. */
NODISCARD enum status udp_listen(struct udp_listener *listener, const struct address *address,
				 uint16_t port, bool may_be_absent, struct error *error);

/* The loop must run once more before udp_listener_free(). NULL is allowed. */
void udp_listener_close(struct udp_listener *listener);
void udp_listener_free(struct udp_listener *listener);

/* A socket of `type` bound to the address: SO_REUSEADDR for TCP, IPV6_V6ONLY; `may_be_absent` binds
 * to an address that no interface has yet. -1 with *error filled. For udp_listen() and
 * tcp_listen(). */
int socket_bind(int type, const struct address *address, uint16_t port, bool may_be_absent,
		struct error *error);

#endif
