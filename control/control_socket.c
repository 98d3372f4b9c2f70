#include "control/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/command.h"
#include "control/log.h"

struct control_socket {
	uv_pipe_t handle;
	struct server *server;
	struct session *sessions;
	size_t session_count;
	int lock_descriptor; /* of the file beside the socket, as long as the path is ours */
	char *lock_path;
};

/* One request at a time: while a command runs or its reply is on the way, nothing more is read. */
struct session {
	struct session *next;
	struct session *before;
	uv_pipe_t handle;
	uv_timer_t idle;
	struct control_socket *socket;
	unsigned open_handles;
	bool is_running; /* a command owes its reply */
	bool is_writing;
	bool is_ended; /* the client sends no more */
	bool is_closing;
	bool is_advancing; /* session_advance() is below us on the stack */
	size_t input_len;
	char input[CONTROL_REQUEST_MAX];
};

struct session_write {
	uv_write_t request;
	struct session *session;
	char *text;
};

static void session_advance(struct session *session);

/* -- life of a session --------------------------------------------------------------------------
 */

static void
session_free_if_unused(struct session *session)
{
	if (session->open_handles == 0 && !session->is_running)
		free(session);
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct session *session = handle->data;
	session->open_handles--;
	session_free_if_unused(session);
}

static void
session_close(struct session *session)
{
	if (session->is_closing)
		return;
	session->is_closing = true;
	*(session->before != NULL ? &session->before->next : &session->socket->sessions) =
	    session->next;
	if (session->next != NULL)
		session->next->before = session->before;
	session->socket->session_count--;
	uv_close((uv_handle_t *)&session->handle, on_handle_closed);
	uv_close((uv_handle_t *)&session->idle, on_handle_closed);
}

static void
on_idle(uv_timer_t *timer)
{
	session_close(timer->data);
}

/* -- lines out ----------------------------------------------------------------------------------
 */

static void
on_written(uv_write_t *request, int status)
{
	struct session_write *pending = (struct session_write *)request;
	struct session *session = pending->session;
	free(pending->text);
	free(pending);
	session->is_writing = false;
	if (status != 0)
		session_close(session);
	else
		session_advance(session);
}

/* Takes `text`. */
static void
session_write(struct session *session, char *text, size_t len)
{
	uv_buf_t buffer = uv_buf_init(text, (unsigned)len);
	int written = uv_try_write((uv_stream_t *)&session->handle, &buffer, 1);
	size_t taken = written > 0 ? (size_t)written : 0;
	struct session_write *pending = NULL;
	if (taken == len)
		goto free_text;
	pending = malloc(sizeof(*pending));
	if (pending == NULL || (written < 0 && written != UV_EAGAIN))
		goto close_session;
	*pending = (struct session_write){.session = session, .text = text};
	buffer = uv_buf_init(text + taken, (unsigned)(len - taken));
	if (uv_write(&pending->request, (uv_stream_t *)&session->handle, &buffer, 1, on_written) !=
	    0)
		goto close_session;
	session->is_writing = true;
	return;
close_session:
	free(pending);
	session_close(session);
free_text:
	free(text);
}

static char *
print_line(json_t *reply, size_t *len)
{
	size_t text_len = json_dumpb(reply, NULL, 0, JSON_COMPACT);
	char *text = text_len > 0 ? malloc(text_len + 1) : NULL;
	if (text == NULL)
		return NULL;
	json_dumpb(reply, text, text_len, JSON_COMPACT);
	text[text_len] = '\n';
	*len = text_len + 1;
	return text;
}

void
session_reply_text(struct session *session, char *text, size_t len)
{
	session->is_running = false;
	if (session->is_closing) {
		free(text);
		session_free_if_unused(session);
		return;
	}
	if (text == NULL) {
		session_close(session); /* out of memory: no reply is a reply too */
		return;
	}
	uv_timer_start(&session->idle, on_idle, CONTROL_IDLE_MS, 0);
	session_write(session, text, len);
	/* The reply of a command that took its time: go on to the next request. */
	if (!session->is_advancing)
		session_advance(session);
}

void
session_reply(struct session *session, json_t *reply)
{
	size_t len = 0;
	char *text = reply != NULL && !session->is_closing ? print_line(reply, &len) : NULL;
	json_decref(reply);
	session_reply_text(session, text, len);
}

