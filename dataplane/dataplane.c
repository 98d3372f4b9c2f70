/* dataplane.c -- the door: start and stop in one order, everything undone in the reverse of it. */
#include "dataplane/dataplane.h"
#include "dataplane/internal.h"

#include <stdio.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_malloc.h>

enum {
	/* What a worker, the control thread and the pump keep in a pool's cache each: a burst comes
	 * and goes without touching the pool that all share. */
	POOL_CACHE_LEN = 256,

	/* For each queue pair: its descriptors, and what af_xdp puts into its fill ring. */
	QUEUE_MBUFS = 4096,
	/* For each worker: its four rings, its cache (which may hold half as much again), its
	   batch. */
	WORKER_MBUFS = 4 * RING_LEN + 2 * POOL_CACHE_LEN,
};

unsigned
dataplane_mbuf_count(const struct dataplane_config *config)
{
	size_t queue_count = config->port_count * config->core_count;
	size_t count = queue_count * QUEUE_MBUFS + config->core_count * WORKER_MBUFS;

	/* A power of two less one is what the pool's ring holds best. */
	return rte_align32pow2((uint32_t)count) - 1;
}

static enum status
make_pools(struct dataplane *dataplane, const struct dataplane_config *config, struct error *error)
{
	unsigned count = dataplane_mbuf_count(config);

	for (size_t i = 0; i < dataplane->worker_count; i++) {
		unsigned socket = rte_lcore_to_socket_id(dataplane->workers[i]->lcore);
		char name[RTE_MEMPOOL_NAMESIZE];

		if (dataplane->pools[socket] != NULL)
			continue;
		snprintf(name, sizeof(name), "frames_%u", socket);
		/* Control and the pump give mbufs back from threads that the kernel may take off
		 * their CPU at any instruction. In the default ring every other thread would then
		 * spin until they are back, workers too; with relaxed tail synchronisation the
		 * others go on. */
		dataplane->pools[socket] = rte_pktmbuf_pool_create_by_ops(
		    name, count, POOL_CACHE_LEN, sizeof(struct frame_note),
		    RTE_PKTMBUF_HEADROOM + FRAME_LEN_MAX, (int)socket, "ring_mt_rts");
		if (dataplane->pools[socket] == NULL)
			return error_set(error, STATUS_NO_MEMORY,
					 "no memory for %u frame buffers: %s (%s) %s", count,
					 rte_strerror(rte_errno),
					 config->use_hugepages
					     ? "sysctl vm.nr_hugepages=... gives more huge pages"
					     : "a larger memory size gives more",
					 eal_complaint());
	}
	return STATUS_OK;
}

static struct rte_ring *
make_ring(const char *kind, unsigned idx, int socket)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s_%u", kind, idx);
	return rte_ring_create(name, RING_LEN, socket,
			       RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
}

static enum status
make_worker(struct dataplane *dataplane, unsigned idx, unsigned core, struct error *error)
{
	unsigned lcore = idx + 1; /* eal.c:add_lcores() */
	int socket = (int)rte_lcore_to_socket_id(lcore);
	struct worker *worker = rte_zmalloc_socket("worker", sizeof(*worker), 64, socket);

	if (worker == NULL)
		return error_set(error, STATUS_NO_MEMORY, "worker on core %u: no memory", core);
	dataplane->workers[dataplane->worker_count++] = worker;
	worker->idx = idx;
	worker->core = core;
	worker->lcore = lcore;
	worker->miss = make_ring("miss", idx, socket);
	worker->reply = make_ring("reply", idx, socket);
	worker->exception = make_ring("exception", idx, socket);
	worker->inject = make_ring("inject", idx, socket);
	if (worker->miss == NULL || worker->reply == NULL || worker->exception == NULL ||
	    worker->inject == NULL)
		return error_set(error, STATUS_NO_MEMORY, "worker on core %u: rings: %s", core,
				 rte_strerror(rte_errno));
	return STATUS_OK;
}

static void
free_ring(struct rte_ring *ring)
{
	void *mbuf = NULL;

	while (ring != NULL && rte_ring_sc_dequeue(ring, &mbuf) == 0)
		rte_pktmbuf_free(mbuf);
	rte_ring_free(ring);
}

static void
free_worker(struct worker *worker)
{
	free_ring(worker->miss);
	free_ring(worker->reply);
	free_ring(worker->exception);
	free_ring(worker->inject);
	rte_free(worker);
}

