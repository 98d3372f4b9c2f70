/* reloadload.c -- a steady load that reads each answer: is it of one version of the zone, whole?
 *
 * Usage: reloadload ADDRESS PORT RATE
 * Asks RATE questions a second until its standard input ends, says "version N" when it is first
 * answered from version N, waits for the answers still under way, and prints a line of JSON. Where
 * answers keep it waiting it asks more slowly. It knows the zone that test_reload.py writes:
 * version N of it holds m MX N h1 h2 h3          h1 h2 h3 A 10.0.(N/256).(N%256), AAAA 2001:db8:N::
 * t TXT "vN" and three more sub NS ns.sub            ns.sub A and AAAA like those of h1 so that
 * every record says which version it is of, and an answer of two versions shows.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SOCKETS = 4,       /* several source ports, as several clients have */
	IDS = 65536,       /* per socket; at 10,000/s over 4 sockets one is used again after 26 s */
	TICK_NS = 1000000, /* questions go out in small bursts, each millisecond */
	/* Under way at once: half of what the shortest queue on the way holds, the kernel's of
	   frames from a virtual link (net.core.netdev_max_backlog). A server that is kept from
	   running for a while loses none of them. */
	WINDOW = 500,
	BURST = 64,
	MESSAGE_MAX = 1500,
	DRAIN_MS = 5000, /* an answer that takes longer is lost */
	DRAIN_STEP_MS = 100,
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
};

struct question {
	const char *name; /* wire form, without the zone's */
	size_t len;
	uint16_t rrtype;
	unsigned records[4]; /* how many to expect: A, AAAA, MX or NS, TXT */
};

#define NAME(text) (text), sizeof(text) - 1

static const struct question questions[] = {
    {NAME("\1m"), TYPE_MX, {3, 3, 3, 0}},
    {NAME("\1t"), TYPE_TXT, {0, 0, 0, 4}},
    {NAME("\4host\3sub"), TYPE_A, {1, 1, 1, 0}},
};
enum { QUESTIONS = sizeof(questions) / sizeof(questions[0]) };

static const char zone_name[] = "\6reload\4test";

struct client {
	int fd;
	uint16_t next_id;
	uint32_t version;   /* the newest seen: answers of one socket come in order */
	uint8_t asked[IDS]; /* 0: nothing under way; else the question's index + 1 */
};

struct tally {
	uint64_t sent, refused, answered, stray, malformed, torn, older;
	uint32_t version, versions; /* the newest seen by any, and how many different */
	uint32_t waiting;
};

static struct client clients[SOCKETS];
static struct tally tally;

static uint16_t
get16(const uint8_t *octets)
{
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

static size_t
compose(uint8_t *out, uint16_t id, const struct question *question)
{
	static const uint8_t rest[10] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	size_t len = 0;

	out[len++] = (uint8_t)(id >> 8);
	out[len++] = (uint8_t)id;
	memcpy(out + len, rest, sizeof(rest));
	len += sizeof(rest);
	memcpy(out + len, question->name, question->len);
	len += question->len;
	memcpy(out + len, zone_name, sizeof(zone_name)); /* its final zero is the root */
	len += sizeof(zone_name);
	out[len++] = 0;
	out[len++] = (uint8_t)question->rrtype;
	out[len++] = 0;
	out[len++] = 1;
	return len;
}

/* The offset after a name; 0 if it runs over the end. */
static size_t
skip_name(const uint8_t *message, size_t len, size_t at)
{
	while (at < len) {
		if (message[at] >= 0xc0)
			return at + 2 <= len ? at + 2 : 0;
		if (message[at] == 0)
			return at + 1;
		at += 1u + message[at];
	}
	return 0;
}

/* The version that a record is of; 0 if it is none that we know. */
static uint32_t
record_version(uint16_t rrtype, const uint8_t *rdata, size_t rdlen, unsigned *counts)
{
	char text[8] = "";

	switch (rrtype) {
	case TYPE_A:
		counts[0]++;
		return rdlen == 4 ? get16(rdata + 2) : 0;
	case TYPE_AAAA:
		counts[1]++;
		return rdlen == 16 ? get16(rdata + 4) : 0;
	case TYPE_MX:
		counts[2]++;
		return rdlen > 2 ? get16(rdata) : 0;
	case TYPE_TXT:
		counts[3]++;
		if (rdlen < 3 || rdata[0] > sizeof(text) || rdata[0] >= rdlen || rdata[1] != 'v')
			return 0;
		memcpy(text, rdata + 2, rdata[0] - 1u);
		return (uint32_t)strtoul(text, NULL, 10);
	default:
		return 0;
	}
}

enum verdict { WHOLE, TORN, MALFORMED };

/* Reads the records of a response to `question`; *version is theirs. */
static enum verdict
judge(const uint8_t *message, size_t len, const struct question *question, uint32_t *version)
{
	unsigned counts[4] = {0, 0, 0, 0};
	unsigned records;
	size_t at;

	/* QR, no TC, NOERROR, one question */
	if (len < 12 || (message[2] & 0x82) != 0x80 || (message[3] & 0x0f) != 0 ||
	    get16(message + 4) != 1)
		return MALFORMED;
	records = (unsigned)get16(message + 6) + get16(message + 8) + get16(message + 10);
	at = skip_name(message, len, 12);
	if (at == 0 || at + 4 > len)
		return MALFORMED;
	at += 4;
	*version = 0;
	while (records-- > 0) {
		uint16_t rrtype, rdlen;
		uint32_t found;

		at = skip_name(message, len, at);
		if (at == 0 || at + 10 > len)
			return MALFORMED;
		rrtype = get16(message + at);
		rdlen = get16(message + at + 8);
		at += 10;
		if (at + rdlen > len)
			return MALFORMED;
		if (rrtype == TYPE_NS) { /* its RDATA is the same in all versions */
			counts[2]++;
		} else {
			found = record_version(rrtype, message + at, rdlen, counts);
			if (found == 0)
				return MALFORMED;
			if (*version != 0 && found != *version)
				return TORN;
			*version = found;
		}
		at += rdlen;
	}
	if (at != len)
		return MALFORMED;
	return memcmp(counts, question->records, sizeof(counts)) == 0 ? WHOLE : TORN;
}

static void
note_version(struct client *client, uint32_t version)
{
	if (version > tally.version) {
		tally.version = version;
		tally.versions++;
		printf("version %" PRIu32 "\n", version);
		fflush(stdout);
	}
	if (version < client->version)
		tally.older++;
	client->version = version;
}

static void
receive(struct client *client)
{
	uint8_t message[MESSAGE_MAX];

	for (;;) {
		ssize_t len = recv(client->fd, message, sizeof(message), MSG_DONTWAIT);
		uint32_t version = 0;
		uint8_t asked;

		if (len < 0)
			return;
		asked = len >= 2 ? client->asked[get16(message)] : 0;
		if (asked == 0) {
			tally.stray++;
			continue;
		}
		client->asked[get16(message)] = 0;
		tally.waiting--;
		tally.answered++;
		switch (judge(message, (size_t)len, &questions[asked - 1], &version)) {
		case WHOLE:
			note_version(client, version);
			break;
		case TORN:
			tally.torn++;
			break;
		case MALFORMED:
			tally.malformed++;
			break;
		}
	}
}

static void
send_one(void)
{
	struct client *client = &clients[tally.sent % SOCKETS];
	size_t question_idx = tally.sent % QUESTIONS;
	uint8_t message[MESSAGE_MAX];
	uint16_t id = client->next_id++;
	size_t len = compose(message, id, &questions[question_idx]);

	tally.sent++;
	/* The slot still taken: that question was never answered, and stays counted as waiting. */
	if (send(client->fd, message, len, 0) != (ssize_t)len) {
		tally.refused++;
		return;
	}
	client->asked[id] = (uint8_t)(question_idx + 1);
	tally.waiting++;
}

static bool
open_clients(const char *address, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *found;
	int buffer = 8 << 20; /* the load is never what loses an answer */

	if (getaddrinfo(address, port, &hints, &found) != 0)
		return false;
	for (unsigned i = 0; i < SOCKETS; i++) {
		int fd = socket(found->ai_family, SOCK_DGRAM, 0);

		if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
			return false;
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
		clients[i].fd = fd;
	}
	freeaddrinfo(found);
	return true;
}

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool
input_ended(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char octet;

	return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &octet, 1) <= 0;
}

