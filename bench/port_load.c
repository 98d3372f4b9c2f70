/* port_load.c -- the other end of a port, for bench/port: sends prepared queries as fast as they
 * are taken, and counts what comes back.
 *
 *   port_load EAL-ARGUMENTS -- CPU     CPU: the server's, for `latency`
 *
 * It obeys lines on standard input and answers each with one on standard output:
 *
 *   ready                  how many of its ports have a link
 *   queries FILE           reads what to ask: for each query its length (2 octets, network order)
 *                          and the message
 *   run PORT MILLISECONDS  sends them round and round. All that came back is counted, by RCODE; one
 *                          answer in CHECK_EVERY is held against its query
 *   latency                cycles from one CPU to the other, while nobody else uses the server's
 *
 * A server that swaps addresses and sends the query back (testpmd's 5tswap) is measured in the same
 * way: its "answers" have RCODE 0.
 */
#include "zones/base.h"
#include "zones/dns.h"

#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_udp.h>

enum {
	BURST_LEN = 32,
	DESCRIPTORS = 1024,
	MBUF_COUNT = 16383,
	PORT_COUNT_MAX = 2,
	CHECK_EVERY = 1024,

	SLOT_LEN = 128, /* of a frame, its length in front */
	QUERY_COUNT_MAX = 1 << 22,
	CLIENT_PORT = 1024, /* and on: port and ID together say which query it was */

	MESSAGE_OFF =
	    sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr),

	WARM_MS = 5,
	DRAIN_MS = 5,
	GAP_US = 20, /* whoever is away for longer than this was not at work */

	PING_COUNT = 2000,
};

struct slot {
	uint16_t len;
	uint8_t frame[SLOT_LEN - sizeof(uint16_t)];
};

static_assert(sizeof(struct slot) == SLOT_LEN, "two cache lines");

static const struct rte_ether_addr server_mac = {{2, 0, 0, 0, 0, 1}};
static const struct rte_ether_addr client_mac = {{2, 0, 0, 0, 0, 2}};
static const uint32_t server_address = RTE_IPV4(10, 53, 0, 1);
static const uint32_t client_address = RTE_IPV4(10, 53, 0, 2);

struct load {
	struct rte_mempool *pool;
	struct slot *slots;
	uint32_t slot_count;
	uint32_t next;
	unsigned port_count;
};

/* What came of a run. */
struct tally {
	uint64_t sent;
	uint64_t tries;
	uint64_t full; /* of these: the port did not take all */
	uint64_t received;
	uint64_t octets; /* of messages */
	uint64_t truncated;
	uint64_t wrong;
	uint64_t checked;
	uint64_t rcodes[16];
};

static void
die(const char *what)
{
	fprintf(stderr, "port_load: %s\n", what);
	exit(1);
}

/* -- queries ----------------------------------------------------------------------------------- */

