/* fuzz_config.c -- any text as a configuration: it ends in faults with their places or in a
 * configuration, and a list of zones means the same whether or not it is read the plain way.
 */
#include "control/config.h"
#include "control/config_zone_list.h"
#include "tests/fuzz/fuzz.h"
#include "zones/dname.h"

struct reading {
	struct config *config;
	struct config_faults faults;
};

static void
read_text(struct reading *reading, const char *text, size_t len)
{
	memset(reading, 0, sizeof(*reading));
	enum status status =
	    config_read_text("/etc/glued.yaml", text, len, &reading->config, &reading->faults);
	EXPECT((status == STATUS_OK) == (reading->faults.count == 0));
	EXPECT((status == STATUS_OK) == (reading->config != NULL));
	EXPECT(reading->faults.count <= reading->faults.found);
	for (size_t i = 0; i < reading->faults.count; i++) {
		char line[512];
		const struct config_fault *fault = &reading->faults.entries[i];
		EXPECT(memchr(fault->text, '\0', sizeof(fault->text)) != NULL);
		EXPECT((fault->line == 0) == (fault->column == 0));
		EXPECT(config_fault_print(fault, "f", line, sizeof(line)) > 0);
	}
}

static void
check_zones(const struct config *config)
{
	for (size_t i = 0; i < config->zone_count; i++) {
		char path[CONFIG_PATH_MAX];
		const struct config_zone *zone = &config->zones[i];
		EXPECT(dname_wire_len(zone->apex, DNAME_LEN_MAX) > 0);
		EXPECT(i == 0 || dname_compare(zone[-1].apex, zone->apex) < 0);
		EXPECT(strlen(config_zone_path(zone, path)) < CONFIG_PATH_MAX);
	}
}

/* In `b` a line has a space more: what is found behind it is so a column further. Which line that
 * is as YAML counts, with more ends of lines than "\n", is not known. */
static void
check_same(const struct reading *a, const struct reading *b)
{
	EXPECT(a->faults.found == b->faults.found);
	for (size_t i = 0; i < a->faults.count; i++) {
		const struct config_fault *x = &a->faults.entries[i];
		const struct config_fault *y = &b->faults.entries[i];
		EXPECT(x->line == y->line && strcmp(x->text, y->text) == 0);
		EXPECT(x->column == y->column || x->column + 1 == y->column);
	}
	if (a->config == NULL)
		return;
	EXPECT(a->config->zone_count == b->config->zone_count);
	for (size_t i = 0; i < a->config->zone_count; i++) {
		char paths[2][CONFIG_PATH_MAX];
		EXPECT(dname_equal(a->config->zones[i].apex, b->config->zones[i].apex));
		EXPECT(strcmp(config_zone_path(&a->config->zones[i], paths[0]),
			      config_zone_path(&b->config->zones[i], paths[1])) == 0);
		EXPECT(config_zone_nsec3_iterations(&a->config->zones[i], UINT16_MAX) ==
		       config_zone_nsec3_iterations(&b->config->zones[i], UINT16_MAX));
	}
}

/* "zones :" is the same YAML as "zones:", and not what the plain way looks for. */
static void
check_disguised(const struct reading *plain, const char *text, size_t len)
{
	struct zone_list list = zone_list_find(text, len);
	const char *key = text;
	struct reading whole;
	if (list.count == 0)
		return;
	for (unsigned line = 1; line < list.key_line; line++)
		key = (const char *)memchr(key, '\n', len - (size_t)(key - text)) + 1;
	size_t colon_off = (size_t)(key - text) + sizeof("zones") - 1;
	char *disguised = (char *)fuzz_copy((const uint8_t *)text, colon_off, len + 1);
	disguised[colon_off] = ' ';
	memcpy(disguised + colon_off + 1, text + colon_off, len - colon_off);
	read_text(&whole, disguised, len + 1);
	check_same(plain, &whole);
	config_free(whole.config);
	free(disguised);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reading reading;
	char *text = (char *)fuzz_copy(data, len, len);
	read_text(&reading, text, len);
	if (reading.config != NULL)
		check_zones(reading.config);
	check_disguised(&reading, text, len);
	config_free(reading.config);
	free(text);
	return 0;
}