int
session_keep_open(struct session *session)
{
	uv_os_fd_t descriptor;
	if (uv_fileno((const uv_handle_t *)&session->handle, &descriptor) != 0)
		return -1;
	return fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
}

/* A last word to a client whose request cannot even be read. */
static void
session_put_off(struct session *session, const char *reason)
{
	log_event(EVENT_CONTROL_REFUSED, LOG_TEXT("reason", reason));
	session->is_advancing = true; /* this reply is the last */
	session_reply(session, command_refusal("%s", reason));
	session_close(session);
}

/* -- lines in -----------------------------------------------------------------------------------
 */

/* Runs the first line of the input; false if there is none yet. */
static bool
run_line(struct session *session)
{
	char *newline = memchr(session->input, '\n', session->input_len);
	if (newline == NULL)
		return false;
	size_t len = (size_t)(newline - session->input);
	session->is_running = true;
	uv_timer_stop(&session->idle);
	command_run(session->socket->server, session, session->input, len);
	return true;
}

/* Out of the input once command_run() has read it. */
static void
drop_line(struct session *session)
{
	char *newline = memchr(session->input, '\n', session->input_len);
	size_t used = (size_t)(newline - session->input) + 1;
	session->input_len -= used;
	memmove(session->input, newline + 1, session->input_len);
}

static void
offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct session *session = handle->data;
	*out = uv_buf_init(session->input + session->input_len,
			   (unsigned)(sizeof(session->input) - session->input_len));
}

static void
on_received(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
	struct session *session = stream->data;
	if (session->is_closing || len == 0)
		return;
	if (len == UV_EOF)
		session->is_ended = true;
	else if (len > 0)
		session->input_len += (size_t)len;
	if (len < 0 && len != UV_EOF)
		session_close(session);
	else
		session_advance(session);
}

/* Runs the requests of the input, each once the one before it has been answered. A session is freed
 * only from the loop's close callbacks or by a late reply, so it outlives command_run(). */
static void
run_lines(struct session *session)
{
	session->is_advancing = true;
	while (!session->is_closing && !session->is_running && !session->is_writing) {
		if (!run_line(session))
			break;
		drop_line(session);
	}
	session->is_advancing = false;
}

/* Whatever has happened to a session, this decides what is next: run, wait, read on, or end. */
static void
session_advance(struct session *session)
{
	uv_stream_t *stream = (uv_stream_t *)&session->handle;
	if (session->is_closing)
		return;
	run_lines(session);
	if (session->is_closing)
		return;
	uv_read_stop(stream);
	if (session->is_running || session->is_writing)
		return;
	if (session->is_ended)
		session_close(session);
	else if (session->input_len == sizeof(session->input))
		session_put_off(session, "the request is longer than 65536 octets");
	else if (uv_read_start(stream, offer_room, on_received) != 0)
		session_close(session);
}

static void
on_connection(uv_stream_t *server, int status)
{
	struct control_socket *socket = server->data;
	struct session *session = status == 0 ? malloc(sizeof(*session)) : NULL;
	if (session == NULL)
		return;
	memset(session, 0, offsetof(struct session, input));
	session->socket = socket;
	session->open_handles = 2;
	uv_pipe_init(&socket->server->loop, &session->handle, 0);
	uv_timer_init(&socket->server->loop, &session->idle);
	session->handle.data = session;
	session->idle.data = session;
	session->next = socket->sessions;
	if (session->next != NULL)
		session->next->before = session;
	socket->sessions = session;
	socket->session_count++;
	if (uv_accept(server, (uv_stream_t *)&session->handle) != 0) {
		session_close(session);
		return;
	}
	if (socket->session_count > CONTROL_SESSIONS_MAX) {
		session_put_off(session, "too many clients of the control socket");
		return;
	}
	uv_timer_start(&session->idle, on_idle, CONTROL_IDLE_MS, 0);
	session_advance(session);
}

/* -- the socket ---------------------------------------------------------------------------------
 */

/* Is the file at `path` still the one that is open? */
static bool
is_same_file(int descriptor, const char *path)
{
	struct stat opened;
	struct stat found;
	return fstat(descriptor, &opened) == 0 && lstat(path, &found) == 0 &&
	       opened.st_ino == found.st_ino && opened.st_dev == found.st_dev;
}

