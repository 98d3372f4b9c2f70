/* config_zones.c -- the zones of a configuration, those that libyaml read and those that it was not
 * shown (config_zone_list.h). */
#include <stdlib.h>

#include "control/config_reader.h"
#include "zones/dname.h"
#include "zones/dnssec.h"

enum {
	LIMIT_NONE = UINT16_MAX, /* the server's holds */

	/* Names of some hundred zones: whole pages with what the allocator's user puts before them
	   (config_alloc()). */
	OCTETS_BLOCK_LEN = (16 << 10) - 16,
	FILE_ENDING_LEN_MAX = 8,
};

/* Does the list stand where zone_list_find() took it to be, and as it did? What looks like a list
 * of zones may be the inside of a quoted text. */
static bool
is_list_there(struct reader *reader, const struct zone_list *list)
{
	if (reader->tree.root->type != YAML_MAPPING_NODE)
		return false;
	yaml_node_pair_t *pair = reader->tree.root->data.mapping.pairs.start;
	for (; pair < reader->tree.root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&reader->tree.document, pair->key);
		yaml_node_t *value = yaml_document_get_node(&reader->tree.document, pair->value);
		const yaml_node_t *first = config_tree_item(&reader->tree, value, 0);
		if (key->start_mark.line + 1 == list->key_line && key->start_mark.column == 0 &&
		    first != NULL && first->type == YAML_MAPPING_NODE)
			return value->start_mark.column == list->indent &&
			       first->start_mark.column == list->indent + 2 &&
			       first->start_mark.line + 1 < list->line;
	}
	return false;
}

/* The tree and the file of all but the plain zones. NULL with faults. */
static struct config_file *
read_file_without(struct reader *reader, const struct zone_list *list, const char *text, size_t len,
		  struct config_faults *faults)
{
	size_t rest_len;
	struct config_file *file = NULL;
	char *rest = zone_list_rest(list, text, len, &rest_len);
	if (rest == NULL) {
		reader->is_out_of_memory = true;
		return NULL;
	}
	if (config_tree_init(&reader->tree, rest, rest_len, faults) && is_list_there(reader, list))
		file = config_file_load(&reader->tree, rest, rest_len);
	if (file != NULL)
		reader->plain_zones = *list;
	free(rest);
	return file;
}

struct config_file *
config_file_read(struct reader *reader, const char *text, size_t len, struct config_faults *faults)
{
	struct zone_list list = zone_list_find(text, len);
	if (list.count > 0) {
		struct config_file *file = read_file_without(reader, &list, text, len, faults);
		if (file != NULL || faults->found > 0 || reader->is_out_of_memory)
			return file;
		config_tree_fini(&reader->tree);
	}
	return config_tree_init(&reader->tree, text, len, faults)
		   ? config_file_load(&reader->tree, text, len)
		   : NULL;
}

/* A zone of the list and where it stands there. */
struct listed_zone {
	struct config_zone zone;
	unsigned line;
	unsigned column;
	unsigned limit; /* its nsec3-iterations, or LIMIT_NONE */
};

static int
compare_listed(const void *a, const void *b)
{
	const struct listed_zone *zone_a = a;
	const struct listed_zone *zone_b = b;
	int order = dname_compare_lower(zone_a->zone.apex, zone_b->zone.apex);
	if (order != 0)
		return order;
	return zone_a->line < zone_b->line ? -1 : zone_a->line > zone_b->line;
}

/* Programs write lists in order, often enough in this one. */
static void
sort_zones(struct listed_zone *listed, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (compare_listed(&listed[i - 1], &listed[i]) > 0) {
			qsort(listed, count, sizeof(listed[0]), compare_listed);
			return;
		}
	}
}

static void
find_duplicate_zones(struct reader *reader, const struct listed_zone *listed, size_t count)
{
	char name[DNAME_TEXT_MAX];
	for (size_t i = 1; i < count; i++) {
		if (!dname_equal(listed[i - 1].zone.apex, listed[i].zone.apex))
			continue;
		dname_print(listed[i].zone.apex, name);
		config_fault_add(reader->tree.faults, listed[i].line, listed[i].column,
				 "zone \"%.100s\" is given twice", name);
	}
}

