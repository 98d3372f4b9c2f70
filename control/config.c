/* config.c -- from the text of glued.yaml to struct config, in three steps: the tree with places
 * (config_tree.c), the schema (config_schema.c), the values (here, and config_zones.c). */
#include "control/config.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/address.h"
#include "control/config_reader.h"
#include "dataplane/serving.h"
#include "zones/dname.h"
#include "zones/dnssec.h"

/* A configuration of a million zones has some 60 MiB; what is larger is no configuration. */
enum { CONFIG_LEN_MAX = 1 << 30 };

enum {
	/* RFC 6891 6.2.5 asks for no less than 512; above 4096 every path fragments. */
	UDP_PAYLOAD_MIN = 512,
	UDP_PAYLOAD_MAX = 4096,

	/* A client costs a descriptor and some KiB; BIND's default is 150, Knot's half of all
	 * descriptors. */
	TCP_CLIENTS_DEFAULT = 1000,
	TCP_CLIENTS_MAX = 100000,

	/* RFC 7766 6.2.3: "on the order of a few seconds". */
	TCP_IDLE_S_DEFAULT = 10,
	TCP_IDLE_S_MAX = 3600,

	MEMORY_MIB_MIN = 64,
	MEMORY_MIB_MAX = 1 << 20,
};

struct config_block {
	struct config_block *next;
	_Alignas(16) uint8_t octets[];
};

void *
config_alloc(struct reader *reader, size_t count, size_t len)
{
	struct config_block *block = calloc(1, sizeof(*block) + count * len);
	if (block == NULL) {
		reader->is_out_of_memory = true;
		return NULL;
	}
	block->next = reader->config->blocks;
	reader->config->blocks = block;
	return block->octets;
}

