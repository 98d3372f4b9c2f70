#include "control/tcp.h"

#include <stdlib.h>
#include <unistd.h>

#include "control/address.h"
#include "control/listen.h"
#include "control/log.h"
#include "control/request.h"
#include "dataplane/clock.h"
#include "dataplane/serving.h"
#include "zones/dns.h"

enum {
	TCP_PREFIX_LEN = 2,
	TCP_FRAME_MAX = TCP_PREFIX_LEN + MESSAGE_LEN_MAX,

	/* A query fits; larger messages grow the buffer to what their prefix announces. */
	TCP_INPUT_MIN = 1024,

	/* Responses that the client does not read. Two of the largest: enough to keep a fast reader
	   busy while the loop turns, and all that a client who asks and never reads can hold. */
	TCP_UNSENT_MAX = 2 * TCP_FRAME_MAX,

	TCP_BACKLOG = 1024,
	TCP_SWEEP_MS = 250,
};

struct tcp_socket {
	struct tcp_socket *next;
	uv_tcp_t handle;
	struct tcp_listener *listener;
};

/* A connection. Reading stops while responses wait (is_reading), and ends with the client's FIN
 * (is_ended); what was asked before is still answered. */
struct tcp_client {
	struct tcp_client *older; /* in the listener's list, by active_at */
	struct tcp_client *newer;
	uv_tcp_t handle;
	struct tcp_listener *listener;
	struct sockaddr_storage address;
	uint64_t active_at; /* ms: when a query was last answered or octets were taken */
	uint8_t *input;     /* octets not answered yet */
	size_t input_len;
	size_t input_cap;
	bool is_reading;
	bool is_ended;
	bool is_closing;
};

struct tcp_write {
	uv_write_t request;
	struct tcp_client *client;
	uint8_t octets[];
};

struct tcp_listener {
	uv_loop_t *loop;
	struct counters *counters;
	struct tcp_limits limits;
	struct tcp_socket *sockets;
	uv_timer_t sweep; /* closes idle clients */
	struct tcp_client *oldest;
	struct tcp_client *newest;
	size_t client_count;
	uint64_t full_logged_at; /* ms: at most one line a minute */
	/* Responses of the client that is being answered, before they go to its socket. */
	size_t output_len;
	uint8_t output[TCP_UNSENT_MAX];
};

static void on_client_closed(uv_handle_t *handle);
static void serve_client(struct tcp_client *client);

/* -- the list of clients, the longest idle first ------------------------------------------------
 */

static void
unlink_client(struct tcp_client *client)
{
	struct tcp_listener *listener = client->listener;
	*(client->older != NULL ? &client->older->newer : &listener->oldest) = client->newer;
	*(client->newer != NULL ? &client->newer->older : &listener->newest) = client->older;
}

static void
link_newest(struct tcp_client *client)
{
	struct tcp_listener *listener = client->listener;
	client->active_at = uv_now(listener->loop);
	client->newer = NULL;
	client->older = listener->newest;
	*(listener->newest != NULL ? &listener->newest->newer : &listener->oldest) = client;
	listener->newest = client;
}

static void
touch_client(struct tcp_client *client)
{
	unlink_client(client);
	link_newest(client);
}

static void
close_client(struct tcp_client *client)
{
	if (client->is_closing)
		return;
	client->is_closing = true;
	unlink_client(client);
	client->listener->client_count--;
	uv_close((uv_handle_t *)&client->handle, on_client_closed);
}

static void
on_client_closed(uv_handle_t *handle)
{
	struct tcp_client *client = handle->data;
	free(client->input);
	free(client);
}

static void
close_idle_clients(uv_timer_t *timer)
{
	struct tcp_listener *listener = timer->data;
	uint64_t idle_ms = (uint64_t)listener->limits.idle_s * 1000;
	while (listener->oldest != NULL &&
	       uv_now(listener->loop) - listener->oldest->active_at >= idle_ms)
		close_client(listener->oldest);
}

/* -- responses ----------------------------------------------------------------------------------
 */

static void
on_written(uv_write_t *request, int status)
{
	struct tcp_write *pending = (struct tcp_write *)request;
	struct tcp_client *client = pending->client;
	free(pending);
	if (client->is_closing)
		return;
	if (status != 0) {
		close_client(client);
		return;
	}
	touch_client(client);
	serve_client(client);
}

static bool
write_later(struct tcp_client *client, const uint8_t *octets, size_t len)
{
	struct tcp_write *pending = malloc(sizeof(*pending) + len);
	if (pending == NULL)
		return false;
	pending->client = client;
	memcpy(pending->octets, octets, len);
	uv_buf_t buffer = uv_buf_init((char *)pending->octets, (unsigned)len);
	if (uv_write(&pending->request, (uv_stream_t *)&client->handle, &buffer, 1, on_written) ==
	    0)
		return true;
	free(pending);
	return false;
}

