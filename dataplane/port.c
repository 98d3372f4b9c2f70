/* port.c -- a DPDK device becomes a port: made, configured, its queues given to the workers. */
#include "dataplane/internal.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

static enum status
refuse(const struct port *port, struct error *error, const char *what, int error_number)
{
	const char *complaint = eal_complaint();

	return error_set(error, STATUS_IO, "port %s: %s: %s%s%s", port->device, what,
			 rte_strerror(abs(error_number)), complaint[0] != '\0' ? ": " : "",
			 complaint);
}

/* The first port of DPDK's that the device string names. */
static bool
find_id(const char *device, uint16_t *out)
{
	struct rte_dev_iterator iterator;
	uint16_t id;

	RTE_ETH_FOREACH_MATCHING_DEV(id, device, &iterator)
	{
		rte_eth_iterator_cleanup(&iterator);
		*out = id;
		return true;
	}
	return false;
}

static enum status
probe(struct port *port, struct error *error)
{
	if (!eal_is_pci(port->device)) {
		int result = rte_dev_probe(port->device);

		if (result < 0)
			return refuse(port, error, "no such device can be made", result);
	}
	if (!find_id(port->device, &port->id))
		return error_set(error, STATUS_NOT_FOUND,
				 "port %s: no such device, or none that DPDK may drive (is it "
				 "bound to vfio-pci?)",
				 port->device);
	port->is_probed = true;
	return STATUS_OK;
}

/* One RX and one TX queue for each worker, or as many as there are. A device that can't share out
 * what comes in by itself has one RX queue. */
static enum status
configure(struct port *port, size_t worker_count, struct error *error)
{
	const uint64_t rss_wanted = RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
	struct rte_eth_dev_info info;
	int result = rte_eth_dev_info_get(port->id, &info);

	if (result < 0)
		return refuse(port, error, "device information", result);
	uint64_t rss = info.flow_type_rss_offloads & rss_wanted;
	uint64_t checksum = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
	uint16_t queue_max =
	    info.max_rx_queues < info.max_tx_queues ? info.max_rx_queues : info.max_tx_queues;
	uint16_t queue_count = worker_count < queue_max ? (uint16_t)worker_count : queue_max;
	struct rte_eth_conf conf = {.rxmode = {.offloads = checksum}};

	if (queue_count == 0)
		return error_set(error, STATUS_INVALID, "port %s: the device has no queues",
				 port->device);
	port->has_rss = queue_count > 1 && rss != 0;
	port->has_rx_checksum = checksum != 0;
	if (port->has_rss) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = rss;
	}
	port->queue_count = queue_count;
	result = rte_eth_dev_configure(port->id, queue_count, queue_count, &conf);
	if (result < 0)
		return refuse(port, error, "configuration refused", result);

	port->rx_descriptors = DESCRIPTORS;
	port->tx_descriptors = DESCRIPTORS;
	result = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &port->rx_descriptors,
						  &port->tx_descriptors);
	if (result < 0)
		return refuse(port, error, "descriptors refused", result);
	return STATUS_OK;
}

/* Queue i of the port goes to the next worker in turn. The turn goes on from port to port, so that
 * ports with few queues do not all fall to the first worker. */
static struct worker *
next_worker(struct dataplane *dataplane)
{
	struct worker *worker = dataplane->workers[dataplane->queue_turn];

	dataplane->queue_turn = (dataplane->queue_turn + 1) % dataplane->worker_count;
	return worker;
}

static void
give_queue(struct port *port, size_t port_idx, struct worker *worker, uint16_t queue_id,
	   bool has_exception)
{
	uint8_t queue_idx = (uint8_t)worker->queue_count;

	worker->queues[worker->queue_count++] = (struct queue){
	    .endpoint = &port->endpoint,
	    .port_id = port->id,
	    .queue_id = queue_id,
	    .port_idx = (uint8_t)port_idx,
	    .queue_idx = queue_idx,
	    .has_rx_checksum = port->has_rx_checksum,
	    .has_exception = has_exception,
	};
	if (queue_id == 0) {
		port->injector = worker;
		port->injector_queue_idx = queue_idx;
	}
}