static void
frame_make(struct slot *slot, uint32_t idx, const uint8_t *message, size_t len)
{
	struct rte_ether_hdr *link = (struct rte_ether_hdr *)slot->frame;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(link + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

	if (MESSAGE_OFF + len > sizeof(slot->frame))
		die("a query too long for its slot");
	memset(slot, 0, sizeof(*slot));
	slot->len = (uint16_t)(MESSAGE_OFF + len);
	link->dst_addr = server_mac;
	link->src_addr = client_mac;
	link->ether_type = htons(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = htons((uint16_t)(slot->len - sizeof(*link)));
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = htonl(client_address);
	ip->dst_addr = htonl(server_address);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = htons((uint16_t)(CLIENT_PORT + (idx >> 16)));
	udp->dst_port = htons(53);
	udp->dgram_len = htons((uint16_t)(sizeof(*udp) + len));
	memcpy(udp + 1, message, len);
	be16_write((uint8_t *)(udp + 1), (uint16_t)idx);
	udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
}

static void
queries_read(struct load *load, const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t head[2];

	if (file == NULL)
		die("cannot read the queries");
	load->slot_count = 0;
	load->next = 0;
	while (fread(head, sizeof(head), 1, file) == 1) {
		uint8_t message[SLOT_LEN];
		size_t len = be16_read(head);

		if (len < HEADER_LEN || len > sizeof(message) ||
		    fread(message, len, 1, file) != 1 || load->slot_count == QUERY_COUNT_MAX)
			die("malformed queries");
		frame_make(&load->slots[load->slot_count], load->slot_count, message, len);
		load->slot_count++;
	}
	fclose(file);
	if (load->slot_count == 0)
		die("no queries");
	printf("queries %u\n", load->slot_count);
}

/* -- running ----------------------------------------------------------------------------------- */

/* The answer to one of our queries, its question as it was asked? Spoils the frame. */
static bool
is_right(const struct load *load, struct rte_mbuf *mbuf)
{
	uint8_t *frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + sizeof(struct rte_ether_hdr));
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	uint16_t checksum = udp->dgram_cksum;
	uint32_t idx =
	    (uint32_t)(ntohs(udp->dst_port) - CLIENT_PORT) << 16 | be16_read(frame + MESSAGE_OFF);

	if (mbuf->data_len < MESSAGE_OFF + HEADER_LEN || idx >= load->slot_count ||
	    ip->dst_addr != htonl(client_address) || ip->src_addr != htonl(server_address))
		return false;
	const struct slot *slot = &load->slots[idx];
	size_t end = MESSAGE_OFF + HEADER_LEN;
	while (slot->frame[end] != 0)
		end += 1u + slot->frame[end];
	end += 1 + QUESTION_FIXED_LEN;
	size_t from = MESSAGE_OFF + HEADER_LEN;
	udp->dgram_cksum = 0;
	return mbuf->data_len >= end && memcmp(frame + from, slot->frame + from, end - from) == 0 &&
	       rte_ipv4_udptcp_cksum(ip, udp) == checksum;
}

static void
receive(const struct load *load, uint16_t port, struct tally *tally)
{
	struct rte_mbuf *mbufs[BURST_LEN];
	uint16_t count = rte_eth_rx_burst(port, 0, mbufs, BURST_LEN);

	for (uint16_t i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod_offset(mbufs[i], uint8_t *, MESSAGE_OFF));
	for (uint16_t i = 0; i < count; i++) {
		const uint8_t *message =
		    rte_pktmbuf_mtod_offset(mbufs[i], const uint8_t *, MESSAGE_OFF);
		unsigned flags = be16_read(message + HEADER_FLAGS_OFF);

		tally->rcodes[flags & FLAG_RCODE]++;
		tally->truncated += (flags & FLAG_TC) != 0;
		tally->octets += mbufs[i]->data_len - (unsigned)MESSAGE_OFF;
	}
	uint64_t until_check = CHECK_EVERY - tally->received % CHECK_EVERY;
	if (unlikely(count >= until_check)) {
		tally->checked++;
		tally->wrong += !is_right(load, mbufs[until_check - 1]);
	}
	tally->received += count;
	rte_pktmbuf_free_bulk(mbufs, count);
}

/* The next burst of queries. */
static void
prepare(struct load *load, struct rte_mbuf *mbufs[BURST_LEN])
{
	if (rte_pktmbuf_alloc_bulk(load->pool, mbufs, BURST_LEN) != 0)
		die("no more buffers");
	for (unsigned i = 0; i < BURST_LEN; i++) {
		const struct slot *slot = &load->slots[load->next];

		load->next = load->next + 1 < load->slot_count ? load->next + 1 : 0;
		/* Some bursts ahead: they come from memory. */
		rte_prefetch0(slot + 2 * BURST_LEN);
		rte_prefetch0((const uint8_t *)(slot + 2 * BURST_LEN) + SLOT_LEN / 2);
		memcpy(rte_pktmbuf_mtod(mbufs[i], uint8_t *), slot->frame, sizeof(slot->frame));
		mbufs[i]->data_len = slot->len;
		mbufs[i]->pkt_len = slot->len;
	}
}

/* Until then, by the clock; returns the cycles in which this program was not at work. */
static uint64_t
exchange(struct load *load, uint16_t port, uint64_t until, bool is_sending, struct tally *tally)
{
	static struct rte_mbuf *waiting[BURST_LEN];
	static unsigned waiting_count;
	uint64_t gap_min = rte_get_tsc_hz() / 1000000 * GAP_US;
	uint64_t gaps = 0;

	for (uint64_t now = rte_rdtsc(), last; now < until;) {
		receive(load, port, tally);
		if (is_sending) {
			if (waiting_count == 0) {
				prepare(load, waiting);
				waiting_count = BURST_LEN;
			}
			unsigned sent = rte_eth_tx_burst(
			    port, 0, waiting + BURST_LEN - waiting_count, (uint16_t)waiting_count);
			tally->tries++;
			tally->full += sent < waiting_count;
			waiting_count -= sent;
			tally->sent += sent;
		}
		last = now;
		now = rte_rdtsc();
		if (now - last > gap_min)
			gaps += now - last;
	}
	return gaps;
}

static void
tally_print(const struct tally *tally, uint64_t cycles, uint64_t gaps, int64_t lost)
{
	printf("run received %" PRIu64 " cycles %" PRIu64 " gaps %" PRIu64 " octets %" PRIu64
	       " truncated %" PRIu64 " checked %" PRIu64 " wrong %" PRIu64 " lost %" PRId64
	       " tries %" PRIu64 " full %" PRIu64 " hz %" PRIu64,
	       tally->received, cycles, gaps, tally->octets, tally->truncated, tally->checked,
	       tally->wrong, lost, tally->tries, tally->full, rte_get_tsc_hz());
	for (unsigned i = 0; i < RTE_DIM(tally->rcodes); i++) {
		if (tally->rcodes[i] != 0)
			printf(" rcode%u %" PRIu64, i, tally->rcodes[i]);
	}
	printf("\n");
}

static void
run(struct load *load, uint16_t port, unsigned milliseconds)
{
	uint64_t ms = rte_get_tsc_hz() / 1000;
	struct tally warm = {0};
	struct tally tally = {0};

	if (load->slot_count == 0 || port >= load->port_count)
		die("nothing to run");
	exchange(load, port, rte_rdtsc() + WARM_MS * ms, true, &warm);
	uint64_t begin = rte_rdtsc();
	uint64_t gaps = exchange(load, port, begin + milliseconds * ms, true, &tally);
	uint64_t cycles = rte_rdtsc() - begin;
	struct tally rest = tally;
	exchange(load, port, rte_rdtsc() + DRAIN_MS * ms, false, &rest);
	int64_t lost = (int64_t)(warm.sent + rest.sent) - (int64_t)(warm.received + rest.received);
	tally_print(&tally, cycles, gaps, lost);
}

/* -- how far apart the CPUs are ---------------------------------------------------------------- */

static struct {
	sem_t begin;
	_Alignas(128) _Atomic uint32_t ball;
	_Alignas(128) unsigned cpu;
} court;

static void *
answer_pings(void *ignored)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(court.cpu, &cpus);
	if (pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus) != 0)
		die("no such CPU");
	for (;;) {
		while (sem_wait(&court.begin) != 0)
			;
		for (uint32_t ball = 1; ball < 2 * PING_COUNT; ball += 2) {
			while (atomic_load_explicit(&court.ball, memory_order_acquire) != ball)
				rte_pause();
			atomic_store_explicit(&court.ball, ball + 1, memory_order_release);
		}
	}
	return ignored;
}

