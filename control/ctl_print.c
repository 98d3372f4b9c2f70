#include "control/ctl_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "zones/base.h"

enum { CELL_MAX = 64, COLUMNS_MAX = 16 };

/* -- values -------------------------------------------------------------------------------------
 */

static uint64_t
number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

/* A scalar member as text: in `cell`, or the member's own. */
static const char *
text_of(const json_t *value, char cell[CELL_MAX])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(cell, CELL_MAX, "%" PRIu64, (uint64_t)json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(cell, CELL_MAX, "%s", json_is_true(value) ? "yes" : "no");
	else
		snprintf(cell, CELL_MAX, "-");
	return cell;
}

static const char *
member(const json_t *object, const char *key, char cell[CELL_MAX])
{
	return text_of(json_object_get(object, key), cell);
}

static void
print_time(uint64_t seconds, char cell[CELL_MAX])
{
	time_t moment = (time_t)seconds;
	struct tm local;
	if (seconds == 0 || localtime_r(&moment, &local) == NULL)
		snprintf(cell, CELL_MAX, "-");
	else
		strftime(cell, CELL_MAX, "%Y-%m-%d %H:%M:%S", &local);
}

static void
print_duration(uint64_t seconds, char cell[CELL_MAX])
{
	uint64_t days = seconds / 86400;
	snprintf(cell, CELL_MAX, "%" PRIu64 "d %02u:%02u:%02u", days,
		 (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60),
		 (unsigned)(seconds % 60));
}

static void
print_octets(uint64_t octets, char cell[CELL_MAX])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double amount = (double)octets;
	size_t unit = 0;
	while (amount >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		amount /= 1024;
		unit++;
	}
	snprintf(cell, CELL_MAX, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
}

static void
line(const char *label, const char *value)
{
	printf("%-16s %s\n", label, value);
}

/* -- tables -------------------------------------------------------------------------------------
 */

/* A column of a table over an array of objects. */
struct column {
	const char *title;
	const char *key;
	bool is_number;                                     /* to the right */
	void (*print)(uint64_t value, char cell[CELL_MAX]); /* NULL: as it is */
};

static const char *
cell_text(const json_t *row, const struct column *column, char cell[CELL_MAX])
{
	if (column->print == NULL || !json_is_integer(json_object_get(row, column->key)))
		return member(row, column->key, cell);
	column->print(number(row, column->key), cell);
	return cell;
}

static int
column_width(const json_t *rows, const struct column *column)
{
	char cell[CELL_MAX];
	size_t width = strlen(column->title);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		size_t len = strlen(cell_text(json_array_get(rows, i), column, cell));
		if (len > width)
			width = len;
	}
	return (int)width;
}

static void
print_cell(const struct column *column, const char *text, int width, bool is_last)
{
	if (column->is_number)
		printf("%*s", width, text);
	else if (is_last)
		printf("%s", text);
	else
		printf("%-*s", width, text);
	printf(is_last ? "\n" : "  ");
}

static void
print_table(const json_t *rows, const struct column *columns, size_t column_count)
{
	int widths[COLUMNS_MAX];
	char cell[CELL_MAX];
	for (size_t c = 0; c < column_count; c++)
		widths[c] = column_width(rows, &columns[c]);
	for (size_t c = 0; c < column_count; c++)
		print_cell(&columns[c], columns[c].title, widths[c], c + 1 == column_count);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		for (size_t c = 0; c < column_count; c++)
			print_cell(&columns[c],
				   cell_text(json_array_get(rows, i), &columns[c], cell), widths[c],
				   c + 1 == column_count);
	}
}

/* -- replies ------------------------------------------------------------------------------------
 */

void
ctl_print_nothing(const json_t *data)
{
}

static void
print_zone_counts(const json_t *zones)
{
	static const char *const states[] = {"serving", "stale", "failed", "loading"};
	printf("%-16s %" PRIu64, "zones", number(zones, "total"));
	const char *separator = ": ";
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (number(zones, states[i]) == 0)
			continue;
		printf("%s%" PRIu64 " %s", separator, number(zones, states[i]), states[i]);
		separator = ", ";
	}
	putchar('\n');
}

void
ctl_print_status(const json_t *data)
{
	char cell[CELL_MAX];
	printf("%-16s glued %s, process %" PRIu64 ", %s\n", "server", member(data, "version", cell),
	       number(data, "pid"), json_string_value(json_object_get(data, "state")));
	line("identity", member(data, "identity", cell));
	line("configuration", member(data, "configuration", cell));
	print_duration(number(data, "uptime"), cell);
	line("uptime", cell);
	print_zone_counts(json_object_get(data, "zones"));
	printf("%-16s %" PRIu64 ", %" PRIu64 " being read, %" PRIu64 " retired\n", "generation",
	       number(data, "generation"), number(data, "reloading"), number(data, "retired"));
	printf("%-16s %" PRIu64 ", polled by %" PRIu64 " workers\n", "ports", number(data, "ports"),
	       number(data, "workers"));
	line("TCP clients", member(data, "tcp-clients", cell));
	print_octets(number(data, "resident-memory"), cell);
	line("memory", cell);
}