/* Between the look at a file that a dead server left and bind(), another server could do the same:
 * both would remove it, and the second would take the path from the first. The lock lasts as long
 * as the process, however that ends. Its file is removed by whoever holds it, so that a lock is
 * worth something only on the file that is still there. */
static enum status
take_lock(struct control_socket *socket, const char *path, struct error *error)
{
	if (asprintf(&socket->lock_path, "%s.lock", path) < 0) {
		socket->lock_path = NULL;
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	}
	for (;;) {
		int descriptor = open(socket->lock_path,
				      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
		if (descriptor < 0)
			return error_set(error, STATUS_IO, "cannot listen on %s: %s: %s", path,
					 socket->lock_path, strerror(errno));
		if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
			int reason = errno;
			close(descriptor);
			return reason == EWOULDBLOCK
				   ? error_set(error, STATUS_REFUSED,
					       "another server listens on %s", path)
				   : error_set(error, STATUS_IO, "cannot lock %s: %s",
					       socket->lock_path, strerror(reason));
		}
		if (is_same_file(descriptor, socket->lock_path)) {
			socket->lock_descriptor = descriptor;
			return STATUS_OK;
		}
		close(descriptor);
	}
}

static void
give_lock_back(struct control_socket *socket)
{
	if (socket->lock_descriptor >= 0) {
		unlink(socket->lock_path);
		close(socket->lock_descriptor);
	}
	free(socket->lock_path);
}

/* A file that a dead server left is in the way of bind(); a live server answers a connect(). */
static enum status
clear_way(const char *path, struct error *error)
{
	struct stat found;
	if (lstat(path, &found) != 0)
		return STATUS_OK; /* bind() will say what else is wrong */
	if (!S_ISSOCK(found.st_mode))
		return error_set(error, STATUS_IO, "%s exists and is no socket", path);
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return error_set(error, STATUS_IO, "no socket can be had: %s", strerror(errno));
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	snprintf(where.sun_path, sizeof(where.sun_path), "%s", path);
	int result = connect(descriptor, (const struct sockaddr *)&where, sizeof(where));
	int reason = errno;
	close(descriptor);
	if (result == 0 || reason == EAGAIN)
		return error_set(error, STATUS_REFUSED, "another server listens on %s", path);
	if (reason == ECONNREFUSED && unlink(path) == 0)
		return STATUS_OK;
	return error_set(error, STATUS_IO, "%s is in the way: %s", path, strerror(reason));
}

/* /run/glued is gone after each boot. */
static void
make_directory(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	snprintf(directory, sizeof(directory), "%s", path);
	char *slash = strrchr(directory, '/');
	if (slash == NULL || slash == directory)
		return;
	*slash = '\0';
	mkdir(directory, 0755); /* if this does not work, bind() will say why */
}

static void
on_socket_closed(uv_handle_t *handle)
{
}

enum status
control_socket_start(struct server *server, struct control_socket **out, struct error *error)
{
	const char *path = server->config->control_socket;
	make_directory(path);
	struct control_socket *socket = calloc(1, sizeof(*socket));
	if (socket == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	socket->lock_descriptor = -1;
	enum status status = take_lock(socket, path, error);
	if (status == STATUS_OK)
		status = clear_way(path, error);
	if (status != STATUS_OK) {
		control_socket_free(socket);
		return status;
	}
	socket->server = server;
	uv_pipe_init(&server->loop, &socket->handle, 0);
	socket->handle.data = socket;
	/* Owner and group only, from the first moment on: bind() makes the file with this mask. */
	mode_t mask_before = umask(0117);
	int result = uv_pipe_bind(&socket->handle, path);
	umask(mask_before);
	if (result == 0)
		result =
		    uv_listen((uv_stream_t *)&socket->handle, CONTROL_SESSIONS_MAX, on_connection);
	*out = socket;
	if (result == 0)
		return STATUS_OK;
	return error_set(error, STATUS_IO, "cannot listen on %s: %s", path, uv_strerror(result));
}

void
control_socket_close(struct control_socket *socket)
{
	if (socket == NULL)
		return;
	while (socket->sessions != NULL)
		session_close(socket->sessions);
	uv_close((uv_handle_t *)&socket->handle, on_socket_closed); /* libuv removes the file */
}

void
control_socket_free(struct control_socket *socket)
{
	if (socket == NULL)
		return;
	give_lock_back(socket);
	free(socket);
}