static int
compare_cycles(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
	return first < second ? -1 : first > second;
}

/* The median of one way: a few rounds with the other end off its CPU do not count. */
static void
latency(void)
{
	static uint64_t rounds[PING_COUNT];

	atomic_store(&court.ball, 0);
	sem_post(&court.begin);
	for (uint32_t i = 0; i < PING_COUNT; i++) {
		uint64_t begin = rte_rdtsc();

		atomic_store_explicit(&court.ball, 2 * i + 1, memory_order_release);
		while (atomic_load_explicit(&court.ball, memory_order_acquire) != 2 * i + 2)
			rte_pause();
		rounds[i] = rte_rdtsc() - begin;
	}
	qsort(rounds, PING_COUNT, sizeof(rounds[0]), compare_cycles);
	printf("latency %" PRIu64 "\n", rounds[PING_COUNT / 2] / 2);
}

/* -- starting ---------------------------------------------------------------------------------- */

static void
port_start(struct load *load, uint16_t port)
{
	struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, 0, NULL, load->pool) != 0 ||
	    rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, 0, NULL) != 0 ||
	    rte_eth_dev_start(port) != 0)
		die("a port does not start");
}

static void
count_links(const struct load *load)
{
	unsigned count = 0;

	for (uint16_t port = 0; port < load->port_count; port++) {
		struct rte_eth_link link = {0};

		(void)rte_eth_link_get_nowait(port, &link);
		count += link.link_status == RTE_ETH_LINK_UP;
	}
	printf("ready %u\n", count);
}

static void
obey(struct load *load, char *line)
{
	unsigned port, milliseconds;

	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "ready") == 0)
		count_links(load);
	else if (strncmp(line, "queries ", 8) == 0)
		queries_read(load, line + 8);
	else if (sscanf(line, "run %u %u", &port, &milliseconds) == 2)
		run(load, (uint16_t)port, milliseconds);
	else if (strcmp(line, "latency") == 0)
		latency();
	else
		die("what?");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct load load = {0};
	pthread_t thread;
	char line[4096];
	/* Readers go a little past the last slot. */
	size_t len = (QUERY_COUNT_MAX + 4 * BURST_LEN) * sizeof(struct slot);

	int taken = rte_eal_init(argc, argv);
	if (taken < 0 || taken + 2 != argc)
		die("usage: port_load EAL-ARGUMENTS -- CPU");
	court.cpu = (unsigned)strtoul(argv[taken + 1], NULL, 10);
	load.slots = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	load.pool =
	    rte_pktmbuf_pool_create("load", MBUF_COUNT, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (load.slots == MAP_FAILED || load.pool == NULL)
		die("no memory");
	(void)madvise(load.slots, len, MADV_HUGEPAGE);
	load.port_count = rte_eth_dev_count_avail();
	if (load.port_count == 0 || load.port_count > PORT_COUNT_MAX)
		die("one or two ports");
	for (uint16_t port = 0; port < load.port_count; port++)
		port_start(&load, port);
	sem_init(&court.begin, 0, 0);
	if (pthread_create(&thread, NULL, answer_pings, NULL) != 0)
		die("no thread");
	while (fgets(line, sizeof(line), stdin) != NULL)
		obey(&load, line);
	return 0;
}