/* Hands the collected responses to the socket, and to a queue what the socket does not take now. */
static void
flush_output(struct tcp_client *client)
{
	struct tcp_listener *listener = client->listener;
	size_t len = listener->output_len;
	listener->output_len = 0;
	if (len == 0 || client->is_closing)
		return;
	uv_buf_t buffer = uv_buf_init((char *)listener->output, (unsigned)len);
	int written = uv_try_write((uv_stream_t *)&client->handle, &buffer, 1);
	size_t taken = written > 0 ? (size_t)written : 0;
	if (written < 0 && written != UV_EAGAIN) {
		close_client(client);
		return;
	}
	if (taken < len && !write_later(client, listener->output + taken, len - taken))
		close_client(client);
}

static bool
has_unsent(const struct tcp_client *client)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&client->handle) > 0;
}

/* -- queries ------------------------------------------------------------------------------------
 */

/* Octets of the first frame in the input: 0 until its prefix is there. */
static size_t
frame_len(const struct tcp_client *client)
{
	if (client->input_len < TCP_PREFIX_LEN)
		return 0;
	return TCP_PREFIX_LEN + (size_t)be16_read(client->input);
}

/* Answers one query behind those that are collected already. The response is written where it will
 * be sent from. */
static void
answer_frame(struct tcp_client *client, const uint8_t *query, size_t query_len)
{
	struct tcp_listener *listener = client->listener;
	uint8_t *response = listener->output + listener->output_len + TCP_PREFIX_LEN;
	memcpy(response, query, query_len);
	struct arrival arrival = {.time = clock_seconds(), .transport = TRANSPORT_TCP};
	arrival_set_client(&arrival, &client->address);
	size_t response_len = request_answer(serving_current(), &arrival, response, query_len,
					     MESSAGE_LEN_MAX, listener->counters);
	if (response_len == 0)
		return;
	be16_write(response - TCP_PREFIX_LEN, (uint16_t)response_len);
	listener->output_len += TCP_PREFIX_LEN + response_len;
	counter_add(listener->counters, COUNTER_TX, 1);
}

/* Answers complete queries until none is left or the client does not keep up with reading. */
static void
answer_frames(struct tcp_client *client)
{
	struct tcp_listener *listener = client->listener;
	size_t done = 0;
	while (!client->is_closing && !has_unsent(client)) {
		size_t left = client->input_len - done;
		const uint8_t *frame = client->input + done;
		if (left < TCP_PREFIX_LEN)
			break;
		size_t len = TCP_PREFIX_LEN + (size_t)be16_read(frame);
		if (left < len)
			break;
		answer_frame(client, frame + TCP_PREFIX_LEN, len - TCP_PREFIX_LEN);
		done += len;
		if (sizeof(listener->output) - listener->output_len < TCP_FRAME_MAX)
			flush_output(client);
	}
	flush_output(client);
	if (done == 0 || client->is_closing)
		return;
	client->input_len -= done;
	memmove(client->input, client->input + done, client->input_len);
	touch_client(client);
}

/* The input has room for the frame that has begun, and for at least one octet more. */
static bool
make_room(struct tcp_client *client)
{
	size_t wanted = frame_len(client);
	if (wanted < TCP_INPUT_MIN)
		wanted = TCP_INPUT_MIN;
	/* Grown as octets arrive, so that a prefix alone does not cost 64 KiB. */
	size_t doubled = client->input_len * 2;
	if (wanted > doubled && doubled >= TCP_INPUT_MIN)
		wanted = doubled;
	if (wanted <= client->input_cap && client->input_len < client->input_cap)
		return true;
	if (wanted <= client->input_len)
		return false;
	uint8_t *grown = realloc(client->input, wanted);
	if (grown == NULL)
		return false;
	client->input = grown;
	client->input_cap = wanted;
	return true;
}

static void
offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct tcp_client *client = handle->data;
	*out = uv_buf_init(NULL, 0);
	if (make_room(client))
		*out = uv_buf_init((char *)client->input + client->input_len,
				   (unsigned)(client->input_cap - client->input_len));
}

static void
on_received(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
	struct tcp_client *client = stream->data;
	if (client->is_closing || len == 0)
		return;
	if (len == UV_EOF) {
		client->is_ended = true;
		client->is_reading = false;
	} else if (len < 0) {
		close_client(client);
		return;
	} else {
		client->input_len += (size_t)len;
	}
	serve_client(client);
}

static void
set_reading(struct tcp_client *client, bool is_reading)
{
	if (client->is_reading == is_reading)
		return;
	client->is_reading = is_reading;
	if (!is_reading)
		uv_read_stop((uv_stream_t *)&client->handle);
	else if (uv_read_start((uv_stream_t *)&client->handle, offer_room, on_received) != 0)
		close_client(client);
}

