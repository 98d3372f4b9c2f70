/* control_socket.h -- the control socket: who is connected, and lines in and out.
 *
 * Threads:   control.
 * Memory:    a session lives until its client has gone and its command has been answered.
 * Errors:    a client that sends garbage, too much, or nothing at all loses its own connection.
 * Standards: RFC 8259 (JSON), one value a line; docs/control-protocol.md.
 */
#ifndef GLUED_CONTROL_CONTROL_SOCKET_H
#define GLUED_CONTROL_CONTROL_SOCKET_H

#include <jansson.h>

#include "control/server.h"

enum {
	/* A reload of thousands of zones by name still fits. */
	CONTROL_REQUEST_MAX = 64 * 1024,

	/* People and scripts, not the network: more than this is a script gone wild. */
	CONTROL_SESSIONS_MAX = 32,

	/* For a client to send a request or to take a reply. */
	CONTROL_IDLE_MS = 30000,
};

/* A client's connection. */
struct session;

/* Listens on config->control_socket. The file that a dead server left is replaced; that of a live
 * one is an error, which the lock on a file beside it (".lock") makes sure of. */
NODISCARD enum status control_socket_start(struct server *server, struct control_socket **out,
					   struct error *error);

/* Stops listening, removes the file, closes the sessions. The loop must run until it has nothing
 * left to do before control_socket_free(). NULL is allowed. */
void control_socket_close(struct control_socket *socket);

/* Gives the path up: another server may have it. */
void control_socket_free(struct control_socket *socket);

/* The one reply that a session owes for the request that command_run() was given; takes `reply`,
 * NULL standing for "out of memory". */
void session_reply(struct session *session, json_t *reply);

/* The same for a reply that is text already: one line with its end. Takes `text`. */
void session_reply_text(struct session *session, char *text, size_t len);

/* Keeps the connection open for the client beyond the session: a descriptor that is the caller's to
 * close, or -1. */
int session_keep_open(struct session *session);

#endif
