#include "control/stats.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "zones/version.h"

enum { FINDING_TEXT_MAX = 2048 };

static void
set_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

/* Text from a file may hold octets that are no UTF-8, which JSON cannot carry: they become "?". */
static void
set_text(json_t *object, const char *key, const char *text)
{
	char ascii[FINDING_TEXT_MAX];
	if (text == NULL) {
		json_object_set_new(object, key, json_null());
		return;
	}
	json_t *value = json_string(text);
	if (value == NULL) {
		size_t len = 0;
		for (; text[len] != '\0' && len < sizeof(ascii) - 1; len++)
			ascii[len] = (unsigned char)text[len] < 0x80 ? text[len] : '?';
		ascii[len] = '\0';
		value = json_string(ascii);
	}
	json_object_set_new(object, key, value);
}

static uint64_t
resident_octets(void)
{
	unsigned long pages_total;
	unsigned long pages_resident = 0;
	FILE *statm = fopen("/proc/self/statm", "re");
	if (statm == NULL)
		return 0;
	if (fscanf(statm, "%lu %lu", &pages_total, &pages_resident) != 2)
		pages_resident = 0;
	fclose(statm);
	return (uint64_t)pages_resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static json_t *
zone_state_counts(const struct zone_table *table)
{
	static const enum hosted_state states[] = {HOSTED_LOADING, HOSTED_SERVING, HOSTED_STALE,
						   HOSTED_FAILED};
	uint64_t counts[ARRAY_LEN(states)] = {0};
	json_t *object = json_object();
	for (size_t i = 0; i < table->count; i++)
		counts[table->zones[i].state]++;
	set_number(object, "total", table->count);
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		set_number(object, hosted_state_name(states[i]), counts[states[i]]);
	return object;
}

json_t *
stats_status(const struct server *server)
{
	json_t *object = json_object();
	if (object == NULL)
		return NULL;
	uint64_t now = (uint64_t)time(NULL);
	set_text(object, "version", GLUED_VERSION);
	set_text(object, "state",
		 server->is_stopping ? "stopping"
		 : server->is_ready  ? "ready"
				     : "starting");
	set_number(object, "pid", (uint64_t)getpid());
	set_text(object, "identity", server->config->identity);
	set_text(object, "configuration", server->config->path);
	set_number(object, "started", server->started_at);
	set_number(object, "uptime", now > server->started_at ? now - server->started_at : 0);
	json_object_set_new(object, "zones", zone_state_counts(server->zones));
	set_number(object, "reloading", reloader_running_count(server->reloader));
	set_number(object, "generation", publisher_generation(server->publisher));
	set_number(object, "retired", publisher_retired_count(server->publisher));
	set_number(object, "ports",
		   server->dataplane != NULL ? dataplane_port_count(server->dataplane) : 0);
	set_number(object, "workers",
		   server->dataplane != NULL ? dataplane_worker_count(server->dataplane) : 0);
	set_number(object, "tcp-clients", server->tcp != NULL ? tcp_client_count(server->tcp) : 0);
	set_number(object, "resident-memory", resident_octets());
	return object;
}

static json_t *
counters_object(const struct counters *const *blocks, size_t block_count)
{
	json_t *object = json_object();
	for (unsigned counter = 0; counter < COUNTER_COUNT; counter++) {
		uint64_t sum = 0;
		for (size_t i = 0; i < block_count; i++)
			sum += counter_read(blocks[i], counter);
		set_number(object, counter_name(counter), sum);
	}
	return object;
}

json_t *
stats_counters(const struct server *server)
{
	const struct dataplane *dataplane = server->dataplane;
	/* Every block there is, the workers' first. */
	const struct counters *blocks[WORKERS_MAX + 3];
	size_t count = dataplane != NULL ? dataplane_worker_count(dataplane) : 0;
	json_t *object = json_object();
	json_t *kernel = json_object();
	json_t *workers = json_array();
	for (size_t i = 0; i < count; i++) {
		blocks[i] = dataplane_worker_counters(dataplane, i);
		json_t *worker = json_object();
		set_number(worker, "core", dataplane_worker_core(dataplane, i));
		json_object_set_new(worker, "counters", counters_object(&blocks[i], 1));
		json_array_append_new(workers, worker);
	}
	if (dataplane != NULL)
		blocks[count++] = dataplane_control_counters(dataplane);
	blocks[count++] = &server->udp_counters;
	blocks[count++] = &server->tcp_counters;
	json_object_set_new(kernel, "udp", counters_object(&blocks[count - 2], 1));
	json_object_set_new(kernel, "tcp", counters_object(&blocks[count - 1], 1));
	json_object_set_new(object, "total", counters_object(blocks, count));
	json_object_set_new(object, "kernel", kernel);
	json_object_set_new(object, "workers", workers);
	set_number(object, "misses-decided", server->miss_loop.decided_count);
	return object;
}

static json_t *
port_object(const struct dataplane *dataplane, size_t port_idx)
{
	struct port_info info;
	char mac[18];
	json_t *object = json_object();
	dataplane_port_info(dataplane, port_idx, &info);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", info.mac[0], info.mac[1],
		 info.mac[2], info.mac[3], info.mac[4], info.mac[5]);
	set_text(object, "device", info.device);
	set_text(object, "driver", info.driver);
	set_text(object, "exception", info.exception);
	json_object_set_new(object, "exception-lost", json_boolean(info.is_exception_lost));
	set_text(object, "mac", mac);
	json_object_set_new(object, "link", json_boolean(info.is_link_up));
	set_number(object, "queues", info.queue_count);
	set_text(object, "rx-checksum", info.has_rx_checksum ? "device" : "software");
	set_text(object, "tx-checksum", info.has_tx_checksum ? "device" : "software");
	set_text(object, "rss", info.has_rss ? "device" : "software");
	set_number(object, "rx-missed", info.rx_missed);
	set_number(object, "rx-no-buffer", info.rx_no_buffer);
	return object;
}