/* Whatever has happened to a client, this decides what is next: answer, wait for the reader, read
 * on, or end. */
static void
serve_client(struct tcp_client *client)
{
	answer_frames(client);
	if (client->is_closing)
		return;
	if (has_unsent(client)) {
		set_reading(client, false);
		return;
	}
	if (client->is_ended)
		close_client(client); /* RFC 7766 6.2.4: all that was asked is answered */
	else
		set_reading(client, true);
}

/* -- connections --------------------------------------------------------------------------------
 */

/* RFC 7766 6.2.3 lets a server close idle connections when it runs short. */
static void
make_way(struct tcp_listener *listener)
{
	enum { LOG_INTERVAL_MS = 60000 };
	uint64_t now = uv_now(listener->loop);
	if (listener->full_logged_at == 0 || now - listener->full_logged_at >= LOG_INTERVAL_MS) {
		listener->full_logged_at = now;
		log_event(EVENT_TCP_FULL, LOG_NUMBER("clients", listener->client_count));
	}
	close_client(listener->oldest);
}

static void
on_connection(uv_stream_t *server, int status)
{
	struct tcp_socket *tcp_socket = server->data;
	struct tcp_listener *listener = tcp_socket->listener;
	struct tcp_client *client = status == 0 ? calloc(1, sizeof(*client)) : NULL;
	if (client == NULL)
		return;
	client->listener = listener;
	uv_tcp_init(listener->loop, &client->handle);
	client->handle.data = client;
	if (listener->client_count >= listener->limits.client_max)
		make_way(listener);
	link_newest(client);
	listener->client_count++;
	int address_len = sizeof(client->address);
	if (uv_accept(server, (uv_stream_t *)&client->handle) != 0 ||
	    uv_tcp_getpeername(&client->handle, (struct sockaddr *)&client->address,
			       &address_len) != 0) {
		close_client(client);
		return;
	}
	/* Responses leave at once: they are collected here, not by the kernel. */
	uv_tcp_nodelay(&client->handle, 1);
	set_reading(client, true);
}

/* -- the listener -------------------------------------------------------------------------------
 */

enum status
tcp_listener_new(uv_loop_t *loop, const struct tcp_limits *limits, struct counters *counters,
		 struct tcp_listener **out)
{
	struct tcp_listener *listener = calloc(1, sizeof(*listener));
	if (listener == NULL)
		return STATUS_NO_MEMORY;
	listener->loop = loop;
	listener->limits = *limits;
	listener->counters = counters;
	uv_timer_init(loop, &listener->sweep);
	listener->sweep.data = listener;
	uv_timer_start(&listener->sweep, close_idle_clients, TCP_SWEEP_MS, TCP_SWEEP_MS);
	*out = listener;
	return STATUS_OK;
}

static void
on_socket_closed(uv_handle_t *handle)
{
	free(handle->data);
}

enum status
tcp_listen(struct tcp_listener *listener, const struct address *address, uint16_t port,
	   bool may_be_absent, struct error *error)
{
	char text[ADDRESS_TEXT_MAX];
	struct tcp_socket *tcp_socket = calloc(1, sizeof(*tcp_socket));
	if (tcp_socket == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	int descriptor = socket_bind(SOCK_STREAM, address, port, may_be_absent, error);
	if (descriptor < 0) {
		free(tcp_socket);
		return STATUS_IO;
	}
	uv_tcp_init(listener->loop, &tcp_socket->handle);
	tcp_socket->listener = listener;
	tcp_socket->handle.data = tcp_socket;
	int result = uv_tcp_open(&tcp_socket->handle, descriptor);
	if (result != 0)
		close(descriptor);
	else
		result = uv_listen((uv_stream_t *)&tcp_socket->handle, TCP_BACKLOG, on_connection);
	if (result == 0) {
		tcp_socket->next = listener->sockets;
		listener->sockets = tcp_socket;
		return STATUS_OK;
	}
	uv_close((uv_handle_t *)&tcp_socket->handle, on_socket_closed);
	return error_set(error, STATUS_IO, "cannot listen on %s over TCP: %s",
			 address_print(address, port, text), uv_strerror(result));
}

size_t
tcp_client_count(const struct tcp_listener *listener)
{
	return listener->client_count;
}

void
tcp_listener_close(struct tcp_listener *listener)
{
	if (listener == NULL)
		return;
	uv_close((uv_handle_t *)&listener->sweep, NULL);
	while (listener->sockets != NULL) {
		struct tcp_socket *tcp_socket = listener->sockets;
		listener->sockets = tcp_socket->next;
		uv_close((uv_handle_t *)&tcp_socket->handle, on_socket_closed);
	}
	while (listener->oldest != NULL)
		close_client(listener->oldest);
}

void
tcp_listener_free(struct tcp_listener *listener)
{
	free(listener);
}
