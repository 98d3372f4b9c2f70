#include "control/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/log.h"
#include "control/request.h"
#include "dataplane/clock.h"
#include "dataplane/serving.h"
#include "zones/dns.h"

enum {
	/* One recvmmsg(): enough to spread the system call's cost, few enough that the buffers
	   (64 KiB each, touched only where a message lies) stay in the cache. */
	UDP_BURST_MAX = 32,

	/* Bursts of one socket before the loop's other work has its turn: under a flood the control
	   socket, timers and TCP still go on every few milliseconds. */
	UDP_BURSTS_PER_TURN = 8,

	/* A burst of queries that arrives while the loop does something else. The kernel cuts it to
	   net.core.rmem_max. */
	UDP_RECEIVE_BUFFER = 1 << 20,
};

/* Room for the larger of the two pktinfo structures. */
union pktinfo_buffer {
	struct cmsghdr header; /* for alignment */
	uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp_slot {
	struct sockaddr_storage client;
	union pktinfo_buffer pktinfo;
	struct iovec octets;
	uint8_t message[MESSAGE_LEN_MAX + 1];
};

struct udp_socket {
	struct udp_socket *next;
	uv_poll_t poll;
	struct udp_listener *listener;
	int descriptor;
	bool is_wildcard;
	char name[ADDRESS_TEXT_MAX];
};

struct udp_listener {
	uv_loop_t *loop;
	struct counters *counters;
	struct udp_socket *sockets;
	struct mmsghdr headers[UDP_BURST_MAX]; /* queries, then the responses among them */
	struct udp_slot slots[UDP_BURST_MAX];
};

static void on_readable(uv_poll_t *poll, int status, int events);

/* -- sockets ------------------------------------------------------------------------------------
 */

static bool
set_option(int descriptor, int level, int option, int value)
{
	return setsockopt(descriptor, level, option, &value, sizeof(value)) == 0;
}

static bool
set_bind_options(int descriptor, int type, const struct address *address, bool may_be_absent)
{
	/* For UDP SO_REUSEADDR would let a second server take the same port in silence. */
	if (type == SOCK_STREAM && !set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1))
		return false;
	if (address->is_ipv6)
		return set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
		       (!may_be_absent || set_option(descriptor, IPPROTO_IPV6, IPV6_FREEBIND, 1));
	return !may_be_absent || set_option(descriptor, IPPROTO_IP, IP_FREEBIND, 1);
}

int
socket_bind(int type, const struct address *address, uint16_t port, bool may_be_absent,
	    struct error *error)
{
	char text[ADDRESS_TEXT_MAX];
	struct sockaddr_storage where;
	socklen_t where_len = address_to_socket(address, port, &where);
	int descriptor = socket(where.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		goto report;
	if (!set_bind_options(descriptor, type, address, may_be_absent))
		goto report;
	if (bind(descriptor, (const struct sockaddr *)&where, where_len) == 0)
		return descriptor;
report:
	error_set(error, STATUS_IO, "cannot listen on %s over %s: %s",
		  address_print(address, port, text), type == SOCK_STREAM ? "TCP" : "UDP",
		  strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

/* -- a burst ------------------------------------------------------------------------------------
 */

/* Makes the headers ready to receive. */
static void
prepare_burst(struct udp_listener *listener, bool wants_pktinfo)
{
	for (size_t i = 0; i < UDP_BURST_MAX; i++) {
		struct udp_slot *slot = &listener->slots[i];
		slot->octets = (struct iovec){slot->message, MESSAGE_LEN_MAX};
		listener->headers[i].msg_hdr = (struct msghdr){
		    .msg_name = &slot->client,
		    .msg_namelen = sizeof(slot->client),
		    .msg_iov = &slot->octets,
		    .msg_iovlen = 1,
		    .msg_control = wants_pktinfo ? slot->pktinfo.octets : NULL,
		    .msg_controllen = wants_pktinfo ? sizeof(slot->pktinfo.octets) : 0,
		};
	}
}

static uint16_t
client_port(const struct sockaddr_storage *client)
{
	return client->ss_family == AF_INET6
		   ? ntohs(((const struct sockaddr_in6 *)client)->sin6_port)
		   : ntohs(((const struct sockaddr_in *)client)->sin_port);
}

/* RFC 2181 4.1: the response leaves from the address that was asked. The route out is the kernel's
 * to choose, but for link-local addresses, which mean nothing without their interface. */
static void
turn_pktinfo(struct msghdr *header)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	if (control == NULL)
		return;
	if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(control);
		info->ipi_spec_dst = info->ipi_addr;
		info->ipi_ifindex = 0;
	} else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(control);
		if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
			info->ipi6_ifindex = 0;
	}
}

/* Answers the message in a slot; false: silence. */
static bool
answer_slot(struct udp_listener *listener, const struct serving *serving, struct mmsghdr *header)
{
	struct udp_slot *slot = (struct udp_slot *)((uint8_t *)header->msg_hdr.msg_name -
						    offsetof(struct udp_slot, client));
	if (client_port(&slot->client) == 0) {
		counter_add(listener->counters, COUNTER_RX, 1);
		counter_add(listener->counters, COUNTER_DROP_SOURCE, 1);
		return false;
	}
	struct arrival arrival = {.time = clock_seconds(), .transport = TRANSPORT_UDP};
	arrival_set_client(&arrival, &slot->client);
	size_t response_len = request_answer(serving, &arrival, slot->message, header->msg_len,
					     MESSAGE_LEN_MAX, listener->counters);
	slot->octets.iov_len = response_len;
	turn_pktinfo(&header->msg_hdr);
	return response_len > 0;
}