static enum status
set_up_queues(struct dataplane *dataplane, size_t port_idx, bool has_exception, struct error *error)
{
	struct port *port = &dataplane->ports[port_idx];
	/* A port on no socket (virtual devices) is at home on any. */
	int socket = rte_eth_dev_socket_id(port->id);

	for (uint16_t i = 0; i < port->queue_count; i++) {
		struct worker *worker = next_worker(dataplane);
		unsigned worker_socket = rte_lcore_to_socket_id(worker->lcore);
		unsigned queue_socket = socket >= 0 ? (unsigned)socket : worker_socket;
		struct rte_mempool *pool = dataplane->pools[worker_socket];

		int result = rte_eth_rx_queue_setup(port->id, i, port->rx_descriptors, queue_socket,
						    NULL, pool);
		if (result < 0)
			return refuse(port, error, "receive queue refused", result);
		result =
		    rte_eth_tx_queue_setup(port->id, i, port->tx_descriptors, queue_socket, NULL);
		if (result < 0)
			return refuse(port, error, "transmit queue refused", result);
		give_queue(port, port_idx, worker, i, has_exception);
	}
	return STATUS_OK;
}

static enum status
read_endpoint(struct port *port, const struct port_config *config, struct error *error)
{
	struct rte_ether_addr mac;
	uint16_t mtu = 0;
	int result = rte_eth_macaddr_get(port->id, &mac);

	if (result < 0)
		return refuse(port, error, "MAC address", result);
	result = rte_eth_dev_get_mtu(port->id, &mtu);
	if (result < 0)
		return refuse(port, error, "MTU", result);
	frame_endpoint_init(&port->endpoint, config, mac.addr_bytes, mtu < MTU_MAX ? mtu : MTU_MAX);

	unsigned needed = port->endpoint.ipv6_count != 0 ? MTU_MIN_IPV6 : MTU_MIN_IPV4;
	if (mtu < needed)
		return error_set(error, STATUS_INVALID,
				 "port %s: an MTU of %u is too small: its addresses need %u",
				 port->device, mtu, needed);
	return STATUS_OK;
}

enum status
port_start(struct dataplane *dataplane, size_t port_idx, const struct port_config *config,
	   struct error *error)
{
	struct port *port = &dataplane->ports[port_idx];

	port->tap_fd = -1;
	port->device = strdup(config->device);
	if (port->device == NULL)
		return error_set(error, STATUS_NO_MEMORY, "port %s: no memory", config->device);
	enum status status = probe(port, error);
	if (status == STATUS_OK)
		status = configure(port, dataplane->worker_count, error);
	if (status == STATUS_OK)
		status = set_up_queues(dataplane, port_idx, config->exception != NULL, error);
	if (status == STATUS_OK)
		status = read_endpoint(port, config, error);
	if (status != STATUS_OK)
		return status;

	int result = rte_eth_dev_start(port->id);
	if (result < 0)
		return refuse(port, error, "does not start", result);
	port->is_started = true;
	/* Neighbour discovery comes by multicast. A device that can't be told either lets it pass
	 * anyway or can't have IPv6; in both cases IPv4 works. */
	(void)rte_eth_allmulticast_enable(port->id);
	return STATUS_OK;
}

void
port_stop(struct port *port)
{
	if (port->is_started)
		(void)rte_eth_dev_stop(port->id);
	if (port->is_probed)
		(void)rte_eth_dev_close(port->id);
	free(port->device);
	memset(port, 0, sizeof(*port));
	port->tap_fd = -1;
}

size_t
dataplane_port_count(const struct dataplane *dataplane)
{
	return dataplane->port_count;
}

bool
dataplane_is_exception_lost(const struct dataplane *dataplane, size_t port_idx)
{
	return atomic_load_explicit(&dataplane->ports[port_idx].is_exception_lost,
				    memory_order_relaxed);
}

void
dataplane_port_info(const struct dataplane *dataplane, size_t port_idx, struct port_info *out)
{
	const struct port *port = &dataplane->ports[port_idx];
	struct rte_eth_dev_info info = {0};
	struct rte_eth_link link = {0};
	struct rte_eth_stats stats = {0};

	/* A device that can't say leaves the zeros. */
	(void)rte_eth_dev_info_get(port->id, &info);
	(void)rte_eth_link_get_nowait(port->id, &link);
	(void)rte_eth_stats_get(port->id, &stats);
	*out = (struct port_info){
	    .device = port->device,
	    .driver = info.driver_name != NULL ? info.driver_name : "",
	    .exception = port->exception[0] != '\0' ? port->exception : NULL,
	    .is_exception_lost = dataplane_is_exception_lost(dataplane, port_idx),
	    .is_link_up = link.link_status == RTE_ETH_LINK_UP,
	    .queue_count = port->queue_count,
	    .has_rx_checksum = port->has_rx_checksum,
	    .has_rss = port->has_rss,
	    .rx_missed = stats.imissed,
	    .rx_no_buffer = stats.rx_nombuf,
	};
	memcpy(out->mac, port->endpoint.mac, sizeof(out->mac));
}