json_t *
stats_ports(const struct server *server)
{
	json_t *object = json_object();
	json_t *ports = json_array();
	size_t count = server->dataplane != NULL ? dataplane_port_count(server->dataplane) : 0;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(ports, port_object(server->dataplane, i));
	json_object_set_new(object, "ports", ports);
	return object;
}

static json_t *
findings_array(const struct findings *findings)
{
	char text[FINDING_TEXT_MAX];
	json_t *array = json_array();
	for (size_t i = 0; i < findings->entry_count; i++) {
		const struct finding *finding = &findings->entries[i];
		json_t *object = json_object();
		finding_print(finding, text, sizeof(text));
		set_text(object, "severity",
			 finding_severity(finding->kind) == FINDING_ERROR ? "error" : "warning");
		set_text(object, "text", text);
		json_array_append_new(array, object);
	}
	return array;
}

json_t *
stats_zone(const struct hosted_zone *zone, bool has_findings)
{
	json_t *object = json_object();
	if (object == NULL)
		return NULL;
	char name[DNAME_TEXT_MAX];
	char path[CONFIG_PATH_MAX];
	const struct findings *findings = hosted_zone_findings(zone);
	set_text(object, "zone", hosted_zone_name(zone, name));
	set_text(object, "state", hosted_state_name(zone->state));
	set_text(object, "file", config_zone_path(&zone->config, path));
	if (zone->version != NULL) {
		const struct zone_image *image = version_image(zone->version);
		set_number(object, "serial", version_serial(zone->version));
		set_number(object, "names", image->name_count);
		set_number(object, "records", image->rr_count);
		set_number(object, "octets", store_len(zone->version->store));
		set_number(object, "loaded", zone->loaded_at);
	}
	set_number(object, "errors", findings->error_count);
	set_number(object, "warnings", findings->warning_count);
	if (has_findings)
		json_object_set_new(object, "findings", findings_array(findings));
	return object;
}
