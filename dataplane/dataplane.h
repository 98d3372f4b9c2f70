/* dataplane.h -- the door of the data plane, for the control thread: start it, stop it, look at it,
 * talk to it.
 *
 * Threads:   control only.
 * Memory:    struct dataplane owns EAL, ports, pools, rings and workers until dataplane_stop().
 * Errors:    dataplane_start() names the port, core or resource that was refused, and undoes what
 *            it had done.
 * Standards: none.
 *
 * No DPDK header is seen from here.
 */
#ifndef GLUED_DATAPLANE_DATAPLANE_H
#define GLUED_DATAPLANE_DATAPLANE_H

#include "dataplane/counters.h"
#include "zones/error.h"

struct address {
	uint8_t octets[16]; /* network order; an IPv4 address is the first four */
	bool is_ipv6;
	uint8_t prefix_len; /* of the link's network, for the exception interface ("192.0.2.53/24");
			       0: the host's own, /32 or /128 */
};

enum { PORTS_MAX = 16, PORT_ADDRESSES_MAX = 64, WORKERS_MAX = 64 };

struct port_config {
	const char *device; /* PCI address, or a vdev: "net_memif0,role=server,..." */
	const struct address *addresses;
	size_t address_count;
	uint16_t udp_port;
	const char *exception; /* name of the kernel interface (TAP) to make, or NULL */
};

struct dataplane_config {
	const struct port_config *ports;
	size_t port_count;
	const unsigned *cores; /* one worker on each */
	size_t core_count;
	bool use_hugepages;
	unsigned memory_mib;     /* with use_hugepages false; 0: enough for the ports */
	const char *file_prefix; /* of EAL; NULL: one made from the process's number */
};

struct dataplane;

/* Huge-page memory, in MiB, that dataplane_start() will take for this configuration: with less of
 * it free, huge pages are no choice. DPDK can't be asked to try again without them. */
size_t dataplane_hugepage_mib(const struct dataplane_config *config);

/* A serving set must have been published, and epoch_init() called. DPDK starts once in a process:
 * after a failure or dataplane_stop(), another call is refused. The calling thread moves to the
 * CPUs that are no worker's, if there are any, and threads that it makes afterwards with it. */
NODISCARD enum status dataplane_start(const struct dataplane_config *config, struct dataplane **out,
				      struct error *error);

/* Stops the workers, gives back ports and interfaces, frees. No miss may be owed. NULL is allowed.
 */
void dataplane_stop(struct dataplane *dataplane);

size_t dataplane_worker_count(const struct dataplane *dataplane);
unsigned dataplane_worker_core(const struct dataplane *dataplane, size_t worker_idx);
const struct counters *dataplane_worker_counters(const struct dataplane *dataplane,
						 size_t worker_idx);

/* Replies that did not reach their worker: its ring was full. Part of the law, like a worker's. */
const struct counters *dataplane_control_counters(const struct dataplane *dataplane);

struct port_info {
	const char *device;
	const char *driver;
	const char *exception; /* NULL: none */
	bool is_exception_lost;
	uint8_t mac[6];
	bool is_link_up;
	uint16_t queue_count;
	/* offloads: true where the device does it, false where it is made up in software */
	bool has_rx_checksum;
	bool has_tx_checksum;
	bool has_rss;
	uint64_t rx_missed;    /* frames the device dropped: no descriptor */
	uint64_t rx_no_buffer; /* frames the device dropped: the pool was empty */
};
size_t dataplane_port_count(const struct dataplane *dataplane);
void dataplane_port_info(const struct dataplane *dataplane, size_t port_idx, struct port_info *out);

/* Has somebody deleted the port's exception interface? Then it is gone until the next start. */
bool dataplane_is_exception_lost(const struct dataplane *dataplane, size_t port_idx);

/* A message that a worker could not answer, taken from the miss ring. The handle owns the frame it
 * came in. */
struct miss {
	uint8_t *message;
	size_t len;
	size_t cap;
	struct address client;
	uint16_t client_port;
	void *frame;
	unsigned worker_idx;
};

/* The next miss, if there is one; the caller then owes one miss_reply() or miss_drop(). */
bool miss_next(struct dataplane *dataplane, struct miss *out);

/* The response stands in miss->message: addresses turned round, handed to the worker's reply ring.
 * Dropped and counted if that is full. */
void miss_reply(struct dataplane *dataplane, const struct miss *miss, size_t response_len);
void miss_drop(struct dataplane *dataplane, const struct miss *miss);

#endif