/* The directory and the ending as struct config_zone has them, or a copy equal to them that was
 * made before: most zones' are the same few. */
static const char *
share_directory(struct reader *reader, const char *directory, size_t len, const char *ending)
{
	char wanted[CONFIG_PATH_MAX + FILE_ENDING_LEN_MAX + 1];
	memcpy(wanted, directory, len);
	wanted[len] = '\0';
	strcpy(wanted + len + 1, ending);
	len += strlen(ending) + 2;
	uint32_t hash = 0;
	for (size_t i = 0; i < len; i++)
		hash = hash * 31 + (uint8_t)wanted[i];
	struct shared_directory *recent =
	    &reader->directories[hash % ARRAY_LEN(reader->directories)];
	if (recent->len != len || memcmp(recent->octets, wanted, len) != 0) {
		char *copy = config_alloc(reader, 1, len);
		if (copy == NULL)
			return NULL;
		memcpy(copy, wanted, len);
		*recent = (struct shared_directory){copy, len};
	}
	return recent->octets;
}

/* An ending that many files may share. */
static bool
is_ending(const char *text)
{
	size_t len = strlen(text);
	return len == 0 ||
	       (text[0] == '.' && strchr(text + 1, '.') == NULL && len <= FILE_ENDING_LEN_MAX);
}

/* What the file's name begins with; *ending is what follows then. */
static enum config_file_name
find_file_name(const char *name, const uint8_t *apex, const char **ending)
{
	char zone[DNAME_TEXT_MAX];
	size_t len = dname_print(apex, zone) - 1;
	size_t label_len = strcspn(zone, ".\\");
	if (len > 0 && strncmp(name, zone, len) == 0 && is_ending(name + len)) {
		*ending = name + len;
		return FILE_NAME_ZONE;
	}
	if (label_len > 0 && zone[label_len] == '.' && strncmp(name, zone, label_len) == 0 &&
	    is_ending(name + label_len)) {
		*ending = name + label_len;
		return FILE_NAME_LABEL;
	}
	*ending = "";
	return FILE_NAME_OWN;
}

/* `len` octets that begin anywhere. */
static uint8_t *
take_octets(struct reader *reader, size_t len)
{
	if (reader->octets_left < len) {
		reader->octets_left = len < OCTETS_BLOCK_LEN ? OCTETS_BLOCK_LEN : len;
		reader->octets = config_alloc(reader, 1, reader->octets_left);
		if (reader->octets == NULL) {
			reader->octets_left = 0;
			return NULL;
		}
	}
	uint8_t *taken = reader->octets;
	reader->octets += len;
	reader->octets_left -= len;
	return taken;
}

/* Relative paths begin where the configuration is, as in copy_path(). */
static void
read_zone_path(struct reader *reader, const struct zone_list_value *file, const uint8_t *apex,
	       struct listed_zone *out)
{
	char path[CONFIG_PATH_MAX];
	const char *slash = strrchr(reader->config->path, '/');
	bool is_relative = file->text[0] != '/' && slash != NULL;
	size_t base_len = is_relative ? (size_t)(slash - reader->config->path) + 1 : 0;
	if (file->len >= sizeof(path) || base_len >= sizeof(path) - file->len) {
		config_fault_add(reader->tree.faults, file->line, file->column,
				 "\"file\" is longer than the %zu octets that the system allows",
				 sizeof(path) - 1);
		return;
	}
	memcpy(path, reader->config->path, base_len);
	memcpy(path + base_len, file->text, file->len);
	path[base_len + file->len] = '\0';
	const char *last = strrchr(path, '/');
	size_t directory_len = last != NULL ? (size_t)(last - path) + 1 : 0;
	const char *ending;
	enum config_file_name kind = find_file_name(path + directory_len, apex, &ending);
	size_t name_len = kind == FILE_NAME_OWN ? base_len + file->len - directory_len + 1 : 0;
	size_t apex_len = dname_len(apex);
	size_t limit_len = out->limit != LIMIT_NONE ? sizeof(uint16_t) : 0;
	out->zone.directory = share_directory(reader, path, directory_len, ending);
	uint8_t *octets = take_octets(reader, apex_len + 1 + limit_len + name_len);
	if (octets == NULL || out->zone.directory == NULL)
		return;
	out->zone.apex = octets;
	octets = mempcpy(octets, apex, apex_len);
	*octets++ = (uint8_t)(kind | (limit_len > 0 ? ZONE_HAS_LIMIT : 0));
	if (limit_len > 0)
		be16_write(octets, (uint16_t)out->limit);
	memcpy(octets + limit_len, path + directory_len, name_len);
}

