/* internal.h -- struct dataplane: what the control side of this room shares among its files.
 *
 * Threads:   control; the pump reads what is fixed before start.
 * Memory:    all of it belongs to struct dataplane.
 * Errors:    struct error, filled where the failure arose.
 * Standards: none.
 */
#ifndef GLUED_DATAPLANE_INTERNAL_H
#define GLUED_DATAPLANE_INTERNAL_H

#include "dataplane/worker.h"

#include <net/if.h>

#include <rte_mempool.h>

enum {
	/* Frames on their way between threads, for each ring. A ring that holds more only makes
	 * what is in it older: at a million a second, 1024 are a millisecond; the control thread
	 * and the pump may be away for about as long. */
	RING_LEN = 1024,

	/* Enough for the interruptions of a core that is not isolated (about 100 us at 10 Mpps);
	 * devices adjust it to what they can do. */
	DESCRIPTORS = 1024,

	/* Of an mbuf, beyond its headroom: an Ethernet frame of the usual MTU, and some. */
	FRAME_LEN_MAX = RTE_MBUF_DEFAULT_DATAROOM,
	MTU_MAX = FRAME_LEN_MAX - ETHERNET_LEN - VLAN_LEN,

	/* RFC 8200 5; and over IPv4, what a message of 512 octets needs with a full IPv4 header. */
	MTU_MIN_IPV6 = 1280,
	MTU_MIN_IPV4 = 512 + UDP_LEN + 60,
};

struct port {
	uint16_t id; /* DPDK's number */
	bool is_probed;
	bool is_started;
	bool has_rx_checksum;
	bool has_rss;
	uint16_t queue_count;
	uint16_t rx_descriptors;
	uint16_t tx_descriptors;
	char *device;
	char exception[IFNAMSIZ];       /* "": none */
	int tap_fd;                     /* -1: none */
	_Atomic bool is_exception_lost; /* written by the pump, read by control */

	/* who sends what comes from the kernel */
	struct worker *injector;
	uint8_t injector_queue_idx;

	struct frame_endpoint endpoint;
};

struct pump;

struct dataplane {
	size_t port_count;
	size_t worker_count;
	size_t miss_turn;  /* whose miss ring is looked at next */
	size_t queue_turn; /* who gets the next queue; during the start */
	bool is_running;
	struct pump *pump; /* NULL: no port has an exception interface */
	struct rte_mempool *pools[RTE_MAX_NUMA_NODES];
	struct worker *workers[WORKERS_MAX];
	struct port ports[PORTS_MAX];
	struct counters control; /* owner: control: replies that did not reach their worker */
};

/* eal.c: EAL once a process. After a failure, too, there is no second attempt. */
NODISCARD enum status eal_start(const struct dataplane_config *config, struct error *error);
void eal_stop(void);

/* What EAL and the drivers have said since the last call, at most a few lines, "" if nothing. For
 * the error that is about to be set; valid until the next call. */
const char *eal_complaint(void);

/* The start is over: from here on EAL's messages go to stderr. */
void eal_set_up(void);

/* Is the device behind a PCI address (else it is a virtual one)? */
bool eal_is_pci(const char *device);

/* dataplane.c: how many mbufs the ports and rings can hold at once. */
unsigned dataplane_mbuf_count(const struct dataplane_config *config);

/* port.c: makes the device, gives its queues to the workers, starts it. port_stop() also undoes
 * what a failed port_start() had done. */
NODISCARD enum status port_start(struct dataplane *dataplane, size_t port_idx,
				 const struct port_config *config, struct error *error);
void port_stop(struct port *port);

/* exception.c: the kernel interfaces of the ports, and the thread that carries frames between them
 * and the workers. */
NODISCARD enum status pump_start(struct dataplane *dataplane, const struct dataplane_config *config,
				 struct error *error);
void pump_stop(struct dataplane *dataplane);

#endif
