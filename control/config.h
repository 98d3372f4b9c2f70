/* config.h -- glued.yaml: read against a schema, checked value by value, turned into what the rest
 * of control wants to know.
 *
 * Threads:   one call runs on one thread.
 * Memory:    struct config owns all that it points to, until config_free().
 * Errors:    as many as one reading can find, each with its line and column; any of them means no
 *            configuration.
 * Standards: YAML 1.1 (libyaml). Every key is described in docs/configuration.md.
 */
#ifndef GLUED_CONTROL_CONFIG_H
#define GLUED_CONTROL_CONFIG_H

#include "control/log.h"
#include "dataplane/dataplane.h"
#include "dataplane/serving.h"
#include "zones/dns.h"

#define CONTROL_SOCKET_DEFAULT "/run/glued/control.sock"
#define STATE_DIR_DEFAULT "/var/lib/glued"

enum { DNS_PORT = 53 };

enum config_hugepages { HUGEPAGES_AUTO, HUGEPAGES_YES, HUGEPAGES_NO };

struct config_listen {
	struct address address;
	uint16_t port;
};

/* In few octets: there may be hundreds of thousands. */
struct config_zone {
	/* Lower case; right behind it an octet, enum config_file_name; with ZONE_HAS_LIMIT in it
	 * two octets, its own nsec3-iterations; and the file's name with its NUL if that is the
	 * file's own. */
	const uint8_t *apex;
	/* The file's directory with its final slash, or empty; behind its NUL what the file's name
	 * ends with, another string. Zones share it. */
	const char *directory;
};

/* What a zone file's name begins with, but for the ending that it shares: most are named after
 * their zone. */
enum config_file_name {
	FILE_NAME_OWN,
	FILE_NAME_LABEL, /* the first label of the apex */
	FILE_NAME_ZONE,  /* the apex, without the final dot */
};

enum { ZONE_HAS_LIMIT = 0x80 }; /* few zones' */

struct config {
	const char *path; /* as given on the command line */

	const char *identity; /* presentation form with its final dot, or NULL */
	const char *state_dir;
	const char *control_socket;

	struct config_listen *listens;
	size_t listen_count;

	struct port_config *ports;
	size_t port_count;
	unsigned *cores;
	size_t core_count;
	enum config_hugepages hugepages;
	unsigned memory_mib; /* 0: enough for the ports */

	unsigned tcp_client_max;
	unsigned tcp_idle_s;
	unsigned nsec3_iterations_max; /* of a zone that is served and has no limit of its own */
	enum log_level log_level;

	struct serving serving; /* all of it but zones and generation */

	struct config_zone *zones; /* by apex, in canonical order; no two of one apex */
	size_t zone_count;

	struct config_block *blocks; /* every allocation, for config_free() */
};

/* What is wrong with a configuration, in order of place. */
struct config_fault {
	unsigned line; /* both from 1; 0: the file as a whole */
	unsigned column;
	char text[256];
};

/* More hides the first one, which often causes the rest. */
enum { CONFIG_FAULTS_MAX = 50 };

struct config_faults {
	struct config_fault entries[CONFIG_FAULTS_MAX];
	size_t count; /* kept */
	size_t found; /* all of them */
};

/* STATUS_OK, or faults->count > 0. */
NODISCARD enum status config_read(const char *path, struct config **out,
				  struct config_faults *faults);

/* The same from text in memory; relative paths in it are relative to `path`'s directory. */
NODISCARD enum status config_read_text(const char *path, const char *text, size_t len,
				       struct config **out, struct config_faults *faults);

/* Frees the list of zones, for whoever has taken over what is in it; what it refers to stays. */
void config_forget_zones(struct config *config);

/* NULL is allowed. */
void config_free(struct config *config);

/* Octets of a path with its NUL that the system takes. */
enum { CONFIG_PATH_MAX = 4096 };

/* The path of the zone's file, written to `text`. */
const char *config_zone_path(const struct config_zone *zone, char text[CONFIG_PATH_MAX]);

/* The most iterations of NSEC3 that its denials may take: its own limit, or else `absent`, the
 * server's. */
unsigned config_zone_nsec3_iterations(const struct config_zone *zone, unsigned absent);

/* "FILE:LINE:COLUMN: error: text", as snprintf. */
size_t config_fault_print(const struct config_fault *fault, const char *path, char *out,
			  size_t cap);

#endif
