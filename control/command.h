/* command.h -- what the control socket can be asked to do.
 *
 * Threads:   control.
 * Memory:    a command that takes time owns what it has gathered until it replies.
 * Errors:    every request ends in exactly one session_reply().
 * Standards: docs/control-protocol.md.
 */
#ifndef GLUED_CONTROL_COMMAND_H
#define GLUED_CONTROL_COMMAND_H

#include "control/control_socket.h"

enum { CONTROL_PROTOCOL_VERSION = 1 };

/* Carries out the request in `line` (without its newline); the reply may come later. */
void command_run(struct server *server, struct session *session, const char *line, size_t len);

/* {"version":1,"ok":false,"error":...} */
json_t *command_refusal(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
