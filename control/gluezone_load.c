/* gluezone_load.c -- zone files to a serving set, without a server. */
#include "control/gluezone_load.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/jobs_threads.h"
#include "zones/dname.h"

/* As a server that is told nothing of itself. */
static const char version[] = "glued " GLUED_VERSION;
static const struct identity identity = {
    .version = {(const uint8_t *)version, sizeof(version) - 1}};

static enum gluezone_exit
zone_load(const char *origin, const char *path, struct loaded_zone *out)
{
	struct zone *zone;
	enum gluezone_exit code = gluezone_read(origin, path, stderr, &zone);
	if (code != GLUEZONE_OK)
		return code;
	struct error error;
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	memcpy(out->apex, zone->origin, sizeof(out->apex));
	enum status status = zone_version_compile(zone, &threads.jobs, &out->version, &error);
	zone_free(zone);
	if (status == STATUS_OK)
		return GLUEZONE_OK;
	fprintf(stderr, "gluezone: %s: %s\n", path, error.text);
	return GLUEZONE_REFUSED;
}

static bool
is_loaded(const struct loaded *loaded, const uint8_t *apex)
{
	for (size_t i = 0; i < loaded->zone_count; i++) {
		if (dname_equal(loaded->zones[i].apex, apex))
			return true;
	}
	return false;
}

static enum status
zones_join(struct loaded *loaded)
{
	struct zoneset_member *members = calloc(loaded->zone_count, sizeof(*members));
	if (members == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < loaded->zone_count; i++)
		members[i] =
		    (struct zoneset_member){loaded->zones[i].apex, loaded->zones[i].version};
	enum status status = zoneset_new(members, loaded->zone_count, &loaded->zoneset);
	free(members);
	return status;
}

enum gluezone_exit
loaded_new(const char *const *origins, const char *const *paths, size_t count, struct loaded *out)
{
	struct loaded loaded = {.zones = calloc(count, sizeof(*loaded.zones))};
	enum gluezone_exit code = loaded.zones == NULL ? GLUEZONE_REFUSED : GLUEZONE_OK;
	for (size_t i = 0; i < count && code == GLUEZONE_OK; i++) {
		code = zone_load(origins[i], paths[i], &loaded.zones[i]);
		if (code == GLUEZONE_OK && is_loaded(&loaded, loaded.zones[i].apex)) {
			fprintf(stderr, "gluezone: %s: this zone is given twice\n", origins[i]);
			zone_version_free(loaded.zones[i].version);
			code = GLUEZONE_USAGE;
		}
		if (code == GLUEZONE_OK)
			loaded.zone_count++;
	}
	if (code == GLUEZONE_OK && zones_join(&loaded) != STATUS_OK)
		code = GLUEZONE_REFUSED;
	if (code != GLUEZONE_OK) {
		loaded_free(&loaded);
		return code;
	}
	loaded.serving = (struct serving){
	    .zones = loaded.zoneset,
	    .generation = 1,
	    .udp_payload_max = {UDP_PAYLOAD_DEFAULT, UDP_PAYLOAD_DEFAULT},
	    .identity = &identity,
	};
	*out = loaded;
	return GLUEZONE_OK;
}

void
loaded_free(struct loaded *loaded)
{
	zoneset_free(loaded->zoneset);
	for (size_t i = 0; i < loaded->zone_count; i++)
		zone_version_free(loaded->zones[i].version);
	free(loaded->zones);
	*loaded = (struct loaded){0};
}