static void
read_zone(struct reader *reader, const struct zone_list_item *item, unsigned limit,
	  struct listed_zone *out)
{
	uint8_t apex[DNAME_LEN_MAX];
	const char *reason;
	*out = (struct listed_zone){
	    .line = item->name.line, .column = item->name.column, .limit = limit};
	if (dname_read(item->name.text, item->name.len, NULL, apex, &reason) == 0) {
		int shown_len = item->name.len < 64 ? (int)item->name.len : 64;
		config_fault_add(reader->tree.faults, item->name.line, item->name.column,
				 "zone \"%.*s\": %s", shown_len, item->name.text, reason);
		return;
	}
	dname_lower(apex, apex);
	read_zone_path(reader, &item->file, apex, out);
}

static struct zone_list_value
node_value(const yaml_node_t *node, const char *text)
{
	return (struct zone_list_value){.text = text,
					.len = strlen(text),
					.line = (unsigned)node->start_mark.line + 1,
					.column = (unsigned)node->start_mark.column + 1};
}

/* Those that libyaml read, and those that it was not shown. */
static void
read_listed_zones(struct reader *reader, struct listed_zone *listed)
{
	static const struct number_rule nsec3_iterations = {"nsec3-iterations", 0,
							    NSEC3_ITERATIONS_SIGN_MAX, LIMIT_NONE};
	yaml_node_t *list = config_section(reader, "zones");
	for (size_t i = 0; i < reader->file->zones_count; i++) {
		const struct config_file_zone *from = &reader->file->zones[i];
		yaml_node_t *mapping = config_tree_item(&reader->tree, list, i);
		const struct zone_list_item item = {
		    .name = node_value(config_tree_key(&reader->tree, mapping, "name"), from->name),
		    .file = node_value(config_tree_key(&reader->tree, mapping, "file"), from->file),
		};
		uint32_t limit =
		    config_read_number(reader, mapping, from->nsec3_iterations, &nsec3_iterations);
		read_zone(reader, &item, limit, listed++);
	}
	struct zone_list at = reader->plain_zones;
	struct zone_list_item item;
	while (zone_list_next(&at, &item))
		read_zone(reader, &item, LIMIT_NONE, listed++);
}

void
config_zones_read(struct reader *reader)
{
	struct config *config = reader->config;
	size_t found_before = reader->tree.faults->found;
	size_t count = reader->file->zones_count + reader->plain_zones.count;
	struct listed_zone *listed = calloc(count + 1, sizeof(*listed));
	config->zones = calloc(count + 1, sizeof(*config->zones));
	if (listed == NULL || config->zones == NULL)
		reader->is_out_of_memory = true;
	if (listed == NULL || config->zones == NULL)
		goto free_listed;
	read_listed_zones(reader, listed);
	if (reader->tree.faults->found != found_before || reader->is_out_of_memory)
		goto free_listed;
	sort_zones(listed, count);
	find_duplicate_zones(reader, listed, count);
	for (size_t i = 0; i < count; i++)
		config->zones[i] = listed[i].zone;
	config->zone_count = count;
free_listed:
	free(listed);
}
