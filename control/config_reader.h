/* config_reader.h -- one reading of a configuration, between config*.c only; the way in is
 * config.h.
 *
 * Threads:   one reading, one thread.
 * Memory:    what config_alloc() returns is the configuration's.
 * Errors:    faults; want of memory is noted in the reader.
 * Standards: YAML 1.1.
 */
#ifndef GLUED_CONTROL_CONFIG_READER_H
#define GLUED_CONTROL_CONFIG_READER_H

#include "control/config_schema.h"
#include "control/config_zone_list.h"

struct reader {
	struct config_tree tree;
	const struct config_file *file;
	struct zone_list plain_zones; /* which the tree and the file lack */
	struct config *config;
	bool is_out_of_memory;

	/* for the zones */
	uint8_t *octets; /* the rest of a block */
	size_t octets_left;
	struct shared_directory {
		const char *octets;
		size_t len;
	} directories[64]; /* the last of each hash */
};

/* Zeroed; NULL for want of memory. */
void *config_alloc(struct reader *reader, size_t count, size_t len);

/* What a key of the whole configuration has for its value, or NULL. */
yaml_node_t *config_section(struct reader *reader, const char *key);

/* The tree, and the file as libcyaml fills it in; the caller's with config_file_free(). NULL: there
 * are faults, or there was no memory. */
struct config_file *config_file_read(struct reader *reader, const char *text, size_t len,
				     struct config_faults *faults);

/* A copy that is the configuration's; NULL for want of memory. */
const char *config_copy_text(struct reader *reader, const char *text);

/* The same of a path, which is relative to the file, so that it means the same from everywhere. */
const char *config_copy_path(struct reader *reader, const char *path);

/* A number of a section, or what stands for it where the key is absent. */
struct number_rule {
	const char *key;
	uint32_t min;
	uint32_t max;
	uint32_t absent;
};
uint32_t config_read_number(struct reader *reader, yaml_node_t *mapping, uint32_t value,
			    const struct number_rule *rule);

/* An address that a host can have; false, and the fault noted, if it is none. */
bool config_read_address(struct reader *reader, yaml_node_t *node, const char *text,
			 bool may_have_prefix, struct address *out);

void config_server_read(struct reader *reader);
void config_zones_read(struct reader *reader);

#endif
