#include "control/check.h"

#include <time.h>

#include "control/jobs_threads.h"
#include "zones/check_dnssec.h"
#include "zones/dname.h"
#include "zones/finding.h"
#include "zones/zone.h"

enum { FINDING_TEXT_MAX = 4096 };

struct config *
check_config(const char *path, FILE *out)
{
	struct config *config = NULL;
	struct config_faults faults = {0};
	char text[FINDING_TEXT_MAX];
	if (config_read(path, &config, &faults) == STATUS_OK)
		return config;
	for (size_t i = 0; i < faults.count; i++) {
		config_fault_print(&faults.entries[i], path, text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
	if (faults.found > faults.count)
		fprintf(out, "%s: %zu more errors\n", path, faults.found - faults.count);
	return NULL;
}

static bool
check_zone(const struct config_zone *config_zone, unsigned nsec3_iterations_max, FILE *out)
{
	struct findings findings;
	struct zone *zone = NULL;
	char text[FINDING_TEXT_MAX];
	char name[DNAME_TEXT_MAX];
	char path[CONFIG_PATH_MAX];
	struct jobs_threads threads;
	findings_init(&findings);
	dname_print(config_zone->apex, name);
	jobs_threads_init(&threads, 0);
	enum status status = zone_read(config_zone->apex, config_zone_path(config_zone, path),
				       &threads.jobs, &findings, &zone);
	if (status == STATUS_OK)
		status = check_dnssec(
		    zone,
		    &(struct dnssec_options){.now = (uint32_t)time(NULL),
					     .nsec3_iterations_max = config_zone_nsec3_iterations(
						 config_zone, nsec3_iterations_max)},
		    &findings);
	for (size_t i = 0; i < findings.entry_count; i++) {
		finding_print(&findings.entries[i], text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
	if (status == STATUS_OK)
		fprintf(out, "zone %s: %zu names, %zu records, %zu warnings\n", name,
			zone->name_count, zone->rr_count, findings.warning_count);
	else
		fprintf(out, "zone %s: cannot be served: %zu errors%s\n", name,
			findings.error_count,
			status == STATUS_NO_MEMORY ? ", and out of memory" : "");
	if (zone != NULL)
		zone_free(zone);
	findings_fini(&findings);
	return status == STATUS_OK;
}

bool
check_zones(const struct config *config, FILE *out)
{
	bool is_good = true;
	for (size_t i = 0; i < config->zone_count; i++)
		is_good =
		    check_zone(&config->zones[i], config->nsec3_iterations_max, out) && is_good;
	return is_good;
}