static enum status
launch_workers(struct dataplane *dataplane, struct error *error)
{
	dataplane->is_running = true;
	for (size_t i = 0; i < dataplane->worker_count; i++) {
		struct worker *worker = dataplane->workers[i];

		if (rte_eal_remote_launch(worker_run, worker, worker->lcore) != 0)
			return error_set(error, STATUS_IO, "worker on core %u does not start",
					 worker->core);
	}
	return STATUS_OK;
}

static enum status
check_config(const struct dataplane_config *config, struct error *error)
{
	if (config->port_count == 0 || config->port_count > PORTS_MAX)
		return error_set(error, STATUS_INVALID, "%zu ports: 1 to %d are possible",
				 config->port_count, (int)PORTS_MAX);
	if (config->core_count == 0 || config->core_count > WORKERS_MAX)
		return error_set(error, STATUS_INVALID, "%zu worker cores: 1 to %d are possible",
				 config->core_count, (int)WORKERS_MAX);
	for (size_t i = 0; i < config->port_count; i++) {
		const struct port_config *port = &config->ports[i];

		if (port->address_count == 0 || port->address_count > PORT_ADDRESSES_MAX)
			return error_set(
			    error, STATUS_INVALID, "port %s: %zu addresses: 1 to %d are possible",
			    port->device, port->address_count, (int)PORT_ADDRESSES_MAX);
	}
	if (serving_current() == NULL)
		return error_set(error, STATUS_REFUSED,
				 "nothing is published that could be served");
	return STATUS_OK;
}

/* Everything after EAL, in order. What fails leaves the rest to dataplane_stop(). */
static enum status
start_parts(struct dataplane *dataplane, const struct dataplane_config *config, struct error *error)
{
	enum status status = STATUS_OK;

	for (unsigned i = 0; i < config->core_count && status == STATUS_OK; i++)
		status = make_worker(dataplane, i, config->cores[i], error);
	if (status == STATUS_OK)
		status = make_pools(dataplane, config, error);
	for (size_t i = 0; i < config->port_count && status == STATUS_OK; i++) {
		dataplane->port_count++;
		status = port_start(dataplane, i, &config->ports[i], error);
	}
	if (status == STATUS_OK)
		status = pump_start(dataplane, config, error);
	if (status == STATUS_OK)
		status = launch_workers(dataplane, error);
	return status;
}

enum status
dataplane_start(const struct dataplane_config *config, struct dataplane **out, struct error *error)
{
	enum status status = check_config(config, error);

	if (status != STATUS_OK)
		return status;
	status = eal_start(config, error);
	if (status != STATUS_OK)
		return status;
	struct dataplane *dataplane = rte_zmalloc("dataplane", sizeof(*dataplane), 64);
	if (dataplane == NULL) {
		eal_stop();
		return error_set(error, STATUS_NO_MEMORY, "data plane: no memory");
	}
	status = start_parts(dataplane, config, error);
	if (status != STATUS_OK) {
		dataplane_stop(dataplane);
		return status;
	}
	eal_set_up();
	*out = dataplane;
	return STATUS_OK;
}

static void
stop_workers(struct dataplane *dataplane)
{
	for (size_t i = 0; i < dataplane->worker_count; i++)
		atomic_store_explicit(&dataplane->workers[i]->is_stopping, true,
				      memory_order_relaxed);
	/* Returns when the worker is back from worker_run(): it has read and written its last. */
	for (size_t i = 0; i < dataplane->worker_count; i++)
		(void)rte_eal_wait_lcore(dataplane->workers[i]->lcore);
}

void
dataplane_stop(struct dataplane *dataplane)
{
	if (dataplane == NULL)
		return;
	if (dataplane->is_running)
		stop_workers(dataplane);
	pump_stop(dataplane);
	/* Devices first: they hold mbufs of the pools. */
	for (size_t i = 0; i < dataplane->port_count; i++)
		port_stop(&dataplane->ports[i]);
	for (size_t i = 0; i < dataplane->worker_count; i++)
		free_worker(dataplane->workers[i]);
	for (size_t i = 0; i < ARRAY_LEN(dataplane->pools); i++)
		rte_mempool_free(dataplane->pools[i]);
	rte_free(dataplane);
	eal_stop();
}

size_t
dataplane_worker_count(const struct dataplane *dataplane)
{
	return dataplane->worker_count;
}

unsigned
dataplane_worker_core(const struct dataplane *dataplane, size_t worker_idx)
{
	return dataplane->workers[worker_idx]->core;
}

const struct counters *
dataplane_worker_counters(const struct dataplane *dataplane, size_t worker_idx)
{
	return &dataplane->workers[worker_idx]->counters;
}

const struct counters *
dataplane_control_counters(const struct dataplane *dataplane)
{
	return &dataplane->control;
}
