/* config_schema.h -- glued.yaml as libcyaml fills it in: one schema row per key, values still as
 * written. config.c makes sense of them.
 *
 * Threads:   one call runs on one thread.
 * Memory:    struct config_file is libcyaml's, freed by config_file_free().
 * Errors:    go to the tree's faults.
 * Standards: YAML 1.1.
 */
#ifndef GLUED_CONTROL_CONFIG_SCHEMA_H
#define GLUED_CONTROL_CONFIG_SCHEMA_H

#include "control/config_tree.h"

/* Members are zero or NULL where the key is absent. */
struct config_file_server {
	char *identity;
	char *nsid;
	char *version;
	char *hostname;
	char *id;
	char **addresses;
	unsigned addresses_count;
	char *state_dir;
	char *control_socket;
};

/* The default first: it stands where the key is absent. */
enum config_cookies { COOKIES_ANSWER, COOKIES_IGNORE, COOKIES_REQUIRE };

struct config_file_cookies {
	enum config_cookies policy;
	char **secrets;
	unsigned secrets_count;
	char *secret_file;
};

struct config_file_port {
	char *device;
	char **addresses;
	unsigned addresses_count;
	uint32_t port;
	char *exception;
};

struct config_file_workers {
	char *cores;
};

struct config_file_dataplane {
	enum config_hugepages hugepages;
	uint32_t memory;
};

struct config_file_limits {
	uint32_t udp_payload;
	uint32_t udp_payload_ipv4;
	uint32_t udp_payload_ipv6;
	uint32_t tcp_clients;
	uint32_t tcp_idle_timeout;
	uint32_t nsec3_iterations;
};

struct config_file_log {
	enum log_level level;
};

struct config_file_zone {
	char *name;
	char *file;
	uint32_t nsec3_iterations;
};

struct config_file {
	struct config_file_server server;
	struct config_file_cookies cookies;
	char **listen;
	unsigned listen_count;
	struct config_file_port *ports;
	unsigned ports_count;
	struct config_file_workers workers;
	struct config_file_dataplane dataplane;
	struct config_file_limits limits;
	struct config_file_log log;
	struct config_file_zone *zones;
	unsigned zones_count;
};

/* Holds the tree against the schema and fills the structures. NULL with faults. */
struct config_file *config_file_load(struct config_tree *tree, const char *text, size_t len);
void config_file_free(struct config_file *file);

#endif