/* Counters that are zero everywhere are left out. */
void
ctl_print_stats(const json_t *data)
{
	const json_t *total = json_object_get(data, "total");
	const json_t *kernel = json_object_get(data, "kernel");
	const json_t *workers = json_object_get(data, "workers");
	const char *key;
	json_t *value;
	printf("%-20s %14s %14s %14s", "", "total", "kernel UDP", "kernel TCP");
	for (size_t i = 0; i < json_array_size(workers); i++)
		printf("      core %-3" PRIu64, number(json_array_get(workers, i), "core"));
	putchar('\n');
	json_object_foreach((json_t *)(uintptr_t)total, key, value)
	{
		if (json_integer_value(value) == 0)
			continue;
		printf("%-20s %14" PRIu64 " %14" PRIu64 " %14" PRIu64, key,
		       (uint64_t)json_integer_value(value),
		       number(json_object_get(kernel, "udp"), key),
		       number(json_object_get(kernel, "tcp"), key));
		for (size_t i = 0; i < json_array_size(workers); i++)
			printf(
			    " %13" PRIu64,
			    number(json_object_get(json_array_get(workers, i), "counters"), key));
		putchar('\n');
	}
}

void
ctl_print_ports(const json_t *data)
{
	static const struct column columns[] = {
	    {"DEVICE", "device", false, NULL},
	    {"DRIVER", "driver", false, NULL},
	    {"MAC", "mac", false, NULL},
	    {"LINK", "link", false, NULL},
	    {"EXCEPTION", "exception", false, NULL},
	    {"LOST", "exception-lost", false, NULL},
	    {"QUEUES", "queues", true, NULL},
	    {"RX-CHECKSUM", "rx-checksum", false, NULL},
	    {"TX-CHECKSUM", "tx-checksum", false, NULL},
	    {"RSS", "rss", false, NULL},
	    {"MISSED", "rx-missed", true, NULL},
	    {"NO-BUFFER", "rx-no-buffer", true, NULL},
	};
	print_table(json_object_get(data, "ports"), columns, ARRAY_LEN(columns));
}

void
ctl_print_zones(const json_t *data)
{
	static const struct column columns[] = {
	    {"ZONE", "zone", false, NULL},           {"STATE", "state", false, NULL},
	    {"SERIAL", "serial", true, NULL},        {"NAMES", "names", true, NULL},
	    {"RECORDS", "records", true, NULL},      {"MEMORY", "octets", true, print_octets},
	    {"ERRORS", "errors", true, NULL},        {"WARNINGS", "warnings", true, NULL},
	    {"LOADED", "loaded", false, print_time},
	};
	print_table(json_object_get(data, "zones"), columns, ARRAY_LEN(columns));
}

static void
print_findings(const json_t *zone)
{
	const json_t *findings = json_object_get(zone, "findings");
	uint64_t total = number(zone, "errors") + number(zone, "warnings");
	char cell[CELL_MAX];
	for (size_t i = 0; i < json_array_size(findings); i++)
		printf("  %s\n", member(json_array_get(findings, i), "text", cell));
	if (total > json_array_size(findings))
		printf("  and %" PRIu64 " more of the same kinds\n",
		       total - json_array_size(findings));
}

void
ctl_print_zone(const json_t *data)
{
	char cell[CELL_MAX];
	line("zone", member(data, "zone", cell));
	line("state", member(data, "state", cell));
	line("file", member(data, "file", cell));
	line("serial", member(data, "serial", cell));
	line("names", member(data, "names", cell));
	line("records", member(data, "records", cell));
	print_octets(number(data, "octets"), cell);
	line("memory", cell);
	print_time(number(data, "loaded"), cell);
	line("loaded", cell);
	printf("%-16s %" PRIu64 " errors, %" PRIu64 " warnings\n", "findings",
	       number(data, "errors"), number(data, "warnings"));
	print_findings(data);
}

void
ctl_print_reload(const json_t *data)
{
	const json_t *zones = json_object_get(data, "zones");
	char cell[CELL_MAX];
	for (size_t i = 0; i < json_array_size(zones); i++) {
		const json_t *zone = json_array_get(zones, i);
		const char *name = member(zone, "zone", cell);
		if (json_is_true(json_object_get(zone, "reloaded")))
			printf("%s reloaded: serial %" PRIu64 ", %" PRIu64 " names, %" PRIu64
			       " ms\n",
			       name, number(zone, "serial"), number(zone, "names"),
			       number(zone, "ms"));
		else
			printf("%s not reloaded, now %s: %s\n", name,
			       json_string_value(json_object_get(zone, "state")),
			       json_string_value(json_object_get(zone, "reason")));
		print_findings(zone);
	}
}

void
ctl_print_change(const json_t *data)
{
	char cell[CELL_MAX];
	printf("%s changed: serial %" PRIu64 ", %" PRIu64 " names, %" PRIu64 " records",
	       member(data, "zone", cell), number(data, "serial"), number(data, "names"),
	       number(data, "records"));
	if (number(data, "repeated") > 0)
		printf("; %" PRIu64 " had been there", number(data, "repeated"));
	if (number(data, "absent") > 0)
		printf("; %" PRIu64 " had not been there", number(data, "absent"));
	putchar('\n');
}