static void
send_burst(struct udp_listener *listener, int descriptor, unsigned count)
{
	unsigned sent = 0;
	while (sent < count) {
		int result = sendmmsg(descriptor, listener->headers + sent, count - sent, 0);
		if (result > 0) {
			counter_add(listener->counters, COUNTER_TX, (uint64_t)result);
			sent += (unsigned)result;
			continue;
		}
		if (errno == EINTR)
			continue;
		/* One client cannot be reached, or the socket's buffer is full: a lost datagram, as
		   the network loses them. */
		counter_add(listener->counters, COUNTER_TX_FULL, 1);
		sent++;
	}
}

/* Returns how many messages were received. */
static unsigned
serve_burst(struct udp_socket *udp_socket)
{
	struct udp_listener *listener = udp_socket->listener;
	prepare_burst(listener, udp_socket->is_wildcard);
	int received =
	    recvmmsg(udp_socket->descriptor, listener->headers, UDP_BURST_MAX, MSG_DONTWAIT, NULL);
	if (received <= 0)
		return 0;
	const struct serving *serving = serving_current();
	unsigned response_count = 0;
	for (int i = 0; i < received; i++) {
		if (answer_slot(listener, serving, &listener->headers[i]))
			listener->headers[response_count++] = listener->headers[i];
	}
	send_burst(listener, udp_socket->descriptor, response_count);
	return (unsigned)received;
}

/* libuv ends the watch with an error of the socket's (an administrator's `ss -K`, an interface that
 * went): asking for the error takes it off the socket, which can be listened on again. */
static void
resume(struct udp_socket *udp_socket, int status)
{
	int reason = 0;
	socklen_t len = sizeof(reason);
	(void)getsockopt(udp_socket->descriptor, SOL_SOCKET, SO_ERROR, &reason, &len);
	log_event(EVENT_LISTEN_ERROR, LOG_TEXT("transport", "udp"),
		  LOG_TEXT("address", udp_socket->name),
		  LOG_TEXT("reason", reason != 0 ? strerror(reason) : uv_strerror(status)));
	int result = uv_poll_start(&udp_socket->poll, UV_READABLE, on_readable);
	if (result != 0)
		log_event(EVENT_LISTEN_FAILED, LOG_TEXT("reason", uv_strerror(result)));
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct udp_socket *udp_socket = poll->data;
	if (status < 0) {
		resume(udp_socket, status);
		return;
	}
	for (unsigned i = 0; i < UDP_BURSTS_PER_TURN; i++) {
		if (serve_burst(udp_socket) < UDP_BURST_MAX)
			return;
	}
}

/* -- the listener -------------------------------------------------------------------------------
 */

enum status
udp_listener_new(uv_loop_t *loop, struct counters *counters, struct udp_listener **out)
{
	struct udp_listener *listener = calloc(1, sizeof(*listener));
	if (listener == NULL)
		return STATUS_NO_MEMORY;
	listener->loop = loop;
	listener->counters = counters;
	*out = listener;
	return STATUS_OK;
}

static void
set_udp_options(int descriptor, const struct address *address)
{
	/* Best effort, each of them: a kernel without one still serves. */
	set_option(descriptor, SOL_SOCKET, SO_RCVBUF, UDP_RECEIVE_BUFFER);
	/* A forged ICMP "fragmentation needed" must not make us fragment: the payload is bounded by
	   limits.udp-payload instead. */
	if (address->is_ipv6)
		set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
	else
		set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
}

enum status
udp_listen(struct udp_listener *listener, const struct address *address, uint16_t port,
	   bool may_be_absent, struct error *error)
{
	struct udp_socket *udp_socket = calloc(1, sizeof(*udp_socket));
	if (udp_socket == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	int descriptor = socket_bind(SOCK_DGRAM, address, port, may_be_absent, error);
	if (descriptor < 0)
		goto free_socket;
	set_udp_options(descriptor, address);
	*udp_socket = (struct udp_socket){.next = listener->sockets,
					  .listener = listener,
					  .descriptor = descriptor,
					  .is_wildcard = address_is_unspecified(address)};
	(void)address_print(address, port, udp_socket->name);
	if (udp_socket->is_wildcard &&
	    !set_option(descriptor, address->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP,
			address->is_ipv6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1)) {
		error_set(error, STATUS_IO, "cannot learn which address is asked: %s",
			  strerror(errno));
		goto close_descriptor;
	}
	int result = uv_poll_init(listener->loop, &udp_socket->poll, descriptor);
	if (result != 0) {
		error_set(error, STATUS_IO, "cannot watch a socket: %s", uv_strerror(result));
		goto close_descriptor;
	}
	udp_socket->poll.data = udp_socket;
	uv_poll_start(&udp_socket->poll, UV_READABLE, on_readable);
	listener->sockets = udp_socket;
	return STATUS_OK;

close_descriptor:
	close(descriptor);
free_socket:
	free(udp_socket);
	return STATUS_IO;
}

static void
on_socket_closed(uv_handle_t *handle)
{
	struct udp_socket *udp_socket = handle->data;
	close(udp_socket->descriptor);
	free(udp_socket);
}

void
udp_listener_close(struct udp_listener *listener)
{
	while (listener != NULL && listener->sockets != NULL) {
		struct udp_socket *udp_socket = listener->sockets;
		listener->sockets = udp_socket->next;
		uv_close((uv_handle_t *)&udp_socket->poll, on_socket_closed);
	}
}

void
udp_listener_free(struct udp_listener *listener)
{
	free(listener);
}