const char *
config_copy_text(struct reader *reader, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = config_alloc(reader, 1, len);
	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

const char *
config_copy_path(struct reader *reader, const char *path)
{
	const char *slash = strrchr(reader->config->path, '/');
	if (path[0] == '/' || slash == NULL)
		return config_copy_text(reader, path);
	size_t dir_len = (size_t)(slash - reader->config->path) + 1;
	size_t path_len = strlen(path) + 1;
	char *copy = config_alloc(reader, 1, dir_len + path_len);
	if (copy == NULL)
		return NULL;
	memcpy(copy, reader->config->path, dir_len);
	memcpy(copy + dir_len, path, path_len);
	return copy;
}

yaml_node_t *
config_section(struct reader *reader, const char *key)
{
	return config_tree_key(&reader->tree, reader->tree.root, key);
}

uint32_t
config_read_number(struct reader *reader, yaml_node_t *mapping, uint32_t value,
		   const struct number_rule *rule)
{
	yaml_node_t *node = config_tree_key(&reader->tree, mapping, rule->key);
	if (node == NULL)
		return rule->absent;
	if (value < rule->min || value > rule->max)
		config_tree_fault(&reader->tree, node, "\"%s\" is %u, but must be in %u to %u",
				  rule->key, value, rule->min, rule->max);
	return value;
}

bool
config_read_address(struct reader *reader, yaml_node_t *node, const char *text,
		    bool may_have_prefix, struct address *out)
{
	const char *reason = address_read(text, may_have_prefix, out);
	if (reason != NULL)
		config_tree_fault(&reader->tree, node, "address \"%.64s\": %s", text, reason);
	else if (!address_is_unicast(out))
		config_tree_fault(&reader->tree, node,
				  "address \"%s\": no host can have this address", text);
	else
		return true;
	return false;
}

static void
check_listen(struct reader *reader, const yaml_node_t *node, const struct config_listen *listens,
	     size_t idx)
{
	const struct config_listen *listen = &listens[idx];
	const char *text = reader->file->listen[idx];
	if (!address_is_unspecified(&listen->address) && !address_is_unicast(&listen->address)) {
		config_tree_fault(&reader->tree, node,
				  "listen \"%s\": no host can have this address", text);
		return;
	}
	for (size_t i = 0; i < idx; i++) {
		if (listens[i].port == listen->port &&
		    address_equal(&listens[i].address, &listen->address)) {
			config_tree_fault(&reader->tree, node, "listen \"%s\" is given twice",
					  text);
			return;
		}
	}
}

static void
read_listens(struct reader *reader)
{
	size_t count = reader->file->listen_count;
	struct config_listen *listens = config_alloc(reader, count, sizeof(*listens));
	if (listens == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *text = reader->file->listen[i];
		yaml_node_t *node =
		    config_tree_item(&reader->tree, config_section(reader, "listen"), i);
		const char *reason =
		    address_read_with_port(text, DNS_PORT, &listens[i].address, &listens[i].port);
		if (reason != NULL)
			config_tree_fault(&reader->tree, node, "listen \"%.64s\": %s", text,
					  reason);
		else
			check_listen(reader, node, listens, i);
	}
	reader->config->listens = listens;
	reader->config->listen_count = count;
}

/* Is the address a port's already? `until` is one past the last port to look at. */
static bool
is_port_address(const struct port_config *ports, size_t until, const struct address *address)
{
	for (size_t i = 0; i < until; i++) {
		for (size_t k = 0; k < ports[i].address_count; k++) {
			if (address_equal(&ports[i].addresses[k], address))
				return true;
		}
	}
	return false;
}

static void
read_port_addresses(struct reader *reader, yaml_node_t *mapping, struct port_config *ports,
		    size_t port_idx)
{
	const struct config_file_port *port = &reader->file->ports[port_idx];
	yaml_node_t *list = config_tree_key(&reader->tree, mapping, "addresses");
	struct address *addresses = config_alloc(reader, port->addresses_count, sizeof(*addresses));
	if (addresses == NULL)
		return;
	ports[port_idx].addresses = addresses;
	for (unsigned i = 0; i < port->addresses_count; i++) {
		const char *text = port->addresses[i];
		yaml_node_t *node = config_tree_item(&reader->tree, list, i);
		if (config_read_address(reader, node, text, true, &addresses[i]) &&
		    is_port_address(ports, port_idx + 1, &addresses[i]))
			config_tree_fault(&reader->tree, node,
					  "address \"%s\" is given to a port twice", text);
		ports[port_idx].address_count = i + 1;
	}
}

/* Linux takes any name of up to 15 octets without slash, colon and white space. */
static bool
is_interface_name(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && len < IFNAMSIZ && strpbrk(name, "/: \t\r\n%") == NULL &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void
read_port_names(struct reader *reader, yaml_node_t *mapping, struct port_config *ports,
		size_t port_idx)
{
	const struct config_file_port *port = &reader->file->ports[port_idx];
	yaml_node_t *exception = config_tree_key(&reader->tree, mapping, "exception");
	ports[port_idx].device = config_copy_text(reader, port->device);
	if (port->exception != NULL) {
		ports[port_idx].exception = config_copy_text(reader, port->exception);
		if (!is_interface_name(port->exception))
			config_tree_fault(&reader->tree, exception,
					  "exception \"%.64s\" is no name of an interface (1 to %d "
					  "octets, no slash, colon or space)",
					  port->exception, IFNAMSIZ - 1);
	}
	for (size_t i = 0; i < port_idx; i++) {
		const struct config_file_port *other = &reader->file->ports[i];
		if (strcmp(other->device, port->device) == 0)
			config_tree_fault(&reader->tree,
					  config_tree_key(&reader->tree, mapping, "device"),
					  "device \"%.64s\" is given twice", port->device);
		if (port->exception != NULL && other->exception != NULL &&
		    strcmp(other->exception, port->exception) == 0)
			config_tree_fault(&reader->tree, exception,
					  "exception \"%s\" is given twice", port->exception);
	}
}

static void
read_ports(struct reader *reader)
{
	size_t count = reader->file->ports_count;
	struct port_config *ports = config_alloc(reader, count, sizeof(*ports));
	if (ports == NULL)
		return;
	static const struct number_rule udp_port = {"port", 1, UINT16_MAX, DNS_PORT};
	for (size_t i = 0; i < count; i++) {
		yaml_node_t *mapping =
		    config_tree_item(&reader->tree, config_section(reader, "ports"), i);
		read_port_names(reader, mapping, ports, i);
		read_port_addresses(reader, mapping, ports, i);
		ports[i].udp_port = (uint16_t)config_read_number(
		    reader, mapping, reader->file->ports[i].port, &udp_port);
	}
	reader->config->ports = ports;
	reader->config->port_count = count;
}

static const char *
add_core(struct config *config, unsigned long core)
{
	long machine = sysconf(_SC_NPROCESSORS_CONF);
	if (machine > 0 && core >= (unsigned long)machine)
		return "beyond the machine's last core";
	for (size_t i = 0; i < config->core_count; i++) {
		if (config->cores[i] == core)
			return "a core is listed twice";
	}
	if (config->core_count == WORKERS_MAX)
		return "more cores than there can be workers";
	config->cores[config->core_count++] = (unsigned)core;
	return NULL;
}

/* "2-5,7" into config->cores; NULL, or what is wrong. */
static const char *
parse_cores(struct config *config, const char *text)
{
	const char *at = text;
	for (;;) {
		char *end;
		if (*at < '0' || *at > '9')
			return "not a list of cores such as 2-5,7";
		unsigned long first = strtoul(at, &end, 10);
		unsigned long last = first;
		if (*end == '-') {
			at = end + 1;
			if (*at < '0' || *at > '9')
				return "not a list of cores such as 2-5,7";
			last = strtoul(at, &end, 10);
		}
		if (last < first)
			return "a range of cores that runs backwards";
		for (unsigned long core = first; core <= last; core++) {
			const char *reason = add_core(config, core);
			if (reason != NULL)
				return reason;
		}
		if (*end == '\0')
			return NULL;
		if (*end != ',')
			return "not a list of cores such as 2-5,7";
		at = end + 1;
	}
}

static void
read_workers(struct reader *reader)
{
	struct config *config = reader->config;
	const char *text = reader->file->workers.cores;
	config->cores = config_alloc(reader, WORKERS_MAX, sizeof(*config->cores));
	if (config->cores == NULL)
		return;
	if (text != NULL) {
		const char *reason = parse_cores(config, text);
		if (reason != NULL)
			config_tree_fault(&reader->tree,
					  config_tree_key(&reader->tree,
							  config_section(reader, "workers"),
							  "cores"),
					  "cores \"%.64s\": %s", text, reason);
	} else if (reader->file->ports_count > 0) {
		config_tree_fault(&reader->tree, config_section(reader, "ports"),
				  "ports need \"cores\" under \"workers\": who should poll them?");
	}
}

/* For one family; what is said for both stands for it where it has no word of its own. */
static uint16_t
read_udp_payload(struct reader *reader, const char *key, uint32_t value, uint32_t absent)
{
	const struct number_rule rule = {key, UDP_PAYLOAD_MIN, UDP_PAYLOAD_MAX, absent};
	return (uint16_t)config_read_number(reader, config_section(reader, "limits"), value, &rule);
}

static void
read_udp_payloads(struct reader *reader)
{
	const struct config_file_limits *limits = &reader->file->limits;
	uint16_t *out = reader->config->serving.udp_payload_max;
	uint16_t both =
	    read_udp_payload(reader, "udp-payload", limits->udp_payload, UDP_PAYLOAD_DEFAULT);
	out[false] = read_udp_payload(reader, "udp-payload-ipv4", limits->udp_payload_ipv4, both);
	out[true] = read_udp_payload(reader, "udp-payload-ipv6", limits->udp_payload_ipv6, both);
}

static void
read_limits(struct reader *reader)
{
	static const struct number_rule memory = {"memory", MEMORY_MIB_MIN, MEMORY_MIB_MAX, 0};
	static const struct number_rule tcp_clients = {"tcp-clients", 1, TCP_CLIENTS_MAX,
						       TCP_CLIENTS_DEFAULT};
	static const struct number_rule tcp_idle = {"tcp-idle-timeout", 1, TCP_IDLE_S_MAX,
						    TCP_IDLE_S_DEFAULT};
	static const struct number_rule nsec3_iterations = {
	    "nsec3-iterations", 0, NSEC3_ITERATIONS_SIGN_MAX, NSEC3_ITERATIONS_PROVE_MAX};
	enum { KEEPALIVE_UNITS_PER_S = 10 }; /* RFC 7828 3.1 */
	const struct config_file *file = reader->file;
	struct config *config = reader->config;
	yaml_node_t *limits = config_section(reader, "limits");
	yaml_node_t *log = config_section(reader, "log");
	config->hugepages = file->dataplane.hugepages;
	config->memory_mib = config_read_number(reader, config_section(reader, "dataplane"),
						file->dataplane.memory, &memory);
	read_udp_payloads(reader);
	config->tcp_client_max =
	    config_read_number(reader, limits, file->limits.tcp_clients, &tcp_clients);
	config->tcp_idle_s =
	    config_read_number(reader, limits, file->limits.tcp_idle_timeout, &tcp_idle);
	config->serving.tcp_keepalive = (uint16_t)(config->tcp_idle_s * KEEPALIVE_UNITS_PER_S);
	config->nsec3_iterations_max =
	    config_read_number(reader, limits, file->limits.nsec3_iterations, &nsec3_iterations);
	config->log_level =
	    config_tree_key(&reader->tree, log, "level") != NULL ? file->log.level : LOG_LEVEL_INFO;
}

static void
check_whole(struct reader *reader)
{
	if (reader->file->listen_count == 0 && reader->file->ports_count == 0)
		config_tree_fault(&reader->tree, reader->tree.root,
				  "neither \"listen\" nor \"ports\": nobody could ask this server");
}

static int
compare_faults(const void *a, const void *b)
{
	const struct config_fault *fault_a = a;
	const struct config_fault *fault_b = b;
	if (fault_a->line != fault_b->line)
		return fault_a->line < fault_b->line ? -1 : 1;
	return fault_a->column < fault_b->column ? -1 : fault_a->column > fault_b->column;
}

static void
read_values(struct reader *reader)
{
	config_server_read(reader);
	read_listens(reader);
	read_ports(reader);
	read_workers(reader);
	read_limits(reader);
	config_zones_read(reader);
	check_whole(reader);
}

enum status
config_read_text(const char *path, const char *text, size_t len, struct config **out,
		 struct config_faults *faults)
{
	struct reader reader = {0};
	struct config_file *file = NULL;
	enum status status = STATUS_NO_MEMORY;
	reader.config = calloc(1, sizeof(*reader.config));
	if (reader.config == NULL)
		goto report;
	reader.config->path = path;
	reader.config->path = config_copy_text(&reader, path);
	if (reader.is_out_of_memory)
		goto report;
	status = STATUS_INVALID;
	file = config_file_read(&reader, text, len, faults);
	reader.file = file;
	if (file != NULL)
		read_values(&reader);
	if (reader.is_out_of_memory)
		status = STATUS_NO_MEMORY;
	else if (faults->found == 0)
		status = STATUS_OK;
report:
	if (status == STATUS_NO_MEMORY)
		config_fault_add(faults, 0, 0, "out of memory");
	qsort(faults->entries, faults->count, sizeof(faults->entries[0]), compare_faults);
	config_file_free(file);
	config_tree_fini(&reader.tree);
	if (status == STATUS_OK)
		*out = reader.config;
	else
		config_free(reader.config);
	return status;
}

/* The whole file, in memory of the caller; NULL with errno. */
static char *
read_text(const char *path, size_t *len)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	char *text = NULL;
	size_t cap = 0;
	size_t used = 0;
	for (;;) {
		if (used == cap) {
			cap = cap == 0 ? 65536 : cap * 2;
			char *grown = cap <= CONFIG_LEN_MAX ? realloc(text, cap) : NULL;
			if (grown == NULL) {
				errno = cap <= CONFIG_LEN_MAX ? ENOMEM : EFBIG;
				goto fail;
			}
			text = grown;
		}
		errno = 0;
		size_t got = fread(text + used, 1, cap - used, file);
		used += got;
		if (got == 0)
			break;
	}
	if (ferror(file))
		goto fail;
	fclose(file);
	*len = used;
	return text;
fail:;
	int reason = errno;
	free(text);
	fclose(file);
	errno = reason;
	return NULL;
}

enum status
config_read(const char *path, struct config **out, struct config_faults *faults)
{
	size_t len;
	char *text = read_text(path, &len);
	if (text == NULL) {
		config_fault_add(faults, 0, 0, "cannot be read: %s", strerror(errno));
		return STATUS_IO;
	}
	enum status status = config_read_text(path, text, len, out, faults);
	free(text);
	return status;
}

void
config_forget_zones(struct config *config)
{
	free(config->zones);
	config->zones = NULL;
	config->zone_count = 0;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	config_forget_zones(config);
	while (config->blocks != NULL) {
		struct config_block *block = config->blocks;
		config->blocks = block->next;
		free(block);
	}
	free(config);
}

const char *
config_zone_path(const struct config_zone *zone, char text[CONFIG_PATH_MAX])
{
	const uint8_t *octets = zone->apex + dname_len(zone->apex);
	const char *ending = zone->directory + strlen(zone->directory) + 1;
	const char *own = (const char *)octets + (*octets & ZONE_HAS_LIMIT ? 3 : 1);
	unsigned kind = *octets & ~(unsigned)ZONE_HAS_LIMIT;
	char *at = stpcpy(text, zone->directory);
	if (kind == FILE_NAME_OWN) {
		at = stpcpy(at, own);
	} else {
		char name[DNAME_TEXT_MAX];
		size_t len = dname_print(zone->apex, name) - 1;
		if (kind == FILE_NAME_LABEL)
			len = strcspn(name, ".");
		at = mempcpy(at, name, len);
	}
	strcpy(at, ending); /* read_zone_path() has seen to it that there is room */
	return text;
}

unsigned
config_zone_nsec3_iterations(const struct config_zone *zone, unsigned absent)
{
	const uint8_t *octets = zone->apex + dname_len(zone->apex);
	return *octets & ZONE_HAS_LIMIT ? be16_read(octets + 1) : absent;
}

size_t
config_fault_print(const struct config_fault *fault, const char *path, char *out, size_t cap)
{
	int len = fault->line == 0 ? snprintf(out, cap, "%s: error: %s", path, fault->text)
				   : snprintf(out, cap, "%s:%u:%u: error: %s", path, fault->line,
					      fault->column, fault->text);
	return len > 0 ? (size_t)len : 0;
}
