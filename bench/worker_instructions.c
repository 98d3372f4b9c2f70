/* worker_instructions.c -- the whole loop of a worker on a port that costs next to nothing, for
 * bench/instructions to count what worker_turn() takes: worker_instructions KIND RUNS.
 *
 * The port is a ring (net_ring): queries are put into it, the worker takes them out, answers them,
 * and puts the answers into the same ring, where they are taken from for the next time. Prints the
 * kind's name, and for runs without valgrind the processor's cycles a query: in the median of all
 * turns, and in the quickest tenth. */
#include "dataplane/worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/bench_fixture.h"
#include "zones/dname.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>

enum {
	NAME_COUNT = 20000, /* as answer_instructions.c */
	MBUF_COUNT = 511,
	DESCRIPTORS = 256,
	MESSAGE_OFF =
	    sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr),
	RUNS_MAX = 1 << 16,
};

static const struct address address = {.octets = {10, 53, 0, 1}};
static const struct port_config port_config = {
    .device = "net_ring0", .addresses = &address, .address_count = 1, .udp_port = 53};

struct bench {
	struct frame_endpoint endpoint;
	struct worker *worker;
	struct rte_ring *wire;
	struct rte_mempool *pool;
};

static void
die(const char *sentence)
{
	fprintf(stderr, "worker_instructions: %s\n", sentence);
	exit(1);
}

static struct rte_ring *
ring_new(const char *name)
{
	struct rte_ring *ring =
	    rte_ring_create(name, BATCH_MAX, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (ring == NULL)
		die("no ring");
	return ring;
}

static void
start(struct bench *bench)
{
	static char *arguments[] = {
	    "worker_instructions", "--no-huge", "-m",  "64",          "--no-pci", "--no-telemetry",
	    "--no-shconf",         "--lcores",  "0@0", "--log-level", "error",    "--vdev",
	    "net_ring0",           NULL};
	static const struct rte_eth_conf conf;
	struct rte_ether_addr mac;

	if (rte_eal_init(ARRAY_LEN(arguments) - 1, arguments) < 0)
		die("EAL does not start");
	bench->pool = rte_pktmbuf_pool_create("frames", MBUF_COUNT, 0, sizeof(struct frame_note),
					      RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (bench->pool == NULL || rte_eth_dev_configure(0, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup(0, 0, DESCRIPTORS, 0, NULL, bench->pool) != 0 ||
	    rte_eth_tx_queue_setup(0, 0, DESCRIPTORS, 0, NULL) != 0 || rte_eth_dev_start(0) != 0 ||
	    rte_eth_macaddr_get(0, &mac) != 0)
		die("the port does not start");
	bench->wire = rte_ring_lookup("ETH_RXTX0_net_ring0");
	bench->worker = aligned_alloc(64, (sizeof(*bench->worker) + 63) / 64 * 64);
	if (bench->wire == NULL || bench->worker == NULL)
		die("no wire");
	memset(bench->worker, 0, sizeof(*bench->worker));
	frame_endpoint_init(&bench->endpoint, &port_config, mac.addr_bytes, 1500);
	bench->worker->queue_count = 1;
	bench->worker->queues[0] = (struct queue){.endpoint = &bench->endpoint};
	bench->worker->miss = ring_new("miss");
	bench->worker->reply = ring_new("reply");
	bench->worker->exception = ring_new("exception");
	bench->worker->inject = ring_new("inject");
}

/* The query in its frame. */
static void
frame_make(const struct bench *bench, struct rte_mbuf *mbuf, const uint8_t *message, size_t len)
{
	rte_pktmbuf_reset(mbuf);
	struct rte_ether_hdr *link =
	    (struct rte_ether_hdr *)rte_pktmbuf_append(mbuf, (uint16_t)(MESSAGE_OFF + len));
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(link + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

	memset(link, 0, MESSAGE_OFF);
	memcpy(&link->dst_addr, bench->endpoint.mac, sizeof(link->dst_addr));
	link->src_addr.addr_bytes[0] = 2;
	link->ether_type = htons(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = htons((uint16_t)(sizeof(*ip) + sizeof(*udp) + len));
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = htonl(RTE_IPV4(10, 53, 0, 2));
	memcpy(&ip->dst_addr, address.octets, sizeof(ip->dst_addr));
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = htons(1024);
	udp->dst_port = htons(53);
	udp->dgram_len = htons((uint16_t)(sizeof(*udp) + len));
	memcpy(udp + 1, message, len);
	udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
}

static void
queries_send(const struct bench *bench, enum bench_kind kind, size_t *next)
{
	struct rte_mbuf *mbufs[BATCH_MAX];

	if (rte_pktmbuf_alloc_bulk(bench->pool, mbufs, BATCH_MAX) != 0)
		die("no frames");
	for (unsigned i = 0; i < BATCH_MAX; i++) {
		uint8_t message[BENCH_QUERY_MAX];
		/* Far apart, so that names come in no order. */
		size_t len = bench_query_make(kind, NAME_COUNT, (*next)++ * 7919, message);

		frame_make(bench, mbufs[i], message, len);
	}
	if (rte_ring_enqueue_bulk(bench->wire, (void **)mbufs, BATCH_MAX, NULL) != BATCH_MAX)
		die("the wire is full");
}

static void
answers_check(const struct bench *bench, enum bench_kind kind)
{
	struct rte_mbuf *mbufs[BATCH_MAX];

	if (rte_ring_dequeue_bulk(bench->wire, (void **)mbufs, BATCH_MAX, NULL) != BATCH_MAX)
		die("answers are missing");
	for (unsigned i = 0; i < BATCH_MAX; i++) {
		const uint8_t *message =
		    rte_pktmbuf_mtod_offset(mbufs[i], const uint8_t *, MESSAGE_OFF);

		if ((be16_read(message + HEADER_FLAGS_OFF) & (FLAG_QR | FLAG_RCODE | FLAG_TC)) !=
		    (FLAG_QR | bench_kind_rcode(kind)))
			die("an answer of another kind");
	}
	rte_pktmbuf_free_bulk(mbufs, BATCH_MAX);
}

static int
compare_cycles(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
	return first < second ? -1 : first > second;
}

int
main(int argc, char **argv)
{
	static uint64_t cycles[RUNS_MAX];
	struct bench bench;
	size_t next = 0;
	unsigned long kind_number = argc == 3 ? strtoul(argv[1], NULL, 10) : BENCH_KIND_COUNT;
	unsigned long runs = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (kind_number >= BENCH_KIND_COUNT || runs == 0 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: worker_instructions KIND RUNS; kinds: %d\n",
			BENCH_KIND_COUNT);
		return 2;
	}
	enum bench_kind kind = (enum bench_kind)kind_number;
	start(&bench);
	struct bench_zone *zone = bench_zone_new(NAME_COUNT, bench_kind_signing(kind));
	for (unsigned long i = 0; i < runs; i++) {
		queries_send(&bench, kind, &next);
		uint64_t begin = rte_rdtsc();
		worker_turn(bench.worker, bench_zone_serving(zone));
		cycles[i] = rte_rdtsc() - begin;
		answers_check(&bench, kind);
	}
	qsort(cycles, runs, sizeof(cycles[0]), compare_cycles);
	printf("%s\n", bench_kind_name(kind));
	printf("cycles %.0f %.0f\n", (double)cycles[runs / 2] / BATCH_MAX,
	       (double)cycles[runs / 10] / BATCH_MAX);
	bench_zone_free(zone);
	return 0;
}