static void
receive_all(void)
{
	for (unsigned i = 0; i < SOCKETS; i++)
		receive(&clients[i]);
}

static bool
is_due(uint64_t due)
{
	/* Before the first answer there may be no link-layer address to send to: the kernel holds
	   few datagrams that wait for one, and drops the others. */
	return tally.sent < due && tally.waiting < (tally.answered > 0 ? WINDOW : 1u);
}

/* Sends what is due by the clock, so that a pause is made up for: the mean rate holds. */
static double
load(unsigned rate)
{
	uint64_t begin = now_ns();
	uint64_t elapsed = 0;

	while (!input_ended()) {
		struct timespec tick = {0, TICK_NS};

		elapsed = now_ns() - begin;
		uint64_t due = elapsed / 1000 * rate / 1000000;
		/* After a pause there is much due: it goes out in bursts. */
		for (unsigned i = 0; i < BURST && is_due(due); i++)
			send_one();
		receive_all();
		if (!is_due(due))
			nanosleep(&tick, NULL);
	}
	return (double)elapsed / 1e9;
}

static void
drain(void)
{
	struct pollfd polled[SOCKETS];

	for (unsigned waited = 0; tally.waiting > 0 && waited < DRAIN_MS;) {
		for (unsigned i = 0; i < SOCKETS; i++)
			polled[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
		if (poll(polled, SOCKETS, DRAIN_STEP_MS) == 0)
			waited += DRAIN_STEP_MS;
		receive_all();
	}
}

int
main(int argc, char **argv)
{
	double seconds;
	unsigned rate;

	if (argc != 4 || (rate = (unsigned)strtoul(argv[3], NULL, 10)) == 0) {
		fprintf(stderr, "usage: reloadload ADDRESS PORT RATE\n");
		return 2;
	}
	if (!open_clients(argv[1], argv[2])) {
		fprintf(stderr, "reloadload: %s port %s: %s\n", argv[1], argv[2], strerror(errno));
		return 1;
	}
	seconds = load(rate);
	drain();
	printf("{\"seconds\": %.3f, \"sent\": %" PRIu64 ", \"refused\": %" PRIu64
	       ", \"answered\": %" PRIu64 ", \"unanswered\": %" PRIu32 ", \"stray\": %" PRIu64
	       ", \"malformed\": %" PRIu64 ", \"torn\": %" PRIu64 ", \"older\": %" PRIu64
	       ", \"versions\": %" PRIu32 "}\n",
	       seconds, tally.sent, tally.refused, tally.answered, tally.waiting, tally.stray,
	       tally.malformed, tally.torn, tally.older, tally.versions);
	return 0;
}
